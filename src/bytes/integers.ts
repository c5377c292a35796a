/** Whole-number arithmetic that the format needs and JavaScript's operators do not give. */

/** The greatest number that an unsigned 32-bit field holds: 2³² − 1. */
export const UINT32_MAX = 0xffff_ffff;

/** True for whole numbers that fit an unsigned 32-bit field. */
export function isUint32(n: number): boolean {
  return Number.isInteger(n) && n >= 0 && n <= UINT32_MAX;
}

/** Remainder in [0, divisor), also for a negative `n`, where `%` would keep the sign. */
export function floorMod(n: number, divisor: number): number {
  const remainder = n % divisor;
  // Adding 0 turns the −0 of a negative multiple into 0.
  return remainder < 0 ? remainder + divisor : remainder + 0;
}

/** Greatest multiple of `step` that is not above `n`. */
export function floorTo(n: number, step: number): number {
  return n - floorMod(n, step);
}
