import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command, Option } from 'commander';
import { type CreateOptions, create } from '../../database/create.js';
import type { Database } from '../../database/database.js';
import { type DatabaseInfo, mixOf, retentionsOf } from '../../database/info.js';
import { systemError, WhisperError } from '../../errors.js';
import type { AggregationMethod, Dialect } from '../../format/aggregation-method.js';
import { validateRetentions } from '../../format/archive-list.js';
import { formatRetention } from '../../format/retention.js';
import { type Estimate, estimateSize } from '../../tools/estimate.js';
import { dialectOption, jsonOption } from '../arguments.js';
import type { Io } from '../io.js';
import { addLayoutOptions, type LayoutArguments, layoutOf } from '../layout.js';
import { json } from '../output.js';
import { formatFixed } from '../python-format.js';

interface Given extends LayoutArguments {
  readonly xff?: `${number}`;
  readonly xFilesFactor?: `${number}`;
  readonly aggregationMethod?: AggregationMethod | 'mix';
  readonly overwrite?: boolean;
  readonly sparse?: boolean;
  readonly mkdir?: boolean;
  readonly estimate?: boolean;
  readonly durable?: boolean;
  readonly dialect?: Dialect;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function createCommand(io: Io): Command {
  const command = new Command('create')
    .summary('make a new database')
    .description(
      'Makes a new database. A DEF is STEP:POINTS or STEP:DURATION, such as 60:1440 or 10s:6h; several may be ' +
        'joined by commas. It prints the size of the file.',
    )
    .usage('[options] PATH DEF...')
    .argument('<path>', 'the new file; with --estimate the first DEF')
    .argument('[defs...]', 'retention definitions, finest first or not')
    .addOption(new Option('-x, --xff <share>', 'share of known points that a coarser value needs, 0 to 1'))
    .addOption(
      new Option(
        '-a, --agg <method>',
        'average, sum, last, max, min, avg_zero, absmax or absmin; compressed: not the last three, but first and mix',
      ),
    )
    .addOption(new Option('--xFilesFactor <share>', 'as --xff').hideHelp())
    .addOption(new Option('--aggregationMethod <method>', 'as --agg').hideHelp());
  return addLayoutOptions(command)
    .addOption(
      new Option('--format <name>', 'standard or compressed (default: standard)')
        .choices(['standard', 'compressed'])
        .conflicts('compressed')
        .hideHelp(),
    )
    .option('--overwrite', 'replace a file of that name')
    .option('--sparse', 'take room on the disk only as it is written, as compressed files always do')
    .addOption(new Option('--fallocate', 'accepted; the whole file is written anyway').hideHelp())
    .option('--mkdir', 'make the folders that are missing')
    .option('--durable', 'return once the file is on the disk')
    .option('--estimate', 'make nothing: print what databases of these DEFs would take')
    .addOption(dialectOption())
    .addOption(jsonOption())
    .option('-q, --quiet', 'print nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  sotto create cpu.wsp 10s:6h 1m:7d 10m:5y\n' +
        '  sotto create --agg sum --xff 0 requests.wsp 1m:30d,1h:2y\n' +
        '  sotto create --compressed --agg mix --mix average,max,p95 ms.wsp 10s:1d,5m:1y\n' +
        '  sotto create --estimate 10s:1d,1m:30d',
    )
    .action((path: string, definitions: string[], given: Given) => {
      if (given.estimate === true) printEstimate([path, ...definitions], given, io);
      else makeDatabase(path, definitions, given, io);
    });
}

function makeDatabase(path: string, definitions: string[], given: Given, io: Io): void {
  const options = {
    ...layoutOf(layoutArguments(given)),
    retentions: definitions,
    xFilesFactor: given.xff ?? given.xFilesFactor,
    overwrite: given.overwrite ?? false,
    sparse: given.sparse ?? false,
    durable: given.durable === true ? 'sync' : 'none',
    dialect: given.dialect,
  } as const;
  using database = given.mkdir === true ? createWithFolders(path, options) : create(path, options);
  const { info } = database;
  if (given.quiet === true) return;
  if (given.json === true) io.out(json({ path, ...describe(info) }));
  else
    io.out(
      `Created: ${path} (${info.fileSize} bytes${info.format === 'compressed' ? ', compressed' : ''})\n`,
    );
}

/** `--aggregationMethod` is Python's name for `--agg`. */
function layoutArguments({ agg, aggregationMethod, ...given }: Given): LayoutArguments {
  const method = agg ?? aggregationMethod;
  return method === undefined ? given : { ...given, agg: method };
}

function describe(info: DatabaseInfo): object {
  const { format, fileSize } = info;
  const retentions = retentionsOf(info).map(formatRetention);
  if (info.format === 'standard') return { format, fileSize, retentions };
  const { pointsPerBlock, pointSize } = info;
  const mix = info.aggregation === 'mix' ? { mix: mixOf(info) } : {};
  return { format, fileSize, retentions, ...mix, pointsPerBlock, pointSize };
}

/** Makes the missing folders only for a database that can be made. */
function createWithFolders(path: string, options: CreateOptions): Database {
  try {
    return create(path, options);
  } catch (error) {
    if (!(error instanceof WhisperError && error.code === 'WSP_NOT_FOUND')) throw error;
    makeFolders(path);
    return create(path, options);
  }
}

function makeFolders(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw systemError(error, path, 'make its folder');
  }
}

const METRICS = [1, 5, 10, 50, 100, 500];

function printEstimate(definitions: string[], given: Given, io: Io): void {
  const estimate = estimateSize(definitions, { ...layoutOf(layoutArguments(given)), dialect: given.dialect });
  try {
    validateRetentions(estimate.retentions);
  } catch (error) {
    // Python estimates any list; a word on one that create would refuse does no harm.
    if (!(error instanceof WhisperError)) throw error;
    io.err(`sotto: no database can have these retentions: ${error.message}\n`);
  }
  const { retentions, fileSize, diskSize } = estimate;
  io.out(given.json === true ? json({ retentions, fileSize, diskSize }) : describeEstimate(estimate));
}

/** The words of whisper-create --estimate. */
function describeEstimate({ retentions, fileSize, diskSize }: Estimate): string {
  const archives = retentions.map(
    ({ step, points }, i) => `Archive ${i}: ${points} points of ${step}s precision\n`,
  );
  const totals = METRICS.map((thousands) => {
    const size = formatBytes(thousands * 1000 * diskSize);
    return `Estimated storage requirement for ${thousands}k metrics: ${size}\n`;
  });
  const size = `${formatBytes(fileSize)} (${diskSize} bytes on disk with 4k blocks)`;
  return `${archives.join('')}\nEstimated Whisper DB Size: ${size}\n\n${totals.join('')}`;
}

const UNITS = ['bytes', 'KB', 'MB', 'GB'];

function formatBytes(bytes: number): string {
  let power = 0;
  while (power < UNITS.length - 1 && bytes / 1024 ** power >= 1024) power++;
  return formatFixed(bytes / 1024 ** power, 3) + UNITS[power];
}
