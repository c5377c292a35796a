/** What several commands take: numbers, choices, the clock, the zone of times. */

import { InvalidArgumentError, Option } from 'commander';
import type { Database } from '../database/database.js';
import { type OpenOptions, open } from '../database/open.js';
import { WhisperError } from '../errors.js';
import { endPoint } from '../tools/dump.js';
import { parseTime } from '../tools/time-text.js';
import type { Io } from './io.js';

/** Reads a whole number from `least` to `most`. */
export function wholeNumber(least: number, most = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^[0-9]+$/.test(text) && number >= least && number <= most) return number;
    const range = Number.isFinite(most) ? `from ${least} to ${most}` : `of at least ${least}`;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}

export const archiveOption = (): Option =>
  new Option('--archive <n>', 'use this archive; 0 is the finest').argParser(wholeNumber(0));

export const nowOption = (): Option =>
  new Option('--now <time>', "the time to work at; 'newest' is that of the newest point");

/** `--json` of a command that has no other forms than text. */
export const jsonOption = (): Option => new Option('--json', 'print JSON');

export const dialectOption = (): Option =>
  new Option('--dialect <name>', 'whose method numbers and rules count (default: python)').choices([
    'python',
    'go',
  ]);

export const lockOption = (): Option =>
  new Option('--lock', 'hold an flock(2) meanwhile, waiting up to 10 s for it');

export interface HandleArguments {
  readonly dialect?: OpenOptions['dialect'];
  readonly lock?: boolean;
  readonly force?: boolean;
}

/** Opens a database for reading, does the work and closes it. */
export function reading<T>(path: string, given: HandleArguments, io: Io, work: (database: Database) => T): T {
  const { dialect, lock, force } = given;
  using database = open(path, { readOnly: true, dialect, lock, force });
  for (const warning of database.info.warnings) io.err(`sotto: ${path}: ${warning}\n`);
  return work(database);
}

/**
 * Reads several databases; of one that cannot be opened the error is reported, and the others go on. A lone
 * one's error is thrown.
 *
 * @returns  what came of each that could be read
 */
export function readingEach<T>(
  paths: readonly string[],
  given: HandleArguments,
  io: Io,
  work: (database: Database, path: string) => T,
): T[] {
  return paths.flatMap((path) => {
    try {
      return [reading(path, given, io, (database) => work(database, path))];
    } catch (error) {
      // An error without a path is one of the arguments: it would be the same for every file.
      if (!(error instanceof WhisperError) || error.path === undefined || paths.length === 1) throw error;
      io.fail(error);
      return [];
    }
  });
}

/** The time to work at: as asked for, or the clock's. */
export function timeOf(now: string | undefined, io: Io, database: Database): number {
  if (now === 'newest') return endPoint(database, 'last', undefined, io.clock())?.timestamp ?? io.clock();
  return now === undefined ? io.clock() : parseTime(now, io.clock());
}
