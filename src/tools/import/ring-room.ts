/** Which points have a slot in a ring that holds points of the future as well. */
import { PointRun } from '../../format/point-run.js';
import type { Retention } from '../../format/retention.js';

/** Tells whether the slot of an interval holds nothing later. */
export type HasSlot = (interval: number) => boolean;

/** Where each slot is free for what is newer than its point, as in a new file. */
export const anySlot: HasSlot = () => true;

/**
 * The points that a ring takes: of those that share a slot the latest, and none whose slot holds a later one.
 *
 * @param points   by rising time, each time a multiple of the step
 * @param hasSlot  of what stands in the ring already
 */
export function fittingIn(points: PointRun, { step, points: slots }: Retention, hasSlot: HasSlot): PointRun {
  const { timestamps, length } = points;
  const isOneTurn = length === 0 || timestamps[length - 1]! - timestamps[0]! < step * slots;
  const latest = new Map<number, number>();
  if (!isOneTurn) for (let i = 0; i < length; i++) latest.set((timestamps[i]! / step) % slots, i);
  const fitting = new PointRun(length);
  for (let i = 0; i < length; i++) {
    const isLatest = isOneTurn || latest.get((timestamps[i]! / step) % slots) === i;
    if (isLatest && hasSlot(timestamps[i]!)) fitting.pushFrom(points, i);
  }
  return fitting.length === length ? points : fitting;
}
