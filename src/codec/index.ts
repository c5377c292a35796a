/** The door `sotto/codec`: blocks of compressed points, for those who keep the bytes themselves. */

export { type ErrorDetails, WhisperError, type WhisperErrorCode } from '../errors.js';
export type { RawPoint } from '../format/raw-point.js';
export { type BlockColumns, decodeBlock, encodeBlock } from './block.js';
export type { BlockState } from './block-encoder.js';
export type { BlockOptions } from './block-options.js';
export type { BlockPoints } from './block-points.js';
export {
  type BlockPiece,
  type DamagePiece,
  type EndPiece,
  type FirstPointPiece,
  type PaddingPiece,
  type TimePiece,
  traceBlock,
  type ValuePiece,
} from './block-trace.js';
export { type BlockPatch, BlockWriter, type BlockWriterOptions } from './block-writer.js';
