/**
 * What one process stores while others read: batch after batch out of a seed, so that each of them knows by itself what the
 * first so many batches hold, and the value that belongs to a time is told by the time alone.
 */

/** One batch, stored at `now`; a timestamp that comes again brings the same value. */
export interface Batch {
  readonly now: number;
  readonly timestamps: readonly number[];
}

/** Seconds of the base; in the coarser archive stands the last value of each interval. */
export const STEP = 1;
export const RETENTION = 1200;

const START = 1_700_000_000;
/** Seconds in which a late point may come late: it is in the base still. */
const LATEST = 400;

/** The value of a time: rising with it, and with bits enough at its end that no block is as small as was hoped for. */
export function valueAt(timestamp: number): number {
  const mixed = Math.imul((timestamp >>> 0) ^ 0x9e3779b9, 0x85ebca6b);
  return timestamp + ((mixed ^ (mixed >>> 13)) >>> 11) / 2 ** 21;
}

/** The time that a value is of; undefined if it is no time's. */
export function timeOf(value: number): number | undefined {
  const timestamp = Math.floor(value);
  return valueAt(timestamp) === value ? timestamp : undefined;
}

export class Story {
  readonly #random: () => number;
  readonly #batches: Batch[] = [];
  /** By time, the batch that first brought it. */
  readonly #broughtBy = new Map<number, number>();
  /** Times that were left out, and may come late; and times that were stored, and may come again. */
  #leftOut: number[] = [];
  #recent: number[] = [];
  #newest = START;

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  batch(index: number): Batch {
    while (this.#batches.length <= index) this.#tellNext();
    return this.#batches[index]!;
  }

  /** The batch that first brought a time; none of the first `count` if it is not less than `count`. */
  broughtBy(timestamp: number, count: number): number {
    this.batch(count);
    return this.#broughtBy.get(timestamp) ?? Number.POSITIVE_INFINITY;
  }

  #tellNext(): void {
    const draw = this.#random();
    let timestamps: number[] = [];
    if (draw < 0.1) timestamps = this.#drawLate();
    else if (draw < 0.15) timestamps = this.#drawAgain();
    if (timestamps.length === 0) timestamps = this.#drawNew(draw < 0.6 ? 1 : 1 + this.#below(40));
    for (const timestamp of timestamps) {
      if (!this.#broughtBy.has(timestamp)) this.#broughtBy.set(timestamp, this.#batches.length);
    }
    this.#batches.push({ now: this.#newest, timestamps });
    this.#leftOut = this.#leftOut.filter((timestamp) => timestamp > this.#newest - LATEST);
    this.#recent = this.#recent.filter((timestamp) => timestamp > this.#newest - LATEST);
  }

  #drawNew(count: number): number[] {
    const drawn: number[] = [];
    while (drawn.length < count) {
      const skipped = this.#random() < 0.2 ? this.#below(6) : 0;
      for (let i = 0; i < skipped; i++) this.#leftOut.push(++this.#newest);
      drawn.push(++this.#newest);
    }
    this.#recent.push(...drawn);
    return drawn;
  }

  #drawLate(): number[] {
    const count = Math.min(this.#leftOut.length, 1 + this.#below(6));
    const drawn = Array.from({ length: count }, () => {
      return this.#leftOut.splice(this.#below(this.#leftOut.length), 1)[0]!;
    });
    return drawn;
  }

  #drawAgain(): number[] {
    if (this.#recent.length === 0) return [];
    return Array.from({ length: 1 + this.#below(3) }, () => this.#recent[this.#below(this.#recent.length)]!);
  }

  #below(end: number): number {
    return Math.floor(this.#random() * end);
  }
}

/** Numbers from 0 to 1 out of a seed, in the manner of mulberry32. */
export function randomOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
