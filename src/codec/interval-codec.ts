/**
 * Times in a block: how much the distance to the previous point changed, in steps ("delta of delta").
 *
 *   DELTA OF DELTA   PREFIX  FIELD
 *   0                0       none
 *   -62 … 63         10       7 bits
 *   -254 … 255       110      9 bits
 *   -2046 … 2047     1110    12 bits
 *   anything else    1111    32 bits: the time itself; 0 ends the block
 *
 * A field is a sign bit and a magnitude, not two's complement, and its lower limit is one short of what it could hold
 * (doc/format.md, quirks 3 and 4). Where the Gorilla paper has a fourth width of delta, this format has the whole time.
 */
import type { BitReader } from '../bytes/bit-reader.js';
import type { BitWriter } from '../bytes/bit-writer.js';

/** The time that stands for the end of a block. */
export const END_OF_BLOCK = 0;

interface DeltaClass {
  readonly prefix: number;
  readonly prefixBits: number;
  readonly fieldBits: number;
  readonly least: number;
  readonly most: number;
}

const CLASSES: readonly DeltaClass[] = [
  { prefix: 0b10, prefixBits: 2, fieldBits: 7, least: -62, most: 63 },
  { prefix: 0b110, prefixBits: 3, fieldBits: 9, least: -254, most: 255 },
  { prefix: 0b1110, prefixBits: 4, fieldBits: 12, least: -2046, most: 2047 },
];
const TIME_PREFIX = 0b1111;
const TIME_PREFIX_BITS = 4;
const TIME_BITS = 32;

/**
 * Writes a time.
 *
 * @param latest    time of the point before
 * @param previous  time of the one before that; equal to `latest` for the second point of a block
 */
export function encodeInterval(
  writer: BitWriter,
  timestamp: number,
  latest: number,
  previous: number,
  step: number,
): void {
  // Towards zero: what is no multiple of the step is lost (quirk 5).
  const delta = Math.trunc((timestamp - latest - (latest - previous)) / step);
  if (delta === 0) {
    writer.writeBits(0, 1);
    return;
  }
  for (const { prefix, prefixBits, fieldBits, least, most } of CLASSES) {
    if (delta < least || delta > most) continue;
    writer.writeBits(prefix, prefixBits);
    writer.writeField(delta < 0 ? (1 << (fieldBits - 1)) | -delta : delta, fieldBits);
    return;
  }
  writeTime(writer, timestamp);
}

/** Writes what ends a block: the form of a whole time, with time 0. */
export function encodeEnd(writer: BitWriter): void {
  writeTime(writer, END_OF_BLOCK);
}

function writeTime(writer: BitWriter, timestamp: number): void {
  writer.writeBits(TIME_PREFIX, TIME_PREFIX_BITS);
  writer.writeField(timestamp, TIME_BITS);
}

/** Reads a time as {@link encodeInterval} wrote it; {@link END_OF_BLOCK} at the block's end. */
export function decodeInterval(reader: BitReader, latest: number, previous: number, step: number): number {
  const next = reader.peek();
  if (next >= 0) {
    reader.skip(1);
    return (2 * latest - previous) >>> 0;
  }
  const ones = Math.clz32(~next);
  const found = CLASSES[ones - 1];
  if (found === undefined) {
    reader.skip(TIME_PREFIX_BITS);
    return reader.readField(TIME_BITS);
  }
  const { prefixBits, fieldBits } = found;
  reader.skip(prefixBits);
  const field = reader.readField(fieldBits);
  const sign = 1 << (fieldBits - 1);
  const delta = (field & sign) === 0 ? field : -(field & (sign - 1));
  return (2 * latest - previous + delta * step) >>> 0;
}
