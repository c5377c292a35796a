/**
 * The ring of slots that an archive is.
 *
 * The slot of an interval is counted from the *base interval*, the one in slot 0. Slot 0 is overwritten in
 * its turn, by an interval a multiple of the ring's length away, so the rule stays true: whichever base was
 * once read serves for good.
 */
import { floorMod } from '../bytes/integers.js';
import type { Retention } from '../format/retention.js';

/**
 * The slot of an interval.
 *
 * @param base      interval in slot 0
 * @param interval  seconds, a multiple of the step; may lie before `base`
 * @returns         0 ≤ slot < points
 * Source: Graphite Whisper.
 */
export function slotOf({ step, points }: Retention, base: number, interval: number): number {
  // The floor only matters in files whose base is no multiple of the step.
  return floorMod(Math.floor((interval - base) / step), points);
}

/** How many of `count` slots from `slot` on lie before the ring's seam. */
export function slotsBeforeSeam({ points }: Retention, slot: number, count: number): number {
  return Math.min(count, points - slot);
}
