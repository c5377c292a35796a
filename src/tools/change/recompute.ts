/** Coarser values made anew of the finer points that are there, where these reach. */
import { floorTo } from '../../bytes/integers.js';
import { loadImage } from '../../database/compressed-image.js';
import type { Database } from '../../database/database.js';
import { open } from '../../database/open.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { PointRun } from '../../format/point-run.js';
import { type Making, makingOf } from './coarser-value.js';
import { editPoints } from './edit-points.js';
import { onlyPoints, shownPoints, valueAt } from './shown-points.js';
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
    if (making === undefined) {
      archives.push(NOTHING);
      continue;
    }
    const { put, taken, counts } = plan(work, index, making, lost.get(making.finer) ?? [], options);
    if (taken.length > 0) lost.set(index, [...(lost.get(index) ?? []), ...taken]);
    present = store(present, index, put, taken, options);
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
  { now, fillsGaps, isStrict, isMeant = () => true }: RecomputeOptions,
): { put: PointRun; taken: number[]; counts: RecomputedArchive } {
  const { step } = work.info.archives[index]!;
  const finer = shownPoints(work, making.finer, now);
  const present = shownPoints(work, index, now);
  const isWaiting = waitingIntervals(work);
  const lacking = new Set(lost.map((timestamp) => floorTo(timestamp, step)));
  const put = new PointRun(0);
  const taken: number[] = [];
  const counts = { ...NOTHING };
  for (const interval of intervalsOf(finer, present, step, firstWhole(work, making.finer, step, now))) {
    if (!isMeant(index, interval) || isWaiting(index, interval)) continue;
    const there = valueAt(present, interval);
    const made = making.value(finer, interval);
    if (made === undefined) {
      if (there === undefined) continue;
      if (isStrict || lacking.has(interval)) {
        taken.push(interval);
        counts.removed++;
      } else counts.kept++;
    } else if (there === undefined) {
      if (!fillsGaps) continue;
      put.pushValue(interval, made);
      counts.added++;
    } else if (!Object.is(there, made)) {
      put.pushValue(interval, made);
      counts.changed++;
    }
  }
  return { put, taken, counts };
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

function store(
  bytes: Uint8Array,
  index: number,
  put: PointRun,
  taken: readonly number[],
  { now, dialect }: RecomputeOptions,
): Uint8Array {
  const isBehind = newerThanAll(bytes, index, dialect);
  const inPlace = onlyPoints(put, (timestamp) => !isBehind(timestamp));
  const edited = editPoints(bytes, [{ index, put: inPlace, taken }], now, dialect);
  const behind = onlyPoints(put, isBehind);
  if (behind.length === 0) return edited;
  using work = open(edited, { dialect, late: 'insert' });
  work.updateMany(behind.columns(), { now, retention: work.info.archives[index]!.retention });
  return work.toBytes();
}

/**
 * Tells whether a value is newer than all that waits in the buffer of its archive: it has to come in through the buffer,
 * since what waits would be too late for the blocks otherwise.
 */
function newerThanAll(bytes: Uint8Array, index: number, dialect: Dialect): (timestamp: number) => boolean {
  using database = open(bytes, { dialect, readOnly: true });
  if (database.format === 'standard') return () => false;
  const { archives } = loadImage(bytes);
  const { ring, buffer } = archives[index]!;
  const coarser = archives[index + 1];
  if (buffer === undefined || coarser === undefined) return () => false;
  const units = Math.max(buffer.base(0), buffer.base(1));
  const waiting = units === 0 ? 0 : units + coarser.step - 1;
  return (timestamp) => timestamp > Math.max(ring.greatestEnd(), waiting);
}
