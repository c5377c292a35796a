import { statSync } from 'node:fs';
import { Command, Option } from 'commander';
import { WhisperError } from '../../errors.js';
import type { AggregationMethod, Dialect } from '../../format/aggregation-method.js';
import type { Format } from '../../format/detect.js';
import { badOption } from '../../options.js';
import { type RepairOptions, repair } from '../../tools/repair/repair.js';
import { countOf, type Repair } from '../../tools/repair/report.js';
import { parseTime } from '../../tools/time-text.js';
import { dialectOption, jsonOption, lockOption } from '../arguments.js';
import type { Io } from '../io.js';
import { addLayoutOptions, type LayoutArguments, layoutOf } from '../layout.js';
import { json } from '../output.js';
import { databasePaths } from '../walk.js';

interface Given extends LayoutArguments {
  readonly output?: string;
  readonly backup?: boolean;
  readonly dryRun?: boolean;
  readonly recursive?: boolean;
  readonly retentions?: string;
  readonly agg?: AggregationMethod | 'mix';
  readonly xff?: `${number}`;
  readonly format?: Format;
  readonly now?: string;
  readonly lock?: boolean;
  readonly dialect?: Dialect;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function repairCommand(io: Io): Command {
  const command = new Command('repair')
    .summary('make sound files of damaged ones')
    .description(
      'Makes a sound file of a damaged one, with every point that is still there, and tells what was done and what ' +
        'could not be kept. The old file is never changed: it stays where it is with --output, or beside the new one ' +
        'with --backup. Files in which nothing is wrong are left alone. Ends with 1 if a file does not say enough: ' +
        'then --retentions, --agg and --xff can tell what its header does not.',
    )
    .usage('[options] PATH...')
    .argument('<paths...>', 'the databases; with --recursive folders of *.wsp files as well')
    .option('-o, --output <file>', 'write the repaired file here, where none may be yet')
    .option('--backup', 'put it in the place of the old one, which is kept with .bak after its name')
    .option('--dry-run', 'only tell what would be done')
    .option('-r, --recursive', 'go into folders')
    .addOption(
      new Option(
        '--retentions <defs>',
        'what a file has that does not say it any more, such as 10s:6h,1m:7d',
      ),
    )
    .option('-a, --agg <method>', 'its aggregation method')
    .option('-x, --xff <share>', 'its xFilesFactor');
  return addLayoutOptions(command)
    .addOption(
      new Option('--now <time>', 'points out of place and after this time are not believed (default: now)'),
    )
    .addOption(lockOption())
    .addOption(dialectOption())
    .addOption(jsonOption())
    .option('-q, --quiet', 'say nothing of files that are sound')
    .addHelpText(
      'after',
      '\nExamples:\n  sotto repair cpu.wsp --dry-run\n  sotto repair cpu.wsp --output cpu-repaired.wsp\n' +
        '  sotto repair --backup --recursive /var/lib/graphite/whisper\n' +
        '  sotto repair empty.wsp --backup --retentions 10s:6h,1m:7d --agg max --xff 0.5',
    )
    .action((paths: string[], given: Given) => repairAll(paths, given, io));
}

function repairAll(paths: readonly string[], given: Given, io: Io): void {
  const options = optionsOf(given, io);
  const folder = paths.find(isFolder);
  if (folder !== undefined && given.recursive !== true) {
    throw badOption(`'${folder}' is a folder`, 'a file, or --recursive to repair all *.wsp files in it');
  }
  if (given.output !== undefined && (paths.length > 1 || folder !== undefined)) {
    throw badOption('--output with several files', 'one file, or --backup');
  }
  const repairs: Repair[] = [];
  for (const path of databasePaths(paths, io)) {
    const told = repairPath(path, options, io, paths.length === 1 && folder === undefined);
    if (told === undefined) continue;
    if (told.outcome === 'hopeless') io.finish(1);
    if (given.quiet === true && told.outcome === 'sound') continue;
    if (given.json === true) repairs.push(told);
    else io.out(linesOf(told));
  }
  if (given.json === true) io.out(json(repairs));
}

function optionsOf(given: Given, io: Io): RepairOptions {
  const { output, backup, dryRun, retentions, xff, lock, dialect } = given;
  const clock = io.clock();
  return {
    ...layoutOf(given),
    output,
    backup,
    dryRun,
    retentions,
    xFilesFactor: xff,
    lock,
    dialect,
    now: given.now === undefined ? clock : parseTime(given.now, clock),
  };
}

/** Undefined, and reported, if the file cannot be read or written; of a lone one the error is thrown. */
function repairPath(path: string, options: RepairOptions, io: Io, isLone: boolean): Repair | undefined {
  try {
    return repair(path, options);
  } catch (error) {
    // One of the arguments would be the same for every file.
    if (isLone || !(error instanceof WhisperError) || error.fault === 'argument') throw error;
    io.fail(error);
    return undefined;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function linesOf({ path, outcome, archives, changes, losses, output, backup }: Repair): string {
  const where = output === undefined || output === path ? '' : ` as ${output}`;
  const kept = backup === undefined ? '' : `, the old file is ${backup}`;
  const heads = {
    sound: 'nothing to repair',
    repaired: `repaired${where}${kept}`,
    repairable: 'can be repaired',
    hopeless: 'cannot be repaired',
  };
  const points = archives.map(({ index, kept, moved, dropped }) => {
    return `archive ${index}: ${countOf(kept, 'point')} kept, ${moved} moved, ${dropped} dropped`;
  });
  const lines = [
    heads[outcome],
    ...changes.map((text) => `done: ${text}`),
    ...losses.map((text) => `${outcome === 'hopeless' ? 'why' : 'lost'}: ${text}`),
    ...points,
  ];
  return lines.map((line) => `${path}: ${line}\n`).join('');
}
