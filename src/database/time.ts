/** Times at the door of a handle: whole Unix seconds, whatever number the caller has. */
import { isUint32 } from '../bytes/integers.js';
import { describeValue, WhisperError } from '../errors.js';

/** Tells the time in Unix seconds. */
export type Clock = () => number;

/** The machine's own time. */
export const systemClock: Clock = () => Math.floor(Date.now() / 1000);

/** Beyond this, seconds can no longer be told apart once they are added up: 2⁵² s, 142 million years. */
const LARGEST_TIME = 2 ** 52;

/**
 * A time of a range or a clock, its fraction cut off towards zero; it may lie outside of what 32 bits hold.
 *
 * @throws WhisperError `WSP_BAD_TIMESTAMP`
 */
export function checkTime(time: unknown, name: string): number {
  if (typeof time === 'number' && Math.abs(time) <= LARGEST_TIME) return Math.trunc(time);
  const found = `${name} is ${describeValue(time)}`;
  throw new WhisperError('WSP_BAD_TIMESTAMP', { found, expected: 'a number of Unix seconds' });
}

/**
 * The timestamp of a point: its fraction cut off, and what 32 bits can hold.
 *
 * @throws WhisperError `WSP_BAD_TIMESTAMP`
 */
export function checkTimestamp(timestamp: unknown): number {
  const whole = checkTime(timestamp, 'timestamp');
  if (isUint32(whole)) return whole;
  // A minus sign or today's milliseconds: the second is the mistake that everybody makes once.
  const hint = whole > 0 ? ' (are these milliseconds?)' : '';
  throw new WhisperError('WSP_BAD_TIMESTAMP', {
    found: `timestamp ${whole}${hint}`,
    expected: 'Unix seconds from 0 to 4294967295',
  });
}

/** @throws WhisperError `WSP_BAD_VALUE` for anything but a number; NaN and the infinities are values. */
export function checkValue(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new WhisperError('WSP_BAD_VALUE', {
    found: `value ${describeValue(value)}`,
    expected: 'a number',
  });
}
