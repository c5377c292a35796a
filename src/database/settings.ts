import { WhisperError } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import type { Dialect } from '../format/aggregation-method.js';
import { encodeHeader, METADATA_SIZE, type StandardHeader } from '../format/standard-header.js';

/** A share: a number from 0 to 1, or such a number as configuration files hold it, in text. */
export type XFilesFactor = number | `${number}`;

/**
 * @returns  the number that the header will hold: rounded to single precision
 * @throws WhisperError `WSP_BAD_X_FILES_FACTOR`
 */
export function checkXFilesFactor(given: unknown): number {
  const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
  if (typeof number === 'number' && number >= 0 && number <= 1) return Math.fround(number);
  throw new WhisperError('WSP_BAD_X_FILES_FACTOR', {
    found: `xFilesFactor ${typeof given === 'string' ? `'${given}'` : String(given)}`,
    expected: 'a number from 0 to 1',
  });
}

/**
 * Writes a header's settings over those in the file. History is not made anew: what was rolled up stays.
 * A header of the very old format is brought into the present form.
 */
export function writeSettings(file: ByteFile, header: StandardHeader, dialect: Dialect): StandardHeader {
  const { aggregation, maxRetention, xFilesFactor, archives } = header;
  const present = { aggregation, maxRetention, xFilesFactor, archives };
  file.writeAt(encodeHeader(present, dialect), METADATA_SIZE, 0);
  return present;
}
