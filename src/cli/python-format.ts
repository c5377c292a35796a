/**
 * Numbers as Python prints them: `%f`, `%g` and `repr`, to the last digit.
 *
 * A double is a whole number times a power of two, so its decimal expansion ends, after at most 1074
 * decimals. `%f` and `%g` round that expansion and take the even neighbour of an exact tie. JavaScript's
 * toFixed and toPrecision look at the same expansion but take the larger neighbour, and toFixed gives up at
 * 1e21; they are used here only where neither matters.
 */

/** toFixed changes to exponent form here. */
const FIXED_LIMIT = 1e21;
/** toFixed takes no more digits than this. */
const FIXED_DIGITS = 100;

/**
 * `%.{digits}f`: `formatFixed(2.5, 0)` is `2`, `formatFixed(1e22, 1)` is `10000000000000000000000.0`.
 *
 * @param digits  digits after the point, whole, at least 0
 */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
  const size = Math.abs(value);
  if (size < FIXED_LIMIT && digits <= FIXED_DIGITS && !mayBeTie(size, digits)) {
    return sign(value) + size.toFixed(digits);
  }
  return sign(value) + placePoint(roundTo(expand(size), -digits), digits);
}

/**
 * `%.{precision}g`: that many significant digits without trailing zeros, in exponent form when the exponent
 * is below −4 or at least `precision`.
 *
 * @param precision  significant digits, whole; 0 counts as 1, as in C
 */
export function formatGeneral(value: number, precision: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
  if (value === 0) return `${sign(value)}0`;
  const significant = Math.max(precision, 1);
  const exact = expand(Math.abs(value));
  const cut = exact.exponent + exact.digits.length - significant;
  const rounded = roundTo(exact, cut);
  // A carry, as from 9.99 to 10.0, leaves one digit more; the zero that it ends in is dropped below.
  const point = rounded.length - 1 + cut;
  const digits = rounded.replace(/0+$/, '');
  return sign(value) + layOut(digits, point, significant);
}

/** `repr(value)`: the shortest digits that read back as the same double; whole numbers end in `.0`. */
export function formatRepr(value: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
  const size = Math.abs(value);
  // Between these bounds both languages write the same plain form.
  if (size >= 1e-4 && size < 1e16) return String(value) + (Number.isInteger(size) ? '.0' : '');
  if (size === 0) return `${sign(value)}0.0`;
  const [mantissa = '', exponent = ''] = size.toExponential().split('e');
  return sign(value) + layOut(mantissa.replace('.', ''), Number(exponent), 16);
}

/** A decimal number: `digits` × 10^`exponent`. */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

// Python keeps neither the sign nor the payload of a NaN.
function formatSpecial(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

function sign(value: number): string {
  return value < 0 || Object.is(value, -0) ? '-' : '';
}

/**
 * Whether `size` may lie exactly between two numbers of that many decimals. Such a size is an odd multiple
 * of ½·10^−digits, and since it is binary too, an odd multiple of 2^−(digits + 1).
 */
function mayBeTie(size: number, digits: number): boolean {
  const scaled = size * 2 ** (digits + 1); // exact: a power of two moves no digit
  return scaled % 2 === 1;
}

/** All digits of a finite double of at least 0. */
function expand(size: number): Decimal {
  if (Number.isSafeInteger(size)) return { digits: String(size), exponent: 0 };
  const { mantissa, exponent } = takeApart(size);
  if (exponent >= 0) return { digits: String(mantissa << BigInt(exponent)), exponent: 0 };
  // m / 2^k is m·5^k / 10^k.
  return { digits: String(mantissa * 5n ** BigInt(-exponent)), exponent };
}

/** The odd `mantissa` and the `exponent` of `size` = mantissa × 2^exponent; `size` is not 0. */
function takeApart(size: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, size);
  const biased = view.getUint16(0) >>> 4;
  const fraction = view.getBigUint64(0) & 0xf_ffff_ffff_ffffn;
  let mantissa = biased === 0 ? fraction : fraction | 0x10_0000_0000_0000n;
  let exponent = Math.max(biased, 1) - 1075;
  // Every zero bit taken off here saves a factor of five in the expansion.
  while (mantissa % 2n === 0n) {
    mantissa /= 2n;
    exponent += 1;
  }
  return { mantissa, exponent };
}

/**
 * Rounds to a multiple of 10^`cut`, ties to even.
 *
 * @returns  the digits of that multiple, counted in units of 10^`cut`: `0` or no leading zero
 */
function roundTo({ digits, exponent }: Decimal, cut: number): string {
  const dropped = cut - exponent;
  if (dropped <= 0) return digits + '0'.repeat(-dropped);
  if (dropped > digits.length) return '0';
  const kept = digits.slice(0, digits.length - dropped) || '0';
  const rest = digits.slice(digits.length - dropped);
  return roundsUp(kept, rest) ? String(BigInt(kept) + 1n) : kept;
}

function roundsUp(kept: string, rest: string): boolean {
  if (rest.charAt(0) !== '5') return rest.charAt(0) > '5';
  const isTie = /^50*$/.test(rest);
  return !isTie || Number(kept.at(-1)) % 2 === 1;
}

/** Writes `digits` with the last `decimals` of them behind a point. */
function placePoint(digits: string, decimals: number): string {
  if (decimals === 0) return digits;
  const padded = digits.padStart(decimals + 1, '0');
  return `${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`;
}

/** Writes d.ddd × 10^`point` plainly, or in exponent form when `point` is below −4 or at least `limit`. */
function layOut(digits: string, point: number, limit: number): string {
  const decimals = digits.length - 1 - point;
  if (point >= -4 && point < limit) {
    return decimals >= 0 ? placePoint(digits, decimals) : digits + '0'.repeat(-decimals);
  }
  const exponent = String(Math.abs(point)).padStart(2, '0');
  return `${placePoint(digits, digits.length - 1)}e${point < 0 ? '-' : '+'}${exponent}`;
}
