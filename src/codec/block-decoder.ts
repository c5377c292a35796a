/** The points of a block, up to its end marker or to where it is damaged. */
import { BitReader, READ_AHEAD } from '../bytes/bit-reader.js';
import { UINT32_MAX } from '../bytes/integers.js';
import { POINT_SIZE } from '../format/point.js';
import type { PointRun } from '../format/point-run.js';
import { decodeInterval, END_OF_BLOCK } from './interval-codec.js';
import { decodeValue, ValueState } from './value-codec.js';

/** Which points of a block to keep, and how many there may be. */
export interface DecodeLimits {
  /** Keep points from this time on. */
  readonly from?: number;
  /** Keep points up to this time, and stop at the first one that reaches it. */
  readonly until?: number;
  /** Stop after so many points, whether the end marker has come or not. */
  readonly most?: number;
  /** Stop where a time is not later than the one before it. */
  readonly isStrict?: boolean;
}

/** How the decoding of a block ended. */
export interface Decoded {
  /** Points that were decoded, kept or not. */
  readonly count: number;
  /** The bit after the last one read: behind the end marker if that was reached. */
  readonly end: number;
  /** True if the end marker was reached. */
  readonly isComplete: boolean;
  /** True if each time was later than the one before it. */
  readonly isRising: boolean;
  /** What is wrong with the bits, as the middle of a sentence; the points before that place were kept. */
  readonly damage?: string;
}

/** Room that must stand behind a block's bytes in memory. */
export const DECODER_SLACK = READ_AHEAD;

/**
 * Decodes a block.
 *
 * @param bytes   the block, with at least {@link DECODER_SLACK} bytes behind `length`
 * @param length  bytes of the block
 * @param step    seconds between points
 * @param into    receives the points that are kept, behind those it has
 */
export function decodePoints(
  bytes: Uint8Array,
  length: number,
  step: number,
  into: PointRun,
  { from = 0, until = UINT32_MAX, most = Number.POSITIVE_INFINITY, isStrict = false }: DecodeLimits = {},
): Decoded {
  if (length < POINT_SIZE) {
    return { count: 0, end: 0, isComplete: false, isRising: true, damage: `only ${length} bytes` };
  }
  const reader = new BitReader(bytes, 0);
  const values = new ValueState();
  const last = length * 8;
  let timestamp = reader.readBits(32);
  const high = reader.readBits(32);
  const low = reader.readBits(32);
  values.begin(high, low, high, low);
  if (timestamp === 0) {
    return {
      count: 0,
      end: POINT_SIZE * 8,
      isComplete: false,
      isRising: true,
      damage: 'a first point of time 0',
    };
  }
  let previous = timestamp;
  let isRising = true;
  let count = 0;
  let start = reader.position;
  const stop = (isComplete: boolean, damage?: string): Decoded => {
    if (damage === undefined) return { count, end: reader.position, isComplete, isRising };
    return { count, end: start, isComplete, isRising, damage };
  };
  for (;;) {
    count++;
    if (timestamp >= from && timestamp <= until) into.push(timestamp, values.high, values.low);
    if (timestamp >= until || count >= most) return stop(false);
    start = reader.position;
    const next = decodeInterval(reader, timestamp, previous, step);
    if (reader.position > last) return stop(false, `no end marker before byte ${length}`);
    if (next === END_OF_BLOCK) return stop(true);
    const isWritten = decodeValue(reader, values);
    // Behind the last point there is always the marker, so one that ends with the block was cut off or made up.
    if (reader.position >= last) return stop(false, `no end marker before byte ${length}`);
    if (!isWritten) return stop(false, `bits at byte ${start >>> 3} that no encoder writes`);
    if (next <= timestamp) {
      isRising = false;
      if (isStrict) return stop(false);
    }
    previous = timestamp;
    timestamp = next;
  }
}
