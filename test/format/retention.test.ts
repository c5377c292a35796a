import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  formatRetention,
  parseDuration,
  parseRetention,
  parseRetentions,
  type Retentions,
} from '../../src/format/retention.js';

describe('parseRetentions', () => {
  it.each([
    { given: '10s:6h,1m:7d', name: 'separated by commas' },
    { given: '10s:6h 1m:7d', name: 'separated by blanks' },
    { given: ' 10s:6h,\n 1m:7d, ', name: 'with both and more around' },
    { given: ['10s:6h', '1m:7d'], name: 'as a list' },
    { given: ['10s:6h,1m:7d'], name: 'as a list of lists' },
    { given: [{ step: 10, points: 2160 }, '60:10080'], name: 'as records and text mixed' },
  ] as { given: Retentions; name: string }[])('reads definitions $name, in their order', ({ given }) => {
    expect(parseRetentions(given)).toEqual([
      { step: 10, points: 2160 },
      { step: 60, points: 10_080 },
    ]);
  });

  it.each([
    [5],
    [null],
    [{ step: 10, points: 2160 }],
    [[null]],
    [[{ step: '10', points: 1 }]],
    [[[10, 2160]]],
  ])('refuses %j', (given) => {
    expect(() => parseRetentions(given as never)).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_RETENTION' }),
    );
  });
});

describe('what is printed', () => {
  it.each([
    { step: 60, points: 1440, printed: '1m:1d' },
    { step: 90, points: 10, printed: '90s:15m' },
    { step: 10, points: 1, printed: '10s:10s' },
    { step: 7, points: 9, printed: '7s:63s' },
    { step: 604_800, points: 52, printed: '1w:52w' },
    { step: 31_536_000, points: 10, printed: '1y:10y' },
  ])('$step × $points is $printed', ({ step, points, printed }) => {
    expect(formatRetention({ step, points })).toBe(printed);
  });

  it('reads back the same', () => {
    const retention = fc.record({
      step: fc.integer({ min: 1, max: 1e8 }),
      points: fc.integer({ min: 1, max: 1e7 }),
    });
    fc.assert(
      fc.property(retention, (given) => {
        expect(parseRetention(formatRetention(given))).toEqual(given);
      }),
    );
  });

  it.each([
    undefined,
    null,
    {},
    { step: 1.5, points: 2 },
    { step: 10, points: 0 },
    { step: '10', points: 1 },
  ])('refuses what cannot be a retention: %j', (given) => {
    expect(() => formatRetention(given as never)).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_RETENTION' }),
    );
  });

  it('prints durations that read back the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });
});
