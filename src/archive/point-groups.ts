import { floorTo } from '../bytes/integers.js';
import type { PointRun } from '../format/point-run.js';

/** The points [start, end) of a run, which fall in one coarser interval. */
export interface PointGroup {
  readonly interval: number;
  readonly start: number;
  readonly end: number;
}

/** Groups points, by rising time, by the intervals of a coarser step. */
export function* groupPoints(points: PointRun, step: number): Generator<PointGroup> {
  for (let start = 0; start < points.length; ) {
    const interval = floorTo(points.timestamps[start]!, step);
    let end = start + 1;
    while (end < points.length && points.timestamps[end]! < interval + step) end++;
    yield { interval, start, end };
    start = end;
  }
}
