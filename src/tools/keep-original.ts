/** A second name for a file that another one is about to take the place of. */
import { constants, copyFileSync, linkSync, lstatSync, realpathSync } from 'node:fs';
import { systemError } from '../errors.js';
import { isSameFile, statIfThere } from './look.js';

/**
 * Gives a file the name `PATH.bak` as well, under which it stays when a new one takes the first; a copy where there are no hard links.
 *
 * @returns  that name
 */
export function keepOriginal(source: string): string {
  const { original, backup } = namesOf(source);
  try {
    linkOrCopy(original, backup);
  } catch (error) {
    // A run that was stopped between the two steps has left it there.
    if (isSameFile(original, backup)) return backup;
    throw systemError(error, backup, 'keep the original there');
  }
  return backup;
}

/**
 * Looks whether a file can be kept so.
 *
 * @throws WhisperError `WSP_EXISTS` if another one has that name
 */
export function checkBackup(source: string): void {
  const { original, backup } = namesOf(source);
  if (statIfThere(backup) === undefined || isSameFile(original, backup)) return;
  throw systemError(
    Object.assign(new Error('EEXIST: file already exists'), { code: 'EEXIST' }),
    backup,
    'keep the original there',
  );
}

function namesOf(source: string): { readonly original: string; readonly backup: string } {
  // A second name of a symbolic link would lead to the new file as the first one does.
  const original = lstatSync(source).isSymbolicLink() ? realpathSync(source) : source;
  return { original, backup: `${original}.bak` };
}

/** What systems answer that have no hard links. */
const NO_LINKS: readonly unknown[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code)) throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}
