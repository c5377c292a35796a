/**
 * A new file that appears under its name whole or not at all.
 *
 * It is written under a temporary name in the same folder and then linked (which refuses to replace) or
 * renamed (which replaces in one step) into place. On any failure before that, what was written is removed.
 */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  futimesSync,
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { systemError, WhisperError } from '../errors.js';
import { DiskFile, type LockRequest } from './disk-file.js';
import { type FileContent, writeContent } from './file-content.js';
import { temporaryName } from './temporary-name.js';

export interface NewFileOptions extends FileContent {
  /** Replace a file of that name. */
  readonly overwrite: boolean;
  /** Sync the file before it appears, and its folder after. */
  readonly durable: boolean;
  readonly lock: LockRequest | undefined;
  /** The caller holds the lock of the file that is replaced. */
  readonly isFormerLocked?: boolean;
  /** Hands its owner, mode and times down; by default the file that is replaced does so, but for its times. */
  readonly model?: Stats;
  /** False: the model hands no times down. */
  readonly keepsTimes?: boolean;
  /** Looks at the finished file before it gets its name; what it throws stops that. */
  readonly inspect?: (file: DiskFile) => void;
}

/**
 * Makes a new file and leaves it open for reading and writing.
 *
 * A file that is replaced hands down its owner and mode; with a lock, whoever holds it is waited for.
 *
 * @throws WhisperError `WSP_EXISTS`, `WSP_NOT_FOUND` (no such folder), `WSP_NOT_A_FILE` (to replace),
 *   `WSP_LOCKED`, `WSP_NO_LOCK`, `WSP_SYSTEM` (a full disk, say)
 */
export function makeNewFile(path: string, options: NewFileOptions): DiskFile {
  const former = findFormer(path, options.overwrite);
  if (former === undefined) return writeBeside(path, path, undefined, options);
  const target = attempt(path, 'look for it', () => realpathSync(path));
  if (options.lock === undefined || options.isFormerLocked === true)
    return writeBeside(path, target, former, options);
  const locked = DiskFile.open(path, 'write', options.lock);
  try {
    return writeBeside(path, target, former, options);
  } finally {
    locked.close();
  }
}

/** The file that is to be replaced; undefined if there is none. */
function findFormer(path: string, overwrite: boolean): Stats | undefined {
  const former = attempt(path, 'look for it', () => statSync(path, { throwIfNoEntry: false }));
  if (former === undefined) return undefined;
  if (!overwrite) throw exists(path);
  if (former.isFile()) return former;
  throw new WhisperError('WSP_NOT_A_FILE', {
    path,
    found: former.isDirectory() ? 'a folder' : 'a pipe or a device',
    expected: 'a file to replace',
  });
}

/** @param target  where the file shall be: the path, or what a symbolic link of that name points to */
function writeBeside(
  path: string,
  target: string,
  former: Stats | undefined,
  options: NewFileOptions,
): DiskFile {
  const folder = dirname(target);
  const temporary = temporaryName(folder);
  const fd = openTemporary(temporary, path, former !== undefined);
  const file = new DiskFile(path, fd);
  try {
    if (options.lock !== undefined) file.lock(options.lock);
    const model = options.model ?? former;
    if (model !== undefined) handDown(model, fd);
    writeContent(file, fd, options);
    if (options.durable) file.sync();
    options.inspect?.(file);
    if (options.model !== undefined && options.keepsTimes !== false) handDownTimes(options.model, fd);
    putInPlace(temporary, target, path, options.overwrite);
  } catch (error) {
    discard(file, temporary);
    throw error;
  }
  try {
    if (options.durable) syncFolder(folder, path);
  } catch (error) {
    // What took the place of another stays: that one is gone.
    discard(file, former === undefined ? target : undefined);
    throw error;
  }
  return file;
}

function openTemporary(temporary: string, path: string, isReplacing: boolean): number {
  try {
    return openSync(temporary, 'wx+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new WhisperError('WSP_NOT_FOUND', { path, found: 'its folder does not exist', cause: error });
    }
    throw systemError(error, path, isReplacing ? 'make a new file beside it, in its folder' : 'create it');
  }
}

/** Gives a new file the owner and mode of the one it replaces, as far as the process may. */
function handDown({ uid, gid, mode }: Stats, fd: number): void {
  try {
    fchownSync(fd, uid, gid);
  } catch {
    // Only the superuser may give files away; the file is then the process's own, as any new one.
  }
  try {
    // After the owner, whose change takes some bits away; and also without it, so that nothing private opens up.
    fchmodSync(fd, mode & 0o7777);
  } catch {
    // There are file systems without modes.
  }
}

/** As numbers, since a Date holds whole milliseconds only. */
function handDownTimes({ atimeMs, mtimeMs }: Stats, fd: number): void {
  try {
    futimesSync(fd, atimeMs / 1000, mtimeMs / 1000);
  } catch {
    // There are file systems that keep times of their own.
  }
}

function attempt<T>(path: string, action: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw systemError(error, path, action);
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
      renameOver(temporary, target);
      return;
    }
    unlinkSync(temporary);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(path);
    throw systemError(error, path, 'put it in place');
  }
}

/** Renames over an empty file of our own, which must not stay if that fails. */
function renameOver(temporary: string, placeholder: string): void {
  try {
    renameSync(temporary, placeholder);
  } catch (error) {
    unlinkSync(placeholder);
    throw error;
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

/** What systems answer that cannot sync a folder, or not this one for us. */
const NO_FOLDER_SYNC: readonly unknown[] = ['EPERM', 'EACCES', 'EINVAL', 'EISDIR', 'ENOTSUP', 'EOPNOTSUPP'];

/** Syncs the folder, so that the name outlives a power cut. */
function syncFolder(folder: string, path: string): void {
  try {
    const fd = openSync(folder, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (NO_FOLDER_SYNC.includes((error as NodeJS.ErrnoException).code)) return;
    throw systemError(error, path, 'sync its folder');
  }
}

/** Removes what there is of a file that failed; the failure itself is what the caller hears of. */
function discard(file: DiskFile, written: string | undefined): void {
  try {
    file.close();
  } catch {
    // The first failure says more than this one.
  }
  if (written === undefined) return;
  try {
    unlinkSync(written);
  } catch {
    // The disk itself may be gone.
  }
}

function exists(path: string): WhisperError {
  return new WhisperError('WSP_EXISTS', {
    path,
    found: 'the file already exists',
    expected: 'a new name, or overwrite',
  });
}
