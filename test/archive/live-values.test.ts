import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CompressedArchive, RollUp } from '../../src/archive/compressed-archive.js';
import { waitingMixValues, waitingValues, waitingValuesAsGo } from '../../src/archive/live-values.js';
import { storePoints } from '../../src/archive/store-points.js';
import { CompressedImage } from '../../src/database/compressed-image.js';
import { archivesOf as planArchives } from '../../src/database/layout.js';
import { parseSpec } from '../../src/format/aggregation-spec.js';
import { PointRun } from '../../src/format/point-run.js';
import type { Retention } from '../../src/format/retention.js';
import type { MixSpec } from '../../src/index.js';

/** The beginning of a minute, an hour and a day. */
const T0 = 1_599_955_200;
const MINUTE = 60;
const SUM: RollUp = { method: 'sum', percentile: 0, xFilesFactor: 0 };

type Pair = readonly [timestamp: number, value: number];

const TWO = [
  { step: 10, points: 360 },
  { step: MINUTE, points: 1440 },
];
const THREE = [...TWO, { step: 5 * MINUTE, points: 1440 }];

function archivesOf(
  retentions: readonly Retention[],
  mix?: readonly MixSpec[],
): readonly CompressedArchive[] {
  const settings = { maxRetention: 0, xFilesFactor: 0, pointsPerBlock: 7200, pointSize: 14 };
  const planned = planArchives(retentions, mix?.map(parseSpec));
  return new CompressedImage({ ...settings, aggregation: mix === undefined ? 'sum' : 'mix' }, planned)
    .archives;
}

function run(...pairs: readonly Pair[]): PointRun {
  const points = new PointRun();
  for (const [timestamp, value] of pairs) points.pushValue(timestamp, value);
  return points;
}

/** A point in the given minute, `slot` steps of 10 s after its beginning, of value 1 unless it is given. */
function at(minute: number, slot = 0, value = 1): Pair {
  return [T0 + minute * MINUTE + slot * 10, value];
}

/** Puts points straight into a unit. */
function setUnit({ buffer, step }: CompressedArchive, unit: 0 | 1, ...pairs: readonly Pair[]): void {
  const points = run(...pairs);
  const coarse = step * buffer!.slots;
  for (const [i, [timestamp]] of pairs.entries()) {
    buffer!.put(unit, Math.floor(timestamp / coarse) * coarse, points, i);
  }
}

/** Minutes with values. */
function shown({ timestamps, values, length }: PointRun): Pair[] {
  return Array.from({ length }, (_, i) => [(timestamps[i]! - T0) / MINUTE, values[i]!] as const);
}

function stored({ ring }: CompressedArchive): Pair[] {
  const found = new PointRun();
  ring.read(0, Number.POSITIVE_INFINITY, found, false);
  return shown(found);
}

describe('what an archive would get if the buffers above it were flushed now', () => {
  it('is an aggregate of each unit, by time, whichever holds the newer one', () => {
    const archives = archivesOf(TWO);
    setUnit(archives[0]!, 0, at(3, 0, 5), at(3, 5, 6));
    setUnit(archives[0]!, 1, at(2, 1, 7));
    expect(shown(waitingValues(archives, 1, SUM))).toEqual([
      [2, 7],
      [3, 11],
    ]);
  });

  it('is nothing for the base, and nothing of empty buffers', () => {
    const archives = archivesOf(TWO);
    expect(waitingValues(archives, 1, SUM).length).toBe(0);
    setUnit(archives[0]!, 0, at(3));
    expect(waitingValues(archives, 0, SUM).length).toBe(0);
  });

  it('passes the test of the share, in single precision', () => {
    const archives = archivesOf([
      { step: 6, points: 600 },
      { step: MINUTE, points: 1440 },
    ]);
    setUnit(archives[0]!, 0, [T0, 1], [T0 + 6, 1], [T0 + 12, 1]);
    setUnit(archives[0]!, 1, [T0 + MINUTE, 1], [T0 + MINUTE + 6, 1]);
    const how = { ...SUM, xFilesFactor: Math.fround(0.3) };
    expect(shown(waitingValues(archives, 1, how))).toEqual([[0, 3]]);
  });

  it('leaves out what the archive has reached already', () => {
    const archives = archivesOf(TWO);
    setUnit(archives[0]!, 0, at(2));
    setUnit(archives[0]!, 1, at(3));
    archives[1]!.append(run(at(2, 0, 99)));
    expect(shown(waitingValues(archives, 1, SUM))).toEqual([[3, 1]]);
  });

  it('leaves out what a buffer below takes for too late', () => {
    const archives = archivesOf(THREE);
    setUnit(archives[0]!, 0, at(1));
    setUnit(archives[1]!, 0, at(7));
    setUnit(archives[1]!, 1, at(12));
    expect(shown(waitingValues(archives, 1, SUM))).toEqual([]);
    expect(shown(waitingValues(archives, 2, SUM))).toEqual([
      [5, 1],
      [10, 1],
    ]);
  });

  it('goes through every archive between, in whose buffer a value takes the place of another', () => {
    const archives = archivesOf(THREE);
    setUnit(archives[0]!, 0, at(7, 0, 10), at(7, 1, 20));
    setUnit(archives[0]!, 1, at(8, 0, 40));
    setUnit(archives[1]!, 0, at(3, 0, 1), at(4, 0, 2));
    setUnit(archives[1]!, 1, at(6, 0, 3), at(7, 0, 4));
    expect(shown(waitingValues(archives, 2, SUM))).toEqual([
      [0, 3],
      [5, 3 + 30 + 40],
    ]);
    // Each for itself: the one between shows what comes from above alone.
    expect(shown(waitingValues(archives, 1, SUM))).toEqual([
      [7, 30],
      [8, 40],
    ]);
  });

  describe('for any history', () => {
    const histories = fc.array(
      fc.array(fc.tuple(fc.nat(90), fc.integer({ min: -5, max: 5 })), { minLength: 1, maxLength: 12 }),
      { maxLength: 8 },
    );
    const shares = fc.constantFrom(0, 0.3, 0.5, 1);

    it.each([
      { name: 'the last of two', retentions: TWO },
      { name: 'the last of three', retentions: THREE },
    ])('is just that, in $name archives', ({ retentions }) => {
      fc.assert(
        fc.property(histories, shares, (history, share) => {
          const archives = archivesOf(retentions);
          const how = { ...SUM, xFilesFactor: Math.fround(share) };
          for (const batch of history) {
            const pairs = batch.map(([slot, value]): Pair => [T0 + slot * 10, value]);
            storePoints(archives, 0, run(...pairs.sort(([a], [b]) => a - b)), how);
          }
          const last = archives.at(-1)!;
          const expected = [...stored(last), ...shown(waitingValues(archives, archives.length - 1, how))];
          flush(archives, how);
          expect(stored(last)).toEqual(expected);
        }),
      );
    });

    /** Two intervals of a distant future take both units of each buffer, from above down. */
    function flush(archives: readonly CompressedArchive[], how: RollUp): void {
      for (const [i, { buffer }] of archives.entries()) {
        if (buffer === undefined) continue;
        for (const day of [1, 2]) storePoints(archives, i, run([T0 + day * 86_400, 0]), how);
      }
    }
  });
});

describe('the same as go-whisper shows it (quirk 30)', () => {
  const ALL = [0, 2 ** 32] as const;

  /** Points in every slot of a minute. */
  const whole = (minute: number, value = 1) => [0, 1, 2, 3, 4, 5].map((slot) => at(minute, slot, value));

  it.each([
    {
      name: 'both units, if the last slot of unit 1 is free',
      unit0: whole(2),
      unit1: whole(3).slice(0, 5),
      seen: [
        [2, 6],
        [3, 5],
      ],
    },
    { name: 'not the newest, if it is taken', unit0: whole(2), unit1: whole(3), seen: [[2, 6]] },
    {
      name: 'not that of unit 1, though it is the older one',
      unit0: whole(3),
      unit1: whole(2),
      seen: [[3, 6]],
    },
    {
      name: 'a single point, whatever share of its interval it is',
      unit0: [at(2, 3)],
      unit1: [],
      seen: [[2, 1]],
    },
    { name: 'nothing of empty units', unit0: [], unit1: [], seen: [] },
  ] as { name: string; unit0: Pair[]; unit1: Pair[]; seen: Pair[] }[])('$name', ({ unit0, unit1, seen }) => {
    const archives = archivesOf(TWO);
    setUnit(archives[0]!, 0, ...unit0);
    setUnit(archives[0]!, 1, ...unit1);
    const how = { ...SUM, xFilesFactor: 1 };
    expect(shown(waitingValuesAsGo(archives, 1, ...ALL, how))).toEqual(seen);
  });

  it('is cut at the first value outside the range, though others behind it are inside', () => {
    const archives = archivesOf(TWO);
    setUnit(archives[0]!, 0, at(2));
    setUnit(archives[0]!, 1, at(3));
    const [second, third] = [T0 + 2 * MINUTE, T0 + 3 * MINUTE];
    expect(shown(waitingValuesAsGo(archives, 1, second, second, SUM))).toEqual([[2, 1]]);
    expect(shown(waitingValuesAsGo(archives, 1, second, third, SUM))).toHaveLength(2);
    expect(shown(waitingValuesAsGo(archives, 1, third, third, SUM))).toEqual([]);
  });

  it('is shown too where the archive has reached it already', () => {
    const archives = archivesOf(TWO);
    setUnit(archives[0]!, 0, at(2));
    archives[1]!.append(run(at(5, 0, 99)));
    expect(shown(waitingValuesAsGo(archives, 1, ...ALL, SUM))).toEqual([[2, 1]]);
  });

  it('of an interval that waits in two places is the latter alone, if another stands between', () => {
    const archives = archivesOf(THREE);
    // From above comes minute 7, of the second five; the buffer below has the first five before its own part of it.
    setUnit(archives[0]!, 0, at(7, 0, 10));
    setUnit(archives[1]!, 0, at(3, 0, 1));
    setUnit(archives[1]!, 1, at(6, 0, 3));
    expect(shown(waitingValuesAsGo(archives, 2, ...ALL, SUM))).toEqual([
      [0, 1],
      [5, 10],
      [5, 3],
    ]);
    // Flushed, the two would be one.
    expect(shown(waitingValues(archives, 2, SUM))).toEqual([
      [0, 1],
      [5, 13],
    ]);
  });
});

describe('what a mix file can make of its base by now', () => {
  it('is the groups that an archive does not have, up to a time', () => {
    const archives = archivesOf(TWO, ['sum', 'max']);
    archives[0]!.append(run(at(0, 0, 1), at(0, 1, 2), at(1, 0, 3), at(2, 0, 4), at(3, 0, 5)));
    archives[1]!.append(run(at(0, 0, 3)));
    const until = T0 + 2 * MINUTE;
    expect(shown(waitingMixValues(archives, 1, T0, until, 0, false))).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(shown(waitingMixValues(archives, 2, T0, until, 0, false))).toEqual([
      [0, 2],
      [1, 3],
      [2, 4],
    ]);
    expect(shown(waitingMixValues(archives, 2, T0 + MINUTE, until, 0, false))).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });

  it('needs its share of points, but for the last group', () => {
    const archives = archivesOf(TWO, ['sum']);
    archives[0]!.append(run(at(0, 0, 1), at(1, 0, 3)));
    expect(shown(waitingMixValues(archives, 1, T0, 2 ** 32, 0.5, false))).toEqual([[1, 3]]);
  });

  it('is nothing for the base itself', () => {
    const archives = archivesOf(TWO, ['sum']);
    archives[0]!.append(run(at(0)));
    expect(waitingMixValues(archives, 0, T0, 2 ** 32, 0, false).length).toBe(0);
  });
});
