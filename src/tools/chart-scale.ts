/**
 * What both charts share: value and time ticks that a person would have chosen, their labels, and the summary.
 *
 * Values may be any doubles. A scale is always wide enough to divide by, and nothing here overflows at the
 * ends of the range of doubles. Times are Unix seconds; *civil* seconds are what a wall clock shows, counted
 * as if that clock were in UTC.
 */
import { floorMod, floorTo } from '../bytes/integers.js';
import { badOption } from '../database/options.js';
import { describeValue } from '../errors.js';

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

export type ChartTimeZone = 'utc' | 'local';

/** Refuses a size that is no whole number or lies outside `least`…`most`. */
export function checkSize(name: string, value: number, least: number, most = 10_000): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw badOption(`option ${name} is ${describeValue(value)}`, `a whole number from ${least} to ${most}`);
}

/** True where there is something to draw: a known value that is not NaN. */
export function isDrawable(series: ChartSeries, slot: number): boolean {
  return series.known[slot] === 1 && !Number.isNaN(series.values[slot]!);
}

// Summary ------------------------------------------------------------------------------------------------

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
    const digits = tolerance > 0 ? digitsWithin(value, tolerance, SUMMARY_DIGITS) : SUMMARY_DIGITS;
    return `${name} ${formatWithin(value, digits, 15)}`;
  });
  if (summary.nan > 0) parts.push(`NaN ${summary.nan}`);
  if (summary.infinite > 0) parts.push(`inf ${summary.infinite}`);
  return parts;
}

// Numbers ------------------------------------------------------------------------------------------------

/** Digits of a number in the summary, where no more are needed. */
const SUMMARY_DIGITS = 4;
/** More digits than this are not those of the decimal number that was meant: 0.1 + 0.2 has 0.3 up to here. */
const MAX_DIGITS = 15;

const SUFFIXES: readonly (readonly [size: number, suffix: string])[] = [
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [0, ''],
];

/**
 * A short label: `1.2k`, `3.4M`, `0.0012`, `1.2e-9`, `∞`. From 10¹⁸ and under 10⁻⁴ with an exponent.
 *
 * @param digits  significant digits at most, 1…100
 */
export function formatNumber(value: number, digits = SUMMARY_DIGITS): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
  if (value === 0) return '0';
  // Rounded first, so that 999999 becomes 1M and not 1000k.
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size < 1e-4 || size >= 1e18) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
    return `${Number(mantissa)}e${Number(exponent)}`;
  }
  const [unit, suffix] = SUFFIXES.find(([least]) => size >= least)!;
  return suffix === '' ? String(rounded) : Number((rounded / unit).toPrecision(digits)) + suffix;
}

/** What a chart shows from bottom to top; `low` is below `high`, both are finite. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** A range with ticks at 1, 2, 2.5 or 5 times a power of ten. */
export interface ValueScale extends ValueRange {
  /** Distance of two ticks. */
  readonly step: number;
  /** Ascending, all within `low`…`high`. */
  readonly ticks: readonly number[];
}

/** Four values of 10 × 10ⁿ, so that multiples are whole numbers with an exponent and parse exactly. */
const MANTISSAS = [10, 20, 25, 50] as const;
/** Values closer to 0 than this are 0 to a scale, so that its steps stay clear of the subnormal numbers. */
const TINY = 1e-290;
/** Spread, as a share of the size of the values, under which they are constant to a scale. */
const CONSTANT = 1e-9;

/**
 * A scale that holds `min` and `max` and begins and ends on a tick, if there is a number left for that tick.
 *
 * @param min       finite, as is `max`; undefined if there are no values, which gives the scale 0…1
 * @param maxTicks  at least 3, for a scale across 0 has no fewer
 */
export function valueScale(min: number | undefined, max: number | undefined, maxTicks: number): ValueScale {
  const { low: least, high: most } = valueRange(min, max);
  const rough = most / (maxTicks - 1) - least / (maxTicks - 1);
  let exponent = Math.floor(Math.log10(rough)) - 1;
  let index = MANTISSAS.findIndex((m) => Number(`${m}e${exponent}`) >= rough * (1 - 1e-9));
  if (index === -1) index = MANTISSAS.length;
  for (; ; index++) {
    if (index === MANTISSAS.length) [index, exponent] = [0, exponent + 1];
    const mantissa = MANTISSAS[index]!;
    const step = Number(`${mantissa}e${exponent}`);
    // Across 0 from one end of the doubles to the other even three ticks may be too far apart for a number.
    if (step === Number.POSITIVE_INFINITY) return { low: least, high: most, step: most, ticks: [0] };
    // The bit of slack keeps 0.3 / 0.1 = 2.9999999999999996 from asking for one tick more.
    const first = Math.floor(least / step + 1e-9);
    const last = Math.ceil(most / step - 1e-9);
    if (last - first + 1 > maxTicks) continue;
    const multiples = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * mantissa);
    const all = multiples.map((multiple) => Number(`${multiple}e${exponent}`));
    const limit = Number.MAX_VALUE;
    return {
      low: Math.max(-limit, all[0]!),
      high: Math.min(limit, all.at(-1)!),
      step,
      ticks: all.filter(Number.isFinite),
    };
  }
}

/** A range that is worth dividing: `min` to `max`, around a constant a tenth to each side, 0…1 for 0 or nothing. */
export function valueRange(min: number | undefined, max: number | undefined): ValueRange {
  if (min === undefined || max === undefined) return { low: 0, high: 1 };
  const size = Math.max(Math.abs(min), Math.abs(max));
  if (size < TINY) return { low: 0, high: 1 };
  if (max / 2 - min / 2 > size * CONSTANT) return { low: min, high: max };
  const limit = Number.MAX_VALUE;
  return { low: Math.max(-limit, min - size / 10), high: Math.min(limit, max + size / 10) };
}

/** Where a value lies in a range: 0 at its low end, 1 at its high end; outside it, and infinities, clamped. */
export function shareOf({ low, high }: ValueRange, value: number): number {
  // Halves, because the distance of two doubles may be more than a double holds.
  const share = (value / 2 - low / 2) / (high / 2 - low / 2);
  return Math.min(1, Math.max(0, share));
}

/**
 * Label of a tick with as many digits as part it from its neighbours.
 *
 * @param maxLength  at least 7; digits are given up to keep to it
 */
export function tickLabel(tick: number, step: number, maxLength = Number.POSITIVE_INFINITY): string {
  return formatWithin(tick, digitsWithin(tick, step / 100, 1), maxLength);
}

/** How many significant digits it takes, from `least` up, to come that close to a value. */
function digitsWithin(value: number, tolerance: number, least: number): number {
  let digits = least;
  while (digits < MAX_DIGITS && !(Math.abs(Number(value.toPrecision(digits)) - value) < tolerance)) digits++;
  return digits;
}

/** A label of at most `maxLength` characters, with fewer digits if need be; one digit takes up to 7. */
function formatWithin(value: number, digits: number, maxLength: number): string {
  for (let fewer = digits; ; fewer--) {
    const label = formatNumber(value, fewer);
    if (label.length <= maxLength || fewer === 1) return label;
  }
}

// Times --------------------------------------------------------------------------------------------------

export interface TimeTick {
  readonly time: number;
  readonly label: string;
}

type TimeUnit = 'seconds' | 'days' | 'months';

interface TimeStep {
  readonly unit: TimeUnit;
  readonly count: number;
}

const UNIT_SECONDS: Readonly<Record<TimeUnit, number>> = { seconds: 1, days: 86_400, months: 2_629_746 };

/** Distances a person would choose, ascending; 7 days begin on Mondays, 12 months are a year. */
const TIME_STEPS: readonly TimeStep[] = [
  ...[1, 2, 5, 10, 15, 30].map((count) => ({ unit: 'seconds' as const, count })),
  ...[1, 2, 5, 10, 15, 30].map((count) => ({ unit: 'seconds' as const, count: count * 60 })),
  ...[1, 2, 3, 6, 12].map((count) => ({ unit: 'seconds' as const, count: count * 3600 })),
  ...[1, 2, 7, 14].map((count) => ({ unit: 'days' as const, count })),
  ...[1, 3, 6, 12, 24, 60, 120, 240, 600, 1200].map((count) => ({ unit: 'months' as const, count })),
];

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
/** A day in 1970 that was a Monday, in days since the epoch. */
const FIRST_MONDAY = 4;
/** Characters to keep free between two labels. */
const LABEL_GAP = 3;

/**
 * Ticks in [from, until) at the finest distance whose labels stand clear of each other.
 *
 * A range too short for that gets the ticks of the next finer distance that has any, so the caller still
 * looks out for labels that touch.
 *
 * @param room  characters along the whole axis
 */
export function timeTicks(from: number, until: number, room: number, timeZone: ChartTimeZone): TimeTick[] {
  const span = until - from;
  let chosen = TIME_STEPS.findIndex((step) => {
    const distance = step.count * UNIT_SECONDS[step.unit];
    return (span / distance) * (labelLength(step) + LABEL_GAP) <= room;
  });
  if (chosen === -1) chosen = TIME_STEPS.length - 1;
  for (; chosen >= 0; chosen--) {
    const ticks = ticksAt(TIME_STEPS[chosen]!, from, until, timeZone);
    if (ticks.length > 0) return ticks;
  }
  return [];
}

function labelLength({ unit, count }: TimeStep): number {
  if (unit === 'seconds') return count < 60 ? '14:05:30'.length : 'Nov 14'.length;
  if (unit === 'days') return 'Nov 14'.length;
  return count < 12 ? 'Nov 2023'.length : '2023'.length;
}

/** Midnight is labelled by its day: the one place where a reader of hours looks for it. */
function timeLabel(civil: number, { unit, count }: TimeStep): string {
  const date = new Date(civil * 1000);
  if (unit === 'months') {
    const year = String(date.getUTCFullYear());
    return count < 12 ? `${MONTHS[date.getUTCMonth()]} ${year}` : year;
  }
  if (unit === 'days' || floorMod(civil, 86_400) === 0) {
    return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}`;
  }
  return date.toISOString().slice(11, count < 60 ? 19 : 16);
}

function ticksAt(step: TimeStep, from: number, until: number, timeZone: ChartTimeZone): TimeTick[] {
  const times = step.unit === 'seconds' ? clockTimes(step.count, from, until, timeZone) : undefined;
  if (times === undefined) return calendarTicks(step, from, until, timeZone);
  return times.map((time) => ({ time, label: timeLabel(toCivil(time, timeZone), step) }));
}

/**
 * Times whose wall clock shows a multiple of `step` seconds. It walks in real time and puts itself right
 * after each step, because the clock may have been changed meanwhile: an hour shown twice has its ticks
 * twice, one left out has none.
 */
function clockTimes(step: number, from: number, until: number, timeZone: ChartTimeZone): number[] {
  const times: number[] = [];
  let time = from - floorMod(toCivil(from, timeZone), step);
  while (time < until) {
    if (time >= from) times.push(time);
    const next = time + step;
    const over = floorMod(toCivil(next, timeZone), step);
    time = over * 2 < step ? next - over : next - over + step;
  }
  return times;
}

/** Ticks at midnights of every `count` days, or of the first of every `count` months. */
function calendarTicks(step: TimeStep, from: number, until: number, timeZone: ChartTimeZone): TimeTick[] {
  const ticks: TimeTick[] = [];
  const start = toCivil(from, timeZone);
  const date = new Date(start * 1000);
  const begin =
    step.unit === 'days'
      ? floorTo(Math.floor(start / 86_400) - FIRST_MONDAY, step.count) + FIRST_MONDAY
      : floorTo(date.getUTCFullYear() * 12 + date.getUTCMonth(), step.count);
  for (let i = begin; ; i += step.count) {
    const civil = step.unit === 'days' ? i * 86_400 : Date.UTC(Math.floor(i / 12), i % 12) / 1000;
    const time = fromCivil(civil, timeZone);
    // Written so that a time beyond the calendar, which is NaN, ends the loop.
    if (!(time < until)) return ticks;
    if (time >= from) ticks.push({ time, label: timeLabel(civil, step) });
  }
}

/** `2023-11-14 UTC` or `2023-11-14 to 2023-11-20 UTC`: the days that clock times on an axis leave open. */
export function dayRange(from: number, until: number, timeZone: ChartTimeZone): string {
  const day = (time: number) => new Date(toCivil(time, timeZone) * 1000).toISOString().slice(0, 10);
  const [first, last] = [day(from), day(Math.max(from, until - 1))];
  return `${first}${first === last ? '' : ` to ${last}`} ${timeZone === 'utc' ? 'UTC' : 'local time'}`;
}

function toCivil(time: number, timeZone: ChartTimeZone): number {
  return time + utcOffset(time, timeZone);
}

/** A midnight that the zone left out comes back up to an hour beside; no tick is drawn finer than that. */
function fromCivil(civil: number, timeZone: ChartTimeZone): number {
  return civil - utcOffset(civil - utcOffset(civil, timeZone), timeZone);
}

/** Seconds east of UTC. */
function utcOffset(time: number, timeZone: ChartTimeZone): number {
  return timeZone === 'utc' ? 0 : Math.round(new Date(time * 1000).getTimezoneOffset() * -60);
}
