import { Command, Option } from 'commander';
import type { AggregationMethod, Dialect } from '../../format/aggregation-method.js';
import type { MixSpec } from '../../format/aggregation-spec.js';
import { badOption } from '../../options.js';
import { isFolder } from '../../tools/look.js';
import type { Layout, Resize, ResizeOptions } from '../../tools/resize/resize.js';
import { parseTime } from '../../tools/time-text.js';
import { dialectOption, lockOption } from '../arguments.js';
import type { Io } from '../io.js';
import { addBlockOptions } from '../layout.js';
import { formatCount, formatSingle } from '../output.js';
import { addTreeOptions, pathTasks, runTree, type Told, type TreeArguments } from '../tree.js';

interface Given extends TreeArguments {
  readonly xff?: `${number}`;
  readonly agg?: AggregationMethod | 'mix';
  readonly mix?: readonly MixSpec[];
  readonly pointsPerBlock?: number;
  readonly pointSize?: number;
  readonly aggregate?: boolean;
  readonly spread?: boolean;
  readonly output?: string;
  readonly overwrite?: boolean;
  readonly backup?: boolean;
  readonly sync: boolean;
  readonly force?: boolean;
  readonly sparse?: boolean;
  readonly now?: string;
  readonly lock?: boolean;
  readonly dialect?: Dialect;
}

export function resizeCommand(io: Io): Command {
  const command = new Command('resize')
    .summary('give files other archives, and keep their history')
    .description(
      'Makes a database anew with other archives, in its own place or as --output. An archive of a step that was there ' +
        'keeps its points; one of a new step gets them from the finest archive whose step divides it: whole windows, ' +
        'by the aggregation method and the xFilesFactor of the new file. Coarse values never go into finer archives ' +
        'unless --spread asks for it. What has no place in the new file is counted. Without definitions only the ' +
        'method and the xFilesFactor are changed.',
    )
    .usage('[options] PATH [DEF...]')
    .argument('<path>', 'the database, or with --recursive a folder of them')
    .argument('[retentions...]', 'the new archives: STEP:POINTS or STEP:DURATION, such as 10s:6h 1m:7d')
    .option('-x, --xff <share>', 'the xFilesFactor of the new file')
    .option('-a, --agg <method>', 'its aggregation method');
  return addTreeOptions(addBlockOptions(command))
    .option('--aggregate', 'make coarser values anew of finer ones wherever those are there')
    .option('--spread', 'put coarse values into finer archives that have nothing for their time')
    .option('-o, --output <path>', 'leave the file alone, and write the new one here')
    .option('--overwrite', 'with --output: replace what stands there')
    .option('--backup', 'keep the old file beside the new one, with .bak after its name')
    .option('--sparse', 'let room without points take none on the disk (default: as the old file has it)')
    .option('--no-sync', 'do not wait until the new file is on the disk')
    .addOption(
      new Option(
        '--now <time>',
        'the archives reach back from this time (default: that of the newest point)',
      ),
    )
    .addOption(lockOption())
    .addOption(dialectOption())
    .option('--force', 'also if the new file has a place for none of the points')
    .addHelpText(
      'after',
      '\nExamples:\n  sotto resize cpu.wsp 10s:1d 1m:30d 10m:5y --dry-run\n' +
        '  sotto resize cpu.wsp 1m:30d 10m:5y --agg max --xff 0 --backup\n' +
        '  sotto resize -r --jobs 4 /var/lib/graphite/whisper/servers 1m:30d 10m:5y',
    )
    .action((path: string, retentions: string[], given: Given) => run(path, retentions, given, io));
}

async function run(path: string, retentions: readonly string[], given: Given, io: Io): Promise<void> {
  const { output } = given;
  if (output !== undefined && isFolder(path))
    throw badOption('--output with a folder', 'a file, or no --output');
  const options = optionsOf(retentions, given, io);
  const tasks = pathTasks([path], given, io);
  await runTree('resize', tasks, options, given, io, { done: 'resized' }, ({ source }, told) => {
    if (given.quiet !== true) for (const line of remarks(told)) io.err(`sotto: ${source}: ${line}\n`);
    return describe(told, output);
  });
}

function optionsOf(retentions: readonly string[], given: Given, io: Io): ResizeOptions {
  const { xff, agg, mix, pointsPerBlock, pointSize, aggregate, spread, output, overwrite, backup } = given;
  const asked = {
    retentions: retentions.length === 0 ? undefined : retentions.join(','),
    aggregation: agg,
    xFilesFactor: xff,
    mix,
  };
  if (Object.values(asked).every((value) => value === undefined) && aggregate !== true)
    throw badOption('resize was not told what to change', 'retentions such as 10s:6h 1m:7d, --agg or --xff');
  return {
    ...asked,
    ...{ pointsPerBlock, pointSize, aggregate, spread, output, overwrite, backup },
    dryRun: given.dryRun,
    durable: given.sync ? 'sync' : 'none',
    lock: given.lock,
    dialect: given.dialect,
    force: given.force,
    sparse: given.sparse,
    // As the library has it: the newest point's.
    now: given.now === undefined || given.now === 'newest' ? undefined : parseTime(given.now, io.clock()),
  };
}

/** What a resize came to, in a line. */
export function describe({ change, before, after, archives, lost }: Resize, output?: string): Told {
  const points = { copied: 0, derived: 0, spread: 0 };
  for (const { copied, derived, spread } of archives) {
    points.copied += copied;
    points.derived += derived;
    points.spread += spread;
  }
  const parts = changes(before, after);
  if (change === 'archives') {
    parts.push(
      `${before.fileSize} to ${after.fileSize} bytes`,
      `${formatCount(points.copied)} points copied`,
    );
    if (points.derived > 0) parts.push(`${formatCount(points.derived)} made of finer ones`);
    if (points.spread > 0) parts.push(`${formatCount(points.spread)} spread`);
    if (lost > 0) parts.push(`${formatCount(lost)} without a place`);
  }
  const text = `${output === undefined ? '' : `as ${output}: `}${parts.join(', ') || 'as it is'}`;
  return { text, isChanged: change !== 'none', record: { output, change, before, after, archives, lost } };
}

/** What is different, as `old -> new`. */
function changes(before: Layout, after: Layout): string[] {
  const share = ({ xFilesFactor }: Layout) => `xFilesFactor ${formatSingle(xFilesFactor)}`;
  return [
    ...(before.retentions === after.retentions ? [] : [`${before.retentions} -> ${after.retentions}`]),
    ...(before.aggregation === after.aggregation ? [] : [`${before.aggregation} -> ${after.aggregation}`]),
    ...(before.xFilesFactor === after.xFilesFactor
      ? []
      : [`${share(before)} -> ${formatSingle(after.xFilesFactor)}`]),
  ];
}

/** What somebody who resizes a file would want to know before it is too late. */
function remarks({ archives, after }: Resize): string[] {
  return archives.flatMap(({ step, tooFew }, index) => {
    if (tooFew === 0) return [];
    const share = formatSingle(after.xFilesFactor);
    return [
      `archive ${index} (${step} s): ${tooFew === 1 ? '1 interval is' : `${formatCount(tooFew)} intervals are`} left empty, with ` +
        `fewer known points than xFilesFactor ${share} asks for (--xff 0 would take them)`,
    ];
  });
}
