import type { AggregationSpec, Dialect, UpdateResult } from '../../src/index.js';
import { aggregate, groupBy } from './compressed-twin.js';

type Point = readonly [timestamp: number, value: number];

/** One archive: what went to its blocks, rising. The ring may have dropped the beginning of it. */
export interface MixTwinArchive {
  readonly step: number;
  readonly reach: number;
  /** Undefined for the base. */
  readonly spec: AggregationSpec | undefined;
  inBlocks: Point[];
}

/**
 * What a mix database should be where late points are discarded, in lists: its base takes the points, and the archives below are made of it once they
 * can be, each by its own aggregation.
 */
export class MixTwin {
  readonly archives: readonly MixTwinArchive[];
  discarded = 0;
  readonly dialect: Dialect;
  readonly xFilesFactor: number;
  now: number;

  constructor(
    archives: readonly { step: number; points: number; spec?: AggregationSpec }[],
    xFilesFactor: number,
    now: number,
    dialect: Dialect,
  ) {
    this.archives = archives.map(({ step, points, spec }) => {
      return { step, reach: step * points, spec, inBlocks: [] };
    });
    this.xFilesFactor = xFilesFactor;
    this.now = now;
    this.dialect = dialect;
  }

  get base(): MixTwinArchive {
    return this.archives[0]!;
  }

  updateMany(points: readonly Point[]): UpdateResult {
    const { base, now } = this;
    const rising = points.toSorted(([a], [b]) => a - b);
    const tooOld = rising.filter(([timestamp]) => timestamp < now - base.reach).length;
    // To go-whisper the oldest point in reach goes along with those that are not, and is lost.
    const taken = rising.slice(tooOld > 0 && this.dialect === 'go' ? tooOld + 1 : tooOld);
    const aligned = new Map(taken.map(([timestamp, value]) => [floorTo(timestamp, base.step), value]));
    let discarded = 0;
    for (const point of aligned) {
      if (point[0] <= latestOf(base)) discarded++;
      else base.inBlocks.push(point);
    }
    this.discarded += discarded;
    return {
      written: taken.length - discarded,
      inserted: 0,
      replaced: 0,
      dropped: points.length - taken.length,
      discarded,
    };
  }

  /** What the archives below get if the base, as it is, is rolled up now: for each of them its new points. */
  propagate(): Point[][] {
    const last = this.archives.at(-1)!;
    const from = latestOf(last);
    const until = floorTo(latestOf(this.base), last.step) - 4 * last.step - 1;
    const isDue = until > (from === 0 ? (this.base.inBlocks[0]?.[0] ?? 0) : from);
    return this.#groups(isDue ? this.#baseFrom(from, until) : []);
  }

  /** What archive `index` shows of the intervals from `first` up to, not including, `end`. */
  fetch(index: number, first: number, end: number): (number | null)[] {
    const archive = this.archives[index]!;
    const stored = archive.inBlocks.filter(([timestamp]) => timestamp >= first && timestamp <= end);
    const latest = stored.at(-1)?.[0];
    const known = new Map(stored);
    if (index > 0 && (latest === undefined || latest < end)) {
      const from = latest === undefined ? first : latest + archive.step;
      const live = this.#groups(this.#baseFrom(from, end))[index]!;
      for (const [timestamp, value] of live) known.set(timestamp, value);
    }
    const slots = Math.max((end - first) / archive.step, 0);
    return Array.from({ length: slots }, (_, i) => known.get(first + i * archive.step) ?? null);
  }

  #baseFrom(from: number, until: number): Point[] {
    return this.base.inBlocks.filter(([timestamp]) => timestamp >= from && timestamp <= until);
  }

  #groups(points: readonly Point[]): Point[][] {
    const shared = new Map<number, [number, number[]][]>();
    return this.archives.map((archive) => {
      const { step, spec } = archive;
      if (spec === undefined) return [];
      const groups = shared.get(step) ?? this.#groupsOf(points, step);
      shared.set(step, groups);
      return groups
        .filter(([interval]) => interval > latestOf(archive))
        .map(([interval, list]): Point => [interval, aggregateBy(spec, list)]);
    });
  }

  /** Of the last group it is not asked how much of it is known. */
  #groupsOf(points: readonly Point[], step: number): [number, number[]][] {
    const groups = [...groupBy(points, step)];
    return groups
      .filter(([, { length }], i) => {
        const share = Math.fround(length / (step / this.base.step));
        return i === groups.length - 1 || share >= Math.fround(this.xFilesFactor);
      })
      .map(([interval, list]) => [interval, list.map(([, value]) => value)]);
  }
}

/** A percentile leaves the list sorted for whoever looks at it next. */
function aggregateBy({ method, percentile }: AggregationSpec, list: number[]): number {
  if (method !== 'percentile') return aggregate(method, list);
  // Every NaN before all numbers.
  list.sort((a, b) => Number(Number.isNaN(b)) - Number(Number.isNaN(a)) || a - b);
  const place = ((list.length - 1) * percentile) / 100;
  const share = place - Math.floor(place);
  if (share === 0) return list[place]!;
  return list[Math.ceil(place)]! * share + list[Math.ceil(place) - 1]! * (1 - share);
}

function latestOf({ inBlocks }: MixTwinArchive): number {
  return inBlocks.at(-1)?.[0] ?? 0;
}

function floorTo(time: number, step: number): number {
  return Math.floor(time / step) * step;
}
