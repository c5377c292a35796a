/**
 * Bits out of bytes, the mirror of the bit writer: from the highest bit of each byte to the lowest, fields with their
 * lowest 8 bits first.
 */
import { swapBytes } from './integers.js';

/** Bytes that must stand behind the last one to be read: a read may look at them before its end is checked. */
export const READ_AHEAD = 32;

export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;
  #bit = 0;

  /**
   * @param bytes  at least {@link READ_AHEAD} more than shall be read
   * @param start  index of the byte to begin with
   */
  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
  }

  /** Bits before the next one, from the first bit of byte 0 on. */
  get position(): number {
    return this.#at * 8 + this.#bit;
  }

  /** Goes to a bit, counted from the first one of byte 0. */
  seek(position: number): void {
    this.#at = Math.floor(position / 8);
    this.#bit = position & 7;
  }

  /** The next 32 bits, which stay the next ones. */
  peek(): number {
    const word = this.#view.getUint32(this.#at) << this.#bit;
    return this.#bit === 0 ? word : word | (this.#bytes[this.#at + 4]! >>> (8 - this.#bit));
  }

  skip(count: number): void {
    const end = this.#bit + count;
    this.#at += end >>> 3;
    this.#bit = end & 7;
  }

  /** Reads `count` bits, the highest first; 1 ≤ count ≤ 32. */
  readBits(count: number): number {
    const word = this.peek();
    this.skip(count);
    return word >>> (32 - count);
  }

  /** Reads a field of `count` bits, 1 ≤ count ≤ 32. */
  readField(count: number): number {
    const word = this.peek();
    this.skip(count);
    if (count <= 8) return word >>> (32 - count);
    const rest = count & 7;
    const inGroups = count - rest;
    const groups = swapBytes(word) & (-1 >>> (32 - inGroups));
    return (rest === 0 ? groups : groups | (((word << inGroups) >>> (32 - rest)) << inGroups)) >>> 0;
  }
}
