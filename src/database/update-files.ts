/** Many files in one call, a batch of points each: what a collector does with a tree of metrics. */
import { describeValue, WhisperError, withPath } from '../errors.js';
import { DiskFile } from '../file/disk-file.js';
import { badOption, checkChoice, checkOptionNames } from '../options.js';
import type { Database, UpdateManyOptions } from './database.js';
import { checkHandleOptions, type HandleOptions } from './handle-options.js';
import { type FileSettings, fileSettings, openFile } from './open-file.js';
import { checkPath, type FilePath } from './path.js';
import type { Point, Points } from './points.js';
import { checkTime } from './time.js';
import type { UpdateResult } from './update.js';

/** The points of one file, in either form; a Map from path to points gives the pairs. */
export type FileUpdate =
  | { readonly path: FilePath; readonly points: Points }
  | readonly [path: FilePath, points: Points];

/** How the files are opened, and how their points are stored; the same for all of them. */
export interface UpdateFilesOptions
  extends Omit<HandleOptions, 'exclusive'>,
    Omit<UpdateManyOptions, 'retention'> {}

/** A file that was not updated. */
export interface FailedUpdate {
  /** As it was given. */
  readonly path: FilePath;
  readonly error: WhisperError;
}

/** What became of the points of all files together. */
export interface UpdateFilesResult extends UpdateResult {
  /** How many files took their points. */
  readonly files: number;
  /** Those that did not, in the order of the updates. */
  readonly failures: readonly FailedUpdate[];
}

const NAMES = [
  ...['dialect', 'durable', 'lock', 'lockTimeoutMs', 'clock', 'late'],
  ...['now', 'future', 'duplicates'],
] as const;

/**
 * Stores a batch of points in each of many files, as `open`, `updateMany` and `close` do for one.
 *
 * File after file, each asked for when the one before it is done: a generator need never hold more than one. A
 * file that cannot be opened or that refuses its points is listed, and the others are updated all the same.
 *
 * @param updates  files of either format; a path that comes twice is opened twice
 * @throws WhisperError `WSP_BAD_OPTION`: for the options, before any file is touched; for what is no update and
 *   has no path that it could be listed by, when its turn comes
 */
export function updateFiles(
  updates: Iterable<FileUpdate>,
  options: UpdateFilesOptions = {},
): UpdateFilesResult {
  const how = checkOptions(options);
  checkIterable(updates);
  const sum = { files: 0, written: 0, inserted: 0, replaced: 0, dropped: 0, discarded: 0 };
  const failures: FailedUpdate[] = [];
  for (const update of updates) {
    const { path, points } = partsOf(update);
    try {
      const { written, inserted, replaced, dropped, discarded } = updateFile(checkPath(path), points, how);
      sum.files++;
      sum.written += written;
      sum.inserted += inserted;
      sum.replaced += replaced;
      sum.dropped += dropped;
      sum.discarded += discarded;
    } catch (error) {
      if (!(error instanceof WhisperError)) throw error;
      failures.push({ path, error });
    }
  }
  return { ...sum, failures };
}

/** Checked once for all files. */
interface Checked {
  readonly file: FileSettings;
  readonly batch: UpdateManyOptions;
}

function checkOptions(options: UpdateFilesOptions): Checked {
  checkOptionNames(options, NAMES, 'updateFiles');
  const { now, duplicates } = options;
  const future = checkChoice('future', options.future, ['store', 'drop', 'error']);
  // Which of equal timestamps counts if nothing is said depends on the format: each file decides.
  if (duplicates !== undefined) checkChoice('duplicates', duplicates, ['first', 'last']);
  return {
    // A handle that lives for one batch need not look again for what it read on opening.
    file: fileSettings({ ...checkHandleOptions(options, false), isExclusive: true }),
    batch: { now: now === undefined ? undefined : checkTime(now, 'now'), future, duplicates },
  };
}

function checkIterable(updates: unknown): void {
  if (typeof (updates as Partial<Iterable<unknown>> | undefined)?.[Symbol.iterator] === 'function') return;
  throw badOption(`the updates are ${describeValue(updates)}`, 'an iterable of { path, points }, or a Map');
}

function partsOf(update: FileUpdate): { path: FilePath; points: Points } {
  const [path, points] = isPair(update) ? update : [update?.path, update?.points];
  if (path !== undefined) return { path, points };
  throw badOption(
    `an update is ${describeValue(update)} without a path`,
    '{ path, points } or [path, points]',
  );
}

function isPair(update: FileUpdate): update is readonly [FilePath, Points] {
  return Array.isArray(update);
}

function updateFile(path: string, points: Points, { file: settings, batch }: Checked): UpdateResult {
  return withPath(path, () => {
    const ready = gathered(points);
    const file = DiskFile.open(path, 'write', settings.lock);
    let database: Database | undefined;
    try {
      database = openFile(file, settings, file.sizeAtOpen);
      const result = database.updateMany(ready, batch);
      database.close();
      return result;
    } catch (error) {
      closeAnyhow(database ?? file);
      throw error;
    }
  });
}

/** Closes a handle, or a file that there is none for yet, of which something worse is to be told. */
function closeAnyhow(opened: Database | DiskFile): void {
  try {
    opened.close();
  } catch {
    // The first error counts.
  }
}

/** Points that are made on being asked for: that is done before the file is opened, and perhaps locked. */
function gathered(points: Points): Points {
  const isMade =
    Array.isArray(points) || typeof (points as Partial<Iterable<Point>>)?.[Symbol.iterator] !== 'function';
  return isMade ? points : [...(points as Iterable<Point>)];
}
