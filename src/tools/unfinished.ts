/** Intervals of a mix file that are not over yet: which of its coarser points are not to be stored. */
import { firstAtLeast } from '../bytes/rising.js';
import type { CompressedInfo } from '../database/info.js';
import type { PointRun } from '../format/point-run.js';
import { firstInReach } from './reach.js';

/**
 * The time of the last point of an archive that is to be stored in its blocks; what is later is made of the base when it
 * is read, and rolled up when its interval is over. Stored before that, it would stay as it is for good.
 *
 * An interval is over once the base has a point after it, and `now` is. One that is not over is stored all the same if
 * the base does not hold it from its beginning, or if something later is stored: it would never be made.
 *
 * @param points  for each archive all that it shall hold
 * @param now     Unix seconds
 * @returns       0 if nothing is to be stored; of the base, which nothing makes, infinite
 */
export function lastSettled(
  { archives }: CompressedInfo,
  index: number,
  points: readonly PointRun[],
  now: number,
): number {
  if (index === 0) return Number.POSITIVE_INFINITY;
  const { step } = archives[index]!;
  const base = points[0]!;
  const newest = base.length === 0 ? 0 : base.timestamps[base.length - 1]!;
  const oldest = Math.min(
    firstInReach(archives[0]!, now),
    base.length === 0 ? Number.POSITIVE_INFINITY : base.timestamps[0]!,
  );
  const isMadeOfBase = (timestamp: number) => {
    if (timestamp < oldest) return false;
    const first = firstAtLeast(base.timestamps, timestamp, base.length);
    return first < base.length && base.timestamps[first]! < timestamp + step;
  };
  const { timestamps, length } = points[index]!;
  let last = length - 1;
  while (last >= 0 && timestamps[last]! + step > Math.min(now, newest) && isMadeOfBase(timestamps[last]!))
    last--;
  return last < 0 ? 0 : timestamps[last]!;
}
