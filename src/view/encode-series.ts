import type { ArchiveSeries } from '../tools/archive-series.js';
import { summarize } from '../tools/chart-series.js';
import { thin } from '../tools/thin.js';
import type { WireSeries } from './wire.js';

/**
 * A series as a page gets it.
 *
 * @param buckets  into how many parts it is thinned if it has more than two slots for each
 */
export function encodeSeries(series: ArchiveSeries, buckets: number): WireSeries {
  const { archive, name, step, from, values, known } = series;
  const at = thin(series, buckets);
  const valueIn = (slot: number) => {
    if (known[slot] !== 1) return null;
    const value = values[slot]!;
    return Number.isFinite(value) ? value : String(value);
  };
  return {
    archive,
    name,
    step,
    from,
    slots: values.length,
    known: known.reduce((count, flag) => count + flag, 0),
    ...(at === undefined ? {} : { at }),
    values: at?.map(valueIn) ?? Array.from(values, (_, slot) => valueIn(slot)),
    summary: summarize(series),
  };
}
