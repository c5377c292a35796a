import { describe, expect, it } from 'vitest';
import type { CompressedArchive } from '../../src/archive/compressed-archive.js';
import { groupMix, propagateMix } from '../../src/archive/mix-groups.js';
import { CompressedImage } from '../../src/database/compressed-image.js';
import { archivesOf as planArchives } from '../../src/database/layout.js';
import { parseSpec } from '../../src/format/aggregation-spec.js';
import { PointRun } from '../../src/format/point-run.js';
import type { Retention } from '../../src/format/retention.js';
import type { MixSpec } from '../../src/index.js';

/** The beginning of a minute and of a day. */
const T0 = 1_599_955_200;
const MINUTE = 60;

type Pair = readonly [timestamp: number, value: number];

const RETENTIONS = [
  { step: 10, points: 360 },
  { step: MINUTE, points: 1440 },
];

function imageOf(
  mix: readonly MixSpec[],
  retentions: readonly Retention[] = RETENTIONS,
  pointsPerBlock = 7200,
): CompressedImage {
  const settings = { maxRetention: 0, xFilesFactor: 0, pointsPerBlock, pointSize: 14 };
  const planned = planArchives(retentions, mix.map(parseSpec));
  return new CompressedImage({ ...settings, aggregation: 'mix' }, planned);
}

function archivesOf(
  mix: readonly MixSpec[],
  retentions?: readonly Retention[],
): readonly CompressedArchive[] {
  return imageOf(mix, retentions).archives;
}

function run(...pairs: readonly Pair[]): PointRun {
  const points = new PointRun();
  for (const [timestamp, value] of pairs) points.pushValue(timestamp, value);
  return points;
}

/** Points 10 s apart from the beginning of a minute on. */
function values(minute: number, ...list: number[]): Pair[] {
  return list.map((value, i) => [T0 + minute * MINUTE + i * 10, value] as const);
}

/** What was made for an archive: minutes with values. */
function made(points: PointRun | undefined): Pair[] {
  return Array.from({ length: points!.length }, (_, i) => {
    return [(points!.timestamps[i]! - T0) / MINUTE, points!.values[i]!] as const;
  });
}

function stored({ ring }: CompressedArchive): Pair[] {
  const found = new PointRun();
  ring.read(0, Number.POSITIVE_INFINITY, found, false);
  return made(found);
}

describe('groups', () => {
  it('give each archive below the base a value of its own method, and the base none', () => {
    const archives = archivesOf(['average', 'sum', 'last', 'max', 'min', 'first', 'p50', 'p75']);
    const groups = groupMix(archives, run(...values(0, 4, 1, 2, 8)), 0);
    expect([...groups.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...groups.values()].map((points) => made(points))).toEqual(
      [3.75, 15, 8, 8, 1, 4, 3, 5].map((value) => [[0, value]]),
    );
  });

  it('are of each step for itself', () => {
    const archives = archivesOf(['sum'], [...RETENTIONS, { step: 2 * MINUTE, points: 1440 }]);
    const groups = groupMix(archives, run(...values(0, 1, 2), ...values(1, 3), ...values(2, 4)), 0);
    expect(made(groups.get(1))).toEqual([
      [0, 3],
      [1, 3],
      [2, 4],
    ]);
    expect(made(groups.get(2))).toEqual([
      [0, 6],
      [2, 4],
    ]);
  });

  it('take points in any order, the later of equal times', () => {
    const archives = archivesOf(['first', 'sum']);
    const [a, b, c] = values(0, 1, 2, 3) as [Pair, Pair, Pair];
    const groups = groupMix(archives, run(c, a, b, [b[0], 7]), 0);
    expect(made(groups.get(1))).toEqual([[0, 1]]);
    expect(made(groups.get(2))).toEqual([[0, 11]]);
  });

  it('that an archive has reached are left out there, and only there', () => {
    const archives = archivesOf(['max', 'min']);
    archives[1]!.append(run([T0 + MINUTE, 9]));
    const groups = groupMix(archives, run(...values(0, 1), ...values(1, 2), ...values(2, 3)), 0);
    expect(made(groups.get(1))).toEqual([[2, 3]]);
    expect(made(groups.get(2))).toHaveLength(3);
  });

  it('need their share of points, but for the last one of all (quirk 18)', () => {
    const archives = archivesOf(['sum']);
    const points = run(...values(0, 1, 2), ...values(1, 3, 4, 5), ...values(2, 6));
    expect(made(groupMix(archives, points, 0.5).get(1))).toEqual([
      [1, 12],
      [2, 6],
    ]);
  });

  it('compare that share in single precision (quirk 31)', () => {
    const archives = archivesOf(
      ['sum'],
      [
        { step: 6, points: 600 },
        { step: MINUTE, points: 1440 },
      ],
    );
    // 3 of 10: as a double 0.3 would be less than the single that stands for it.
    const points = run([T0, 1], [T0 + 6, 1], [T0 + 12, 1], [T0 + MINUTE, 1]);
    expect(made(groupMix(archives, points, Math.fround(0.3)).get(1))).toHaveLength(2);
  });

  describe('of one step share a list of values, which a percentile sorts for those after it (quirk 19)', () => {
    const points = run(...values(0, 3, 1, 2));

    it.each([
      { mix: ['first', 'last', 'p50'], made: [3, 2, 2] },
      { mix: ['p50', 'first', 'last'], made: [2, 1, 3] },
      { mix: ['first', 'p50', 'last'], made: [3, 2, 3] },
    ] as { mix: MixSpec[]; made: number[] }[])('$mix make $made', ({ mix, made: expected }) => {
      const groups = groupMix(archivesOf(mix), points, 0);
      expect([...groups.values()].map((points) => points.values[0])).toEqual(expected);
    });

    it('those of another step do not', () => {
      const archives = archivesOf(['p50', 'first'], [...RETENTIONS, { step: 2 * MINUTE, points: 1440 }]);
      const groups = groupMix(archives, points, 0);
      expect([...groups.values()].map((points) => points.values[0])).toEqual([2, 1, 2, 1]);
      const swapped = archivesOf(['first', 'p50'], [...RETENTIONS, { step: 2 * MINUTE, points: 1440 }]);
      expect([...groupMix(swapped, points, 0).values()].map((points) => points.values[0])).toEqual([
        3, 2, 3, 2,
      ]);
    });
  });

  it('leave the points that they are made of as they were', () => {
    const points = run(...values(0, 3, 1, 2));
    groupMix(archivesOf(['p50']), points, 0);
    expect([...points.values.subarray(0, 3)]).toEqual([3, 1, 2]);
  });
});

describe('propagation', () => {
  it('stops five steps of the last archive before the base’s newest point', () => {
    const archives = archivesOf(['sum']);
    archives[0]!.append(run(...Array.from({ length: 8 }, (_, minute) => values(minute, minute)).flat()));
    propagateMix(archives, 0);
    // Minute 7 is not over; of those before it four have to wait.
    expect(stored(archives[1]!).map(([minute]) => minute)).toEqual([0, 1, 2]);
  });

  it('goes by the last archive’s steps for all of them, and by where that one has come to', () => {
    const archives = archivesOf(['sum'], [...RETENTIONS, { step: 2 * MINUTE, points: 1440 }]);
    const base = archives[0]!;
    base.append(run(...Array.from({ length: 13 }, (_, minute) => values(minute, minute)).flat()));
    propagateMix(archives, 0);
    expect(stored(archives[1]!).map(([minute]) => minute)).toEqual([0, 1, 2, 3]);
    expect(stored(archives[2]!)).toEqual([
      [0, 1],
      [2, 5],
    ]);
    base.append(run(...values(15, 15)));
    propagateMix(archives, 0);
    expect(stored(archives[1]!).map(([minute]) => minute)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(stored(archives[2]!).at(-1)).toEqual([4, 9]);
    expect(archives.map(({ discarded }) => discarded)).toEqual([0, 0, 0]);
  });

  it('does not make a value twice', () => {
    const archives = archivesOf(['sum']);
    archives[0]!.append(run(...Array.from({ length: 8 }, (_, minute) => values(minute, minute)).flat()));
    propagateMix(archives, 0);
    propagateMix(archives, 0);
    expect(stored(archives[1]!).map(([minute]) => minute)).toEqual([0, 1, 2]);
    expect(archives[1]!.discarded).toBe(0);
  });

  it('reads the base from there on: what is damaged before that is not asked for', () => {
    const image = imageOf(['sum'], RETENTIONS, 12);
    const { archives } = image;
    const noisy = (minute: number) =>
      values(minute, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6).map(([at], i): Pair => [at, Math.sin(minute * 6 + i)]);
    archives[0]!.append(run(...Array.from({ length: 12 }, (_, minute) => noisy(minute)).flat()));
    propagateMix(archives, 0);
    const [oldest] = archives[0]!.ring.sortedRanges();
    expect(oldest!.end).toBeLessThan(T0 + 6 * MINUTE);
    image.finish()[archives[0]!.info.offset + 13]! ^= 0xff;
    archives[0]!.append(run(...noisy(12)));
    propagateMix(archives, 0);
    expect(stored(archives[1]!).at(-1)![0]).toBe(7);
  });

  it('never comes to a base that holds less than five steps of the last archive (quirk 17)', () => {
    // A single block of 36 points, and one more: never more than twelve minutes of 10 s.
    const archives = archivesOf(
      ['sum'],
      [
        { step: 10, points: 20 },
        { step: 5 * MINUTE, points: 1440 },
      ],
    );
    const wild = (i: number) => Math.sin(i) * 10 ** (i % 200);
    let isRotated = false;
    for (let i = 0; i < 3000; i++) {
      if (!archives[0]!.append(run([T0 + 10 * i, wild(i)])).isRotated) continue;
      isRotated = true;
      propagateMix(archives, 0);
    }
    expect(isRotated).toBe(true);
    expect(stored(archives[1]!)).toEqual([]);
    expect(archives[0]!.discarded).toBe(0);
  });

  it('has nothing to do in a file of one archive, or in an empty one', () => {
    const alone = archivesOf(['sum'], [{ step: 10, points: 360 }]);
    alone[0]!.append(run(...values(0, 1, 2, 3)));
    propagateMix(alone, 0);
    expect(stored(alone[0]!)).toHaveLength(3);
    const empty = archivesOf(['sum']);
    propagateMix(empty, 0);
    expect(stored(empty[1]!)).toEqual([]);
    expect(empty[1]!.ring.current.first.timestamp).toBe(0);
  });
});
