/**
 * Values that a coarser archive does not have yet, because what they are made of still waits in buffers (or, in a mix
 * file, in the base).
 */
import { floorTo } from '../bytes/integers.js';
import { PointRun } from '../format/point-run.js';
import { aggregateList } from './aggregate.js';
import { type CompressedArchive, lastOfEach, type RollUp } from './compressed-archive.js';
import { groupMix } from './mix-groups.js';
import { groupPoints } from './point-groups.js';
import { mergePoints } from './sorted-points.js';

/**
 * What archive `index` would get if every buffer above it were flushed now: its intervals with their values, rising.
 *
 * Those that it has already in its blocks, or that come too late for its buffer, are left out where late points are
 * discarded, since a flush would not bring them in either. Where they are inserted, all of an interval counts: also what of
 * it left the buffer before.
 */
export function waitingValues(archives: readonly CompressedArchive[], index: number, how: RollUp): PointRun {
  let rolledUp = new PointRun(0);
  for (const [i, archive] of archives.slice(0, index).entries()) {
    const coarser = archives[i + 1]!;
    if (archive.buffer === undefined) continue;
    // What is rolled up from finer archives replaces what waits for the same interval.
    const waiting = archive.buffer.points();
    for (let j = 0; j < rolledUp.length; j++) waiting.pushFrom(rolledUp, j);
    const latest = lastOfEach(waiting.sorted(), archive.step);
    const points = archive.keepsLate ? withStored(archive, latest, coarser.step) : latest;
    const earliest = i === index - 1 ? earliestShown(coarser) : earliestTaken(coarser);
    rolledUp = rollUp(points, coarser.step, archive.buffer.slots, earliest, how);
  }
  return rolledUp;
}

/**
 * Points that wait, and what the blocks hold of the same coarser intervals.
 *
 * @param waiting  by rising time
 */
function withStored({ ring }: CompressedArchive, waiting: PointRun, step: number): PointRun {
  const all = new PointRun();
  for (const { interval, start, end } of groupPoints(waiting, step)) {
    const stored = new PointRun(0);
    // Damage in an old block is told when its own archive is read.
    if (interval <= ring.latest) ring.read(interval, interval + step - 1, stored, true);
    all.pushRun(mergePoints(stored, waiting.part(start, end)).points);
  }
  return all;
}

/** The first interval that would not come too late for the buffer of an archive, from which it is rolled up further. */
function earliestTaken({ buffer, keepsLate }: CompressedArchive): number {
  return keepsLate ? 0 : (buffer?.oldestAllowed() ?? 0);
}

/** The first interval that would not come too late for an archive: for its blocks, or for its buffer. */
function earliestShown({ ring, buffer, keepsLate }: CompressedArchive): number {
  return keepsLate ? 0 : Math.max(ring.latest + 1, buffer?.oldestAllowed() ?? 0);
}

/** The coarser intervals from `earliest` on of which enough is known. */
function rollUp(points: PointRun, step: number, ratio: number, earliest: number, how: RollUp): PointRun {
  const made = new PointRun();
  for (const { interval, start, end } of groupPoints(points, step)) {
    const isEnough = Math.fround((end - start) / ratio) >= how.xFilesFactor;
    if (isEnough && interval >= earliest) {
      made.pushValue(interval, aggregateList(points.values.slice(start, end), how));
    }
  }
  return made;
}

/**
 * As go-whisper shows them: the newest interval only if the last slot of unit 1 is free, no interval asked how much of
 * it is known, nothing at all behind a first one before `from`, and one of two values of the same interval
 * (doc/format.md, quirk 30).
 */
export function waitingValuesAsGo(
  archives: readonly CompressedArchive[],
  index: number,
  from: number,
  until: number,
  how: RollUp,
): PointRun {
  let carried = new PointRun(0);
  for (const [i, archive] of archives.slice(0, index).entries()) {
    const coarser = archives[i + 1]!;
    const items = new PointRun();
    for (let j = 0; j < carried.length; j++) items.pushFrom(carried, j);
    for (const { timestamp, high, low } of archive.buffer?.slotsInOrder() ?? [])
      items.push(timestamp, high, low);
    carried = closedGroups(items, coarser.step, how);
  }
  const sorted = carried.sorted();
  let shown = 0;
  while (shown < sorted.length && sorted.timestamps[shown]! >= from && sorted.timestamps[shown]! <= until)
    shown++;
  return sorted.part(0, shown);
}

/** Groups neighbours of one interval; a group counts once another one follows. */
function closedGroups(items: PointRun, step: number, how: RollUp): PointRun {
  const made = new PointRun();
  let values: number[] = [];
  let base = 0;
  for (let i = 0; i < items.length; i++) {
    const timestamp = items.timestamps[i]!;
    if (timestamp === 0 && i < items.length - 1) continue;
    const interval = floorTo(timestamp, step);
    if (base !== 0 && interval !== base) {
      made.pushValue(base, aggregateList(Float64Array.from(values), how));
      values = [];
    }
    values.push(items.values[i]!);
    base = interval;
  }
  return made;
}

/** What a mix file's archive `index` does not have yet, made from the base: up to `until`. */
export function waitingMixValues(
  archives: readonly CompressedArchive[],
  index: number,
  from: number,
  until: number,
  xFilesFactor: number,
  isLenient: boolean,
): PointRun {
  const points = new PointRun();
  archives[0]!.ring.read(from, until, points, isLenient);
  return groupMix(archives, points, xFilesFactor).get(index) ?? new PointRun(0);
}
