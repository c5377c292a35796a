/**
 * Slots of a standard file into values: what `decodeSlots` in ../../format/point.ts does, four slots at a time.
 *
 *   bytes     0..3  4.......11  12..15 16......23  24..27 28......35  36..39 40......47
 *             time  value       time   value       time   value       time   value
 *
 * These 48 bytes are three vectors of 16, big-endian. Two shuffles bring two values each into the machine's order, and
 * two more the four times side by side, where one comparison tells whether they are the ones expected.
 */
import { BYTES, KNOWN, VALUES } from '../layout';

const SLOT_SIZE: u32 = 12;
const FOUR_KNOWN: u32 = 0x01010101;
const GAP: f64 = NaN;

/**
 * Reads `count` slots at BYTES that should hold `first`, `first + step`, … into values and known, from index 0.
 *
 * @param first  all times are compared in 32 bits
 */
export function decodeSlots(count: u32, first: u32, step: u32): void {
  let expected = i32x4.splat(first);
  expected = i32x4.replace_lane(expected, 1, first + step);
  expected = i32x4.replace_lane(expected, 2, first + 2 * step);
  expected = i32x4.replace_lane(expected, 3, first + 3 * step);
  const fourSteps = i32x4.splat(4 * step);
  const four = count & ~3;
  let i: u32 = 0;
  for (; i < four; i += 4) {
    const a = v128.load(BYTES + SLOT_SIZE * i);
    const b = v128.load(BYTES + SLOT_SIZE * i, 16);
    const c = v128.load(BYTES + SLOT_SIZE * i, 32);
    const three = i8x16.shuffle(a, b, 3, 2, 1, 0, 15, 14, 13, 12, 27, 26, 25, 24, 0, 0, 0, 0);
    const times = i8x16.shuffle(three, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 23, 22, 21, 20);
    if (i32x4.all_true(i32x4.eq(times, expected))) {
      v128.store(
        VALUES + 8 * i,
        i8x16.shuffle(a, b, 11, 10, 9, 8, 7, 6, 5, 4, 23, 22, 21, 20, 19, 18, 17, 16),
      );
      const later = i8x16.shuffle(b, c, 19, 18, 17, 16, 15, 14, 13, 12, 31, 30, 29, 28, 27, 26, 25, 24);
      v128.store(VALUES + 8 * i, later, 16);
      store<u32>(KNOWN + i, FOUR_KNOWN);
    } else {
      for (let j = i; j < i + 4; j++) decodeSlot(j, first + j * step);
    }
    expected = i32x4.add(expected, fourSteps);
  }
  for (; i < count; i++) decodeSlot(i, first + i * step);
}

function decodeSlot(i: u32, expected: u32): void {
  const slot = BYTES + SLOT_SIZE * i;
  const isKnown = bswap<u32>(load<u32>(slot)) === expected;
  if (isKnown) store<u64>(VALUES + 8 * i, bswap<u64>(load<u64>(slot, 4)));
  else store<f64>(VALUES + 8 * i, GAP);
  store<u8>(KNOWN + i, isKnown);
}
