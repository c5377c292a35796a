/**
 * Times and values into the bits of a block: what ../../codec/block-encoder.ts does, behind the second point of a block
 * and up to the one that it has no room for.
 *
 * Which of two forms a value takes changes from point to point with no pattern, and a wrong guess of the processor would
 * cost as much as the whole point. So both are computed, and one is picked by a mask.
 */
import { STATE_BIT, STATE_DELTA, STATE_LATEST, STATE_VALUE, STATE_XOR, TIMES, VALUES } from '../layout';
import { cutAt, groupsOf, writeGroups, writeTwoGroups } from './groups';

/** In groups, the first of them the lowest byte: a bit 0 for the time, the prefix, and leading zeros and length. */
const IN_WINDOW: u32 = 0b0_10 << 5;
const OWN_WINDOW: u32 = 0b0_11 << 5;
const LENGTH_SHIFT: u32 = 8 + 2;

const MOST_LEADING: u32 = 31;
/** The length that stands for all 64 bits. */
const WHOLE: u32 = 63;

const IN_WINDOW_BITS: u32 = 1 + 2;
const LEADING_AND_LENGTH_BITS: u32 = 5 + 6;
const SAME_BITS: u32 = 1 + 1;

/**
 * Encodes points of the columns, from where the state says, and brings the state up to date.
 *
 * It stops before a point that is not later than the one before it, and before the one that reaches `limit`.
 *
 * @param block  address of the block
 * @param limit  the byte that no point may reach
 * @param step   seconds between points
 * @param count  points in the columns
 * @returns      how many were encoded
 */
export function encodePoints(block: usize, limit: u32, step: f64, count: u32): u32 {
  let bit = load<u32>(STATE_BIT);
  let latest = load<f64>(STATE_LATEST);
  let delta = load<f64>(STATE_DELTA);
  let value = load<u64>(STATE_VALUE);
  let xor = load<u64>(STATE_XOR);
  let windowLeading = <u32>clz(xor);
  let windowTrailing = <u32>ctz(xor);
  let i: u32 = 0;
  for (; i < count; i++) {
    const before = bit;
    const timestamp = load<f64>(TIMES + 8 * i);
    const distance = timestamp - latest;
    if (distance !== delta) {
      if (!(distance > 0)) break;
      // The bit that a time usually takes comes with the value.
      bit = writeTime(block, bit, timestamp, trunc((distance - delta) / step)) - 1;
    }
    const following = load<u64>(VALUES + 8 * i);
    const x = value ^ following;
    const leading = <u32>clz(x);
    const trailing = <u32>ctz(x);
    if (x === 0) {
      writeTwoGroups(block, bit, 0);
      bit += SAME_BITS;
    } else {
      const own = negative(leading - windowLeading) | negative(trailing - windowTrailing);
      const told = min(leading, MOST_LEADING);
      const ownLength = 64 - told - trailing;
      let head = pick(own, OWN_WINDOW | told | (ownLength << LENGTH_SHIFT), IN_WINDOW);
      let length = pick(own, ownLength, 64 - windowLeading - windowTrailing);
      let shift = pick(own, trailing, windowTrailing);
      if (length >= WHOLE && own) {
        head = OWN_WINDOW | told | (WHOLE << LENGTH_SHIFT);
        length = 64;
        shift = 0;
      }
      writeTwoGroups(block, bit, head);
      bit += IN_WINDOW_BITS + (own & LEADING_AND_LENGTH_BITS);
      writeGroups(block, bit, groupsOf(x >>> shift, length));
      bit += length;
    }
    if (bit >>> 3 >= limit) {
      cutAt(block, before);
      bit = before;
      break;
    }
    windowLeading = leading;
    windowTrailing = trailing;
    xor = x;
    value = following;
    latest = timestamp;
    delta = distance;
  }
  store<u32>(STATE_BIT, bit);
  store<f64>(STATE_LATEST, latest);
  store<f64>(STATE_DELTA, delta);
  store<u64>(STATE_VALUE, value);
  store<u64>(STATE_XOR, xor);
  return i;
}

/** All ones if a difference is below zero, else 0. */
function negative(difference: u32): u32 {
  return <i32>difference >> 31;
}

/** One of two numbers: the first if the mask is all ones, the second if it is 0. */
function pick(mask: u32, first: u32, second: u32): u32 {
  return second ^ ((first ^ second) & mask);
}

/** Writes a time by how many steps its distance changed; returns the bit behind it. */
function writeTime(block: usize, bit: u32, timestamp: f64, change: f64): u32 {
  if (change === 0) return writeField(block, bit, 0, 1, 0, 0);
  if (change >= -62 && change <= 63) return writeField(block, bit, 0b10, 2, signed(change, 7), 7);
  if (change >= -254 && change <= 255) return writeField(block, bit, 0b110, 3, signed(change, 9), 9);
  if (change >= -2046 && change <= 2047) return writeField(block, bit, 0b1110, 4, signed(change, 12), 12);
  return writeField(block, bit, 0b1111, 4, <u32>timestamp, 32);
}

/** A sign bit and a magnitude. */
function signed(change: f64, bits: u32): u32 {
  return change < 0 ? (1 << (bits - 1)) | <u32>-change : <u32>change;
}

/** Writes a prefix and a field; returns the bit behind them. */
function writeField(block: usize, bit: u32, prefix: u32, prefixBits: u32, field: u32, fieldBits: u32): u32 {
  writeGroups(block, bit, groupsOf(prefix, prefixBits));
  if (fieldBits > 0) writeGroups(block, bit + prefixBits, groupsOf(field, fieldBits));
  return bit + prefixBits + fieldBits;
}
