import type { AggregationMethod, Dialect, Duplicates, Future, UpdateResult } from '../../src/index.js';
import type { Archives } from './histories.js';

type Point = readonly [timestamp: number, value: number];

/** An answer to a fetch, gaps as null. */
export interface TwinSeries {
  from: number;
  until: number;
  step: number;
  archive: number;
  isClamped: boolean;
  values: (number | null)[];
}

/** A ring that remembers, for each of its places, the interval that came there last. */
class TwinRing {
  readonly step: number;
  readonly points: number;
  readonly reach: number;
  readonly places = new Map<number, { interval: number; value: number }>();

  constructor([step, points]: Archives[number]) {
    this.step = step;
    this.points = points;
    this.reach = step * points;
  }

  align(timestamp: number): number {
    return Math.floor(timestamp / this.step) * this.step;
  }

  /** Which intervals share a place does not depend on where in the ring the first one went. */
  #place(interval: number): number {
    return Number(BigInt.asUintN(64, BigInt(interval / this.step)) % BigInt(this.points));
  }

  set(interval: number, value: number): void {
    this.places.set(this.#place(interval), { interval, value });
  }

  get(interval: number): number | null {
    if (interval <= 0) return null;
    const there = this.places.get(this.#place(interval));
    return there?.interval === interval ? there.value : null;
  }
}

/**
 * What a database should be, in maps and lists: written from the description of the format, without bytes,
 * slots or any of the engine's arithmetic. Not for times below one turn of its rings.
 */
export class Twin {
  readonly rings: readonly TwinRing[];
  readonly dialect: Dialect;
  aggregation: AggregationMethod;
  xFilesFactor: number;
  now: number;

  constructor(archives: Archives, now: number, dialect: Dialect) {
    this.rings = archives.map((archive) => new TwinRing(archive));
    this.dialect = dialect;
    this.aggregation = 'average';
    this.xFilesFactor = 0.5;
    this.now = now;
  }

  get reach(): number {
    return Math.max(...this.rings.map(({ reach }) => reach));
  }

  /** False if the point is not covered. */
  update(value: number, timestamp: number): boolean {
    const age = this.now - timestamp;
    if (age < 0 || age >= this.reach) return false;
    const index = this.#ringFor(age);
    this.#store(index, new Map([[this.rings[index]!.align(timestamp), value]]));
    return true;
  }

  /** Undefined if the batch is refused. */
  updateMany(
    points: readonly Point[],
    future: Future,
    duplicates: Duplicates | undefined,
  ): UpdateResult | undefined {
    const whole = points.map(([timestamp, value]) => [Math.trunc(timestamp), value] as const);
    const past = whole.filter(([timestamp]) => timestamp <= this.now);
    if (future === 'error' && past.length < whole.length) return undefined;
    const stored = future === 'store' ? whole : past;
    // What is to win among equals is put last, for each point takes the place of the one before it.
    const lastWins = (duplicates ?? (this.dialect === 'go' ? 'last' : 'first')) === 'last';
    const rising = (lastWins ? stored : stored.toReversed()).toSorted(([a], [b]) => a - b);
    const shares = this.rings.map((ring, index) => {
      return rising
        .filter(([timestamp]) => this.#ringFor(this.now - timestamp) === index)
        .map(([timestamp, value]) => [ring.align(timestamp), value] as const);
    });
    for (const [index, share] of shares.entries()) if (share.length > 0) this.#store(index, new Map(share));
    const written = shares.flat().length;
    return { written, inserted: 0, replaced: 0, dropped: points.length - written, discarded: 0 };
  }

  /** Index of the finest ring that reaches back so far; −1 if none does. */
  #ringFor(age: number): number {
    return this.rings.findIndex(({ reach }) => age <= reach);
  }

  /** Writes values, oldest first, and brings the coarser rings up to date with them. */
  #store(index: number, values: ReadonlyMap<number, number>): void {
    for (const [interval, value] of values) this.rings[index]!.set(interval, value);
    for (let level = index + 1; level < this.rings.length; level++) {
      const coarse = this.rings[level]!;
      const intervals = new Set([...values.keys()].map((interval) => coarse.align(interval)));
      const rolledUp = [...intervals].flatMap((interval) => this.#rollUp(level, interval));
      for (const [interval, value] of rolledUp) coarse.set(interval, value);
      if (rolledUp.length === 0) return;
    }
  }

  /** The coarser value of an interval as a list of one point; of none if too little is known. */
  #rollUp(level: number, interval: number): Point[] {
    const [fine, coarse] = [this.rings[level - 1]!, this.rings[level]!];
    const all: (number | null)[] = [];
    for (let at = interval; at < interval + coarse.step; at += fine.step) all.push(fine.get(at));
    const known = all.filter((value) => value !== null);
    const share = known.length / all.length;
    const isEnough = (this.dialect === 'go' ? Math.fround(share) : share) >= Math.fround(this.xFilesFactor);
    return known.length > 0 && isEnough ? [[interval, aggregate(this.aggregation, known, all.length)]] : [];
  }

  /** Null where there is nothing to say, undefined if the range is refused. */
  fetch(
    from: number,
    until: number,
    archive: number | undefined,
    clamp: boolean,
  ): TwinSeries | null | undefined {
    const { now, reach } = this;
    if (from > until) return undefined;
    if (from > now || until < now - reach) return null;
    const start = Math.max(from, now - reach);
    const end = Math.min(until, now);
    const index = archive ?? this.#ringFor(now - start);
    const ring = this.rings[index]!;
    const oldest = now - ring.reach;
    const isClamped = clamp && start < oldest;
    if (isClamped && end < oldest) return null;
    const first = ring.align(isClamped ? oldest : start) + ring.step;
    const last = Math.max(ring.align(end) + ring.step, first + ring.step);
    const asked = (last - first) / ring.step;
    const isWhole = ring.places.size === 0 || asked <= ring.points;
    const length = isWhole ? asked : asked % ring.points || ring.points;
    const values = Array.from({ length }, (_, i) => ring.get(first + i * ring.step));
    return { from: first, until: last, step: ring.step, archive: index, isClamped, values };
  }
}

function aggregate(method: AggregationMethod, known: readonly number[], count: number): number {
  const total = () => known.reduce((sum, value) => sum + value, 0);
  const best = (beats: (a: number, b: number) => boolean) => known.reduce((a, b) => (beats(b, a) ? b : a));
  switch (method) {
    case 'average':
      return total() / known.length;
    case 'sum':
      return total();
    case 'avg_zero':
      return total() / count;
    case 'first':
      return known[0]!;
    case 'last':
      return known.at(-1)!;
    case 'max':
      return best((a, b) => a > b);
    case 'min':
      return best((a, b) => a < b);
    case 'absmax':
      return best((a, b) => Math.abs(a) > Math.abs(b));
    case 'absmin':
      return best((a, b) => Math.abs(a) < Math.abs(b));
  }
}
