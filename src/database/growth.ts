/**
 * Growth of a compressed file: where points take more bytes than was expected, the ring would come round before its
 * retention is over, so the file is made anew with larger blocks.
 */
import { damageOf } from '../archive/block-reader.js';
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

/** By how much more a ring is to hold with each step that it is made larger. */
const STEP = 1.5;

/**
 * As {@link growIfNeeded}, for rings that have no room for late points: larger blocks, or, where they are as large as can
 * be, more of them.
 *
 * @param enlargements  by how many steps the ring of an archive is made larger
 */
export function makeRoom(
  header: CompressedHeader,
  archives: readonly CompressedArchive[],
  enlargements: ReadonlyMap<number, number>,
  dialect: Dialect,
): Growth {
  const wanted = archives.map(({ info }, i) => {
    const steps = enlargements.get(i);
    return steps === undefined ? undefined : Math.max(info.pointSize, 1) * STEP ** steps;
  });
  const larger = wanted.map((size) => size && Math.fround(Math.min(size, LARGEST_POINT_SIZE)));
  const times = wanted.map((size) => Math.max(1, (size ?? 0) / LARGEST_POINT_SIZE));
  return rebuild(header, archives, larger, dialect, times);
}

/**
 * @param larger  for each archive the point size that it shall have; undefined for the one it has
 * @param times   for each archive how many times as many blocks
 */
function rebuild(
  header: CompressedHeader,
  archives: readonly CompressedArchive[],
  larger: readonly (number | undefined)[],
  dialect: Dialect,
  times: readonly number[] = archives.map(() => 1),
): Growth {
  if (larger.every((size) => size === undefined)) return 'none';
  const planned = archives.map(({ info, step, points, spec }, i) => {
    // Archives of one retention have the block count of the first of them.
    const level = archives.find((other) => other.step === step) ?? archives[i]!;
    const pointSize = larger[i] ?? info.pointSize;
    // With a hint above the usual one the new blocks are for fewer points, and as many of them would not do.
    const needed =
      dialect === 'go' ? 0 : blocksForAsMany(points, level.info.blockCount, header.pointsPerBlock);
    const more = times[archives.indexOf(level)]!;
    const blockCount = Math.min(points + 1, Math.ceil(Math.max(level.info.blockCount, needed) * more));
    return { step, points, spec, pointSize, blockCount };
  });
  const settings = settingsAnew(header);
  if (!isInProportion(planned, settings, archives)) return 'waits';
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

/** What a grown file may have beyond so many times the bytes of the blocks there are. */
const MOST_ADDED = 12 * 1024 * 1024;
const MOST_TIMES = 256;

/** A byte of blocks holds four points at best; a file laid out for more than sixteen times as many was not laid out by anyone. */
const MOST_POINTS_PER_BYTE = 64;
/** What any file may claim beyond that. */
const CLAIMS_ALLOWED = 1 << 18;

/**
 * Whether a file so planned is one that 32-bit offsets reach through, and in proportion to the one there is: a header can
 * claim points and a hint that a few hundred bytes would grow to gigabytes by.
 */
function isInProportion(
  planned: readonly PlannedArchive[],
  { pointsPerBlock, pointSize }: ImageSettings,
  archives: readonly CompressedArchive[],
): boolean {
  const room = archives.reduce((sum, { info }) => sum + info.blockSize * info.blockCount, 0);
  const claimed = planned.reduce((sum, { points }) => sum + points, 0);
  if (claimed > CLAIMS_ALLOWED + MOST_POINTS_PER_BYTE * room) return false;
  try {
    return planBlocks(planned, pointsPerBlock, pointSize).fileSize <= MOST_ADDED + MOST_TIMES * room;
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
