/** Whole-number arithmetic that the format needs and JavaScript's operators do not give. */

/** The greatest number that an unsigned 32-bit field holds: 2³² − 1. */
export const UINT32_MAX = 0xffff_ffff;

/** True for whole numbers that fit an unsigned 32-bit field. */
export function isUint32(n: number): boolean {
  return Number.isInteger(n) && n >= 0 && n <= UINT32_MAX;
}

/**
 * Greatest multiple of `step` that is not above `n`.
 *
 * A division and not `%`, which takes several times as long on numbers beyond 31 bits. It is exact for whole numbers
 * up to 2⁵²: a quotient that is not whole lies farther from the next whole number than it can be rounded.
 */
export function floorTo(n: number, step: number): number {
  return Math.floor(n / step) * step;
}

/** Remainder in [0, divisor), also for a negative `n`, where `%` would keep the sign. */
export function floorMod(n: number, divisor: number): number {
  return n - floorTo(n, divisor);
}

/** The four bytes of a 32-bit number in the opposite order, as a signed number. */
export function swapBytes(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
