/**
 * What a new archive holds that the old file had in archives of other steps.
 *
 * An interval's value is made of the points of a finer archive whose step divides the new one, by the new file's method
 * and xFilesFactor, and only if that archive still has all of the interval. Never is a coarse value taken for one of a
 * shorter time, unless that is asked for (`spread`).
 */
import { aggregateList, aggregationOfKnown } from '../../archive/aggregate.js';
import { floorTo } from '../../bytes/integers.js';
import type { Database } from '../../database/database.js';
import type { DatabaseInfo } from '../../database/info.js';
import type { Series } from '../../database/series.js';
import type { AggregationMethod } from '../../format/aggregation-method.js';
import { PointRun } from '../../format/point-run.js';
import { isOfKind, specOf } from '../donor.js';
import type { Content } from '../store-contents.js';

/** How values are derived. */
export interface Deriving {
  /** Unix seconds. */
  readonly now: number;
  /** Make values of finer points also where the old archive of the same step has one. */
  readonly aggregate: boolean;
  /** Put coarse values into finer archives that have nothing for their time. */
  readonly spread: boolean;
}

/** Where the points of a new archive come from. */
export interface Origin {
  /** From the archive of the same step. */
  readonly copied: number;
  /** Made of finer points. */
  readonly derived: number;
  /** Put where a coarse value was spread. */
  readonly spread: number;
  /** Intervals that are over, of which finer points are known, but fewer than the xFilesFactor asks for. */
  readonly tooFew: number;
}

/** What an archive of the old file shows. */
interface Offer {
  readonly step: number;
  readonly series: Series;
}

/** The archives of the old file, as their values are to be read for a new one. */
export class Deriver {
  readonly #from: DatabaseInfo;
  readonly #to: DatabaseInfo;
  readonly #how: Deriving;
  readonly #series: readonly (Series | null)[];

  /** @param source  a copy of the old file without damage */
  constructor(source: Database, to: DatabaseInfo, how: Deriving) {
    this.#from = source.info;
    this.#to = to;
    this.#how = how;
    this.#series = source.info.archives.map(({ retention }, archive) => {
      return source.fetch(how.now - retention, how.now, { archive, now: how.now });
    });
  }

  /**
   * What archive `index` of the new file holds.
   *
   * @param same  what it takes from the old archive of its step
   */
  contentOf(index: number, { all }: Content): { readonly content: Content; readonly origin: Origin } {
    const { step, retention } = this.#to.archives[index]!;
    const { now, aggregate, spread } = this.#how;
    const hasSame = this.#from.archives.some(
      (archive, i) => archive.step === step && this.#isOfKind(i, index),
    );
    const finer =
      hasSame && !aggregate ? [] : this.#offers(index, (offered) => offered < step && step % offered === 0);
    const values = new Map<number, number>();
    for (let i = 0; i < all.length; i++) values.set(all.timestamps[i]!, all.values[i]!);
    const counts = { derived: 0, spread: 0, tooFew: 0 };
    const oldest = floorTo(now - retention, step) + step;
    if (finer.length > 0) {
      const make = this.#maker(index);
      for (let interval = Math.max(oldest, beginning(finer, step)); interval <= now; interval += step) {
        const made = make(finer, interval);
        if (typeof made === 'number') {
          values.set(interval, made);
          counts.derived++;
        } else if (made === 'too few' && !values.has(interval) && interval + step <= now) counts.tooFew++;
      }
    }
    if (spread) counts.spread = this.#spread(index, oldest, values);
    const content = toContent(values);
    return { content, origin: { copied: values.size - counts.derived - counts.spread, ...counts } };
  }

  #isOfKind(from: number, to: number): boolean {
    return isOfKind(specOf(this.#from, from), this.#from, specOf(this.#to, to), this.#to);
  }

  /** The old archives of some steps that are of the right aggregation, the finest first. */
  #offers(index: number, isMeant: (step: number) => boolean): Offer[] {
    const offers = this.#series.flatMap((series, i) => {
      const { step } = this.#from.archives[i]!;
      // Raw points are what any aggregation is made of.
      const isRight = i === 0 || this.#isOfKind(i, index);
      return series !== null && isMeant(step) && isRight ? [{ step, series }] : [];
    });
    return offers.sort((a, b) => a.step - b.step);
  }

  /** Makes the value of an interval of archive `index` of the finest archive that has all of it and enough. */
  #maker(index: number): (offers: readonly Offer[], interval: number) => number | 'too few' | undefined {
    const { step } = this.#to.archives[index]!;
    const method = methodOf(this.#to, index);
    const xFilesFactor = Math.fround(this.#to.xFilesFactor);
    const isSingle = this.#to.format === 'compressed';
    return (offers, interval) => {
      let hasAny = false;
      for (const { step: fine, series } of offers) {
        const first = (interval - series.from) / fine;
        // The archive no longer has the beginning of it.
        if (first < 0) continue;
        const count = step / fine;
        const known = knownOf(series, first, first + count);
        if (known.length === 0) continue;
        hasAny = true;
        const share = isSingle ? Math.fround(known.length / count) : known.length / count;
        if (share >= xFilesFactor) return aggregated(known, method, count);
      }
      return hasAny ? 'too few' : undefined;
    };
  }

  /** Puts coarse values where nothing is known of their time; returns how many slots they take. */
  #spread(index: number, oldest: number, values: Map<number, number>): number {
    const { step } = this.#to.archives[index]!;
    const { method } = methodOf(this.#to, index);
    let slots = 0;
    for (const { step: coarse, series } of this.#offers(
      index,
      (offered) => offered > step && offered % step === 0,
    )) {
      for (const [interval, value] of series.knownPoints()) {
        const times = [];
        // Of the newest one also what is after it: a share of the sum, or it would be less.
        for (let time = Math.max(interval, oldest); time < interval + coarse; time += step) times.push(time);
        if (times.some((time) => values.has(time))) continue;
        // A sum is shared out, so that the whole stays what it was.
        for (const time of times) values.set(time, method === 'sum' ? value * (step / coarse) : value);
        slots += times.length;
      }
    }
    return slots;
  }
}

interface Method {
  readonly method: AggregationMethod | 'percentile';
  readonly percentile: number;
}

/** The aggregation of an archive. The base of a mix has raw values, of which the last of an interval counts. */
function methodOf(info: DatabaseInfo, index: number): Method {
  if (info.format === 'compressed') {
    const { spec } = info.archives[index]!;
    if (spec !== undefined && spec !== null) return spec;
    if (info.aggregation === 'mix') return { method: 'last', percentile: 0 };
  }
  return { method: info.aggregation as AggregationMethod, percentile: 0 };
}

/** The first interval that one of the archives has all of. */
function beginning(offers: readonly Offer[], step: number): number {
  return Math.min(...offers.map(({ series }) => Math.ceil(series.from / step) * step));
}

/** @param slots  how many there are, the gaps among them as well */
function aggregated(known: Float64Array, { method, percentile }: Method, slots: number): number {
  if (method === 'percentile') return aggregateList(known, { method, percentile });
  return aggregationOfKnown(method)(known, 0, known.length, slots);
}

function knownOf({ values, known }: Series, start: number, end: number): Float64Array {
  const list: number[] = [];
  for (let i = start; i < end && i < values.length; i++) {
    if (known[i] === 1) list.push(values[i]!);
  }
  return Float64Array.from(list);
}

function toContent(values: ReadonlyMap<number, number>): Content {
  const all = new PointRun(values.size);
  for (const [time, value] of [...values].sort(([a], [b]) => a - b)) all.pushValue(time, value);
  return { all, taken: all };
}
