/**
 * Late points into the blocks where they belong, and the coarser values that they change.
 *
 * A block takes points in the order of time only, so the one that a late point falls into is encoded anew. Of the next
 * archive every interval that is touched is made anew as well, from the finer points as they are by now, if enough of
 * them are known: as in standard files.
 */
import { floorTo } from '../bytes/integers.js';
import { PointRun } from '../format/point-run.js';
import { aggregateList } from './aggregate.js';
import { type CompressedArchive, lastOfEach, type RollUp } from './compressed-archive.js';
import { RingEdit } from './ring-edit.js';
import { passOn } from './store-points.js';

/** What became of the late points of a call. */
export interface StoredLate {
  /** Put into blocks. */
  readonly inserted: number;
  /** Of these, such as took the place of a value. */
  readonly replaced: number;
  /** Discarded: their block is damaged, or there is no room. */
  readonly lost: number;
}

export interface LateOptions {
  /** Unix seconds. */
  readonly now: number;
  /** Discard, and count, what finds no room. */
  readonly isRoomFinal: boolean;
}

/** How coarser values are made; of a mix, whose archives have methods of their own, how much must be known. */
type Making = RollUp | Pick<RollUp, 'xFilesFactor'>;

/**
 * Stores the late points that the archives of a file kept in this call, the finest archive first.
 *
 * @returns  or the index of an archive without room for its late points: the call has to be done over on a larger file
 */
export function storeLate(
  archives: readonly CompressedArchive[],
  how: Making,
  options: LateOptions,
): StoredLate | number {
  const sum = { inserted: 0, replaced: 0, lost: 0 };
  for (const [index, archive] of archives.entries()) {
    const { late, parted } = archive;
    if (late.own.length + late.rolledUp.length + parted.size === 0) continue;
    const change = new LateChange(archives, index);
    if (!change.commit(how, options)) return index;
    sum.inserted += change.inserted;
    sum.replaced += change.replaced;
    sum.lost += change.lost;
  }
  return sum;
}

/** What the late points of one archive change. */
class LateChange {
  readonly #archives: readonly CompressedArchive[];
  readonly #index: number;
  readonly #edit: RingEdit;
  /** Points that the caller gave, and such as are rolled up: aligned, rising, the last of each time. */
  readonly #own: PointRun;
  readonly #rolledUp: PointRun;
  readonly #parted: readonly number[];
  inserted = 0;
  replaced = 0;
  lost = 0;

  constructor(archives: readonly CompressedArchive[], index: number) {
    const { late, parted, ring, step } = archives[index]!;
    this.#archives = archives;
    this.#index = index;
    this.#edit = new RingEdit(ring);
    this.#own = taken(late.own, step);
    this.#rolledUp = taken(late.rolledUp, step);
    this.#parted = [...parted];
    parted.clear();
  }

  /** Stores them; false if the ring has no room, and that is not final. */
  commit(how: Making, { now, isRoomFinal }: LateOptions): boolean {
    const archive = this.#archives[this.#index]!;
    const own = this.#edit.insert(this.#own);
    const rolledUp = this.#edit.insert(this.#rolledUp);
    this.inserted = this.#own.length - own.lost;
    this.replaced = own.replaced;
    this.lost = own.lost;
    let discarded = own.lost + rolledUp.lost;
    // Blocks that are moved by the commit are no more where the edit would read them.
    let coarser = this.#coarser(how, now);
    if (!this.#edit.commit(now - archive.retention)) {
      if (!isRoomFinal) return false;
      this.#edit.leaveBlocks();
      coarser = this.#coarser(how, now);
      this.#edit.commit(0);
      this.lost = own.inBlocks;
      this.inserted = this.#own.length - own.inBlocks;
      this.replaced = 0;
      discarded = own.inBlocks + rolledUp.inBlocks;
    }
    archive.discarded += discarded;
    for (const { index, points } of coarser) {
      if ('method' in how) passOn(this.#archives, index, points, how);
      else this.#archives[index]!.append(points);
    }
    return true;
  }

  /** The values of the archives that are made of this one. */
  #coarser(how: Making, now: number): { readonly index: number; readonly points: PointRun }[] {
    if ('method' in how) {
      const index = this.#index + 1;
      return index < this.#archives.length ? [{ index, points: this.#rollUp(index, how, now) }] : [];
    }
    if (this.#index > 0) return [];
    return this.#archives.flatMap(({ spec }, index) => {
      if (spec === undefined) return [];
      const points = this.#rollUp(index, { ...spec, xFilesFactor: how.xFilesFactor }, now);
      return points.length > 0 ? [{ index, points }] : [];
    });
  }

  /** The touched intervals of archive `index` of which enough is known, with their values. */
  #rollUp(index: number, how: RollUp, now: number): PointRun {
    const archive = this.#archives[this.#index]!;
    const coarser = this.#archives[index]!;
    const made = new PointRun(0);
    for (const interval of this.#touched(coarser)) {
      if (isYetToBeMade(archive, coarser, interval)) continue;
      const points = this.#edit.gather(interval, interval + coarser.step - 1);
      if (points === undefined || points.length === 0) continue;
      // What is overwritten is older than the retention. Of an interval that is there in part only, the value that was made
      // of all of it is the better one.
      const isWhole = interval >= now - archive.retention || this.#edit.reachesTo(interval);
      if (!isWhole && holds(coarser, interval)) continue;
      if (Math.fround(points.length / (coarser.step / archive.step)) < how.xFilesFactor) continue;
      made.pushValue(interval, aggregateList(points.values.subarray(0, points.length), how));
    }
    return made;
  }

  /** Intervals that a late point falls into, or of which a part came; rising. */
  #touched({ step }: CompressedArchive): number[] {
    const touched = new Set(this.#parted);
    for (const { timestamps, length } of [this.#own, this.#rolledUp]) {
      for (let i = 0; i < length; i++) touched.add(floorTo(timestamps[i]!, step));
    }
    return [...touched].sort((a, b) => a - b);
  }
}

/** Takes the points out of a run: rising, the last of each time. */
function taken(points: PointRun, step: number): PointRun {
  // A copy, since the run is used again before these are.
  const copy = new PointRun(points.length);
  copy.pushRun(points);
  points.clear();
  return lastOfEach(copy.sorted(), step);
}

/**
 * Whether a coarser value comes without this: once its interval leaves the buffer, or, in a mix, when the base has closed
 * another block.
 */
function isYetToBeMade(archive: CompressedArchive, coarser: CompressedArchive, interval: number): boolean {
  if (coarser.spec !== undefined) return interval > coarser.ring.greatestEnd();
  const { buffer } = archive;
  return buffer !== undefined && (buffer.base(0) === interval || buffer.base(1) === interval);
}

/** Whether an archive has a value for an interval. */
function holds({ ring, buffer }: CompressedArchive, interval: number): boolean {
  const found = buffer?.points() ?? new PointRun(0);
  ring.read(interval, interval, found, true);
  return found.timestamps.subarray(0, found.length).includes(interval);
}
