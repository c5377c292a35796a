import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChartSeries } from '../../src/tools/chart-series.js';
import { thin, trim } from '../../src/tools/thin.js';

/** A series of a slot a minute; null is a gap. */
function seriesOf(points: readonly (number | null)[]): ChartSeries {
  return {
    from: 1_699_963_200,
    until: 1_699_963_200 + points.length * 60,
    step: 60,
    values: Float64Array.from(points, (point) => point ?? Number.NaN),
    known: Uint8Array.from(points, (point) => (point === null ? 0 : 1)),
  };
}

describe('thin', () => {
  it.each([
    {
      name: 'the least and the greatest of each part',
      points: [3, 1, 2, 9, 5, 6, 8, 7],
      buckets: 2,
      kept: [1, 3, 4, 6],
    },
    { name: 'both in the order of time', points: [9, 5, 1, 4, 1, 2, 3, 4], buckets: 2, kept: [0, 2, 4, 7] },
    { name: 'one of a part that is constant', points: [1, 1, 1, 2, 2, 2], buckets: 2, kept: [0, 3] },
    {
      name: 'a gap for a part without values',
      points: [1, 2, 3, null, null, null, 4, 5, 6],
      buckets: 3,
      kept: [0, 2, 3, 6, 8],
    },
    { name: 'values beside gaps', points: [null, 2, null, 1, null, null], buckets: 1, kept: [1, 3] },
    { name: 'infinities', points: [1, Infinity, 2, -Infinity, 3], buckets: 1, kept: [1, 3] },
    { name: 'a gap for a part of NaN', points: [Number.NaN, Number.NaN, Number.NaN], buckets: 1, kept: [0] },
  ])('keeps $name', ({ points, buckets, kept }) => {
    expect(thin(seriesOf(points), buckets)).toEqual(kept);
  });

  it('leaves a series alone that has two slots for each part', () => {
    expect(thin(seriesOf([1, 2, 3, 4]), 2)).toBeUndefined();
    expect(thin(seriesOf([1, 2, 3, 4, 5]), 2)).toEqual([0, 1, 2, 4]);
  });

  it('keeps the extremes and no more slots than two for each part, in rising order', () => {
    const point = fc.option(fc.double({ noNaN: true }), { freq: 4 });
    fc.assert(
      fc.property(
        fc.array(point, { minLength: 3, maxLength: 300 }),
        fc.integer({ min: 1, max: 40 }),
        (points, buckets) => {
          const kept = thin(seriesOf(points), buckets);
          fc.pre(kept !== undefined);
          expect(kept.length).toBeLessThanOrEqual(2 * buckets);
          expect(kept.every((slot, i) => i === 0 || slot > kept[i - 1]!)).toBe(true);
          const known = points.filter((value) => value !== null);
          const drawn = kept.flatMap((slot) => points[slot] ?? []);
          expect(Math.max(...drawn)).toBe(Math.max(...known));
          expect(Math.min(...drawn)).toBe(Math.min(...known));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('trim', () => {
  it('cuts gaps off both ends and none between', () => {
    const trimmed = trim(seriesOf([null, null, 1, null, Number.NaN, null]));
    expect(trimmed).toMatchObject({ from: 1_699_963_320, until: 1_699_963_500, step: 60 });
    expect([...trimmed.known]).toEqual([1, 0, 1]);
  });

  it.each([{ points: [null, null] }, { points: [] }, { points: [1, null, 2] }])(
    'leaves $points alone',
    ({ points }) => {
      expect(trim(seriesOf(points))).toEqual(seriesOf(points));
    },
  );
});
