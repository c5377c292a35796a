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
  const newest = timestamps.reduce((latest, timestamp) => Math.max(latest, timestamp), 0);
  const passed = newest - step * points;
  const current: number[] = [];
  for (const [slot, timestamp] of timestamps.entries()) {
    if (timestamp !== 0 && timestamp > passed) current.push(slot);
  }
  current.sort((a, b) => timestamps[a]! - timestamps[b]!);
  return {
    timestamps: Float64Array.from(current, (slot) => timestamps[slot]!),
    values: Float64Array.from(current, (slot) => values[slot]!),
  };
}
