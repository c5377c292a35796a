/**
 * The way of points through the buffer of a compressed archive, and what leaves it: to the blocks, and rolled up to the
 * next archive.
 */
import { floorTo } from '../bytes/integers.js';
import { PointRun } from '../format/point-run.js';
import { aggregateList } from './aggregate.js';
import type { CompressedArchive, RollUp } from './compressed-archive.js';
import type { Unit, WriteBuffer } from './write-buffer.js';

/** Points of a batch that belong in a unit. */
interface Held {
  readonly points: PointRun;
  readonly start: number;
  readonly end: number;
}

const UNITS: readonly Unit[] = [0, 1];
/** Points whose memory is kept for the next batch. */
const MOST_KEPT = 65_536;

/** Used again from batch to batch. */
export class Passage {
  readonly #archive: CompressedArchive;
  readonly #buffer: WriteBuffer;
  readonly #coarseStep: number;
  /** Points that have left the buffer, in the order in which they go to the blocks. */
  #flushed = new PointRun();
  readonly #rolledUp = new PointRun();
  /** Points that took the place of one in the buffer, in this batch. */
  replaced = 0;
  /** Intervals up to this one have left the buffer; -1 where late points are discarded, and it does not matter. */
  #flushedThrough = -1;

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
    this.replaced = 0;
    const { keepsLate, ring } = this.#archive;
    this.#flushedThrough = keepsLate ? floorTo(ring.latest, this.#coarseStep) : -1;
  }

  /**
   * Puts the points [start, end) into the buffer. A third interval takes the unit of the older one, which leaves it before.
   *
   * Which unit is the newer one, and how old a point may be, is looked at once for the call and not again as the buffer
   * moves on: one call with many points and many with one each can leave different files (doc/format.md, quirks 13 to
   * 16).
   *
   * Where late points are kept, so is one of an interval that left the buffer before: it belongs in a block.
   *
   * @returns  how many points came too late and are discarded
   */
  store(points: PointRun, start: number, end: number, how: RollUp): number {
    const buffer = this.#buffer;
    const bases: [number, number] = [buffer.base(0), buffer.base(1)];
    // Of a unit that was emptied in this call the points stay in the batch: most of them leave the unit in it as well.
    const held: [Held | undefined, Held | undefined] = [undefined, undefined];
    let current: Unit = bases[1] > bases[0] ? 1 : 0;
    let isEmptied = false;
    const oldest = buffer.oldestAllowed();
    const { keepsLate } = this.#archive;
    let late = 0;
    for (let i = start; i < end; ) {
      const interval = floorTo(points.timestamps[i]!, this.#coarseStep);
      const isFlushed = interval <= this.#flushedThrough && interval !== bases[0] && interval !== bases[1];
      if ((oldest !== 0 && interval < oldest) || isFlushed) {
        if (keepsLate) this.#archive.keepLate(points, i);
        else late++;
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
    for (let i = start; i < end; i++) {
      if (this.#buffer.put(unit, interval, points, i)) this.replaced++;
    }
  }

  /** Takes the points of a unit out, if they are in the buffer yet, and rolls them up if enough of their interval is known. */
  #flush(unit: Unit, interval: number, held: Held | undefined, how: RollUp): void {
    const flushed = this.#flushed;
    const before = flushed.length;
    if (held === undefined) this.#buffer.take(unit, flushed);
    else flushed.pushAll(held.points.timestamps, held.points.values, held.start, held.end);
    const count = flushed.length - before;
    if (count === 0) return;
    if (interval <= this.#flushedThrough) {
      this.#archive.parted.add(interval);
      return;
    }
    if (this.#archive.keepsLate) this.#flushedThrough = interval;
    if (Math.fround(count / this.#buffer.slots) < how.xFilesFactor) return;
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
