/** Whole blocks: columns of points into bytes, and back. */
import { WhisperError } from '../errors.js';
import { PointRun } from '../format/point-run.js';
import { loadKernel } from '../kernel/kernel.js';
import { DECODER_SLACK, decodePoints } from './block-decoder.js';
import { type BlockOptions, checkBytes, checkOptions } from './block-options.js';
import type { BlockPoints } from './block-points.js';
import { traceBlock } from './block-trace.js';
import { BlockWriter } from './block-writer.js';

/** The points of a block. */
export interface BlockColumns {
  /** Unix seconds, rising. */
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

/**
 * Encodes points into a block of their own: the first one as it is, the bits of the others, the end marker.
 *
 * The bytes are those that stand at the beginning of such a block in a file. No points make no bytes.
 *
 * @throws WhisperError `WSP_BAD_TIMESTAMP` for times that are not whole, not rising, not from 1 to 2³² − 1, or not whole
 *   steps apart, which the format cannot hold; `WSP_BAD_VALUE`, `WSP_BAD_OPTION`
 */
export function encodeBlock(points: BlockPoints, options: BlockOptions): Uint8Array {
  checkOptions(options, ['step'], 'encodeBlock');
  return new BlockWriter(options).append(points).bytes;
}

/**
 * Decodes a block; what follows its end marker is left aside. No bytes hold no points.
 *
 * @throws WhisperError `WSP_CORRUPT` for bytes that no encoder writes or that were cut off; `WSP_BAD_OPTION`
 */
export function decodeBlock(bytes: Uint8Array, options: BlockOptions): BlockColumns {
  checkOptions(options, ['step'], 'decodeBlock');
  checkBytes(bytes, 'decodeBlock');
  const points = new PointRun();
  if (bytes.length > 0) decodeInto(points, bytes, options);
  return points.columns();
}

function decodeInto(points: PointRun, bytes: Uint8Array, options: BlockOptions): void {
  const kernel = loadKernel();
  const memory = kernel?.bytes(bytes.length) ?? null;
  const padded = memory ?? new Uint8Array(bytes.length + DECODER_SLACK);
  padded.set(bytes);
  const { count, end, damage, isRising } = decodePoints(
    padded,
    bytes.length,
    options.step,
    points,
    { until: Number.POSITIVE_INFINITY },
    memory === null ? null : kernel,
  );
  if (damage !== undefined) {
    throw new WhisperError('WSP_CORRUPT', {
      found: `a block with ${damage}`,
      expected: `a whole one; ${count} points up to byte ${end >>> 3} can be read`,
    });
  }
  if (!isRising) throw notRising(bytes, options);
}

/** Says where the times of a block stop rising: of the trace, because the decoder has no time to remember it. */
function notRising(bytes: Uint8Array, options: BlockOptions): WhisperError {
  for (const piece of traceBlock(bytes, options)) {
    if (piece.kind !== 'time' || piece.isRising) continue;
    const { point, timestamp, bit } = piece;
    return new WhisperError('WSP_CORRUPT', {
      found: `a block with timestamp ${timestamp} at byte ${bit >>> 3} (point ${point}), not after the one before`,
      expected: 'rising timestamps',
    });
  }
  throw new Error('the decoder found times that do not rise, and the trace finds none');
}
