/** Points into the archives of a compressed file that is no mix, and rolled up from each to the next. */
import type { PointRun } from '../format/point-run.js';
import type { Appended } from './block-ring.js';
import { type CompressedArchive, lastOfEach, type RollUp } from './compressed-archive.js';

/** What became of points that were stored. */
export interface StoredPoints {
  /** Discarded, since they came too late; what is discarded as it leaves the buffer is only counted in the archive. */
  readonly late: number;
  /** Those that took the place of one in the buffer. */
  readonly replaced: number;
}

/**
 * Stores points in archive `index` of a file that is no mix, and rolls up what leaves its buffer.
 *
 * Level by level: what a batch makes leave a buffer goes to the blocks at once, and what is rolled up of it then to the
 * next level, interval by interval.
 *
 * @param points  by rising time
 */
export function storePoints(
  archives: readonly CompressedArchive[],
  index: number,
  points: PointRun,
  how: RollUp,
): StoredPoints {
  const archive = archives[index]!;
  const aligned = lastOfEach(points, archive.step);
  const coarser = archives[index + 1];
  if (archive.buffer === undefined || coarser === undefined) {
    return { late: appendOwn(archive, aligned).late, replaced: 0 };
  }
  const passage = archive.passage(archive.buffer, coarser.step);
  archive.isOwn = true;
  const late = passage.store(aligned, 0, aligned.length, how);
  const rolledUp = passage.finish();
  archive.isOwn = false;
  passOn(archives, index + 1, rolledUp, how);
  return { late, replaced: passage.replaced };
}

/** Appends points of the caller's to the blocks of an archive. */
export function appendOwn(archive: CompressedArchive, points: PointRun): Appended {
  archive.isOwn = true;
  const appended = archive.append(points);
  archive.isOwn = false;
  return appended;
}

/**
 * Stores rolled-up points in archive `index`, interval by interval, and what that rolls up in the archives behind it.
 *
 * @param points  by rising time
 */
export function passOn(
  archives: readonly CompressedArchive[],
  index: number,
  points: PointRun,
  how: RollUp,
): void {
  let rolledUp = points;
  for (let level = index; rolledUp.length > 0; level++) {
    const made = archives[level]!;
    const next = archives[level + 1];
    if (made.buffer === undefined || next === undefined) {
      made.append(rolledUp);
      break;
    }
    const further = made.passage(made.buffer, next.step);
    for (let i = 0; i < rolledUp.length; i++) further.store(rolledUp, i, i + 1, how);
    rolledUp = further.finish();
  }
}
