import type { Database } from '../database/database.js';
import type { ArchiveDescription } from '../database/info.js';
import { currentPoints, type TimedPoints } from './extent.js';

/** The points of one archive. */
export interface DumpedArchive extends TimedPoints {
  readonly index: number;
  readonly archive: ArchiveDescription;
}

/**
 * The points of a database, archive by archive.
 *
 * @param which  one archive; undefined for all
 * @param order  `time`: what a fetch could still return, oldest first; `slots`: every slot as it lies in the
 *   file, with timestamp 0 where nothing was ever written
 */
export function dumpArchives(
  database: Database,
  which: number | undefined,
  order: 'time' | 'slots',
): DumpedArchive[] {
  return selectArchives(database, which).map(({ index, archive }) => {
    const slots = database.slots(index);
    if (order === 'time') return { index, archive, ...currentPoints(slots, archive) };
    return { index, archive, timestamps: Float64Array.from(slots.timestamps), values: slots.values };
  });
}

/**
 * Every point once, oldest first: the coarser archives only where no finer one reaches back.
 *
 * @param which  one archive alone; undefined for all
 */
export function pointsOnce(database: Database, which: number | undefined): TimedPoints {
  const timestamps: number[][] = [];
  const values: number[][] = [];
  let covered = Number.POSITIVE_INFINITY;
  for (const dumped of dumpArchives(database, which, 'time')) {
    const end = dumped.timestamps.findIndex((timestamp) => timestamp >= covered);
    const count = end === -1 ? dumped.timestamps.length : end;
    timestamps.unshift([...dumped.timestamps.subarray(0, count)]);
    values.unshift([...dumped.values.subarray(0, count)]);
    covered = Math.min(covered, dumped.timestamps[0] ?? covered);
  }
  return { timestamps: Float64Array.from(timestamps.flat()), values: Float64Array.from(values.flat()) };
}

/** The archives to work on, with their numbers; `slots` refuses a number that does not exist. */
function selectArchives(
  database: Database,
  which: number | undefined,
): { index: number; archive: ArchiveDescription }[] {
  if (which !== undefined) database.slots(which);
  return database.info.archives
    .map((archive, index) => ({ index, archive }))
    .filter(({ index }) => which === undefined || index === which);
}

/** The oldest or the newest point of a database. */
export interface EndPoint {
  readonly archive: number;
  readonly timestamp: number;
  readonly value: number;
}

/**
 * The oldest or newest point of an archive, or of all; of the finest of those that tie.
 *
 * @returns undefined if there are no points
 */
export function endPoint(
  database: Database,
  end: 'first' | 'last',
  which: number | undefined,
): EndPoint | undefined {
  let found: EndPoint | undefined;
  for (const { index, timestamps, values } of dumpArchives(database, which, 'time')) {
    const at = end === 'first' ? 0 : timestamps.length - 1;
    const timestamp = timestamps[at];
    if (timestamp === undefined) continue;
    const isBetter =
      found === undefined || (end === 'first' ? timestamp < found.timestamp : timestamp > found.timestamp);
    if (isBetter) found = { archive: index, timestamp, value: values[at]! };
  }
  return found;
}
