import { describe, expect, it } from 'vitest';
import { RecentSlots } from '../../src/archive/recent-slots.js';
import { encodePoint, POINT_SIZE } from '../../src/format/point.js';

/** Slots that hold the intervals 100, 101, … with their numbers for values. */
function slots(count: number): Uint8Array {
  const bytes = new Uint8Array(count * POINT_SIZE);
  for (let i = 0; i < count; i++) encodePoint(new DataView(bytes.buffer), i * POINT_SIZE, 100 + i, i);
  return bytes;
}

function intervals(view: DataView | undefined, count: number): number[] | undefined {
  return view && Array.from({ length: count }, (_, i) => view.getUint32(i * POINT_SIZE));
}

/** Slots 10 to 12 kept. */
function kept(): RecentSlots {
  const recent = new RecentSlots();
  recent.offer(10, 3, slots(3));
  recent.offer(10, 3, slots(3));
  return recent;
}

describe('slots that were read', () => {
  it('are kept from the second time on', () => {
    const recent = new RecentSlots();
    recent.offer(10, 3, slots(3));
    expect(recent.find(10, 3)).toBeUndefined();
    recent.offer(10, 3, slots(3));
    expect(intervals(recent.find(10, 3), 3)).toEqual([100, 101, 102]);
  });

  it('are not kept where two spans take turns', () => {
    const recent = new RecentSlots();
    for (const slot of [10, 20, 10, 20]) recent.offer(slot, 3, slots(3));
    expect([recent.find(10, 3), recent.find(20, 3)]).toEqual([undefined, undefined]);
  });

  it.each([
    { name: 'others', slot: 11, count: 3 },
    { name: 'a part of them', slot: 10, count: 2 },
    { name: 'more of them', slot: 10, count: 4 },
  ])('are not taken for $name', ({ slot, count }) => {
    expect(kept().find(slot, count)).toBeUndefined();
  });

  it('are copied: what they were read into may be used again', () => {
    const recent = new RecentSlots();
    const bytes = slots(3);
    recent.offer(10, 3, bytes);
    recent.offer(10, 3, bytes);
    bytes.fill(0);
    expect(intervals(recent.find(10, 3), 3)).toEqual([100, 101, 102]);
  });

  it('make room for a longer span, and for a shorter one', () => {
    const recent = kept();
    for (const count of [20, 20, 2, 2]) recent.offer(5, count, slots(count));
    expect(intervals(recent.find(5, 2), 2)).toEqual([100, 101]);
    expect(recent.find(5, 20)).toBeUndefined();
  });

  it.each([
    { count: 4096, isKept: true },
    { count: 4097, isKept: false },
  ])('are kept, if they are not too many: $count', ({ count, isKept }) => {
    const recent = new RecentSlots();
    for (let i = 0; i < 3; i++) recent.offer(0, count, slots(count));
    expect(recent.find(0, count) !== undefined).toBe(isKept);
  });

  it('are gone once they are forgotten', () => {
    const recent = kept();
    recent.forget();
    expect(recent.find(10, 3)).toBeUndefined();
  });
});

describe('a point that is written', () => {
  it.each([
    { slot: 9, expected: [100, 101, 102] },
    { slot: 10, expected: [7, 101, 102] },
    { slot: 12, expected: [100, 101, 7] },
    { slot: 13, expected: [100, 101, 102] },
  ])('to slot $slot is among slots 10 to 12 if it belongs there', ({ slot, expected }) => {
    const recent = kept();
    recent.put(slot, 7, 1.5);
    expect(intervals(recent.find(10, 3), 3)).toEqual(expected);
    if (slot === 10) expect(recent.find(10, 3)!.getFloat64(4)).toBe(1.5);
  });

  it('is nowhere if nothing is kept', () => {
    const recent = new RecentSlots();
    recent.put(0, 7, 1.5);
    expect(recent.find(0, 1)).toBeUndefined();
  });
});
