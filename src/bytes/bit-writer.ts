/**
 * Bits into bytes, from the highest bit of each byte to the lowest; it can go on at any bit of a byte.
 *
 * A *field* of more than 8 bits is cut into groups of 8 from its low end. The lowest group goes first, and the last
 * one is what is left at the high end: the 12 bits ABC go out as BC, then A. See doc/format.md, quirk 2.
 */
import { swapBytes } from './integers.js';

/** Bytes that a write may touch behind the one its last bit goes to. */
export const WRITE_BEHIND = 8;

export class BitWriter {
  /** What was written; the byte at `at` may be filled in part, and those behind it mean nothing. */
  bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.bytes.buffer);
  /** Index of the byte that the next bit goes to. */
  at = 0;
  /** How many bits of that byte are taken, 0…7. */
  used = 0;

  /**
   * Begins anew, at a bit of byte 0.
   *
   * @param partial  byte 0 as it is so far
   * @param used     how many of its bits are taken, 0…7
   * @param room     bytes that will be written at most
   * @param memory   where to write them, with {@link WRITE_BEHIND} bytes more; that of the call before, or its own, if null
   */
  begin(partial: number, used: number, room: number, memory: Uint8Array | null = null): void {
    if (memory !== null) this.#use(memory);
    else if (this.bytes.length < room + WRITE_BEHIND) this.#use(new Uint8Array(room + WRITE_BEHIND));
    this.rewind(0, used, partial);
  }

  #use(bytes: Uint8Array): void {
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bits before the next one. */
  get position(): number {
    return this.at * 8 + this.used;
  }

  /** Goes on behind bits that somebody else wrote into the same bytes. */
  seek(position: number): void {
    this.at = position >>> 3;
    this.used = position & 7;
  }

  /** Takes back what was written behind a bit; `partial` is the byte as it was then. */
  rewind(at: number, used: number, partial: number): void {
    this.at = at;
    this.used = used;
    this.bytes[at] = partial;
  }

  /** Writes the lowest `count` bits of `value`, the highest of them first; 1 ≤ count ≤ 32. */
  writeBits(value: number, count: number): void {
    this.#append(value << (32 - count), count);
  }

  /** Writes a field of `count` bits, 1 ≤ count ≤ 32. */
  writeField(value: number, count: number): void {
    if (count <= 8) {
      this.#append(value << (32 - count), count);
      return;
    }
    const rest = count & 7;
    const inGroups = count - rest;
    const groups =
      inGroups === 32 ? swapBytes(value) : swapBytes((value << (32 - inGroups)) >>> (32 - inGroups));
    this.#append(rest === 0 ? groups : groups | ((value >>> inGroups) << (32 - count)), count);
  }

  /** Writes a field of `count` bits given as two halves, 1 ≤ count ≤ 64. */
  writeLongField(high: number, low: number, count: number): void {
    if (count <= 32) {
      this.writeField(low, count);
      return;
    }
    this.writeField(low, 32);
    this.writeField(high, count - 32);
  }

  /** Appends the `count` highest bits of a word whose others are zero. */
  #append(word: number, count: number): void {
    const { at, used } = this;
    this.#view.setUint32(at, (this.bytes[at]! << 24) | (word >>> used));
    // The bits that did not fit into four bytes; with `used` 0 there are none, and << 32 would be << 0.
    this.bytes[at + 4] = used === 0 ? 0 : (word << (32 - used)) >>> 24;
    const end = used + count;
    this.at = at + (end >>> 3);
    this.used = end & 7;
  }
}
