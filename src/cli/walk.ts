/** From the paths on a command line, files and folders, to the databases they stand for. */
import { findDatabases } from '../tools/walk.js';
import type { Io } from './io.js';

/** As {@link findDatabases} finds them; what it passes over is said. */
export function databasePaths(paths: readonly string[], io: Pick<Io, 'fail' | 'err'>): Generator<string> {
  return findDatabases(paths, {
    failed: (error) => io.fail(error),
    passedOver: (link, root) => io.err(`sotto: ${link}: a link that leads out of ${root}, not followed\n`),
  });
}
