/** What of a file's history another file does not have. */
import { floorTo } from '../../bytes/integers.js';
import type { Database } from '../../database/database.js';

/** What an archive has: all that a fetch shows, and what it holds of later times. */
interface Shown {
  readonly step: number;
  /** Whether it has a value for an interval, by the interval's beginning. */
  readonly has: (interval: number) => boolean;
  /** Oldest first. */
  readonly times: readonly number[];
  /** The first time that it reaches. */
  readonly from: number;
}

/**
 * How many points of a database another one has no value for: of the finest archive all that it has, of the coarser ones
 * what is older than the finer ones reach, and after now what the finer ones have no point of. A coarser value that holds
 * the time of a point stands for it.
 *
 * @param now  Unix seconds
 */
export function countLost(before: Database, after: Database, now: number): number {
  const kept = shownBy(after, now);
  let lost = 0;
  let covered = Number.POSITIVE_INFINITY;
  const finer: Shown[] = [];
  for (const archive of shownBy(before, now)) {
    const { step, times, from } = archive;
    for (const time of times) {
      const counts = time > now ? !finer.some((other) => stands(other, time, step)) : time < covered;
      if (counts && !kept.some((other) => stands(other, time, step))) lost++;
    }
    covered = Math.min(covered, from);
    finer.push(archive);
  }
  return lost;
}

function shownBy(database: Database, now: number): Shown[] {
  return database.info.archives.flatMap(({ step, retention }, archive) => {
    const series = database.fetch(now - retention, now, { archive, now });
    if (series === null) return [];
    const later = database.points(archive, { now }).timestamps.filter((timestamp) => timestamp > now);
    const held = new Set(later);
    const has = (interval: number) => {
      return series.known[(interval - series.from) / step] === 1 || held.has(interval);
    };
    const times = [...[...series.knownPoints()].map(([time]) => time), ...later];
    return [{ step, has, times, from: series.from }];
  });
}

/** Whether an archive has a value for the time of a point, be it of longer or of shorter steps. */
function stands({ step, has }: Shown, time: number, pointStep: number): boolean {
  if (step > pointStep && step % pointStep !== 0) return false;
  const end = Math.max(time + 1, time + pointStep);
  for (let interval = floorTo(time, step); interval < end; interval += step) {
    if (has(interval)) return true;
  }
  return false;
}
