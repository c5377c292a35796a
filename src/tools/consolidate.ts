import { aggregationOf, countKnown } from '../archive/aggregate.js';
import { floorMod } from '../bytes/integers.js';
import { Series } from '../database/series.js';
import type { AggregationMethod } from '../format/aggregation-method.js';

/**
 * Makes one value of every `count` of a series, by any aggregation method, over the known ones.
 *
 * Windows are aligned to the epoch, as archives are, so the same time falls in the same window whatever range
 * was fetched; the first and last may be cut short by the range.
 */
export function consolidate(series: Series, count: number, method: AggregationMethod): Series {
  const aggregate = aggregationOf(method);
  const step = series.step * count;
  const lead = floorMod(series.from, step) / series.step;
  const length = Math.ceil((series.length + lead) / count);
  const values = new Float64Array(length).fill(Number.NaN);
  const known = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const start = Math.max(0, i * count - lead);
    const end = Math.min(series.length, (i + 1) * count - lead);
    if (countKnown(series.known, start, end) === 0) continue;
    values[i] = aggregate(series, start, end);
    known[i] = 1;
  }
  const from = series.from - lead * series.step;
  const { archive, isClamped } = series;
  return new Series({ from, until: from + length * step, step, values, known, archive, isClamped });
}
