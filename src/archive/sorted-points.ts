/** Runs of points by rising time, each time once: parts of them, and two of them together. */
import { HIGH, LOW } from '../bytes/double-bits.js';
import { firstAtLeast } from '../bytes/rising.js';
import { PointRun } from '../format/point-run.js';

/** Index of the first point that is later than a time; the number of points if there is none. */
export function firstAfter({ timestamps, length }: PointRun, time: number): number {
  return firstAtLeast(timestamps, time + 1, length);
}

/** The points of the times [from, until], over the same memory. */
export function pointsWithin(points: PointRun, from: number, until: number): PointRun {
  const start = firstAfter(points, from - 1);
  return points.part(start, Math.max(start, firstAfter(points, until)));
}

/** The points but for those of the times [from, until]. */
export function pointsOutside(points: PointRun, from: number, until: number): PointRun {
  const start = firstAfter(points, from - 1);
  const end = Math.max(start, firstAfter(points, until));
  const left = new PointRun(points.length - (end - start));
  left.pushRun(points.part(0, start));
  left.pushRun(points.part(end, points.length));
  return left;
}

/** Two runs as one; of a time that both have, the later run's point counts. */
export function mergePoints(
  former: PointRun,
  later: PointRun,
): { readonly points: PointRun /** How many times both have. */; readonly common: number } {
  const points = new PointRun(former.length + later.length);
  let common = 0;
  let i = 0;
  for (let j = 0; j < later.length; j++) {
    const timestamp = later.timestamps[j]!;
    const next = firstAfter(former, timestamp - 1);
    points.pushRun(former.part(i, next));
    i = next;
    if (i < former.length && former.timestamps[i] === timestamp) {
      common++;
      i++;
    }
    points.push(timestamp, later.halves[2 * j + HIGH]!, later.halves[2 * j + LOW]!);
  }
  points.pushRun(former.part(i, former.length));
  return { points, common };
}
