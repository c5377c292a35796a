/** One file of a conversion: what the command does itself, or hands to a worker. */
import { mkdirSync, type Stats, statSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemError, WhisperError } from '../../errors.js';
import {
  type AggregationMethod,
  type Conversion,
  convert,
  type Dialect,
  type Format,
  open,
} from '../../index.js';
import { endPoint } from '../../tools/dump.js';
import { keepOriginal } from '../../tools/keep-original.js';
import { isSameFile } from '../../tools/rewrite.js';

/** What is the same for every file. */
export interface ConvertSettings {
  readonly to: Format;
  /** Unix seconds, or that of each file's newest point. */
  readonly now: number | 'newest';
  /** Unix seconds: what `newest` is of a file without points. */
  readonly clock: number;
  readonly verify: boolean;
  readonly keep: boolean;
  readonly overwrite: boolean;
  readonly durable: boolean;
  readonly lock: boolean;
  readonly dialect: Dialect | undefined;
  readonly spec: string | undefined;
  readonly aggregation: AggregationMethod | undefined;
}

export interface ConvertTask {
  readonly source: string;
  /** The same as `source` to convert a file where it is. */
  readonly target: string;
}

/** What came of a file: its conversion, or null if it (or what stands under the new name) has the format already. */
export type ConvertOutcome = (Conversion & DiskUse) | null;

/** Bytes that the file takes on the disk, before and after. */
export interface DiskUse {
  readonly sourceDisk: number;
  readonly targetDisk: number;
}

/** Bytes of the blocks in which a file system counts. */
const DISK_BLOCK_SIZE = 512;

/** @throws WhisperError */
export function convertFile({ source, target }: ConvertTask, settings: ConvertSettings): ConvertOutcome {
  const { to, dialect, lock } = settings;
  const isInPlace = source === target;
  if (formatOf(source, dialect) === to) return null;
  if (!isInPlace && !settings.overwrite && isDone(source, target, settings)) return null;
  const backup = isInPlace && settings.keep ? keepOriginal(source) : undefined;
  try {
    if (!isInPlace) makeFolder(target);
    const sourceDisk = diskUse(source);
    const conversion = convert(source, target, {
      to,
      now: settings.now === 'newest' ? newestOf(source, settings) : settings.now,
      overwrite: isInPlace || settings.overwrite,
      verify: settings.verify,
      durable: settings.durable,
      lock,
      dialect,
      spec: settings.spec,
      aggregation: settings.aggregation,
    });
    return { ...conversion, sourceDisk, targetDisk: diskUse(target) };
  } catch (error) {
    // Once the new file has its name, the second one is the only one that the original has.
    if (backup !== undefined && isSameFile(backup, source)) unlinkSync(backup);
    throw error;
  }
}

function formatOf(path: string, dialect: Dialect | undefined): Format {
  using database = open(path, { readOnly: true, dialect });
  return database.format;
}

/**
 * True if an earlier run, which may have been stopped later on, has made the new file: it has the format, and the times
 * that a conversion hands down.
 */
function isDone(source: string, target: string, { to, dialect }: ConvertSettings): boolean {
  const [made, original] = [look(target), look(source)];
  if (made === undefined || original === undefined || Math.abs(made.mtimeMs - original.mtimeMs) > 1)
    return false;
  return formatOf(target, dialect) === to;
}

function diskUse(path: string): number {
  return (look(path)?.blocks ?? 0) * DISK_BLOCK_SIZE;
}

/** Undefined if there is no such file. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw systemError(error, path, 'look at it');
  }
}

function newestOf(source: string, { clock, dialect }: ConvertSettings): number {
  using database = open(source, { readOnly: true, dialect });
  return endPoint(database, 'last', undefined, clock)?.timestamp ?? clock;
}

function makeFolder(target: string): void {
  try {
    mkdirSync(dirname(target), { recursive: true });
  } catch (error) {
    throw systemError(error, target, 'make its folder');
  }
}

/** An error as it crosses from a worker to the command. */
export interface PlainError {
  readonly code: WhisperError['code'];
  readonly path: string | undefined;
  readonly found: string;
  readonly expected: string | undefined;
}

export function toPlain(error: unknown): PlainError | undefined {
  if (!(error instanceof WhisperError)) return undefined;
  const { code, path, found, expected } = error;
  return { code, path, found, expected };
}
