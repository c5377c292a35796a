import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type CompressedInfo, create, type Database, open, verify } from '../../src/index.js';
import { compressedLayouts, createCompressed, values, wildValues } from '../support/compressed-histories.js';

vi.setConfig({ testTimeout: 60_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 40);
const START = 1_600_000_000;
const USUAL_POINT_SIZE = 2;

type Point = readonly [timestamp: number, value: number];

/**
 * For blocks of the usual size or larger: a unit of the buffer leaves it at once, and may be more than two smaller blocks
 * have room for. Under the go dialect a large batch is stored in the old blocks first, and what they have no room for is lost.
 */
describe('however badly values compress', () => {
  it('the finest archive holds every point of its retention, in batches of any size', () => {
    const batches = fc.array(fc.array(fc.oneof(values(), wildValues()), { maxLength: 200, size: 'max' }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(compressedLayouts(), batches, ({ pointSize, ...rest }, batches) => {
        const layout = { ...rest, pointSize: Math.max(pointSize, USUAL_POINT_SIZE) };
        const [step, count] = layout.archives[0]!;
        using database = createCompressed(null, layout);
        const given: Point[] = [];
        let now = START - (START % step);
        for (const list of batches) {
          const batch = list.map((value, i): Point => [now + (i + 1) * step, value]);
          now += list.length * step;
          database.updateMany(batch, { now });
          given.push(...batch);
          // The oldest point in reach of a batch goes to the next archive, along with those that are not.
          const oldest = now - step * count + step;
          const expected = given.filter(([timestamp]) => timestamp > oldest);
          expect(linesOf(pointsOf(database).filter(([timestamp]) => timestamp > oldest))).toBe(
            linesOf(expected),
          );
        }
        expect(verify(database.toBytes(), { deep: true, now })).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it.each([
    { name: 'the usual blocks', pointsPerBlock: undefined, together: 20_000 },
    { name: 'blocks of more points than the usual ones', pointsPerBlock: 30_000, together: 1000 },
  ])(
    'a day of random values is all there: $name, $together points at a time',
    ({ pointsPerBlock, together }) => {
      const retentions = [{ step: 1, points: 100_000 }];
      using database = create(null, { retentions, format: 'compressed', pointsPerBlock });
      let seed = 1;
      const points = Array.from({ length: 100_000 }, (_, i): Point => {
        // Even ones for half of the day, and then such as take all of their bits.
        seed = (seed * 48_271) % 0x7fff_ffff;
        return [START + i, i < 60_000 ? 1 : Math.sqrt(seed)];
      });
      for (let i = 0; i < points.length; i += together) {
        const batch = points.slice(i, i + together);
        database.updateMany(batch, { now: batch.at(-1)![0] });
      }
      expect((database.info as CompressedInfo).archives[0]!.growths).toBeGreaterThan(0);
      const { timestamps } = database.points(0);
      expect({ first: timestamps[0], count: timestamps.length }).toEqual({
        first: START,
        count: points.length,
      });
    },
  );
});

describe('a file that claims more points than its ring was made for', () => {
  it.each([
    { points: 2 ** 17, grows: true },
    { points: 2 ** 28, grows: false },
  ])('does not grow until it could hold them: $points', ({ points, grows }) => {
    using sound = create(null, { retentions: '1s:60', format: 'compressed' });
    const bytes = Buffer.from(sound.toBytes());
    // The points of its archive, and the max retention.
    bytes.writeUInt32BE(points, 63 + 8);
    bytes.writeUInt32BE(points, 23);
    using odd = open(bytes);
    for (let i = 0; i < 100; i++) odd.update(Math.sqrt(i), START + i, { now: START + i });
    const { fileSize, archives } = odd.info as CompressedInfo;
    expect(archives[0]!.growths > 0).toBe(grows);
    expect(fileSize).toBeLessThan(2 ** 24);
  });
});

function pointsOf(database: Database): Point[] {
  const { timestamps, values } = database.points(0);
  return Array.from(timestamps, (timestamp, i): Point => [timestamp, values[i]!]);
}

function linesOf(points: readonly Point[]): string {
  return points.map(([timestamp, value]) => `${timestamp} ${Object.is(value, -0) ? '-0' : value}`).join('\n');
}
