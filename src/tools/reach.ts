import { floorTo } from '../bytes/integers.js';
import type { Retention } from '../format/retention.js';

/**
 * The first interval that an archive still holds at a time, which is also the first that a fetch of that time gives: the
 * ring has a slot for it and for every one up to that of the time itself.
 *
 * @param now  Unix seconds
 */
export function firstInReach({ step, points }: Retention, now: number): number {
  return floorTo(now, step) - (points - 1) * step;
}
