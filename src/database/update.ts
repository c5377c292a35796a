import { propagate, propagateOne } from '../archive/propagate.js';
import type { Propagation, Written } from '../archive/roll-up.js';
import type { StandardArchive } from '../archive/standard-archive.js';
import { floorTo } from '../bytes/integers.js';
import { firstAtLeast } from '../bytes/rising.js';
import { WhisperError } from '../errors.js';
import type { BatchOptions } from './engine.js';
import type { SortedPoints } from './points.js';

/** What a batch does with points newer than now: keeps them, leaves them out, or refuses the batch. */
export type Future = 'store' | 'drop' | 'error';

/** What became of the points of a batch. */
export interface UpdateResult {
  /** Stored. */
  readonly written: number;
  /** Of these, late points that went into blocks of a compressed file. Always 0 in standard files. */
  readonly inserted: number;
  /** Of these, points that took the place of a value in a compressed file. Not counted in standard files: always 0. */
  readonly replaced: number;
  /** Left out as too old for every archive or, if asked, as too new. */
  readonly dropped: number;
  /**
   * Late points that a compressed file had no place for, as its own counters count them: also such as an earlier call
   * left in a buffer. Where late points are inserted, only those whose block is damaged. Always 0 in standard files.
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
  let index = 0;
  while (index < archives.length && archives[index]!.retention < age) index++;
  if (age < 0 || age >= maxRetention || index === archives.length) {
    throw notCovered(timestamp, maxRetention, now);
  }
  storeOne(archives, index, timestamp, value, how);
}

function storeOne(
  archives: readonly StandardArchive[],
  index: number,
  timestamp: number,
  value: number,
  how: Propagation,
): void {
  const interval = floorTo(timestamp, archives[index]!.step);
  archives[index]!.writeOne(interval, value);
  propagateOne(archives, index, interval, how);
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
  for (let index = 0; index < archives.length && end > 0; index++) {
    const { retention: reach } = archives[index]!;
    if (retention !== undefined && reach !== retention) continue;
    const start = Math.min(end, firstAtLeast(points.timestamps, now - reach, points.length));
    if (start < end) storeShare(archives, index, points, start, end, how);
    written += end - start;
    end = start;
  }
  return { written, inserted: 0, replaced: 0, dropped: dropped + end, discarded: 0 };
}

/** Index after the last point that may be stored. */
export function endOfPast(points: SortedPoints, now: number, future: Future): number {
  const { timestamps, length } = points;
  const end = future === 'store' ? length : firstAtLeast(timestamps, now + 1, length);
  if (end === length || future === 'drop') return end;
  throw new WhisperError('WSP_TIME_NOT_COVERED', {
    found: `${length - end} of the points in the future, the latest by ${timestamps[length - 1]! - now} s`,
    expected: `none after now (${now})`,
  });
}

/** Stores the points [start, end) in one archive, one for each interval. */
function storeShare(
  archives: readonly StandardArchive[],
  index: number,
  points: SortedPoints,
  start: number,
  end: number,
  how: Propagation,
): void {
  if (end - start === 1) {
    storeOne(archives, index, points.timestamps[start]!, points.values[start]!, how);
    return;
  }
  const archive = archives[index]!;
  const aligned = align(points, start, end, archive.step);
  archive.write(aligned.intervals, aligned.values, aligned.start, aligned.end);
  propagate(archives, index, aligned, how);
}

/** The points [start, end) by intervals of a step, for each the latest; where they have that form already, no copy. */
function align({ timestamps, values }: SortedPoints, start: number, end: number, step: number): Written {
  if (timestamps instanceof Float64Array && values instanceof Float64Array) {
    if (isAligned(timestamps, start, end, step)) return { intervals: timestamps, values, start, end };
  }
  const aligned = { intervals: new Float64Array(end - start), values: new Float64Array(end - start) };
  let last = -1;
  for (let i = start; i < end; i++) {
    const interval = floorTo(timestamps[i]!, step);
    if (last === -1 || aligned.intervals[last] !== interval) last++;
    aligned.intervals[last] = interval;
    aligned.values[last] = values[i]!;
  }
  return { ...aligned, start: 0, end: last + 1 };
}

/** True if each of the timestamps is an interval of its own. */
function isAligned(timestamps: Float64Array, start: number, end: number, step: number): boolean {
  let next = floorTo(timestamps[start]!, step);
  for (let i = start; i < end; i++) {
    const timestamp = timestamps[i]!;
    // The one after the one before, in most batches; or else a later one.
    if (timestamp !== next && (timestamp < next || floorTo(timestamp, step) !== timestamp)) return false;
    next = timestamp + step;
  }
  return true;
}
