import { describeValue, WhisperError } from '../errors.js';

/** A share: a number from 0 to 1, or such a number as configuration files hold it, in text. */
export type XFilesFactor = number | `${number}`;

const DECIMAL = /^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?\s*$/i;

/**
 * @returns  the number that the header will hold: rounded to single precision
 * @throws WhisperError `WSP_BAD_X_FILES_FACTOR`
 */
export function checkXFilesFactor(given: unknown): number {
  const number = typeof given === 'string' && DECIMAL.test(given) ? Number(given) : given;
  if (typeof number === 'number' && number >= 0 && number <= 1) return Math.fround(number);
  throw new WhisperError('WSP_BAD_X_FILES_FACTOR', {
    found: `xFilesFactor ${describeValue(given)}`,
    expected: 'a number from 0 to 1',
  });
}
