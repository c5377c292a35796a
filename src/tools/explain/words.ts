/** Numbers, times and names as the sentences of an explanation have them. */
import { formatRetention } from '../../format/retention.js';
import type { ExplainedArchive } from './explanation.js';

/** Prints a time: Unix seconds to text. */
export type FormatTime = (timestamp: number) => string;

/** `2023-11-14T22:13:20Z`; a number where a year has more than four digits. */
export const isoTime: FormatTime = (timestamp) => {
  const date = new Date(timestamp * 1000);
  const year = Number.isNaN(date.getTime()) ? -1 : date.getUTCFullYear();
  return year < 0 || year > 9999 ? String(timestamp) : date.toISOString().replace('.000Z', 'Z');
};

const UNITS: readonly (readonly [letter: string, seconds: number])[] = [
  ['y', 31_536_000],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
];

/** Seconds in the two largest units that they have: `1d2h`, `90s` is `1m30s`. */
export function formatSpan(seconds: number): string {
  const first = UNITS.findIndex(([, size]) => seconds >= size);
  if (first === -1) return `${seconds}s`;
  let rest = seconds;
  const parts = UNITS.slice(first, first + 2).map(([letter, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? '' : `${count}${letter}`;
  });
  return parts.join('');
}

export function formatNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** An xFilesFactor as it was asked for, before single precision took it: seven digits are what that holds for sure. */
export function formatFactor(stored: number): string {
  return String(Number(stored.toPrecision(7)));
}

/** `archive 1 (1m:7d)`, or `archive 2 (1m:7d, max)` of a mix file. */
export function nameOf({ index, step, points, spec }: ExplainedArchive): string {
  const retention = formatRetention({ step, points });
  return `archive ${index} (${spec === undefined ? retention : `${retention}, ${spec}`})`;
}

/** A path as a shell takes it. */
export function shellWord(path: string): string {
  if (/^[\w./@%+=:,-]+$/.test(path) && !path.startsWith('-')) return path;
  return `'${path.replaceAll("'", "'\\''")}'`;
}
