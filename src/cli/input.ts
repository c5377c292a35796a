/** Points as text: the forms that `update` reads. */
import { checkTimestamp } from '../database/time.js';
import { WhisperError } from '../errors.js';
import { parseTime } from './time.js';

/**
 * `colon`: `time:value`; `csv` and `tsv`: columns, with or without a heading; `ndjson`: `[time, value]` or an object with
 * a time and a value; `graphite`: `metric value time`, the metric being left aside.
 */
export type InputForm = 'colon' | 'csv' | 'tsv' | 'ndjson' | 'graphite';

export const inputForms = ['auto', 'colon', 'csv', 'tsv', 'ndjson', 'graphite'] as const;

/** Where a CSV holds what: a heading, or a number counted from 1. */
export interface CsvColumns {
  readonly time?: string | undefined;
  readonly value?: string | undefined;
}

/** Points in the order they were read. */
export interface ReadPoints {
  readonly timestamps: number[];
  readonly values: number[];
}

/**
 * Reads points, one a line. Blank lines, `#` comments and lines without a value are passed over.
 *
 * @param source  how messages call the text, such as a file's name
 * @param now     what `N` and relative times count from
 * @throws WhisperError `WSP_BAD_INPUT` with the line's number
 */
export function readPoints(
  text: string,
  form: InputForm | 'auto',
  source: string,
  now: number,
  columns: CsvColumns = {},
): ReadPoints {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const isContent = (line: string) => line.trim() !== '' && !line.startsWith('#');
  const start = lines.findIndex(isContent);
  const points: ReadPoints = { timestamps: [], values: [] };
  if (start === -1) return points;
  const readLine = lineReader(form === 'auto' ? guessForm(lines[start]!) : form, now, columns);
  for (const [i, line] of lines.entries()) {
    if (!isContent(line)) continue;
    try {
      const point = readLine(line, i === start);
      if (point === undefined) continue;
      points.timestamps.push(point.timestamp);
      points.values.push(point.value);
    } catch (error) {
      if (!(error instanceof WhisperError)) throw error;
      throw new WhisperError('WSP_BAD_INPUT', {
        path: source,
        found: `line ${i + 1}: ${error.found}`,
        expected: error.expected,
        cause: error,
      });
    }
  }
  return points;
}

interface ReadPoint {
  readonly timestamp: number;
  readonly value: number;
}

/** Reads a line; undefined if it holds no point (a heading, an empty value). */
type LineReader = (line: string, isFirst: boolean) => ReadPoint | undefined;

function guessForm(line: string): InputForm {
  if (/^\s*[[{]/.test(line)) return 'ndjson';
  if (/^[^\t]+\t *\S* *$/.test(line)) return 'tsv';
  if (line.includes(',')) return 'csv';
  return /^\S+\s+\S+\s+\S+\s*$/.test(line) ? 'graphite' : 'colon';
}

function lineReader(form: InputForm, now: number, columns: CsvColumns): LineReader {
  switch (form) {
    case 'colon':
      return (line) => readColon(line.trim(), now);
    case 'csv':
      return tableReader(csvFields, now, columns);
    case 'tsv':
      return tableReader((line) => line.split('\t'), now, columns);
    case 'ndjson':
      return (line) => readJson(line, now);
    case 'graphite':
      return (line) => readGraphite(line, now);
  }
}

/** Reads `time:value`; the time may hold colons itself, so the last one parts them. `N` is now. */
export function readColon(text: string, now: number): ReadPoint {
  const colon = text.lastIndexOf(':');
  if (colon === -1) throw badInput(`'${text}' has no ':'`, 'time:value');
  return pointOf(text.slice(0, colon), text.slice(colon + 1), now);
}

function readGraphite(line: string, now: number): ReadPoint {
  const [metric, value, time, ...more] = line.trim().split(/\s+/);
  if (metric === undefined || value === undefined || time === undefined || more.length > 0) {
    throw badInput(`'${line}'`, 'metric value time');
  }
  // Carbon takes a time of -1 as now.
  return pointOf(time === '-1' ? 'now' : time, value, now);
}

const TIME_NAMES = ['timestamp', 'time', 'date', 'datetime', 't', 'ds', 'start'];
const VALUE_NAMES = ['value', 'v', 'y', 'val'];

function tableReader(fieldsOf: (line: string) => string[], now: number, columns: CsvColumns): LineReader {
  let timeAt = 0;
  let valueAt = 1;
  return (line, isFirst) => {
    const fields = fieldsOf(line);
    if (isFirst) {
      const headings = fields.map((field) => field.trim().toLowerCase());
      const isHeading = isHeadingLine(fields, columns, now);
      timeAt = findColumn(columns.time, headings, isHeading, TIME_NAMES, 0);
      valueAt = findColumn(columns.value, headings, isHeading, VALUE_NAMES, timeAt === 1 ? 0 : 1);
      if (isHeading) return undefined;
    }
    const time = fields[timeAt];
    const value = fields[valueAt];
    if (time === undefined || value === undefined) {
      throw badInput(`a line of ${fields.length}`, `${Math.max(timeAt, valueAt) + 1} fields or more`);
    }
    return GAPS.has(value.trim().toLowerCase()) ? undefined : pointOf(time, value, now);
  };
}

/** What tables hold in place of a value that is not there; `None` is what fetch prints. */
const GAPS = new Set(['', 'none', 'null']);

/** A first line is a heading if a column was asked for by name, or if nothing in it is a number or a time. */
function isHeadingLine(fields: readonly string[], { time, value }: CsvColumns, now: number): boolean {
  const isName = (column: string | undefined) => column !== undefined && !/^[0-9]+$/.test(column);
  if (isName(time) || isName(value)) return true;
  return !fields.some((field) => field.trim() !== '' && (isNumber(field) || isTime(field, now)));
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

function findColumn(
  asked: string | undefined,
  headings: readonly string[],
  isHeading: boolean,
  usual: readonly string[],
  fallback: number,
): number {
  if (asked === undefined) {
    const named = isHeading ? headings.findIndex((heading) => usual.includes(heading)) : -1;
    return named === -1 ? fallback : named;
  }
  const index = /^[0-9]+$/.test(asked) ? Number(asked) - 1 : headings.indexOf(asked.trim().toLowerCase());
  if (index >= 0 && index < headings.length) return index;
  throw badInput(`no column '${asked}'`, `one of ${headings.join(', ')}`);
}

function csvFields(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const fields: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|((?:[^",][^,]*)?))(,|$)/gy;
  for (;;) {
    const match = pattern.exec(line);
    if (match === null) throw badInput(`'${line}'`, 'quotes that close before the next comma');
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '') return fields;
  }
}

function readJson(line: string, now: number): ReadPoint | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw badInput(`'${line}'`, 'JSON');
  }
  const [time, value] = Array.isArray(parsed) ? parsed : namedFields(parsed);
  if (value === null) return undefined;
  if (time === undefined || value === undefined) {
    throw badInput(`'${line}'`, '[time, value] or {"timestamp": …, "value": …}');
  }
  return pointOf(String(time), String(value), now);
}

function namedFields(parsed: unknown): [time: unknown, value: unknown] {
  const record = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as { [name: string]: unknown };
  const find = (names: readonly string[]) =>
    names.map((name) => record[name]).find((field) => field !== undefined);
  return [find(TIME_NAMES), find(VALUE_NAMES)];
}

function pointOf(time: string, value: string, now: number): ReadPoint {
  return { timestamp: checkTimestamp(parseTime(time.trim(), now)), value: readValue(value.trim()) };
}

const NAMED_VALUES = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
]);

function readValue(text: string): number {
  const named = NAMED_VALUES.get(text.replace(/^[+-]/, '').toLowerCase());
  if (named !== undefined) return text.startsWith('-') ? -named : named;
  if (/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(text)) return Number(text);
  throw badInput(`value '${text}'`, 'a number');
}

function badInput(found: string, expected: string): WhisperError {
  return new WhisperError('WSP_BAD_INPUT', { found, expected });
}
