/** Takes a range of time out of the rings of a standard file. */
import type { ErasedSpan } from './erasure.js';
import { type Propagation, rollUpOne } from './roll-up.js';
import type { StandardArchive } from './standard-archive.js';

/**
 * @param plan  the finest archive first
 * @returns     how many points went
 */
export function eraseSlots(
  archives: readonly StandardArchive[],
  plan: readonly ErasedSpan[],
  how: Propagation,
  now: number,
): number {
  let erased = 0;
  for (const { index, first, last, source, parted } of plan) {
    const archive = archives[index]!;
    erased += archive.erase(first, last);
    if (source === undefined) continue;
    const finer = archives[source]!;
    for (const interval of parted) {
      if (!archive.holds(interval) || !reachesOver(finer, interval, archive.step, now)) continue;
      if (!rollUpOne(finer, archive, interval, how)) erased += archive.erase(interval, interval);
    }
  }
  return erased;
}

/** Whether an archive has yet all that it ever had of the seconds of a coarser interval. */
function reachesOver(finer: StandardArchive, interval: number, coarseStep: number, now: number): boolean {
  const ratio = Math.floor(coarseStep / finer.step);
  // In a file that breaks the rules of an archive list a ring may be too short for one coarser interval.
  if (interval < now - finer.retention || ratio > finer.points) return false;
  return !finer.isOvertaken(interval, ratio);
}
