import type { Retention } from '../format/retention.js';
import type { Slots } from './standard-archive.js';

/** Points in the order of time. */
export interface TimedPoints {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

/**
 * The points of a ring that have not been passed over: those within one turn of the newest one up to now, oldest
 * first, and after them those in the future. Older ones lie in slots that later turns left out.
 *
 * @param now  Unix seconds; a stray point of a time to come does not make the others old
 */
export function currentPoints(
  { timestamps, values }: Slots,
  { step, points }: Retention,
  now: number,
): TimedPoints {
  const newest = newestSlot(timestamps, now);
  const passed = timestamps[newest]! - step * points;
  // From the slot after the newest on, a sound ring without points in the future is in the order of time.
  const current: number[] = [];
  let isRising = true;
  for (let i = 1; i <= points; i++) {
    const slot = (newest + i) % points;
    const timestamp = timestamps[slot]!;
    if (timestamp === 0 || timestamp <= passed) continue;
    if (current.length > 0 && timestamp <= timestamps[current.at(-1)!]!) isRising = false;
    current.push(slot);
  }
  if (!isRising) current.sort((a, b) => timestamps[a]! - timestamps[b]!);
  return {
    timestamps: Float64Array.from(current, (slot) => timestamps[slot]!),
    values: Float64Array.from(current, (slot) => values[slot]!),
  };
}

/** The slot of the newest point up to now, or, if all are in the future, of the newest. */
function newestSlot(timestamps: Uint32Array, now: number): number {
  let newest = 0;
  for (let slot = 1; slot < timestamps.length; slot++) {
    const timestamp = timestamps[slot]!;
    const isFuture = timestamp > now;
    const leads = timestamps[newest]!;
    if (isFuture === leads > now ? timestamp > leads : !isFuture && timestamp > 0) newest = slot;
  }
  return newest;
}
