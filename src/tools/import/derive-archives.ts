/**
 * What each archive of a file takes of a history, however old and however sparse that is.
 *
 * A batch that is split by age would leave the last raw value of each coarser interval in the archives that alone reach back
 * to it. Here every archive takes, over all of its own reach, the aggregated values of whole aligned intervals.
 */

import { aggregateList, aggregationOfKnown } from '../../archive/aggregate.js';
import { lastOfEach } from '../../archive/compressed-archive.js';
import { floorTo } from '../../bytes/integers.js';
import type { AggregationMethod } from '../../format/aggregation-method.js';
import type { AggregationSpec } from '../../format/aggregation-spec.js';
import { PointRun } from '../../format/point-run.js';
import type { Retention } from '../../format/retention.js';
import { firstInReach } from '../reach.js';
import { isWhole, keptIntervals, type Stretch } from './known-intervals.js';
import { spansOf } from './spans.js';

/** One archive to be filled; below the base of a mix file with an aggregation of its own. */
export interface HistoryArchive extends Retention {
  readonly spec?: AggregationSpec | undefined;
}

/** How a file makes coarser values. */
export interface HistoryRules {
  readonly aggregation: AggregationMethod | 'mix';
  /** Single precision, as stored. */
  readonly xFilesFactor: number;
}

/**
 * @param history   raw points by rising time, each time once
 * @param existing  what each archive shows already; empty runs for a new file
 * @param archives  finest first
 * @param end       Unix seconds: the time up to which the archives reach
 * @returns         for each archive the points that it takes, which count over those it has
 */
export function deriveArchives(
  history: PointRun,
  existing: readonly PointRun[],
  archives: readonly HistoryArchive[],
  rules: HistoryRules,
  end: number,
): PointRun[] {
  const [base] = archives as [HistoryArchive];
  const given = alignedTo(base.step, history, rules.aggregation);
  const firstOfBase = firstInReach(base, end);
  let stretch = withSpans(given, existing[0]!, base.step, firstOfBase);
  let finer = base;
  let finerIndex = 0;
  let kept: ReadonlySet<number> = new Set();
  let finerFirst = firstOfBase;
  return archives.map((archive, i) => {
    const first = firstInReach(archive, end);
    if (i === 0) return from(given, first);
    if (archive.step !== finer.step) {
      // What the file knows of this time in its coarser archives alone.
      if (finer !== base)
        stretch = withCoarser(withoutIntervals(stretch, kept, finer.step), existing[finerIndex]!, finer.step);
      finerFirst = firstInReach(finer, end);
      finer = archive;
      finerIndex = i;
      kept = keptIntervals(stretch, existing[i]!, archive.step, finerFirst);
    }
    return coarserValues(stretch, archive, rules, { baseStep: base.step, first, finerFirst, kept });
  });
}

/** The points aligned to the finest archive: of those of one interval their aggregate. */
function alignedTo(step: number, points: PointRun, method: AggregationMethod | 'mix'): PointRun {
  if (method === 'mix' || method === 'last') return withoutZero(lastOfEach(points, step));
  const aggregate = aggregationOfKnown(method);
  const aligned = new PointRun(points.length);
  for (let start = 0, next = 0; start < points.length; start = next) {
    const interval = floorTo(points.timestamps[start]!, step);
    while (next < points.length && points.timestamps[next]! < interval + step) next++;
    if (next - start === 1) {
      aligned.pushFrom(points, start);
      aligned.timestamps[aligned.length - 1] = interval;
    } else aligned.pushValue(interval, aggregate(points.values, start, next, next - start));
  }
  return withoutZero(aligned);
}

/** Interval 0 is the mark of an empty slot. */
function withoutZero(points: PointRun): PointRun {
  return points.length > 0 && points.timestamps[0] === 0 ? points.part(1, points.length) : points;
}

function from(points: PointRun, first: number): PointRun {
  let start = 0;
  while (start < points.length && points.timestamps[start]! < first) start++;
  return points.part(start, points.length);
}

function withSpans(given: PointRun, existing: PointRun, step: number, firstOfBase: number): Stretch {
  const all = new PointRun(given.length + existing.length);
  const isNew = new Uint8Array(given.length + existing.length);
  let i = 0;
  let j = 0;
  while (i < given.length || j < existing.length) {
    const time = i < given.length ? given.timestamps[i]! : Number.POSITIVE_INFINITY;
    const other = j < existing.length ? existing.timestamps[j]! : Number.POSITIVE_INFINITY;
    if (time <= other) {
      isNew[all.length] = 1;
      all.pushFrom(given, i++);
      if (time === other) j++;
    } else all.pushFrom(existing, j++);
  }
  const { timestamps, values } = all.columns();
  // Of a lone point that the finest archive cannot hold something should be left.
  const isHeld = timestamps.length === 1 && timestamps[0]! >= firstOfBase;
  const spans = spansOf(timestamps, step, isHeld ? step : Number.POSITIVE_INFINITY);
  return { timestamps, values, spans, isNew };
}

/** Without the points of some intervals. */
function withoutIntervals(stretch: Stretch, intervals: ReadonlySet<number>, step: number): Stretch {
  if (intervals.size === 0) return stretch;
  const isLeft = (_: number, i: number) => !intervals.has(floorTo(stretch.timestamps[i]!, step));
  return {
    timestamps: stretch.timestamps.filter(isLeft),
    values: stretch.values.filter(isLeft),
    spans: stretch.spans.filter(isLeft),
    isNew: stretch.isNew.filter(isLeft),
  };
}

/** Adds the points of a coarser archive for those of its intervals that nothing finer is known of. */
function withCoarser(stretch: Stretch, existing: PointRun, step: number): Stretch {
  const { timestamps } = stretch;
  const { length } = timestamps;
  const missing: number[] = [];
  for (let i = 0, j = 0; i < existing.length; i++) {
    const interval = existing.timestamps[i]!;
    while (j < length && timestamps[j]! < interval) j++;
    if (j === length || timestamps[j]! >= interval + step) missing.push(i);
  }
  if (missing.length === 0) return stretch;
  const total = length + missing.length;
  const merged = {
    timestamps: new Float64Array(total),
    values: new Float64Array(total),
    spans: new Float64Array(total),
    isNew: new Uint8Array(total),
  };
  for (let at = 0, i = 0, next = 0; at < total; at++) {
    const coarse = next < missing.length ? existing.timestamps[missing[next]!]! : Number.POSITIVE_INFINITY;
    if (i < length && timestamps[i]! < coarse) {
      merged.timestamps[at] = timestamps[i]!;
      merged.values[at] = stretch.values[i]!;
      merged.spans[at] = stretch.spans[i]!;
      merged.isNew[at] = stretch.isNew[i++]!;
    } else {
      merged.timestamps[at] = coarse;
      merged.values[at] = existing.values[missing[next++]!]!;
      merged.spans[at] = step;
    }
  }
  return merged;
}

/** How far archives reach back, as the first intervals that they hold, and what is not to be made. */
interface Reaches {
  /** Seconds of the finest archive. */
  readonly baseStep: number;
  /** Of the archive itself. */
  readonly first: number;
  /** Of the next finer one. */
  readonly finerFirst: number;
  /** Intervals whose values stay. */
  readonly kept: ReadonlySet<number>;
}

/** The values of those intervals of an archive in which there is a new point, as far as enough of them is known. */
function coarserValues(
  stretch: Stretch,
  { step, spec }: HistoryArchive,
  { aggregation, xFilesFactor }: HistoryRules,
  { baseStep, first, finerFirst, kept }: Reaches,
): PointRun {
  const { timestamps, isNew } = stretch;
  const made = new PointRun();
  for (let start = 0, next = 0; start < timestamps.length; start = next) {
    const interval = floorTo(timestamps[start]!, step);
    let hasNew = false;
    for (; next < timestamps.length && timestamps[next]! < interval + step; next++)
      hasNew ||= isNew[next] === 1;
    if (!hasNew || interval < first || interval <= 0 || kept.has(interval)) continue;
    const end = isWhole(stretch, start, next, step, finerFirst) ? start + 1 : next;
    const known = end < next ? 1 : knownShare(stretch, start, end, step, baseStep);
    if (known < xFilesFactor) continue;
    const value =
      spec === undefined
        ? aggregateSpans(stretch, start, end, known, aggregation as AggregationMethod)
        : aggregateList(stretch.values.slice(start, end), spec);
    made.pushValue(interval, value);
  }
  return made;
}

/** How much of an interval the points [start, end) tell of: at most all. */
function knownShare({ spans }: Stretch, start: number, end: number, step: number, baseStep: number): number {
  let seconds = 0;
  for (let i = start; i < end; i++) seconds += Math.min(spans[i]!, step);
  // Each stands for one slot of the base at the least, and then this is what Whisper reckons.
  return Math.min(1, Math.max(seconds, (end - start) * baseStep) / step);
}

/** Points that stand for unlike times weigh as much as these. */
function aggregateSpans(
  { values, spans }: Stretch,
  start: number,
  end: number,
  known: number,
  method: AggregationMethod,
): number {
  const count = end - start;
  if (method !== 'average' && method !== 'avg_zero')
    return aggregationOfKnown(method)(values, start, end, count);
  let isEven = true;
  for (let i = start + 1; i < end; i++) isEven &&= spans[i] === spans[start];
  // The gaps of an interval count as 0 there: as many as its unknown part would hold.
  if (isEven) return aggregationOfKnown(method)(values, start, end, Math.round(count / known));
  let sum = 0;
  let weight = 0;
  for (let i = start; i < end; i++) {
    sum += values[i]! * spans[i]!;
    weight += spans[i]!;
  }
  return method === 'average' ? sum / weight : (sum / weight) * known;
}
