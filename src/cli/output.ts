/** Values, times and tables as text. */
import { InvalidArgumentError, Option } from 'commander';
import { formatIso, formatLocal } from '../tools/time-text.js';
import type { Io } from './io.js';
import { formatFixed } from './python-format.js';
import { strftime } from './strftime.js';

export type OutputFormat = 'text' | 'json' | 'ndjson' | 'csv' | 'tsv';

/** Option `--format` with the forms that a command has. */
export function formatOption(...formats: readonly [OutputFormat, ...OutputFormat[]]): Option {
  return new Option('--format <form>', 'form of the output').choices(formats).default(formats[0]);
}

/** `--json` beside `--format`. */
export const jsonFormatOption = (): Option =>
  new Option('--json', 'the same as --format json').conflicts('format');

export const timeOption = (): Option =>
  new Option('--time <form>', 'unix, iso, local, or a strftime format such as %H:%M (UTC)')
    .default('unix')
    .argParser((form) => {
      if (form.includes('%') || ['unix', 'iso', 'local'].includes(form)) return form;
      throw new InvalidArgumentError('It must be unix, iso, local, or a format with a % such as %H:%M.');
    });

/** Prints timestamps in the form that was asked for. */
export function timeFormatter(form: string): (timestamp: number) => string {
  switch (form) {
    case 'unix':
      return String;
    case 'iso':
      return formatIso;
    case 'local':
      return formatLocal;
    default:
      return (timestamp) => strftime(form, timestamp, 'utc');
  }
}

/** Prints a value: shortest text that reads back the same, or a number of decimals; `None` for a gap. */
export function formatValue(value: number | null, precision?: number): string {
  if (value === null) return 'None';
  if (!Number.isFinite(value) || precision === undefined) return Object.is(value, -0) ? '-0' : String(value);
  return formatFixed(value, precision);
}

/** A value as JSON can say it: the numbers that JSON has not are text. */
export function jsonValue(value: number | null, precision?: number): number | string | null {
  if (value === null) return null;
  if (!Number.isFinite(value)) return String(value);
  return precision === undefined ? value : Number(formatFixed(value, precision));
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Prints lines by the thousand: all lines of a large database are more than one string can hold. */
export function printLines(io: Io, lines: Iterable<string>): void {
  let batch: string[] = [];
  for (const line of lines) {
    batch.push(line);
    if (batch.length < 4096) continue;
    io.out(batch.join(''));
    batch = [];
  }
  if (batch.length > 0) io.out(batch.join(''));
}

/** A field of a CSV line, quoted if it has to be. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The shortest decimal number that single precision stores as `value`: 0.3 rather than 0.30000001192092896. */
export function formatSingle(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}

/**
 * A table: columns as wide as their longest cell, two blanks apart.
 *
 * @param left  how many columns stand to the left; the others, of numbers, to the right
 */
export function formatTable(rows: readonly (readonly string[])[], left: number): string {
  const widths = rows.reduce<number[]>((most, row) => {
    return row.map((cell, i) => Math.max(most[i] ?? 0, cell.length));
  }, []);
  const line = (row: readonly string[]) => {
    const cells = row.map((cell, i) => (i < left ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)));
    return `${cells.join('  ').trimEnd()}\n`;
  };
  return rows.map(line).join('');
}

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes in the unit that leaves one to four digits before the point: `40 B`, `25.3 KiB`. */
export function formatSize(bytes: number): string {
  let power = 0;
  while (power < SIZE_UNITS.length - 1 && bytes / 1024 ** power >= 1024) power++;
  return `${power === 0 ? bytes : formatFixed(bytes / 1024 ** power, 1)} ${SIZE_UNITS[power]}`;
}

/** A whole number with its thousands apart; the system's own way to do it would take milliseconds to load. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
