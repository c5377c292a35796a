/** Two files, or two trees of them: what goes from one side to the other. */
import { isFolder } from '../tools/look.js';
import type { FileTask } from '../tools/many/registry.js';
import type { Io } from './io.js';
import { pairTasks, type TreeArguments } from './tree.js';

/**
 * The files of a source with their counterparts in a target. Of a tree those that have none are passed over, and their
 * number is told, unless they are to be created; of a lone file whoever opens it says that it is not there.
 */
export function mergeTasks(
  source: string,
  target: string,
  given: TreeArguments & { readonly create?: boolean },
  io: Io,
): FileTask[] {
  const { tasks, missing } = pairTasks(source, target, given, io);
  if (missing.length === 0) return [...tasks];
  if (given.create === true || !isFolder(source)) return [...tasks, ...missing];
  const all = tasks.length + missing.length;
  if (given.quiet !== true) {
    io.err(`sotto: ${target}: ${missing.length} of ${all} files are not there (--create makes them)\n`);
  }
  return [...tasks];
}
