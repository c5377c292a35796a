import { encodePoint, POINT_SIZE } from '../format/point.js';

/** Longer spans, of which few coarser values are made, are not kept: 48 KiB of memory for each archive at most. */
const MOST_SLOTS = 4096;

/**
 * The slots of a ring that were read last, kept in memory for a handle that alone writes to the file: point after
 * point goes into the same coarser value, and the slots that one is made of need not be read again for each.
 */
export class RecentSlots {
  /** What is kept: `count` slots from `slot` on. */
  #slot = 0;
  #count = 0;
  /** What was asked for last: it is kept from the second time on, so that handles for one call keep nothing. */
  #askedSlot = 0;
  #askedCount = 0;
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  /** The slots, as they stand in the file; undefined if they are not kept. */
  find(slot: number, count: number): DataView | undefined {
    return slot === this.#slot && count === this.#count ? this.#view : undefined;
  }

  /** Offers slots that were read; keeps them if they are asked for again and again. */
  offer(slot: number, count: number, bytes: Uint8Array): void {
    const isAgain = slot === this.#askedSlot && count === this.#askedCount;
    this.#askedSlot = slot;
    this.#askedCount = count;
    if (!isAgain || count > MOST_SLOTS) return;
    const size = count * POINT_SIZE;
    if (size > this.#bytes.length) {
      this.#bytes = new Uint8Array(size);
      this.#view = new DataView(this.#bytes.buffer);
    }
    this.#bytes.set(bytes.subarray(0, size));
    this.#slot = slot;
    this.#count = count;
  }

  /** A point was written to a slot. */
  put(slot: number, interval: number, value: number): void {
    const at = slot - this.#slot;
    if (at >= 0 && at < this.#count) encodePoint(this.#view, at * POINT_SIZE, interval, value);
  }

  /** Something else may stand in the slots by now. */
  forget(): void {
    this.#count = 0;
  }
}
