/** Bits as text, so that a test reads like the table it checks. */
import { BitReader, READ_AHEAD } from '../../src/bytes/bit-reader.js';
import { BitWriter } from '../../src/bytes/bit-writer.js';

/** The bits that a codec writes: `100000001`. */
export function bitsWritten(write: (writer: BitWriter) => void, room = 64): string {
  const writer = new BitWriter();
  writer.begin(0, 0, room);
  write(writer);
  return bitsIn(writer.bytes).slice(0, 8 * writer.at + writer.used);
}

export function bitsIn(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
}

/** Bytes of a text of bits, blanks left aside and the last byte filled with zeros. */
export function bytesOfBits(text: string): Uint8Array {
  const bits = text.replaceAll(' ', '');
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [i, bit] of [...bits].entries()) if (bit === '1') bytes[i >>> 3]! |= 0x80 >>> (i & 7);
  return bytes;
}

/** A reader at the first of these bytes, with the room that it looks ahead. */
export function readerOf(bytes: Uint8Array): BitReader {
  return new BitReader(padded(bytes), 0);
}

/** The bytes with room behind them to look ahead. */
export function padded(bytes: Uint8Array): Uint8Array {
  const room = new Uint8Array(bytes.length + READ_AHEAD);
  room.set(bytes);
  return room;
}

/** The halves of a double given by its 16 digits. */
export function halves(bits: string): readonly [high: number, low: number] {
  return [Number.parseInt(bits.slice(0, 8), 16), Number.parseInt(bits.slice(8), 16)];
}
