/** Text that comes in pieces, into a file that appears under its name when it is whole. */
import { closeSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemError, WhisperError } from '../errors.js';
import { temporaryName } from '../file/temporary-name.js';
import { makeFolderOf, statIfThere } from '../tools/look.js';

/**
 * Makes the folders that are missing as well. A pipe or a device is written to as it is.
 *
 * @throws WhisperError `WSP_EXISTS`, `WSP_SYSTEM`, and what the pieces throw; then there is no file, or the former one
 */
export function writeTextFile(path: string, pieces: Iterable<string>, overwrite: boolean): void {
  const former = statIfThere(path);
  if (former !== undefined && !former.isFile()) {
    writePieces(path, 'w', path, pieces);
    return;
  }
  if (former !== undefined && !overwrite) throw exists(path);
  makeFolderOf(path);
  const temporary = temporaryName(dirname(path));
  try {
    writePieces(temporary, 'wx', path, pieces);
    putInPlace(temporary, path, overwrite);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writePieces(target: string, flags: string, path: string, pieces: Iterable<string>): void {
  const fd = attempt(path, () => openSync(target, flags));
  try {
    for (const piece of pieces) {
      const bytes = Buffer.from(piece);
      attempt(path, () => {
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      });
    }
  } finally {
    closeSync(fd);
  }
}

/** A link refuses what came there meanwhile; where there are none, a renaming replaces it. */
function putInPlace(temporary: string, path: string, overwrite: boolean): void {
  if (!overwrite) {
    try {
      linkSync(temporary, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(path);
    }
  }
  attempt(path, () => renameSync(temporary, path));
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw systemError(error, path, 'write to it');
  }
}

function exists(path: string): WhisperError {
  return new WhisperError('WSP_EXISTS', {
    path,
    found: 'the file already exists',
    expected: 'a new name, or --overwrite',
  });
}
