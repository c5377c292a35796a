/**
 * How many bytes a point will take, told by a trial: points are encoded into blocks that are thrown away.
 *
 * The result sizes the blocks of a file that is made from points that are there already, in conversion and backfill.
 * It stands in the file's headers, so that every rounding and the quirk below decide over the file's bytes.
 */
import { LARGEST_POINT_SIZE, USUAL_POINT_SIZE } from '../format/block-plan.js';
import { END_MARKER_SIZE } from '../format/block-size.js';
import type { PointRun } from '../format/point-run.js';
import { BlockEncoder, EMPTY_BLOCK } from './block-encoder.js';

/** Of fewer points a trial says nothing. */
const FEWEST_POINTS = 30;
/** Added to what the trial gave, so that the blocks are not quite full in the end; single precision. */
const SPARE_POINT_SIZE = Math.fround(0.618);

/**
 * Estimates the bytes of a point.
 *
 * The trial blocks hold {@link LARGEST_POINT_SIZE} bytes a point. Where one is too small for its points all the same,
 * most of the points behind it are passed over (doc/format.md, quirk 28).
 *
 * @param points          by rising time
 * @param pointsPerBlock  at least 1
 * @param step            seconds between points
 * @param usual           bytes of a point where there are too few for a trial
 * @returns               bytes, single precision
 */
export function estimatePointSize(
  points: PointRun,
  pointsPerBlock: number,
  step: number,
  usual = USUAL_POINT_SIZE,
): number {
  const total = points.length;
  if (total < FEWEST_POINTS) return usual;
  const blockSize = pointsPerBlock * LARGEST_POINT_SIZE + END_MARKER_SIZE;
  const encoder = new BlockEncoder();
  let size = 0;
  for (let start = 0; start < total; ) {
    const end = Math.min(start + pointsPerBlock, total);
    const trial = encoder.append(EMPTY_BLOCK, points, start, end, step, blockSize);
    size += trial.isFull ? blockSize : trial.bytes.length;
    start = trial.isFull ? start + total - (end - trial.next) : end;
  }
  const perPoint = Math.fround(Math.fround(size) / Math.fround(total));
  return perPoint > 0 ? Math.fround(perPoint + SPARE_POINT_SIZE) : usual;
}
