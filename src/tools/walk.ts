/** From paths, of files and folders, to the databases they stand for. */
import { type BigIntStats, type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { describeValue, systemError, type WhisperError } from '../errors.js';
import { badOption } from '../options.js';

const EXTENSION = '.wsp';

/** Is told what happens on the way. */
export interface WalkListener {
  /** A folder that cannot be read. */
  failed?(error: WhisperError): void;
  /** A link that leads out of the folder that was named. */
  passedOver?(link: string, root: string): void;
}

/** One walk: the folder that was named, and what was seen of it and of those named before. */
interface Walk {
  readonly root: string;
  /** The root without links, to tell what lies in it. */
  readonly realRoot: string;
  readonly walked: Set<string>;
  readonly listener: WalkListener;
}

/**
 * Every path that is no folder, as it is, whether there is such a file or not; and of each folder the files whose names
 * end with `.wsp`, at any depth, by name.
 *
 * Names that begin with a dot are left out of a walk. Symbolic links are followed as long as they stay in the folder that
 * was named, which may be a link itself, but no folder is walked twice, so that a link upward has an end. Those that lead
 * out of it are passed over, and said to be: whoever may write into a tree must not decide which files outside are
 * worked on. A folder that cannot be read is reported, and the walk goes on.
 */
export function* findDatabases(
  paths: string | readonly string[],
  listener: WalkListener = {},
): Generator<string, void, undefined> {
  if (typeof paths !== 'string' && !Array.isArray(paths))
    throw badOption(`the paths are ${describeValue(paths)}`, 'a path, or a list of paths');
  const walked = new Set<string>();
  for (const path of typeof paths === 'string' ? [paths] : paths) {
    const stats = look(path);
    if (stats?.isDirectory())
      yield* walk(path, stats, { root: path, realRoot: realOf(path) ?? path, walked, listener });
    else yield path;
  }
}

function* walk(folder: string, stats: BigIntStats, how: Walk): Generator<string> {
  const identity = `${stats.dev}:${stats.ino}`;
  if (how.walked.has(identity)) return;
  how.walked.add(identity);
  for (const entry of entriesOf(folder, how.listener)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    const isDatabase = entry.name.endsWith(EXTENSION);
    // A look at what a file is takes longer than all else here, so only what may be a folder gets one.
    const target = entry.isFile() ? undefined : look(path);
    if (!isDatabase && target?.isDirectory() !== true) continue;
    if (target !== undefined && !entry.isDirectory() && leadsOut(path, how)) continue;
    if (target?.isDirectory()) yield* walk(path, target, how);
    else yield path;
  }
}

/** Whether a link ends outside the folder that was named; if so, that is said. */
function leadsOut(path: string, { root, realRoot, listener }: Walk): boolean {
  const real = realOf(path);
  if (real === undefined) return false;
  const way = relative(realRoot, real);
  if (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)) return false;
  listener.passedOver?.(path, root);
  return true;
}

function entriesOf(folder: string, listener: WalkListener): Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    listener.failed?.(systemError(error, folder, 'read the folder'));
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

/** A path without links; undefined if it leads nowhere. */
function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
