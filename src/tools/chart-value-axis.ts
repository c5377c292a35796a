/**
 * Ticks of values that a person would have chosen. Values may be any doubles: a scale is always wide enough to
 * divide by, and nothing here overflows at the ends of the range of doubles.
 */
import { digitsWithin, formatWithin } from './chart-number.js';

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
