/**
 * A new file that appears under its name whole or not at all.
 *
 * It is written under a temporary name in the same folder and then linked (which refuses to replace) or
 * renamed (which replaces in one step) into place. On any failure what was written is removed.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { systemError, WhisperError } from '../errors.js';
import { DiskFile, type LockRequest } from './disk-file.js';

export interface NewFileOptions {
  /** Bytes that the file will have. */
  readonly size: number;
  /** What it begins with; the rest is zeros. */
  readonly start: Uint8Array;
  /** Leave the zeros as a hole, which takes no room on the disk until it is written. */
  readonly sparse: boolean;
  /** Replace a file of that name. */
  readonly overwrite: boolean;
  /** Sync the file before it appears, and its folder after. */
  readonly durable: boolean;
  readonly lock: LockRequest | undefined;
}

const ZEROS_SIZE = 256 * 1024;

/**
 * Makes a new file and leaves it open for reading and writing.
 *
 * @throws WhisperError `WSP_EXISTS`, `WSP_NOT_FOUND` (no such folder), `WSP_SYSTEM` (a full disk, say)
 */
export function makeNewFile(path: string, options: NewFileOptions): DiskFile {
  const target = targetOf(path, options.overwrite);
  const folder = dirname(target);
  const temporary = join(folder, `.sotto-${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
  let fd: number;
  try {
    fd = openSync(temporary, 'wx+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new WhisperError('WSP_NOT_FOUND', { path, found: 'its folder does not exist', cause: error });
    }
    throw systemError(error, path, 'create it');
  }
  const file = new DiskFile(path, fd);
  let written = temporary;
  try {
    if (options.lock !== undefined) file.lock(options.lock);
    writeContent(file, fd, path, options);
    if (options.durable) file.sync();
    putInPlace(temporary, target, path, options.overwrite);
    written = target;
    if (options.durable) syncFolder(folder, path);
    return file;
  } catch (error) {
    discard(file, written);
    throw error;
  }
}

/** Where the file shall be: the path, or what a symbolic link of that name points to. */
function targetOf(path: string, overwrite: boolean): string {
  const there = attempt(path, 'look for it', () => statSync(path, { throwIfNoEntry: false }));
  if (there === undefined) return path;
  if (!overwrite) throw exists(path);
  if (there.isFile()) return attempt(path, 'look for it', () => realpathSync(path));
  throw new WhisperError('WSP_NOT_A_FILE', {
    path,
    found: there.isDirectory() ? 'a folder' : 'a pipe or a device',
    expected: 'a file to replace',
  });
}

function attempt<T>(path: string, action: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw systemError(error, path, action);
  }
}

function writeContent(
  file: DiskFile,
  fd: number,
  path: string,
  { size, start, sparse }: NewFileOptions,
): void {
  file.writeAt(start, start.length, 0);
  if (sparse) {
    attempt(path, `lengthen it to ${size} bytes`, () => ftruncateSync(fd, size));
    return;
  }
  const zeros = new Uint8Array(Math.min(ZEROS_SIZE, size - start.length));
  for (let position = start.length; position < size; position += zeros.length) {
    file.writeAt(zeros, Math.min(zeros.length, size - position), position);
  }
}

function putInPlace(temporary: string, target: string, path: string, overwrite: boolean): void {
  try {
    if (overwrite) {
      renameSync(temporary, target);
      return;
    }
    if (!linkExclusively(temporary, target)) {
      // No hard links here. Take the name with an empty file first: of two creators one is refused.
      closeSync(openSync(target, 'wx'));
      renameSync(temporary, target);
      return;
    }
    unlinkSync(temporary);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(path);
    throw systemError(error, path, 'put it in place');
  }
}

/** False where the file system has no hard links. */
function linkExclusively(temporary: string, target: string): boolean {
  try {
    linkSync(temporary, target);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOSYS') return false;
    throw error;
  }
}

function syncFolder(folder: string, path: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(folder, 'r');
    fsyncSync(fd);
  } catch (error) {
    throw systemError(error, path, 'sync its folder');
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Removes what there is of a file that failed; the failure itself is what the caller hears of. */
function discard(file: DiskFile, written: string): void {
  try {
    file.close();
  } catch {
    // The first failure says more than this one.
  }
  try {
    unlinkSync(written);
  } catch {
    // The disk itself may be gone.
  }
}

function exists(path: string): WhisperError {
  return new WhisperError('WSP_EXISTS', { path, found: 'the file already exists', expected: 'a new name' });
}
