import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { create, type Point } from '../../src/index.js';

const NOW = 1_700_000_000;

/** Points of one a step up to now, of values that do not compress. */
function wild(count: number, step: number): Point[] {
  let state = 12_345;
  return Array.from({ length: count }, (_, i) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    return [NOW - (NOW % step) - (count - 1 - i) * step, Math.sin(state) * 1e6] as const;
  });
}

describe('a large batch that needs more room than was planned', () => {
  it.each([
    { name: 'one archive', retentions: '1s:20000', pointSize: 2, count: 18_000 },
    { name: 'a buffer before small blocks', retentions: '1s:20000,1h:90', pointSize: 0.6, count: 10_000 },
    { name: 'two archives', retentions: '10s:2d,5m:60d', pointSize: 2, count: 17_280 },
    {
      name: 'more points a block than usual',
      retentions: '1s:100000',
      pointSize: 2,
      pointsPerBlock: 30_000,
      count: 60_000,
    },
  ])('is kept whole, with $name', ({ count, name: _, ...options }) => {
    const step = options.retentions.startsWith('10s') ? 10 : 1;
    using database = create(null, { format: 'compressed', ...options });
    const points = wild(count, step);
    expect(database.updateMany(points, { now: NOW })).toEqual({
      written: count,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 0,
    });
    const { timestamps, values } = database.points(0);
    expect([timestamps.length, timestamps[0]]).toEqual([count, points[0]![0]]);
    expect([...values]).toEqual(points.map(([, value]) => value));
  });

  it('is lost in part under the go dialect, as there', () => {
    using database = create(null, { format: 'compressed', retentions: '1s:20000', dialect: 'go' });
    database.updateMany(wild(18_000, 1), { now: NOW });
    expect(database.points(0).timestamps.length).toBeLessThan(18_000);
  });

  it('holds the same as when it comes in pieces of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 1, max: 4000 }), (count, piece) => {
        const points = wild(count, 1);
        using whole = create(null, { format: 'compressed', retentions: '1s:4000', pointsPerBlock: 200 });
        using parts = create(null, { format: 'compressed', retentions: '1s:4000', pointsPerBlock: 200 });
        whole.updateMany(points, { now: NOW });
        for (let i = 0; i < count; i += piece) parts.updateMany(points.slice(i, i + piece), { now: NOW });
        expect(whole.points(0)).toEqual(parts.points(0));
        expect(whole.points(0).timestamps.length).toBe(count);
      }),
      { numRuns: 30 },
    );
  });
});
