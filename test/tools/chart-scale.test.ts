import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type ChartSeries,
  dayRange,
  formatNumber,
  shareOf,
  summarize,
  summaryParts,
  tickLabel,
  timeTicks,
  valueScale,
} from '../../src/tools/chart-scale.js';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** 2023-11-14 12:00 UTC, a Tuesday. */
const NOON = 1_699_963_200;

/** A series of a slot each minute; null is a gap. */
function seriesOf(...points: (number | null)[]): ChartSeries {
  return {
    from: NOON,
    until: NOON + points.length * MINUTE,
    step: MINUTE,
    values: Float64Array.from(points, (point) => point ?? Number.NaN),
    known: Uint8Array.from(points, (point) => (point === null ? 0 : 1)),
  };
}

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [7, '7'],
    [999, '999'],
    [1200, '1.2k'],
    [-1200, '-1.2k'],
    [3_400_000, '3.4M'],
    [5e9, '5G'],
    [2.5e12, '2.5T'],
    [1e15, '1P'],
    [1e18, '1e18'],
    [1.2e300, '1.2e300'],
    [0.25, '0.25'],
    [0.0012, '0.0012'],
    [0.0001, '0.0001'],
    [0.000012, '1.2e-5'],
    [1.2e-9, '1.2e-9'],
    [5e-324, '4.941e-324'],
    [0.1 + 0.2, '0.3'],
    [1234.5678, '1.235k'],
    [999_999, '1M'],
    [Number.MAX_VALUE, '1.798e308'],
    [Number.POSITIVE_INFINITY, '∞'],
    [Number.NEGATIVE_INFINITY, '-∞'],
    [Number.NaN, 'NaN'],
  ])('writes %d as %s', (value, label) => {
    expect(formatNumber(value)).toBe(label);
  });

  it('keeps to the digits asked for', () => {
    expect([1, 2, 7].map((digits) => formatNumber(1_234_567, digits))).toEqual(['1M', '1.2M', '1.234567M']);
  });
});

describe('valueScale', () => {
  it.each([
    { name: 'steps of 1', min: 0.3, max: 4.7, ticks: [0, 1, 2, 3, 4, 5] },
    { name: 'steps of 2', min: 0, max: 10, ticks: [0, 2, 4, 6, 8, 10] },
    { name: 'steps of 2.5', min: 1, max: 12, ticks: [0, 2.5, 5, 7.5, 10, 12.5] },
    { name: 'steps of 5', min: 12, max: 33, ticks: [10, 15, 20, 25, 30, 35] },
    { name: 'tenths that are exact', min: 0.1, max: 0.6, ticks: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6] },
    { name: 'a scale across 0', min: -3, max: 5, ticks: [-4, -2, 0, 2, 4, 6] },
    { name: 'room around a constant', min: 42, max: 42, ticks: [37.5, 40, 42.5, 45, 47.5] },
    { name: 'room around a negative constant', min: -1, max: -1, ticks: [-1.1, -1.05, -1, -0.95, -0.9] },
    { name: '0 to 1 for nothing but 0', min: 0, max: 0, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    { name: '0 to 1 for what is all but 0', min: -5e-324, max: 5e-324, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    { name: '0 to 1 without values', min: undefined, max: undefined, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    {
      name: 'steps beyond half the doubles',
      min: -1e308,
      max: 1e308,
      ticks: [-1e308, -5e307, 0, 5e307, 1e308],
    },
  ])('gives $name', ({ min, max, ticks }) => {
    expect(valueScale(min, max, 6).ticks).toEqual(ticks);
  });

  it('ends at the greatest double where the next tick would be beyond it', () => {
    const scale = valueScale(0, Number.MAX_VALUE, 6);
    expect(scale.high).toBe(Number.MAX_VALUE);
    expect(scale.ticks).toEqual([0, 5e307, 1e308, 1.5e308]);
  });

  it('has one tick where there is no number for more', () => {
    const scale = valueScale(-Number.MAX_VALUE, Number.MAX_VALUE, 3);
    expect(scale).toEqual({
      low: -Number.MAX_VALUE,
      high: Number.MAX_VALUE,
      step: Number.MAX_VALUE,
      ticks: [0],
    });
  });

  it('holds any two values, with few ticks, all of them different and within', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(double, double, fc.integer({ min: 3, max: 20 }), (a, b, maxTicks) => {
        const { low, high, ticks } = valueScale(Math.min(a, b), Math.max(a, b), maxTicks);
        // A tick may be missed by the slack with which its multiple was found.
        const slack = (high / 2 - low / 2) * 1e-6 + 1e-290;
        expect(low).toBeLessThan(high);
        expect(low).toBeLessThanOrEqual(Math.min(a, b) + slack);
        expect(high).toBeGreaterThanOrEqual(Math.max(a, b) - slack);
        expect(ticks.length).toBeGreaterThanOrEqual(1);
        expect(ticks.length).toBeLessThanOrEqual(maxTicks);
        expect(new Set(ticks).size).toBe(ticks.length);
        expect(ticks.every((tick) => tick >= low && tick <= high)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('shareOf', () => {
  it.each([
    [0, 0],
    [2.5, 0.25],
    [10, 1],
    [11, 1],
    [-1, 0],
    [Number.POSITIVE_INFINITY, 1],
    [Number.NEGATIVE_INFINITY, 0],
  ])('puts %d on a scale of 0 to 10 at %d', (value, share) => {
    expect(shareOf(valueScale(0, 10, 6), value)).toBe(share);
  });

  it('divides a scale that is wider than the greatest double', () => {
    expect(shareOf(valueScale(-1e308, 1e308, 6), 0)).toBe(0.5);
  });
});

describe('tickLabel', () => {
  it.each([
    { tick: 1200, step: 200, label: '1.2k' },
    { tick: 1000, step: 200, label: '1k' },
    { tick: 1_000_000_500, step: 500, label: '1.0000005G' },
    { tick: 0.30000000000000004, step: 0.1, label: '0.3' },
    { tick: -1e308, step: 5e307, label: '-1e308' },
  ])('labels $tick among steps of $step as $label', ({ tick, step, label }) => {
    expect(tickLabel(tick, step)).toBe(label);
  });

  it('gives up digits where the label would be too long', () => {
    expect(tickLabel(1_000_000_500, 500, 8)).toBe('1G');
    expect(tickLabel(-1.234e-100, 1e-103, 7)).toBe('-1e-100');
  });
});

describe('summarize', () => {
  it('takes known finite values and counts the others', () => {
    const series = seriesOf(4, null, Number.NaN, 1, Number.POSITIVE_INFINITY, 7, Number.NaN);
    expect(summarize(series)).toEqual({ min: 1, avg: 4, max: 7, last: 7, nan: 2, infinite: 1 });
  });

  it('has no numbers for a series of gaps', () => {
    const none = { min: undefined, avg: undefined, max: undefined, last: undefined, nan: 0, infinite: 0 };
    expect(summarize(seriesOf(null, null))).toEqual(none);
    expect(summarize(seriesOf())).toEqual(none);
  });

  it('averages values whose sum no double can hold', () => {
    expect(summarize(seriesOf(1e308, 1e308, 1e308, 1e308)).avg).toBe(1e308);
  });
});

describe('summaryParts', () => {
  it('writes four numbers, and counts only where there is something to count', () => {
    expect(summaryParts(summarize(seriesOf(1, 2, 4)))).toEqual(['min 1', 'avg 2.333', 'max 4', 'last 4']);
    expect(summaryParts(summarize(seriesOf(null, Number.NaN, Number.NEGATIVE_INFINITY)))).toEqual([
      'min -',
      'avg -',
      'max -',
      'last -',
      'NaN 1',
      'inf 1',
    ]);
  });

  it('has digits enough to part large numbers that lie close together', () => {
    const parts = summaryParts(summarize(seriesOf(1_700_000_000, 1_700_000_600)));
    expect(parts).toEqual(['min 1.7G', 'avg 1.7000003G', 'max 1.7000006G', 'last 1.7000006G']);
  });
});

describe('timeTicks', () => {
  const labels = (from: number, span: number, room = 72) =>
    timeTicks(from, from + span, room, 'utc').map(({ label }) => label);

  it.each([
    {
      name: 'seconds',
      span: 30,
      expected: ['12:00:00', '12:00:05', '12:00:10', '12:00:15', '12:00:20', '12:00:25'],
    },
    { name: 'minutes', span: HOUR, expected: ['12:00', '12:10', '12:20', '12:30', '12:40', '12:50'] },
    { name: 'hours', span: 6 * HOUR, expected: ['12:00', '13:00', '14:00', '15:00', '16:00', '17:00'] },
    {
      name: 'hours, with the day at midnight',
      span: 36 * HOUR,
      expected: ['12:00', '18:00', 'Nov 15', '06:00', '12:00', '18:00'],
    },
    { name: 'days', span: 6 * DAY, expected: ['Nov 15', 'Nov 16', 'Nov 17', 'Nov 18', 'Nov 19', 'Nov 20'] },
    { name: 'weeks, from Mondays', span: 30 * DAY, expected: ['Nov 20', 'Nov 27', 'Dec 4', 'Dec 11'] },
    { name: 'months', span: 120 * DAY, expected: ['Dec 2023', 'Jan 2024', 'Feb 2024', 'Mar 2024'] },
    { name: 'years', span: 5 * 365 * DAY, expected: ['2024', '2025', '2026', '2027', '2028'] },
    {
      name: 'decades',
      span: 75 * 365 * DAY,
      expected: ['2030', '2040', '2050', '2060', '2070', '2080', '2090'],
    },
  ])('chooses $name', ({ span, expected }) => {
    expect(labels(NOON, span)).toEqual(expected);
  });

  it('goes to finer ticks rather than to none', () => {
    expect(labels(NOON + HOUR, 10 * HOUR, 6)).toEqual(['18:00']);
  });

  it('stands on multiples of its distance inside the range, with labels that fit the room', () => {
    const times = fc.integer({ min: 0, max: 0xffff_ffff });
    const spans = fc.oneof(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 1, max: 1e7 }),
      fc.integer({ min: 1, max: 3e9 }),
    );
    fc.assert(
      fc.property(times, spans, fc.integer({ min: 20, max: 200 }), (from, span, room) => {
        const ticks = timeTicks(from, from + span, room, 'utc');
        for (const [i, { time }] of ticks.entries()) {
          expect(time).toBeGreaterThanOrEqual(from);
          expect(time).toBeLessThan(from + span);
          if (i > 0) expect(time).toBeGreaterThan(ticks[i - 1]!.time);
        }
        expect(ticks.length).toBeGreaterThan(0);
        // Months differ in length, so one tick more than the average distance promises may fall into a range.
        expect((ticks.length - 2) * 7).toBeLessThanOrEqual(room);
      }),
    );
  });
});

describe('local time', () => {
  afterEach(() => vi.unstubAllEnvs());
  const at = (text: string) => Date.parse(text) / 1000;
  const local = (from: number, until: number) =>
    timeTicks(from, until, 72, 'local').map(({ time, label }) => `${label} ${(time - from) / HOUR}`);

  it('stands on whole hours of a zone that is half an hour off', () => {
    vi.stubEnv('TZ', 'Asia/Kolkata');
    expect(local(at('2023-11-14T12:00Z'), at('2023-11-14T18:00Z'))).toEqual([
      '18:00 0.5',
      '19:00 1.5',
      '20:00 2.5',
      '21:00 3.5',
      '22:00 4.5',
      '23:00 5.5',
    ]);
  });

  it('stays on its hours when the clock leaves one out', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(local(at('2024-03-30T23:00Z'), at('2024-03-31T16:00Z'))).toEqual([
      'Mar 31 0',
      '03:00 2',
      '06:00 5',
      '09:00 8',
      '12:00 11',
      '15:00 14',
    ]);
  });

  it('stays on its hours when the clock shows one twice', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(local(at('2024-10-26T22:00Z'), at('2024-10-27T15:00Z'))).toEqual([
      'Oct 27 0',
      '03:00 4',
      '06:00 7',
      '09:00 10',
      '12:00 13',
      '15:00 16',
    ]);
  });

  it('stands on local midnights, however long the days are', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(local(at('2024-03-30T00:00Z'), at('2024-04-05T00:00Z'))).toEqual([
      'Mar 31 23',
      'Apr 1 46',
      'Apr 2 70',
      'Apr 3 94',
      'Apr 4 118',
      'Apr 5 142',
    ]);
  });

  it('names the local days of a range', () => {
    vi.stubEnv('TZ', 'Pacific/Auckland');
    expect(dayRange(NOON, NOON + HOUR, 'local')).toBe('2023-11-15 local time');
  });
});

describe('dayRange', () => {
  it.each([
    { name: 'one day', from: NOON, until: NOON + HOUR, text: '2023-11-14 UTC' },
    { name: 'one day up to its end', from: NOON, until: NOON + 12 * HOUR, text: '2023-11-14 UTC' },
    { name: 'two days', from: NOON, until: NOON + 12 * HOUR + 1, text: '2023-11-14 to 2023-11-15 UTC' },
    { name: 'a range without length', from: NOON, until: NOON, text: '2023-11-14 UTC' },
  ])('names $name', ({ from, until, text }) => {
    expect(dayRange(from, until, 'utc')).toBe(text);
  });
});
