import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CompressedArchive, lastOfEach, type RollUp } from '../../src/archive/compressed-archive.js';
import { storePoints } from '../../src/archive/store-points.js';
import { CompressedImage } from '../../src/database/compressed-image.js';
import { PointRun } from '../../src/format/point-run.js';
import type { Retention } from '../../src/format/retention.js';
import { CompressedTwin } from '../support/compressed-twin.js';

/** The beginning of a minute, an hour and a day. */
const T0 = 1_599_998_400 - (1_599_998_400 % 86_400);
const MINUTE = 60;
const RUNS = { numRuns: Number(process.env['SOTTO_RUNS'] ?? 100) };
const SUM: RollUp = { method: 'sum', percentile: 0, xFilesFactor: 0 };

type Pair = readonly [timestamp: number, value: number];

/** Archives of 10 s and a minute, with room for everything. */
function archivesOf(retentions: readonly Retention[] = RETENTIONS): readonly CompressedArchive[] {
  const settings = { maxRetention: 0, xFilesFactor: 0, pointsPerBlock: 7200, pointSize: 14 };
  return new CompressedImage({ ...settings, aggregation: 'sum' }, retentions).archives;
}

const RETENTIONS = [
  { step: 10, points: 360 },
  { step: MINUTE, points: 1440 },
];

function run(...pairs: readonly Pair[]): PointRun {
  const points = new PointRun();
  for (const [timestamp, value] of pairs) points.pushValue(timestamp, value);
  return points;
}

/** A point in the given minute, `slot` steps of 10 s after its beginning; its value tells both. */
function at(minute: number, slot = 0): Pair {
  return [T0 + minute * MINUTE + slot * 10, minute + slot / 10];
}

function minutes(...list: number[]): PointRun {
  return run(...list.map((minute) => at(minute)));
}

function pairsOf({ timestamps, values, length }: PointRun): Pair[] {
  return Array.from({ length }, (_, i) => [timestamps[i]!, values[i]!] as const);
}

/** Minutes of the points in an archive's blocks. */
function stored({ ring }: CompressedArchive): number[] {
  const found = new PointRun();
  ring.read(0, Number.POSITIVE_INFINITY, found, false);
  return pairsOf(found).map(([timestamp]) => (timestamp - T0) / MINUTE);
}

/** Minutes that the units of the base hold; undefined for an empty one. */
function units({ buffer }: CompressedArchive): (number | undefined)[] {
  return ([0, 1] as const).map((unit) => {
    const base = buffer!.base(unit);
    return base === 0 ? undefined : (base - T0) / MINUTE;
  });
}

/** Puts a point of a minute straight into each unit. */
function setUnits({ buffer }: CompressedArchive, ...held: (number | undefined)[]): void {
  for (const unit of [0, 1] as const) {
    const minute = held[unit];
    if (minute !== undefined) buffer!.put(unit, T0 + minute * MINUTE, minutes(minute), 0);
  }
}

describe('the points of a batch, aligned', () => {
  it.each([
    { name: 'none', points: [], step: 10, aligned: [] },
    { name: 'a step of 1 changes nothing', points: [[61, 1]], step: 1, aligned: [[61, 1]] },
    {
      name: 'a first time just before a step is brought down as well',
      points: [[59, 1]],
      step: 60,
      aligned: [[0, 1]],
    },
    {
      name: 'times are brought down to the step',
      points: [
        [69, 1],
        [79, 2],
      ],
      step: 10,
      aligned: [
        [60, 1],
        [70, 2],
      ],
    },
    {
      name: 'of one interval the last value counts',
      points: [
        [60, 1],
        [61, 2],
        [69, 3],
        [70, 4],
      ],
      step: 10,
      aligned: [
        [60, 3],
        [70, 4],
      ],
    },
    {
      name: 'of equal times too',
      points: [
        [60, 1],
        [60, 2],
      ],
      step: 1,
      aligned: [[60, 2]],
    },
    {
      name: 'an interval that comes again after another one stays apart',
      points: [
        [60, 1],
        [70, 2],
        [60, 3],
      ],
      step: 10,
      aligned: [
        [60, 1],
        [70, 2],
        [60, 3],
      ],
    },
  ] as { name: string; points: Pair[]; step: number; aligned: Pair[] }[])(
    '$name',
    ({ points, step, aligned }) => {
      const given = run(...points);
      expect(pairsOf(lastOfEach(given, step))).toEqual(aligned);
      expect(pairsOf(given)).toEqual(points);
    },
  );

  it('are the run itself where each has an interval of its own, and a run of their own where not', () => {
    const [distinct, twice, between] = [
      run([60, 1], [70, 2], [100, 3]),
      run([60, 1], [60, 2]),
      run([60, 1], [75, 2]),
    ];
    expect(lastOfEach(distinct, 10)).toBe(distinct);
    expect(lastOfEach(run(), 10).length).toBe(0);
    for (const given of [twice, between]) {
      const before = pairsOf(given);
      const aligned = lastOfEach(given, 10);
      expect(aligned).not.toBe(given);
      aligned.values.fill(0);
      aligned.timestamps.fill(0);
      expect(pairsOf(given)).toEqual(before);
    }
  });

  it('are what a list of intervals and their last values is, for any rising times', () => {
    const times = fc.array(fc.nat(40), { maxLength: 30 }).map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(times, fc.constantFrom(1, 2, 5, 60), fc.nat(50), (list, step, start) => {
        const points = list.map((time, i): Pair => [start + time, i]);
        const expected = new Map(points.map(([time, value]) => [time - (time % step), value]));
        expect(pairsOf(lastOfEach(run(...points), step))).toEqual([...expected]);
      }),
      RUNS,
    );
  });

  it('keep every bit of the value that counts', () => {
    const given = new PointRun();
    given.push(60, 0x3ff0_0000, 0);
    given.push(65, 0x7ff8_0000, 0xdead_beef);
    expect([...lastOfEach(given, 10).halves.subarray(0, 2)]).toEqual([...given.halves.subarray(2, 4)]);
  });
});

describe('an archive', () => {
  it('appends what it is given, counts what is late, and tells both in its header', () => {
    const [, last] = archivesOf();
    expect(last!.append(minutes(1, 2, 3))).toEqual({ late: 0, isRotated: false });
    expect(last!.append(minutes(2, 3, 4))).toEqual({ late: 2, isRotated: false });
    expect(stored(last!)).toEqual([1, 2, 3, 4]);
    expect(last!.present).toMatchObject({ discarded: 2, step: MINUTE, current: { count: 3 } });
    expect(last!.present.current).toEqual(last!.ring.current);
  });

  it('says so when a block was closed', () => {
    // Blocks of 5 + 14 · 17 bytes: 17 points of no likeness fill one.
    const [archive] = archivesOf([{ step: 1, points: 1 }]);
    const points = run(...Array.from({ length: 40 }, (_, i): Pair => [T0 + i, Math.sin(i) * 10 ** i]));
    expect(archive!.append(points)).toEqual({ late: 0, isRotated: true });
  });

  it('tells all its points by time, those in blocks in place of those of its buffer', () => {
    const [base] = archivesOf();
    base!.append(run(at(0), at(1), at(2)));
    base!.buffer!.put(0, T0 + 2 * MINUTE, run([T0 + 2 * MINUTE, 99]), 0);
    base!.buffer!.put(1, T0 + MINUTE, run([T0 + MINUTE + 10, 98]), 0);
    expect(pairsOf(base!.allPoints(false))).toEqual([at(0), at(1), [T0 + MINUTE + 10, 98], at(2)]);
  });

  it('has a buffer if another follows it, and none in a mix file', () => {
    expect(archivesOf().map(({ buffer }) => buffer?.slots)).toEqual([6, undefined]);
  });
});

describe('points in the buffer', () => {
  it('wait there while it holds their interval, in any order', () => {
    const [base, coarse] = archivesOf();
    for (const points of [run(at(1, 3)), run(at(1, 1)), run(at(0, 5)), run(at(1, 3))]) {
      storePoints([base!, coarse!], 0, points, SUM);
    }
    expect(units(base!)).toEqual([1, 0]);
    expect([...stored(base!), ...stored(coarse!)]).toEqual([]);
    expect(pairsOf(base!.allPoints(false))).toEqual([at(0, 5), at(1, 1), at(1, 3)]);
  });

  it('go to the blocks when a third interval comes, and their aggregate to the next archive', () => {
    const archives = archivesOf();
    const [base, coarse] = archives;
    storePoints(archives, 0, run(at(0, 0), at(0, 4), at(1)), SUM);
    storePoints(archives, 0, minutes(2), SUM);
    expect(units(base!)).toEqual([2, 1]);
    expect(stored(base!)).toEqual([0, 40 / MINUTE]);
    expect(pairsOf(coarse!.allPoints(false))).toEqual([[T0, 0.4]]);
  });

  it('go on from archive to archive', () => {
    const archives = archivesOf([
      { step: 10, points: 360 },
      { step: MINUTE, points: 1440 },
      { step: 5 * MINUTE, points: 1000 },
    ]);
    storePoints(archives, 0, minutes(...Array.from({ length: 18 }, (_, i) => i)), SUM);
    expect(stored(archives[0]!)).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(stored(archives[1]!)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(pairsOf(archives[1]!.buffer!.points()).map(([timestamp]) => (timestamp - T0) / MINUTE)).toEqual([
      10, 11, 12, 13, 14, 15,
    ]);
    expect(pairsOf(archives[2]!.allPoints(false))).toEqual([
      [T0, 0 + 1 + 2 + 3 + 4],
      [T0 + 5 * MINUTE, 5 + 6 + 7 + 8 + 9],
    ]);
  });

  it('are rolled up in the order of their times, whatever order they came in', () => {
    const archives = archivesOf();
    for (const slot of [4, 0, 5, 2]) storePoints(archives, 0, run(at(0, slot)), SUM);
    storePoints(archives, 0, minutes(1, 2), { ...SUM, method: 'first' });
    storePoints(archives, 0, minutes(3), { ...SUM, method: 'last' });
    expect(pairsOf(archives[1]!.allPoints(false))).toEqual([
      [T0, 0],
      [T0 + MINUTE, 1],
    ]);
  });

  it('make no coarser value if too few of them are known', () => {
    const archives = archivesOf();
    storePoints(archives, 0, run(at(0, 0), at(0, 1), at(1, 0), at(1, 1), at(1, 2), at(2), at(3)), {
      ...SUM,
      xFilesFactor: 0.5,
    });
    expect(stored(archives[0]!)).toHaveLength(5);
    expect(stored(archives[1]!)).toEqual([1]);
  });

  it.each([
    { known: 3, slots: 10, share: 0.3, isEnough: true },
    { known: 1, slots: 3, share: 1 / 3, isEnough: true },
    { known: 7, slots: 10, share: 0.7, isEnough: true },
    { known: 2, slots: 10, share: 0.3, isEnough: false },
  ])('$known of $slots are, in single precision, a share of $share: $isEnough (quirk 31)', (row) => {
    const { known, slots, share, isEnough } = row;
    const archives = archivesOf([
      { step: 60 / slots, points: 3600 },
      { step: 60, points: 1440 },
    ]);
    const points = Array.from({ length: known }, (_, i): Pair => [T0 + (i * 60) / slots, 1]);
    storePoints(archives, 0, run(...points, at(1), at(2)), { ...SUM, xFilesFactor: Math.fround(share) });
    expect(stored(archives[1]!)).toEqual(isEnough ? [0] : []);
  });

  it('are lost and counted when a newer one went to the blocks before them', () => {
    const archives = archivesOf();
    const [base, coarse] = archives;
    base!.append(run(at(0, 3)));
    // They were not too late for the buffer, which is what a call tells of its points.
    expect(storePoints(archives, 0, run(at(0, 1), at(0, 3), at(0, 5), at(1), at(2)), SUM)).toEqual({
      late: 0,
      replaced: 0,
    });
    expect(base!.discarded).toBe(2);
    expect(stored(base!)).toEqual([30 / MINUTE, 50 / MINUTE]);
    // Their aggregate is made of all of them all the same.
    expect(pairsOf(coarse!.allPoints(false))).toEqual([[T0, 0.1 + 0.3 + 0.5]]);
  });
});

describe('how far back the buffer reaches', () => {
  it.each([
    { name: 'to the older interval, if both units are in use', held: [5, 7], minute: 4, isTaken: false },
    { name: 'to nothing older, not even next to it', held: [7, 5], minute: 4, isTaken: false },
    {
      name: 'to the interval of unit 1, if unit 0 is empty',
      held: [undefined, 5],
      minute: 4,
      isTaken: false,
    },
    { name: 'without limit, if unit 1 is empty', held: [5, undefined], minute: 4, isTaken: true },
    { name: 'without limit, if both are', held: [undefined, undefined], minute: 4, isTaken: true },
    { name: 'to what lies between the two', held: [5, 7], minute: 6, isTaken: true },
  ])('$name (quirk 13)', ({ held, minute, isTaken }) => {
    const archives = archivesOf();
    setUnits(archives[0]!, ...held);
    expect(storePoints(archives, 0, minutes(minute), SUM)).toEqual({ late: isTaken ? 0 : 1, replaced: 0 });
    expect(units(archives[0]!).includes(minute)).toBe(isTaken);
    expect(archives[0]!.discarded).toBe(isTaken ? 0 : 1);
  });

  it('is the same for a whole call, however far the units move on in it (quirk 14)', () => {
    const archives = archivesOf();
    setUnits(archives[0]!, 1, 3);
    // Minute 1 leaves unit 0, and with that empty the limit would be minute 3.
    storePoints(archives, 0, minutes(2), SUM);
    expect(units(archives[0]!)).toEqual([2, 3]);
    expect(archives[0]!.discarded).toBe(0);
  });

  it('is looked at anew in the archive that an aggregate goes to', () => {
    const archives = archivesOf([
      { step: 10, points: 360 },
      { step: MINUTE, points: 1440 },
      { step: 5 * MINUTE, points: 1000 },
    ]);
    const [base, middle] = archives;
    middle!.buffer!.put(1, T0 + 10 * MINUTE, minutes(10), 0);
    storePoints(archives, 0, minutes(8, 9, 10), SUM);
    expect(middle!.discarded).toBe(1);
    storePoints(archives, 0, minutes(11, 12), SUM);
    expect([base!.discarded, middle!.discarded]).toEqual([0, 2]);
    storePoints(archives, 0, minutes(13), SUM);
    expect(pairsOf(middle!.allPoints(false)).map(([timestamp]) => timestamp)).toEqual([
      T0 + 10 * MINUTE,
      T0 + 11 * MINUTE,
    ]);
  });
});

describe('an interval older than that of unit 0', () => {
  it('takes unit 1 while that is empty, and within the call comes too late for the blocks (quirk 15)', () => {
    const archives = archivesOf();
    const [base, coarse] = archives;
    setUnits(base!, 2);
    storePoints(archives, 0, minutes(0, 1, 3), SUM);
    // Minute 0 took unit 1; minute 1 then took unit 0, from which the newer minute 2 went to the blocks before minute 0.
    expect(stored(base!)).toEqual([2]);
    expect(stored(coarse!)).toEqual([2]);
    expect(base!.discarded).toBe(1);
    expect(coarse!.discarded).toBe(1);
    expect(units(base!)).toEqual([1, 3]);
  });

  it('does so without loss if each point is a call of its own (quirk 16)', () => {
    const archives = archivesOf();
    const [base, coarse] = archives;
    setUnits(base!, 2);
    for (const minute of [0, 1, 3]) storePoints(archives, 0, minutes(minute), SUM);
    expect(stored(base!)).toEqual([0, 1]);
    expect(stored(coarse!)).toEqual([0, 1]);
    expect([base!.discarded, coarse!.discarded]).toEqual([0, 0]);
    expect(units(base!)).toEqual([2, 3]);
  });
});

describe('for any points', () => {
  const batches = fc.array(fc.array(fc.nat(60), { minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 12,
  });

  it('each is in a block, in the buffer, replaced by another of its slot, or counted', () => {
    fc.assert(
      fc.property(batches, (list) => {
        const archives = archivesOf();
        const [base] = archives;
        const given = new Set<number>();
        for (const batch of list) {
          const times = batch.map((slot) => T0 + slot * 10).sort((a, b) => a - b);
          for (const time of times) given.add(time);
          storePoints(archives, 0, run(...times.map((time): Pair => [time, 1])), SUM);
        }
        const kept = pairsOf(base!.allPoints(false)).map(([timestamp]) => timestamp);
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
        expect(kept.every((time) => given.has(time))).toBe(true);
        expect(given.size - kept.length).toBeLessThanOrEqual(base!.discarded);
      }),
    );
  });

  it('that come in order none is lost, and one batch is as good as many', () => {
    const rising = fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 80 }).map((list) => {
      return list.sort((a, b) => a - b).map((slot): Pair => [T0 + slot * 10, slot]);
    });
    fc.assert(
      fc.property(rising, (pairs) => {
        const [atOnce, oneByOne] = [archivesOf(), archivesOf()];
        storePoints(atOnce, 0, run(...pairs), SUM);
        for (const pair of pairs) storePoints(oneByOne, 0, run(pair), SUM);
        expect(pairsOf(atOnce[0]!.allPoints(false))).toEqual(pairs);
        for (const [i, archive] of atOnce.entries()) {
          expect(archive.discarded).toBe(0);
          expect(pairsOf(oneByOne[i]!.allPoints(false))).toEqual(pairsOf(archive.allPoints(false)));
        }
      }),
    );
  });
});

describe('what has changed of an archive', () => {
  it('is told by its header once points went to its blocks or came too late, until it is settled', () => {
    const [base, coarse] = archivesOf();
    const archives = [base!, coarse!];
    expect(archives.map(({ isChanged }) => isChanged)).toEqual([false, false]);
    storePoints(archives, 0, run(at(0), at(1)), SUM);
    // What waits in a buffer is nothing to the header.
    expect(archives.map(({ isChanged }) => isChanged)).toEqual([false, false]);
    expect(base!.buffer!.touched.isEmpty).toBe(false);
    storePoints(archives, 0, run(at(2)), SUM);
    expect(archives.map(({ isChanged }) => isChanged)).toEqual([true, true]);
    for (const archive of archives) archive.settle();
    expect(archives.map(({ isChanged }) => isChanged)).toEqual([false, false]);
    expect(base!.buffer!.touched.isEmpty).toBe(true);
    // Older than what the buffer holds: it is counted and changes nothing else.
    expect(storePoints(archives, 0, run(at(0)), SUM)).toEqual({ late: 1, replaced: 0 });
    expect([base!.isChanged, base!.ring.isChanged, base!.buffer!.touched.isEmpty]).toEqual([
      true,
      false,
      true,
    ]);
    base!.settle();
    expect(base!.isChanged).toBe(false);
    expect(base!.present.discarded).toBe(1);
  });
});

describe('a batch through three archives', () => {
  const THREE = [
    { step: 10, points: 360 },
    { step: MINUTE, points: 1440 },
    { step: 5 * MINUTE, points: 1000 },
  ];
  const LIST = THREE.map(({ step, points }): [number, number] => [step, points]);
  const batches = fc.array(
    fc.record({
      // In slots of 10 s: up to an hour, so that a batch may make every buffer move on several times.
      slots: fc.array(fc.nat(400), { minLength: 1, maxLength: 60 }),
      index: fc.constantFrom(0, 0, 0, 1, 2),
    }),
    { minLength: 1, maxLength: 8 },
  );

  it('level by level leaves what point by point would, whatever came before and whatever is late', () => {
    fc.assert(
      fc.property(batches, fc.constantFrom(0, 0.2, 0.5, 1), (list, xFilesFactor) => {
        const archives = archivesOf(THREE);
        const now = T0 + 400 * 10;
        const twin = new CompressedTwin(LIST, 'sum', xFilesFactor, now, 'python');
        for (const { slots, index } of list) {
          const pairs = slots.sort((a, b) => a - b).map((slot, i): Pair => [T0 + slot * 10, slot + i / 100]);
          const before = archives.map(({ discarded }) => discarded);
          const { late } = storePoints(archives, index, run(...pairs), { ...SUM, xFilesFactor });
          const { step, reach } = twin.archives[index]!;
          // The twin shares its points out by age: now is so early that none of them is too old for this archive.
          twin.now = Math.min(now, pairs[0]![0] + step);
          const told = twin.updateMany(pairs, 'store', 'last', reach);
          expect(pairs.length - late).toBe(told!.written);
          const discarded = archives.map((archive, i) => archive.discarded - before[i]!);
          expect(discarded.reduce((sum, count) => sum + count, 0)).toBe(told!.discarded);
        }
        for (const [i, archive] of archives.entries()) {
          const expected = twin.archives[i]!;
          expect({
            discarded: archive.discarded,
            inBlocks: stored(archive).map((minute) => T0 + minute * MINUTE),
            waiting: archive.buffer === undefined ? [] : pairsOf(archive.buffer.points()),
          }).toEqual({
            discarded: expected.discarded,
            inBlocks: expected.inBlocks.map(([timestamp]) => timestamp),
            waiting: expected.waiting,
          });
          const all = new Map([...expected.waiting, ...expected.inBlocks]);
          expect(pairsOf(archive.allPoints(false))).toEqual([...all].toSorted(([a], [b]) => a - b));
        }
      }),
      RUNS,
    );
  });

  it('leaves the points that it was given as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), { minLength: 1, maxLength: 60 }), (slots) => {
        const archives = archivesOf(THREE);
        const pairs = slots.sort((a, b) => a - b).map((slot): Pair => [T0 + slot * 10, slot]);
        const given = run(...pairs);
        storePoints(archives, 0, given, SUM);
        expect(pairsOf(given)).toEqual(pairs);
      }),
      RUNS,
    );
  });
});
