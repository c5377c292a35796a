/**
 * Coarser values of a mix file: its archives below the base have no buffers and are made from the base's blocks, each
 * by a method of its own.
 */
import { floorTo } from '../bytes/integers.js';
import { PointRun } from '../format/point-run.js';
import { aggregateList } from './aggregate.js';
import { type CompressedArchive, lastOfEach } from './compressed-archive.js';
import { groupPoints } from './point-groups.js';

/** How many steps of the last archive are left to fill up before its values are made. */
const STEPS_TO_WAIT = 5;

/**
 * Makes the coarser values that the base's blocks can tell by now, and appends them; done after a call in which the
 * base closed a block.
 *
 * A base that holds less than about five steps of the last archive never gets here (doc/format.md, quirk 17).
 */
export function propagateMix(archives: readonly CompressedArchive[], xFilesFactor: number): void {
  const base = archives[0]!;
  const last = archives.at(-1)!;
  if (last === base) return;
  const from = last.ring.greatestEnd() || base.ring.leastStart();
  const until = floorTo(base.ring.greatestEnd(), last.step) + last.step - STEPS_TO_WAIT * last.step - 1;
  if (until <= from) return;
  const points = new PointRun();
  // Damage in an old block must not keep new points out for ever: what can be read of it is used.
  base.ring.read(from, until, points, true);
  for (const [index, made] of groupMix(archives, points, xFilesFactor)) {
    if (made.length > 0) archives[index]!.append(made);
  }
}

/**
 * Groups points of the base and aggregates them for every archive below it.
 *
 * Intervals that an archive has already are left out. Of the last group of all it is not asked whether enough of it is
 * known (quirk 18).
 *
 * @param points  of the base
 * @returns       for each archive below the base its new points
 */
export function groupMix(
  archives: readonly CompressedArchive[],
  points: PointRun,
  xFilesFactor: number,
): Map<number, PointRun> {
  const base = archives[0]!;
  const distinct = lastOfEach(points.sorted(), 1);
  const made = new Map<number, PointRun>();
  const groupsOf = new Map<number, Group[]>();
  for (const [index, archive] of archives.entries()) {
    if (index === 0 || archive.spec === undefined) continue;
    const { step, spec } = archive;
    let groups = groupsOf.get(step);
    if (groups === undefined) {
      groups = groupBy(distinct, step, step / base.step, xFilesFactor);
      groupsOf.set(step, groups);
    }
    const reached = archive.ring.greatestEnd();
    const values = new PointRun();
    for (const group of groups) {
      // A percentile sorts the values where they stand, for those who come after it as well (quirk 19).
      if (group.interval > reached) values.pushValue(group.interval, aggregateList(group.values, spec));
    }
    made.set(index, values);
  }
  return made;
}

interface Group {
  readonly interval: number;
  readonly values: Float64Array;
}

function groupBy(points: PointRun, step: number, ratio: number, xFilesFactor: number): Group[] {
  const groups: Group[] = [];
  for (const { interval, start, end } of groupPoints(points, step)) {
    const isLast = end === points.length;
    if (isLast || Math.fround((end - start) / ratio) >= xFilesFactor) {
      groups.push({ interval, values: points.values.slice(start, end) });
    }
  }
  return groups;
}
