import { existsSync, readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { badOption } from '../../database/options.js';
import { systemError, WhisperError } from '../../errors.js';
import {
  type AggregationMethod,
  create,
  type Database,
  type Dialect,
  type HandleOptions,
  open,
  type UpdateResult,
  validateRetentions,
} from '../../index.js';
import { dialectOption, jsonOption, lockOption } from '../arguments.js';
import { type InputForm, inputForms, type ReadPoints, readColon, readPoints } from '../input.js';
import type { Io } from '../io.js';
import { json } from '../output.js';
import { parseTime } from '../time.js';

interface Given {
  readonly stdin?: boolean;
  readonly file?: string;
  readonly input: InputForm | 'auto';
  readonly timeColumn?: string;
  readonly valueColumn?: string;
  readonly onOld?: 'drop' | 'error';
  readonly onFuture?: 'store' | 'drop' | 'error';
  readonly duplicates?: 'first' | 'last';
  readonly create?: string;
  readonly xff?: `${number}`;
  readonly agg?: AggregationMethod;
  readonly now?: string;
  readonly durable?: boolean;
  readonly lock?: boolean;
  readonly dialect?: Dialect;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export function updateCommand(io: Io): Command {
  return new Command('update')
    .summary('store points')
    .description(
      'Stores points in a database. They are arguments TIME:VALUE (N for now), or lines of a file or of standard ' +
        'input: TIME:VALUE, CSV, TSV, NDJSON or Graphite lines, told apart by the first line. Times are Unix seconds, ' +
        'relative (now-1h) or ISO 8601; without a zone they are UTC. One point that no archive covers is an error; ' +
        'of several, those are dropped and counted.',
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
    .option('--create <defs>', 'make the database if there is none, with these retentions')
    .option('-x, --xff <share>', 'xFilesFactor of a database made so')
    .option('-a, --agg <method>', 'aggregation method of a database made so')
    .option('--now <time>', "the time to work at; 'newest' is that of the newest point given")
    .option('--durable', 'return once the points are on the disk')
    .addOption(lockOption())
    .addOption(dialectOption())
    .addOption(jsonOption())
    .option('-v, --verbose', 'say how many points were written')
    .option('-q, --quiet', 'do not say that points were dropped')
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

function checkCreation({ create, xff, agg }: Given): void {
  if (create !== undefined || (xff === undefined && agg === undefined)) return;
  throw badOption(`${xff === undefined ? '--agg' : '--xff'} without --create`, 'both, or neither');
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

function store(path: string, read: ReadPoints, now: number, given: Given): UpdateResult {
  if (given.create !== undefined && !existsSync(path)) tryCreate(path, given.create, read, now, given);
  using database = open(path, handleOptions(given));
  return storeIn(database, read, now, given);
}

/** Makes the database for points that it will take; refused ones leave no file behind. */
function tryCreate(path: string, retentions: string, read: ReadPoints, now: number, given: Given): void {
  const options = { retentions, aggregation: given.agg, xFilesFactor: given.xff, dialect: given.dialect };
  const reach = Math.max(...validateRetentions(retentions).map(({ step, points }) => step * points));
  // What decides whether points are taken is how far back the database reaches, which one slot can do.
  using trial = create(null, { ...options, retentions: [{ step: reach, points: 1 }] });
  storeIn(trial, read, now, given);
  try {
    create(path, { ...options, durable: handleOptions(given).durable }).close();
  } catch (error) {
    // Another process was quicker: its file is as good.
    if (!(error instanceof WhisperError && error.code === 'WSP_EXISTS')) throw error;
  }
}

function handleOptions({ dialect, lock, durable }: Given): HandleOptions {
  return { dialect, lock, durable: durable === true ? 'sync' : 'none' };
}

function storeIn(
  database: Database,
  { timestamps, values }: ReadPoints,
  now: number,
  given: Given,
): UpdateResult {
  const [timestamp, value] = [timestamps[0], values[0]];
  const isPlain = given.onOld === undefined && given.onFuture === undefined;
  if (timestamps.length === 1 && isPlain) {
    database.update(value!, timestamp, { now });
    return { written: 1, dropped: 0 };
  }
  if (given.onOld === 'error') refuseOld(database, timestamps, now);
  const { onFuture: future, duplicates } = given;
  return database.updateMany({ timestamps, values }, { now, future, duplicates });
}

function refuseOld(database: Database, timestamps: readonly number[], now: number): void {
  const reach = database.info.archives.reduce((most, { retention }) => Math.max(most, retention), 0);
  const old = timestamps.filter((timestamp) => now - timestamp > reach);
  if (old.length === 0) return;
  throw new WhisperError('WSP_TIME_NOT_COVERED', {
    path: database.path,
    found: `${old.length} of ${timestamps.length} points are too old, such as ${old[0]}`,
    expected: `none before ${now - reach} (now ${now})`,
  });
}

function report(path: string, { written, dropped }: UpdateResult, given: Given, io: Io): void {
  if (given.json === true) io.out(json({ path, written, dropped }));
  const points = written === 1 ? 'point' : 'points';
  if (given.verbose === true) io.err(`sotto: ${path}: ${written} ${points} written, ${dropped} dropped\n`);
  else if (dropped > 0 && given.quiet !== true) {
    const why =
      given.onFuture === 'drop' ? 'too old for every archive, or after now' : 'too old for every archive';
    io.err(`sotto: ${path}: ${dropped} of ${written + dropped} points dropped: ${why}\n`);
  }
}
