/** Times at the door of a handle: whole Unix seconds, whatever number the caller has. */
import { isUint32 } from '../bytes/integers.js';
import { describeValue, WhisperError } from '../errors.js';

/** Tells the time in Unix seconds. */
export type Clock = () => number;

/** The machine's own time. */
export const systemClock: Clock = () => Math.floor(Date.now() / 1000);

/** The year 5138. A clock or the beginning of a range beyond it is meant in milliseconds. */
const LARGEST_TIME = 1e11;
/** Up to here sums of seconds stay exact, so that the end of a range may be as good as never. */
const LARGEST_END = 2 ** 52;

/**
 * A clock or the beginning of a range, its fraction cut off towards zero; it may lie outside of what 32 bits hold.
 *
 * @throws WhisperError `WSP_BAD_TIMESTAMP`
 */
export function checkTime(time: unknown, name: string): number {
  return checkUpTo(LARGEST_TIME, time, name);
}

/** The end of a range: as {@link checkTime}, and it may be far away. */
export function checkEnd(time: unknown, name: string): number {
  return checkUpTo(LARGEST_END, time, name);
}

function checkUpTo(largest: number, time: unknown, name: string): number {
  if (typeof time === 'number' && time >= -LARGEST_END && time <= largest) return Math.trunc(time);
  const found = `${name} is ${describeValue(time)}${millisecondsHint(time)}`;
  throw new WhisperError('WSP_BAD_TIMESTAMP', { found, expected: 'a number of Unix seconds' });
}

/** The question that today's milliseconds deserve: the mistake that everybody makes once. */
function millisecondsHint(time: unknown): string {
  return typeof time === 'number' && time > LARGEST_TIME && Number.isFinite(time)
    ? ' (are these milliseconds?)'
    : '';
}

/**
 * The timestamp of a point: its fraction cut off, and what 32 bits can hold.
 *
 * @throws WhisperError `WSP_BAD_TIMESTAMP`
 */
export function checkTimestamp(timestamp: unknown): number {
  const whole = checkTime(timestamp, 'timestamp');
  if (isUint32(whole)) return whole;
  throw new WhisperError('WSP_BAD_TIMESTAMP', {
    found: `timestamp ${whole}`,
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
