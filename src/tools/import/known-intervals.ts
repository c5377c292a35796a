/** What is known of the intervals of an archive, and whether that is enough to make their values anew. */
import { firstAtLeast } from '../../bytes/rising.js';
import type { PointRun } from '../../format/point-run.js';

/** Points with what each stands for, in the order of time. */
export interface Stretch {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  /** Seconds for each. */
  readonly spans: Float64Array;
  /** 1 for a point of the history, 0 for one that the file had. */
  readonly isNew: Uint8Array;
}

/**
 * Those intervals of an archive whose value the file has and nobody could make better: they begin before the next finer
 * archive's reach, and neither the history nor the file has all that was in them.
 */
export function keptIntervals(
  stretch: Stretch,
  existing: PointRun,
  step: number,
  finerFirst: number,
): ReadonlySet<number> {
  const { timestamps } = stretch;
  const kept = new Set<number>();
  for (let i = 0, start = 0; i < existing.length && existing.timestamps[i]! < finerFirst; i++) {
    const interval = existing.timestamps[i]!;
    start = firstAtLeast(timestamps, interval, timestamps.length, start);
    const end = firstAtLeast(timestamps, interval + step, timestamps.length, start);
    if (start === end || isWhole(stretch, start, end, step, finerFirst)) continue;
    if (!isCovered(stretch, start, interval, Math.min(interval + step, finerFirst))) kept.add(interval);
  }
  return kept;
}

/**
 * Whether no point is missing in `[from, until)`: each goes on where the one before it ends, give or take what points
 * that do not come quite evenly are late by.
 *
 * @param start  index of the first point from `from` on
 */
function isCovered({ timestamps, spans }: Stretch, start: number, from: number, until: number): boolean {
  const followsOn = (i: number) => timestamps[i]! - timestamps[i - 1]! < spans[i - 1]! + spans[i]!;
  const isBegun = timestamps[start]! - from < spans[start]! || (start > 0 && followsOn(start));
  if (!isBegun) return false;
  let i = start;
  while (i < timestamps.length && timestamps[i]! < until) {
    if (timestamps[i]! + spans[i]! >= until) return true;
    if (++i === timestamps.length || !followsOn(i)) return false;
  }
  return true;
}

/**
 * Whether the first point of an interval is the value of all of it. A history that was exported from such a file has coarse
 * values up to the interval in which the finer archive's reach begins, and behind its value the finer ones of the rest.
 *
 * It is told by what is before it, a run of such values, or by a gap behind it that is unusual for the finer ones.
 */
export function isWhole(
  { timestamps, spans, isNew }: Stretch,
  start: number,
  end: number,
  step: number,
  finerFirst: number,
): boolean {
  const [interval, next] = [timestamps[start]!, timestamps[start + 1]!];
  if (
    start + 1 >= end ||
    isNew[start] !== 1 ||
    interval % step !== 0 ||
    interval >= finerFirst ||
    next < finerFirst
  )
    return false;
  if (start > 0 && spans[start - 1]! >= step) return true;
  const isApart = start === 0 || interval - timestamps[start - 1]! >= step;
  return isApart && next - interval > spans[start + 1]!;
}
