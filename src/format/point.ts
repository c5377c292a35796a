/**
 * Points of the standard format; big-endian.
 *
 *   OFFSET  SIZE  FIELD
 *        0     4  timestamp  uint32, start of the point's interval; 0 where nothing was written
 *        4     8  value      float64
 *
 * Every NaN is written as 7ff8000000000000: an engine may hold one with other bits, and files would then
 * differ between machines. A NaN is a value like any other, not a gap.
 */

import { UINT32_MAX } from '../bytes/integers.js';
import { WhisperError } from '../errors.js';

/** Bytes of a point. */
export const POINT_SIZE = 12;

const VALUE_OFFSET = 4;
const NAN_HIGH_HALF = 0x7ff8_0000;

/** Writes one point at a byte offset. */
export function encodePoint(view: DataView, offset: number, timestamp: number, value: number): void {
  view.setUint32(offset, timestamp);
  if (Number.isNaN(value)) {
    view.setUint32(offset + VALUE_OFFSET, NAN_HIGH_HALF);
    view.setUint32(offset + VALUE_OFFSET + 4, 0);
  } else {
    view.setFloat64(offset + VALUE_OFFSET, value);
  }
}

/** The timestamp of the point at a byte offset. */
export function decodeTimestamp(view: DataView, offset: number): number {
  return view.getUint32(offset);
}

/** The value of the point at a byte offset. */
export function decodeValue(view: DataView, offset: number): number {
  return view.getFloat64(offset + VALUE_OFFSET);
}

/** Values by interval: what a range of slots says once stale slots are told from current ones. */
export interface Columns {
  /** NaN in gaps. */
  readonly values: Float64Array;
  /** 1 where there is a value, 0 in gaps. */
  readonly known: Uint8Array;
}

/**
 * Columns to be filled: `values` holds whatever the memory held, since clearing it would take a tenth of the time of
 * a long fetch.
 *
 * @throws WhisperError `WSP_SYSTEM` for more than the machine's memory takes
 */
export function makeColumns(count: number): Columns {
  try {
    const { buffer } = Buffer.allocUnsafeSlow(count * Float64Array.BYTES_PER_ELEMENT);
    return { values: new Float64Array(buffer), known: new Uint8Array(count) };
  } catch (error) {
    throw new WhisperError('WSP_SYSTEM', { found: `${count} points do not fit into memory`, cause: error });
  }
}

/**
 * Reads slots that should hold `first`, `first + step`, … A slot counts only if it holds exactly the
 * interval expected there: nothing is ever cleared, so behind a gap stand points of an earlier turn.
 *
 * @param into   receives `count` values from index `at`
 */
export function decodeSlots(
  view: DataView,
  count: number,
  first: number,
  step: number,
  { values, known }: Columns,
  at: number,
): void {
  // No slot holds a time outside of 32 bits. The others are compared as signed integers, which is what the
  // machine does fastest; two of them are equal exactly if they are so unsigned.
  const start = first < 0 ? Math.min(count, Math.ceil(-first / step)) : 0;
  const end = Math.max(start, Math.min(count, Math.floor((UINT32_MAX - first) / step) + 1));
  setGaps(values, known, at, at + start);
  setGaps(values, known, at + end, at + count);
  known.fill(1, at + start, at + end);
  let interval = (first + start * step) | 0;
  let offset = start * POINT_SIZE;
  for (let i = at + start; i < at + end; i++) {
    values[i] = view.getFloat64(offset + VALUE_OFFSET);
    if (view.getInt32(offset) !== interval) {
      values[i] = Number.NaN;
      known[i] = 0;
    }
    interval = (interval + step) | 0;
    offset += POINT_SIZE;
  }
}

function setGaps(values: Float64Array, known: Uint8Array, start: number, end: number): void {
  if (start === end) return;
  values.fill(Number.NaN, start, end);
  known.fill(0, start, end);
}
