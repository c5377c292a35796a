/** Which points of a history lie in the future, and from when the archives of a file reach back. */
import { firstAtLeast } from '../../bytes/rising.js';
import type { Future } from '../../database/update.js';
import { WhisperError } from '../../errors.js';
import type { PointRun } from '../../format/point-run.js';
import type { Retention } from '../../format/retention.js';

/** What decides on them. */
export interface FutureRules {
  /** Unix seconds: the clock, or the time that was given in its place. */
  readonly reference: number;
  readonly future: Future;
}

/** A history as a file takes it. */
export interface TimedHistory {
  /** Without the points that are left out. */
  readonly points: PointRun;
  /** How many were left out, being of the future. */
  readonly future: number;
  /** Unix seconds: the archives reach back from here. */
  readonly end: number;
}

/**
 * One point with a wrong time should not make all the others too old. So archives reach back from the newest point that is
 * no later than the time of reference and one coarsest step, by which clocks and hours that are not over may be ahead. What is
 * later is of the future, unless there is nothing else, in the history and in the file: then that is its time.
 *
 * @param points    by rising time; at least one
 * @param archives  finest first
 * @param newest    Unix seconds: the newest point of the file up to its time; 0 if there is none
 * @throws WhisperError `WSP_TIME_NOT_COVERED` if points of the future are to be refused and there are some
 */
export function splitFuture(
  points: PointRun,
  archives: readonly Retention[],
  newest: number,
  { reference, future }: FutureRules,
): TimedHistory {
  const { timestamps, length } = points;
  const latest = timestamps[length - 1]!;
  const past = firstAtLeast(timestamps, reference + archives.at(-1)!.step + 1, length);
  if (past < length && future === 'error') {
    throw new WhisperError('WSP_TIME_NOT_COVERED', {
      found: `${length - past} of the points in the future, the latest by ${latest - reference} s`,
      expected: `none after now (${reference}) and one step of the coarsest archive`,
    });
  }
  if (past === 0 && newest === 0) return { points, future: 0, end: latest };
  const end = past === 0 ? newest : Math.max(newest, timestamps[past - 1]!);
  if (future === 'store') return { points, future: 0, end };
  return { points: points.part(0, past), future: length - past, end };
}
