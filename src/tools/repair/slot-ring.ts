/**
 * The slots of one ring, and how to bring them back to the ring's rule: slot j holds times t with (t / step − j) mod
 * points the same for all j. This number is the ring's *phase*. The slots decide it by majority, since the one that the
 * rule goes by, slot 0, may be the damaged one.
 */
import { floorMod, floorTo, UINT32_MAX } from '../../bytes/integers.js';
import { decodeTimestamp, POINT_SIZE } from '../../format/point.js';
import type { Retention } from '../../format/retention.js';

/** How well slots go together. */
export interface RingFit {
  readonly phase: number;
  /** Points that stand in their slots by that phase. */
  readonly inPlace: number;
  /** Points that do not. */
  readonly astray: number;
}

/** Where the points of a ring shall stand. */
export interface RingPlan {
  /** Points that stay as they are. */
  readonly kept: number;
  readonly moved: number;
  readonly dropped: number;
  /** Undefined to leave the ring as it is. */
  readonly slots: PlannedSlots | undefined;
}

/** Slots as they shall be, from slot 0 to the last that holds a point. */
export interface PlannedSlots {
  /** 0 for an empty one. */
  readonly timestamps: Uint32Array;
  /** The slot in which the value stands now. */
  readonly from: Uint32Array;
}

/** Times of the slots that lie inside the bytes; 0 where nothing was written. */
export function readSlotTimes(bytes: Uint8Array, offset: number, points: number): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const times = new Uint32Array(slotsThere(bytes, offset, points));
  for (let slot = 0; slot < times.length; slot++)
    times[slot] = decodeTimestamp(view, offset + slot * POINT_SIZE);
  return times;
}

/** How many slots of a ring lie inside the bytes, whole. */
export function slotsThere(bytes: Uint8Array, offset: number, points: number): number {
  return Math.max(0, Math.min(points, Math.floor((bytes.length - offset) / POINT_SIZE)));
}

/**
 * The phase that most slots have; of several that of the newest point, if it is one of them.
 *
 * @param now  Unix seconds: of points after it the newest is none
 */
export function fitRing(times: Uint32Array, ring: Retention, now = UINT32_MAX): RingFit {
  let written = 0;
  let aligned = 0;
  let newest = 0;
  let phaseOfNewest = 0;
  const phases = new Uint32Array(times.length);
  for (let slot = 0; slot < times.length; slot++) {
    const timestamp = times[slot]!;
    if (timestamp === 0) continue;
    written++;
    if (timestamp % ring.step !== 0) continue;
    const phase = phaseOf(ring, slot, timestamp);
    phases[aligned++] = phase;
    if (timestamp <= newest || timestamp > now) continue;
    newest = timestamp;
    phaseOfNewest = phase;
  }
  const { phase, count } = mostFrequent(phases.subarray(0, aligned).sort(), phaseOfNewest);
  return { phase, inPlace: count, astray: written - count };
}

function mostFrequent(sorted: Uint32Array, favourite: number): { phase: number; count: number } {
  let best = { phase: favourite, count: 0 };
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    const phase = sorted[start]!;
    while (end < sorted.length && sorted[end] === phase) end++;
    const count = end - start;
    if (count > best.count || (count === best.count && phase === favourite)) best = { phase, count };
  }
  return best;
}

/** How many points a ring has that begins at a byte; undefined if any of them stands wrong. */
export function countIfSound(bytes: Uint8Array, offset: number, ring: Retention): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const there = slotsThere(bytes, offset, ring.points);
  let phase: number | undefined;
  let count = 0;
  for (let slot = 0; slot < there; slot++) {
    const timestamp = decodeTimestamp(view, offset + slot * POINT_SIZE);
    if (timestamp === 0) continue;
    phase ??= phaseOf(ring, slot, timestamp);
    if (timestamp % ring.step !== 0 || phaseOf(ring, slot, timestamp) !== phase) return undefined;
    count++;
  }
  return count;
}

/**
 * Gives every point a slot.
 *
 * Points that stand right stay. Of the others each goes to its slot if it is of the last turn of the ring and nothing
 * as new stands there; one that is off its interval by less than a step is brought down to it where it stands.
 *
 * @param now  Unix seconds: a point out of place that is later, and later than all in their places, is not believed
 */
export function planRing(times: Uint32Array, ring: Retention, now: number): RingPlan {
  const { phase, inPlace, astray } = fitRing(times, ring, now);
  const hasBase = times[0] !== 0 || inPlace + astray === 0;
  if (astray === 0 && hasBase) return { kept: inPlace, moved: 0, dropped: 0, slots: undefined };
  const { others, newest } = sortOut(times, ring, phase);
  const believed = others.filter((slot) => times[slot]! <= Math.max(newest, now));
  const latest = believed.reduce((most, slot) => Math.max(most, times[slot]!), newest);
  const places = believed.map((slot) => floorMod(times[slot]! / ring.step - phase, ring.points));
  const last = places.reduce((most, place) => Math.max(most, place), times.length - 1);
  const timestamps = new Uint32Array(last + 1);
  const from = new Uint32Array(last + 1);
  for (let slot = 0; slot < times.length; slot++) {
    const interval = floorTo(times[slot]!, ring.step);
    from[slot] = slot;
    if (interval !== 0 && phaseOf(ring, slot, interval) === phase) timestamps[slot] = interval;
  }
  for (const [i, slot] of believed.entries()) {
    const [timestamp, place] = [times[slot]!, places[i]!];
    if (timestamp <= latest - ring.step * ring.points || timestamp <= timestamps[place]!) continue;
    timestamps[place] = timestamp;
    from[place] = slot;
  }
  // An empty slot 0 makes a ring one that nothing was written to, so the first point is turned there.
  const first = Math.max(
    0,
    timestamps.findIndex((timestamp) => timestamp !== 0),
  );
  const slots = { timestamps: timestamps.subarray(first), from: from.subarray(first) };
  return describePlan(times, slots, inPlace + astray);
}

/** Slots of points that stand in another's place, and the newest time of those that stand in their own. */
function sortOut(times: Uint32Array, ring: Retention, phase: number): { others: number[]; newest: number } {
  const others: number[] = [];
  let newest = 0;
  for (let slot = 0; slot < times.length; slot++) {
    const interval = floorTo(times[slot]!, ring.step);
    if (interval === 0) continue;
    if (phaseOf(ring, slot, interval) === phase) newest = Math.max(newest, interval);
    else if (interval === times[slot]) others.push(slot);
  }
  return { others, newest };
}

function describePlan(times: Uint32Array, slots: PlannedSlots, written: number): RingPlan {
  let kept = 0;
  let placed = 0;
  for (const [slot, timestamp] of slots.timestamps.entries()) {
    if (timestamp === 0) continue;
    placed++;
    if (slots.from[slot] === slot && times[slot] === timestamp) kept++;
  }
  return { kept, moved: placed - kept, dropped: written - placed, slots };
}

function phaseOf({ step, points }: Retention, slot: number, timestamp: number): number {
  return floorMod(Math.floor(timestamp / step) - slot, points);
}

/** The distance that most neighbouring slots have, which should be the step; undefined if none have any. */
export function commonDistance(times: Uint32Array): number | undefined {
  const distances = new Uint32Array(times.length);
  let count = 0;
  for (let slot = 1; slot < times.length; slot++) {
    const [before, after] = [times[slot - 1]!, times[slot]!];
    if (before !== 0 && after > before) distances[count++] = after - before;
  }
  const { phase, count: votes } = mostFrequent(distances.subarray(0, count).sort(), 0);
  return votes === 0 ? undefined : phase;
}
