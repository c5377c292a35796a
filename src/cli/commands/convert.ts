import { statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { WhisperError } from '../../errors.js';
import { removeAbandoned } from '../../file/temporary-name.js';
import type { AggregationMethod, Dialect, Format } from '../../index.js';
import { badOption } from '../../options.js';
import { isSameFile } from '../../tools/rewrite.js';
import { dialectOption, jsonOption, lockOption, nowOption, wholeNumber } from '../arguments.js';
import type { ConvertOutcome, ConvertSettings, ConvertTask } from '../convert/file.js';
import { convertAll } from '../convert/jobs.js';
import type { Io } from '../io.js';
import { formatSize, json } from '../output.js';
import { Progress } from '../progress.js';
import { parseTime } from '../time.js';
import { databasePaths } from '../walk.js';

interface Given {
  readonly to: Format;
  readonly output?: string;
  readonly keep?: boolean;
  readonly verify: boolean;
  readonly recursive?: boolean;
  readonly jobs: number;
  readonly overwrite?: boolean;
  readonly now?: string;
  readonly spec?: string;
  readonly agg?: AggregationMethod;
  readonly durable?: boolean;
  readonly lock?: boolean;
  readonly dialect?: Dialect;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const MOST_JOBS = 64;

export function convertCommand(io: Io): Command {
  return new Command('convert')
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
    .option('-r, --recursive', 'go into folders')
    .addOption(
      new Option('-j, --jobs <n>', 'convert so many files at once')
        .argParser(wholeNumber(1, MOST_JOBS))
        .default(1),
    )
    .addOption(nowOption())
    .option('--spec <name>', 'of mix files: the aggregation that the standard file gets, such as max')
    .option('-a, --agg <method>', 'the method of the new file, where the format does not have the old one')
    .option('--durable', 'sync each new file before it takes its name')
    .addOption(lockOption())
    .addOption(dialectOption())
    .addOption(jsonOption())
    .option('-q, --quiet', 'print nothing but errors')
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
  removeLeftovers(tasks, given, io);
  const report = new Report(tasks.length, given, io);
  await convertAll(tasks, settings, Math.min(given.jobs, Math.max(1, tasks.length)), report);
  report.finish(tasks.length !== 1 || given.recursive === true);
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
function* findTasks(paths: readonly string[], given: Given, io: Io): Generator<ConvertTask> {
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

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    // Whoever opens it, or writes to it, hears in words what is wrong with it.
    return false;
  }
}

/** Takes away what a run that was killed had begun to write. */
function removeLeftovers(tasks: readonly ConvertTask[], { quiet }: Given, io: Io): void {
  for (const folder of new Set(tasks.map(({ target }) => dirname(target)))) {
    if (!isFolder(folder)) continue;
    const removed = removeAbandoned(folder);
    if (removed > 0 && quiet !== true)
      io.err(`sotto: ${folder}: ${removed} unfinished ${plural(removed)} of a stopped run removed\n`);
  }
}

/** What is said of the files, one by one and all together. */
class Report {
  readonly #given: Given;
  readonly #io: Io;
  readonly #progress: Progress;
  readonly #records: object[] = [];
  #converted = 0;
  #skipped = 0;
  #failed = 0;
  #sourceSize = 0;
  #targetSize = 0;
  #sourceDisk = 0;
  #targetDisk = 0;

  constructor(total: number, given: Given, io: Io) {
    this.#given = given;
    this.#io = io;
    this.#progress = new Progress(io, given.quiet === true ? 0 : total);
  }

  done({ source, target }: ConvertTask, outcome: ConvertOutcome): void {
    if (outcome === null) {
      this.#skipped++;
      this.#records.push({ path: source, target, converted: false });
      if (this.#given.recursive !== true) this.#say(`${target}: ${this.#given.to} already\n`);
    } else {
      const { to, sourceSize, targetSize, sourceDisk, targetDisk, points } = outcome;
      this.#converted++;
      this.#sourceSize += sourceSize;
      this.#targetSize += targetSize;
      this.#sourceDisk += sourceDisk;
      this.#targetDisk += targetDisk;
      this.#records.push({ path: source, target, converted: true, ...outcome });
      this.#say(`${target}: ${to}, ${sizes(sourceSize, targetSize)}, ${points} points\n`);
    }
    this.#progress.advance();
  }

  failed({ source }: ConvertTask, error: WhisperError): void {
    this.#failed++;
    this.#records.push({
      path: source,
      converted: false,
      error: { code: error.code, message: error.message },
    });
    this.#progress.clear();
    this.#io.fail(error);
    this.#progress.advance();
  }

  finish(isSummed: boolean): void {
    this.#progress.clear();
    if (this.#given.json === true) this.#io.out(json(this.#records));
    if (!isSummed || this.#given.quiet === true) return;
    const parts = [
      `${this.#converted} ${plural(this.#converted)} converted`,
      ...(this.#converted === 0
        ? []
        : [
            sizes(this.#sourceSize, this.#targetSize),
            `on disk ${formatSize(this.#sourceDisk)} to ${formatSize(this.#targetDisk)}`,
          ]),
      ...(this.#skipped === 0 ? [] : [`${this.#skipped} ${this.#given.to} already`]),
      ...(this.#failed === 0 ? [] : [`${this.#failed} failed`]),
    ];
    this.#io.err(`sotto: ${parts.join(', ')}\n`);
  }

  #say(line: string): void {
    if (this.#given.quiet === true || this.#given.json === true) return;
    this.#progress.clear();
    this.#io.out(line);
  }
}

function sizes(before: number, after: number): string {
  const share = before === 0 ? 100 : (100 * after) / before;
  return `${before} to ${after} bytes (${share.toFixed(1)} %)`;
}

function plural(count: number): string {
  return count === 1 ? 'file' : 'files';
}
