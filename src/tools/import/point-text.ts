/** Times and values as text holds them, one at a time. */
import { checkTimestamp } from '../../database/time.js';
import { WhisperError } from '../../errors.js';
import { parseTime } from '../time-text.js';

/** Columns and fields that usually hold a time, a value, a metric's name. */
export const TIME_NAMES = ['timestamp', 'time', 'date', 'datetime', 't', 'ds', 'start'];
export const VALUE_NAMES = ['value', 'v', 'y', 'val'];
export const METRIC_NAMES = ['metric', 'path', 'name', 'series', 'target'];

/** What text holds in place of a value that is not there; `None` is what fetch prints. */
const GAPS = new Set(['', 'none', 'null']);

export function isGap(text: string): boolean {
  return GAPS.has(text.trim().toLowerCase());
}

/** In what a bare number tells the time: how many of it make a second. */
const UNITS = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };

export type TimeUnit = keyof typeof UNITS;

export const timeUnits = ['s', 'ms', 'us', 'ns'] as const satisfies readonly TimeUnit[];

/**
 * @param now   what `N` and relative times count from
 * @param unit  of bare numbers
 * @throws WhisperError `WSP_BAD_TIMESTAMP`
 */
export function readTimestamp(text: string, now: number, unit: TimeUnit = 's'): number {
  const typed = text.trim();
  if (unit !== 's' && /^\d+(\.\d+)?$/.test(typed)) return checkTimestamp(Number(typed) / UNITS[unit]);
  return checkTimestamp(parseTime(typed, now));
}

const NAMED_VALUES = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
]);

const NUMBER = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i;

/** @throws WhisperError `WSP_BAD_INPUT` for what is no number */
export function readValue(text: string): number {
  const typed = text.trim();
  if (NUMBER.test(typed)) return Number(typed);
  const named = NAMED_VALUES.get(typed.replace(/^[+-]/, '').toLowerCase());
  if (named !== undefined) return typed.startsWith('-') ? -named : named;
  throw badInput(`value '${typed}'`, 'a number');
}

export function badInput(found: string, expected: string): WhisperError {
  return new WhisperError('WSP_BAD_INPUT', { found, expected });
}

/** An error of a line of text, with the text's name and the line's number. */
export function atLine(error: unknown, source: string, line: number): unknown {
  if (!(error instanceof WhisperError)) return error;
  return new WhisperError('WSP_BAD_INPUT', {
    path: source,
    found: `line ${line}: ${error.found}`,
    expected: error.expected,
    cause: error,
  });
}
