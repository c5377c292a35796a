/** What a chart draws, and what it says of it in short. Pages in a browser use it as well: it needs nothing of Node. */
import { digitsWithin, formatWithin, USUAL_DIGITS } from './chart-number.js';

/** The range that a chart draws. */
export interface ChartSeries {
  /** First timestamp. */
  readonly from: number;
  /** End of the range; it has no slot any more. */
  readonly until: number;
  /** Seconds per slot. */
  readonly step: number;
  /** NaN in gaps. */
  readonly values: Float64Array;
  /** 1 where there is a value, 0 in gaps; a known value may be NaN too. */
  readonly known: Uint8Array;
}

/** A series with its name in the legend. */
export type LabelledSeries = ChartSeries & { readonly label: string };

/** True where there is something to draw: a known value that is not NaN. */
export function isDrawable(series: ChartSeries, slot: number): boolean {
  return series.known[slot] === 1 && !Number.isNaN(series.values[slot]!);
}

/** Known values in short; the four are undefined if no known value is finite. */
export interface Summary {
  readonly min: number | undefined;
  readonly avg: number | undefined;
  readonly max: number | undefined;
  readonly last: number | undefined;
  /** How many known values are NaN. */
  readonly nan: number;
  /** How many known values are infinite. */
  readonly infinite: number;
}

/** Minimum, average, maximum and last of the known finite values, and how many known ones are not finite. */
export function summarize(series: ChartSeries): Summary {
  const { values, known } = series;
  let [min, max, last, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  let [finite, nan, infinite] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    if (known[i] !== 1) continue;
    const value = values[i]!;
    if (Number.isNaN(value)) nan++;
    else if (!Number.isFinite(value)) infinite++;
    else {
      finite++;
      sum += value;
      last = value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  if (finite === 0) return { min: undefined, avg: undefined, max: undefined, last: undefined, nan, infinite };
  const avg = Number.isFinite(sum) ? sum / finite : averageOfHuge(series, finite);
  return { min, avg: Math.min(max, Math.max(min, avg)), max, last, nan, infinite };
}

/** What an axis of values has to hold: the least and the greatest of all finite values; undefined if there are none. */
export function sharedExtent(summaries: readonly Summary[]): {
  min: number | undefined;
  max: number | undefined;
  /** True if any series has a point in the plot, be it at its edge. */
  isDrawn: boolean;
} {
  const finite = summaries.filter(({ min }) => min !== undefined);
  const isDrawn = finite.length > 0 || summaries.some(({ infinite }) => infinite > 0);
  if (finite.length === 0) return { min: undefined, max: undefined, isDrawn };
  const min = finite.reduce((least, one) => Math.min(least, one.min!), Number.POSITIVE_INFINITY);
  const max = finite.reduce((most, one) => Math.max(most, one.max!), Number.NEGATIVE_INFINITY);
  return { min, max, isDrawn };
}

/** Divides before it adds, for values whose sum is beyond the doubles. */
function averageOfHuge({ values, known }: ChartSeries, finite: number): number {
  let avg = 0;
  for (let i = 0; i < values.length; i++) {
    if (known[i] === 1 && Number.isFinite(values[i])) avg += values[i]! / finite;
  }
  return avg;
}

/**
 * `['min 1', 'avg 2', 'max 3', 'last 2', 'NaN 3']`: a dash where there is no number, counts only above 0.
 * Numbers have the digits that part them from each other; a part is at most 20 characters long.
 */
export function summaryParts(summary: Summary): string[] {
  const { min = 0, max = 0 } = summary;
  const tolerance = max / 200 - min / 200;
  const parts = (['min', 'avg', 'max', 'last'] as const).map((name) => {
    const value = summary[name];
    if (value === undefined) return `${name} -`;
    const digits = tolerance > 0 ? digitsWithin(value, tolerance, USUAL_DIGITS) : USUAL_DIGITS;
    return `${name} ${formatWithin(value, digits, 15)}`;
  });
  if (summary.nan > 0) parts.push(`NaN ${summary.nan}`);
  if (summary.infinite > 0) parts.push(`inf ${summary.infinite}`);
  return parts;
}
