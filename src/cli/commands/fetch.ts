import { Command, InvalidArgumentError, Option } from 'commander';
import type { Series } from '../../index.js';
import { consolidate } from '../../tools/consolidate.js';
import { jsonOption, reading, wholeNumber } from '../arguments.js';
import { fetchAsPython } from '../compat.js';
import type { ExitCode, Io } from '../io.js';
import {
  csvField,
  formatOption,
  formatValue,
  jsonValue,
  type OutputFormat,
  timeFormatter,
  timeOption,
} from '../output.js';
import { addRangeOptions, fetchSeries, type RangeArguments } from '../range.js';

type Drop = 'nulls' | 'zeroes';

interface Given extends RangeArguments {
  readonly drop?: readonly Drop[];
  readonly consolidate?: { readonly count: number; readonly method: string };
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
    .addOption(new Option('--drop <what>', 'leave out nulls, zeroes, or both').argParser(readDrop))
    .addOption(
      new Option('--consolidate <n:method>', 'one value of every N, such as 12:max').argParser(
        readConsolidation,
      ),
    )
    .addOption(formatOption('text', 'json', 'ndjson', 'csv', 'tsv'))
    .addOption(jsonOption())
    .option('--points', 'JSON with [time, value] pairs')
    .addOption(new Option('--precision <n>', 'decimals of the values').argParser(wholeNumber(0)))
    .addOption(timeOption())
    .option('--compat', 'print exactly what whisper-fetch prints')
    .addOption(new Option('--pretty', 'with --compat: times in words').implies({ compat: true }))
    .addOption(
      new Option('-t, --time-format <format>', 'with --compat --pretty: strftime format, local time'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  sotto fetch cpu.wsp --from now-1h\n  sotto fetch cpu.wsp --from -7d --step 1h --json\n' +
        '  sotto fetch a.wsp b.wsp --format csv --time iso --drop nulls',
    )
    .action((paths: string[], given: Given) => {
      io.finish(given.compat === true ? fetchAsPython(paths, given, io) : printRanges(paths, given, io));
    });
}

function printRanges(paths: readonly string[], given: Given, io: Io): ExitCode {
  const fetched = paths.map((path) => {
    return { path, series: reading(path, given, io, (database) => fetchSeries(database, given, io)) };
  });
  const found = fetched.flatMap(({ path, series }) => {
    if (series !== null) return [{ path, series: thin(series, given) }];
    io.err(`sotto: ${path}: no data in the selected range\n`);
    return [];
  });
  if (found.length > 0) io.out(printers[given.json === true ? 'json' : given.format](found, given));
  return found.length === fetched.length ? 0 : 1;
}

function thin(series: Series, given: Given): Series {
  return given.consolidate === undefined
    ? series
    : consolidate(series, given.consolidate.count, given.consolidate.method);
}

interface Fetched {
  readonly path: string;
  readonly series: Series;
}

type Printer = (fetched: readonly Fetched[], given: Given) => string;

const printers: { readonly [F in OutputFormat]: Printer } = {
  text(fetched, given) {
    const time = timeFormatter(given.time);
    return fetched
      .map(({ path, series }) => {
        const lines = keptPoints(series, given).map(([timestamp, value]) => {
          return `${time(timestamp)}\t${formatValue(value, given.precision)}\n`;
        });
        return (fetched.length > 1 ? `==> ${path} <==\n` : '') + lines.join('');
      })
      .join('\n');
  },

  json(fetched, given) {
    const records = fetched.map(({ path, series }) => ({
      path,
      start: series.from,
      end: series.until,
      step: series.step,
      // Without a place of its own a value that was kept would lose its time.
      ...(given.drop !== undefined || given.points === true
        ? { points: keptPoints(series, given).map(([t, value]) => [t, jsonValue(value, given.precision)]) }
        : { values: [...series].map(([, value]) => jsonValue(value, given.precision)) }),
    }));
    return `${JSON.stringify(records.length === 1 ? records[0] : records)}\n`;
  },

  ndjson(fetched, given) {
    return fetched
      .flatMap(({ path, series }) => {
        return keptPoints(series, given).map(([timestamp, value]) => {
          return `${JSON.stringify({ path, timestamp, value: jsonValue(value, given.precision) })}\n`;
        });
      })
      .join('');
  },

  csv: (fetched, given) => printTable(fetched, given, ','),
  tsv: (fetched, given) => printTable(fetched, given, '\t'),
};

/** One line for each time and one column for each database; an empty field for a gap. */
function printTable(fetched: readonly Fetched[], given: Given, separator: string): string {
  const time = timeFormatter(given.time);
  const columns = fetched.map(({ series }) => new Map(keptPoints(series, given)));
  const timestamps = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
  const field = (text: string) => (separator === ',' ? csvField(text) : text);
  const headings = fetched.length === 1 ? ['value'] : fetched.map(({ path }) => path);
  const rows = timestamps.map((timestamp) => {
    const values = columns.map((column) => column.get(timestamp) ?? null);
    return [
      time(timestamp),
      ...values.map((value) => (value === null ? '' : formatValue(value, given.precision))),
    ];
  });
  return [['timestamp', ...headings], ...rows].map((row) => `${row.map(field).join(separator)}\n`).join('');
}

function keptPoints(series: Series, { drop = [] }: Given): (readonly [number, number | null])[] {
  return [...series].filter(([, value]) => {
    return !(value === null && drop.includes('nulls')) && !(value === 0 && drop.includes('zeroes'));
  });
}

function readDrop(text: string): Drop[] {
  const drops = text.split(',').flatMap((name): Drop[] => {
    if (name === 'empty') return ['nulls', 'zeroes'];
    if (name === 'nulls' || name === 'zeroes') return [name];
    throw new InvalidArgumentError('It must be nulls, zeroes or empty (both).');
  });
  return drops;
}

function readConsolidation(text: string): { count: number; method: string } {
  const [count = '', method = '', ...more] = text.split(':');
  if (!/^[1-9][0-9]*$/.test(count) || method === '' || more.length > 0) {
    throw new InvalidArgumentError('It must be a number and a method, such as 12:max.');
  }
  return { count: Number(count), method };
}
