/**
 * Names of files that are still being written. They hold the process that writes them, so that what a killed one left
 * behind can be told from what a living one is busy with.
 */
import { readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './writer.js';

const PATTERN = /^\.sotto-([0-9]+)-([0-9a-f]{6})[0-9a-f]{6}\.tmp$/;

/**
 * Tells this run from an earlier one that had the same number, as the first processes of a container have. It is no secret,
 * and node:crypto takes milliseconds to load.
 */
const RUN = Math.floor(Math.random() * 2 ** 24)
  .toString(16)
  .padStart(6, '0');

/** Tells the names of this run apart. */
let count = 0;

/** A name of its own in a folder. */
export function temporaryName(folder: string): string {
  const number = (count++ % 0x100_0000).toString(16).padStart(6, '0');
  return join(folder, `.sotto-${process.pid}-${RUN}${number}.tmp`);
}

/**
 * Removes the unfinished files in a folder that belong to no process of this machine any more. To be called before
 * other threads of this process begin to write there.
 *
 * @returns  how many; those that cannot be removed stay
 */
export function removeAbandoned(folder: string): number {
  return namesIn(folder).filter((name) => isAbandoned(name) && remove(join(folder, name))).length;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A folder may be entered and not listed.
    return [];
  }
}

function isAbandoned(name: string): boolean {
  const [, pid, run] = PATTERN.exec(name) ?? [];
  if (pid === undefined) return false;
  return Number(pid) === process.pid ? run !== RUN : !isAlive(Number(pid));
}

function remove(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    // Another run may have been quicker, or we may not write here: then so be it.
    return false;
  }
}
