/** From what the wire brings to what a chart draws. */
import type { Summary } from '../../tools/chart-series.js';
import type { WireRange, WireSeries } from '../wire.js';

/** A series as it is drawn: rising times, and what stands there. */
export interface Line {
  /** Tells it from the others, and is the same when it comes again. */
  readonly id: string;
  readonly label: string;
  readonly archive: string;
  /** Index into the palette. */
  readonly color: number;
  /** 0 is an unbroken line; others are dashes, coarser for coarser archives. */
  readonly dash: number;
  readonly step: number;
  readonly times: readonly number[];
  /** Null is a gap; text is a value that no axis has a place for. */
  readonly values: readonly (number | string | null)[];
  readonly isThinned: boolean;
  readonly slots: number;
  readonly known: number;
  readonly summary: Summary;
}

export function decodeLine(
  wire: WireSeries,
  { id, label, color, dash }: Pick<Line, 'id' | 'label' | 'color' | 'dash'>,
): Line {
  const { from, step, at, values, slots, known, summary } = wire;
  const times = values.map((_, i) => from + (at?.[i] ?? i) * step);
  const isThinned = at !== undefined;
  return {
    id,
    label,
    archive: wire.name,
    color,
    dash,
    step,
    times,
    values,
    isThinned,
    slots,
    known,
    summary,
  };
}

/** Columns for uPlot: times of all lines, then for each line its values, of which undefined is no gap. */
export type Aligned = [number[], ...(number | null | undefined)[][]];

/**
 * Brings lines with steps of their own on one axis of time. Between two known neighbours of a line the times of others are
 * passed over; in and beside its gaps they are gaps too.
 *
 * @param unit  values are divided by it
 */
export function align(lines: readonly Line[], unit: number): Aligned {
  const numberOf = (line: Line, i: number): number | null => {
    const value = line.values[i];
    return typeof value === 'number' ? value / unit : null;
  };
  const [only] = lines;
  if (only === undefined) return [[]];
  if (lines.length === 1) return [[...only.times], only.times.map((_, i) => numberOf(only, i))];
  const times = [...new Set(lines.flatMap(({ times }) => times))].sort((a, b) => a - b);
  const columns = lines.map((line) => {
    let next = 0;
    return times.map((time) => {
      if (line.times[next] === time) return numberOf(line, next++);
      if (next === 0 || next === line.times.length) return null;
      const isJoined = numberOf(line, next - 1) !== null && numberOf(line, next) !== null;
      return isJoined ? undefined : null;
    });
  });
  return [times, ...columns];
}

/** The value whose slot holds a time; undefined if none does. */
export function valueAt(line: Line, time: number): number | string | null | undefined {
  const { times, values, step } = line;
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return undefined;
  // A thinned line stands for the slots up to the next one that was kept.
  const end = line.isThinned ? (times[low] ?? times[low - 1]! + step) : times[low - 1]! + step;
  return time < end ? values[low - 1]! : undefined;
}

/** What a legend says of the part of a line that can be seen. */
export interface Visible {
  readonly summary: Summary;
  /** Known values. */
  readonly known: number;
  /** True if numbers are of the values that were kept when the line was thinned. */
  readonly isRough: boolean;
}

export function visibleOf(line: Line, { from, until }: WireRange): Visible {
  const { times, values, summary, known } = line;
  const isWhole = times.length === 0 || (times[0]! >= from && times.at(-1)! <= until);
  if (isWhole) return { summary, known, isRough: false };
  let [min, max, last, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  let [finite, nan, infinite] = [0, 0, 0];
  for (let i = 0; i < times.length; i++) {
    const value = values[i]!;
    if (times[i]! < from || times[i]! > until || value === null) continue;
    if (value === 'NaN') nan++;
    else if (typeof value === 'string') infinite++;
    else {
      finite++;
      sum += value;
      last = value;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  const numbers =
    finite === 0
      ? { min: undefined, avg: undefined, max: undefined, last: undefined }
      : { min, avg: Math.min(max, Math.max(min, sum / finite)), max, last };
  return { summary: { ...numbers, nan, infinite }, known: finite + nan + infinite, isRough: line.isThinned };
}
