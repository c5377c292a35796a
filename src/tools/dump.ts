import type { TimedPoints } from '../archive/current-points.js';
import type { Database } from '../database/database.js';
import type { ArchiveDescription } from '../database/info.js';

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

/**
 * Every point once, oldest first: the coarser archives only where no finer one reaches back, and of those of one step,
 * as a mix file has them, only the first.
 *
 * @param which  one archive alone; undefined for all
 */
export function pointsOnce(database: Database, which: number | undefined, now: number): TimedPoints {
  const timestamps: number[][] = [];
  const values: number[][] = [];
  let covered = Number.POSITIVE_INFINITY;
  const steps = new Set<number>();
  for (const dumped of dumpArchives(database, which, 'time', now)) {
    if (steps.has(dumped.archive.step)) continue;
    steps.add(dumped.archive.step);
    const end = dumped.timestamps.findIndex((timestamp) => timestamp >= covered);
    const count = end === -1 ? dumped.timestamps.length : end;
    timestamps.unshift([...dumped.timestamps.subarray(0, count)]);
    values.unshift([...dumped.values.subarray(0, count)]);
    covered = Math.min(covered, dumped.timestamps[0] ?? covered);
  }
  return { timestamps: Float64Array.from(timestamps.flat()), values: Float64Array.from(values.flat()) };
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
