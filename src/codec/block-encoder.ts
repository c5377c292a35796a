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
import { BitWriter } from '../bytes/bit-writer.js';
import { crc32, crc32OfZeros } from '../bytes/crc32.js';
import { HIGH, LOW } from '../bytes/double-bits.js';
import { END_MARKER_SIZE, LONGEST_POINT_SIZE } from '../format/block-size.js';
import type { PointRun } from '../format/point-run.js';
import { NO_POINT, RAW_POINT_SIZE, type RawPoint } from '../format/raw-point.js';
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
  /** What is to be written at byte `position` of the block. Good until the encoder's next call. */
  readonly bytes: Uint8Array;
  readonly position: number;
  /** Zero bytes to be written behind them, up to the end of a closed block. */
  readonly zeros: number;
}

export class BlockEncoder {
  readonly #writer = new BitWriter();
  readonly #values = new ValueState();

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
    const writer = this.#writer;
    const values = this.#values;
    const { timestamps, halves } = points;
    const origin = state.at;
    writer.begin(state.partial, state.used, roomFor(end - start, size - origin));
    values.begin(state.latest.high, state.latest.low, state.previous.high, state.previous.low);
    let { first, count } = state;
    let latest = state.latest.timestamp;
    let previous = state.previous.timestamp;
    let previousHigh = state.previous.high;
    let previousLow = state.previous.low;
    let late = 0;
    let isFull = false;
    let next = start;
    for (; next < end; next++) {
      const timestamp = timestamps[next]!;
      if (timestamp === 0) continue;
      if (timestamp <= latest) {
        late++;
        continue;
      }
      const high = halves[2 * next + HIGH]!;
      const low = halves[2 * next + LOW]!;
      if (first.timestamp === 0) {
        first = { timestamp, high, low };
        writeRawPoint(writer, first);
        values.begin(high, low, high, low);
        latest = timestamp;
        previous = timestamp;
        previousHigh = high;
        previousLow = low;
        continue;
      }
      const { at, used } = writer;
      const partial = writer.bytes[at]!;
      encodeInterval(writer, timestamp, latest, previous, step);
      encodeValue(writer, high, low, values);
      if (origin + writer.at + END_MARKER_SIZE >= size) {
        writer.rewind(at, used, partial);
        isFull = true;
        break;
      }
      previous = latest;
      previousHigh = values.high;
      previousLow = values.low;
      latest = timestamp;
      values.follow(high ^ previousHigh, low ^ previousLow);
      count++;
    }
    const reached = {
      first,
      latest: { timestamp: latest, high: values.high, low: values.low },
      previous: { timestamp: previous, high: previousHigh, low: previousLow },
      count,
      at: isFull ? size - 1 : origin + writer.at,
      partial: writer.bytes[writer.at]!,
      used: writer.used,
    };
    const done = writer.at;
    encodeEnd(writer);
    // One byte more than the marker needs if it ends between two bytes (quirk 8).
    const bytes = writer.bytes.subarray(0, writer.at + 1);
    const zeros = isFull ? size - origin - bytes.length : 0;
    const crc = isFull
      ? crc32OfZeros(zeros, crc32(bytes, state.crc))
      : crc32(bytes.subarray(0, done), state.crc);
    return { state: { ...reached, crc }, next, late, isFull, bytes, position: origin, zeros };
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
