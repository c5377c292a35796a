/** Records of CSV, and the columns that they are read by. */
import { parseTime } from '../time-text.js';
import type { Line } from './lines.js';
import { badInput } from './point-text.js';

/** What parts the fields of a record. */
export type Delimiter = ',' | ';' | '\t';

export const delimiters = [',', ';', '\t'] as const satisfies readonly Delimiter[];

const PATTERNS: { readonly [D in Delimiter]: RegExp } = {
  ',': /(?:"((?:[^"]|"")*)"|((?:[^",][^,]*)?))(,|$)/gy,
  ';': /(?:"((?:[^"]|"")*)"|((?:[^";][^;]*)?))(;|$)/gy,
  '\t': /(?:"((?:[^"]|"")*)"|((?:[^"\t][^\t]*)?))(\t|$)/gy,
};

/** @throws WhisperError `WSP_BAD_INPUT` for quotes that do not close */
export function csvFields(record: string, delimiter: Delimiter = ','): string[] {
  if (!record.includes('"')) return record.split(delimiter);
  const fields: string[] = [];
  const pattern = PATTERNS[delimiter];
  pattern.lastIndex = 0;
  for (;;) {
    const match = pattern.exec(record);
    if (match === null) {
      throw badInput(`'${record}'`, 'quotes that close before the next delimiter');
    }
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '') return fields;
  }
}

/** A quoted field may go on over so many lines; a quote that never closes should not swallow the whole text. */
const MOST_LINES = 100;

/** Lines as records: one whose quotes are open at its end goes on with the next. The number is that of the first line. */
export function* recordsOf(lines: Iterable<Line>): Generator<Line> {
  let open: Line | undefined;
  let count = 0;
  for (const line of lines) {
    const text = open === undefined ? line.text : `${open.text}\n${line.text}`;
    const record = { text, number: open?.number ?? line.number };
    if (line.text.includes('"') || open !== undefined) {
      const isOpen = (text.split('"').length - 1) % 2 === 1;
      if (isOpen && ++count < MOST_LINES) {
        open = record;
        continue;
      }
    }
    open = undefined;
    count = 0;
    yield record;
  }
  if (open !== undefined) yield open;
}

/** The delimiter that a first record has most of; of as many commas and others the others, since `time;1,5` has a decimal comma. */
export function guessDelimiter(record: string): Delimiter {
  const bare = record.replace(/"[^"]*"/g, '');
  if (!/[,;\t]/.test(bare)) return ',';
  const counts = delimiters.map((delimiter) => bare.split(delimiter).length);
  return delimiters[counts.lastIndexOf(Math.max(...counts))]!;
}

/**
 * True if a first record names columns: if one was asked for by name, or if nothing in it is a number or a time.
 *
 * @param asked  columns as they were asked for: names, or numbers from 1
 */
export function isHeading(fields: readonly string[], asked: readonly string[], now: number): boolean {
  if (asked.some((column) => !isColumnNumber(column))) return true;
  return !fields.some((field) => field.trim() !== '' && (isNumber(field) || isTime(field, now)));
}

/** A column's name as names are compared. */
export function columnName(field: string): string {
  return field.trim().toLowerCase();
}

/**
 * The index of a column that was asked for.
 *
 * @param headings  as {@link columnName} has them, or, without a heading, the fields of the first record
 * @throws WhisperError `WSP_BAD_INPUT` if there is none
 */
export function columnIndex(asked: string, headings: readonly string[]): number {
  const index = isColumnNumber(asked) ? Number(asked) - 1 : headings.indexOf(columnName(asked));
  if (index >= 0 && index < headings.length) return index;
  throw badInput(`no column '${asked}'`, `one of ${headings.join(', ')}`);
}

function isColumnNumber(column: string): boolean {
  return /^[0-9]+$/.test(column);
}

function isNumber(text: string): boolean {
  return !Number.isNaN(Number(text));
}

function isTime(text: string, now: number): boolean {
  try {
    parseTime(text, now);
    return true;
  } catch {
    return false;
  }
}
