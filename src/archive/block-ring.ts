/**
 * The ring of blocks that a compressed archive is.
 *
 * Points go to the current block; when one does not fit any more, the block is closed and the next in the ring takes
 * its turn, which overwrites the oldest points. The block ranges tell which block holds which times.
 */
import { Extent } from '../bytes/extent.js';
import { floorMod, UINT32_MAX } from '../bytes/integers.js';
import type { DecodeLimits } from '../codec/block-decoder.js';
import { type BlockEncoder, type BlockState, EMPTY_BLOCK } from '../codec/block-encoder.js';
import { WhisperError } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import {
  BLOCK_RANGE_SIZE,
  type BlockRange,
  decodeBlockRange,
  encodeBlockRange,
} from '../format/block-range.js';
import type { CompressedArchiveInfo, CurrentBlock } from '../format/compressed-header.js';
import type { PointRun, PointSink } from '../format/point-run.js';
import { BlockReader, type IndexedRange, type ReadBlock } from './block-reader.js';
import type { EncodedBlock } from './encoded-block.js';

const ZEROS = new Uint8Array(64 * 1024);
/** Start and end of an empty block. */
const NOWHERE = 0;
const EMPTY_RANGE: BlockRange = { start: NOWHERE, end: NOWHERE, count: 0, crc: 0 };

/** What became of points that were appended. */
export interface Appended {
  /** How many were not newer than the last one, and left out. */
  readonly late: number;
  /** Whether a block was closed. */
  readonly isRotated: boolean;
}

export class BlockRing {
  /** Which of the block ranges were changed since the last {@link settle}, in bytes from the first of them. */
  readonly touched = new Extent();
  /** As the file had it when the ring was made; {@link current} is how it is by now. */
  readonly info: CompressedArchiveInfo;
  readonly encoder: BlockEncoder;
  readonly #file: ByteFile;
  readonly #ranges: DataView;
  #index: number;
  #state: BlockState;
  #overwritten = NOWHERE;
  #isRotated = false;
  #isRewritten = false;
  /** The ranges by start; undefined when they have changed. */
  #sorted: IndexedRange[] | undefined;
  readonly #reader: BlockReader;

  /** @param ranges  the archive's block ranges in the metadata, which are changed there */
  constructor(file: ByteFile, info: CompressedArchiveInfo, ranges: Uint8Array, encoder: BlockEncoder) {
    this.#file = file;
    this.info = info;
    this.encoder = encoder;
    this.#reader = new BlockReader(file, info);
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

  /** Whether blocks that held points were written anew since the last {@link settle}. */
  get isRewritten(): boolean {
    return this.#isRewritten;
  }

  /** Whether anything was changed since the last {@link settle}. */
  get isChanged(): boolean {
    return !this.touched.isEmpty;
  }

  /** What was changed has been written. */
  settle(): void {
    this.touched.clear();
    this.#overwritten = NOWHERE;
    this.#isRotated = false;
    this.#isRewritten = false;
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
    const ranges = Array.from({ length: this.info.blockCount }, (_, index) => ({
      index,
      ...this.range(index),
    }));
    const place = (start: number) => (start === NOWHERE ? UINT32_MAX + 1 : start);
    return ranges.sort((a, b) => place(a.start) - place(b.start));
  }

  /** Time of the last point of all blocks; 0 if there is none. */
  greatestEnd(): number {
    let greatest = NOWHERE;
    for (let i = 0; i < this.info.blockCount; i++) greatest = Math.max(greatest, this.range(i).end);
    return greatest;
  }

  /** Time of the first point of all blocks; 0 if there is none. */
  leastStart(): number {
    return this.sortedRanges()[0]!.start;
  }

  /**
   * Puts blocks in the place of all there are, in the order of time: the last becomes the current one, where that stood before,
   * and those that are left over become empty. A block that stays where it is is not written.
   *
   * @param blocks  at most as many as the ring has, each by its index or as a new one; only the last may be open
   */
  layOut(blocks: readonly (number | EncodedBlock)[]): void {
    const { blockCount } = this.info;
    const indexOf = (i: number) => floorMod(this.#index - (blocks.length - 1 - i), blockCount);
    // What moves is read before anything is written over it.
    const moved = blocks.map((block, i) =>
      typeof block === 'number' && block !== indexOf(i)
        ? { range: this.range(block), bytes: this.#readBytes(block) }
        : undefined,
    );
    for (const [i, block] of blocks.entries()) {
      const index = indexOf(i);
      if (typeof block !== 'number') this.#place(index, rangeOf(block.state), block.bytes);
      else if (moved[i] !== undefined) this.#place(index, moved[i].range, moved[i].bytes);
    }
    for (let i = blocks.length; i < blockCount; i++) {
      const index = floorMod(this.#index - i, blockCount);
      if (this.range(index).start !== NOWHERE) this.#setRange(index, EMPTY_RANGE);
    }
    const last = blocks.at(-1);
    if (last === undefined) this.#state = EMPTY_BLOCK;
    else if (typeof last !== 'number') this.#state = last.state;
    this.#isRewritten = true;
  }

  #place(index: number, range: BlockRange, bytes: Uint8Array): void {
    this.#file.writeAt(bytes, bytes.length, this.#offsetOf(index));
    this.#setRange(index, range);
  }

  #readBytes(index: number): Uint8Array {
    const bytes = new Uint8Array(this.info.blockSize);
    return bytes.subarray(0, this.#file.readAt(bytes, bytes.length, this.#offsetOf(index)));
  }

  /** Appends points in their order; those that are not newer than the last one are left out. */
  append(points: PointRun): Appended {
    const { step, blockSize, blockCount } = this.info;
    let late = 0;
    let isRotated = false;
    for (let next = 0; ; ) {
      const done = this.encoder.append(this.#state, points, next, points.length, step, blockSize);
      this.#write(done.bytes, this.#offsetOf(this.#index) + done.position, done.zeros);
      late += done.late;
      next = done.next;
      this.#state = done.state;
      this.#setRange(this.#index, rangeOf(done.state));
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
      const damage = this.#reader.readSound(range, this.#writtenOf(range.index), into, limits);
      if (damage === undefined) continue;
      throw new WhisperError('WSP_CORRUPT', {
        found: `block ${range.index} of the ${this.info.step} s archive, at byte ${this.#offsetOf(range.index)}: ${damage}`,
        expected: 'a whole block (force reads what is there)',
      });
    }
  }

  /**
   * Reads the points [from, until] of one block.
   *
   * @returns  what is wrong with it, if anything is
   */
  readPart(range: IndexedRange, from: number, until: number, into: PointSink): string | undefined {
    const limits = { from, until, most: range.count + 1, isStrict: true };
    return this.#reader.readSound(range, this.#writtenOf(range.index), into, limits);
  }

  /** Reads one block and looks at its checksum. */
  readBlock(index: number, into: PointSink, limits: DecodeLimits): ReadBlock {
    return this.#reader.read({ index, ...this.range(index) }, this.#writtenOf(index), into, limits);
  }

  /** How many bytes of the current block have been written; undefined for any other block. */
  #writtenOf(index: number): number | undefined {
    return index === this.#index ? this.#state.at : undefined;
  }

  #write(bytes: Uint8Array, position: number, zeros: number): void {
    this.#file.writeAt(bytes, bytes.length, position);
    const end = position + bytes.length + zeros;
    for (let at = position + bytes.length; at < end; at += ZEROS.length) {
      this.#file.writeAt(ZEROS, Math.min(ZEROS.length, end - at), at);
    }
  }

  #setRange(index: number, range: BlockRange): void {
    const at = index * BLOCK_RANGE_SIZE;
    encodeBlockRange(this.#ranges, at, range);
    this.touched.include(at, at + BLOCK_RANGE_SIZE);
    this.#sorted = undefined;
  }

  #offsetOf(index: number): number {
    return this.info.offset + index * this.info.blockSize;
  }
}

function rangeOf({ first, latest, count, crc }: BlockState): BlockRange {
  return { start: first.timestamp, end: latest.timestamp, count, crc };
}

function stateOf({ current, offset, blockSize }: CompressedArchiveInfo): BlockState {
  const { index, first, latest, previous, count, crc, lastByte, lastByteOffset, bitPosition } = current;
  // Fresh files of some writers have 0 there, which means the beginning of the block.
  const at = lastByteOffset === 0 ? 0 : lastByteOffset - offset - index * blockSize;
  return { first, latest, previous, count, crc, at, partial: lastByte, used: 7 - bitPosition };
}
