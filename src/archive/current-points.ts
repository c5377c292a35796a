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
  const slots = new Uint32Array(points);
  let count = 0;
  let latest = 0;
  let isRising = true;
  for (let i = 1; i <= points; i++) {
    const slot = newest + i < points ? newest + i : newest + i - points;
    const timestamp = timestamps[slot]!;
    if (timestamp === 0 || timestamp <= passed) continue;
    if (timestamp <= latest) isRising = false;
    latest = timestamp;
    slots[count++] = slot;
  }
  const current = slots.subarray(0, count);
  if (!isRising) current.sort((a, b) => timestamps[a]! - timestamps[b]!);
  const found = { timestamps: new Float64Array(count), values: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    const slot = current[i]!;
    found.timestamps[i] = timestamps[slot]!;
    found.values[i] = values[slot]!;
  }
  return found;
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
