/** A database that is made anew from one that is there, and takes its place or another name in one step. */
import { accessSync, constants, type Stats, unlinkSync } from 'node:fs';
import type { Database } from '../database/database.js';
import { checkHandleOptions } from '../database/handle-options.js';
import { type OpenOptions, open } from '../database/open.js';
import { systemError, WhisperError } from '../errors.js';
import type { DiskFile, LockRequest } from '../file/disk-file.js';
import { makeNewFile } from '../file/new-file.js';
import { checkBackup, keepOriginal } from './keep-original.js';
import { isSameFile, statIfThere, statOf } from './look.js';

/** A complete file in memory. */
export interface Rewritten<T> {
  /** Undefined leaves everything as it is. */
  readonly bytes: Uint8Array | undefined;
  /** Leave whole pages of zeros as holes; `'as before'` if the old file has holes. */
  readonly sparse: boolean | 'as before';
  /** What the caller wants to know of it. */
  readonly result: T;
  /** Looks at the new file before it gets its name; what it throws leaves everything as it was. */
  readonly inspect?: (file: DiskFile) => void;
}

export interface RewriteOptions {
  readonly handle: Pick<OpenOptions, 'dialect' | 'lock' | 'lockTimeoutMs'>;
  /** Sync before the new file gets its name. */
  readonly durable: boolean;
  /** Replace a file of the target's name. */
  readonly overwrite: boolean;
  /** Keep a file that is replaced by its own rewriting, with `.bak` after its name. */
  readonly backup?: boolean;
  /** Do all of the work but write nothing. */
  readonly dryRun?: boolean;
  /**
   * `'kept'`, the default, for what changes the form of a file: its times tell how old its points are. `'new'` for what
   * changes points: whoever copies files that have changed goes by their times.
   */
  readonly times?: 'kept' | 'new';
}

/** How often a file that somebody else writes to meanwhile is read anew. */
const MOST_ATTEMPTS = 3;

/**
 * Makes `target` from `source`; they may be the same file. The new one takes owner, mode and times of the source.
 *
 * What a writer without a lock stores between reading and replacing would be lost with the old file, so its times are
 * looked at before it goes, and if they changed the work is done anew.
 *
 * @throws WhisperError `WSP_LOCKED` if the file does not rest, and what `open` and `make` throw
 */
export function rewrite<T>(
  source: string,
  target: string,
  options: RewriteOptions,
  make: (database: Database) => Rewritten<T>,
): T {
  const isInPlace = isSameFile(source, target);
  return untilItRests(source, () => rewriteOnce(source, target, isInPlace, options, make));
}

/**
 * Does work on a file, anew if the file was written to meanwhile, which the work tells by throwing {@link SourceChanged}.
 *
 * @throws WhisperError `WSP_LOCKED` if the file does not rest
 */
export function untilItRests<T>(source: string, work: () => T): T {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SourceChanged)) throw error;
    }
  }
  throw new WhisperError('WSP_LOCKED', {
    path: source,
    found: `the file was written to during each of ${MOST_ATTEMPTS} attempts`,
    expected: 'a file that rests, or lock: true where its writers lock it',
  });
}

/** Keeps a new file from taking the place of one that was written to since it was read. */
export class SourceChanged extends Error {}

function rewriteOnce<T>(
  source: string,
  target: string,
  isInPlace: boolean,
  { handle, durable, overwrite, backup, dryRun, times }: RewriteOptions,
  make: (database: Database) => Rewritten<T>,
): T {
  const found = statOf(source);
  if (dryRun === true) checkNames(source, target, isInPlace, overwrite, backup === true);
  // A file that will be replaced is locked as one that is written to.
  const isHeld = isInPlace && handle.lock === true && dryRun !== true;
  if (isInPlace && dryRun !== true) checkOwner(source, found);
  using database = open(source, { ...handle, readOnly: !isHeld });
  // Under its lock a file rests: what was written while that was waited for is read with all else. Without one the
  // path may stand for another file already.
  const before = isHeld ? statOf(source) : found;
  const { bytes, sparse, result, inspect } = attempt(() => make(database), source, before);
  if (bytes === undefined || dryRun === true) return result;
  const write = () => {
    const made = makeNewFile(target, {
      size: bytes.length,
      start: bytes,
      sparse: sparse === 'as before' ? hasHoles(before) : sparse,
      overwrite,
      durable,
      lock: isInPlace ? undefined : lockOf(handle),
      model: before,
      keepsTimes: times !== 'new',
      inspect: (file) => {
        inspect?.(file);
        if (isInPlace && hasChanged(source, before)) throw new SourceChanged();
      },
    });
    made.close();
  };
  if (isInPlace && backup === true) withOriginal(source, write);
  else write();
  return result;
}

/** What the writing would refuse, a run that writes nothing refuses as well. */
function checkNames(
  source: string,
  target: string,
  isInPlace: boolean,
  overwrite: boolean,
  backup: boolean,
): void {
  if (isInPlace && backup) checkBackup(source);
  if (isInPlace || overwrite || statIfThere(target) === undefined) return;
  throw new WhisperError('WSP_EXISTS', {
    path: target,
    found: 'the file already exists',
    expected: 'a new name, or overwrite',
  });
}

/** Keeps a file under a second name while another one takes its first; not if that fails. Returns the second name. */
export function withOriginal(source: string, write: () => void): string {
  const { ino } = statOf(source);
  const backup = keepOriginal(source);
  try {
    write();
  } catch (error) {
    // Once the new file has its name, the second one is the only one that the old file has.
    if (statIfThere(source)?.ino === ino) unlinkSync(backup);
    throw error;
  }
  return backup;
}

/** Bytes of the blocks in which a file system counts. */
const DISK_BLOCK_SIZE = 512;

/** True if a file takes less room on the disk than it is long. */
function hasHoles({ size, blocks }: Stats): boolean {
  return blocks * DISK_BLOCK_SIZE < size;
}

/**
 * Refuses to put a new file in the place of one that may not be written to, or is another user's: it would come to belong to
 * whoever makes it, and its own writer could be locked out of it.
 */
export function checkOwner(path: string, { uid }: Stats): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw systemError(error, path, 'write to it');
  }
  const own = process.getuid?.();
  if (own === undefined || own === 0 || own === uid) return;
  throw new WhisperError('WSP_SYSTEM', {
    path,
    found: `a file of user ${uid}, which would come to belong to user ${own}`,
    expected: 'its owner or the superuser, or another name for the new file',
  });
}

/** What looks like damage may be a file that was half-written when it was read. */
function attempt<T>(work: () => T, source: string, before: Stats): T {
  try {
    return work();
  } catch (error) {
    const isDamage = error instanceof WhisperError && error.code === 'WSP_CORRUPT';
    throw isDamage && hasChanged(source, before) ? new SourceChanged() : error;
  }
}

/** The lock of a file that is replaced by the work on another one. */
function lockOf({ lock, lockTimeoutMs }: RewriteOptions['handle']): LockRequest | undefined {
  return checkHandleOptions({ lock, lockTimeoutMs }, false).lock;
}

export function hasChanged(path: string, before: Stats): boolean {
  const { ino, size, mtimeMs } = statOf(path);
  return ino !== before.ino || size !== before.size || mtimeMs !== before.mtimeMs;
}
