/** The range of time that several commands read: its options, and the fetch they come to. */
import { type Command, Option } from 'commander';
import type { Database, MixSpec, Series } from '../index.js';
import { endPoint } from '../tools/dump.js';
import { formatIso, parseTime } from '../tools/time-text.js';
import {
  archiveOption,
  dialectOption,
  type HandleArguments,
  lockOption,
  nowOption,
  readingEach,
  timeOf,
} from './arguments.js';
import type { Io } from './io.js';

/** What every command takes that reads a range. */
export interface RangeArguments extends HandleArguments {
  readonly from?: string;
  readonly until?: string;
  readonly now?: string;
  readonly step?: string;
  readonly archive?: number;
  readonly spec?: MixSpec;
}

const DAY = 86_400;

export function addRangeOptions(command: Command): Command {
  return command
    .option(
      '--from <time>',
      'begin after this time (default: 24 hours before the end, or all of a chosen archive)',
    )
    .option('--until <time>', 'end with this time (default: now)')
    .addOption(
      new Option('--step <duration>', 'ask the archive of this step, such as 1m').conflicts('archive'),
    )
    .addOption(archiveOption())
    .addOption(
      new Option(
        '--spec <method>',
        'of a mix file: ask the archives of this method, such as max or p95',
      ).conflicts('archive'),
    )
    .addOption(nowOption())
    .addOption(dialectOption())
    .addOption(lockOption())
    .option('--force', 'read a file that was cut off; what is missing are gaps');
}

/** Fetches the range that the arguments say. */
export function fetchSeries(database: Database, given: RangeArguments, io: Io): Series | null {
  const now = timeOf(given.now, io, database);
  const { step, archive, spec } = given;
  const until = given.until === undefined ? now : parseTime(given.until, now);
  const from =
    given.from === undefined ? defaultFrom(database, given, now, until) : parseTime(given.from, now);
  return database.fetch(from, until, { now, step, archive, spec });
}

/** A file with what its range holds. */
export interface Fetched {
  readonly path: string;
  readonly series: Series;
}

/** Fetches the range from every file; those that cannot give it are reported. */
export function fetchEach(paths: readonly string[], given: RangeArguments, io: Io): Fetched[] {
  return readingEach(paths, given, io, (database, path) => {
    const series = fetchSeries(database, given, io);
    if (series !== null) remarkOn(series, path, database, given, io);
    return { path, series };
  }).flatMap(({ path, series }) => {
    if (series !== null) return [{ path, series }];
    io.err(`sotto: ${path}: no data in the selected range\n`);
    io.finish(1);
    return [];
  });
}

/** Says what a look at the values would leave open: why there are none, or fewer than asked for. */
function remarkOn(series: Series, path: string, database: Database, given: RangeArguments, io: Io): void {
  if (given.from !== undefined && series.isClamped) {
    io.err(`sotto: ${path}: archive ${series.archive} does not reach back further\n`);
  }
  if (series.known.includes(1)) return;
  const newest = endPoint(database, 'last', undefined, io.clock());
  const where =
    newest === undefined ? 'the file has no points' : `the newest point is of ${formatIso(newest.timestamp)}`;
  io.err(`sotto: ${path}: no values in this range; ${where}\n`);
}

function defaultFrom(
  database: Database,
  { step, archive, spec }: RangeArguments,
  now: number,
  until: number,
): number {
  if (archive === undefined && step === undefined) return Math.min(now, until) - DAY;
  // Asking for nothing but an archive means all of it; a choice that does not exist is refused by fetch.
  const chosen = database.fetch(now, now, { now, step, archive, spec });
  return now - (database.info.archives[chosen?.archive ?? 0]?.retention ?? DAY);
}

/** What to leave out of a series: gaps, or values of 0. */
export type Drop = 'nulls' | 'zeroes';

/** The timestamps and values of a series without those that are to be dropped. */
export function* keptPoints(
  series: Series,
  drop: readonly Drop[] = [],
): Generator<readonly [number, number | null]> {
  for (const point of series) {
    const [, value] = point;
    const isDropped = (value === null && drop.includes('nulls')) || (value === 0 && drop.includes('zeroes'));
    if (!isDropped) yield point;
  }
}
