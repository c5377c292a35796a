import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Command, Option } from 'commander';
import type { Future } from '../../database/update.js';
import { systemError, WhisperError } from '../../errors.js';
import type { AggregationMethod, Dialect } from '../../format/aggregation-method.js';
import { badOption } from '../../options.js';
import { type Delimiter, delimiters } from '../../tools/import/csv-fields.js';
import { importCsv } from '../../tools/import/import-csv.js';
import { importGraphite, importJson, importNdjson } from '../../tools/import/import-lines.js';
import type { ImportOptions, ImportResult } from '../../tools/import/import-options.js';
import { importRrd } from '../../tools/import/import-rrd.js';
import { type TimeUnit, timeUnits } from '../../tools/import/point-text.js';
import { readPieces } from '../../tools/import/read-pieces.js';
import { type Consolidation, consolidations } from '../../tools/import/rrd-archives.js';
import { loadStorageRules, type StorageRules } from '../../tools/schemas/storage-rules.js';
import { parseTime } from '../../tools/time-text.js';
import { dialectOption, jsonOption, lockOption } from '../arguments.js';
import { type ImportPlace, importPlace } from '../import-place.js';
import { ImportReport } from '../import-report.js';
import type { Io } from '../io.js';
import { addLayoutOptions, type LayoutArguments, layoutOf } from '../layout.js';

interface Given extends LayoutArguments {
  readonly output?: string;
  readonly into?: string;
  readonly retentions?: string;
  readonly schemas?: string;
  readonly aggregation?: string;
  readonly xff?: `${number}`;
  readonly agg?: AggregationMethod | 'mix';
  readonly cf?: Consolidation;
  readonly ds?: readonly string[];
  readonly archives?: readonly number[];
  readonly timeColumn?: string;
  readonly valueColumn?: readonly string[];
  readonly metricColumn?: string;
  readonly delimiter?: Delimiter;
  readonly prefix?: string;
  readonly timeUnit?: TimeUnit;
  readonly nanIsGap?: boolean;
  readonly duplicates?: 'first' | 'last';
  readonly onFuture?: Future;
  readonly skipBad?: boolean;
  readonly now?: string;
  readonly overwrite?: boolean;
  readonly sparse?: boolean;
  readonly durable?: boolean;
  readonly dryRun?: boolean;
  readonly lock?: boolean;
  readonly dialect?: Dialect;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const FORMS = ['rrd', 'rrd-xml', 'csv', 'graphite', 'ndjson', 'json'] as const;
type Form = (typeof FORMS)[number];

/** Options that mean something to some forms alone. */
const FORMS_OF: { readonly [option: string]: readonly Form[] } = {
  cf: ['rrd', 'rrd-xml'],
  ds: ['rrd', 'rrd-xml'],
  archives: ['rrd', 'rrd-xml'],
  timeColumn: ['csv'],
  valueColumn: ['csv'],
  metricColumn: ['csv'],
  delimiter: ['csv'],
  prefix: ['csv'],
  ...Object.fromEntries(
    [
      ...['retentions', 'schemas', 'aggregation', 'timeUnit', 'nanIsGap', 'duplicates'],
      ...['onFuture', 'skipBad', 'now'],
    ].map((name) => [name, ['csv', 'graphite', 'ndjson', 'json'] as const]),
  ),
};

export function importCommand(io: Io): Command {
  const command = new Command('import')
    .summary('make databases of rrd dumps, CSV or Graphite lines')
    .description(
      'Makes databases of what other programs have. FORM is rrd (or rrd-xml): what rrdtool dump prints, each archive ' +
        'of it as one of the database; csv: a table of times and values; graphite: lines METRIC VALUE TIME; ndjson or json: ' +
        'the same as sotto export prints it. Of tables and lines every archive takes the whole history as far as it reaches back, aggregated ' +
        'where it is coarser, however old the points are; databases that are there take the points beside their own.',
    )
    .usage('FORM [options] SOURCE... [TARGET] [DEF...]')
    .argument('<form>', `${FORMS.join(', ')}`)
    .argument(
      '<words...>',
      'files to read, - for standard input; the database or folder to write; retentions such as 1m:7d of new ones',
    )
    .option('-o, --output <path>', 'the database to write, or a folder to put it in; as TARGET')
    .option('--into <dir>', 'a folder: each metric has a file of its own in it')
    .option('--retentions <defs>', 'as DEF: of databases that are made')
    .option('--schemas <file>', 'storage-schemas.conf: retentions by metric')
    .option('--aggregation <file>', 'storage-aggregation.conf: method and xFilesFactor by metric')
    .addOption(new Option('-x, --xff <share>', 'share of known points that a coarser value needs, 0 to 1'))
    .addOption(
      new Option(
        '-a, --agg <method>',
        'how values become a coarser one (default: average; rrd: as its archives)',
      ),
    );
  addLayoutOptions(command);
  for (const option of formOptions()) command.addOption(option);
  return command
    .option('--overwrite', 'make databases anew that are there')
    .option('--sparse', 'take room on the disk only as it is written')
    .option('--durable', 'return once the files are on the disk')
    .option('--dry-run', 'read everything, and only tell what would be made')
    .addOption(lockOption())
    .addOption(dialectOption())
    .addOption(jsonOption())
    .option('-q, --quiet', 'print nothing but errors')
    .addHelpText(
      'after',
      '\nExamples:\n  rrdtool dump load.rrd | sotto import rrd - load.wsp\n' +
        '  sotto import rrd *.xml --output whisper --compressed\n' +
        '  sotto import csv cpu.csv cpu.wsp 1m:30d 1h:5y\n  sotto import csv hosts.csv --into whisper --retentions 1m:30d,1h:5y\n' +
        '  sotto import graphite lines.txt --into whisper --schemas storage-schemas.conf',
    )
    .action((form: string, words: string[], given: Given) => run(form, words, given, io));
}

function formOptions(): Option[] {
  const list = (text: string, former: readonly string[] = []) => [
    ...former,
    ...text.split(',').map((name) => name.trim()),
  ];
  return [
    new Option(
      '--cf <function>',
      `rrd: take the archives of this one, of ${consolidations.join(', ')} (default: AVERAGE, or the only one)`,
    ).argParser(readFunction),
    new Option('--ds <names>', 'rrd: only these data sources').argParser(list),
    new Option(
      '--archives <numbers>',
      'rrd: only these archives, by their order in the dump from 0',
    ).argParser(readNumbers),
    new Option('--time-column <column>', 'csv: the column of the time, by its heading or its number from 1'),
    new Option('--value-column <columns>', 'csv: the column of values, or several for a folder').argParser(
      list,
    ),
    new Option('--metric-column <column>', 'csv: the column of names, in a table of one value a line'),
    new Option('--delimiter <char>', 'csv: what parts the fields (default: found out)').argParser(
      readDelimiter,
    ),
    new Option('--prefix <name>', 'csv: put before the names of metrics'),
    new Option('--time-unit <unit>', 'in what bare numbers tell the time (default: s)').choices(timeUnits),
    new Option('--nan-is-gap', 'take NaN as no value'),
    new Option('--duplicates <which>', 'of equal timestamps, count this one (default: last)').choices([
      'first',
      'last',
    ]),
    new Option(
      '--on-future <what>',
      'points more than a step of the coarsest archive after now, among others (default: drop)',
    ).choices(['store', 'drop', 'error']),
    new Option('--skip-bad', 'pass over lines that cannot be read, and count them'),
    new Option(
      '--now <time>',
      'archives reach back from this time (default: the newest point not in the future)',
    ),
  ];
}

function readFunction(text: string): Consolidation {
  const found = consolidations.find((name) => name === text.toUpperCase());
  if (found !== undefined) return found;
  throw badOption(`--cf '${text}'`, `one of ${consolidations.join(', ')}`);
}

function readNumbers(text: string): number[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.every((word) => /^[0-9]+$/.test(word))) return words.map(Number);
  throw badOption(`--archives '${text}'`, 'numbers, such as 0,2,3');
}

function readDelimiter(text: string): Delimiter {
  const char = text === '\\t' || text === 'tab' ? '\t' : text;
  if ((delimiters as readonly string[]).includes(char)) return char as Delimiter;
  throw badOption(`--delimiter '${text}'`, "',', ';' or 'tab'");
}

async function run(name: string, words: readonly string[], given: Given, io: Io): Promise<void> {
  const form = FORMS.find((one) => one === name);
  if (form === undefined) throw badOption(`there is no form '${name}'`, `one of ${FORMS.join(', ')}`);
  checkForm(form, given);
  const place = importPlace(form, words, given);
  const report = new ImportReport(given, io);
  for (const source of place.sources) {
    try {
      await importOne(form, source, place, given, report, io);
    } catch (error) {
      if (place.sources.length === 1 || !(error instanceof WhisperError) || error.path === undefined)
        throw error;
      report.failed(error);
    }
  }
  report.finish();
}

function checkForm(form: Form, given: Given): void {
  for (const [option, forms] of Object.entries(FORMS_OF)) {
    if (given[option as keyof Given] === undefined || forms.includes(form)) continue;
    const flag = `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw badOption(
      `${flag} with ${form}`,
      `it with ${forms.filter((one) => one !== 'rrd-xml').join(', ')} alone`,
    );
  }
}

async function importOne(
  form: Form,
  source: string,
  place: ImportPlace,
  given: Given,
  report: ImportReport,
  io: Io,
): Promise<void> {
  const name = source === '-' ? '<stdin>' : source;
  if (source === '-' && io.isInputTerminal)
    throw badOption('- at a terminal', 'something piped in, or a file');
  if (form === 'rrd' || form === 'rrd-xml') {
    const text = source === '-' ? await io.readInput() : readText(source);
    report.rrd(name, importRrd(text, rrdTarget(source, place), rrdOptions(name, given, report)));
    return;
  }
  const pieces = source === '-' ? await io.readInput() : readPieces(source);
  const options = historyOptions(name, place, given, report, io);
  const { file, folder = '' } = place;
  report.history(name, importPieces(form, pieces, file, folder, options, given), place.retentions);
}

function importPieces(
  form: Form,
  pieces: string | Iterable<string>,
  file: string | undefined,
  folder: string,
  options: ImportOptions,
  given: Given,
): ImportResult {
  if (form === 'graphite') return importGraphite(pieces, folder, options);
  if (form === 'ndjson') return importNdjson(pieces, folder, options);
  if (form === 'json') return importJson([...pieces].join(''), folder, options);
  const { timeColumn, valueColumn, metricColumn, delimiter, prefix } = given;
  return importCsv(pieces, file ?? { folder }, {
    ...options,
    timeColumn,
    valueColumns: valueColumn,
    metricColumn,
    delimiter,
    prefix,
  });
}

function rrdTarget(source: string, { file, folder }: ImportPlace): string | { folder: string; name: string } {
  if (file !== undefined) return file;
  const isInput = source === '-';
  const name = isInput ? 'rrd' : basename(source).replace(/(\.rrd)?(\.xml)?$/i, '');
  return { folder: folder ?? (isInput ? '.' : dirname(source)), name };
}

function readText(path: string): string {
  try {
    const bytes = readFileSync(path);
    // One byte for a character: what tells a binary file by its beginning, and any dump is ASCII but for its comments.
    return bytes.subarray(0, 4).toString('latin1') === 'RRD\0' ? 'RRD\0' : bytes.toString('utf8');
  } catch (error) {
    throw systemError(error, path, 'read it');
  }
}

function commonOptions(source: string, given: Given) {
  const { xff, overwrite, sparse, durable, dryRun, lock, dialect } = given;
  return { source, xFilesFactor: xff, overwrite, sparse, durable, dryRun, lock, dialect };
}

function rrdOptions(source: string, given: Given, report: ImportReport) {
  const { cf, ds, archives } = given;
  // Of a mix the functions are told by --mix alone.
  return {
    ...layoutOf(given),
    ...commonOptions(source, given),
    cf,
    archives,
    sources: ds,
    onFile: () => report.advance(1),
  };
}

function historyOptions(
  source: string,
  { retentions }: ImportPlace,
  given: Given,
  report: ImportReport,
  io: Io,
): ImportOptions {
  const { timeUnit, nanIsGap, duplicates, onFuture, skipBad, now } = given;
  const layout = layoutOf(given);
  return {
    ...layout,
    // Where sections tell the format, it is told here only if it was asked for.
    format: layout.format === 'compressed' ? 'compressed' : undefined,
    ...commonOptions(source, given),
    retentions,
    rules: rulesOf(given, report),
    now: now === undefined || now === 'newest' ? undefined : parseTime(now, io.clock()),
    unit: timeUnit,
    nanIsGap,
    duplicates,
    future: onFuture,
    skipBad,
    clock: () => io.clock(),
    onFile: (_, total) => report.advance(total),
    onFailed: (_, total) => report.advance(total),
  };
}

function rulesOf({ schemas, aggregation, dialect }: Given, report: ImportReport): StorageRules | undefined {
  if (schemas === undefined && aggregation === undefined) return undefined;
  const rules = loadStorageRules({ schemas, aggregation, dialect });
  report.warn(rules.warnings);
  return rules;
}
