/** How a history came out: which of its points a file took, and why not the others. */
import { floorTo } from '../../bytes/integers.js';
import type { PointRun } from '../../format/point-run.js';
import { firstInReach } from '../reach.js';
import type { HistoryArchive } from './derive-archives.js';
import type { TimedHistory } from './future-points.js';
import type { ImportedFile } from './store-history.js';

/** What became of a history. */
interface Outcome {
  readonly archives: readonly HistoryArchive[];
  readonly history: TimedHistory;
  /** For each archive the points that it took. */
  readonly taken: readonly PointRun[];
  /** Whether points share slots. */
  readonly isRing: boolean;
}

/** @param points  those that were read */
export function describe(path: string, isNew: boolean, points: PointRun, outcome: Outcome): ImportedFile {
  const { archives, history, taken, isRing } = outcome;
  const { timestamps, length } = history.points;
  let old = 0;
  while (old < length && holderOf(timestamps[old]!, archives, history.end) === -1) old++;
  const overtaken = isRing ? countOvertaken(outcome, old) : 0;
  return {
    path,
    isNew,
    points: points.length,
    dropped: old + overtaken,
    overtaken,
    future: history.future,
    from: points.timestamps[0]!,
    until: points.timestamps[points.length - 1]!,
    archives: archives.map(({ step, points: slots }, i) => ({
      step,
      points: slots,
      taken: taken[i]!.length,
    })),
  };
}

/** Index of the finest archive that reaches back to a time; -1 if none does. */
function holderOf(timestamp: number, archives: readonly HistoryArchive[], end: number): number {
  return archives.findIndex((archive) => {
    const interval = floorTo(timestamp, archive.step);
    return interval > 0 && interval >= firstInReach(archive, end);
  });
}

/** How many points from index `start` on the finest archive reaches back to and has yet not taken: their slots are not free. */
function countOvertaken({ archives, history, taken }: Outcome, start: number): number {
  const [{ step }] = archives as [HistoryArchive];
  const { timestamps, length } = history.points;
  const own = taken[0]!;
  let count = 0;
  for (let i = start, j = 0; i < length; i++) {
    const interval = floorTo(timestamps[i]!, step);
    if (interval < firstInReach(archives[0]!, history.end)) continue;
    while (j < own.length && own.timestamps[j]! < interval) j++;
    if (j === own.length || own.timestamps[j] !== interval) count++;
  }
  return count;
}
