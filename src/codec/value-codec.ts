/**
 * Values in a block: the XOR with the value before, in one of three forms.
 *
 *   XOR WITH THE VALUE BEFORE               PREFIX  THEN
 *   0, the same value                       0       nothing
 *   inside the window of the XOR before     10      the bits of that window
 *   anything else                           11      leading zeros (5 bits, 31 at most), length (6 bits), the bits
 *
 * The *window* is what lies between the leading and the trailing zeros of the XOR of the two previous values, not, as
 * in the Gorilla paper, the window that was last written out (doc/format.md, quirk 6). A length of 63 or 64 is written
 * as 63, and all 64 bits follow (quirk 7). Values are carried bit for bit, payloads of NaN included.
 */
import type { BitReader } from '../bytes/bit-reader.js';
import type { BitWriter } from '../bytes/bit-writer.js';
import { leadingZeros, trailingZeros } from '../bytes/double-bits.js';

const SAME = 0b0;
const IN_WINDOW = 0b10;
const OWN_WINDOW = 0b11;
const LEADING_BITS = 5;
const MOST_LEADING = 31;
const LENGTH_BITS = 6;
/** The length that stands for all 64 bits. */
const WHOLE = 63;

/** The value before and its XOR with the one before that: what the next value is told by. */
export class ValueState {
  high = 0;
  low = 0;
  xorHigh = 0;
  xorLow = 0;
  /** The window of the last XOR; 64 zeros for the same value twice, which leaves no window. */
  leading = 64;
  trailing = 64;

  /** Begins with the two values before, of which the first point of a block counts as both. */
  begin(high: number, low: number, previousHigh: number, previousLow: number): void {
    this.high = high;
    this.low = low;
    this.#look(high ^ previousHigh, low ^ previousLow);
  }

  /** Goes on behind a value, given its XOR with the one before. */
  resume(high: number, low: number, xorHigh: number, xorLow: number): void {
    this.high = high;
    this.low = low;
    this.#look(xorHigh, xorLow);
  }

  /** Takes the next value's XOR with the present one. */
  follow(xorHigh: number, xorLow: number): void {
    this.high = (this.high ^ xorHigh) >>> 0;
    this.low = (this.low ^ xorLow) >>> 0;
    this.#look(xorHigh, xorLow);
  }

  #look(xorHigh: number, xorLow: number): void {
    this.xorHigh = xorHigh;
    this.xorLow = xorLow;
    this.leading = leadingZeros(xorHigh, xorLow);
    this.trailing = trailingZeros(xorHigh, xorLow);
  }
}

/** Writes a value given as two halves; `state` stays as it is, since the point may have to be taken back. */
export function encodeValue(writer: BitWriter, high: number, low: number, state: ValueState): void {
  const xorHigh = high ^ state.high;
  const xorLow = low ^ state.low;
  if (xorHigh === 0 && xorLow === 0) {
    writer.writeBits(SAME, 1);
    return;
  }
  const leading = leadingZeros(xorHigh, xorLow);
  const trailing = trailingZeros(xorHigh, xorLow);
  if (state.leading <= leading && state.trailing <= trailing) {
    writer.writeBits(IN_WINDOW, 2);
    writeShifted(writer, xorHigh, xorLow, state.trailing, 64 - state.leading - state.trailing);
    return;
  }
  const told = Math.min(leading, MOST_LEADING);
  const length = 64 - told - trailing;
  writer.writeBits((OWN_WINDOW << LEADING_BITS) | told, 2 + LEADING_BITS);
  writer.writeBits(Math.min(length, WHOLE), LENGTH_BITS);
  if (length < WHOLE) writeShifted(writer, xorHigh, xorLow, trailing, length);
  else writer.writeLongField(xorHigh, xorLow, 64);
}

/** Reads a value as {@link encodeValue} wrote it into `state`; false for bits that no encoder writes. */
export function decodeValue(reader: BitReader, state: ValueState): boolean {
  const next = reader.peek();
  if (next >= 0) {
    reader.skip(1);
    state.follow(0, 0);
    return true;
  }
  reader.skip(2);
  if ((next & 0x4000_0000) === 0) {
    const { leading, trailing } = state;
    if (leading === 64) return false;
    readShifted(reader, state, trailing, 64 - leading - trailing);
    return true;
  }
  const leading = reader.readBits(LEADING_BITS);
  const length = reader.readBits(LENGTH_BITS);
  if (length === WHOLE) {
    readShifted(reader, state, 0, 64);
    return true;
  }
  if (length === 0 || leading + length > 64) return false;
  readShifted(reader, state, 64 - leading - length, length);
  return true;
}

/** Writes `count` bits of a XOR, without the zeros behind them. */
function writeShifted(writer: BitWriter, high: number, low: number, trailing: number, count: number): void {
  if (trailing === 0) writer.writeLongField(high, low, count);
  else if (trailing >= 32) writer.writeField(high >>> (trailing - 32), count);
  else writer.writeLongField(high >>> trailing, (low >>> trailing) | (high << (32 - trailing)), count);
}

/** Reads `count` bits of a XOR and puts the zeros behind them. */
function readShifted(reader: BitReader, state: ValueState, trailing: number, count: number): void {
  const low = reader.readField(Math.min(count, 32));
  const high = count > 32 ? reader.readField(count - 32) : 0;
  if (trailing === 0) state.follow(high, low);
  else if (trailing >= 32) state.follow(low << (trailing - 32), 0);
  else state.follow((high << trailing) | (low >>> (32 - trailing)), low << trailing);
}
