/**
 * Fields of bits the way a block has them: groups of 8 bits, the lowest group first, and what is left at the high end
 * behind them as a group of fewer bits (doc/format.md, quirk 2).
 *
 * In a little-endian word the lowest byte comes first as well. So a field that begins with a byte is read by one load,
 * and nothing has to be reversed; one that begins inside a byte, at bit n, takes of each group the lower 8 − n bits from
 * one byte and the upper n bits from the next, for all eight groups at once.
 *
 * A shift by a variable costs four operations where a multiplication by a power of two costs one, hence the tables.
 */
import { TABLES } from '../layout';

/** By n, the bit of its byte that a field begins at: in every byte the lowest n bits. */
const LOWEST: usize = TABLES;
/** By n: in every byte the lowest 8 − n bits. */
const KEPT: usize = TABLES + 8 * 8;
/** By n: 2 to the n. */
const POWER: usize = TABLES + 2 * 8 * 8;
/** By n: 2 to the 8 − n. */
const REST: usize = TABLES + 3 * 8 * 8;
/** By n: what a group of n bits is multiplied with to stand at the upper end of a byte, less 1. */
const STRETCH: usize = TABLES + 4 * 8 * 8;
/** By the length of a field, 0 to 64: the bits of its whole groups. */
const WHOLE: usize = TABLES + 5 * 8 * 8;
/** By the length: the bits of the group behind them. */
const LAST: usize = TABLES + 5 * 8 * 8 + 65 * 8;

for (let n: u32 = 0; n < 8; n++) {
  const eightTimes = u64.MAX_VALUE / 0xff;
  store<u64>(LOWEST + 8 * n, eightTimes * ((1 << n) - 1));
  store<u64>(KEPT + 8 * n, eightTimes * (0xff >>> n));
  store<u64>(POWER + 8 * n, 1 << n);
  store<u64>(REST + 8 * n, 1 << (8 - n));
  store<u64>(STRETCH + 8 * n, n === 0 ? 0 : (1 << (8 - n)) - 1);
}
for (let length: u32 = 0; length <= 64; length++) {
  const all: u64 = length === 64 ? -1 : ((<u64>1) << length) - 1;
  const whole: u64 = length === 64 ? -1 : ((<u64>1) << (length & ~7)) - 1;
  store<u64>(WHOLE + 8 * length, whole);
  store<u64>(LAST + 8 * length, all ^ whole);
}

/** The next 64 bits at a bit of a block, in groups of 8: the first group is the lowest byte. */
export function groupsAt(block: usize, bit: u32): u64 {
  const at = block + (bit >>> 3);
  const n = bit & 7;
  const upper = load<u64>(at) * load<u64>(POWER + 8 * n);
  const lower = load<u64>(at, 1) >>> (8 - n);
  return upper ^ ((upper ^ lower) & load<u64>(LOWEST + 8 * n));
}

/** The next 25 bits or more, the first of them the highest of 32. */
export function headAt(block: usize, bit: u32): u32 {
  return bswap<u32>(load<u32>(block + (bit >>> 3))) << (bit & 7);
}

/** A field of `length` bits out of groups, 1 to 64. */
export function fieldOf(groups: u64, length: u32): u64 {
  const last = groups >>> (-length & 7);
  return (groups & load<u64>(WHOLE + 8 * length)) | (last & load<u64>(LAST + 8 * length));
}

/** The groups of a field of `length` bits, 1 to 64; what is behind its end is zero. */
export function groupsOf(field: u64, length: u32): u64 {
  return field + (field & load<u64>(LAST + 8 * length)) * load<u64>(STRETCH + 8 * (length & 7));
}

/** Writes groups at a bit of a block; the bits before it stay, those behind the groups become zero. */
export function writeGroups(block: usize, bit: u32, groups: u64): void {
  const at = block + (bit >>> 3);
  const n = bit & 7;
  const rest = load<u64>(REST + 8 * n);
  const upper = groups >>> n;
  const lower = groups * (rest << 8);
  const kept = lower ^ ((upper ^ lower) & load<u64>(KEPT + 8 * n));
  store<u64>(at, kept | load<u8>(at));
  store<u8>(at, <u32>(groups >>> 56) * <u32>rest, 8);
}

/** As {@link writeGroups}, for two groups. */
export function writeTwoGroups(block: usize, bit: u32, groups: u32): void {
  const at = block + (bit >>> 3);
  const n = bit & 7;
  const upper = groups >>> n;
  const lower = groups * (load<u32>(REST + 8 * n) << 8);
  store<u32>(at, (lower ^ ((upper ^ lower) & load<u32>(KEPT + 8 * n))) | load<u8>(at));
}

/** Makes the bits of a byte zero that stand at a bit of a block and behind it. */
export function cutAt(block: usize, bit: u32): void {
  const at = block + (bit >>> 3);
  const kept: u32 = 0xff00 >>> (bit & 7);
  store<u8>(at, load<u8>(at) & <u8>kept);
}
