import { Command, InvalidArgumentError, Option } from 'commander';
import type { Series } from '../../database/series.js';
import { type AggregationMethod, aggregationMethods } from '../../format/aggregation-method.js';
import { consolidate } from '../../tools/consolidate.js';
import { wholeNumber } from '../arguments.js';
import { compatOption, fetchAsPython, prettyOption, timeFormatOption } from '../compat.js';
import type { Io } from '../io.js';
import {
  csvField,
  formatOption,
  formatValue,
  jsonFormatOption,
  jsonValue,
  type OutputFormat,
  printLines,
  timeFormatter,
  timeOption,
} from '../output.js';
import {
  addRangeOptions,
  type Drop,
  type Fetched,
  fetchEach,
  keptPoints,
  type RangeArguments,
} from '../range.js';

interface Given extends RangeArguments {
  readonly drop?: readonly Drop[];
  readonly consolidate?: { readonly count: number; readonly method: AggregationMethod };
  readonly format: OutputFormat;
  readonly json?: boolean;
  readonly points?: boolean;
  readonly precision?: number;
  readonly time: string;
  readonly compat?: boolean;
  readonly pretty?: boolean;
  readonly timeFormat?: string;
}

export function fetchCommand(io: Io): Command {
  return addRangeOptions(new Command('fetch'))
    .summary('print a range of values')
    .description(
      'Prints the values of a range. The finest archive that reaches back to its beginning answers. Times are Unix ' +
        'seconds, relative (now-7d, -24h) or ISO 8601; without a zone they are UTC.',
    )
    .usage('[options] PATH...')
    .argument('<paths...>', 'the databases')
    .addOption(new Option('--drop <what>', 'leave out nulls, zeroes, or empty (both)').argParser(readDrop))
    .addOption(
      new Option('--consolidate <n:method>', 'one value of every N, such as 12:max').argParser(
        readConsolidation,
      ),
    )
    .addOption(formatOption('text', 'json', 'ndjson', 'csv', 'tsv'))
    .addOption(
      new Option('--points', 'JSON with [time, value] pairs').implies({ json: true }).conflicts('format'),
    )
    .addOption(jsonFormatOption())
    .addOption(new Option('--precision <n>', 'decimals of the values').argParser(wholeNumber(0, 100)))
    .addOption(timeOption())
    .addOption(compatOption('whisper-fetch', 'consolidate', 'format', 'points', 'precision', 'time'))
    .addOption(prettyOption())
    .addOption(timeFormatOption())
    .addHelpText(
      'after',
      '\nExamples:\n  sotto fetch cpu.wsp --from now-1h\n  sotto fetch cpu.wsp --from -7d --step 1h --json\n' +
        '  sotto fetch a.wsp b.wsp --format csv --time iso --drop nulls',
    )
    .action((paths: string[], given: Given) => {
      if (given.compat === true) io.finish(fetchAsPython(paths, given, io));
      else printRanges(paths, given, io);
    });
}

function printRanges(paths: readonly string[], given: Given, io: Io): void {
  const fetched = fetchEach(paths, given, io).map(({ path, series }) => {
    return { path, series: thin(series, given) };
  });
  const print = printers[given.json === true ? 'json' : given.format];
  if (fetched.length > 0) printLines(io, print(fetched, given, paths.length > 1));
}

function thin(series: Series, given: Given): Series {
  return given.consolidate === undefined
    ? series
    : consolidate(series, given.consolidate.count, given.consolidate.method);
}

/** What several files come to differs in form from one, even where only one of them could be read. */
type Printer = (fetched: readonly Fetched[], given: Given, areSeveral: boolean) => Iterable<string>;

const printers: { readonly [F in OutputFormat]: Printer } = {
  *text(fetched, given, areSeveral) {
    const time = timeFormatter(given.time);
    for (const [i, { path, series }] of fetched.entries()) {
      if (areSeveral) yield `${i === 0 ? '' : '\n'}==> ${path} <==\n`;
      for (const [timestamp, value] of keptPoints(series, given.drop)) {
        yield `${time(timestamp)}\t${formatValue(value, given.precision)}\n`;
      }
    }
  },

  json(fetched, given, areSeveral) {
    const records = fetched.map(({ path, series }) => ({
      path,
      start: series.from,
      end: series.until,
      step: series.step,
      // Beside dropped ones a value that was kept would lose its time.
      ...(given.drop !== undefined || given.points === true
        ? {
            points: Array.from(keptPoints(series, given.drop), ([t, value]) => [
              t,
              jsonValue(value, given.precision),
            ]),
          }
        : { values: Array.from(series, ([, value]) => jsonValue(value, given.precision)) }),
    }));
    return [`${JSON.stringify(areSeveral ? records : records[0])}\n`];
  },

  *ndjson(fetched, given) {
    for (const { path, series } of fetched) {
      for (const [timestamp, value] of keptPoints(series, given.drop)) {
        yield `${JSON.stringify({ path, timestamp, value: jsonValue(value, given.precision) })}\n`;
      }
    }
  },

  csv: (fetched, given, areSeveral) => tableLines(fetched, given, areSeveral, ','),
  tsv: (fetched, given, areSeveral) => tableLines(fetched, given, areSeveral, '\t'),
};

/** One line for each time and one column for each database; an empty field for a gap. */
function* tableLines(
  fetched: readonly Fetched[],
  given: Given,
  areSeveral: boolean,
  separator: string,
): Generator<string> {
  const time = timeFormatter(given.time);
  const columns = fetched.map(({ series }) => new Map(keptPoints(series, given.drop)));
  const timestamps = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
  const line = (fields: string[]) =>
    `${(separator === ',' ? fields.map(csvField) : fields).join(separator)}\n`;
  yield line(['timestamp', ...(areSeveral ? fetched.map(({ path }) => path) : ['value'])]);
  for (const timestamp of timestamps) {
    const values = columns.map((column) => column.get(timestamp) ?? null);
    yield line([
      time(timestamp),
      ...values.map((value) => (value === null ? '' : formatValue(value, given.precision))),
    ]);
  }
}

function readDrop(text: string): Drop[] {
  const drops = text.split(',').flatMap((name): Drop[] => {
    if (name === 'empty') return ['nulls', 'zeroes'];
    if (name === 'nulls' || name === 'zeroes') return [name];
    throw new InvalidArgumentError('It must be nulls, zeroes or empty (both).');
  });
  return drops;
}

function readConsolidation(text: string): { count: number; method: AggregationMethod } {
  const [count = '', method = '', ...more] = text.split(':');
  if (!/^[1-9][0-9]*$/.test(count) || method === '' || more.length > 0) {
    throw new InvalidArgumentError('It must be a number and a method, such as 12:max.');
  }
  if (!METHODS.includes(method as AggregationMethod)) {
    throw new InvalidArgumentError(`There is no method ${method}; there are ${METHODS.join(', ')}.`);
  }
  return { count: Number(count), method: method as AggregationMethod };
}

/** Consolidating stores nothing, so that every dialect's methods will do. */
const METHODS: readonly AggregationMethod[] = [...aggregationMethods, 'first'];
