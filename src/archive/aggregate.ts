/**
 * Aggregation: several values of a finer archive become one of a coarser.
 *
 * Each function sees known values alone, the entries [start, end) of a list, of which there is at least one. Addition
 * goes left to right from 0, as everywhere but in Python ≥ 3.12, whose sum() compensates. Where a NaN meets
 * a comparison it stays if it came first and is passed over if it came later.
 * Source: Graphite Whisper; `first`: go-whisper.
 */
import type { AggregationMethod } from '../format/aggregation-method.js';
import type { AggregationSpec } from '../format/aggregation-spec.js';
import type { Columns } from '../format/point.js';

/** @param slots  how many there are, the gaps among them as well */
export type Aggregation = (values: Float64Array, start: number, end: number, slots: number) => number;

const AGGREGATIONS: { readonly [M in AggregationMethod]: Aggregation } = {
  average: (values, start, end) => sum(values, start, end) / (end - start),
  sum,
  last: (values, _, end) => values[end - 1]!,
  max: (values, start, end) => best(values, start, end, (value, leader) => value > leader),
  min: (values, start, end) => best(values, start, end, (value, leader) => value < leader),
  // A gap counts as 0 here, so the divisor is the number of slots.
  avg_zero: (values, start, end, slots) => sum(values, start, end) / slots,
  absmax: (values, start, end) =>
    best(values, start, end, (value, leader) => Math.abs(value) > Math.abs(leader)),
  absmin: (values, start, end) =>
    best(values, start, end, (value, leader) => Math.abs(value) < Math.abs(leader)),
  first: (values, start) => values[start]!,
};

/** The function of a method, over known values. */
export function aggregationOfKnown(method: AggregationMethod): Aggregation {
  return AGGREGATIONS[method];
}

/** The function of a method, over the slots [start, end) of columns of which at least one is known. */
export function aggregationOf(
  method: AggregationMethod,
): (columns: Columns, start: number, end: number) => number {
  const aggregate = AGGREGATIONS[method];
  let known = new Float64Array(0);
  return (columns, start, end) => {
    if (end - start > known.length) known = new Float64Array(end - start);
    return aggregate(known, 0, gatherKnown(columns, start, end, known), end - start);
  };
}

/** Puts the known values of the slots [start, end) behind one another, from index 0; returns how many there are. */
export function gatherKnown(
  { values, known }: Columns,
  start: number,
  end: number,
  into: Float64Array,
): number {
  let count = 0;
  for (let i = start; i < end; i++) {
    if (known[i] === 1) into[count++] = values[i]!;
  }
  return count;
}

/**
 * Aggregates a list of values, of which there is at least one.
 *
 * @param values  for a percentile they are sorted where they stand: whoever looks at them next sees them so
 */
export function aggregateList(
  values: Float64Array,
  spec: Pick<AggregationSpec, 'method' | 'percentile'>,
): number {
  if (spec.method === 'percentile') return percentileOf(sortValues(values), spec.percentile);
  return AGGREGATIONS[spec.method](values, 0, values.length, values.length);
}

/**
 * A percentile of rising values, between two of them where it falls between two; NaN for an empty list.
 *
 * @param percentile  0…100, single precision
 * Source: go-whisper; in double precision, one rounding for each operation.
 */
export function percentileOf(sorted: Float64Array, percentile: number): number {
  if (sorted.length === 0 || !(percentile >= 0 && percentile <= 100)) return Number.NaN;
  const place = ((sorted.length - 1) * percentile) / 100;
  const share = place - Math.trunc(place);
  if (share === 0) return sorted[place]!;
  const above = Math.ceil(place);
  return sorted[above]! * share + sorted[above - 1]! * (1 - share);
}

/** Sorts where the values stand: NaN before all numbers. */
function sortValues(values: Float64Array): Float64Array {
  return values.sort((a, b) => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
    return a - b;
  });
}

/** How many of the slots [start, end) are known. */
export function countKnown(known: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) count += known[i]!;
  return count;
}

function sum(values: Float64Array, start: number, end: number): number {
  let total = 0;
  for (let i = start; i < end; i++) total += values[i]!;
  return total;
}

/** The first value that no later one beats. */
function best(
  values: Float64Array,
  start: number,
  end: number,
  beats: (value: number, leader: number) => boolean,
): number {
  let leader = values[start]!;
  for (let i = start + 1; i < end; i++) {
    if (beats(values[i]!, leader)) leader = values[i]!;
  }
  return leader;
}
