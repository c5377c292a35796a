/** Buffers of a compressed file that is made anew with other archives: which of them the new file takes over. */
import type { WriteBuffer } from '../archive/write-buffer.js';
import { loadImage } from '../database/compressed-image.js';
import type { Database } from '../database/database.js';
import type { CompressedInfo } from '../database/info.js';
import type { BlockRange } from '../format/block-range.js';
import type { PointRun } from '../format/point-run.js';
import { lastSettled } from './unfinished.js';

/** The buffer of each archive, where there is one to be taken over. */
export type Buffers = readonly (WriteBuffer | undefined)[];

/**
 * A buffer goes with its archive if the next one has the same step as before. What waits in it, and what is made of it
 * in the coarser archives, then goes on waiting; of an archive whose buffer does not fit everything goes to blocks.
 *
 * The coarser archives of a mix all store what is over, and all wait with what is not: from where the last of them ends
 * on they are made of the base together, so none of them may be behind it.
 *
 * @param points  for each archive all that it shall hold
 * @returns       with the buffers, for each archive the last time that is to be stored in its blocks
 */
export function handOver(
  source: Database,
  info: CompressedInfo,
  points: readonly PointRun[],
  now: number,
): { buffers: Buffers; reached: readonly number[] } {
  const { aggregation, archives } = info;
  const from = source.info as CompressedInfo;
  const isMix = aggregation === 'mix';
  const shared = isMix === (from.aggregation === 'mix') ? countShared(from.archives, archives) : 0;
  const image = loadImage(source.toBytes());
  const buffers = archives.map((_, i) => (i + 1 < shared ? image.archives[i]!.buffer : undefined));
  const reached = archives.map((_, i) => {
    if (isMix) return lastSettled(info, i, points, now);
    const waits = i < shared && (i + 1 < shared || i + 1 === from.archives.length);
    return waits ? greatestEnd(from.archives[i]!.ranges) : Number.POSITIVE_INFINITY;
  });
  return { buffers, reached };
}

/** How many archives, from the base on, have the same steps. */
function countShared(a: CompressedInfo['archives'], b: CompressedInfo['archives']): number {
  let shared = 0;
  while (shared < a.length && a[shared]!.step === b[shared]?.step) shared++;
  return shared;
}

/** Time of the last point in blocks; 0 if there is none. */
export function greatestEnd(ranges: readonly BlockRange[]): number {
  return ranges.reduce((greatest, { end }) => Math.max(greatest, end), 0);
}
