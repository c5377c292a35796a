/** From which time the archives of a file that is made anew reach back. */
import { firstAtLeast } from '../../bytes/rising.js';
import type { Database } from '../../database/database.js';
import { open } from '../../database/open.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { type DumpedArchive, dumpArchives } from '../dump.js';

/**
 * The time of the newest point that is to be believed, whatever the clock says: points go on after a clock that is slow,
 * but a single one far after all others would push them out of every archive.
 *
 * Points after the clock count as long as each comes within the coarsest step, and half of the shortest retention, of the
 * one before it (the first of the clock). If all are after it, the clock is not set: then it is the newest point of the
 * finest archive that comes within the retention of the one before it, or the oldest if each is alone.
 *
 * @param clock  Unix seconds
 * @returns      undefined if there are no points
 */
export function newestOf(database: Database, clock: number): number | undefined {
  const dumped = dumpArchives(database, undefined, 'time', clock);
  const times = Float64Array.from(dumped.flatMap(({ timestamps }) => [...timestamps])).sort();
  const after = firstAtLeast(times, clock + 1);
  return after === 0
    ? newestInCompany(dumpArchives(database, undefined, 'slots', clock))
    : lastInRow(times, after, clock, widestGap(dumped));
}

/** As {@link newestOf}, of a file; the clock for one without points. */
export function newestIn(
  path: string,
  { dialect, clock }: { readonly dialect: Dialect | undefined; readonly clock: number },
): number {
  using database = open(path, { readOnly: true, dialect });
  return newestOf(database, clock) ?? clock;
}

function widestGap(dumped: readonly DumpedArchive[]): number {
  const steps = dumped.map(({ archive }) => archive.step);
  const retentions = dumped.map(({ archive }) => archive.retention);
  return Math.min(Math.max(...steps), Math.min(...retentions) / 2);
}

/** The last of rising times, from one on, of which each comes soon after the one before. */
function lastInRow(times: Float64Array, start: number, clock: number, gap: number): number {
  let next = start;
  while (next < times.length && times[next]! - (next === start ? clock : times[next - 1]!) <= gap) next++;
  return times[next - 1]!;
}

/** @param dumped  as it lies in the slots: to a clock that is not set, what a far point has left behind is old */
function newestInCompany(dumped: readonly DumpedArchive[]): number | undefined {
  const times = dumped.map(({ timestamps }) => timestamps.filter((timestamp) => timestamp > 0).sort());
  const finest = times.findIndex(({ length }) => length > 0);
  if (finest === -1) return undefined;
  const rising = times[finest]!;
  const { retention } = dumped[finest]!.archive;
  let newest = rising.length - 1;
  while (newest > 0 && rising[newest]! - rising[newest - 1]! > retention) newest--;
  return rising[newest]!;
}
