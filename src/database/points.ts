/**
 * The points of a batch, brought into one form: two columns, rising by timestamp.
 *
 * Among equal timestamps the one that shall count stands last, so that whoever walks the columns may let each
 * point replace the one before it in the same interval. For different timestamps of one interval that makes
 * the latest count, whatever order they came in.
 */
import { halvesOf } from '../bytes/double-bits.js';
import { WhisperError } from '../errors.js';
import { PointRun } from '../format/point-run.js';
import { checkTimestamp, checkValue } from './time.js';

/** One point: Unix seconds and a value. */
export type Point = readonly [timestamp: number, value: number];

/** A column as it may be given. Typed arrays are read where they are. */
export type NumberColumn =
  | readonly number[]
  | Float64Array
  | Float32Array
  | Uint32Array
  | Int32Array
  | Uint16Array
  | Int16Array
  | Uint8Array
  | Int8Array
  | Uint8ClampedArray;

/** Points as two columns of equal length. */
export interface PointColumns {
  readonly timestamps: NumberColumn;
  readonly values: NumberColumn;
}

/** Points in either form. */
export type Points = Iterable<Point> | PointColumns;

/** Which of several points with the same timestamp counts: the first or the last in the caller's order. */
export type Duplicates = 'first' | 'last';

/** Checked points: whole timestamps that 32 bits hold, rising, equal ones with the one that counts last. */
export interface SortedPoints {
  readonly timestamps: NumberColumn;
  readonly values: NumberColumn;
  readonly length: number;
}

/** Checks and sorts a batch; the caller's lists stay as they are. */
export function sortPoints(points: Points, duplicates: Duplicates): SortedPoints {
  const columns = isColumns(points) ? points : gather(points);
  const { timestamps, values } = columns;
  const { length } = timestamps;
  if (values.length !== length) {
    throw new WhisperError('WSP_BAD_VALUE', {
      found: `${length} timestamps and ${values.length} values`,
      expected: 'columns of the same length',
    });
  }
  let isRising = true;
  let isWhole = true;
  let previous = -1;
  for (let i = 0; i < length; i++) {
    const given = timestamps[i]!;
    const timestamp = checkTimestamp(given);
    checkValue(values[i]);
    if (timestamp !== given) isWhole = false;
    if (timestamp <= previous) isRising = false;
    previous = timestamp;
  }
  const whole = isWhole ? timestamps : Float64Array.from({ length }, (_, i) => Math.trunc(timestamps[i]!));
  if (isRising) return { timestamps: whole, values, length };
  return reorder(whole, values, length, duplicates);
}

function reorder(
  timestamps: NumberColumn,
  values: NumberColumn,
  length: number,
  duplicates: Duplicates,
): SortedPoints {
  const later = duplicates === 'last' ? 1 : -1;
  const order = Uint32Array.from({ length }, (_, i) => i);
  order.sort((a, b) => timestamps[a]! - timestamps[b]! || later * (a - b));
  return {
    timestamps: Float64Array.from(order, (i) => timestamps[i]!),
    values: values instanceof Float64Array ? reorderBits(values, order) : pick(values, order),
    length,
  };
}

function pick(values: NumberColumn, order: Uint32Array): Float64Array {
  return Float64Array.from(order, (i) => values[i]!);
}

/** By the halves of the bits, so that no payload of a NaN is lost. */
function reorderBits(values: Float64Array, order: Uint32Array): Float64Array {
  const reordered = new Float64Array(order.length);
  const [from, to] = [halvesOf(values), halvesOf(reordered)];
  for (const [at, i] of order.entries()) {
    to[2 * at] = from[2 * i]!;
    to[2 * at + 1] = from[2 * i + 1]!;
  }
  return reordered;
}

/** The points [start, end) of a batch as a run of their own, bit for bit. */
export function runOf({ timestamps, values }: SortedPoints, start: number, end: number): PointRun {
  const [times, copies] = [new Float64Array(end - start), new Float64Array(end - start)];
  times.set(
    timestamps instanceof Float64Array ? timestamps.subarray(start, end) : timestamps.slice(start, end),
  );
  copies.set(values instanceof Float64Array ? values.subarray(start, end) : values.slice(start, end));
  return PointRun.over(times, copies);
}

function isColumns(points: Points): points is PointColumns {
  const { timestamps, values } = (points ?? {}) as Partial<PointColumns>;
  return isList(timestamps) && isList(values);
}

function isList(column: unknown): boolean {
  return Array.isArray(column) || (ArrayBuffer.isView(column) && 'length' in column);
}

function gather(points: Iterable<Point>): PointColumns {
  if (typeof (points as Partial<Iterable<Point>> | undefined)?.[Symbol.iterator] !== 'function') {
    throw new WhisperError('WSP_BAD_VALUE', {
      found: 'points that are neither a list nor columns',
      expected: 'an iterable of [timestamp, value] or { timestamps, values }',
    });
  }
  const timestamps: number[] = [];
  const values: number[] = [];
  for (const point of points) {
    if (!Array.isArray(point) || point.length !== 2) {
      throw new WhisperError('WSP_BAD_VALUE', {
        found: `point ${timestamps.length} is no pair`,
        expected: '[timestamp, value]',
      });
    }
    timestamps.push(point[0]);
    values.push(point[1]);
  }
  return { timestamps, values };
}
