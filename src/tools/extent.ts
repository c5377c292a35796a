import type { Slots } from '../archive/standard-archive.js';
import type { Retention } from '../format/retention.js';

/** Points in the order of time. */
export interface TimedPoints {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

/**
 * The points of a ring that a fetch could still return: those within one turn of the newest, oldest first.
 * Older ones lie in slots that were passed over since.
 */
export function currentPoints({ timestamps, values }: Slots, { step, points }: Retention): TimedPoints {
  let newest = 0;
  for (let slot = 1; slot < points; slot++) if (timestamps[slot]! > timestamps[newest]!) newest = slot;
  const passed = timestamps[newest]! - step * points;
  // From the slot after the newest on, a sound ring is in the order of time.
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
