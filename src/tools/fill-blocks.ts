import type { CompressedArchive } from '../archive/compressed-archive.js';
import type { WriteBuffer } from '../archive/write-buffer.js';
import { estimatePointSize } from '../codec/point-size.js';
import { CompressedImage, type ImageSettings } from '../database/compressed-image.js';
import { WhisperError } from '../errors.js';
import type { Dialect } from '../format/aggregation-method.js';
import {
  LARGEST_POINT_SIZE,
  type PlannedArchive,
  suitablePointsPerBlock,
  USUAL_POINTS_PER_BLOCK,
} from '../format/block-plan.js';
import { END_MARKER_SIZE, SMALLEST_SOUND_BLOCK } from '../format/block-size.js';
import type { PointRun } from '../format/point-run.js';

/**
 * Makes a compressed file of points that are there already: blocks sized by how the points compress, and the points in
 * them.
 *
 * Archives without points stay untouched; go-whisper leaves an end marker in them, which a later growth takes for a
 * point (doc/format.md, quirk 24).
 *
 * @param points   for each archive, by rising time
 * @param hint     points per block that the sizes are estimated for; those of `settings` if left out
 * @param buffers  for each archive the buffer to be taken over, if there is one
 */
export function fillBlocks(
  settings: ImageSettings,
  archives: readonly PlannedArchive[],
  points: readonly PointRun[],
  dialect: Dialect,
  {
    hint,
    buffers = [],
  }: { readonly hint?: number; readonly buffers?: readonly (WriteBuffer | undefined)[] } = {},
): Uint8Array {
  const planned: PlannedArchive[] = archives.map((archive, i) => {
    const perBlock =
      hint === undefined
        ? settings.pointsPerBlock || USUAL_POINTS_PER_BLOCK
        : suitablePointsPerBlock(archive.points, hint);
    const pointSize = estimatePointSize(points[i]!, perBlock, archive.step, settings.pointSize);
    return { ...archive, pointSize: dialect === 'go' ? pointSize : soundPointSize(pointSize, perBlock) };
  });
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const image = new CompressedImage(settings, planned);
    const lost = image.archives.findIndex((archive, i) => {
      const run = points[i]!;
      if (run.length > 0) archive.append(run);
      return countStored(archive) + archive.discarded < countMeant(run);
    });
    if (lost === -1 || dialect === 'go') {
      for (const [i, buffer] of buffers.entries()) {
        if (buffer !== undefined) image.archives[i]!.buffer?.copyFrom(buffer);
      }
      return image.finish();
    }
    const { info } = image.archives[lost]!;
    planned[lost] = enlarge(planned[lost]!, info.pointSize, info.blockCount);
  }
  throw new WhisperError('WSP_CORRUPT', {
    found: `points that do not fit into ${planned.map(({ blockCount }) => blockCount ?? 'as many')} blocks`,
    expected: 'a header by whose numbers there is room for them',
  });
}

/** How often archives are given more room: sixteen times as much in the end, and more. */
const MOST_ROUNDS = 64;

/** Points but for those of time 0, which mean none and are stored nowhere. */
function countMeant({ timestamps, length }: PointRun): number {
  let first = 0;
  while (first < length && timestamps[first] === 0) first++;
  return length - first;
}

/** At least as large that a block has room for its first point and one to follow. */
function soundPointSize(pointSize: number, pointsPerBlock: number): number {
  return Math.max(pointSize, Math.fround((SMALLEST_SOUND_BLOCK - END_MARKER_SIZE) / pointsPerBlock));
}

/** How many points stand in the blocks of an archive. */
function countStored({ ring, info }: CompressedArchive): number {
  let stored = 0;
  for (let i = 0; i < info.blockCount; i++) {
    const { start, count } = ring.range(i);
    if (start !== 0) stored += count + 1;
  }
  return stored;
}

/** More room for an archive whose ring came round: the estimate is of a part of the points only (quirk 28). */
function enlarge(archive: PlannedArchive, pointSize: number, blockCount: number): PlannedArchive {
  return pointSize < LARGEST_POINT_SIZE
    ? { ...archive, pointSize: LARGEST_POINT_SIZE }
    : { ...archive, pointSize, blockCount: blockCount + Math.ceil(blockCount / 8) };
}
