import type { Database } from '../../database/database.js';
import type { CompressedInfo } from '../../database/info.js';

/**
 * The time of the newest point of a database up to now, or, if all are in the future, of the newest of all; null if it has
 * none. Much less is read for it than all points.
 *
 * @param modified  Unix seconds: when the file was last changed
 * @throws WhisperError `WSP_CORRUPT` for a damaged block
 */
export function newestPoint(database: Database, now: number, modified: number): number | null {
  const { info } = database;
  let newest: number | null = null;
  for (const [index, archive] of info.archives.entries()) {
    const times =
      info.format === 'standard' ? database.slots(index).timestamps : timesOf(database, info, index);
    newest = better(newest, newestOf(times, now), now);
    // A later point would have been younger than this archive's retention when it was stored, and so be in it.
    if (newest !== null && newest <= now && newest > modified - archive.retention) break;
  }
  return newest;
}

/** Times of an archive of blocks, the newest one among them; of a mix file what its archives have stored. */
function timesOf(database: Database, { archives }: CompressedInfo, index: number): Iterable<number> {
  const { buffered, current, ranges } = archives[index]!;
  // What waits is not told by the headers, and is later than all blocks.
  if (buffered > 0) return database.points(index).timestamps;
  return [current.latest.timestamp, ...ranges.map(({ end }) => end)];
}

function newestOf(times: Iterable<number>, now: number): number | null {
  let newest = 0;
  let next = Number.POSITIVE_INFINITY;
  for (const time of times) {
    if (time > now) next = Math.min(next, time);
    else if (time > newest) newest = time;
  }
  if (newest > 0) return newest;
  return Number.isFinite(next) ? next : null;
}

/** The better answer of two archives: one up to now, and of two such the later. */
function better(a: number | null, b: number | null, now: number): number | null {
  if (a === null || b === null) return a ?? b;
  if (a > now !== b > now) return a > now ? b : a;
  return Math.max(a, b);
}
