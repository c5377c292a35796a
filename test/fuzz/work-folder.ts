import { accessSync, constants, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** In memory where there is such a place: most of the time would else be spent on waiting for the disk to sync. */
const MEMORY_FOLDER = '/dev/shm';

/** A new folder for cases to work in. */
export function makeWorkFolder(): string {
  return mkdtempSync(join(isWritable(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'sotto-fuzz-'));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
