/**
 * Which format the first bytes of a file are.
 *
 * A compressed file begins with the 18 ASCII letters `whisper_compressed`. A standard file has no magic:
 * whatever else there is, is read as one and checked field by field.
 */
export const COMPRESSED_MAGIC = 'whisper_compressed';

/** Bytes to read to tell the formats apart. */
export const MAGIC_SIZE = COMPRESSED_MAGIC.length;

export type Format = 'standard' | 'compressed';

const MAGIC = Uint8Array.from(COMPRESSED_MAGIC, (letter) => letter.charCodeAt(0));

export function detectFormat(start: Uint8Array): Format {
  return MAGIC.every((letter, i) => start[i] === letter) ? 'compressed' : 'standard';
}
