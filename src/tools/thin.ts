import { type ChartSeries, isDrawable } from './chart-series.js';

/**
 * The slots of a series that are enough to draw it: of each of `buckets` equal parts the least and the greatest value, in
 * the order of time, and of a part without any a gap. So no peak is lost, nor a gap that is wide enough to be seen.
 *
 * @returns  rising slots; undefined where all of them are no more than that
 */
export function thin(series: ChartSeries, buckets: number): number[] | undefined {
  const { values } = series;
  if (values.length <= 2 * buckets) return undefined;
  const kept: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = Math.floor((bucket * values.length) / buckets);
    const end = Math.floor(((bucket + 1) * values.length) / buckets);
    let [least, most] = [-1, -1];
    for (let slot = start; slot < end; slot++) {
      if (!isDrawable(series, slot)) continue;
      if (least === -1 || values[slot]! < values[least]!) least = slot;
      if (most === -1 || values[slot]! > values[most]!) most = slot;
    }
    if (least === -1) kept.push(start);
    else if (least === most) kept.push(least);
    else kept.push(Math.min(least, most), Math.max(least, most));
  }
  return kept;
}

/** A series without the gaps before its first known value and behind its last; all of it if it has none. */
export function trim<T extends ChartSeries>(series: T): T {
  const { from, step, values, known } = series;
  const first = known.indexOf(1);
  if (first === -1) return series;
  const end = known.lastIndexOf(1) + 1;
  return {
    ...series,
    from: from + first * step,
    until: from + end * step,
    values: values.subarray(first, end),
    known: known.subarray(first, end),
  };
}
