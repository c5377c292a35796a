/**
 * Aggregation: several values of a finer archive become one of a coarser.
 *
 * Each function sees the slots [start, end) of a run of columns, of which at least one is known. Addition
 * goes left to right from 0, as everywhere but in Python ≥ 3.12, whose sum() compensates. Where a NaN meets
 * a comparison it stays if it came first and is passed over if it came later.
 * Source: Graphite Whisper; `first`: go-whisper.
 */
import type { AggregationMethod } from '../format/aggregation-method.js';
import type { AggregationSpec } from '../format/aggregation-spec.js';
import type { Columns } from '../format/point.js';

type Aggregation = (columns: Columns, start: number, end: number) => number;

const AGGREGATIONS: { readonly [M in AggregationMethod]: Aggregation } = {
  average: (columns, start, end) => sum(columns, start, end) / countKnown(columns.known, start, end),
  sum,
  last({ values, known }, start, end) {
    let last = end - 1;
    while (last > start && known[last] === 0) last--;
    return values[last]!;
  },
  max: (columns, start, end) => best(columns, start, end, (value, leader) => value > leader),
  min: (columns, start, end) => best(columns, start, end, (value, leader) => value < leader),
  // A gap counts as 0 here, so the divisor is the number of slots.
  avg_zero: (columns, start, end) => sum(columns, start, end) / (end - start),
  absmax: (columns, start, end) =>
    best(columns, start, end, (value, leader) => Math.abs(value) > Math.abs(leader)),
  absmin: (columns, start, end) =>
    best(columns, start, end, (value, leader) => Math.abs(value) < Math.abs(leader)),
  first: ({ values, known }, start) => values[firstKnown(known, start)]!,
};

/** All known: what aggregates a list of values, as the archives of compressed files do. */
let allKnown = new Uint8Array(0);

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
  if (allKnown.length < values.length) allKnown = new Uint8Array(2 * values.length).fill(1);
  return AGGREGATIONS[spec.method]({ values, known: allKnown }, 0, values.length);
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

/** The function of a method. */
export function aggregationOf(method: AggregationMethod): Aggregation {
  return AGGREGATIONS[method];
}

/** How many of the slots [start, end) are known. */
export function countKnown(known: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) count += known[i]!;
  return count;
}

function sum({ values, known }: Columns, start: number, end: number): number {
  let total = 0;
  for (let i = start; i < end; i++) {
    if (known[i] === 1) total += values[i]!;
  }
  return total;
}

/** The first known value that no later one beats. */
function best(
  { values, known }: Columns,
  start: number,
  end: number,
  beats: (value: number, leader: number) => boolean,
): number {
  const first = firstKnown(known, start);
  let leader = values[first]!;
  for (let i = first + 1; i < end; i++) {
    if (known[i] === 1 && beats(values[i]!, leader)) leader = values[i]!;
  }
  return leader;
}

function firstKnown(known: Uint8Array, start: number): number {
  let first = start;
  while (known[first] === 0) first++;
  return first;
}
