import type { TimedPoints } from '../archive/current-points.js';
import { firstAtLeast } from '../bytes/rising.js';
import type { Database } from '../database/database.js';
import type { ArchiveDescription } from '../database/info.js';
import { PointRun } from '../format/point-run.js';
import { firstInReach } from './reach.js';

/** The points of one archive. */
export interface DumpedArchive extends TimedPoints {
  readonly index: number;
  readonly archive: ArchiveDescription;
}

/**
 * The points of a database, archive by archive.
 *
 * @param which  one archive; undefined for all
 * @param order  `time`: the points that were not passed over, oldest first; `slots`: every slot as it lies in
 *   the file, with timestamp 0 where nothing was ever written
 * @param now    Unix seconds
 */
export function dumpArchives(
  database: Database,
  which: number | undefined,
  order: 'time' | 'slots',
  now: number,
): DumpedArchive[] {
  return selectArchives(database, which).map(({ index, archive }) => {
    if (order === 'time') return { index, archive, ...database.points(index, { now }) };
    const slots = database.slots(index);
    return { index, archive, timestamps: Float64Array.from(slots.timestamps), values: slots.values };
  });
}

/** At which time an archive reaches how far, where that is not the newest point's. */
export interface OnceOptions {
  /** Unix seconds: reckon how far each archive reaches back from here. */
  readonly reachedFrom?: number | undefined;
  /** Of a mix file: the aggregation whose archives stand below the base; the first if left out. */
  readonly spec?: string | undefined;
}

/**
 * Every point once, oldest first: those of the finest archive as far as it reaches back, and of the coarser ones what lies
 * outside of that; gaps of an archive are gaps. Of archives of one step, as a mix file has them, only one is taken.
 *
 * An archive reaches from the first interval that a fetch of the newest point's time gives to its own last point; one without
 * points reaches nowhere. A coarser point is left out if its interval begins there. So of an interval that lies in the reach in part
 * the coarser value is given, and behind it the finer ones of that part.
 *
 * @param which  one archive alone, with all of its points; undefined for all
 * @param now    Unix seconds; points after it are given, but no archive reaches back from them
 */
export function pointsOnce(
  database: Database,
  which: number | undefined,
  now: number,
  { reachedFrom, spec }: OnceOptions = {},
): TimedPoints {
  const dumped = ofDifferentSteps(database, dumpArchives(database, which, 'time', now), spec);
  const all = new PointRun(dumped.reduce((sum, { timestamps }) => sum + timestamps.length, 0));
  const covered: { readonly first: number; readonly last: number }[] = [];
  const from = reachedFrom ?? newestUpTo(dumped, now);
  for (const [i, { archive, timestamps, values }] of dumped.entries()) {
    if (timestamps.length === 0) continue;
    // What the coarsest one still holds from before its reach nothing else has.
    const first = i === dumped.length - 1 ? 0 : firstInReach(archive, from);
    const points = PointRun.over(timestamps, values);
    for (let j = firstAtLeast(timestamps, first); j < timestamps.length; j++) {
      const timestamp = timestamps[j]!;
      const isElsewhere = covered.some((reach) => timestamp >= reach.first && timestamp <= reach.last);
      if (!isElsewhere) all.pushFrom(points, j);
    }
    covered.push({ first, last: timestamps.at(-1)! });
  }
  return all.sorted().columns();
}

function ofDifferentSteps(
  database: Database,
  dumped: readonly DumpedArchive[],
  spec: string | undefined,
): DumpedArchive[] {
  const names = selectArchives(database, undefined).map((selected) => selected.spec);
  const isMeant = ({ index }: DumpedArchive) => {
    return spec === undefined || names[index] === undefined || names[index] === spec;
  };
  const meant = dumped.filter(isMeant);
  return meant.filter(
    ({ archive: { step } }, i) => meant.findIndex(({ archive }) => archive.step === step) === i,
  );
}

/** The time of the newest point up to now; of the very newest if all are later. */
function newestUpTo(dumped: readonly TimedPoints[], now: number): number {
  const newest = dumped.flatMap(({ timestamps }) => timestamps[lastUpTo(timestamps, now)] ?? []);
  const past = newest.filter((timestamp) => timestamp <= now);
  return Math.max(0, ...(past.length > 0 ? past : newest));
}

/** An archive to work on. */
export interface SelectedArchive {
  readonly index: number;
  readonly archive: ArchiveDescription;
  /** Below the base of a mix file: the name of its aggregation. */
  readonly spec: string | undefined;
}

/**
 * One archive of a database, or if `which` is undefined all.
 *
 * @throws WhisperError `WSP_NO_SUCH_ARCHIVE`
 */
export function selectArchives(database: Database, which: number | undefined): SelectedArchive[] {
  const archives = database.info.archives.map((archive, index) => {
    return { index, archive, spec: 'spec' in archive ? archive.spec?.name : undefined };
  });
  if (which === undefined) return archives;
  // Asking for its slots is what refuses an archive that does not exist.
  if (archives[which] === undefined) database.slots(which);
  return archives.slice(which, which + 1);
}

/** The oldest or the newest point of a database. */
export interface EndPoint {
  readonly archive: number;
  readonly timestamp: number;
  readonly value: number;
}

/**
 * The oldest or newest point of an archive, or of all; of the finest of those that tie. The newest is the newest
 * up to now, if there is one.
 *
 * @returns undefined if there are no points
 */
export function endPoint(
  database: Database,
  end: 'first' | 'last',
  which: number | undefined,
  now: number,
): EndPoint | undefined {
  let found: EndPoint | undefined;
  for (const { index, timestamps, values } of dumpArchives(database, which, 'time', now)) {
    const at = end === 'first' ? 0 : lastUpTo(timestamps, now);
    const timestamp = timestamps[at];
    if (timestamp === undefined) continue;
    if (found === undefined || isBetter(end, timestamp, found.timestamp, now))
      found = { archive: index, timestamp, value: values[at]! };
  }
  return found;
}

/** Index of the last of rising timestamps that is not after now; of the very last if all are. */
function lastUpTo(timestamps: Float64Array, now: number): number {
  const index = timestamps.findLastIndex((timestamp) => timestamp <= now);
  return index === -1 ? timestamps.length - 1 : index;
}

function isBetter(end: 'first' | 'last', timestamp: number, than: number, now: number): boolean {
  if (end === 'first') return timestamp < than;
  return timestamp > now === than > now ? timestamp > than : timestamp <= now;
}
