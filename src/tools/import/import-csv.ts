/** Tables into files: one metric, one metric a column, or a metric's name in each line. */
import { checkPath, type FilePath } from '../../database/path.js';
import { WhisperError } from '../../errors.js';
import { badOption, checkChoice } from '../../options.js';
import { canonicalMetric, metricPath } from '../metric-path.js';
import {
  columnIndex,
  columnName,
  csvFields,
  type Delimiter,
  delimiters,
  guessDelimiter,
  isHeading,
  recordsOf,
} from './csv-fields.js';
import { type CheckedImport, checkImport, type ImportOptions, type ImportResult } from './import-options.js';
import { isContent } from './line-points.js';
import { linesOf, type TextSource } from './lines.js';
import { MetricPoints } from './metric-points.js';
import {
  atLine,
  badInput,
  isGap,
  METRIC_NAMES,
  readTimestamp,
  readValue,
  TIME_NAMES,
  VALUE_NAMES,
} from './point-text.js';
import { storeMetrics } from './store-metrics.js';

export interface ImportCsvOptions extends ImportOptions {
  /** The column of the time: its heading, or its number from 1. */
  readonly timeColumn?: string | undefined;
  /** Those of values; for a lone file one. */
  readonly valueColumns?: readonly string[] | undefined;
  /** The column of a metric's name, in tables of one value a line. */
  readonly metricColumn?: string | undefined;
  /** What parts the fields; found out by the first line if left out. */
  readonly delimiter?: Delimiter | undefined;
  /** Put before the names of metrics: `servers.web1`. */
  readonly prefix?: string | undefined;
}

/** A file, or a folder in which each metric has one of its own. */
export type CsvTarget = FilePath | { readonly folder: FilePath };

const NAMES = ['timeColumn', 'valueColumns', 'metricColumn', 'delimiter', 'prefix'];

/** Under which the points of a lone file are gathered. */
const LONE = '';

/**
 * Stores a table of points. The first line may name the columns; fields may be quoted, and parted by commas, semicolons
 * (with decimal commas, if you like) or tabs. Empty fields are gaps.
 *
 * Into a file goes one column of values. Into a folder go all of them, each as a metric of its heading's name; or, if there is a
 * column of names, each line's value to the metric that it names.
 *
 * Every archive takes of the history what it reaches back to, aggregated where it is coarser. All lines are read before
 * anything is written.
 *
 * @throws WhisperError `WSP_BAD_INPUT` with the line's number, and of a lone metric what `create` and `open` throw
 */
export function importCsv(text: TextSource, target: CsvTarget, options: ImportCsvOptions = {}): ImportResult {
  const checked = checkImport(options, 'importCsv', NAMES);
  const isTree = typeof target === 'object' && !(target instanceof URL);
  const place = checkPath(isTree ? target.folder : target);
  const how = { ...options, isTree, delimiter: checkDelimiter(options.delimiter), names: new Map() };
  if (!isTree && (options.valueColumns?.length ?? 0) > 1)
    throw badOption('several columns of values for one file', 'one of them, or a folder');
  using metrics = new MetricPoints();
  const bad = readTable(text, checked, how, metrics);
  const pathOf = (metric: string) => (isTree ? metricPath(place, metric) : place);
  return storeMetrics(metrics, pathOf, checked, options, bad);
}

function checkDelimiter(given: Delimiter | undefined): Delimiter | undefined {
  return given === undefined ? undefined : checkChoice('delimiter', given, delimiters);
}

interface How extends ImportCsvOptions {
  readonly isTree: boolean;
  readonly names: Names;
}

/** Where a table has what. */
interface Columns {
  readonly time: number;
  readonly values: readonly { readonly index: number; readonly metric: string }[];
  /** In a table of one value a line. */
  readonly metric: number | undefined;
}

/** Returns how many lines were passed over. */
function readTable(text: TextSource, checked: CheckedImport, how: How, metrics: MetricPoints): number {
  const { source, skipBad } = checked;
  let { delimiter } = how;
  let columns: Columns | undefined;
  let bad = 0;
  for (const line of recordsOf(linesOf(text))) {
    if (!isContent(line.text)) continue;
    const isFirst = columns === undefined;
    try {
      delimiter ??= guessDelimiter(line.text);
      const fields = csvFields(line.text, delimiter);
      if (columns === undefined) {
        const hasHeading = isHeading(fields, askedOf(how), checked.clock);
        columns = columnsOf(fields, hasHeading, how);
        if (hasHeading) continue;
      }
      readRecord(fields, columns, delimiter, checked, how, metrics);
    } catch (error) {
      // Without columns there is nothing that the next line could be read by.
      if (!skipBad || isFirst) throw atLine(error, source, line.number);
      bad++;
    }
  }
  return bad;
}

function askedOf({ timeColumn, valueColumns = [], metricColumn }: How): string[] {
  return [timeColumn, ...valueColumns, metricColumn].filter((column) => column !== undefined);
}

function readRecord(
  fields: readonly string[],
  columns: Columns,
  delimiter: Delimiter,
  checked: CheckedImport,
  how: How,
  metrics: MetricPoints,
): void {
  const most = Math.max(columns.time, columns.metric ?? 0, ...columns.values.map(({ index }) => index));
  if (fields.length <= most) throw badInput(`a line of ${fields.length} fields`, `${most + 1} or more`);
  const timestamp = readTimestamp(fields[columns.time]!, checked.clock, checked.unit);
  const named =
    columns.metric === undefined ? undefined : metricOf(fields[columns.metric]!, how.prefix, how.names);
  // All of a line counts, or nothing.
  const read = columns.values.flatMap(({ index, metric }) => {
    const field = fields[index]!;
    if (isGap(field)) return [];
    const value = readValue(delimiter === ';' ? field.replace(/^(\s*[+-]?\d*),(\d+)/, '$1.$2') : field);
    return checked.nanIsGap && Number.isNaN(value) ? [] : [{ metric: named ?? metric, value }];
  });
  for (const { metric, value } of read) metrics.push(metric, timestamp, value);
}

/** The metrics of a table by the names that they have in it: two names for one would put the points of both into one file. */
type Names = Map<string, string>;

function metricOf(name: string, prefix: string | undefined, names: Names): string {
  // Headings are written for people: blanks and slashes are none of a metric's name.
  const plain = name.trim().replace(/[\s/\\]+/g, '_');
  const metric = canonicalMetric(prefix === undefined ? plain : `${prefix}.${plain}`);
  // Refused here, with the line that has it, and not when everything has been read.
  metricPath('', metric);
  const other = names.get(metric);
  if (other !== undefined && other !== name.trim())
    throw badInput(
      `'${other}' and '${name.trim()}', which are both the metric ${metric}`,
      'names that differ',
    );
  names.set(metric, name.trim());
  return metric;
}

function columnsOf(fields: readonly string[], hasHeading: boolean, how: How): Columns {
  const headings = fields.map(columnName);
  const find = (usual: readonly string[]) =>
    hasHeading ? headings.findIndex((name) => usual.includes(name)) : -1;
  const index = (asked: string) => columnIndex(asked, headings);
  const time = how.timeColumn === undefined ? Math.max(find(TIME_NAMES), 0) : index(how.timeColumn);
  const metric = how.isTree ? metricColumn(how, find, index, headings.length) : undefined;
  const isTaken = (i: number) => i === time || i === metric;
  const asked = how.valueColumns?.map(index);
  const usual = find(VALUE_NAMES);
  const free = headings.flatMap((_, i) => (isTaken(i) ? [] : [i]));
  const chosen = asked ?? (how.isTree && metric === undefined ? free : lone(usual, free, fields));
  if (metric !== undefined && chosen.length > 1)
    throw badInput(`${chosen.length} columns of values beside one of metrics`, 'one');
  const nameAt = (i: number) => (hasHeading ? fields[i]! : `column${i + 1}`);
  return {
    time,
    metric,
    values: chosen.map((i) => ({
      index: i,
      metric: how.isTree && metric === undefined ? metricOf(nameAt(i), how.prefix, how.names) : LONE,
    })),
  };
}

/** The one column of values that a file takes. */
function lone(usual: number, free: readonly number[], fields: readonly string[]): number[] {
  if (usual !== -1) return [usual];
  if (free.length === 1) return [free[0]!];
  if (free.length === 0) throw badInput('one column', 'a time and a value');
  throw new WhisperError('WSP_BAD_INPUT', {
    found: `${free.length} columns of values: ${free.map((i) => fields[i]).join(', ')}`,
    expected: 'one of them, by its name or number, or a folder, for a file each',
  });
}

function metricColumn(
  { metricColumn, valueColumns }: How,
  find: (usual: readonly string[]) => number,
  index: (asked: string) => number,
  count: number,
): number | undefined {
  if (metricColumn !== undefined) return index(metricColumn);
  // A column of that name says so only where there is one of values, and nothing else.
  const isLong =
    count === 3 && valueColumns === undefined && find(VALUE_NAMES) !== -1 && find(TIME_NAMES) !== -1;
  const found = isLong ? find(METRIC_NAMES) : -1;
  return found === -1 ? undefined : found;
}
