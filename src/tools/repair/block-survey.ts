/** What the blocks of an archive hold by their own bits, and how far what their ranges say of them is borne out. */
import { crc32 } from '../../bytes/crc32.js';
import { Scratch } from '../../bytes/scratch.js';
import { DECODER_SLACK, decodePoints } from '../../codec/block-decoder.js';
import type { BlockRange } from '../../format/block-range.js';
import { SMALLEST_BLOCK } from '../../format/block-size.js';
import type { CompressedArchiveInfo } from '../../format/compressed-header.js';
import { PointRun } from '../../format/point-run.js';

/** How well it is known that the points of a block are its points. */
export const Trust = {
  /** The bits are damaged, and the range says nothing that fits; or they are whole, and the range says that there are none. */
  none: 0,
  /** The bits are damaged; what stands before the damage fits the range. */
  partial: 1,
  /** The bits are whole, or hold all that the range says; the CRC is another. */
  whole: 2,
  /** The bits have the CRC of the range. */
  backed: 3,
} as const;

/** A block that holds points. */
export interface SurveyedBlock {
  readonly index: number;
  readonly trust: number;
  /** Points to be taken, from the first on. */
  readonly count: number;
  readonly first: number;
  readonly last: number;
  /** The end marker stands behind the last of them. */
  readonly isEnded: boolean;
  /** Points that its range tells of, where that is borne out, and that are not among them. */
  readonly lost: number;
}

/** Points of a block that are decoded at most, unless its range tells of more. */
const MOST_POINTS = 2 ** 20;
const NO_POINTS = { count: 0, first: 0, last: 0 };

export class BlockSurvey {
  /** Blocks whose first time was put right. */
  readonly mended = new Set<number>();
  readonly #bytes: Uint8Array;
  readonly #info: CompressedArchiveInfo;
  readonly #memory = new Scratch();
  readonly #points = new PointRun();

  /** @param bytes  of the file, changed where a block's first time is put right; it may end too early */
  constructor(bytes: Uint8Array, info: CompressedArchiveInfo) {
    this.#bytes = bytes;
    this.#info = info;
  }

  /**
   * Looks at one block.
   *
   * @param range   as it stands in the metadata
   * @param isKnown the metadata have their checksum, so that an empty range means an empty block
   * @param latest  Unix seconds: where the CRC does not bear them out, later points are not believed
   * @returns       undefined for a block without points
   */
  survey(index: number, range: BlockRange, isKnown: boolean, latest: number): SurveyedBlock | undefined {
    const block = this.#block(index);
    const isNamed = range.start !== 0;
    if (!isNamed && (isKnown || block.length < SMALLEST_BLOCK)) return undefined;
    if (isNamed && this.#putFirstRight(block, range)) this.mended.add(index);
    const stated = isNamed ? this.#asStated(block, range) : undefined;
    const decoded = this.#decode(block, Math.max(MOST_POINTS, stated?.count ?? 0));
    const all = { ...this.#extent(stated?.trust === Trust.backed ? Number.POSITIVE_INFINITY : latest) };
    const isWhole = decoded.isComplete && all.count === decoded.count && all.count > 0;
    if (stated !== undefined && !(isWhole && all.count > stated.count)) {
      const isEnded = isWhole && all.count === stated.count;
      return { index, ...stated, isEnded, lost: 0 };
    }
    if (isWhole) {
      const isBacked = stated?.trust === Trust.backed || crc32(block) === range.crc;
      const trust = isBacked ? Trust.backed : isNamed || range.crc !== 0 ? Trust.whole : Trust.none;
      return { index, ...all, trust, isEnded: true, lost: 0 };
    }
    return isNamed ? this.#partOf(index, range, latest) : undefined;
  }

  /** The points of a block, as many as were found in it. */
  points({ index, count }: SurveyedBlock): PointRun {
    this.#decode(this.#block(index), count);
    const { timestamps, values } = this.#points.part(0, count);
    return PointRun.over(timestamps.slice(), values.slice());
  }

  /** Its range's points, if the block has them. */
  #asStated(
    block: Uint8Array,
    { start, end, count, crc }: BlockRange,
  ): Pick<SurveyedBlock, 'count' | 'first' | 'last' | 'trust'> | undefined {
    // No point takes less than two bits.
    if (count > 4 * block.length) return undefined;
    const decoded = this.#decode(block, count + 1);
    const found = this.#extent(Number.POSITIVE_INFINITY);
    if (found.count !== count + 1 || found.first !== start || found.last !== end) return undefined;
    const written = block.subarray(0, Math.floor(decoded.end / 8));
    const isBacked = crc32(block) === crc || crc32(written) === crc;
    return { ...found, trust: isBacked ? Trust.backed : Trust.whole };
  }

  /** What stands before the damage of a block: with a range that fits up to its end, else as far as the times make sense. */
  #partOf(index: number, { start, end, count }: BlockRange, latest: number): SurveyedBlock | undefined {
    const fits = this.#points.length > 0 && this.#points.timestamps[0] === start && end >= start;
    const found = this.#extent(fits ? Math.min(end, latest) : latest);
    const known = fits ? Math.min(found.count, count + 1) : found.count;
    if (known === 0) return undefined;
    const last = this.#points.timestamps[known - 1]!;
    const lost = fits ? count + 1 - known : 0;
    const trust = fits ? Trust.partial : Trust.none;
    return { index, trust, count: known, first: found.first, last, isEnded: false, lost };
  }

  /** How far the decoded points are of whole steps and not after a time; they rise. */
  #extent(latest: number): { count: number; first: number; last: number } {
    const { timestamps, length } = this.#points;
    if (length === 0) return NO_POINTS;
    const first = timestamps[0]!;
    let count = 0;
    while (
      count < length &&
      timestamps[count]! <= latest &&
      (timestamps[count]! - first) % this.#info.step === 0
    )
      count++;
    return count === 0 ? NO_POINTS : { count, first, last: timestamps[count - 1]! };
  }

  /** A time in the raw point at the beginning decides all that follow: with that of the range the CRC may be right. */
  #putFirstRight(block: Uint8Array, { start, crc }: BlockRange): boolean {
    if (block.length < SMALLEST_BLOCK || crc32(block) === crc) return false;
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    const found = view.getUint32(0);
    view.setUint32(0, start);
    if (crc32(block) === crc) return true;
    view.setUint32(0, found);
    return false;
  }

  #decode(block: Uint8Array, most: number) {
    this.#memory.reserve(block.length + DECODER_SLACK);
    this.#memory.bytes.set(block);
    this.#memory.bytes.fill(0, block.length, block.length + DECODER_SLACK);
    this.#points.clear();
    const limits = { until: Number.POSITIVE_INFINITY, most, isStrict: true };
    return decodePoints(this.#memory.bytes, block.length, this.#info.step, this.#points, limits);
  }

  /** The bytes of a block that are there. */
  #block(index: number): Uint8Array {
    const { offset, blockSize } = this.#info;
    const start = Math.min(this.#bytes.length, offset + index * blockSize);
    return this.#bytes.subarray(start, Math.min(this.#bytes.length, start + blockSize));
  }
}
