/** What the file system says of a path. */
import { mkdirSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemError } from '../errors.js';

export function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw systemError(error, path, 'look at it');
  }
}

/** Undefined if there is no such file. */
export function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw systemError(error, path, 'look at it');
  }
}

/** True if two paths lead to one file. */
export function isSameFile(a: string, b: string): boolean {
  const [one, other] = [statIfThere(a), statIfThere(b)];
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

/** True if it is a folder, or leads to one; false also where that cannot be told: whoever opens it hears why. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}

/** Makes the folders that a new file needs. */
export function makeFolderOf(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw systemError(error, path, 'make its folder');
  }
}
