/**
 * One archive of a compressed file: points in through the buffer to the blocks, and out of both.
 *
 * It works on the metadata in memory, and on the blocks in the file. Whoever made it writes what has changed of the metadata
 * when a call is done.
 */
import { floorTo } from '../bytes/integers.js';
import type { BlockEncoder } from '../codec/block-encoder.js';
import type { ByteFile } from '../file/byte-file.js';
import type { AggregationSpec } from '../format/aggregation-spec.js';
import { BLOCK_RANGE_SIZE } from '../format/block-range.js';
import type { ArchivePlace, CompressedArchiveInfo } from '../format/compressed-header.js';
import { PointRun } from '../format/point-run.js';
import { RAW_POINT_SIZE } from '../format/raw-point.js';
import type { Retention } from '../format/retention.js';
import { aggregateList } from './aggregate.js';
import { type Appended, BlockRing } from './block-ring.js';
import { type Unit, WriteBuffer } from './write-buffer.js';

/** How values become a coarser one, in a file that is no mix. */
export interface RollUp {
  readonly method: AggregationSpec['method'];
  readonly percentile: number;
  /** Single precision. */
  readonly xFilesFactor: number;
}

export class CompressedArchive implements Retention {
  readonly info: CompressedArchiveInfo;
  readonly step: number;
  readonly points: number;
  /** Seconds that the archive reaches back. */
  readonly retention: number;
  readonly spec: AggregationSpec | undefined;
  readonly ring: BlockRing;
  /** Absent in the last archive and in mix files. */
  readonly buffer: WriteBuffer | undefined;
  /** Late points since creation. */
  discarded: number;
  #writtenDiscarded: number;
  #passage: Passage | undefined;

  /**
   * @param metadata    of the whole file; block ranges and buffer are changed there
   * @param coarseStep  seconds, of the next archive; undefined for the last
   */
  constructor(
    file: ByteFile,
    info: CompressedArchiveInfo,
    metadata: Uint8Array,
    { ranges, buffer, unitSlots }: ArchivePlace,
    coarseStep: number | undefined,
    encoder: BlockEncoder,
  ) {
    this.info = info;
    this.step = info.step;
    this.points = info.points;
    this.retention = info.step * info.points;
    this.spec = info.spec;
    this.discarded = info.discarded;
    this.#writtenDiscarded = info.discarded;
    this.ring = new BlockRing(
      file,
      info,
      metadata.subarray(ranges, ranges + BLOCK_RANGE_SIZE * info.blockCount),
      encoder,
    );
    if (unitSlots > 0 && coarseStep !== undefined) {
      const bytes = metadata.subarray(buffer, buffer + 2 * RAW_POINT_SIZE * unitSlots);
      this.buffer = new WriteBuffer(bytes, info.step, coarseStep);
    }
  }

  /** Whether its header has to be written anew. */
  get isChanged(): boolean {
    return this.ring.isChanged || this.discarded !== this.#writtenDiscarded;
  }

  /** What was changed has been written. */
  settle(): void {
    this.#writtenDiscarded = this.discarded;
    this.ring.settle();
    this.buffer?.touched.clear();
  }

  /** The way through its buffer, for one batch. */
  passage(buffer: WriteBuffer, coarseStep: number): Passage {
    this.#passage ??= new Passage(this, buffer, coarseStep);
    this.#passage.begin();
    return this.#passage;
  }

  /** The archive as its header is to be written. */
  get present(): CompressedArchiveInfo {
    return { ...this.info, current: this.ring.current, discarded: this.discarded };
  }

  /** Appends aligned points to the blocks, and counts those that come too late. */
  append(points: PointRun): Appended {
    const appended = this.ring.append(points);
    this.discarded += appended.late;
    return appended;
  }

  /**
   * Every point of the blocks and of the buffer, by rising time; of equal times the block's counts, since what waits
   * beside it will come too late.
   */
  allPoints(isLenient: boolean): PointRun {
    const all = this.buffer?.points() ?? new PointRun();
    this.ring.read(0, Number.POSITIVE_INFINITY, all, isLenient);
    return lastOfEach(all.sorted(), 1);
  }
}

/**
 * The points aligned to a step, one for each interval: the last value of an interval, at the place of the first.
 *
 * @param points  by rising time
 * @returns       the run itself if it is so already
 */
export function lastOfEach(points: PointRun, step: number): PointRun {
  if (isOneForEach(points, step)) return points;
  const aligned = new PointRun(points.length);
  for (let i = 0; i < points.length; i++) {
    const interval = floorTo(points.timestamps[i]!, step);
    const latest = aligned.length - 1;
    if (latest >= 0 && aligned.timestamps[latest] === interval) aligned.setValueFrom(latest, points, i);
    else {
      aligned.pushFrom(points, i);
      aligned.timestamps[latest + 1] = interval;
    }
  }
  return aligned;
}

/** Whether points are aligned to a step, and each is later than the one before it. */
function isOneForEach({ timestamps, length }: PointRun, step: number): boolean {
  let latest = -1;
  for (let i = 0; i < length; i++) {
    const timestamp = timestamps[i]!;
    // As far from an aligned one as a step: no need to divide.
    if (timestamp - latest !== step || i === 0) {
      if (timestamp <= latest || floorTo(timestamp, step) !== timestamp) return false;
    }
    latest = timestamp;
  }
  return true;
}

/**
 * Stores points in archive `index` of a file that is no mix, and rolls up what leaves its buffer.
 *
 * Level by level: what a batch makes leave a buffer goes to the blocks at once, and what is rolled up of it then to the
 * next level, interval by interval.
 *
 * @param points  by rising time
 * @returns       how many of them came too late; what is discarded as it leaves the buffer is only counted
 */
export function storePoints(
  archives: readonly CompressedArchive[],
  index: number,
  points: PointRun,
  how: RollUp,
): number {
  const archive = archives[index]!;
  const aligned = lastOfEach(points, archive.step);
  const coarser = archives[index + 1];
  if (archive.buffer === undefined || coarser === undefined) return archive.append(aligned).late;
  const passage = archive.passage(archive.buffer, coarser.step);
  const late = passage.store(aligned, 0, aligned.length, how);
  let rolledUp = passage.finish();
  for (let level = index + 1; rolledUp.length > 0; level++) {
    const made = archives[level]!;
    const next = archives[level + 1];
    if (made.buffer === undefined || next === undefined) {
      made.append(rolledUp);
      break;
    }
    const further = made.passage(made.buffer, next.step);
    for (let i = 0; i < rolledUp.length; i++) further.store(rolledUp, i, i + 1, how);
    rolledUp = further.finish();
  }
  return late;
}

/** Points of a batch that belong in a unit. */
interface Held {
  readonly points: PointRun;
  readonly start: number;
  readonly end: number;
}

const UNITS: readonly Unit[] = [0, 1];
/** Points whose memory is kept for the next batch. */
const MOST_KEPT = 65_536;

/** The way of points through the buffer of an archive, and what leaves it: used again from batch to batch. */
class Passage {
  readonly #archive: CompressedArchive;
  readonly #buffer: WriteBuffer;
  readonly #coarseStep: number;
  /** Points that have left the buffer, in the order in which they go to the blocks. */
  #flushed = new PointRun();
  readonly #rolledUp = new PointRun();

  constructor(archive: CompressedArchive, buffer: WriteBuffer, coarseStep: number) {
    this.#archive = archive;
    this.#buffer = buffer;
    this.#coarseStep = coarseStep;
  }

  /** Begins with another batch. */
  begin(): void {
    if (this.#flushed.length > MOST_KEPT) this.#flushed = new PointRun();
    this.#flushed.clear();
    this.#rolledUp.clear();
  }

  /**
   * Puts the points [start, end) into the buffer. A third interval takes the unit of the older one, which leaves it before.
   *
   * Which unit is the newer one, and how old a point may be, is looked at once for the call and not again as the buffer
   * moves on: one call with many points and many with one each can leave different files (doc/format.md, quirks 13 to
   * 16).
   *
   * @returns  how many points came too late
   */
  store(points: PointRun, start: number, end: number, how: RollUp): number {
    const buffer = this.#buffer;
    const bases: [number, number] = [buffer.base(0), buffer.base(1)];
    // Of a unit that was emptied in this call the points stay in the batch: most of them leave the unit in it as well.
    const held: [Held | undefined, Held | undefined] = [undefined, undefined];
    let current: Unit = bases[1] > bases[0] ? 1 : 0;
    let isEmptied = false;
    const oldest = buffer.oldestAllowed();
    let late = 0;
    for (let i = start; i < end; ) {
      const interval = floorTo(points.timestamps[i]!, this.#coarseStep);
      if (oldest !== 0 && interval < oldest) {
        late++;
        i++;
        continue;
      }
      if (bases[current] === 0 && interval !== bases[0] && interval !== bases[1]) bases[current] = interval;
      const unit = interval === bases[0] ? 0 : interval === bases[1] ? 1 : undefined;
      if (unit !== undefined) {
        const after = endOfInterval(points, i, end, interval + this.#coarseStep);
        if (isEmptied && unit === current) held[unit] = { points, start: i, end: after };
        else this.#put(unit, interval, { points, start: i, end: after });
        isEmptied = false;
        i = after;
        continue;
      }
      current = current === 0 ? 1 : 0;
      this.#flush(current, bases[current], held[current], how);
      held[current] = undefined;
      bases[current] = 0;
      isEmptied = true;
    }
    for (const unit of UNITS) {
      const left = held[unit];
      if (left !== undefined) this.#put(unit, bases[unit], left);
    }
    this.#archive.discarded += late;
    return late;
  }

  #put(unit: Unit, interval: number, { points, start, end }: Held): void {
    for (let i = start; i < end; i++) this.#buffer.put(unit, interval, points, i);
  }

  /** Takes the points of a unit out, if they are in the buffer yet, and rolls them up if enough of their interval is known. */
  #flush(unit: Unit, interval: number, held: Held | undefined, how: RollUp): void {
    const flushed = this.#flushed;
    const before = flushed.length;
    if (held === undefined) this.#buffer.take(unit, flushed);
    else flushed.pushAll(held.points.timestamps, held.points.values, held.start, held.end);
    const count = flushed.length - before;
    if (count === 0 || Math.fround(count / this.#buffer.slots) < how.xFilesFactor) return;
    const values = flushed.values.subarray(before, flushed.length);
    this.#rolledUp.pushValue(interval, aggregateList(values, how));
  }

  /** Brings what left the buffer to the blocks; returns what was rolled up of it, good until the next batch. */
  finish(): PointRun {
    if (this.#flushed.length > 0) this.#archive.append(this.#flushed);
    return this.#rolledUp;
  }
}

/** Index of the first point from `start` on that is not before a time; `end` if there is none. */
function endOfInterval({ timestamps }: PointRun, start: number, end: number, time: number): number {
  let after = start + 1;
  while (after < end && timestamps[after]! < time) after++;
  return after;
}
