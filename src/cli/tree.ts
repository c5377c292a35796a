/** Commands that change many files: single ones, and folders of them with `--recursive`. */
import { dirname, join, relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { WhisperError } from '../errors.js';
import { removeAbandoned } from '../file/temporary-name.js';
import { badOption } from '../options.js';
import { isFolder, statIfThere } from '../tools/look.js';
import type { FileTask, FileWorkName, FileWorkOptions, FileWorkResult } from '../tools/many/registry.js';
import { runMany } from '../tools/many/run-many.js';
import { wholeNumber } from './arguments.js';
import type { Io } from './io.js';
import { json } from './output.js';
import { Progress } from './progress.js';
import { databasePaths } from './walk.js';

const MOST_JOBS = 64;

/** The options of {@link addTreeOptions} as they were given. */
export interface TreeArguments {
  readonly recursive?: boolean;
  readonly jobs?: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function addTreeOptions(command: Command): Command {
  return command
    .option('-r, --recursive', 'go into folders, for all *.wsp files')
    .addOption(
      new Option('-j, --jobs <n>', 'work on so many files at once').argParser(wholeNumber(1, MOST_JOBS)),
    )
    .option('--dry-run', 'change nothing, only tell of each file what would be')
    .addOption(new Option('--json', 'print JSON'))
    .option('-q, --quiet', 'print nothing but errors');
}

/**
 * The files that stand behind paths, each once, to be changed where they are.
 *
 * @throws WhisperError `WSP_BAD_OPTION` for a folder without `--recursive`
 */
export function pathTasks(paths: readonly string[], given: TreeArguments, io: Io): FileTask[] {
  const seen = new Set<string>();
  const tasks: FileTask[] = [];
  for (const path of paths) {
    if (isFolder(path)) checkRecursive(path, given);
    for (const source of databasePaths([path], io)) {
      // Under two names, or behind a link, a file would be changed twice.
      const file = identityOf(source);
      if (seen.has(file)) continue;
      seen.add(file);
      tasks.push({ source, target: source });
    }
  }
  if (tasks.length === 0) io.err(`sotto: ${paths.join(', ')}: no .wsp files\n`);
  return tasks;
}

/** Files of one tree beside those of the same place in another. */
export interface Pairs {
  readonly tasks: readonly FileTask[];
  /** Those that have no counterpart yet. */
  readonly missing: readonly FileTask[];
}

/**
 * A source with its target: two files, or all files of a folder with those of the same place in another one.
 *
 * @throws WhisperError `WSP_BAD_OPTION` for a folder without `--recursive`, or beside a file
 */
export function pairTasks(source: string, target: string, given: TreeArguments, io: Io): Pairs {
  const areFolders = isFolder(source);
  if (areFolders) checkRecursive(source, given);
  // Of two folders the second may be made; of a file a folder is where one of its name lies.
  if (areFolders && statIfThere(target) !== undefined && !isFolder(target))
    throw badOption(`'${source}' is a folder, and '${target}' is a file`, 'two files or two folders');
  const tasks: FileTask[] = [];
  const missing: FileTask[] = [];
  const seen = new Set<string>();
  for (const found of databasePaths([source], io)) {
    const way = areFolders ? relative(source, found) : isFolder(target) ? fileNameOf(found) : '';
    const task = { source: found, target: way === '' ? target : join(target, way) };
    const pair = `${identityOf(task.source)} ${identityOf(task.target)}`;
    if (seen.has(pair)) continue;
    seen.add(pair);
    (statIfThere(task.target) === undefined ? missing : tasks).push(task);
  }
  if (tasks.length + missing.length === 0) io.err(`sotto: ${source}: no .wsp files\n`);
  return { tasks, missing };
}

/** The same for all names of a file; of one that is not there its path. */
function identityOf(path: string): string {
  const stats = isFolder(path) ? undefined : statIfThere(path);
  return stats === undefined ? resolve(path) : `${stats.dev}:${stats.ino}`;
}

function fileNameOf(path: string): string {
  return relative(dirname(path), path);
}

function checkRecursive(path: string, { recursive }: TreeArguments): void {
  if (recursive === true) return;
  throw badOption(`'${path}' is a folder`, 'a file, or --recursive for all *.wsp files in it');
}

/** What is said of a file. */
export interface Told {
  /** A line without its path; left out, nothing is said of the file in a walk. */
  readonly text: string;
  /** False if there was nothing to do. */
  readonly isChanged: boolean;
  /** The record of `--json`, beside the path. */
  readonly record: object;
  /** What files like this one are counted as, if not as the command's other unchanged ones: `of no schema`. */
  readonly countedAs?: string;
}

/** The words of a command: what became of files (`resized`), and would (`would be resized`). */
export interface Words {
  readonly done: string;
  /** What is said beside the counts, at the end. */
  readonly more?: () => readonly string[];
  /** Of files in which there was nothing to do. */
  readonly asIs?: string;
  /** What is said of a run that was stopped, where the same command would not just go on with the rest. */
  readonly stopped?: string;
}

/**
 * Does a piece of work on each file, tells of each, and of all together if they were several. A lone file's error is
 * thrown; with several it is reported, and the others go on.
 */
export async function runTree<N extends FileWorkName>(
  name: N,
  tasks: readonly FileTask[],
  options: FileWorkOptions<N>,
  given: TreeArguments,
  io: Io,
  words: Words,
  describe: (task: FileTask, result: FileWorkResult<N>) => Told,
): Promise<void> {
  const isLone = tasks.length === 1 && given.recursive !== true;
  const report = new Report(tasks.length, isLone, words, given, io);
  const signal = given.dryRun === true ? undefined : io.startWork();
  if (signal !== undefined) report.told(removeLeftovers(tasks));
  try {
    await runMany(name, tasks, options, {
      jobs: Math.min(given.jobs ?? 1, Math.max(1, tasks.length)),
      signal,
      onDone: (task, result) => report.done(task, describe(task, result)),
      onFailed: (task, error) => report.failed(task, error),
    });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    io.finish(130);
    report.stop();
  }
  report.finish();
}

/** Takes away what a run that was killed had begun to write; says so folder by folder. */
function removeLeftovers(tasks: readonly FileTask[]): string[] {
  const folders = new Set(tasks.map(({ target }) => dirname(target)));
  return [...folders].flatMap((folder) => {
    const removed = isFolder(folder) ? removeAbandoned(folder) : 0;
    return removed === 0
      ? []
      : [`${folder}: ${removed} unfinished ${plural(removed)} of a stopped run removed`];
  });
}

/** What is said of the files, one by one and all together. */
class Report {
  readonly #isLone: boolean;
  readonly #words: Words;
  readonly #given: TreeArguments;
  readonly #io: Io;
  readonly #progress: Progress;
  #printed = 0;
  #changed = 0;
  readonly #unchanged = new Map<string, number>();
  #failed = 0;
  #isStopped = false;

  constructor(total: number, isLone: boolean, words: Words, given: TreeArguments, io: Io) {
    this.#isLone = isLone;
    this.#words = words;
    this.#given = given;
    this.#io = io;
    this.#progress = new Progress(io, given.quiet === true || isLone ? 0 : total);
  }

  told(lines: readonly string[]): void {
    if (this.#given.quiet === true) return;
    for (const line of lines) this.#io.err(`sotto: ${line}\n`);
  }

  done({ source, target }: FileTask, { text, isChanged, record, countedAs }: Told): void {
    if (isChanged) this.#changed++;
    else this.#countUnchanged(countedAs ?? this.#words.asIs ?? 'as they were');
    this.#record({ path: source, ...(target === source ? {} : { target }), ...record });
    if (isChanged || this.#given.recursive !== true) this.#say(`${target}: ${text}\n`);
    this.#progress.advance();
  }

  failed({ source }: FileTask, error: WhisperError): void {
    if (this.#isLone && this.#given.json !== true) throw error;
    this.#failed++;
    this.#record({ path: source, error: { code: error.code, message: error.message } });
    this.#progress.clear();
    this.#io.fail(error);
    this.#progress.advance();
  }

  stop(): void {
    this.#isStopped = true;
  }

  finish(): void {
    this.#progress.clear();
    if (this.#given.json === true) this.#io.out(this.#printed === 0 ? '[]\n' : '\n]\n');
    const { stopped = 'the same command goes on with the rest' } = this.#words;
    if (this.#isStopped) this.#io.err(`sotto: stopped; ${stopped}\n`);
    if (this.#isLone || this.#given.quiet === true) return;
    const { done, more } = this.#words;
    const would = this.#given.dryRun === true ? 'would be ' : '';
    const parts = [
      `${this.#changed} ${plural(this.#changed)} ${would}${done}`,
      ...(this.#changed === 0 ? [] : (more?.() ?? [])),
      ...[...this.#unchanged].map(([words, count]) => `${count} ${words}`),
      ...(this.#failed === 0 ? [] : [`${this.#failed} failed`]),
    ];
    this.#io.err(`sotto: ${parts.join(', ')}\n`);
  }

  #countUnchanged(words: string): void {
    this.#unchanged.set(words, (this.#unchanged.get(words) ?? 0) + 1);
  }

  #record(record: object): void {
    if (this.#given.json !== true) return;
    const text = json(record).trimEnd().replace(/^/gm, '  ');
    this.#io.out(`${this.#printed++ === 0 ? '[' : ','}\n${text}`);
  }

  #say(line: string): void {
    if (this.#given.quiet === true || this.#given.json === true) return;
    this.#progress.clear();
    this.#io.out(line);
  }
}

/** `file` or `files`. */
export function plural(count: number): string {
  return count === 1 ? 'file' : 'files';
}
