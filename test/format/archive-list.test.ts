import { describe, expect, it } from 'vitest';
import { validateRetentions } from '../../src/format/archive-list.js';
import { parseRetentions } from '../../src/format/retention.js';

describe('validateRetentions', () => {
  it('sorts a copy by step', () => {
    const given = [
      { step: 60, points: 60 },
      { step: 6, points: 60 },
    ];
    expect(validateRetentions(given)).toEqual([given[1], given[0]]);
    expect(given[0]).toEqual({ step: 60, points: 60 });
  });

  it('refuses numbers whose product is beyond the whole numbers as it does any that are too large', () => {
    const huge = { step: 2 ** 40, points: 2 ** 40 };
    expect(() => validateRetentions([huge, { step: 60, points: 5 }])).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_ARCHIVE_LIST' }),
    );
  });

  it('reads definitions as well', () => {
    expect(validateRetentions('1h:1y 1m:1d')).toEqual([
      { step: 60, points: 1440 },
      { step: 3600, points: 8760 },
    ]);
  });

  it.each([undefined, null, 5, [null], [{ step: Symbol('x'), points: 1 }]])(
    'refuses what is no list: %s',
    (given) => {
      expect(() => validateRetentions(given as never)).toThrow(
        expect.objectContaining({ code: 'WSP_BAD_RETENTION' }),
      );
    },
  );

  it.each([
    { list: '', says: 'no retentions' },
    { list: '60:10,60:20', says: '1m:10m and 1m:20m have the same step' },
    { list: '10s:2m,15s:1h', says: '10 does not divide 15' },
    { list: '60:60,300:12', says: 'the coarser archive to reach further back' },
    { list: '60:4,300:2', says: 'at least 5, for one of the next' },
    { list: '1d:73000d', says: 'a retention of 6307200000 seconds' },
    { list: '1s:400000000', says: 'a file of 4800000028 bytes' },
  ])('says what is wrong with $list: $says', ({ list, says }) => {
    expect(() => validateRetentions(parseRetentions(list))).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_ARCHIVE_LIST', message: expect.stringContaining(says) }),
    );
  });

  it.each([
    { step: 1.5, points: 10 },
    { step: 10, points: 1.5 },
    { step: Number.NaN, points: 10 },
    { step: 10, points: Number.POSITIVE_INFINITY },
    { step: -10, points: 10 },
    { step: 0, points: 10 },
    { step: 10, points: 0 },
  ])('refuses numbers that are no whole ones of at least 1: $step × $points', (retention) => {
    expect(() => validateRetentions([retention])).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_ARCHIVE_LIST' }),
    );
  });
});
