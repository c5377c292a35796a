/** The points of one metric as text, one a line: the forms that `update` reads. */
import { columnIndex, columnName, csvFields, isHeading } from './csv-fields.js';
import { linesOf } from './lines.js';
import { atLine, badInput, isGap, readTimestamp, readValue, TIME_NAMES, VALUE_NAMES } from './point-text.js';

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
  const points: ReadPoints = { timestamps: [], values: [] };
  let readLine: LineReader | undefined;
  for (const line of linesOf(text)) {
    if (!isContent(line.text)) continue;
    try {
      const isFirst = readLine === undefined;
      readLine ??= lineReader(form === 'auto' ? guessForm(line.text) : form, now, columns);
      const point = readLine(line.text, isFirst);
      if (point === undefined) continue;
      points.timestamps.push(point.timestamp);
      points.values.push(point.value);
    } catch (error) {
      throw atLine(error, source, line.number);
    }
  }
  return points;
}

/** False for blank lines and comments. */
export function isContent(line: string): boolean {
  return line.trim() !== '' && !line.startsWith('#');
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
      return (line) => {
        const { time, value } = readJsonPoint(line);
        return value === null ? undefined : pointOf(time, String(value), now);
      };
    case 'graphite':
      return (line) => {
        const { time, value } = readGraphiteLine(line);
        return pointOf(time, value, now);
      };
  }
}

/** Reads `time:value`; the time may hold colons itself, so the last one parts them. `N` is now. */
export function readColon(text: string, now: number): ReadPoint {
  const colon = text.lastIndexOf(':');
  if (colon === -1) throw badInput(`'${text}' has no ':'`, 'time:value');
  return pointOf(text.slice(0, colon), text.slice(colon + 1), now);
}

/** The parts of `metric value time`. */
export function readGraphiteLine(line: string): { metric: string; value: string; time: string } {
  const [metric, value, time, ...more] = line.trim().split(/\s+/);
  if (metric === undefined || value === undefined || time === undefined || more.length > 0) {
    throw badInput(`'${line}'`, 'metric value time');
  }
  // Carbon takes a time of -1 as now.
  return { metric, value, time: time === '-1' ? 'now' : time };
}

function tableReader(fieldsOf: (line: string) => string[], now: number, columns: CsvColumns): LineReader {
  let timeAt = 0;
  let valueAt = 1;
  return (line, isFirst) => {
    const fields = fieldsOf(line);
    if (isFirst) {
      const headings = fields.map(columnName);
      const hasHeading = isHeading(fields, [columns.time ?? '1', columns.value ?? '1'], now);
      timeAt = findColumn(columns.time, headings, hasHeading, TIME_NAMES, 0);
      valueAt = findColumn(columns.value, headings, hasHeading, VALUE_NAMES, timeAt === 1 ? 0 : 1);
      if (hasHeading) return undefined;
    }
    const time = fields[timeAt];
    const value = fields[valueAt];
    if (time === undefined || value === undefined) {
      throw badInput(`a line of ${fields.length}`, `${Math.max(timeAt, valueAt) + 1} fields or more`);
    }
    return isGap(value) ? undefined : pointOf(time, value, now);
  };
}

function findColumn(
  asked: string | undefined,
  headings: readonly string[],
  hasHeading: boolean,
  usual: readonly string[],
  fallback: number,
): number {
  if (asked !== undefined) return columnIndex(asked, headings);
  const named = hasHeading ? headings.findIndex((heading) => usual.includes(heading)) : -1;
  return named === -1 ? fallback : named;
}

/**
 * Reads `[time, value]`, or an object with a time and a value and perhaps a metric.
 *
 * @returns  the value as it stands there: null for a gap, else what reads as a number
 */
export function readJsonPoint(line: string): { time: string; value: unknown; metric?: unknown } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw badInput(`'${line}'`, 'JSON');
  }
  const record = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as { [name: string]: unknown };
  const find = (names: readonly string[]) =>
    names.map((name) => record[name]).find((field) => field !== undefined);
  const [time, value] = Array.isArray(parsed) ? parsed : [find(TIME_NAMES), find(VALUE_NAMES)];
  if (value !== null && (time === undefined || value === undefined)) {
    throw badInput(`'${line}'`, '[time, value] or {"timestamp": …, "value": …}');
  }
  return {
    time: String(time),
    value: Object.is(value, -0) ? '-0' : value,
    metric: find(['metric', 'name', 'path']),
  };
}

function pointOf(time: string, value: string, now: number): ReadPoint {
  return { timestamp: readTimestamp(time, now), value: readValue(value) };
}
