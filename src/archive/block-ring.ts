/**
 * The ring of blocks that a compressed archive is.
 *
 * Points go to the current block; when one does not fit any more, the block is closed and the next in the ring takes
 * its turn, which overwrites the oldest points. The block ranges tell which block holds which times.
 */
import { crc32, formatCrc } from '../bytes/crc32.js';
import { Extent } from '../bytes/extent.js';
import { UINT32_MAX } from '../bytes/integers.js';
import {
  type BlockMark,
  DECODER_SLACK,
  type Decoded,
  type DecodeLimits,
  decodePoints,
} from '../codec/block-decoder.js';
import { type BlockEncoder, type BlockState, EMPTY_BLOCK } from '../codec/block-encoder.js';
import { WhisperError } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import {
  BLOCK_RANGE_SIZE,
  type BlockRange,
  decodeBlockRange,
  encodeBlockRange,
} from '../format/block-range.js';
import { END_MARKER_SIZE } from '../format/block-size.js';
import type { CompressedArchiveInfo, CurrentBlock } from '../format/compressed-header.js';
import type { PointRun, PointSink } from '../format/point-run.js';
import { loadKernel } from '../kernel/kernel.js';

const ZEROS = new Uint8Array(64 * 1024);
/** Start and end of an empty block. */
const NOWHERE = 0;

/** A block's range with its place in the ring. */
export interface IndexedRange extends BlockRange {
  readonly index: number;
}

/** What became of points that were appended. */
export interface Appended {
  /** How many were not newer than the last one, and left out. */
  readonly late: number;
  /** Whether a block was closed. */
  readonly isRotated: boolean;
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

export class BlockRing {
  /** Which of the block ranges were changed since the last {@link settle}, in bytes from the first of them. */
  readonly touched = new Extent();
  readonly #info: CompressedArchiveInfo;
  readonly #file: ByteFile;
  readonly #encoder: BlockEncoder;
  readonly #ranges: DataView;
  #index: number;
  #state: BlockState;
  #overwritten = NOWHERE;
  #isRotated = false;
  /** The ranges by start; undefined when they have changed. */
  #sorted: IndexedRange[] | undefined;
  readonly #marked = new Map<number, Marked>();
  #bytes = new Uint8Array(0);

  /** @param ranges  the archive's block ranges in the metadata, which are changed there */
  constructor(file: ByteFile, info: CompressedArchiveInfo, ranges: Uint8Array, encoder: BlockEncoder) {
    this.#file = file;
    this.#info = info;
    this.#encoder = encoder;
    this.#ranges = new DataView(ranges.buffer, ranges.byteOffset, ranges.byteLength);
    this.#index = info.current.index;
    this.#state = stateOf(info);
  }

  /** How far the current block has been written, for the archive's header. */
  get current(): CurrentBlock {
    const { first, latest, previous, count, crc, at, partial, used } = this.#state;
    return {
      index: this.#index,
      first,
      latest,
      previous,
      lastByte: partial,
      lastByteOffset: this.#offsetOf(this.#index) + at,
      bitPosition: 7 - used,
      count,
      crc,
    };
  }

  /** Time of the last point that was stored; 0 if there is none. */
  get latest(): number {
    return this.#state.latest.timestamp;
  }

  /** Time of the last point overwritten by coming round since the last {@link settle}; 0 if there is none. */
  get overwritten(): number {
    return this.#overwritten;
  }

  /** Whether a block was closed since the last {@link settle}. */
  get isRotated(): boolean {
    return this.#isRotated;
  }

  /** Whether anything was appended since the last {@link settle}. */
  get isChanged(): boolean {
    return !this.touched.isEmpty;
  }

  /** What was changed has been written. */
  settle(): void {
    this.touched.clear();
    this.#overwritten = NOWHERE;
    this.#isRotated = false;
  }

  range(index: number): BlockRange {
    return decodeBlockRange(this.#ranges, index * BLOCK_RANGE_SIZE);
  }

  /** Every block's range, by start; empty ones last, in the order of their indices. */
  sortedRanges(): readonly IndexedRange[] {
    this.#sorted ??= this.#sortRanges();
    return this.#sorted;
  }

  #sortRanges(): IndexedRange[] {
    const ranges = Array.from({ length: this.#info.blockCount }, (_, index) => ({
      index,
      ...this.range(index),
    }));
    const place = (start: number) => (start === NOWHERE ? UINT32_MAX + 1 : start);
    return ranges.sort((a, b) => place(a.start) - place(b.start));
  }

  /** Time of the last point of all blocks; 0 if there is none. */
  greatestEnd(): number {
    let greatest = NOWHERE;
    for (let i = 0; i < this.#info.blockCount; i++) greatest = Math.max(greatest, this.range(i).end);
    return greatest;
  }

  /** Time of the first point of all blocks; 0 if there is none. */
  leastStart(): number {
    return this.sortedRanges()[0]!.start;
  }

  /** Appends points in their order; those that are not newer than the last one are left out. */
  append(points: PointRun): Appended {
    const { step, blockSize, blockCount } = this.#info;
    let late = 0;
    let isRotated = false;
    for (let next = 0; ; ) {
      const done = this.#encoder.append(this.#state, points, next, points.length, step, blockSize);
      this.#write(done.bytes, this.#offsetOf(this.#index) + done.position, done.zeros);
      late += done.late;
      next = done.next;
      this.#state = done.state;
      this.#setRange(
        done.state.first.timestamp,
        done.state.latest.timestamp,
        done.state.count,
        done.state.crc,
      );
      if (!done.isFull) return { late, isRotated };
      isRotated = true;
      this.#isRotated = true;
      this.#index = (this.#index + 1) % blockCount;
      this.#state = EMPTY_BLOCK;
      this.#overwritten = Math.max(this.#overwritten, this.range(this.#index).end);
    }
  }

  /**
   * Reads the points from `from` up to `until`, block by block in the order of their starts.
   *
   * @param isLenient  take what can be read of a damaged block
   * @throws WhisperError `WSP_CORRUPT` for a damaged block
   */
  read(from: number, until: number, into: PointSink, isLenient: boolean): void {
    for (const range of this.sortedRanges()) {
      if (range.start === NOWHERE || range.end < from || range.start > until) continue;
      const limits = { from, until, most: range.count + 1, isStrict: !isLenient };
      if (isLenient) {
        this.readBlock(range.index, into, limits);
        continue;
      }
      const damage = this.#readSound(range, into, limits);
      if (damage === undefined) continue;
      throw new WhisperError('WSP_CORRUPT', {
        found: `block ${range.index} of the ${this.#info.step} s archive, at byte ${this.#offsetOf(range.index)}: ${damage}`,
        expected: 'a whole block (force reads what is there)',
      });
    }
  }

  /** Reads a block from the nearest place that is known in it; returns what is wrong with it. */
  #readSound({ index, count, crc }: IndexedRange, into: PointSink, limits: DecodeLimits): string | undefined {
    let marked = this.#marked.get(index);
    if (marked?.crc !== crc || marked.count !== count) marked = { crc, count, marks: [] };
    const damage = damageOf(this.readBlock(index, into, { ...limits, marks: marked.marks }));
    if (damage === undefined) this.#marked.set(index, marked);
    else this.#marked.delete(index);
    return damage;
  }

  /** Reads one block and looks at its checksum. */
  readBlock(index: number, into: PointSink, limits: DecodeLimits): ReadBlock {
    const { blockSize, step } = this.#info;
    const isCurrent = index === this.#index;
    const offset = this.#offsetOf(index);
    // Of the current block only what has been written, with its end marker.
    const { at } = this.#state;
    const size = isCurrent && at > 0 ? Math.min(blockSize, at + END_MARKER_SIZE + 1) : blockSize;
    const kernel = loadKernel();
    const memory = kernel?.bytes(size) ?? null;
    const bytes = memory ?? this.#reserve(size + DECODER_SLACK);
    const length = this.#file.readAt(bytes, size, offset);
    const computedCrc = crc32(bytes.subarray(0, isCurrent ? Math.min(at, length) : length));
    const decoded = decodePoints(bytes, length, step, into, limits, memory === null ? null : kernel);
    return { index, ...this.range(index), offset, isCurrent, computedCrc, decoded };
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

  #write(bytes: Uint8Array, position: number, zeros: number): void {
    this.#file.writeAt(bytes, bytes.length, position);
    const end = position + bytes.length + zeros;
    for (let at = position + bytes.length; at < end; at += ZEROS.length) {
      this.#file.writeAt(ZEROS, Math.min(ZEROS.length, end - at), at);
    }
  }

  #setRange(start: number, end: number, count: number, crc: number): void {
    const at = this.#index * BLOCK_RANGE_SIZE;
    encodeBlockRange(this.#ranges, at, { start, end, count, crc });
    this.touched.include(at, at + BLOCK_RANGE_SIZE);
    this.#sorted = undefined;
  }

  #offsetOf(index: number): number {
    return this.#info.offset + index * this.#info.blockSize;
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

function stateOf({ current, offset, blockSize }: CompressedArchiveInfo): BlockState {
  const { index, first, latest, previous, count, crc, lastByte, lastByteOffset, bitPosition } = current;
  // Fresh files of some writers have 0 there, which means the beginning of the block.
  const at = lastByteOffset === 0 ? 0 : lastByteOffset - offset - index * blockSize;
  return { first, latest, previous, count, crc, at, partial: lastByte, used: 7 - bitPosition };
}
