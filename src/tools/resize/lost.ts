/** What of a file's history another file does not have. */
import { floorTo } from '../../bytes/integers.js';
import type { Database } from '../../database/database.js';
import type { Series } from '../../database/series.js';

interface Shown {
  readonly step: number;
  readonly series: Series;
}

/**
 * How many points of a database another one has no value for: of the finest archive all that it shows, of the coarser ones
 * what is older than the finer ones reach. A coarser value that holds the time of a point stands for it.
 *
 * @param now  Unix seconds
 */
export function countLost(before: Database, after: Database, now: number): number {
  const kept = shownBy(after, now);
  let lost = 0;
  let covered = Number.POSITIVE_INFINITY;
  for (const { step, series } of shownBy(before, now)) {
    for (const [time] of series.knownPoints()) {
      if (time < covered && !kept.some((archive) => stands(archive, time, step))) lost++;
    }
    covered = Math.min(covered, series.from);
  }
  return lost;
}

function shownBy(database: Database, now: number): Shown[] {
  return database.info.archives.flatMap(({ step, retention }, archive) => {
    const series = database.fetch(now - retention, now, { archive, now });
    return series === null ? [] : [{ step, series }];
  });
}

/** Whether an archive has a value for the time of a point, be it of longer or of shorter steps. */
function stands({ step, series }: Shown, time: number, pointStep: number): boolean {
  if (step > pointStep && step % pointStep !== 0) return false;
  const end = Math.max(time + 1, time + pointStep);
  for (let interval = floorTo(time, step); interval < end; interval += step) {
    if (series.known[(interval - series.from) / step] === 1) return true;
  }
  return false;
}
