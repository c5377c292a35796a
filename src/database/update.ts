import { type Propagation, propagate } from '../archive/propagate.js';
import type { StandardArchive } from '../archive/standard-archive.js';
import { floorTo } from '../bytes/integers.js';
import { WhisperError } from '../errors.js';
import type { BatchOptions } from './engine.js';
import type { SortedPoints } from './points.js';

/** What a batch does with points newer than now: keeps them, leaves them out, or refuses the batch. */
export type Future = 'store' | 'drop' | 'error';

/** What became of the points of a batch. */
export interface UpdateResult {
  /** Stored. */
  readonly written: number;
  /** Left out as too old for every archive or, if asked, as too new. */
  readonly dropped: number;
  /**
   * Late points that a compressed file had no place for any more, as its own counters count them: also such as an
   * earlier call left in a buffer. Always 0 in standard files.
   */
  readonly discarded: number;
}

/**
 * Stores one point in the finest archive that reaches back to it, and rolls it up.
 *
 * An age of exactly that archive's retention is still taken: its interval shares a slot with now's own.
 *
 * @param maxRetention  as the header has it
 * @throws WhisperError `WSP_TIME_NOT_COVERED`
 */
export function updateOne(
  archives: readonly StandardArchive[],
  maxRetention: number,
  timestamp: number,
  value: number,
  now: number,
  how: Propagation,
): void {
  const age = now - timestamp;
  const index = archives.findIndex(({ retention }) => retention >= age);
  if (age < 0 || age >= maxRetention || index === -1) throw notCovered(timestamp, maxRetention, now);
  const intervals = Float64Array.of(floorTo(timestamp, archives[index]!.step));
  archives[index]!.write(intervals, Float64Array.of(value), 0, 1);
  propagate(archives, index, intervals, 1, how);
}

/** The refusal of a single point in the future, or older than every archive. */
export function notCovered(timestamp: number, maxRetention: number, now: number): WhisperError {
  const age = now - timestamp;
  return new WhisperError('WSP_TIME_NOT_COVERED', {
    found: age < 0 ? `a point ${-age} s in the future` : `a point ${age} s old`,
    expected: `an age of 0 to ${maxRetention - 1} s (timestamp ${timestamp}, now ${now})`,
  });
}

/**
 * Stores a batch: each point in the finest archive that reaches back to it, the newest first, each archive's
 * share at once and then rolled up. Points older than every archive are dropped. With a retention only the archive of
 * that one takes points.
 *
 * @throws WhisperError `WSP_TIME_NOT_COVERED` if `future` is 'error' and a point is; nothing is stored then
 */
export function updateBatch(
  archives: readonly StandardArchive[],
  points: SortedPoints,
  { now, future, retention }: BatchOptions,
  how: Propagation,
): UpdateResult {
  let end = endOfPast(points, now, future);
  const dropped = points.length - end;
  let written = 0;
  for (const [index, archive] of archives.entries()) {
    if (retention !== undefined && archive.retention !== retention) continue;
    const start = Math.min(end, firstAtLeast(points, now - archive.retention));
    if (start < end) writeShare(archives, index, points, start, end, how);
    written += end - start;
    end = start;
  }
  return { written, dropped: dropped + end, discarded: 0 };
}

/** Index after the last point that may be stored. */
export function endOfPast(points: SortedPoints, now: number, future: Future): number {
  const { timestamps, length } = points;
  const end = future === 'store' ? length : firstAtLeast(points, now + 1);
  if (end === length || future === 'drop') return end;
  throw new WhisperError('WSP_TIME_NOT_COVERED', {
    found: `${length - end} of the points in the future, the latest by ${timestamps[length - 1]! - now} s`,
    expected: `none after now (${now})`,
  });
}

/** Index of the first point at or after a time; the number of points if there is none. */
export function firstAtLeast({ timestamps, length }: SortedPoints, time: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timestamps[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Writes the points [start, end), aligned to one archive, one for each interval. */
function writeShare(
  archives: readonly StandardArchive[],
  index: number,
  points: SortedPoints,
  start: number,
  end: number,
  how: Propagation,
): void {
  const archive = archives[index]!;
  const intervals = new Float64Array(end - start);
  const values = new Float64Array(end - start);
  let count = 0;
  for (let i = start; i < end; i++) {
    const interval = floorTo(points.timestamps[i]!, archive.step);
    if (count === 0 || intervals[count - 1] !== interval) count++;
    intervals[count - 1] = interval;
    values[count - 1] = points.values[i]!;
  }
  archive.write(intervals, values, 0, count);
  propagate(archives, index, intervals, count, how);
}
