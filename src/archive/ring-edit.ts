/**
 * A change of points that stand in blocks already.
 *
 * The blocks that are touched are decoded, changed in memory and encoded anew, each once. One whose points do not fit any
 * more becomes several, for which the older blocks of the ring move on: from the block after the current one round to it, a
 * ring is in the order of time, and the next to be overwritten is the oldest.
 */
import { WhisperError } from '../errors.js';
import { PointRun } from '../format/point-run.js';
import { damageOf, type IndexedRange } from './block-reader.js';
import type { BlockRing } from './block-ring.js';
import { type EncodedBlock, encodeBlocks } from './encoded-block.js';
import { firstAfter, mergePoints, pointsOutside, pointsWithin } from './sorted-points.js';

/** How full blocks are made that come of one which was too small, so that the next late point finds room in them. */
const ROOMY = 0.75;
const FULL = 1;

/** A block that holds points, with the points it shall hold where these are others. */
interface EditedBlock extends IndexedRange {
  points: PointRun | undefined;
}

/** What became of points that were to be inserted. */
export interface Inserted {
  /** Those that took the place of a value. */
  readonly replaced: number;
  /** Those whose block is damaged, which are left out. */
  readonly lost: number;
  /** Those that are not later than all blocks. */
  readonly inBlocks: number;
}

export class RingEdit {
  readonly #ring: BlockRing;
  /** In the order of time. */
  readonly #blocks: readonly EditedBlock[];
  /** Those that points were taken out of. */
  readonly #thinned = new Set<EditedBlock>();
  /** Points that are later than all blocks. */
  #following = new PointRun(0);

  constructor(ring: BlockRing) {
    this.#ring = ring;
    this.#blocks = ring
      .sortedRanges()
      .filter(({ start }) => start !== 0)
      .map((range) => ({ ...range, points: undefined }));
  }

  /** Puts points in, in the place of those of the same times. They rise and are aligned to the step. */
  insert(points: PointRun): Inserted {
    // A damaged header may tell of a latest point where no block holds any.
    const inBlocks = this.#blocks.length === 0 ? 0 : firstAfter(points, this.#ring.latest);
    const behind = points.part(inBlocks, points.length);
    if (behind.length > 0) this.#following = mergePoints(this.#following, behind).points;
    let replaced = 0;
    let lost = 0;
    for (let start = 0, end = 0; start < inBlocks; start = end) {
      const i = this.#blockOf(points.timestamps[start]!);
      const next = this.#blocks[i + 1];
      end = next === undefined ? inBlocks : Math.min(inBlocks, firstAfter(points, next.start - 1));
      const before = this.#read(i);
      if (before === undefined) {
        lost += end - start;
        continue;
      }
      const merged = mergePoints(before, points.part(start, end));
      this.#blocks[i]!.points = merged.points;
      replaced += merged.common;
    }
    return { replaced, lost, inBlocks };
  }

  /**
   * Takes the points of the times [from, until] out.
   *
   * @returns  how many, and how many blocks that may hold some are damaged, and stay as they are
   */
  erase(from: number, until: number): { readonly erased: number; readonly damaged: number } {
    let erased = 0;
    let damaged = 0;
    for (const [i, block] of this.#blocks.entries()) {
      if (block.end < from || block.start > until) continue;
      const before = this.#read(i);
      if (before === undefined) {
        damaged++;
        continue;
      }
      const left = pointsOutside(before, from, until);
      if (left.length === before.length) continue;
      erased += before.length - left.length;
      block.points = left;
      this.#thinned.add(block);
    }
    return { erased, damaged };
  }

  /** The points of the times [from, until] as they shall be, by rising time; undefined if a block with some is damaged. */
  gather(from: number, until: number): PointRun | undefined {
    const all = new PointRun();
    for (const block of this.#blocks) {
      if (block.points !== undefined) all.pushRun(pointsWithin(block.points, from, until));
      else if (block.end >= from && block.start <= until) {
        if (this.#ring.readPart(block, from, until, all) !== undefined) return undefined;
      }
    }
    all.pushRun(pointsWithin(this.#following, from, until));
    return all;
  }

  /** Whether all is there that was ever stored from a time on: the ring did not come round, or not so far. */
  reachesTo(time: number): boolean {
    const [first] = this.#blocks;
    if (first === undefined || this.#blocks.length < this.#ring.info.blockCount) return true;
    return Math.min(first.start, first.points?.timestamps[0] ?? first.start) <= time;
  }

  /**
   * Writes the changed blocks.
   *
   * @param oldest  blocks that end before it may go if there is no other room
   * @returns       false if the ring has not enough room; nothing is changed then
   * @throws WhisperError `WSP_CORRUPT` if a damaged block would have to take the next points; nothing is changed then
   */
  commit(oldest: number): boolean {
    this.#joinThinned();
    if (this.#blocks.some(({ points }) => points !== undefined)) {
      const laidOut = this.#layOut(ROOMY, oldest) ?? this.#layOut(FULL, oldest);
      if (laidOut === undefined) return false;
      this.#ring.layOut(laidOut);
    }
    if (this.#following.length > 0) this.#ring.append(this.#following);
    return true;
  }

  /** Leaves the blocks as they are, and only appends what is later than all of them. */
  leaveBlocks(): void {
    for (const block of this.#blocks) block.points = undefined;
  }

  /** The block that a time belongs to: the last that begins by then, or the first of all. */
  #blockOf(time: number): number {
    let i = this.#blocks.length - 1;
    while (i > 0 && this.#blocks[i]!.start > time) i--;
    return i;
  }

  /** The points of a block; undefined if it is damaged. */
  #read(i: number): PointRun | undefined {
    const block = this.#blocks[i]!;
    if (block.points !== undefined) return block.points;
    const points = new PointRun();
    const limits = { most: block.count + 1, isStrict: true };
    return damageOf(this.#ring.readBlock(block.index, points, limits)) === undefined ? points : undefined;
  }

  /**
   * Makes one block of neighbours of which one was thinned, where their points fit into it: a file of half-empty blocks
   * would be taken for one whose points need larger ones.
   */
  #joinThinned(): void {
    if (this.#thinned.size === 0) return;
    let former: number | undefined;
    for (const [i, block] of this.#blocks.entries()) {
      if (block.points?.length === 0) continue;
      const isThinned =
        this.#thinned.has(block) || (former !== undefined && this.#thinned.has(this.#blocks[former]!));
      if (former !== undefined && isThinned) this.#join(former, i);
      former = i;
    }
  }

  #join(former: number, later: number): void {
    const points = new PointRun();
    for (const i of [former, later]) {
      const part = this.#read(i);
      if (part === undefined) return;
      points.pushRun(part);
    }
    const { encoder, info } = this.#ring;
    const shape = { step: info.step, blockSize: info.blockSize, isLastOpen: false };
    if (encodeBlocks(encoder, points, shape, info.blockSize).length > 1) return;
    this.#blocks[former]!.points = new PointRun(0);
    this.#blocks[later]!.points = points;
    this.#thinned.add(this.#blocks[later]!);
  }

  /** The blocks as they shall stand, in the order of time; undefined if they are too many. */
  #layOut(fill: number, oldest: number): (number | EncodedBlock)[] | undefined {
    const left = this.#blocks.filter(({ points }) => points?.length !== 0);
    this.#open(left.at(-1));
    const laidOut = left.flatMap((block) => this.#encode(block, fill, block === left.at(-1)));
    const surplus = Math.max(0, laidOut.length - this.#ring.info.blockCount);
    const isOld = ({ points, end }: EditedBlock) => points === undefined && end < oldest;
    return left.slice(0, surplus).every(isOld) ? laidOut.slice(surplus) : undefined;
  }

  /** The last block that keeps points is one to which others can be appended, also if it was closed. */
  #open(last: EditedBlock | undefined): void {
    if (last === undefined || last === this.#blocks.at(-1) || last.points !== undefined) return;
    last.points = this.#read(this.#blocks.indexOf(last));
    if (last.points !== undefined) return;
    throw new WhisperError('WSP_CORRUPT', {
      found: `damage in block ${last.index} of the ${this.#ring.info.step} s archive, which would take the next points`,
      expected: 'a whole block',
    });
  }

  #encode({ index, points }: EditedBlock, fill: number, isLastOpen: boolean): (number | EncodedBlock)[] {
    if (points === undefined) return [index];
    const { encoder, info } = this.#ring;
    const shape = { step: info.step, blockSize: info.blockSize, isLastOpen };
    const whole = encodeBlocks(encoder, points, shape, info.blockSize);
    if (whole.length <= 1 || fill === FULL) return whole;
    return encodeBlocks(encoder, points, shape, Math.ceil(info.blockSize * fill));
  }
}
