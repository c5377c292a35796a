/** Coarser values made anew of the finer points that are there, where these reach. */
import { floorTo } from '../../bytes/integers.js';
import type { Database } from '../../database/database.js';
import { open } from '../../database/open.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { PointRun } from '../../format/point-run.js';
import { type Making, makingOf } from './coarser-value.js';
import { putPoints } from './put-points.js';
import { shownPoints, valueAt } from './shown-points.js';
import { waitingIntervals } from './waiting.js';

export interface RecomputeOptions {
  readonly now: number;
  readonly dialect: Dialect;
  /** Whether values are made that were not there before. */
  readonly fillsGaps: boolean;
  /** Whether a value goes that cannot be made of the finer points, since too few of them are known; else it stays. */
  readonly isStrict: boolean;
  /** For each archive the times of points that were taken out of it: a value that lacks them is never kept. */
  readonly lost?: ReadonlyMap<number, readonly number[]>;
  /** For each archive the times of points that go, unless finer ones come to a value for them. */
  readonly doomed?: ReadonlyMap<number, readonly number[]>;
  /** Which intervals are looked at; all if left out. */
  readonly isMeant?: (index: number, interval: number) => boolean;
}

/** What became of the values of one archive whose intervals the next finer one reaches as a whole. */
export interface RecomputedArchive {
  /** Another value than before. */
  readonly changed: number;
  /** A value where there was none. */
  readonly added: number;
  /** Gone, with too few finer points known. */
  readonly removed: number;
  /** Kept, though too few finer points are known to make them. */
  readonly kept: number;
}

const NOTHING: RecomputedArchive = { changed: 0, added: 0, removed: 0, kept: 0 };

/**
 * Makes the values of the coarser archives anew, each of the next finer one (of a mix: of the finest), as far as that
 * reaches with whole intervals. What waits in buffers is left alone: it is made when it is looked at.
 *
 * @returns  the changed file; the bytes given stay as they are
 */
export function recompute(
  bytes: Uint8Array,
  options: RecomputeOptions,
): { readonly bytes: Uint8Array; readonly archives: readonly RecomputedArchive[] } {
  const { dialect } = options;
  const lost = new Map(options.lost);
  let present = bytes;
  const archives: RecomputedArchive[] = [];
  for (const index of archivesOf(bytes, dialect)) {
    using work = open(present, { dialect, late: 'insert' });
    const making = makingOf(work.info, index, dialect);
    const doomed = options.doomed?.get(index) ?? [];
    const { put, taken, counts } =
      making === undefined
        ? { put: new PointRun(0), taken: doomed, counts: NOTHING }
        : plan(work, index, making, lost.get(making.finer) ?? [], doomed, options);
    if (taken.length > 0) lost.set(index, [...(lost.get(index) ?? []), ...taken]);
    present = putPoints(present, index, put, taken, options);
    archives.push(counts);
  }
  return { bytes: present, archives };
}

function archivesOf(bytes: Uint8Array, dialect: Dialect): number[] {
  using database = open(bytes, { dialect, readOnly: true });
  return [...database.info.archives.keys()];
}

function plan(
  work: Database,
  index: number,
  making: Making,
  lost: readonly number[],
  doomed: readonly number[],
  { now, fillsGaps, isStrict, isMeant = () => true }: RecomputeOptions,
): { put: PointRun; taken: number[]; counts: RecomputedArchive } {
  const { step } = work.info.archives[index]!;
  const finer = shownPoints(work, making.finer, now);
  const present = shownPoints(work, index, now);
  const isWaiting = waitingIntervals(work);
  const lacking = new Set(lost.map((timestamp) => floorTo(timestamp, step)));
  const put = new PointRun(0);
  const taken = new Set(doomed);
  const counts = { ...NOTHING };
  for (const interval of intervalsOf(finer, present, step, firstWhole(work, making.finer, step, now))) {
    if (!isMeant(index, interval) || isWaiting(index, interval)) continue;
    const there = valueAt(present, interval);
    const made = making.value(finer, interval);
    if (made === undefined) {
      if (there === undefined) continue;
      if (isStrict || lacking.has(interval) || taken.has(interval)) {
        taken.add(interval);
        counts.removed++;
      } else counts.kept++;
    } else if (there === undefined) {
      if (!fillsGaps) continue;
      put.pushValue(interval, made);
      counts.added++;
    } else {
      taken.delete(interval);
      if (Object.is(there, made)) continue;
      put.pushValue(interval, made);
      counts.changed++;
    }
  }
  return { put, taken: [...taken].sort((a, b) => a - b), counts };
}

/** The first interval of a step whose points a finer archive can all have. */
function firstWhole({ info }: Database, finer: number, step: number, now: number): number {
  const { step: fineStep, retention } = info.archives[finer]!;
  const oldest = floorTo(now - retention, fineStep) + fineStep;
  return Math.max(step, floorTo(oldest + step - 1, step));
}

/** The intervals, from one on, that have a value or finer points; rising. */
function intervalsOf(finer: PointRun, present: PointRun, step: number, first: number): number[] {
  const intervals = new Set<number>();
  for (const { timestamps, length } of [finer, present]) {
    for (let i = 0; i < length; i++) {
      const interval = floorTo(timestamps[i]!, step);
      if (interval >= first) intervals.add(interval);
    }
  }
  return [...intervals].sort((a, b) => a - b);
}
