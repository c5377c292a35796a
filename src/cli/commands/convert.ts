import { basename, join, relative, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { AggregationMethod, Dialect } from '../../format/aggregation-method.js';
import type { Format } from '../../format/detect.js';
import { badOption } from '../../options.js';
import type { ConvertOutcome, ConvertSettings } from '../../tools/convert/convert-file.js';
import { isFolder, isSameFile } from '../../tools/look.js';
import type { FileTask } from '../../tools/many/registry.js';
import { parseTime } from '../../tools/time-text.js';
import { dialectOption, lockOption, nowOption } from '../arguments.js';
import type { Io } from '../io.js';
import { formatSize } from '../output.js';
import { addTreeOptions, runTree, type TreeArguments } from '../tree.js';
import { databasePaths } from '../walk.js';

interface Given extends TreeArguments {
  readonly to: Format;
  readonly output?: string;
  readonly keep?: boolean;
  readonly verify: boolean;
  readonly overwrite?: boolean;
  readonly now?: string;
  readonly spec?: string;
  readonly agg?: AggregationMethod;
  readonly durable?: boolean;
  readonly lock?: boolean;
  readonly dialect?: Dialect;
}

export function convertCommand(io: Io): Command {
  return addTreeOptions(new Command('convert'))
    .summary('change the format of files')
    .description(
      'Makes compressed files of standard ones, or standard ones of compressed. A file is converted where it is, unless ' +
        '--output names another place: the new one is written beside it, read back and compared point by point, and only ' +
        'then takes its name, owner, mode and times. Files that have the format already are passed over, so a ' +
        'conversion that was stopped is gone on with by the same command.',
    )
    .usage('--to FORMAT [options] PATH...')
    .argument('<paths...>', 'the databases; with --recursive folders of *.wsp files as well')
    .addOption(
      new Option('--to <format>', 'the format to have')
        .choices(['standard', 'compressed'])
        .makeOptionMandatory(),
    )
    .option(
      '-o, --output <path>',
      'leave the files alone: write to this file, or into this folder if there are several',
    )
    .option('--overwrite', 'with --output: replace what stands there')
    .option('--keep', 'keep each original beside the new file, with .bak after its name')
    .addOption(new Option('--verify', 'read the new file back and compare every point').default(true))
    .option('--no-verify', 'do not read it back')
    .addOption(nowOption())
    .option('--spec <name>', 'of mix files: the aggregation that the standard file gets, such as max')
    .option('-a, --agg <method>', 'the method of the new file, where the format does not have the old one')
    .option('--durable', 'sync each new file before it takes its name')
    .addOption(lockOption())
    .addOption(dialectOption())
    .addHelpText(
      'after',
      '\nExamples:\n  sotto convert --to compressed cpu.wsp\n' +
        '  sotto convert --to compressed --recursive --jobs 4 /var/lib/graphite/whisper\n' +
        '  sotto convert --to standard cpu.wsp --output copy.wsp',
    )
    .action((paths: string[], given: Given) => run(paths, given, io));
}

async function run(paths: readonly string[], given: Given, io: Io): Promise<void> {
  const settings = settingsOf(given, io);
  const tasks = [...findTasks(paths, given, io)];
  const sums = new Sums();
  const words = { done: 'converted', asIs: `${given.to} already`, more: () => sums.parts() };
  await runTree('convert', tasks, settings, given, io, words, ({ target }, outcome) => {
    if (outcome === null)
      return { text: `${given.to} already`, isChanged: false, record: { target, converted: false } };
    sums.add(outcome);
    const { to, sourceSize, targetSize, points } = outcome;
    const text = `${to}, ${sizes(sourceSize, targetSize)}, ${points} ${points === 1 ? 'point' : 'points'}`;
    return { text, isChanged: true, record: { target, converted: given.dryRun !== true, ...outcome } };
  });
}

function settingsOf(given: Given, io: Io): ConvertSettings {
  if (given.keep === true && given.output !== undefined) {
    throw badOption('--keep with --output', 'one of them: with --output the originals stay as they are');
  }
  if (given.overwrite === true && given.output === undefined) {
    throw badOption(
      '--overwrite without --output',
      'both, or neither: without --output a file is converted where it is',
    );
  }
  const clock = io.clock();
  return {
    to: given.to,
    now: given.now === 'newest' ? 'newest' : given.now === undefined ? clock : parseTime(given.now, clock),
    clock,
    dryRun: given.dryRun === true,
    verify: given.verify,
    keep: given.keep === true,
    overwrite: given.overwrite === true,
    durable: given.durable === true,
    lock: given.lock === true,
    dialect: given.dialect,
    spec: given.spec,
    aggregation: given.agg,
  };
}

/** Which file becomes which: each once, and no two the same one. */
function* findTasks(paths: readonly string[], given: Given, io: Io): Generator<FileTask> {
  const areSeveral = paths.length > 1 || paths.some(isFolder);
  const sources = new Map<string, string>();
  for (const root of paths) {
    if (isFolder(root) && given.recursive !== true) {
      throw badOption(`'${root}' is a folder`, 'a file, or --recursive to convert all *.wsp files in it');
    }
    for (const source of databasePaths([root], io)) {
      const target = targetOf(source, root, areSeveral, given.output);
      if (given.output !== undefined && isSameFile(source, target)) {
        throw badOption(`'${source}' would be written over itself`, 'another --output, or none');
      }
      const other = sources.get(resolve(target));
      if (other === source) continue;
      if (other !== undefined) {
        throw badOption(`'${other}' and '${source}' would both be written to '${target}'`, 'one of them');
      }
      sources.set(resolve(target), source);
      yield { source, target };
    }
  }
}

/** In a folder for the output, files keep their places below the folder they were found in. */
function targetOf(source: string, root: string, areSeveral: boolean, output: string | undefined): string {
  if (output === undefined) return source;
  if (!areSeveral && !isFolder(output)) return output;
  return join(output, source === root ? basename(source) : relative(root, source));
}

/** The sizes of all files together. */
class Sums {
  #sourceSize = 0;
  #targetSize = 0;
  #sourceDisk = 0;
  #targetDisk = 0;

  add({ sourceSize, targetSize, sourceDisk, targetDisk }: NonNullable<ConvertOutcome>): void {
    this.#sourceSize += sourceSize;
    this.#targetSize += targetSize;
    this.#sourceDisk += sourceDisk ?? 0;
    this.#targetDisk += targetDisk ?? 0;
  }

  parts(): string[] {
    const disk = `on disk ${formatSize(this.#sourceDisk)} to ${formatSize(this.#targetDisk)}`;
    return [sizes(this.#sourceSize, this.#targetSize), ...(this.#targetDisk === 0 ? [] : [disk])];
  }
}

function sizes(before: number, after: number): string {
  const share = before === 0 ? 100 : (100 * after) / before;
  return `${before} to ${after} bytes (${share.toFixed(1)} %)`;
}
