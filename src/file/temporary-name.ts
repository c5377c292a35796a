/**
 * Names of files that are still being written. They hold the process that writes them, so that what a killed one left
 * behind can be told from what a living one is busy with.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

const PATTERN = /^\.sotto-([0-9]+)-[0-9a-f]{12}\.tmp$/;

/** A name of its own in a folder. */
export function temporaryName(folder: string): string {
  return join(folder, `.sotto-${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
}

/**
 * Removes the unfinished files in a folder that belong to no process of this machine any more.
 *
 * @returns  how many
 */
export function removeAbandoned(folder: string): number {
  const abandoned = readdirSync(folder).filter((name) => {
    const pid = PATTERN.exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
  for (const name of abandoned) unlinkSync(join(folder, name));
  return abandoned.length;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
