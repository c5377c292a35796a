import { floorTo } from '../bytes/integers.js';
import type { AggregationMethod, Dialect } from '../format/aggregation-method.js';
import { aggregationOf, countKnown } from './aggregate.js';
import { LONGEST_PIECE, type StandardArchive } from './standard-archive.js';

/** What decides whether and how a coarser value is made. */
export interface Propagation {
  readonly aggregation: AggregationMethod;
  /** As stored: single precision. */
  readonly xFilesFactor: number;
  readonly dialect: Dialect;
}

/** Unneeded slots worth reading to save another read: a call costs about as much as copying these. */
const WORTH_SKIPPING = 512;

/**
 * Brings the coarser archives up to date with points that were written to archive `index`.
 *
 * Level by level: the distinct coarse intervals that the points fall in are aggregated anew from the next
 * finer archive, oldest first. A coarse value is written if any of its finer slots is known and their share
 * reaches the xFilesFactor. Where a level takes nothing at all, the coarser ones are left alone; otherwise
 * the next level is tried for every interval, also for those that this level did not take.
 *
 * @param intervals  seconds, rising: what was written, aligned to archive `index`; entries [0, count)
 * Source: Graphite Whisper, which visits the intervals in the order of a hash set; oldest first is go-whisper's
 * order, and the only one that makes the bytes a function of the history.
 */
export function propagate(
  archives: readonly StandardArchive[],
  index: number,
  intervals: Float64Array,
  count: number,
  how: Propagation,
): void {
  let touched: Intervals = { intervals, count };
  for (let level = index + 1; level < archives.length; level++) {
    const fine = archives[level - 1]!;
    const coarse = archives[level]!;
    // Those of the level before hold all that there is to know, unless the steps do not divide one another.
    const isDivided = coarse.step % fine.step === 0;
    touched = distinctIntervals(isDivided ? touched : { intervals, count }, coarse.step);
    if (rollUp(fine, coarse, touched, how) === 0) return;
  }
}

/** Rising intervals: the entries [0, count) of an array. */
interface Intervals {
  readonly intervals: Float64Array;
  readonly count: number;
}

/** The intervals of a step that finer ones fall in, each once. */
function distinctIntervals(finer: Intervals, step: number): Intervals {
  const first = floorTo(finer.intervals[0]!, step);
  const most = (floorTo(finer.intervals[finer.count - 1]!, step) - first) / step + 1;
  const intervals = new Float64Array(Math.min(finer.count, most));
  intervals[0] = first;
  let count = 1;
  for (let i = 1; i < finer.count; i++) {
    // Most fall in the same one as those before them.
    if (finer.intervals[i]! - intervals[count - 1]! < step) continue;
    intervals[count++] = floorTo(finer.intervals[i]!, step);
  }
  return { intervals, count };
}

/** Aggregates each of the intervals from `fine` into `coarse`; returns how many were taken. */
function rollUp(
  fine: StandardArchive,
  coarse: StandardArchive,
  { intervals, count }: Intervals,
  how: Propagation,
): number {
  const ratio = Math.floor(coarse.step / fine.step);
  // Only in files that break the rules of an archive list, which are read but not added to level by level.
  if (ratio < 1 || ratio > fine.points) return 0;
  const aggregate = aggregationOf(how.aggregation);
  const taken = new Float64Array(count);
  const values = new Float64Array(count);
  let length = 0;
  for (let i = 0; i < count; ) {
    const first = intervals[i]!;
    const end = endOfSpan(fine, coarse, intervals, i, count);
    const columns = fine.peek(first, (intervals[end - 1]! - first) / fine.step + ratio);
    for (; i < end; i++) {
      const start = (intervals[i]! - first) / fine.step;
      const known = countKnown(columns.known, start, start + ratio);
      if (!isEnough(known, ratio, how)) continue;
      taken[length] = intervals[i]!;
      values[length] = aggregate(columns, start, start + ratio);
      length++;
    }
  }
  if (length > 0) coarse.write(taken, values, 0, length);
  return length;
}

/** Index after the last interval that is best read together with the one at `start`. */
function endOfSpan(
  fine: StandardArchive,
  coarse: StandardArchive,
  intervals: Float64Array,
  start: number,
  count: number,
): number {
  let end = start + 1;
  if (coarse.step % fine.step !== 0) return end;
  const longest = Math.min(fine.points, LONGEST_PIECE) * fine.step;
  const farthest = intervals[start]! + longest - coarse.step;
  const widestGap = coarse.step + WORTH_SKIPPING * fine.step;
  while (end < count && intervals[end]! <= farthest && intervals[end]! - intervals[end - 1]! <= widestGap) {
    end++;
  }
  return end;
}

function isEnough(known: number, of: number, { xFilesFactor, dialect }: Propagation): boolean {
  if (known === 0) return false;
  // go-whisper divides in single precision, so with a stored 0.1 it takes 1 of 10 and Python does not.
  const share = dialect === 'go' ? Math.fround(known / of) : known / of;
  return share >= xFilesFactor;
}
