import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currentPoints } from '../../src/archive/current-points.js';
import { create } from '../../src/index.js';

const STEP = 10;
const POINTS = 6;
const RING = { step: STEP, points: POINTS };

/** The current points of a ring whose slots hold these timestamps; each value tells its slot. */
function current(timestamps: number[], now = 1000): [timestamp: number, slot: number][] {
  const slots = {
    timestamps: Uint32Array.from(timestamps),
    values: Float64Array.from(timestamps, (_, i) => i),
  };
  const found = currentPoints(slots, RING, now);
  return Array.from(found.timestamps, (timestamp, i) => [timestamp, found.values[i]!]);
}

describe('currentPoints', () => {
  it.each([
    { name: 'nothing of an empty ring', timestamps: [0, 0, 0, 0, 0, 0], points: [] },
    {
      name: 'all of a full ring, the oldest first',
      timestamps: [160, 170, 120, 130, 140, 150],
      points: [
        [120, 2],
        [130, 3],
        [140, 4],
        [150, 5],
        [160, 0],
        [170, 1],
      ],
    },
    {
      name: 'no slots that were never written',
      timestamps: [100, 0, 0, 130, 0, 0],
      points: [
        [100, 0],
        [130, 3],
      ],
    },
    {
      name: 'no points that the ring has turned past',
      timestamps: [160, 110, 0, 130, 0, 0],
      points: [
        [110, 1],
        [130, 3],
        [160, 0],
      ],
    },
    { name: 'no point of exactly one turn ago', timestamps: [160, 100, 0, 0, 0, 0], points: [[160, 0]] },
  ])('takes $name', ({ timestamps, points }) => {
    expect(current(timestamps)).toEqual(points);
  });

  it('are not made old by a stray point of the future, which comes after them', () => {
    expect(current([160, 170, 120, 9130, 140, 150], 175)).toEqual([
      [120, 2],
      [140, 4],
      [150, 5],
      [160, 0],
      [170, 1],
      [9130, 3],
    ]);
  });

  it('count from the newest of all where all are in the future', () => {
    expect(current([160, 110, 0, 130, 0, 100], 50)).toEqual([
      [110, 1],
      [130, 3],
      [160, 0],
    ]);
  });

  it('are the known values of a fetch that ends with the newest', () => {
    const waits = fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(waits, (seconds) => {
        using database = create(null, { retentions: [RING] });
        let now = 1_000_000;
        for (const wait of seconds) {
          now += wait;
          database.update(now, now, { now });
        }
        const { timestamps, values } = currentPoints(database.slots(0), RING, now);
        const series = database.fetch(now - STEP * POINTS, now, { now });
        const known = [...series!].filter(([, value]) => value !== null);
        expect(Array.from(timestamps, (timestamp, i) => [timestamp, values[i]])).toEqual(known);
      }),
    );
  });
});
