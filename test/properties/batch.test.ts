import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { aggregationMethods, create, type Database, open, type Point } from '../../src/index.js';
import { type Archives, archiveLists, greatestRetention } from '../support/histories.js';

vi.setConfig({ testTimeout: 60_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 400);
/** 50 s into its minute. */
const NOW = 2_147_483_750;

/**
 * The law holds for points that rise strictly in time and are all young enough for the finest archive, if the
 * coarse intervals they fall in fit into one turn of the next finer ring, at each level. A share above 0 can
 * stop a roll-up half-way; then a third archive must not hold anything the batch has not put there.
 */
describe('a batch', () => {
  it('equals its points one by one, byte for byte, when they rise within one turn of the rings', () => {
    fc.assert(
      fc.property(cases, ({ archives, aggregation, xFilesFactor, earlier, ages, values }) => {
        const isFresh = xFilesFactor > 0 && archives.length > 2;
        const batch = fitting(archives, rising(ages, values));
        using before = create(null, { retentions: recordsOf(archives), aggregation, xFilesFactor });
        if (!isFresh) before.updateMany(pointsAt(earlier, values), { now: NOW });
        using atOnce = open(before.toBytes());
        using oneByOne = open(before.toBytes());
        atOnce.updateMany(batch, { now: NOW });
        for (const [timestamp, value] of batch) oneByOne.update(value, timestamp, { now: NOW });
        expect(atOnce.toBytes()).toEqual(oneByOne.toBytes());
      }),
      { numRuns: runs },
    );
  });

  it('says the same in whatever order its points come, unless two have the same timestamp', () => {
    fc.assert(
      fc.property(cases, fc.infiniteStream(fc.nat()), ({ archives, earlier, ages, values }, order) => {
        const points = rising([...earlier, ...ages], values);
        const shuffled = points
          .map((point) => ({ point, key: order.next().value }))
          .toSorted((a, b) => a.key - b.key);
        using one = create(null, { retentions: recordsOf(archives), xFilesFactor: 0 });
        using other = create(null, { retentions: recordsOf(archives), xFilesFactor: 0 });
        one.updateMany(points, { now: NOW });
        other.updateMany(
          shuffled.map(({ point }) => point),
          { now: NOW },
        );
        expect(other.toBytes()).toEqual(one.toBytes());
      }),
      { numRuns: runs },
    );
  });

  it.each<{
    name: string;
    now: number;
    points: Point[];
    archive: number;
    atOnce: Point[];
    oneByOne: Point[];
  }>([
    {
      name: 'two of one timestamp: the first counts',
      now: NOW,
      points: [
        [NOW, 1],
        [NOW, 2],
      ],
      archive: 0,
      atOnce: [[NOW, 1]],
      oneByOne: [[NOW, 2]],
    },
    {
      name: 'two that fall within an interval: the later timestamp counts',
      now: NOW + 5,
      points: [
        [NOW + 5, 1],
        [NOW, 2],
      ],
      archive: 0,
      atOnce: [[NOW, 1]],
      oneByOne: [[NOW, 2]],
    },
    {
      name: 'two a turn apart: the older one is gone before it is rolled up',
      now: NOW,
      points: [
        [NOW - 60, 1],
        [NOW, 2],
      ],
      archive: 1,
      atOnce: [[NOW - 50, 2]],
      oneByOne: [
        [NOW - 110, 1],
        [NOW - 50, 2],
      ],
    },
    {
      name: 'one too old for the finest archive: it comes after the newer ones, over what they rolled up to',
      now: NOW,
      points: [
        [NOW - 70, 1],
        [NOW - 60, 2],
      ],
      archive: 1,
      atOnce: [[NOW - 110, 1]],
      oneByOne: [[NOW - 110, 2]],
    },
  ])('differs from its points one by one with $name', ({ now, points, archive, atOnce, oneByOne }) => {
    const options = { retentions: '10:6,60:5', aggregation: 'sum', xFilesFactor: 0 } as const;
    using batch = create(null, options);
    batch.updateMany(points, { now });
    expect(stored(batch, archive)).toEqual(atOnce);
    using single = create(null, options);
    for (const [timestamp, value] of points) single.update(value, timestamp, { now });
    expect(stored(single, archive)).toEqual(oneByOne);
  });

  it('tries the third archive again for intervals that the second did not take, if it took any', () => {
    using atOnce = create(null, { retentions: '1:30,3:30,9:30', aggregation: 'sum', xFilesFactor: 0.5 });
    const start = NOW - (NOW % 9);
    atOnce.updateMany(
      [0, 1, 2, 3, 4, 5].map((by) => [start + by, 1] as const),
      { now: start + 20 },
    );
    atOnce.setAggregation('max');
    using oneByOne = open(atOnce.toBytes());
    const batch = [6, 9, 10].map((by) => [start + by, 1] as const);
    atOnce.updateMany(batch, { now: start + 20 });
    for (const [timestamp, value] of batch) oneByOne.update(value, timestamp, { now: start + 20 });
    expect(stored(atOnce, 2)).toEqual([[start, 3]]);
    expect(stored(oneByOne, 2)).toEqual([[start, 6]]);
  });
});

/** Points of an archive by time. */
function stored(database: Database, archive: number): Point[] {
  const { timestamps, values } = database.slots(archive);
  const points = Array.from(timestamps, (timestamp, slot): Point => [timestamp, values[slot]!]);
  return points.filter(([timestamp]) => timestamp !== 0).toSorted(([a], [b]) => a - b);
}

const cases = archiveLists().chain((archives) => {
  const reach = greatestRetention(archives);
  const [step, points] = archives[0]!;
  return fc.record({
    archives: fc.constant(archives),
    aggregation: fc.constantFrom(...aggregationMethods),
    xFilesFactor: fc.constantFrom(0, 0, 0.3, 0.5, 1),
    earlier: fc.array(fc.integer({ min: -2 * step * points, max: reach }), { maxLength: 40 }),
    ages: fc.array(fc.nat(step * points), { maxLength: 40 }),
    values: fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 80, maxLength: 80 }),
  });
});

function recordsOf(archives: Archives): { step: number; points: number }[] {
  return archives.map(([step, points]) => ({ step, points }));
}

function pointsAt(ages: readonly number[], values: readonly number[]): Point[] {
  return ages.map((age, i) => [NOW - age, values[i]!]);
}

function rising(ages: readonly number[], values: readonly number[]): Point[] {
  return pointsAt(
    [...new Set(ages)].toSorted((a, b) => b - a),
    values,
  );
}

/** Leaves points out, the oldest first, until the coarse intervals of each level fit one turn of the finer ring. */
function fitting(archives: Archives, points: Point[]): Point[] {
  let kept = points.filter(([timestamp]) => NOW - timestamp < greatestRetention(archives));
  while (!fits(archives, kept)) kept = kept.slice(1);
  return kept;
}

function fits(archives: Archives, points: readonly Point[]): boolean {
  if (points.length === 0) return true;
  const [oldest, newest] = [points[0]![0], points.at(-1)![0]];
  return archives.every(([step, count], level) => {
    const [coarse] = archives[level + 1] ?? [step];
    return Math.floor(newest / coarse) - Math.floor(oldest / coarse) + 1 <= (step * count) / coarse;
  });
}
