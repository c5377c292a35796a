/** From one archive to the next coarser one: which of some intervals get a value, and which value. */
import { firstAtLeast } from '../bytes/rising.js';
import type { AggregationMethod, Dialect } from '../format/aggregation-method.js';
import type { Columns } from '../format/point.js';
import { type Aggregation, aggregationOfKnown, gatherKnown } from './aggregate.js';
import { LONGEST_PIECE, type StandardArchive } from './standard-archive.js';

/** What decides whether and how a coarser value is made. */
export interface Propagation {
  readonly aggregation: AggregationMethod;
  /** As stored: single precision. */
  readonly xFilesFactor: number;
  readonly dialect: Dialect;
}

/** Points that were written to an archive at once: the entries [start, end) of two columns. */
export interface Written {
  /** Seconds, rising, each a multiple of the archive's step. */
  readonly intervals: Float64Array;
  readonly values: Float64Array;
  readonly start: number;
  readonly end: number;
}

/** What is returned where nothing was written. */
export const NOTHING: Written = {
  intervals: new Float64Array(0),
  values: new Float64Array(0),
  start: 0,
  end: 0,
};

/** Unneeded slots worth reading to save another read: a call costs about as much as copying these. */
const WORTH_SKIPPING = 512;

/** Room for the known values that one coarser value is made of; used within single calls only. */
let room = new Float64Array(64);

/** Aggregates one interval from `fine` into `coarse`; returns whether it came to a value. */
export function rollUpOne(
  fine: StandardArchive,
  coarse: StandardArchive,
  interval: number,
  how: Propagation,
): boolean {
  const ratio = ratioOf(fine, coarse);
  if (ratio === 0) return false;
  const list = roomFor(ratio);
  const known = fine.readKnown(interval, ratio, list);
  if (!isEnough(known, ratio, how)) return false;
  coarse.writeOne(interval, aggregationOfKnown(how.aggregation)(list, 0, known, ratio));
  return true;
}

/** One level of a batch: aggregates intervals from `fine` into `coarse`. */
export class LevelRollUp {
  readonly #fine: StandardArchive;
  readonly #coarse: StandardArchive;
  readonly #how: Propagation;
  readonly #aggregate: Aggregation;
  /** Slots of the finer archive for one of the coarser. */
  readonly #ratio: number;
  readonly #isDivided: boolean;
  /** What the finer archive is known to hold without reading it. */
  readonly #written: Written;

  /** @param written  what was written to `fine` just now */
  constructor(fine: StandardArchive, coarse: StandardArchive, written: Written, how: Propagation) {
    this.#fine = fine;
    this.#coarse = coarse;
    this.#how = how;
    this.#aggregate = aggregationOfKnown(how.aggregation);
    this.#ratio = ratioOf(fine, coarse);
    this.#isDivided = coarse.step % fine.step === 0;
    // Interval 0 can leave a ring that looks empty, in which nothing is found at its place.
    this.#written = this.#isDivided && written.intervals[written.start] !== 0 ? written : NOTHING;
  }

  /**
   * Makes the first `count` of some intervals and writes those that come to a value.
   *
   * @param intervals  seconds, rising, each a multiple of the coarser step
   * @returns          what was written; `NOTHING` if nothing was
   */
  make(intervals: Float64Array, count: number): Written {
    if (this.#ratio === 0) return NOTHING;
    const [taken, values] = [new Float64Array(count), new Float64Array(count)];
    let length = 0;
    for (let i = 0; i < count; ) {
      const at = this.#placeOf(intervals[i]!);
      if (at !== -1) {
        // All are known, which is enough for any share.
        values[length] = this.#aggregate(this.#written.values, at, at + this.#ratio, this.#ratio);
        taken[length++] = intervals[i++]!;
        continue;
      }
      const end = this.#endOfSpan(intervals, i, count);
      const columns = this.#readSpan(intervals[i]!, intervals[end - 1]!);
      for (const first = intervals[i]!; i < end; i++) {
        const value = this.#valueOf(columns, (intervals[i]! - first) / this.#fine.step);
        if (value === undefined) continue;
        values[length] = value;
        taken[length++] = intervals[i]!;
      }
    }
    if (length === 0) return NOTHING;
    this.#coarse.write(taken, values, 0, length);
    return { intervals: taken, values, start: 0, end: length };
  }

  /**
   * Where the finer values of an interval stand in what was written, if all of them do and the ring still has them:
   * then they need not be read. −1 otherwise.
   */
  #placeOf(interval: number): number {
    const { intervals, start, end } = this.#written;
    // Only a run longer than the ring takes slots of its own again.
    if (interval + this.#fine.retention <= intervals[end - 1]!) return -1;
    const at = indexOf(intervals, start, end, interval, this.#fine.step);
    const last = at + this.#ratio - 1;
    if (at === -1 || last >= end) return -1;
    return intervals[last]! - interval === (this.#ratio - 1) * this.#fine.step ? at : -1;
  }

  /** Index after the last interval that is best read together with the one at `start`. */
  #endOfSpan(intervals: Float64Array, start: number, count: number): number {
    let end = start + 1;
    if (!this.#isDivided) return end;
    const { step, points } = this.#fine;
    const farthest = intervals[start]! + Math.min(points, LONGEST_PIECE) * step - this.#coarse.step;
    const widestGap = this.#coarse.step + WORTH_SKIPPING * step;
    for (let i = end; i < count && intervals[i]! <= farthest; i++) {
      if (intervals[i]! - intervals[end - 1]! > widestGap) break;
      if (this.#placeOf(intervals[i]!) === -1) end = i + 1;
    }
    return end;
  }

  /** The slots of the finer archive for the intervals from `first` to `last`. */
  #readSpan(first: number, last: number): Columns {
    return this.#fine.peek(first, (last - first) / this.#fine.step + this.#ratio);
  }

  /** What the slots from `start` on come to; undefined if too few of them are known. */
  #valueOf(columns: Columns, start: number): number | undefined {
    const list = roomFor(this.#ratio);
    const known = gatherKnown(columns, start, start + this.#ratio, list);
    return isEnough(known, this.#ratio, this.#how) ? this.#aggregate(list, 0, known, this.#ratio) : undefined;
  }
}

/**
 * How many slots of `fine` make one of `coarse`. None in files that break the rules of an archive list, which are read
 * but not added to level by level.
 */
function ratioOf(fine: StandardArchive, coarse: StandardArchive): number {
  const ratio = Math.floor(coarse.step / fine.step);
  return ratio > fine.points ? 0 : ratio;
}

function roomFor(count: number): Float64Array {
  if (count > room.length) room = new Float64Array(count);
  return room;
}

/** Index of an interval among those from `start` on, which rise in steps; −1, or one behind `end`, if it is not there. */
function indexOf(
  intervals: Float64Array,
  start: number,
  end: number,
  interval: number,
  step: number,
): number {
  if (start === end || interval < intervals[start]!) return -1;
  // Where it stands if none before it is missing, as in most batches; behind that it cannot stand.
  const latest = start + (interval - intervals[start]!) / step;
  if (intervals[latest] === interval) return latest;
  const found = firstAtLeast(intervals, interval, Math.min(end, latest), start);
  return intervals[found] === interval ? found : -1;
}

function isEnough(known: number, of: number, { xFilesFactor, dialect }: Propagation): boolean {
  if (known === 0) return false;
  // go-whisper divides in single precision, so with a stored 0.1 it takes 1 of 10 and Python does not.
  const share = dialect === 'go' ? Math.fround(known / of) : known / of;
  return share >= xFilesFactor;
}
