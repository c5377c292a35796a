import { existsSync, readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { create } from '../../database/create.js';
import type { Database } from '../../database/database.js';
import type { HandleOptions } from '../../database/handle-options.js';
import { open } from '../../database/open.js';
import type { UpdateResult } from '../../database/update.js';
import { systemError, WhisperError } from '../../errors.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { validateRetentions } from '../../format/archive-list.js';
import type { Format } from '../../format/detect.js';
import { formatRetention, parseDuration, type Retention } from '../../format/retention.js';
import { badOption } from '../../options.js';
import {
  type InputForm,
  inputForms,
  type ReadPoints,
  readColon,
  readPoints,
} from '../../tools/import/line-points.js';
import { parseTime } from '../../tools/time-text.js';
import { dialectOption, jsonOption, lockOption } from '../arguments.js';
import type { Io } from '../io.js';
import { addLayoutOptions, compressedOptions, type LayoutArguments, layoutOf } from '../layout.js';
import { json } from '../output.js';

interface Given extends LayoutArguments {
  readonly stdin?: boolean;
  readonly file?: string;
  readonly input: InputForm | 'auto';
  readonly timeColumn?: string;
  readonly valueColumn?: string;
  readonly onOld?: 'drop' | 'error';
  readonly onFuture?: 'store' | 'drop' | 'error';
  readonly duplicates?: 'first' | 'last';
  readonly late?: 'insert' | 'discard';
  readonly retention?: string;
  readonly create?: string;
  readonly xff?: `${number}`;
  readonly now?: string;
  readonly durable?: boolean;
  readonly journal?: boolean;
  readonly lock?: boolean;
  readonly dialect?: Dialect;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export function updateCommand(io: Io): Command {
  const command = new Command('update')
    .summary('store points')
    .description(
      'Stores points in a database. They are arguments TIME:VALUE (N for now), or lines of a file or of standard ' +
        'input: TIME:VALUE, CSV, TSV, NDJSON or Graphite lines, told apart by the first line. Times are Unix seconds, ' +
        'relative (now-1h) or ISO 8601; without a zone they are UTC. One point that no archive covers is an error; ' +
        'of several, those are dropped and counted. Points that come late for the order of a compressed database are ' +
        'inserted into its blocks; with --late discard they are discarded, and counted too.',
    )
    .usage('[options] PATH [TIME:VALUE... | -]')
    .argument('<path>', 'the database')
    .argument('[points...]', 'TIME:VALUE; - or nothing reads standard input')
    .option('--stdin', 'read standard input, as - does')
    .option('-f, --file <file>', 'read this file; - is standard input')
    .addOption(new Option('-i, --input <form>', 'form of the lines').choices(inputForms).default('auto'))
    .option('--time-column <column>', 'CSV column of the time: its heading, or its number from 1')
    .option('--value-column <column>', 'CSV column of the value')
    .addOption(
      new Option('--on-old <what>', 'points older than every archive (several: drop)').choices([
        'drop',
        'error',
      ]),
    )
    .addOption(
      new Option('--on-future <what>', 'points after now (several: store)').choices([
        'store',
        'drop',
        'error',
      ]),
    )
    .addOption(
      new Option('--duplicates <which>', 'of equal timestamps, count this one').choices(['first', 'last']),
    )
    .addOption(
      new Option(
        '--late <what>',
        'late points of a compressed database (default: insert; in the go dialect: discard)',
      ).choices(['insert', 'discard']),
    )
    .option('--retention <duration>', 'store in the archive of this retention alone, such as 7d')
    .option('--create <defs>', 'make the database if there is none, with these retentions')
    .option('-x, --xff <share>', 'xFilesFactor of a database made so')
    .option('-a, --agg <method>', 'aggregation method of a database made so');
  return addLayoutOptions(command)
    .option('--now <time>', "the time to work at; 'newest' is that of the newest point given")
    .option('--durable', 'return once the points are on the disk')
    .option('--journal', 'the same, and after a crash all of them are there or none')
    .addOption(lockOption())
    .addOption(dialectOption())
    .addOption(jsonOption())
    .option('-v, --verbose', 'say how many points were written')
    .option('-q, --quiet', 'do not say that points were dropped or discarded')
    .addHelpText(
      'after',
      '\nExamples:\n  sotto update cpu.wsp N:0.5\n  sotto update cpu.wsp 1700000000:1 1700000010:2\n' +
        '  sotto update cpu.wsp --create 5m:30d,1h:2y --now newest --file cpu.csv',
    )
    .action(async (path: string, points: string[], given: Given) => {
      checkCreation(given);
      const input = await readInput(points, given, io);
      const clock = io.clock();
      const isNewest = given.now === 'newest';
      const asked = given.now === undefined || isNewest ? clock : parseTime(given.now, clock);
      const read = input(asked);
      const now = isNewest ? newestOf(read, clock) : asked;
      remarkOnDates(path, read, given, io);
      report(path, store(path, read, now, given), given, io);
    });
}

function checkCreation(given: Given): void {
  const { create, xff, agg, compressed } = given;
  if (create !== undefined) return;
  const alone = [
    ...(xff === undefined ? [] : ['--xff']),
    ...(agg === undefined ? [] : ['--agg']),
    ...(compressed === true ? ['--compressed'] : []),
    ...compressedOptions(given),
  ][0];
  if (alone !== undefined) throw badOption(`${alone} without --create`, 'both, or neither');
}

/** The points as a function of now, which relative times among them count from. */
async function readInput(points: string[], given: Given, io: Io): Promise<(now: number) => ReadPoints> {
  const readsInput = given.stdin === true || given.file === '-' || points.includes('-');
  const named = points.filter((point) => point !== '-');
  const readsFile = given.file !== undefined && given.file !== '-';
  if ([named.length > 0, readsInput, readsFile].filter(Boolean).length > 1) {
    throw badOption('points from two places', 'arguments, a file or standard input');
  }
  if (named.length > 0) return (now) => readArguments(named, now);
  const columns = { time: given.timeColumn, value: given.valueColumn };
  if (readsFile) {
    const file = given.file ?? '';
    const text = readText(file);
    return (now) => readPoints(text, given.input, file, now, columns);
  }
  if (io.isInputTerminal && !readsInput) {
    throw badOption('no points', 'TIME:VALUE arguments, --file, or - for standard input');
  }
  const text = await io.readInput();
  return (now) => readPoints(text, given.input, '<stdin>', now, columns);
}

function readArguments(points: readonly string[], now: number): ReadPoints {
  const read = points.map((point) => {
    try {
      return readColon(point, now);
    } catch (error) {
      if (!(error instanceof WhisperError)) throw error;
      const { found, expected } = error;
      throw new WhisperError('WSP_BAD_OPTION', {
        found: `point '${point}': ${found}`,
        expected,
        cause: error,
      });
    }
  });
  return { timestamps: read.map(({ timestamp }) => timestamp), values: read.map(({ value }) => value) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw systemError(error, file, 'read it');
  }
}

/** Eight digits such as 20231114 are Unix seconds of 1970 and nearly always meant as a date. */
function remarkOnDates(path: string, { timestamps }: ReadPoints, { quiet }: Given, io: Io): void {
  const isOfLateSummer1970 = (timestamp: number) => timestamp >= 19_700_101 && timestamp <= 21_061_231;
  if (quiet === true || !timestamps.some(isOfLateSummer1970)) return;
  io.err(
    `sotto: ${path}: some times are of 1970: a bare number is Unix seconds, a date is written 2023-11-14\n`,
  );
}

function newestOf({ timestamps }: ReadPoints, clock: number): number {
  return timestamps.reduce((newest, at) => Math.max(newest, at), 0) || clock;
}

/** What became of the points, and in a database of which format. */
interface Stored extends UpdateResult {
  readonly format: Format;
}

function store(path: string, read: ReadPoints, now: number, given: Given): Stored {
  if (given.create !== undefined && !existsSync(path)) tryCreate(path, given.create, read, now, given);
  using database = open(path, handleOptions(given));
  return { ...storeIn(database, read, now, given), format: database.format };
}

/** Makes the database for points that it will take; refused ones leave no file behind. */
function tryCreate(path: string, retentions: string, read: ReadPoints, now: number, given: Given): void {
  const layout = layoutOf(given);
  const { xff, dialect } = given;
  // What decides whether points are taken is how far back an archive reaches, which one slot can do.
  const archives = validateRetentions(retentions);
  const step = reachOf(path, layout.mix === undefined ? archives : archives.slice(0, 1), given.retention);
  using trial = create(null, { format: layout.format, retentions: [{ step, points: 1 }], dialect });
  storeIn(trial, read, now, given);
  try {
    const { durable } = handleOptions(given);
    create(path, { ...layout, retentions, xFilesFactor: xff, dialect, durable }).close();
  } catch (error) {
    // Another process was quicker: its file is as good.
    if (!(error instanceof WhisperError && error.code === 'WSP_EXISTS')) throw error;
  }
}

/** Seconds that points may be old: the longest retention, or the one that was asked for. */
function reachOf(path: string, archives: readonly Retention[], asked: string | undefined): number {
  const reaches = archives.map(({ step, points }) => step * points);
  if (asked === undefined) return Math.max(...reaches);
  const reach = parseDuration(asked);
  if (reaches.includes(reach)) return reach;
  throw new WhisperError('WSP_NO_SUCH_ARCHIVE', {
    path,
    found: `no archive that reaches back '${asked}'`,
    expected: archives.map((archive, i) => `${reaches[i]} (${formatRetention(archive)})`).join(', '),
  });
}

function handleOptions({ dialect, lock, durable, journal, late }: Given): HandleOptions {
  return { dialect, lock, late, durable: journal === true ? 'journal' : durable };
}

function storeIn(database: Database, read: ReadPoints, now: number, given: Given): UpdateResult {
  const { timestamps, values } = read;
  const { onOld, onFuture, duplicates, retention } = given;
  // Under the go dialect a compressed file takes one point as a batch of one.
  const isBatch = timestamps.length !== 1 || (database.format === 'compressed' && given.dialect === 'go');
  const isLone = !isBatch && onOld === undefined && onFuture === undefined;
  if (isLone && retention === undefined) return storeOne(database, timestamps[0]!, values[0]!, now);
  if (isLone || onOld === 'error') refuseOld(database, timestamps, now, retention);
  const future = isLone ? 'error' : onFuture;
  return database.updateMany({ timestamps, values }, { now, future, duplicates, retention });
}

/** One point, which is refused if it is not covered. Of a compressed file a batch of one tells what became of it. */
function storeOne(database: Database, timestamp: number, value: number, now: number): UpdateResult {
  if (database.format === 'compressed' && isCovered(database, timestamp, now)) {
    return database.updateMany([[timestamp, value]], { now });
  }
  database.update(value, timestamp, { now });
  return { written: 1, inserted: 0, replaced: 0, dropped: 0, discarded: 0 };
}

function isCovered({ info }: Database, timestamp: number, now: number): boolean {
  const reach = info.aggregation === 'mix' ? info.archives[0]!.retention : info.maxRetention;
  const age = now - Math.trunc(timestamp);
  return age >= 0 && age < reach;
}

function refuseOld(
  database: Database,
  timestamps: readonly number[],
  now: number,
  retention: string | undefined,
): void {
  const { archives, aggregation } = database.info;
  // Of a mix file only the base takes points.
  const takers = aggregation === 'mix' ? archives.slice(0, 1) : archives;
  const reach = reachOf(database.path ?? '<memory>', takers, retention);
  const old = timestamps.filter((timestamp) => now - timestamp > reach);
  if (old.length === 0) return;
  throw new WhisperError('WSP_TIME_NOT_COVERED', {
    path: database.path,
    found: `${old.length} of ${timestamps.length} points are too old, such as ${old[0]}`,
    expected: `none before ${now - reach} (now ${now})`,
  });
}

function report(path: string, stored: Stored, given: Given, io: Io): void {
  const { written, inserted, replaced, dropped, discarded } = stored;
  const isCompressed = stored.format === 'compressed';
  if (given.json === true) {
    io.out(
      json(
        isCompressed ? { path, written, inserted, replaced, dropped, discarded } : { path, written, dropped },
      ),
    );
  }
  const say = (text: string) => io.err(`sotto: ${path}: ${text}\n`);
  const points = (count: number) => `${count} ${count === 1 ? 'point' : 'points'}`;
  if (given.verbose === true) {
    const late = inserted + replaced > 0 ? ` (${inserted} inserted, ${replaced} replaced)` : '';
    say(
      `${points(written)} written${late}, ${dropped} dropped${discarded > 0 ? `, ${discarded} discarded` : ''}`,
    );
    return;
  }
  if (given.quiet === true) return;
  if (dropped > 0) {
    const old =
      given.retention === undefined
        ? 'too old for every archive'
        : `too old for the archive of ${given.retention}`;
    const why = given.onFuture === 'drop' ? `${old}, or after now` : old;
    say(`${dropped} of ${written + dropped + discarded} points dropped: ${why}`);
  }
  if (discarded > 0) say(`${points(discarded)} discarded: late, and ${whyDiscarded(given)}`);
}

function whyDiscarded({ late, dialect }: Given): string {
  return late === 'discard' || (late === undefined && dialect === 'go')
    ? 'the compressed file has no place for them any more'
    : 'the block where they belong is damaged, or has no room for them';
}
