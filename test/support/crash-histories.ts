/** What happens to a database before it crashes: layouts, and calls at random from a seed. */
import type { CreateOptions, Database } from '../../src/index.js';
import { SeededRandom } from './crash-random.js';

/** One call, at a time, and what the base must hold once it has returned. */
export interface CrashCall {
  /** For messages. */
  readonly name: string;
  readonly now: number;
  /** The handle is closed before it, and opened again by it. */
  readonly reopens: boolean;
  readonly act: (database: Database) => void;
  /** Brings the model of the base up to date. */
  readonly tell: (base: BaseModel) => void;
}

/** What the base must hold, by interval: a value, null for none, or undefined where either of two things will do. */
export type BaseModel = Map<number, number | null | undefined>;

export interface CrashHistory {
  readonly seed: number;
  readonly layout: CreateOptions;
  readonly calls: readonly CrashCall[];
}

/** Layouts, small enough that rings come round and units are flushed within some ten calls. */
export const layouts = {
  standard: [
    { retentions: '10s:10m,1m:1h,5m:4h', xFilesFactor: 0 },
    { retentions: '10s:5m,1m:30m', xFilesFactor: 0.5, aggregation: 'max' },
    // Rings of several pages.
    { retentions: '1s:20m,1m:2h', xFilesFactor: 0.3, aggregation: 'sum' },
  ],
  compressed: [
    // Blocks that come round, and that make no file grow.
    { retentions: '10s:10m,1m:1h,5m:4h', xFilesFactor: 0, pointsPerBlock: 6, pointSize: 14 },
    // Blocks that are too small, so that the file grows.
    { retentions: '10s:10m,1m:1h,5m:4h', xFilesFactor: 0.5, pointsPerBlock: 16, pointSize: 2 },
    // Metadata of more than a page: a buffer of 600 slots. Points of this size make no file grow.
    { retentions: '1s:20m,5m:4h', xFilesFactor: 0, aggregation: 'sum', pointsPerBlock: 40, pointSize: 14 },
    // One block that is never full.
    { retentions: '10s:10m,1m:1h', xFilesFactor: 0, aggregation: 'last' },
    {
      retentions: '10s:20m,1m:1h,5m:4h',
      xFilesFactor: 0,
      aggregation: 'mix',
      mix: ['average', 'max', 'p95'],
      pointsPerBlock: 12,
      pointSize: 10,
    },
  ],
} as const satisfies Record<string, readonly CreateOptions[]>;

export const START = 1_700_000_000;

/** The finest archive of a layout: seconds a point, and points. */
export function baseOf({ retentions }: CreateOptions): { step: number; reach: number } {
  const [step, reach] = /^(\d+)s:(\d+)m/.exec(String(retentions))!.slice(1).map(Number) as [number, number];
  return { step, reach: reach * 60 };
}

/** A history of `length` calls; the same for the same seed. */
export function crashHistory(format: 'standard' | 'compressed', seed: number, length: number): CrashHistory {
  const random = new SeededRandom(seed);
  const layout: CreateOptions = { ...layouts[format][seed % layouts[format].length]!, format };
  const author = new Author(random, layout);
  return { seed, layout, calls: Array.from({ length }, () => author.next()) };
}

/** Thinks calls up, one after another. */
class Author {
  readonly #random: SeededRandom;
  readonly #layout: CreateOptions;
  readonly #step: number;
  readonly #reach: number;
  /** Whether values are such that each takes as many bits as a value can. */
  readonly #isWild: boolean;
  /** Whether no point comes late: blocks are then only appended to, till the ring comes round. */
  readonly #isInOrder: boolean;
  #now = START;
  #serial = 0;

  constructor(random: SeededRandom, layout: CreateOptions) {
    this.#random = random;
    this.#layout = layout;
    const { step, reach } = baseOf(layout);
    this.#step = step;
    this.#reach = reach;
    this.#isWild = !random.once(4);
    this.#isInOrder = random.once(2);
  }

  next(): CrashCall {
    const random = this.#random;
    const kind = random.between(0, 19);
    const isReopened = random.once(5);
    if (kind < 4) return this.#call('point', isReopened, this.#pointNow());
    if (kind < 11 || (this.#isInOrder && kind < 17)) return this.#call('batch', isReopened, this.#recent());
    if (kind < 15) return this.#call('late points', isReopened, this.#late(this.#reach));
    if (kind < 16) return this.#call('points of any age', isReopened, this.#late(4 * 3600));
    if (kind < 17) return this.#call('repeat', isReopened, this.#repeats());
    if (kind < 18) return this.#leap();
    if (kind < 19) return this.#settings(isReopened);
    return this.#erase(isReopened);
  }

  #pointNow(): [number, number][] {
    this.#now += this.#random.between(1, 3 * this.#step);
    return [[this.#now, this.#value()]];
  }

  /** The last points before now, some of them left out. */
  #recent(): [number, number][] {
    const step = this.#step;
    const most = this.#random.pick([3, 12, 40, this.#reach / step]);
    const count = this.#random.between(1, most);
    const isWhole = this.#random.once(2);
    this.#now += count * step;
    return Array.from({ length: count }, (_, i) => this.#now - i * step)
      .filter(() => isWhole || !this.#random.once(4))
      .map((timestamp): [number, number] => [timestamp, this.#value()]);
  }

  #late(oldest: number): [number, number][] {
    const step = this.#step;
    this.#now += this.#random.between(0, step);
    const count = this.#random.between(1, 8);
    const intervals = new Set(
      Array.from({ length: count }, () => {
        return Math.floor((this.#now - this.#random.between(0, oldest - step)) / step) * step;
      }),
    );
    return [...intervals].map((timestamp) => [timestamp, this.#value()]);
  }

  /** A run of intervals somewhere in the base, all of which may have points already. */
  #repeats(): [number, number][] {
    const step = this.#step;
    const end = Math.floor((this.#now - this.#random.between(0, this.#reach / 2)) / step) * step;
    return Array.from({ length: this.#random.between(1, 20) }, (_, i) => [end - i * step, this.#value()]);
  }

  #leap(): CrashCall {
    this.#now += this.#random.between(this.#reach / 2, 3 * this.#reach);
    return this.#call('point after a pause', false, this.#pointNow());
  }

  #settings(reopens: boolean): CrashCall {
    const isMix = this.#layout.aggregation === 'mix';
    const method = this.#random.pick(['average', 'sum', 'max', 'min', 'last'] as const);
    const share = this.#random.pick([0, 0.25, 0.5]);
    const act = (database: Database) => {
      if (isMix || share === 0.25) database.setXFilesFactor(share);
      else database.setAggregation(method, share);
    };
    return { name: `settings ${method} ${share}`, now: this.#now, reopens, act, tell: () => {} };
  }

  #erase(reopens: boolean): CrashCall {
    const now = this.#now;
    const from = now - this.#random.between(0, this.#reach);
    const until = Math.min(now, from + this.#random.between(0, this.#reach / 2));
    const act = (database: Database) => {
      database.erase(from, until, { now });
    };
    const tell = (base: BaseModel) => {
      for (const interval of base.keys()) {
        const isInside = interval >= from + this.#step && interval <= until - this.#step;
        // At the ends it depends on how the range is read.
        if (isInside) base.set(interval, null);
        else if (interval > from - this.#step && interval < until + this.#step) base.set(interval, undefined);
      }
    };
    return { name: `erase ${from} to ${until}`, now, reopens, act, tell };
  }

  #call(name: string, reopens: boolean, points: readonly [number, number][]): CrashCall {
    const now = this.#now;
    // Alone, a point that is too old for the file would be refused.
    const isYoung = points.every(([timestamp]) => now - timestamp < this.#reach);
    const isSingle = points.length === 1 && isYoung && this.#random.once(2);
    const act = (database: Database) => {
      const [first] = points;
      if (isSingle && first !== undefined) database.update(first[1], first[0], { now });
      else database.updateMany(points, { now });
    };
    const [step, reach] = [this.#step, this.#reach];
    const tell = (base: BaseModel) => {
      const inReach = points.filter(([timestamp]) => now - timestamp < reach - step);
      const isShared = inReach.length < points.length;
      const oldest = Math.min(...inReach.map(([timestamp]) => timestamp));
      for (const [timestamp, value] of inReach) {
        // The oldest in reach may go to the next archive, along with those that are not (doc/format.md, quirk 12).
        const isSure = !(isShared && timestamp === oldest);
        base.set(Math.floor(timestamp / step) * step, isSure ? value : undefined);
      }
    };
    return { name: `${name} (${points.length})`, now, reopens, act, tell };
  }

  /** No value comes twice, so that each tells which call it is of. */
  #value(): number {
    this.#serial++;
    return this.#isWild ? this.#serial * Math.PI : this.#serial;
  }
}
