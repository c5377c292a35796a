/** Text that comes in pieces, into a file that appears under its name when it is whole. */
import { closeSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemError, WhisperError } from '../errors.js';
import { temporaryName } from '../file/temporary-name.js';
import { makeFolderOf, statIfThere } from '../tools/look.js';

/**
 * Makes the folders that are missing as well. A pipe or a device is written to as it is.
 *
 * @throws WhisperError `WSP_EXISTS`, `WSP_SYSTEM`, and what the pieces throw, or the reason of the signal; then there is no
 *   file, or the former one
 */
export async function writeTextFile(
  path: string,
  pieces: Iterable<string>,
  overwrite: boolean,
  signal: AbortSignal,
): Promise<void> {
  const former = statIfThere(path);
  if (former !== undefined && !former.isFile()) {
    await writePieces(path, 'w', path, pieces, signal);
    return;
  }
  if (former !== undefined && !overwrite) throw exists(path);
  makeFolderOf(path);
  const temporary = temporaryName(dirname(path));
  try {
    await writePieces(temporary, 'wx', path, pieces, signal);
    putInPlace(temporary, path, overwrite);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** For so long this writes before it lets others have a word: an interrupt would not be heard otherwise. */
const TURN_MS = 20;

async function writePieces(
  target: string,
  flags: string,
  path: string,
  pieces: Iterable<string>,
  signal: AbortSignal,
): Promise<void> {
  const fd = attempt(path, () => openSync(target, flags));
  let turn = performance.now();
  try {
    for (const piece of pieces) {
      if (performance.now() - turn > TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
        turn = performance.now();
      }
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
