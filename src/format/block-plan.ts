/** How large the blocks of an archive are and how many: from its points and the bytes expected for each of them. */
import { UINT32_MAX } from '../bytes/integers.js';
import { WhisperError } from '../errors.js';
import type { AggregationSpec } from './aggregation-spec.js';
import { END_MARKER_SIZE, SMALLEST_SOUND_BLOCK } from './block-size.js';
import { type CompressedArchiveInfo, planMetadata } from './compressed-header.js';
import { NO_POINT } from './raw-point.js';
import type { Retention } from './retention.js';

/** Points per block where nothing else was asked for. */
export const USUAL_POINTS_PER_BLOCK = 7200;
/** Bytes expected for a point where nothing else was asked for. */
export const USUAL_POINT_SIZE = 2;
/** The most bytes that are ever expected for a point; the longest possible takes 14.125. */
export const LARGEST_POINT_SIZE = 14;
/** A hint counts for archives of at least so many blocks. */
const FEWEST_BLOCKS = 3;
/** Up to so many points stand in one block. */
const FEW_POINTS = 256;
const SPARE_POINTS = 16;

/** Points of a block that suit an archive of `points`, given the hint of the file; 0 stands for the usual one. */
export function suitablePointsPerBlock(points: number, asked: number): number {
  const hint = asked || USUAL_POINTS_PER_BLOCK;
  if (points >= FEWEST_BLOCKS * hint) return hint;
  return points > FEW_POINTS ? Math.floor((points + SPARE_POINTS) / 4) : points + SPARE_POINTS;
}

/** One archive to be laid out. */
export interface PlannedArchive extends Retention {
  readonly spec?: AggregationSpec | undefined;
  /** Bytes expected for a point; left out or 0 for those of the file. */
  readonly pointSize?: number | undefined;
  /** Blocks, if they are not to be computed. */
  readonly blockCount?: number | undefined;
}

/**
 * Lays a compressed file out.
 *
 * @param hint       points per block
 * @param pointSize  bytes expected for a point, single precision
 * @throws WhisperError `WSP_BAD_ARCHIVE_LIST` for a file that 32-bit offsets do not reach through
 */
export function planBlocks(
  planned: readonly PlannedArchive[],
  hint: number,
  pointSize: number,
): { archives: CompressedArchiveInfo[]; metadataSize: number; fileSize: number } {
  const sized = planned.map((archive) => sizeBlocks(archive, hint, pointSize));
  const isMix = planned.some(({ spec }) => spec !== undefined);
  const { size } = planMetadata(sized, isMix);
  let end = size;
  const archives = sized.map((archive) => {
    const offset = end;
    end += archive.blockSize * archive.blockCount;
    return { ...archive, offset, current: currentBlockAt(offset), discarded: 0, growths: 0 };
  });
  if (end > UINT32_MAX + 1) {
    throw new WhisperError('WSP_BAD_ARCHIVE_LIST', {
      found: `a file of ${end} bytes`,
      expected: `at most ${UINT32_MAX + 1}`,
    });
  }
  return { archives, metadataSize: size, fileSize: end };
}

function sizeBlocks({ step, points, spec, ...given }: PlannedArchive, hint: number, usual: number) {
  const suitable = suitablePointsPerBlock(points, hint);
  const asked = given.pointSize || usual;
  // Below the base of a mix file sizes are taken as they come, and the hint as it is (quirks 10 and 11).
  const pointSize = spec === undefined ? sanePointSize(asked) : asked;
  const pointsPerBlock = spec === undefined ? suitable : hint || USUAL_POINTS_PER_BLOCK;
  const blockSize = Math.ceil(pointsPerBlock * pointSize) + END_MARKER_SIZE;
  const archive = {
    step,
    points,
    pointSize,
    blockSize: given.blockCount === undefined ? blockSize : holdingPoints(blockSize),
    blockCount: given.blockCount ?? Math.ceil(points / suitable) + 1,
  };
  return spec === undefined ? archive : { ...archive, spec };
}

/**
 * Of a file that is made anew nobody asked for the sizes: where a small estimate meets a hint that is smaller than the
 * former one, or a header says nonsense, points would run over into the next block.
 */
function holdingPoints(blockSize: number): number {
  return blockSize >= SMALLEST_SOUND_BLOCK ? blockSize : SMALLEST_SOUND_BLOCK;
}

/** Brings the expected bytes of a point between what is no size and what is larger than any. */
export function sanePointSize(size: number): number {
  if (!(size > 0)) return USUAL_POINT_SIZE;
  return Math.min(size, LARGEST_POINT_SIZE);
}

/** The state of an archive that nothing was written to. */
function currentBlockAt(offset: number) {
  return {
    index: 0,
    first: NO_POINT,
    latest: NO_POINT,
    previous: NO_POINT,
    lastByte: 0,
    lastByteOffset: offset,
    bitPosition: 7,
    count: 0,
    crc: 0,
  };
}
