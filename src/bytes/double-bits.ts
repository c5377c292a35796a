/**
 * The 64 bits of doubles as two 32-bit halves.
 *
 * Halves, because a number may lose the payload of a NaN on its way through the engine, and because they are ten
 * times as fast as BigInt.
 */

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Where the high half of double i stands in {@link halvesOf}: at `2·i + HIGH`. */
export const HIGH = isLittleEndian ? 1 : 0;
/** Where the low half stands: at `2·i + LOW`. */
export const LOW = 1 - HIGH;

/** The halves of a column, over the same memory: two entries for each value. */
export function halvesOf(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
}

/** Zero bits before the first 1 of 64; 64 if there is none. */
export function leadingZeros(high: number, low: number): number {
  return high === 0 ? 32 + Math.clz32(low) : Math.clz32(high);
}

/** Zero bits after the last 1 of 64; 64 if there is none. */
export function trailingZeros(high: number, low: number): number {
  if (low !== 0) return 31 - Math.clz32(low & -low);
  return high === 0 ? 64 : 63 - Math.clz32(high & -high);
}
