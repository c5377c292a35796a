/**
 * Growth of a compressed file: where points take more bytes than was expected, the ring would come round before its
 * retention is over, so the file is made anew with larger blocks.
 */
import { damageOf } from '../archive/block-ring.js';
import type { CompressedArchive } from '../archive/compressed-archive.js';
import { WhisperError } from '../errors.js';
import type { Dialect } from '../format/aggregation-method.js';
import {
  LARGEST_POINT_SIZE,
  type PlannedArchive,
  planBlocks,
  suitablePointsPerBlock,
  USUAL_POINTS_PER_BLOCK,
} from '../format/block-plan.js';
import type { CompressedHeader } from '../format/compressed-header.js';
import { PointRun } from '../format/point-run.js';
import { CompressedImage, type ImageSettings, settingsAnew } from './compressed-image.js';

/** What is put on top, in bytes a point, so that a file does not grow again at once. */
const RESERVE = Math.fround(0.618);

/** Whether a file has to grow: not, not as it is now, or to these bytes. */
export type Growth = 'none' | 'waits' | Uint8Array;

/**
 * Makes the grown file, if any archive asks for it.
 *
 * The new file has as many blocks as before (doc/format.md, quirk 22), unless these could not hold as much. Growth
 * waits if the new file would be too large for the format, or while a block is damaged, since what is in it would be
 * lost for good.
 *
 * @param archives  of the file with this header, as they are by now
 */
export function growIfNeeded(
  header: CompressedHeader,
  archives: readonly CompressedArchive[],
  dialect: Dialect,
): Growth {
  return rebuild(header, archives, archives.map(largerPointSize), dialect);
}

/** As {@link growIfNeeded}, with room for the longest points, whatever those are that the file holds. */
export function growFully(
  header: CompressedHeader,
  archives: readonly CompressedArchive[],
  dialect: Dialect,
): Growth {
  const larger = archives.map(({ info }) =>
    info.pointSize < LARGEST_POINT_SIZE ? LARGEST_POINT_SIZE : undefined,
  );
  return rebuild(header, archives, larger, dialect);
}

/** @param larger  for each archive the point size that it shall have; undefined for the one it has */
function rebuild(
  header: CompressedHeader,
  archives: readonly CompressedArchive[],
  larger: readonly (number | undefined)[],
  dialect: Dialect,
): Growth {
  if (larger.every((size) => size === undefined)) return 'none';
  const planned = archives.map(({ info, step, points, spec }, i) => {
    // Archives of one retention have the block count of the first of them.
    const level = archives.find((other) => other.step === step) ?? archives[i]!;
    const pointSize = larger[i] ?? info.pointSize;
    // With a hint above the usual one the new blocks are for fewer points, and as many of them would not do.
    const needed =
      dialect === 'go' ? 0 : blocksForAsMany(points, level.info.blockCount, header.pointsPerBlock);
    const blockCount = Math.max(level.info.blockCount, needed);
    return { step, points, spec, pointSize, blockCount };
  });
  const settings = settingsAnew(header);
  if (!fitsOffsets(planned, settings)) return 'waits';
  const moved = archives.map(readBlocks);
  if (!moved.every((blocks) => blocks !== undefined)) return 'waits';
  const image = new CompressedImage(settings, planned);
  for (const [i, archive] of archives.entries()) {
    const grown = image.archives[i]!;
    if (archive.buffer !== undefined) grown.buffer?.copyFrom(archive.buffer);
    image.setCounters(i, archive.discarded, archive.info.growths + (larger[i] === undefined ? 0 : 1));
    for (const points of moved[i]!) grown.append(points);
  }
  return image.finish();
}

/** Blocks of the usual size for as many points as `count` blocks of another were for. */
function blocksForAsMany(points: number, count: number, hint: number): number {
  const meant = Math.min(points, count * suitablePointsPerBlock(points, hint));
  return Math.ceil(meant / suitablePointsPerBlock(points, USUAL_POINTS_PER_BLOCK)) + 1;
}

/** Whether a file so planned is one that 32-bit offsets reach through. */
function fitsOffsets(
  planned: readonly PlannedArchive[],
  { pointsPerBlock, pointSize }: ImageSettings,
): boolean {
  try {
    planBlocks(planned, pointsPerBlock, pointSize);
    return true;
  } catch (error) {
    if (error instanceof WhisperError && error.code === 'WSP_BAD_ARCHIVE_LIST') return false;
    throw error;
  }
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

/** The points of an archive, block by block; undefined if one of them is damaged. */
function readBlocks({ ring }: CompressedArchive): PointRun[] | undefined {
  const blocks: PointRun[] = [];
  for (const { index, start, count } of ring.sortedRanges()) {
    if (start === 0) continue;
    const points = new PointRun();
    const limits = index === ring.current.index ? { most: count + 1 } : {};
    if (damageOf(ring.readBlock(index, points, limits)) !== undefined) return undefined;
    blocks.push(points);
  }
  return blocks;
}
