/** CRC-32 as in zlib and PNG: polynomial EDB88320 reflected, inverted before and after. */
import { crc32 as zlibCrc32 } from 'node:zlib';

const ZEROS = new Uint8Array(16 * 1024);

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
