/**
 * Slots of a standard file into columns: what `decodeSlots` in ../../format/point.ts does, and the slots as they stand, eight
 * at a time.
 *
 *   bytes     0..3  4.......11  12..15 16......23  24..27 …
 *             time  value       time   value       time
 *
 * Both are big-endian, and are brought into the machine's order by swizzles, whose patterns stay in registers. A group of
 * eight is decoded as if every slot held the time that is expected there; only if one of them does not, the group is
 * looked at slot by slot.
 */
import { BYTES, KNOWN, TIMES, VALUES } from '../layout';

const SLOT_SIZE: usize = 12;
const EIGHT_KNOWN: u64 = u64.MAX_VALUE / 0xff;
const GAP: f64 = NaN;

// In a load from a slot on, its own time and the next one, which stand 12 bytes apart: to the lower half, or the upper.
const LOWER_TIMES = i8x16(3, 2, 1, 0, 15, 14, 13, 12, -1, -1, -1, -1, -1, -1, -1, -1);
const UPPER_TIMES = i8x16(-1, -1, -1, -1, -1, -1, -1, -1, 3, 2, 1, 0, 15, 14, 13, 12);
const REVERSED = i8x16(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);

/**
 * Reads `count` slots at BYTES that should hold `first`, `first + step`, … into values and known, from index 0.
 *
 * @param first  all times are compared in 32 bits
 */
export function decodeSlots(count: u32, first: u32, step: u32): void {
  const lower = LOWER_TIMES;
  const upper = UPPER_TIMES;
  const reversed = REVERSED;
  let expected = i32x4.splat(first);
  expected = i32x4.replace_lane(expected, 1, first + step);
  expected = i32x4.replace_lane(expected, 2, first + 2 * step);
  expected = i32x4.replace_lane(expected, 3, first + 3 * step);
  const fourSteps = i32x4.splat(4 * step);
  const eights = count & ~7;
  let i: u32 = 0;
  for (; i < eights; i += 8) {
    const slot = BYTES + SLOT_SIZE * i;
    const value = VALUES + 8 * i;
    let strange = v128.xor(timesOf(slot, lower, upper), expected);
    expected = i32x4.add(expected, fourSteps);
    strange = v128.or(strange, v128.xor(timesOf(slot + 4 * SLOT_SIZE, lower, upper), expected));
    expected = i32x4.add(expected, fourSteps);
    if (v128.any_true(strange)) {
      for (let j = i; j < i + 8; j++) decodeSlot(j, first + j * step);
      continue;
    }
    storeValues(slot, value, reversed);
    store<u64>(KNOWN + i, EIGHT_KNOWN);
  }
  for (; i < count; i++) decodeSlot(i, first + i * step);
}

/** Reads `count` slots at BYTES as they stand: times of 32 bits, and values. */
export function splitSlots(count: u32): void {
  const lower = LOWER_TIMES;
  const upper = UPPER_TIMES;
  const reversed = REVERSED;
  const eights = count & ~7;
  let i: u32 = 0;
  for (; i < eights; i += 8) {
    const slot = BYTES + SLOT_SIZE * i;
    v128.store(TIMES + 4 * i, timesOf(slot, lower, upper));
    v128.store(TIMES + 4 * i, timesOf(slot + 4 * SLOT_SIZE, lower, upper), 16);
    storeValues(slot, VALUES + 8 * i, reversed);
  }
  for (; i < count; i++) {
    const slot = BYTES + SLOT_SIZE * i;
    store<u32>(TIMES + 4 * i, bswap<u32>(load<u32>(slot)));
    store<u64>(VALUES + 8 * i, bswap<u64>(load<u64>(slot, 4)));
  }
}

/** The values of eight slots. */
function storeValues(slot: usize, value: usize, reversed: v128): void {
  v128.store(value, i8x16.swizzle(twoValues(slot), reversed));
  v128.store(value, i8x16.swizzle(twoValues(slot + 2 * SLOT_SIZE), reversed), 16);
  v128.store(value, i8x16.swizzle(twoValues(slot + 4 * SLOT_SIZE), reversed), 32);
  v128.store(value, i8x16.swizzle(twoValues(slot + 6 * SLOT_SIZE), reversed), 48);
}

/** The times of four slots. */
function timesOf(slot: usize, lower: v128, upper: v128): v128 {
  return v128.or(i8x16.swizzle(v128.load(slot), lower), i8x16.swizzle(v128.load(slot, 2 * SLOT_SIZE), upper));
}

/** The values of two slots, as they stand there. */
function twoValues(slot: usize): v128 {
  return v128.load_lane<u64>(slot, v128.load_zero<u64>(slot, 4), 1, SLOT_SIZE + 4);
}

function decodeSlot(i: u32, expected: u32): void {
  const slot = BYTES + SLOT_SIZE * i;
  const isKnown = bswap<u32>(load<u32>(slot)) === expected;
  if (isKnown) store<u64>(VALUES + 8 * i, bswap<u64>(load<u64>(slot, 4)));
  else store<f64>(VALUES + 8 * i, GAP);
  store<u8>(KNOWN + i, isKnown);
}
