/**
 * Points into a block.
 *
 *   raw point            12 bytes, the first point
 *   for each further one: time bits, value bits
 *   end marker           1111 and 32 zero bits
 *   zero bits            to the end of the last byte touched
 *
 * All that an encoder must know to go on stands in a {@link BlockState}, which the file keeps: one resumed after any
 * point writes the same bytes as one that never stopped.
 */
import { BitWriter, WRITE_BEHIND } from '../bytes/bit-writer.js';
import { crc32, crc32OfZeros } from '../bytes/crc32.js';
import { HIGH, LOW } from '../bytes/double-bits.js';
import { END_MARKER_SIZE, LONGEST_POINT_SIZE } from '../format/block-size.js';
import type { PointRun } from '../format/point-run.js';
import { NO_POINT, RAW_POINT_SIZE, type RawPoint } from '../format/raw-point.js';
import { FEWEST_POINTS, type Kernel, loadKernel } from '../kernel/kernel.js';
import { encodeEnd, encodeInterval } from './interval-codec.js';
import { encodeValue, ValueState } from './value-codec.js';

/** How far a block has been written. */
export interface BlockState {
  readonly first: RawPoint;
  /** The last point; equal to `first` while there is one point only. */
  readonly latest: RawPoint;
  /** The point before `latest`. */
  readonly previous: RawPoint;
  /** Points after the first. */
  readonly count: number;
  /** CRC-32 of the bytes before `at`; of the whole block once it is closed. */
  readonly crc: number;
  /** The byte that the next bit goes to, from the block's start; the last one of a closed block. */
  readonly at: number;
  /** What stands in it so far. */
  readonly partial: number;
  /** How many of its bits are taken, 0…7. */
  readonly used: number;
}

/** A block that nothing was written to. */
export const EMPTY_BLOCK: BlockState = Object.freeze({
  first: NO_POINT,
  latest: NO_POINT,
  previous: NO_POINT,
  count: 0,
  crc: 0,
  at: 0,
  partial: 0,
  used: 0,
});

/** What became of one call. */
export interface Appended {
  /** Where the block stands now. */
  readonly state: BlockState;
  /** Index of the first point that was not looked at: the end, or the one that the block has no room for. */
  readonly next: number;
  /** Points that were not newer than the one before them, and left out. */
  readonly late: number;
  /** True if the block is full and closed. */
  readonly isFull: boolean;
  /** What is to be written at byte `position` of the block. Good until the next use of an encoder or a decoder. */
  readonly bytes: Uint8Array;
  readonly position: number;
  /** Zero bytes to be written behind them, up to the end of a closed block. */
  readonly zeros: number;
}

export class BlockEncoder {
  readonly #kernel: Kernel | null;
  readonly #writer = new BitWriter();
  readonly #values = new ValueState();
  #first: RawPoint = NO_POINT;
  #count = 0;
  /** Times of the last point and of the one before it. */
  #latest = 0;
  #previous = 0;
  /** Value of the one before. */
  #previousHigh = 0;
  #previousLow = 0;

  /** @param kernel  does the runs of usual points; with null all is done here */
  constructor(kernel: Kernel | null = loadKernel()) {
    this.#kernel = kernel;
  }

  /**
   * Appends the points [start, end) to a block, in their order, until it is full.
   *
   * Points of time 0 are passed over. The end marker is written again by every call, also by one that stores nothing
   * (doc/format.md, quirk 9).
   *
   * @param step  seconds between points
   * @param size  bytes of the block
   */
  append(
    state: BlockState,
    points: PointRun,
    start: number,
    end: number,
    step: number,
    size: number,
  ): Appended {
    const rest = size - state.at;
    const room = roomFor(end - start, rest);
    const kernel = end - start < FEWEST_POINTS ? null : this.#kernel;
    const memory = kernel?.bytes(room + WRITE_BEHIND) ?? null;
    this.#writer.begin(state.partial, state.used, room, memory);
    this.#resume(state);
    // No point may reach the byte from which on the end marker would find no room.
    const limit = rest - END_MARKER_SIZE;
    let late = 0;
    let isFull = false;
    let next = start;
    while (next < end && !isFull) {
      // The kernel takes for granted that time goes on, which it does behind the second point.
      if (kernel !== null && memory !== null && this.#latest > this.#previous) {
        next = this.#appendRun(kernel, points, next, end, step, limit);
        if (next === end) break;
      }
      const timestamp = points.timestamps[next]!;
      if (timestamp > this.#latest) isFull = !this.#appendPoint(points, next, step, limit);
      else if (timestamp !== 0) late++;
      if (!isFull) next++;
    }
    return this.#finish(state, size, isFull, next, late);
  }

  #resume({ first, latest, previous, count }: BlockState): void {
    this.#first = first;
    this.#count = count;
    this.#latest = latest.timestamp;
    this.#previous = previous.timestamp;
    this.#previousHigh = previous.high;
    this.#previousLow = previous.low;
    this.#values.begin(latest.high, latest.low, previous.high, previous.low);
  }

  /** Appends one point, later than the last; false if the block has no room for it. */
  #appendPoint({ timestamps, halves }: PointRun, i: number, step: number, limit: number): boolean {
    const writer = this.#writer;
    const values = this.#values;
    const timestamp = timestamps[i]!;
    const high = halves[2 * i + HIGH]!;
    const low = halves[2 * i + LOW]!;
    if (this.#first.timestamp === 0) {
      this.#first = { timestamp, high, low };
      writeRawPoint(writer, this.#first);
      values.begin(high, low, high, low);
      this.#latest = timestamp;
      this.#previous = timestamp;
      this.#previousHigh = high;
      this.#previousLow = low;
      return true;
    }
    const { at, used } = writer;
    const partial = writer.bytes[at]!;
    encodeInterval(writer, timestamp, this.#latest, this.#previous, step);
    encodeValue(writer, high, low, values);
    if (writer.at >= limit) {
      writer.rewind(at, used, partial);
      return false;
    }
    this.#previous = this.#latest;
    this.#previousHigh = values.high;
    this.#previousLow = values.low;
    this.#latest = timestamp;
    values.follow(high ^ values.high, low ^ values.low);
    this.#count++;
    return true;
  }

  /** Appends usual points by the kernel; returns the index of the first that it left. */
  #appendRun(
    kernel: Kernel,
    points: PointRun,
    start: number,
    end: number,
    step: number,
    limit: number,
  ): number {
    const writer = this.#writer;
    const values = this.#values;
    kernel.begin({
      bit: writer.position,
      latest: this.#latest,
      previous: this.#previous,
      high: values.high,
      low: values.low,
      xorHigh: values.xorHigh,
      xorLow: values.xorLow,
    });
    const next = kernel.encode(points, start, end, step, limit);
    const { bit, latest, previous, high, low, xorHigh, xorLow } = kernel.state;
    writer.seek(bit);
    values.resume(high, low, xorHigh, xorLow);
    this.#latest = latest;
    this.#previous = previous;
    this.#previousHigh = (high ^ xorHigh) >>> 0;
    this.#previousLow = (low ^ xorLow) >>> 0;
    this.#count += next - start;
    return next;
  }

  /** Ends the block for now, or closes it, and tells what is to be written. */
  #finish(
    { at: position, crc: crcBefore }: BlockState,
    size: number,
    isFull: boolean,
    next: number,
    late: number,
  ): Appended {
    const writer = this.#writer;
    const { high, low } = this.#values;
    const { at, used } = writer;
    const partial = writer.bytes[at]!;
    encodeEnd(writer);
    // One byte more than the marker needs if it ends between two bytes (quirk 8).
    const bytes = writer.bytes.subarray(0, writer.at + 1);
    const zeros = isFull ? size - position - bytes.length : 0;
    const state = {
      first: this.#first,
      latest: { timestamp: this.#latest, high, low },
      previous: { timestamp: this.#previous, high: this.#previousHigh, low: this.#previousLow },
      count: this.#count,
      crc: isFull ? crc32OfZeros(zeros, crc32(bytes, crcBefore)) : crc32(bytes.subarray(0, at), crcBefore),
      at: isFull ? size - 1 : position + at,
      partial,
      used,
    };
    return { state, next, late, isFull, bytes, position, zeros };
  }
}

/** Bytes that `count` points and the end marker can take, and no more than the block's rest and what overshoots it. */
function roomFor(count: number, rest: number): number {
  return (
    Math.min(RAW_POINT_SIZE + count * LONGEST_POINT_SIZE, rest + LONGEST_POINT_SIZE) + END_MARKER_SIZE + 1
  );
}

function writeRawPoint(writer: BitWriter, { timestamp, high, low }: RawPoint): void {
  for (const word of [timestamp, high, low]) writer.writeBits(word, 32);
}
