/** Points as whole blocks: what is put in the place of blocks whose points have changed. */
import { crc32 } from '../bytes/crc32.js';
import { type Appended, type BlockEncoder, type BlockState, EMPTY_BLOCK } from '../codec/block-encoder.js';
import type { PointRun } from '../format/point-run.js';

/** A block as it is to stand in a ring. */
export interface EncodedBlock {
  /** From its beginning: all of a closed block, of an open one up to the byte behind its end marker. */
  readonly bytes: Uint8Array;
  readonly state: BlockState;
}

/** Into what blocks points go. */
export interface BlockShape {
  /** Seconds between points. */
  readonly step: number;
  /** Bytes of a block. */
  readonly blockSize: number;
  /** Whether points can still be appended to the last one. */
  readonly isLastOpen: boolean;
}

/**
 * Encodes points into as many blocks as they take.
 *
 * @param points  rising
 * @param target  bytes that each of the blocks is filled to at most; up to `blockSize`
 */
export function encodeBlocks(
  encoder: BlockEncoder,
  points: PointRun,
  { step, blockSize, isLastOpen }: BlockShape,
  target: number,
): EncodedBlock[] {
  const blocks: EncodedBlock[] = [];
  for (let next = 0; next < points.length; ) {
    const appended = encoder.append(EMPTY_BLOCK, points, next, points.length, step, target);
    next = appended.next;
    const isOpen = isLastOpen && next === points.length;
    blocks.push(isOpen ? openBlock(appended) : closedBlock(appended, blockSize));
  }
  return blocks;
}

/** The bytes are the encoder's until it is used again, hence the copies. */
function openBlock({ bytes, state }: Appended): EncodedBlock {
  return { bytes: bytes.slice(), state };
}

/** Zeros follow the end marker, and the CRC is that of the whole block, however much of it is used. */
function closedBlock({ bytes, state }: Appended, blockSize: number): EncodedBlock {
  const whole = new Uint8Array(blockSize);
  whole.set(bytes);
  return { bytes: whole, state: { ...state, crc: crc32(whole) } };
}
