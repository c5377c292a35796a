/** Coarser intervals that are still empty once finer gaps are filled, made of the finer points. */
import { mergePoints } from '../archive/sorted-points.js';
import { floorTo } from '../bytes/integers.js';
import type { Database } from '../database/database.js';
import type { Dialect } from '../format/aggregation-method.js';
import { PointRun } from '../format/point-run.js';
import { makingOf } from './change/coarser-value.js';
import { indexOfTime } from './change/shown-points.js';
import { waitingIntervals } from './change/waiting.js';
import { slotsFor } from './fill-gaps.js';
import type { Content } from './store-contents.js';

/** What an archive will hold, with what was made for it. */
export interface RolledUpContent extends Content {
  /** The part of `taken` that was made of finer points. */
  readonly made: PointRun;
}

/**
 * Level by level: of the intervals in which finer points were taken, those without a value get one, if all of their time
 * is in the finer archive's reach and enough of it is known.
 */
export function rollUpGaps(
  target: Database,
  gaps: readonly Content[],
  now: number,
  dialect: Dialect,
): RolledUpContent[] {
  const { info } = target;
  const isWaiting = waitingIntervals(target);
  const contents: RolledUpContent[] = [];
  for (const [index, { all, taken }] of gaps.entries()) {
    const making = makingOf(info, index, dialect);
    const made = new PointRun(0);
    if (making !== undefined) {
      const finer = contents[making.finer]!;
      const { step } = info.archives[index]!;
      const { step: fineStep, retention } = info.archives[making.finer]!;
      const oldest = floorTo(now - retention, fineStep) + fineStep;
      const hasSlot = slotsFor(target, index);
      for (const interval of touchedBy(finer.taken, step)) {
        const isOver = target.format === 'standard' || interval + step <= now;
        if (interval < oldest || !isOver || indexOfTime(all, interval) !== -1) continue;
        if (isWaiting(index, interval) || !hasSlot(interval)) continue;
        const value = making.value(finer.all, interval);
        if (value !== undefined) made.pushValue(interval, value);
      }
    }
    contents.push({
      all: mergePoints(all, made).points,
      taken: mergePoints(taken, made).points,
      made,
    });
  }
  return contents;
}

function* touchedBy({ timestamps, length }: PointRun, step: number): Generator<number> {
  let latest = 0;
  for (let i = 0; i < length; i++) {
    const interval = floorTo(timestamps[i]!, step);
    if (interval === latest) continue;
    latest = interval;
    yield interval;
  }
}
