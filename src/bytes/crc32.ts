/** CRC-32 as in zlib and PNG: polynomial EDB88320 reflected, inverted before and after. */
import type * as Zlib from 'node:zlib';

const ZEROS = new Uint8Array(16 * 1024);

let zlib: typeof Zlib | undefined;

/** Loaded when it is needed: it takes milliseconds, which work on standard files need not spend. */
function zlibCrc32(bytes: Uint8Array, previous = 0): number {
  zlib ??= process.getBuiltinModule('node:zlib');
  return zlib.crc32(bytes, previous);
}

/**
 * The CRC of a beginning and these bytes together.
 *
 * @param previous  CRC of the beginning; 0 for none
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  return zlibCrc32(bytes, previous);
}

/** As {@link crc32}, continued over `count` zero bytes. */
export function crc32OfZeros(count: number, previous: number): number {
  let crc = previous;
  for (let left = count; left > 0; left -= ZEROS.length) {
    crc = zlibCrc32(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS, crc);
  }
  return crc;
}

/** A CRC as messages show it. */
export function formatCrc(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

/** The polynomial, and 1 and x⁸ modulo it: the highest power stands in the lowest bit. */
const POLYNOMIAL = 0xedb8_8320;
const ONE = 0x8000_0000;
const EIGHTH_POWER = 0x0080_0000;

/**
 * The CRC of bytes of which some have changed, told by these and the former CRC alone.
 *
 * A CRC is linear: what a change does to it does not depend on the bytes around, but for how many follow.
 *
 * @param crc     of all the bytes as they were
 * @param before  the changed bytes as they were
 * @param after   as they are
 * @param behind  how many bytes follow them
 */
export function crc32AfterChange(crc: number, before: Uint8Array, after: Uint8Array, behind: number): number {
  const difference = zlibCrc32(before) ^ zlibCrc32(after);
  return (crc ^ multiply(difference, powerOfBytes(behind))) >>> 0;
}

/** x to the power of 8 · count, modulo the polynomial: what so many zero bytes do to a CRC. */
function powerOfBytes(count: number): number {
  let power = ONE;
  let square = EIGHTH_POWER;
  for (let left = count; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  return power;
}

/** The product of two polynomials, modulo the one of the CRC. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
  }
  return product;
}
