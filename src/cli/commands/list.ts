import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Dialect } from '../../format/aggregation-method.js';
import { parseDuration } from '../../format/retention.js';
import { type ListedFile, WhisperError } from '../../index.js';
import { badOption } from '../../options.js';
import { type ListKind, listKinds, passes } from '../../tools/list/filter.js';
import { type ListOptions, listSettings } from '../../tools/list/list.js';
import { type ListSettings, listRules } from '../../tools/list/list-file.js';
import { isFolder } from '../../tools/look.js';
import { runMany } from '../../tools/many/run-many.js';
import { parseTime } from '../../tools/time-text.js';
import { dialectOption, wholeNumber } from '../arguments.js';
import type { Io } from '../io.js';
import { compareBy, type ListForm, listPrinter, type SortKey, sortKeys } from '../list-output.js';
import { formatOption, formatSize, jsonFormatOption, timeFormatter, timeOption } from '../output.js';
import { plural } from '../tree.js';
import { databasePaths } from '../walk.js';

interface Given {
  readonly stale?: number;
  readonly match?: string | RegExp;
  readonly kind?: readonly ListKind[];
  readonly damaged?: boolean;
  readonly schemaMismatch?: boolean;
  readonly schemas?: string;
  readonly aggregation?: string;
  readonly default?: boolean;
  readonly root?: string;
  readonly fast?: boolean;
  readonly long?: boolean;
  readonly names?: boolean;
  readonly null?: boolean;
  readonly sort?: SortKey;
  readonly reverse?: boolean;
  readonly jobs?: number;
  readonly now?: string;
  readonly time: string;
  readonly format: ListForm['format'];
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly dialect?: Dialect;
}

export function listCommand(io: Io): Command {
  return new Command('list')
    .summary('list the databases of a tree')
    .description(
      'Lists the databases of folders, a path a line: all of them, or those that are stale, damaged, of a kind or a name, or ' +
        'not as the configuration says. --long and the other forms tell more of each. Nothing is changed.',
    )
    .usage('[options] PATH...')
    .argument('<paths...>', 'folders, which are walked for all *.wsp files, or files')
    .addOption(
      new Option('--stale <age>', 'only files without a newer point than that: 60d, 12h').argParser(readAge),
    )
    .addOption(
      new Option(
        '--match <pattern>',
        "only metrics of this name: a glob, 'servers.*.cpu', or an expression between slashes, '/cpu$/'",
      ).argParser(readPattern),
    )
    .addOption(
      new Option('--kind <kinds>', `only these: of ${listKinds.join(', ')} (without points)`).argParser(
        readKinds,
      ),
    )
    .option('--damaged', 'only files that cannot be opened, or read')
    .option('--schema-mismatch', 'only files that are not as --schemas and --aggregation say')
    .option('--schemas <file>', 'storage-schemas.conf, to compare files with it')
    .option('--aggregation <file>', 'storage-aggregation.conf, likewise')
    .option('--default', "compare files of no section with carbon's default, 60s:7d")
    .option('--root <dir>', 'count names of metrics from this folder, for one below it or for single files')
    .option('--fast', 'look at headers alone: ages are those of the last change')
    .option('-l, --long', 'newest point, size, format, method, xFilesFactor and retentions too')
    .option('-n, --names', 'print names of metrics, not paths')
    .addOption(
      new Option('-0, --null', 'end each path or name with a zero byte, for xargs -0').conflicts([
        'long',
        'json',
      ]),
    )
    .addOption(new Option('--sort <key>', 'sort by this').choices(sortKeys))
    .option('--reverse', 'the other way round')
    .addOption(new Option('-j, --jobs <n>', 'look at so many files at once').argParser(wholeNumber(1, 64)))
    .addOption(new Option('--now <time>', 'the time to work at'))
    .addOption(timeOption().default('iso'))
    .addOption(formatOption('text', 'json', 'ndjson', 'csv'))
    .addOption(jsonFormatOption())
    .option('-q, --quiet', 'print no summary')
    .addOption(dialectOption())
    .addHelpText(
      'after',
      '\nExamples:\n  sotto list --long whisper\n  sotto list --stale 60d -0 whisper | xargs -0 -r rm\n' +
        "  sotto list --match 'servers.*.cpu' --sort size --reverse --long whisper\n" +
        '  sotto list --schema-mismatch --schemas storage-schemas.conf --long whisper',
    )
    .action((paths: string[], given: Given) => run(paths, given, io));
}

function readAge(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof WhisperError)) throw error;
    throw new InvalidArgumentError('It must be a duration such as 60d or 12h (units s m h d w y).');
  }
}

function readPattern(text: string): string | RegExp {
  const [, source] = /^\/(.+)\/$/s.exec(text) ?? [];
  if (source === undefined) return text;
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : String(error));
  }
}

function readKinds(text: string): ListKind[] {
  const kinds = text.split(',').map((kind) => kind.trim());
  const known = kinds.filter((kind): kind is ListKind => (listKinds as readonly string[]).includes(kind));
  if (known.length === kinds.length) return known;
  throw new InvalidArgumentError(`It must be some of ${listKinds.join(', ')}, with commas.`);
}

/** Of what the summary tells. */
interface Counts {
  listed: number;
  seen: number;
  unmatched: number;
  size: number;
  diskSize: number;
}

async function run(paths: readonly string[], given: Given, io: Io): Promise<void> {
  const options = optionsOf(given, io);
  const all = paths.map((path) => settingsOf(path, given, options));
  for (const warning of listRules(all[0]!)?.warnings ?? []) io.err(`sotto: ${warning}\n`);
  const format = given.json === true ? 'json' : given.format;
  const form: ListForm = { format, names: given.names, long: given.long, null: given.null };
  const printer = listPrinter(form, timeFormatter(given.time), io);
  const counts: Counts = { listed: 0, seen: 0, unmatched: 0, size: 0, diskSize: 0 };
  const kept: ListedFile[] = [];
  const take = (file: ListedFile) => {
    count(file, options, counts);
    if (!passes(file, options, all[0]!.now)) return;
    if (tellProblem(file, given, form, io)) return;
    counts.listed++;
    counts.size += file.size ?? 0;
    counts.diskSize += file.diskSize ?? 0;
    if (given.sort === undefined && given.reverse !== true) printer.print(file);
    else kept.push(file);
  };
  const seen = new Set<string>();
  for (const [i, path] of paths.entries()) await look(path, all[i]!, given.jobs ?? 1, seen, take, io);
  kept.sort(compareBy(given.sort ?? 'path'));
  for (const file of given.reverse === true ? kept.reverse() : kept) printer.print(file);
  printer.finish();
  if (counts.listed === 0) io.finish(1);
  if (given.quiet !== true) io.err(`sotto: ${summary(counts, paths, options)}\n`);
}

function optionsOf(given: Given, io: Io): ListOptions {
  const { stale, match, damaged, schemas, aggregation, root, dialect, fast } = given;
  return {
    ...{ stale, match, damaged, schemas, aggregation, root, dialect },
    fast: fast === true || !needsPoints(given),
    kinds: given.kind,
    mismatched: given.schemaMismatch,
    fallback: given.default,
    now: given.now === undefined ? io.clock() : parseTime(given.now, io.clock()),
  };
}

/** Whether what is asked for takes more than a look at the headers. */
function needsPoints({ stale, damaged, kind, long, sort, format, json }: Given): boolean {
  const isTold = long === true || json === true || format !== 'text';
  return (
    isTold || stale !== undefined || damaged === true || sort === 'last' || kind?.includes('empty') === true
  );
}

/** @throws WhisperError `WSP_BAD_OPTION` where names of metrics are needed and cannot be told */
function settingsOf(path: string, given: Given, options: ListOptions): ListSettings {
  const { schemas, aggregation, root } = given;
  const areNamesNeeded = schemas !== undefined || aggregation !== undefined;
  if (given.schemaMismatch === true && !areNamesNeeded)
    throw badOption('--schema-mismatch', '--schemas or --aggregation with it, to compare with');
  if (given.fast === true && given.kind?.includes('empty') === true)
    throw badOption('--kind empty and --fast', 'one of them: headers do not tell of points');
  const settings = listSettings(path, options);
  if (areNamesNeeded && root === undefined && !isFolder(path))
    throw badOption(`'${path}' is no folder`, 'a folder, or --root DIR to count the names of metrics from');
  return settings;
}

/** Looks at all files behind a path, in their order, each once. */
async function look(
  path: string,
  settings: ListSettings,
  jobs: number,
  seen: Set<string>,
  take: (file: ListedFile) => void,
  io: Io,
): Promise<void> {
  const order: string[] = [];
  const done = new Map<string, ListedFile>();
  let next = 0;
  const tasks = function* () {
    for (const source of databasePaths([path], io)) {
      if (seen.has(resolve(source))) continue;
      seen.add(resolve(source));
      order.push(source);
      yield { source, target: source };
    }
  };
  await runMany('list', tasks(), settings, {
    jobs,
    onDone: ({ source }, file) => {
      done.set(source, file);
      // Several threads are done in any order.
      for (let first = order[next]; first !== undefined && done.has(first); first = order[++next]) {
        take(done.get(first)!);
        done.delete(first);
      }
    },
  });
}

function count({ schema, problem }: ListedFile, { schemas, aggregation }: ListOptions, counts: Counts): void {
  counts.seen++;
  const isCompared = schemas !== undefined || aggregation !== undefined;
  if (isCompared && schema === null && problem === null) counts.unmatched++;
}

/**
 * Reports a file that could not be read, unless such are looked for.
 *
 * @returns  whether it is not to be listed: in text there is nothing to say of it
 */
function tellProblem({ path, problem }: ListedFile, given: Given, { format }: ListForm, io: Io): boolean {
  if (problem === null || given.damaged === true) return false;
  const { code, message } = problem;
  io.fail(new WhisperError(code, { found: message.startsWith(path) ? message : `${path}: ${message}` }));
  return format === 'text';
}

function summary(counts: Counts, paths: readonly string[], { schemas, aggregation }: ListOptions): string {
  const { listed, seen, unmatched, size, diskSize } = counts;
  if (seen === 0) return `${paths.join(', ')}: no .wsp files`;
  const files = listed === seen ? `${listed} ${plural(listed)}` : `${listed} of ${seen} ${plural(seen)}`;
  const isCompared = schemas !== undefined || aggregation !== undefined;
  const none = isCompared && unmatched > 0 ? `; ${unmatched} of no schema` : '';
  return `${files}, ${formatSize(size)}, ${formatSize(diskSize)} on the disk${none}`;
}
