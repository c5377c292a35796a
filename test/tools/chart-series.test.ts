import { describe, expect, it } from 'vitest';
import { type ChartSeries, summarize, summaryParts } from '../../src/tools/chart-series.js';

const MINUTE = 60;
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
