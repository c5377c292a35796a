import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LevelRollUp,
  NOTHING,
  type Propagation,
  rollUpOne,
  type Written,
} from '../../src/archive/roll-up.js';
import { StandardArchive } from '../../src/archive/standard-archive.js';
import { floorTo } from '../../src/bytes/integers.js';
import { Scratch } from '../../src/bytes/scratch.js';
import { planLayout } from '../../src/format/standard-header.js';
import { aggregationMethods } from '../../src/index.js';
import { RecordingFile } from '../support/recording-file.js';

const runs = Number(process.env['SOTTO_RUNS'] ?? 500);
const SUM: Propagation = { aggregation: 'sum', xFilesFactor: 0, dialect: 'python' };

/** Two rings in one file, nothing in them. */
function pair(fine: [step: number, points: number], coarse: [step: number, points: number]) {
  const { archives, fileSize } = planLayout([fine, coarse].map(([step, points]) => ({ step, points })));
  const file = new RecordingFile(new Uint8Array(fileSize));
  const scratch = new Scratch();
  const [one, other] = archives.map((info) => new StandardArchive(file, info, scratch));
  return { file, fine: one!, coarse: other! };
}

function written(points: readonly (readonly [interval: number, value: number])[]): Written {
  return {
    intervals: Float64Array.from(points, ([interval]) => interval),
    values: Float64Array.from(points, ([, value]) => value),
    start: 0,
    end: points.length,
  };
}

function store(archive: StandardArchive, points: Written): Written {
  archive.write(points.intervals, points.values, points.start, points.end);
  return points;
}

/** The coarse intervals of some points, each once. */
function touched({ intervals, start, end }: Written, step: number): Float64Array {
  const own = Array.from(intervals.subarray(start, end));
  return Float64Array.from(new Set(own.map((interval) => floorTo(interval, step))));
}

/** `count` points in a row from `first` on; the value of each is its number. */
function row(first: number, step: number, count: number): [number, number][] {
  return Array.from({ length: count }, (_, i) => [first + i * step, i]);
}

describe('what was written just now', () => {
  it('is not read back where it makes up a whole coarse interval', () => {
    const { file, fine, coarse } = pair([10, 60], [60, 20]);
    const points = store(fine, written(row(600, 10, 18)));
    file.takeCalls();
    const made = new LevelRollUp(fine, coarse, points, SUM).make(touched(points, 60), 3);
    expect([...made.values.subarray(made.start, made.end)]).toEqual([15, 51, 87]);
    expect(file.takeCalls().filter((call) => call.startsWith('read'))).toEqual([
      `read 12 at ${coarse.offset}`,
    ]);
  });

  it('is read with what stood there before where it makes up a part', () => {
    const { file, fine, coarse } = pair([10, 900], [60, 200]);
    store(fine, written([[600, 1000]]));
    const points = store(fine, written(row(610, 10, 600)));
    file.takeCalls();
    const made = new LevelRollUp(fine, coarse, points, SUM).make(touched(points, 60), 101);
    expect(made.values[0]).toBe(1000 + 0 + 1 + 2 + 3 + 4);
    expect(made.values[100]).toBe(599);
    // The first and the last interval are too far apart to be read at once with all that is between them.
    expect(file.takeCalls().filter((call) => call.startsWith('read'))).toEqual([
      `read 72 at ${fine.offset}`,
      `read 72 at ${fine.offset + 600 * 12}`,
      `read 12 at ${coarse.offset}`,
    ]);
  });

  it('counts no more where the end of a run longer than the ring took its slots', () => {
    const { fine, coarse } = pair([10, 12], [60, 20]);
    const points = store(fine, written(row(600, 10, 24)));
    const made = new LevelRollUp(fine, coarse, points, SUM).make(touched(points, 60), 4);
    expect([...made.intervals.subarray(0, made.end)]).toEqual([720, 780]);
  });

  it('is read back where interval 0 emptied the ring, in which what is far from it is not found any more', () => {
    const { fine, coarse } = pair([1, 2000], [10, 500]);
    store(fine, written([[2000, 1]]));
    const points = store(fine, written([...row(0, 1, 10), ...row(1000, 1, 10)]));
    expect(fine.isEmpty()).toBe(true);
    const made = new LevelRollUp(fine, coarse, points, SUM).make(Float64Array.of(0, 1000), 2);
    expect([...made.intervals.subarray(0, made.end)]).toEqual([0]);
  });

  it('can be some of the entries of longer columns', () => {
    const { fine, coarse } = pair([10, 60], [60, 20]);
    const columns = written(row(540, 10, 30));
    const points = store(fine, { ...columns, start: 6, end: 12 });
    const made = new LevelRollUp(fine, coarse, points, SUM).make(Float64Array.of(600), 1);
    expect(made.values[0]).toBe(6 + 7 + 8 + 9 + 10 + 11);
  });
});

describe('laws', () => {
  /** Steps that divide one another or do not, few slots, and times from the very first on. */
  const shapes = fc
    .record({
      step: fc.constantFrom(1, 7, 10),
      ratio: fc.constantFrom(1, 2, 3, 6, 2.5),
      spare: fc.nat(20),
      first: fc.constantFrom(0, 0, 1, 600, 2 ** 31 - 300, 2 ** 32 - 400),
    })
    .map(({ step, ratio, spare, first }) => {
      const coarse = Math.ceil(step * ratio);
      const origin = floorTo(first, step);
      return { step, coarse, points: Math.ceil(ratio) + spare, origin };
    });
  const cases = shapes.chain((shape) => {
    const place = fc.nat(3 * shape.points);
    const places = fc.oneof(
      fc.uniqueArray(place, { minLength: 1, maxLength: 40 }).map((list) => list.sort((a, b) => a - b)),
      fc.tuple(place, fc.integer({ min: 1, max: 4 * shape.points })).map(([from, count]) => {
        return Array.from({ length: count }, (_, i) => from + i);
      }),
    );
    return fc.record({
      shape: fc.constant(shape),
      before: fc.array(places, { maxLength: 3 }),
      now: places,
      values: fc.infiniteStream(fc.oneof(fc.integer(), fc.double(), fc.constant(Number.NaN))),
      how: fc.record<Propagation>({
        aggregation: fc.constantFrom(...aggregationMethods),
        xFilesFactor: fc.constantFrom(0, 0.5, Math.fround(0.7), 1),
        dialect: fc.constantFrom('python', 'go'),
      }),
    });
  });

  function pointsAt(
    places: readonly number[],
    { step, origin }: { step: number; origin: number },
    values: Iterator<number>,
  ) {
    const points = places.map((place) => [origin + place * step, values.next().value as number] as const);
    return among(
      points.filter(([interval]) => interval < 2 ** 32),
      step,
    );
  }

  /** The points in the middle of columns that go on in their steps before and behind. */
  function among(points: readonly (readonly [number, number])[], step: number): Written {
    const [first, last] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
    const [before, behind] = [row(first - 2 * step, step, 2), row(last + step, step, 9)];
    const { intervals, values } = written([...before, ...points, ...behind]);
    return { intervals, values, start: 2, end: 2 + points.length };
  }

  it('a level made out of what was written is the level made out of the file, byte for byte', () => {
    fc.assert(
      fc.property(cases, ({ shape, before, now, values, how }) => {
        const { step, coarse: coarseStep, points } = shape;
        const [known, read] = [0, 1].map(() => pair([step, points], [coarseStep, 50]));
        const batches = before.map((places) => pointsAt(places, shape, values));
        const batch = pointsAt(now, shape, values);
        fc.pre(batch.end > batch.start);
        for (const { fine } of [known!, read!]) {
          for (const each of batches) if (each.end > each.start) store(fine, each);
          store(fine, batch);
        }
        const intervals = touched(batch, coarseStep);
        const made = new LevelRollUp(known!.fine, known!.coarse, batch, how).make(
          intervals,
          intervals.length,
        );
        const expected = new LevelRollUp(read!.fine, read!.coarse, NOTHING, how).make(
          intervals,
          intervals.length,
        );
        expect(made).toEqual(expected);
        expect(known!.coarse.slots()).toEqual(read!.coarse.slots());
      }),
      { numRuns: runs },
    );
  });

  it('one interval alone is made as it is among others', () => {
    fc.assert(
      fc.property(cases, ({ shape, before, now, values, how }) => {
        const { step, coarse: coarseStep, points } = shape;
        const [single, level] = [0, 1].map(() => pair([step, points], [coarseStep, 50]));
        const batches = [...before, now].map((places) => pointsAt(places, shape, values));
        for (const { fine } of [single!, level!]) {
          for (const each of batches) if (each.end > each.start) store(fine, each);
        }
        for (const interval of batches.flatMap((batch) => [...touched(batch, coarseStep)])) {
          const isTaken = rollUpOne(single!.fine, single!.coarse, interval, how);
          const made = new LevelRollUp(level!.fine, level!.coarse, NOTHING, how).make(
            Float64Array.of(interval),
            1,
          );
          expect(made !== NOTHING).toBe(isTaken);
        }
        expect(single!.coarse.slots()).toEqual(level!.coarse.slots());
      }),
      { numRuns: runs },
    );
  });
});
