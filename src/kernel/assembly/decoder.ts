/**
 * Bits of a block into times and values: what ../../codec/block-decoder.ts does, for the points that encoders write.
 *
 * Each point waits for the length of the one before it, so that the way from one place in the bits to the next must be
 * short. That the window of a point is that of the XOR before (doc/format.md, quirk 6) makes it longest: the width of the
 * window is told by the field itself, before it is shifted into its place.
 */
import { STATE_BIT, STATE_DELTA, STATE_LATEST, STATE_VALUE, STATE_XOR, TIMES, VALUES } from '../layout';
import { fieldOf, groupsAt, headAt } from './groups';

const GREATEST_TIME: f64 = 4294967295;
/** The length that stands for all 64 bits. */
const WHOLE: u32 = 63;
/** Bits before the field, or of the whole point if there is none, with the one bit that a time usually takes. */
const OWN_WINDOW_BITS: u32 = 1 + 2 + 5 + 6;
const IN_WINDOW_BITS: u32 = 1 + 2;
const SAME_BITS: u32 = 1 + 1;

/**
 * Decodes points into the columns, from where the state says, and brings the state up to date.
 *
 * It stops behind a point that reaches `until`, and before one that it does not take.
 *
 * @param block     address of the block, of which two points at least have been decoded
 * @param lastBit   behind its last byte: a point must end before it
 * @param step      seconds between points
 * @param capacity  how many points to decode at most
 * @returns         how many were decoded
 */
export function decodePoints(block: usize, lastBit: u32, step: f64, until: f64, capacity: u32): u32 {
  let bit = load<u32>(STATE_BIT);
  let latest = load<f64>(STATE_LATEST);
  let delta = load<f64>(STATE_DELTA);
  let value = load<u64>(STATE_VALUE);
  let xor = load<u64>(STATE_XOR);
  let trailing = <u32>ctz(xor);
  // Of the window; 0 behind the same value twice, which leaves none.
  let width: u32 = xor === 0 ? 0 : 64 - trailing - <u32>clz(xor);
  let count: u32 = 0;
  let end = endOfRun(0, capacity, latest, delta, until);
  while (count < end) {
    // All of a point that is not taken after all must be as it was.
    let next = bit;
    let distance = delta;
    let change: u64 = 0;
    let head = headAt(block, next);
    if (head >>> 31) {
      const length = lengthOfTime(head);
      if (length === 0) break;
      distance += changeOf(head, length) * step;
      if (!(distance > 0 && latest + distance <= GREATEST_TIME)) break;
      end = endOfRun(count, capacity, latest, distance, until);
      // As if the value came behind the one bit that a time usually takes.
      next += length - 1;
      head = headAt(block, next) & 0x7fff_ffff;
    }
    if (head & 0x4000_0000) {
      let length = width;
      let shift = trailing;
      if (head & 0x2000_0000) {
        length = (head >>> 18) & 0x3f;
        shift = 64 - ((head >>> 24) & 0x1f) - length;
        if (length === WHOLE) {
          length = 64;
          shift = 0;
        } else if (<i32>shift < 0) break;
        next += OWN_WINDOW_BITS;
      } else next += IN_WINDOW_BITS;
      // 0 also of a length of 0, and behind the same value twice, where there is no window: no encoder writes such.
      const field = fieldOf(groupsAt(block, next), length);
      if (field === 0) break;
      next += length;
      change = field << shift;
      const zeros = <u32>ctz(field);
      width = 64 - zeros - <u32>clz(field);
      trailing = zeros + shift;
    } else {
      width = 0;
      next += SAME_BITS;
    }
    if (next >= lastBit) break;
    bit = next;
    latest += distance;
    delta = distance;
    xor = change;
    value ^= change;
    store<f64>(TIMES + 8 * count, latest);
    store<u64>(VALUES + 8 * count, value);
    count++;
  }
  store<u32>(STATE_BIT, bit);
  store<f64>(STATE_LATEST, latest);
  store<f64>(STATE_DELTA, delta);
  store<u64>(STATE_VALUE, value);
  store<u64>(STATE_XOR, xor);
  return count;
}

/** How many points there are at most, at this distance, up to the first that reaches `until` or the end of 32 bits. */
function endOfRun(count: u32, capacity: u32, latest: f64, delta: f64, until: f64): u32 {
  const reach = min<f64>(floor((GREATEST_TIME - latest) / delta), ceil((until - latest) / delta));
  return count + <u32>max<f64>(0, min<f64>(capacity - count, reach));
}

/** The bits of a time that begins with 1: its prefix and its field; 0 for a whole time, which ends a block as well. */
function lengthOfTime(head: u32): u32 {
  if (!(head & 0x4000_0000)) return 2 + 7;
  if (!(head & 0x2000_0000)) return 3 + 9;
  return head & 0x1000_0000 ? 0 : 4 + 12;
}

/** By how many steps the distance changes: a sign bit and a magnitude. */
function changeOf(head: u32, length: u32): f64 {
  if (length === 2 + 7) return signed((head << 2) >>> 25, 7);
  const behind = length === 3 + 9 ? head << 3 : head << 4;
  const bits: u32 = length === 3 + 9 ? 9 : 12;
  return signed((behind >>> 24) | (((behind << 8) >>> (40 - bits)) << 8), bits);
}

function signed(field: u32, bits: u32): f64 {
  const sign: u32 = 1 << (bits - 1);
  return field & sign ? -(<f64>(field & (sign - 1))) : <f64>field;
}
