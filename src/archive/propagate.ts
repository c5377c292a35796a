/**
 * Brings the coarser archives up to date with what was written to a finer one.
 *
 * Level by level: the distinct coarse intervals that the points fall in are aggregated anew from the next
 * finer archive, oldest first. A coarse value is written if any of its finer slots is known and their share
 * reaches the xFilesFactor. Where a level takes nothing at all, the coarser ones are left alone; otherwise
 * the next level is tried for every interval, also for those that this level did not take.
 *
 * Source: Graphite Whisper, which visits the intervals in the order of a hash set; oldest first is go-whisper's
 * order, and the only one that makes the bytes a function of the history.
 */
import { floorTo } from '../bytes/integers.js';
import { LevelRollUp, NOTHING, type Propagation, rollUpOne, type Written } from './roll-up.js';
import type { StandardArchive } from './standard-archive.js';

/** @param stored  what was written to archive `index`: one point or more */
export function propagate(
  archives: readonly StandardArchive[],
  index: number,
  stored: Written,
  how: Propagation,
): void {
  let touched: Intervals = stored;
  let written = stored;
  for (let level = index + 1; level < archives.length; level++) {
    const fine = archives[level - 1]!;
    const coarse = archives[level]!;
    const isDivided = coarse.step % fine.step === 0;
    // Those of the level before hold all that there is to know, unless the steps do not divide one another.
    touched = distinctIntervals(isDivided ? touched : stored, coarse.step);
    written = new LevelRollUp(fine, coarse, written, how).make(touched.intervals, touched.end);
    if (written === NOTHING) return;
  }
}

/** As {@link propagate}, for one point: each level has one interval to look at, and no list of them is made. */
export function propagateOne(
  archives: readonly StandardArchive[],
  index: number,
  stored: number,
  how: Propagation,
): void {
  let touched = stored;
  for (let level = index + 1; level < archives.length; level++) {
    const fine = archives[level - 1]!;
    const coarse = archives[level]!;
    const isDivided = coarse.step % fine.step === 0;
    touched = floorTo(isDivided ? touched : stored, coarse.step);
    if (!rollUpOne(fine, coarse, touched, how)) return;
  }
}

/** Rising intervals: the entries [start, end) of an array. */
type Intervals = Pick<Written, 'intervals' | 'start' | 'end'>;

/** The intervals of a step that finer ones fall in, each once. */
function distinctIntervals({ intervals: finer, start, end }: Intervals, step: number): Intervals {
  const first = floorTo(finer[start]!, step);
  const most = (floorTo(finer[end - 1]!, step) - first) / step + 1;
  const intervals = new Float64Array(Math.min(end - start, most));
  intervals[0] = first;
  let count = 1;
  let next = first + step;
  for (let i = start + 1; i < end; i++) {
    // Most fall in the same one as those before them.
    if (finer[i]! < next) continue;
    intervals[count] = floorTo(finer[i]!, step);
    next = intervals[count]! + step;
    count++;
  }
  return { intervals, start: 0, end: count };
}
