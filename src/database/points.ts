/**
 * The points of a batch, brought into one form: two columns, rising by timestamp.
 *
 * Among equal timestamps the one that shall count stands last, so that whoever walks the columns may let each
 * point replace the one before it in the same interval. For different timestamps of one interval that makes
 * the latest count, whatever order they came in.
 */
import { halvesOf } from '../bytes/double-bits.js';
import { UINT32_MAX } from '../bytes/integers.js';
import { WhisperError } from '../errors.js';
import { PointRun } from '../format/point-run.js';
import { checkTimestamp, checkValue } from './time.js';

/** One point: Unix seconds and a value. */
export type Point = readonly [timestamp: number, value: number];

/** A column as it may be given. Doubles are read where they are, other numbers are copied. */
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
  const { length } = columns.timestamps;
  if (columns.values.length !== length) {
    throw new WhisperError('WSP_BAD_VALUE', {
      found: `${length} timestamps and ${columns.values.length} values`,
      expected: 'columns of the same length',
    });
  }
  const timestamps = doublesOf(columns.timestamps);
  const values = doublesOf(columns.values);
  // Nearly every batch is in order and is told so by a look at each timestamp.
  if (timestamps !== undefined && values !== undefined && isInOrder(timestamps)) {
    return { timestamps, values, length };
  }
  checkPoints(columns);
  // What holds anything but numbers has just been refused.
  return sort(timestamps as Float64Array, values as Float64Array, duplicates);
}

/** A column as doubles, where it is without a copy; undefined if there is anything but numbers in it. */
function doublesOf(column: NumberColumn): Float64Array | undefined {
  if (column instanceof Float64Array) return column;
  const doubles = new Float64Array(column.length);
  for (let i = 0; i < column.length; i++) {
    const number: unknown = column[i];
    if (typeof number !== 'number') return undefined;
    doubles[i] = number;
  }
  return doubles;
}

/** True for whole timestamps that rise and that 32 bits hold. */
function isInOrder(timestamps: Float64Array): boolean {
  let previous = -1;
  for (let i = 0; i < timestamps.length; i++) {
    const timestamp = timestamps[i]!;
    if (!(timestamp > previous) || Math.floor(timestamp) !== timestamp) return false;
    previous = timestamp;
  }
  return previous <= UINT32_MAX;
}

/** Refuses the first point that is none. */
function checkPoints({ timestamps, values }: PointColumns): void {
  for (let i = 0; i < timestamps.length; i++) {
    checkTimestamp(timestamps[i]);
    checkValue(values[i]);
  }
}

function sort(timestamps: Float64Array, values: Float64Array, duplicates: Duplicates): SortedPoints {
  const { length } = timestamps;
  const whole = timestamps.map(Math.trunc);
  if (isInOrder(whole)) return { timestamps: whole, values, length };
  const later = duplicates === 'last' ? 1 : -1;
  const order = Uint32Array.from({ length }, (_, i) => i);
  order.sort((a, b) => whole[a]! - whole[b]! || later * (a - b));
  return {
    timestamps: Float64Array.from(order, (i) => whole[i]!),
    values: reorderBits(values, order),
    length,
  };
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

/** The points [start, end) of a batch as a run, bit for bit: over the same memory where that holds doubles. */
export function runOf({ timestamps, values }: SortedPoints, start: number, end: number): PointRun {
  return PointRun.over(partOf(timestamps, start, end), partOf(values, start, end));
}

function partOf(column: NumberColumn, start: number, end: number): Float64Array {
  return column instanceof Float64Array
    ? column.subarray(start, end)
    : Float64Array.from(column.slice(start, end));
}

function isColumns(points: Points): points is PointColumns {
  const { timestamps, values } = (points ?? {}) as Partial<PointColumns>;
  return isList(timestamps) && isList(values);
}

function isList(column: unknown): boolean {
  return Array.isArray(column) || (ArrayBuffer.isView(column) && 'length' in column);
}

function gather(points: Iterable<Point>): PointColumns {
  return (Array.isArray(points) ? gatherNumbers(points) : undefined) ?? gatherAny(points);
}

/** Pairs as columns, for a list of nothing but pairs of numbers; undefined for any other. */
function gatherNumbers(points: readonly unknown[]): PointColumns | undefined {
  const { length } = points;
  const columns = { timestamps: new Float64Array(length), values: new Float64Array(length) };
  for (let i = 0; i < length; i++) {
    const point: unknown = points[i];
    if (!Array.isArray(point) || point.length !== 2) return undefined;
    const [timestamp, value] = [point[0], point[1]];
    if (typeof timestamp !== 'number' || typeof value !== 'number') return undefined;
    columns.timestamps[i] = timestamp;
    columns.values[i] = value;
  }
  return columns;
}

function gatherAny(points: Iterable<Point>): PointColumns {
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
