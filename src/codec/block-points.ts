/** Points as they come from outside, checked once and brought into the form that the encoder takes. */
import { UINT32_MAX } from '../bytes/integers.js';
import { describeValue, WhisperError } from '../errors.js';
import { PointRun } from '../format/point-run.js';

/** Points as two columns of equal length: lists or typed arrays. */
export interface BlockPoints {
  /** Whole Unix seconds, rising. */
  readonly timestamps: ArrayLike<number>;
  /** Those of a `Float64Array` are carried bit for bit; of others the engine may not keep the payload of a NaN. */
  readonly values: ArrayLike<number>;
}

/** What a block holds already. */
export interface Before {
  /** Time of its first point; 0 if there is none. */
  readonly first: number;
  /** Time of its last one. */
  readonly latest: number;
}

/**
 * Checks points that shall follow those of a block; the caller's columns stay as they are.
 *
 * Times have to be whole steps apart, because a block keeps steps and no seconds (doc/format.md, quirk 5).
 *
 * @throws WhisperError `WSP_BAD_TIMESTAMP`, `WSP_BAD_VALUE`
 */
export function checkPoints(points: BlockPoints, before: Before, step: number): PointRun {
  const { timestamps, values } = (points ?? {}) as Partial<BlockPoints>;
  if (!isColumn(timestamps) || !isColumn(values)) {
    throw new WhisperError('WSP_BAD_VALUE', {
      found: 'points that are not two columns',
      expected: '{ timestamps, values }, each a list or a typed array',
    });
  }
  const { length } = timestamps;
  if (values.length !== length) {
    throw new WhisperError('WSP_BAD_VALUE', {
      found: `${length} timestamps and ${values.length} values`,
      expected: 'columns of the same length',
    });
  }
  checkTimestamps(timestamps, before, step);
  if (!(values instanceof Float64Array)) checkValues(values);
  return PointRun.over(asDoubles(timestamps), asDoubles(values));
}

function checkTimestamps(timestamps: ArrayLike<unknown>, before: Before, step: number): void {
  const first = (before.first || timestamps[0]) as number;
  let { latest } = before;
  for (let i = 0; i < timestamps.length; ) {
    checkTimestamp(timestamps[i], i, first, latest, step);
    const timestamp = timestamps[i] as number;
    const distance = timestamp - latest;
    latest = timestamp;
    i++;
    // Behind a good one, others as far apart as that one was are good as well. The very first is any distance from 0.
    if (i === 1 || !(timestamps instanceof Float64Array)) continue;
    i = endOfEven(timestamps, i, distance);
    latest = timestamps[i - 1]!;
  }
}

/** Index behind the times from `start` on that follow one another at a distance, as far as 32 bits hold them. */
function endOfEven(times: Float64Array, start: number, distance: number): number {
  let end = start;
  while (end < times.length && times[end]! - times[end - 1]! === distance && times[end]! <= UINT32_MAX) end++;
  return end;
}

function checkTimestamp(timestamp: unknown, i: number, first: number, latest: number, step: number): void {
  if (!isTimestamp(timestamp)) {
    throw badTimestamp(i, describeValue(timestamp), `whole Unix seconds from 1 to ${UINT32_MAX}`);
  }
  if (timestamp <= latest) throw badTimestamp(i, `${timestamp}`, `one after ${latest}`);
  if ((timestamp - first) % step !== 0) {
    const distance = `${timestamp}, ${timestamp - first} s after the first`;
    throw badTimestamp(i, distance, `whole steps of ${step} s, or another step: a step of 1 takes any times`);
  }
}

function checkValues(values: ArrayLike<unknown>): void {
  for (let i = 0; i < values.length; i++) {
    if (typeof values[i] === 'number') continue;
    throw new WhisperError('WSP_BAD_VALUE', {
      found: `value ${describeValue(values[i])} of point ${i}`,
      expected: 'a number',
    });
  }
}

function isColumn(column: unknown): column is ArrayLike<number> {
  return Array.isArray(column) || (ArrayBuffer.isView(column) && 'length' in column);
}

function isTimestamp(timestamp: unknown): timestamp is number {
  return Number.isInteger(timestamp) && (timestamp as number) >= 1 && (timestamp as number) <= UINT32_MAX;
}

function badTimestamp(index: number, found: string, expected: string): WhisperError {
  return new WhisperError('WSP_BAD_TIMESTAMP', { found: `timestamp ${found} (point ${index})`, expected });
}

function asDoubles(column: ArrayLike<number>): Float64Array {
  return column instanceof Float64Array ? column : Float64Array.from(column);
}
