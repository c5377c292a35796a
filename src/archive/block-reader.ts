/** Blocks of a ring as they are read: their points, and whether these are what the ring tells of them. */
import { crc32, formatCrc } from '../bytes/crc32.js';
import {
  type BlockMark,
  DECODER_SLACK,
  type Decoded,
  type DecodeLimits,
  decodePoints,
} from '../codec/block-decoder.js';
import { WhisperError } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import type { BlockRange } from '../format/block-range.js';
import { END_MARKER_SIZE } from '../format/block-size.js';
import type { CompressedArchiveInfo } from '../format/compressed-header.js';
import type { PointSink } from '../format/point-run.js';
import { loadKernel } from '../kernel/kernel.js';

/** A block's range with its place in the ring. */
export interface IndexedRange extends BlockRange {
  readonly index: number;
}

/** A block as it was read. */
export interface ReadBlock extends IndexedRange {
  /** Byte of the file where it begins. */
  readonly offset: number;
  readonly isCurrent: boolean;
  /** CRC-32 of the bytes that the stored one is of. */
  readonly computedCrc: number;
  readonly decoded: Decoded;
}

/** Places inside a block from which decoding can go on, as long as the block is what its range said then. */
interface Marked extends Pick<BlockRange, 'count' | 'crc'> {
  readonly marks: BlockMark[];
}

export class BlockReader {
  readonly #file: ByteFile;
  readonly #info: Pick<CompressedArchiveInfo, 'offset' | 'blockSize' | 'step'>;
  readonly #marked = new Map<number, Marked>();
  #bytes = new Uint8Array(0);

  constructor(file: ByteFile, info: Pick<CompressedArchiveInfo, 'offset' | 'blockSize' | 'step'>) {
    this.#file = file;
    this.#info = info;
  }

  /** Reads a block from the nearest place that is known in it; returns what is wrong with it. */
  readSound(
    range: IndexedRange,
    written: number | undefined,
    into: PointSink,
    limits: DecodeLimits,
  ): string | undefined {
    const { index, count, crc } = range;
    let marked = this.#marked.get(index);
    if (marked?.crc !== crc || marked.count !== count) marked = { crc, count, marks: [] };
    const damage = damageOf(this.read(range, written, into, { ...limits, marks: marked.marks }));
    if (damage === undefined) this.#marked.set(index, marked);
    else this.#marked.delete(index);
    return damage;
  }

  /**
   * Reads one block and looks at its checksum.
   *
   * @param written  bytes that have been written of the current block; undefined for another one
   */
  read(range: IndexedRange, written: number | undefined, into: PointSink, limits: DecodeLimits): ReadBlock {
    const { offset: first, blockSize, step } = this.#info;
    const offset = first + range.index * blockSize;
    // Of the current block only what has been written, with its end marker.
    const size = written ? Math.min(blockSize, written + END_MARKER_SIZE + 1) : blockSize;
    const kernel = loadKernel();
    const memory = kernel?.bytes(size) ?? null;
    const bytes = memory ?? this.#reserve(size + DECODER_SLACK);
    const length = this.#file.readAt(bytes, size, offset);
    const computedCrc = crc32(bytes.subarray(0, Math.min(written ?? length, length)));
    const decoded = decodePoints(bytes, length, step, into, limits, memory === null ? null : kernel);
    return { ...range, offset, isCurrent: written !== undefined, computedCrc, decoded };
  }

  #reserve(size: number): Uint8Array {
    if (this.#bytes.length < size) {
      try {
        this.#bytes = new Uint8Array(size);
      } catch (error) {
        throw new WhisperError('WSP_SYSTEM', {
          found: `a block of ${size} bytes does not fit into memory`,
          cause: error,
        });
      }
    }
    return this.#bytes;
  }
}

/** What is wrong with a block that was read up to some limit; undefined if nothing is. */
export function damageOf({ count, crc, computedCrc, decoded }: ReadBlock): string | undefined {
  if (decoded.damage !== undefined) return decoded.damage;
  if (computedCrc !== crc) return `its CRC is ${formatCrc(computedCrc)}, and ${formatCrc(crc)} is stored`;
  if (!decoded.isRising) return 'its times do not increase';
  if (decoded.isComplete && decoded.count <= count) {
    return `it ends after ${decoded.count} points, and ${count + 1} are stored in its range`;
  }
  return undefined;
}
