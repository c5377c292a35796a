import { basename, dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { WhisperError } from '../../errors.js';
import { parseSpec } from '../../format/aggregation-spec.js';
import { badOption } from '../../options.js';
import {
  type ExportForm,
  type ExportOptions,
  exportForms,
  exportPoints,
} from '../../tools/export/export-points.js';
import { type Precision, precisions } from '../../tools/export/lines.js';
import { isFolder } from '../../tools/look.js';
import { metricNameOf } from '../../tools/schemas/metric-name.js';
import { parseTime } from '../../tools/time-text.js';
import { archiveOption, dialectOption, type HandleArguments, lockOption } from '../arguments.js';
import type { Io } from '../io.js';
import { formatCount } from '../output.js';
import { writeTextFile } from '../text-file.js';
import { databasePaths } from '../walk.js';

interface Given extends HandleArguments {
  readonly to: ExportForm;
  readonly from?: string;
  readonly until?: string;
  readonly now?: string;
  readonly archive?: number;
  readonly spec?: string;
  readonly recursive?: boolean;
  readonly root?: string;
  readonly name?: string;
  readonly prefix?: string;
  readonly precision?: Precision;
  readonly long?: boolean;
  readonly output?: string;
  readonly overwrite?: boolean;
  readonly quiet?: boolean;
}

const EXTENSIONS: { readonly [F in ExportForm]: string } = {
  csv: '.csv',
  json: '.json',
  ndjson: '.ndjson',
  graphite: '.txt',
  influx: '.lp',
  openmetrics: '.om',
};

export function exportCommand(io: Io): Command {
  return new Command('export')
    .summary('print all points for other systems')
    .description(
      'Prints the points of databases in a form that other systems read, each point once and oldest first: those of the ' +
        'finest archive as far as it reaches back, before them those of the next. Gaps are left out. The name of a metric ' +
        'is its path, servers/cpu.wsp being servers.cpu; of a folder, the path in it.',
    )
    .usage('--to FORM [options] PATH...')
    .argument('<paths...>', 'the databases; with --recursive folders of *.wsp files as well')
    .addOption(new Option('-t, --to <form>', 'the form to print').choices(exportForms).makeOptionMandatory())
    .option('--from <time>', 'only points after this time')
    .option('--until <time>', 'only points up to this time')
    .addOption(archiveOption())
    .addOption(new Option('--spec <method>', 'of mix files: this method below the base (default: the first)'))
    .option('-r, --recursive', 'go into folders, for all *.wsp files')
    .option('--root <dir>', 'count names of metrics from this folder')
    .addOption(new Option('--name <metric>', 'of a lone file: the name of its metric').conflicts('root'))
    .option('--prefix <name>', 'put this before all names, with a dot')
    .addOption(
      new Option('--precision <unit>', 'influx: what times are told in (default: ns)').choices(precisions),
    )
    .option('--long', 'csv: a column for the name also of a lone file')
    .option(
      '-o, --output <path>',
      'write to this file, or, if it is a folder or ends with /, to a file for each metric in it',
    )
    .option('--overwrite', 'with --output: replace files that are there')
    .option(
      '--now <time>',
      'archives reach back from this time (default: that of the newest point of each file)',
    )
    .addOption(lockOption())
    .addOption(dialectOption())
    .option('--force', 'read files that were cut off')
    .option('-q, --quiet', 'do not say what was left out')
    .addHelpText(
      'after',
      '\nExamples:\n  sotto export cpu.wsp --to csv > cpu.csv\n' +
        '  sotto export --recursive whisper --to graphite --from -7d | nc carbon 2003\n' +
        '  sotto export --recursive whisper --to influx --prefix old --output points.lp\n' +
        '  sotto export servers/web1/cpu.wsp --to openmetrics',
    )
    .action((paths: string[], given: Given) => run(paths, given, io));
}

interface Source {
  readonly path: string;
  readonly metric: string;
}

async function run(paths: readonly string[], given: Given, io: Io): Promise<void> {
  const { output, overwrite = false } = given;
  const sources = [...sourcesOf(paths, given, io)];
  if (given.name !== undefined && sources.length !== 1)
    throw badOption(`--name for ${sources.length} files`, 'one file');
  if (overwrite && output === undefined) throw badOption('--overwrite without --output', 'both, or neither');
  if (sources.length === 0) io.err(`sotto: ${paths.join(', ')}: no .wsp files\n`);
  const options = optionsOf(given, io);
  const all = { ...options, long: given.long === true || given.recursive === true || sources.length > 1 };
  if (output === undefined) {
    for (const piece of exportPoints(sources, all)) io.out(piece);
    return;
  }
  const signal = io.startWork();
  try {
    if (!output.endsWith('/') && !isFolder(output))
      await writeTextFile(output, exportPoints(sources, all), overwrite, signal);
    else await writeEach(sources, output, { ...options, long: given.long, signal }, overwrite, io);
  } catch (error) {
    if (!signal.aborted) throw error;
    io.finish(130);
  }
}

/** Each metric to a file of its own; what fails of several is reported, and the others go on. */
async function writeEach(
  sources: readonly Source[],
  folder: string,
  options: ExportOptions & { readonly signal: AbortSignal },
  overwrite: boolean,
  io: Io,
): Promise<void> {
  for (const source of sources) {
    const parts = source.metric.split('.').map((part) => part.replace(/[/\\]/g, '_'));
    const file = join(folder, ...parts.filter((part) => part !== '')) + EXTENSIONS[options.to];
    try {
      await writeTextFile(file, exportPoints([source], options), overwrite, options.signal);
    } catch (error) {
      if (!(error instanceof WhisperError) || error.path === undefined || sources.length === 1) throw error;
      io.fail(error);
    }
  }
}

function optionsOf(given: Given, io: Io): ExportOptions {
  const { to, archive, prefix, precision, dialect, lock, force } = given;
  if (precision !== undefined && to !== 'influx') throw badOption(`--precision with ${to}`, '--to influx');
  if (given.long === true && to !== 'csv') throw badOption(`--long with ${to}`, '--to csv');
  const clock = io.clock();
  const now = given.now === undefined || given.now === 'newest' ? undefined : parseTime(given.now, clock);
  const time = (text: string | undefined) => (text === undefined ? undefined : parseTime(text, now ?? clock));
  const leftOut = (path: string, count: number) => {
    const what = count === 1 ? 'value that is NaN or infinite is' : 'values that are NaN or infinite are';
    io.err(`sotto: ${path}: ${formatCount(count)} ${what} left out\n`);
  };
  return {
    to,
    from: time(given.from),
    until: time(given.until),
    now,
    archive,
    spec: given.spec === undefined ? undefined : parseSpec(given.spec).name,
    prefix,
    precision,
    dialect,
    lock,
    force,
    clock: () => clock,
    onFailed: (_, error) => io.fail(error),
    ...(given.quiet === true ? {} : { onLeftOut: leftOut }),
  };
}

/** The databases with the names of their metrics, each once. */
function* sourcesOf(paths: readonly string[], given: Given, io: Io): Generator<Source> {
  const seen = new Set<string>();
  for (const path of paths) {
    const isTree = isFolder(path);
    if (isTree && given.recursive !== true)
      throw badOption(`'${path}' is a folder`, 'a file, or --recursive for all *.wsp files in it');
    for (const found of databasePaths([path], io)) {
      if (seen.has(resolve(found))) continue;
      seen.add(resolve(found));
      yield { path: found, metric: given.name ?? nameOf(found, given.root ?? (isTree ? path : undefined)) };
    }
  }
}

/** A path that begins here names the metric; of one that begins elsewhere the last part does. */
function nameOf(path: string, root: string | undefined): string {
  const base = root ?? (isAbsolute(path) || normalize(path).startsWith('..') ? dirname(path) : '.');
  return metricNameOf(base, path) ?? basename(path).replace(/\.wsp$/, '');
}
