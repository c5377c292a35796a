import type { Scratch } from '../bytes/scratch.js';
import { WhisperError } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import {
  type Columns,
  decodeSlots,
  decodeTimestamp,
  decodeValue,
  encodePoint,
  POINT_SIZE,
} from '../format/point.js';
import type { ArchiveInfo } from '../format/standard-header.js';
import { slotOf, slotsBeforeSeam } from './ring.js';

/** What a ring holds, slot by slot and stale points included. */
export interface Slots {
  /** Seconds; 0 where nothing was ever written. */
  readonly timestamps: Uint32Array;
  readonly values: Float64Array;
}

/** Base interval of a ring that nothing was written to. */
const EMPTY = 0;
/** Slots of one read or write: 768 KiB, which are still in the processor's cache when they are decoded. */
export const LONGEST_PIECE = 2 ** 16;

/** One archive of a standard file: runs of points in and out of a ring of 12-byte slots. */
export class StandardArchive implements ArchiveInfo {
  readonly offset: number;
  readonly step: number;
  readonly points: number;
  /** Seconds that the archive reaches back. */
  readonly retention: number;
  readonly #file: ByteFile;
  readonly #scratch: Scratch;
  readonly #isCutOff: boolean;
  /** Kept once it is known not to be EMPTY: see ring.ts for why it need not be read again. */
  #base = EMPTY;

  /**
   * @param scratch   shared by the archives of a database; used within single calls only
   * @param isCutOff  read what lies behind the end of the file as never written
   */
  constructor(file: ByteFile, { offset, step, points }: ArchiveInfo, scratch: Scratch, isCutOff = false) {
    this.offset = offset;
    this.step = step;
    this.points = points;
    this.retention = step * points;
    this.#file = file;
    this.#scratch = scratch;
    this.#isCutOff = isCutOff;
  }

  /** True while slot 0 holds no point. */
  isEmpty(): boolean {
    return this.#readBase() === EMPTY;
  }

  /** The slot of an interval; undefined in an empty archive. */
  slotOf(interval: number): number | undefined {
    const base = this.#readBase();
    return base === EMPTY ? undefined : slotOf(this, base, interval);
  }

  /**
   * Reads the intervals `first`, `first + step`, … that are in the ring.
   *
   * @param count  at most `points`
   * @param into   receives `count` values from index 0
   */
  read(first: number, count: number, into: Columns): void {
    // An empty ring is read as well, from its first slot: it can hold points yet, after one of interval 0.
    let slot = this.slotOf(first) ?? 0;
    for (let done = 0; done < count; ) {
      const piece = slotsBeforeSeam(this, slot, Math.min(count - done, LONGEST_PIECE));
      this.#readSlots(slot, piece);
      decodeSlots(this.#scratch.view, piece, first + done * this.step, this.step, into, done);
      done += piece;
      slot = (slot + piece) % this.points;
    }
  }

  /** As {@link read}, into columns that the database's next such call uses again. */
  peek(first: number, count: number): Columns {
    const columns = this.#scratch.columns(count);
    this.read(first, count, columns);
    return columns;
  }

  /**
   * Writes the points [start, end) of two columns, in their order, one write for each unbroken run.
   *
   * @param intervals  seconds, rising, each a multiple of the step
   */
  write(intervals: Float64Array, values: Float64Array, start: number, end: number): void {
    let base = this.#readBase();
    let next = start;
    if (base === EMPTY) {
      // Interval 0 in slot 0 leaves the ring empty, so the following point takes its place.
      if (intervals[next] === EMPTY && next + 1 < end) next++;
      base = intervals[next]!;
    }
    this.#scratch.reserve(Math.min(end - next, this.points, LONGEST_PIECE) * POINT_SIZE);
    while (next < end) next += this.#writeRun(intervals, values, next, end, base);
    // Interval 0 may just have emptied the ring by landing in slot 0: look again next time.
    this.#base = intervals[start] === EMPTY ? EMPTY : base;
  }

  /** Writes points while they follow one another, up to the seam; returns how many. */
  #writeRun(intervals: Float64Array, values: Float64Array, start: number, end: number, base: number): number {
    const { bytes, view } = this.#scratch;
    const slot = slotOf(this, base, intervals[start]!);
    const limit = Math.min(end, start + slotsBeforeSeam(this, slot, LONGEST_PIECE));
    let i = start;
    let offset = 0;
    do {
      encodePoint(view, offset, intervals[i]!, values[i]!);
      offset += POINT_SIZE;
      i++;
    } while (i < limit && intervals[i]! - intervals[i - 1]! === this.step);
    this.#file.writeAt(bytes, offset, this.offset + slot * POINT_SIZE);
    return i - start;
  }

  /** The whole ring in the file's order. */
  slots(): Slots {
    const { points } = this;
    const { timestamps, values } = makeSlots(points);
    for (let start = 0; start < points; start += LONGEST_PIECE) {
      const end = Math.min(points, start + LONGEST_PIECE);
      this.#readSlots(start, end - start);
      const { view } = this.#scratch;
      for (let slot = start, offset = 0; slot < end; slot++, offset += POINT_SIZE) {
        timestamps[slot] = decodeTimestamp(view, offset);
        values[slot] = decodeValue(view, offset);
      }
    }
    return { timestamps, values };
  }

  #readBase(): number {
    if (this.#base !== EMPTY) return this.#base;
    this.#readSlots(0, 1);
    this.#base = decodeTimestamp(this.#scratch.view, 0);
    return this.#base;
  }

  /** Brings `count` slots from `slot` on into the scratch bytes. */
  #readSlots(slot: number, count: number): void {
    const length = count * POINT_SIZE;
    this.#scratch.reserve(length);
    const { bytes } = this.#scratch;
    const position = this.offset + slot * POINT_SIZE;
    const read = this.#file.readAt(bytes, length, position);
    if (read === length) return;
    if (!this.#isCutOff) {
      throw new WhisperError('WSP_CORRUPT', {
        path: this.#file.name,
        found: `the file ends at byte ${position + read}`,
        expected: `${length} bytes at byte ${position}`,
      });
    }
    // A slot that is there in part says nothing either.
    bytes.fill(0, read - (read % POINT_SIZE), length);
  }
}

function makeSlots(points: number): Slots {
  try {
    return { timestamps: new Uint32Array(points), values: new Float64Array(points) };
  } catch (error) {
    throw new WhisperError('WSP_SYSTEM', { found: `${points} slots do not fit into memory`, cause: error });
  }
}
