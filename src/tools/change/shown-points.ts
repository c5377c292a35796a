/** The points of an archive that a fetch shows, as they are to be worked on. */
import { HIGH, halvesOf, LOW } from '../../bytes/double-bits.js';
import { firstAtLeast } from '../../bytes/rising.js';
import type { Database } from '../../database/database.js';
import { PointRun } from '../../format/point-run.js';

/**
 * What an archive shows of the times (from, until] that lie in its reach, bit for bit; never a point of time 0, which
 * means none.
 *
 * @param now  Unix seconds; nothing after it is shown
 */
export function shownPoints(
  database: Database,
  index: number,
  now: number,
  { from, until }: { readonly from?: number | undefined; readonly until?: number | undefined } = {},
): PointRun {
  const shown = new PointRun(0);
  const start = Math.max(from ?? Number.NEGATIVE_INFINITY, now - database.info.archives[index]!.retention);
  const end = Math.min(until ?? now, now);
  const series = start > end ? null : database.fetch(start, end, { now, archive: index });
  if (series === null) return shown;
  const halves = halvesOf(series.values);
  for (let i = 0, timestamp = series.from; i < series.length; i++, timestamp += series.step) {
    if (series.known[i] === 1 && timestamp > 0)
      shown.push(timestamp, halves[2 * i + HIGH]!, halves[2 * i + LOW]!);
  }
  return shown;
}

/** Index of the point of a time; −1 if there is none. */
export function indexOfTime({ timestamps, length }: PointRun, timestamp: number): number {
  const index = firstAtLeast(timestamps, timestamp, length);
  return index < length && timestamps[index] === timestamp ? index : -1;
}

/** The value of a time; undefined if there is none. */
export function valueAt(points: PointRun, timestamp: number): number | undefined {
  const index = indexOfTime(points, timestamp);
  return index === -1 ? undefined : points.values[index]!;
}

/** The points that are meant, in memory of their own. */
export function onlyPoints(
  points: PointRun,
  isMeant: (timestamp: number, value: number) => boolean,
): PointRun {
  const chosen = new PointRun(0);
  for (let i = 0; i < points.length; i++) {
    if (isMeant(points.timestamps[i]!, points.values[i]!)) chosen.pushFrom(points, i);
  }
  return chosen;
}
