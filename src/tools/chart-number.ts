/** Numbers as short labels; values may be any doubles. */

/** Digits of a number where no more are needed. */
export const USUAL_DIGITS = 4;
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
export function formatNumber(value: number, digits = USUAL_DIGITS): string {
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

/** How many significant digits it takes, from `least` up, to come that close to a value. */
export function digitsWithin(value: number, tolerance: number, least: number): number {
  let digits = least;
  while (digits < MAX_DIGITS && !(Math.abs(Number(value.toPrecision(digits)) - value) < tolerance)) digits++;
  return digits;
}

/** A label of at most `maxLength` characters, with fewer digits if need be; one digit takes up to 7. */
export function formatWithin(value: number, digits: number, maxLength: number): string {
  for (let fewer = digits; ; fewer--) {
    const label = formatNumber(value, fewer);
    if (label.length <= maxLength || fewer === 1) return label;
  }
}
