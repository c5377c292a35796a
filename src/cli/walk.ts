/** From the paths on a command line, files and folders, to the databases they stand for. */
import { type BigIntStats, type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemError } from '../errors.js';
import type { Io } from './io.js';

const EXTENSION = '.wsp';

/**
 * Every path that is no folder, as it is, whether there is such a file or not; and of each folder the files whose names
 * end with `.wsp`, at any depth, by name.
 *
 * Names that begin with a dot are left out of a walk. Symbolic links are followed, but no folder is walked twice, so
 * that a link upward has an end. A folder that cannot be read is reported, and the walk goes on.
 */
export function* databasePaths(paths: readonly string[], io: Pick<Io, 'fail'>): Generator<string> {
  const walked = new Set<string>();
  for (const path of paths) {
    const stats = look(path);
    if (stats?.isDirectory()) yield* walk(path, stats, walked, io);
    else yield path;
  }
}

function* walk(
  folder: string,
  stats: BigIntStats,
  walked: Set<string>,
  io: Pick<Io, 'fail'>,
): Generator<string> {
  const identity = `${stats.dev}:${stats.ino}`;
  if (walked.has(identity)) return;
  walked.add(identity);
  for (const entry of entriesOf(folder, io)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    const isDatabase = entry.name.endsWith(EXTENSION);
    // A look at what a file is takes longer than all else here, so only what may be a folder gets one.
    const target = entry.isFile() ? undefined : look(path);
    if (target?.isDirectory()) yield* walk(path, target, walked, io);
    else if (isDatabase) yield path;
  }
}

function entriesOf(folder: string, io: Pick<Io, 'fail'>): Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    io.fail(systemError(error, folder, 'read the folder'));
    return [];
  }
}

/** What a path leads to; undefined if it leads nowhere, which whoever opens it finds out in words. */
function look(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}
