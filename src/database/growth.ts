/**
 * Growth of a compressed file: where points take more bytes than was expected, the ring would come round before its
 * retention is over, so the file is made anew with larger blocks.
 */
import { damageOf } from '../archive/block-ring.js';
import type { CompressedArchive } from '../archive/compressed-archive.js';
import { LARGEST_POINT_SIZE, USUAL_POINT_SIZE, USUAL_POINTS_PER_BLOCK } from '../format/block-plan.js';
import type { CompressedHeader } from '../format/compressed-header.js';
import { PointRun } from '../format/point-run.js';
import { CompressedImage } from './compressed-image.js';

/** What is put on top, in bytes a point, so that a file does not grow again at once. */
const RESERVE = Math.fround(0.618);

/**
 * Makes the grown file, if any archive asks for it.
 *
 * The new file has the usual hint and point size in its header, whatever it was created with, and as many blocks as
 * before (doc/format.md, quirks 21 and 22).
 *
 * @param archives  of the file with this header, as they are by now
 * @returns         the bytes of the new file; undefined if none has to grow, or if growth must wait because a block is
 *                  damaged and what is in it would be lost for good
 */
export function growIfNeeded(
  header: CompressedHeader,
  archives: readonly CompressedArchive[],
): Uint8Array | undefined {
  const larger = archives.map(largerPointSize);
  if (larger.every((size) => size === undefined)) return undefined;
  const { aggregation, maxRetention, xFilesFactor } = header;
  const settings = {
    aggregation,
    maxRetention,
    xFilesFactor,
    pointsPerBlock: USUAL_POINTS_PER_BLOCK,
    pointSize: USUAL_POINT_SIZE,
  };
  const image = new CompressedImage(
    settings,
    archives.map(({ info, step, points, spec }, i) => {
      // Archives of one retention have the block count of the first of them.
      const level = archives.find((other) => other.step === step) ?? archives[i]!;
      const pointSize = larger[i] ?? info.pointSize;
      return { step, points, spec, pointSize, blockCount: level.info.blockCount };
    }),
  );
  for (const [i, archive] of [...archives.entries()].reverse()) {
    const grown = image.archives[i]!;
    if (archive.buffer !== undefined) grown.buffer?.copyFrom(archive.buffer);
    image.setCounters(i, archive.discarded, archive.info.growths + (larger[i] === undefined ? 0 : 1));
    if (!moveBlocks(archive, grown)) return undefined;
  }
  return image.finish();
}

/** The point size that an archive needs; undefined if the one it has will do. */
function largerPointSize({ ring, info }: CompressedArchive): number | undefined {
  // At the cap a new file would be laid out as this one is.
  if (info.spec === undefined && info.pointSize >= LARGEST_POINT_SIZE) return undefined;
  let blocks = 0;
  let points = 0;
  for (const { index, count } of ring.sortedRanges()) {
    if (index === ring.current.index) break;
    blocks++;
    // One less a block than there are (quirk 20).
    points += count;
  }
  if (points === 0) return undefined;
  const real = Math.fround(Math.fround(blocks * info.blockSize) / Math.fround(points));
  if (!(real > info.pointSize)) return undefined;
  return Math.fround(real - info.pointSize) < RESERVE ? Math.fround(real + RESERVE) : real;
}

/** Appends what the blocks of an archive hold to another; false if one of them is damaged. */
function moveBlocks(from: CompressedArchive, to: CompressedArchive): boolean {
  const points = new PointRun();
  for (const { index, start } of from.ring.sortedRanges()) {
    if (start === 0) continue;
    points.clear();
    const block = from.ring.readBlock(index, points, {});
    if (damageOf(block) !== undefined) return false;
    to.append(points);
  }
  return true;
}
