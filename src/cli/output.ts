/** Values, times and tables as text. */
import { Option } from 'commander';
import { strftime } from './strftime.js';
import { formatIso, formatLocal } from './time.js';

export type OutputFormat = 'text' | 'json' | 'ndjson' | 'csv' | 'tsv';

/** Option `--format` with the forms that a command has. */
export function formatOption(...formats: readonly [OutputFormat, ...OutputFormat[]]): Option {
  return new Option('--format <form>', 'form of the output').choices(formats).default(formats[0]);
}

export const timeOption = (): Option =>
  new Option('--time <form>', 'unix, iso, local, or a strftime format such as %H:%M (UTC)').default('unix');

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
  return value.toFixed(precision);
}

/** A value as JSON can say it: the numbers that JSON has not are text. */
export function jsonValue(value: number | null, precision?: number): number | string | null {
  if (value === null) return null;
  if (!Number.isFinite(value)) return String(value);
  return precision === undefined ? value : Number(value.toFixed(precision));
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
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
