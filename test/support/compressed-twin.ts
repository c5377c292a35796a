import type { Dialect, Duplicates, Future, UpdateResult } from '../../src/index.js';
import type { Archives } from './histories.js';

type Point = readonly [timestamp: number, value: number];
type Method = 'average' | 'sum' | 'last' | 'max' | 'min' | 'first';

/** An answer to a fetch, gaps as null. */
export interface CompressedSeries {
  from: number;
  until: number;
  step: number;
  archive: number;
  isClamped: boolean;
  values: (number | null)[];
}

/** One half of a buffer: the points that wait, by time, all of one coarser interval. */
type Unit = Map<number, number>;

/** An archive as it should be: what went to blocks in its order, what waits, what came too late. */
class TwinArchive {
  readonly step: number;
  readonly reach: number;
  /** Seconds, of the next coarser archive; undefined for the last, which has no buffer. */
  readonly coarseStep: number | undefined;
  /** Rising. The ring may have dropped the beginning of it. */
  inBlocks: Point[] = [];
  units: [Unit, Unit] = [new Map(), new Map()];
  discarded = 0;

  constructor([step, points]: Archives[number], coarseStep: number | undefined) {
    this.step = step;
    this.reach = step * points;
    this.coarseStep = coarseStep;
  }

  /** Time of the last point in blocks; 0 if there is none. */
  get latest(): number {
    return this.inBlocks.at(-1)?.[0] ?? 0;
  }

  get waiting(): Point[] {
    return this.units.flatMap((unit) => inOrder(unit));
  }

  /** The interval that a unit holds; 0 if it is empty. */
  base(unit: Unit): number {
    const [first] = unit.keys();
    return first === undefined ? 0 : floorTo(first, this.coarseStep!);
  }

  /** The oldest interval of the coarser step that the buffer takes; 0 for any. */
  get oldestTaken(): number {
    if (this.coarseStep === undefined) return 0;
    const [first, second] = this.units.map((unit) => this.base(unit)) as [number, number];
    // While unit 1 is empty anything is taken, and while only unit 0 is, nothing older than unit 1.
    if (second === 0) return 0;
    return first === 0 ? second : Math.min(first, second);
  }

  /** Returns how many came too late. */
  append(points: readonly Point[]): number {
    let late = 0;
    for (const point of points) {
      if (point[0] <= this.latest) late++;
      else this.inBlocks.push(point);
    }
    this.discarded += late;
    return late;
  }

  /** Both units slot by slot, a free slot as time 0. */
  slots(): Point[] {
    return this.units.flatMap((unit) => {
      const base = this.base(unit);
      const count = this.coarseStep! / this.step;
      return Array.from({ length: count }, (_, i): Point => {
        const timestamp = base + i * this.step;
        return unit.has(timestamp) ? [timestamp, unit.get(timestamp)!] : [0, 0];
      });
    });
  }
}

/**
 * What a compressed database that is no mix should be where late points are discarded, in lists and maps: written from the
 * description of the format, without blocks or bits. Not for times below one step of its coarsest archive.
 */
export class CompressedTwin {
  readonly archives: readonly TwinArchive[];
  readonly dialect: Dialect;
  aggregation: Method;
  xFilesFactor: number;
  now: number;

  constructor(list: Archives, aggregation: Method, xFilesFactor: number, now: number, dialect: Dialect) {
    this.archives = list.map((archive, i) => new TwinArchive(archive, list[i + 1]?.[0]));
    this.aggregation = aggregation;
    this.xFilesFactor = xFilesFactor;
    this.now = now;
    this.dialect = dialect;
  }

  get reach(): number {
    return this.archives.at(-1)!.reach;
  }

  /** False if the point is refused. */
  update(value: number, timestamp: number): boolean {
    const age = this.now - timestamp;
    if (this.dialect !== 'go' && (age < 0 || age >= this.reach)) return false;
    this.updateMany([[timestamp, value]], 'store', undefined, undefined);
    return true;
  }

  /** Undefined if the batch is refused. */
  updateMany(
    points: readonly Point[],
    future: Future,
    duplicates: Duplicates | undefined,
    retention: number | undefined,
  ): UpdateResult | undefined {
    const whole = points.map(([timestamp, value]): Point => [Math.trunc(timestamp), value]);
    const past = whole.filter(([timestamp]) => timestamp <= this.now);
    if (future === 'error' && past.length < whole.length) return undefined;
    // What is to win among equals is put last.
    const given = future === 'store' ? whole : past;
    let left = (duplicates === 'first' ? given.toReversed() : given).toSorted(([a], [b]) => a - b);
    const before = this.#countDiscarded();
    let taken = 0;
    let late = 0;
    let replaced = 0;
    for (const [index, archive] of this.archives.entries()) {
      if (retention !== undefined && archive.reach !== retention) continue;
      const tooOld = left.filter(([timestamp]) => timestamp < this.now - archive.reach).length;
      // The oldest point in reach goes along with those that are not, but where it would be lost.
      const isLast = retention !== undefined || index === this.archives.length - 1;
      const handedOn = isLast && this.dialect !== 'go' ? 0 : 1;
      const start = tooOld === 0 ? 0 : Math.min(tooOld + handedOn, left.length);
      const mine = left.slice(start);
      left = left.slice(0, start);
      taken += mine.length;
      if (mine.length === 0) continue;
      const stored = this.#store(index, mine);
      late += stored.late;
      replaced += stored.replaced;
    }
    const discarded = this.#countDiscarded() - before;
    return { written: taken - late, inserted: 0, replaced, dropped: points.length - taken, discarded };
  }

  #countDiscarded(): number {
    return this.archives.reduce((sum, { discarded }) => sum + discarded, 0);
  }

  /**
   * Returns how many of the points came too late, and how many took the place of one that waited; those that come too late
   * as they leave a buffer are only counted.
   */
  #store(index: number, points: readonly Point[]): { late: number; replaced: number } {
    const archive = this.archives[index]!;
    const aligned = new Map(points.map(([timestamp, value]) => [floorTo(timestamp, archive.step), value]));
    const { coarseStep, units } = archive;
    if (coarseStep === undefined) return { late: archive.append([...aligned]), replaced: 0 };
    let late = 0;
    let replaced = 0;
    const bases = units.map((unit) => archive.base(unit)) as [number, number];
    let current = bases[1] > bases[0] ? 1 : 0;
    const oldest = archive.oldestTaken;
    for (const [timestamp, value] of aligned) {
      const interval = floorTo(timestamp, coarseStep);
      if (interval < oldest) {
        late++;
        continue;
      }
      if (!bases.includes(interval) && bases[current] !== 0) {
        current = 1 - current;
        this.#flush(index, bases[current]!, units[current]!);
        bases[current] = 0;
      }
      if (!bases.includes(interval)) bases[current] = interval;
      const unit = units[bases.indexOf(interval)]!;
      if (unit.has(timestamp)) replaced++;
      unit.set(timestamp, value);
      sortUnit(unit);
    }
    archive.discarded += late;
    return { late, replaced };
  }

  #flush(index: number, interval: number, unit: Unit): void {
    const taken = inOrder(unit);
    unit.clear();
    if (taken.length === 0) return;
    this.archives[index]!.append(taken);
    const rolledUp = this.#rollUp(index, interval, taken);
    if (rolledUp !== undefined) this.#store(index + 1, [rolledUp]);
  }

  /** The coarser point that these of archive `index` make; undefined if too few of them are known. */
  #rollUp(index: number, interval: number, points: readonly Point[]): Point | undefined {
    const { step, coarseStep } = this.archives[index]!;
    const share = Math.fround(points.length / (coarseStep! / step));
    if (share < Math.fround(this.xFilesFactor)) return undefined;
    return [interval, this.#aggregate(points)];
  }

  #aggregate(points: readonly Point[]): number {
    return aggregate(
      this.aggregation,
      points.map(([, value]) => value),
    );
  }

  /** Null where there is nothing to say, undefined if the range is refused. */
  fetch(from: number, until: number, asked: number | undefined, clamp: boolean) {
    const { now, reach } = this;
    if (from > until) return undefined;
    if (from > now || until < now - reach) return null;
    const end = Math.min(until, now);
    let start = Math.max(from, now - reach);
    const index = asked ?? this.archives.findIndex((archive) => archive.reach >= now - start);
    const { step, reach: own } = this.archives[index]!;
    const isClamped = clamp && start < now - own;
    if (isClamped && end < now - own) return null;
    if (isClamped) start = now - own;
    const first = floorTo(start, step) + step;
    const last = floorTo(end, step) + step;
    // A range inside one interval has no slot to go-whisper.
    const behind = last === first && this.dialect !== 'go' ? first + step : last;
    return this.#collect(index, first, behind, isClamped);
  }

  #collect(index: number, from: number, until: number, isClamped: boolean): CompressedSeries {
    const { step, inBlocks, waiting } = this.archives[index]!;
    const live = this.dialect === 'go' ? this.#liveAsGo(index, from, until) : this.#live(index);
    // To go-whisper what waits is the newer value, though it will come too late.
    const own = this.dialect === 'go' ? [...inBlocks, ...waiting] : [...waiting, ...inBlocks];
    const known = new Map([...own, ...live]);
    const values = Array.from(
      { length: (until - from) / step },
      (_, i) => known.get(from + i * step) ?? null,
    );
    return { from, until, step, archive: index, isClamped, values };
  }

  /** What an archive would get if all that waits above it were flushed now. */
  #live(index: number): Point[] {
    let carried: Point[] = [];
    for (const [i, archive] of this.archives.slice(0, index).entries()) {
      const coarser = this.archives[i + 1]!;
      const waiting = new Map([...archive.waiting, ...carried]);
      const groups = groupBy(inOrder(waiting), archive.coarseStep!);
      carried = [...groups]
        // What would come too late for the buffer of the next one is not rolled up any more.
        .filter(([interval]) => interval >= coarser.oldestTaken)
        .flatMap(([interval, points]) => {
          const point = this.#rollUp(i, interval, points);
          return point === undefined ? [] : [point];
        });
    }
    // Nor is shown what would come too late for the blocks.
    return carried.filter(([interval]) => interval > this.archives[index]!.latest);
  }

  #liveAsGo(index: number, from: number, until: number): Point[] {
    let carried: Point[] = [];
    for (const archive of this.archives.slice(0, index)) {
      const items = [...carried, ...archive.slots()];
      const shown = items.filter(([timestamp], i) => timestamp !== 0 || i === items.length - 1);
      carried = [];
      let group: Point[] = [];
      for (const item of shown) {
        const base = group.length === 0 ? 0 : floorTo(group[0]![0], archive.coarseStep!);
        if (base !== 0 && floorTo(item[0], archive.coarseStep!) !== base) {
          carried.push([base, this.#aggregate(group)]);
          group = [];
        }
        group.push(item);
      }
    }
    const sorted = carried.toSorted(([a], [b]) => a - b);
    const outside = sorted.findIndex(([timestamp]) => timestamp < from || timestamp > until);
    return outside === -1 ? sorted : sorted.slice(0, outside);
  }
}

function floorTo(time: number, step: number): number {
  return Math.floor(time / step) * step;
}

function inOrder(points: ReadonlyMap<number, number>): Point[] {
  return [...points].toSorted(([a], [b]) => a - b);
}

/** Points by the interval of a step that they fall in. */
export function groupBy(points: readonly Point[], step: number): Map<number, Point[]> {
  const groups = new Map<number, Point[]>();
  for (const point of points) {
    const interval = floorTo(point[0], step);
    groups.set(interval, [...(groups.get(interval) ?? []), point]);
  }
  return groups;
}

/** Brings the points of a unit into the order of its slots. */
function sortUnit(unit: Unit): void {
  const sorted = inOrder(unit);
  unit.clear();
  for (const [timestamp, value] of sorted) unit.set(timestamp, value);
}

/** Aggregates values in the order of time; a NaN that is not first is passed over by max and min. */
export function aggregate(method: Method, values: readonly number[]): number {
  const best = (beats: (a: number, b: number) => boolean) => values.reduce((a, b) => (beats(b, a) ? b : a));
  switch (method) {
    case 'average':
      return aggregate('sum', values) / values.length;
    case 'sum':
      return values.reduce((sum, value) => sum + value, 0);
    case 'last':
      return values.at(-1)!;
    case 'first':
      return values[0]!;
    case 'max':
      return best((a, b) => a > b);
    case 'min':
      return best((a, b) => a < b);
  }
}
