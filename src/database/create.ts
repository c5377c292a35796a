import { withPath } from '../errors.js';
import { MemoryFile } from '../file/memory-file.js';
import { makeNewFile } from '../file/new-file.js';
import type { Dialect } from '../format/aggregation-method.js';
import { checkFlag, checkOptionNames } from '../options.js';
import type { Database } from './database.js';
import { checkHandleOptions, type HandleOptions, handleOptionNames } from './handle-options.js';
import { type LayoutOptions, layoutOptionNames, type NewLayout, planFile } from './layout.js';
import { fileSettings, openKnown } from './open-file.js';
import { checkPath, type FilePath } from './path.js';

export interface CreateOptions extends LayoutOptions, HandleOptions {
  /** Leave unwritten room as a hole on the disk, as compressed files always do. The bytes read back are the same. */
  readonly sparse?: boolean | undefined;
  /** For those who come from Python: write all of the file, whatever `sparse` says. */
  readonly fallocate?: boolean | undefined;
  /** Replace a file of that name, in one step. */
  readonly overwrite?: boolean | undefined;
}

const NAMES = [...layoutOptionNames, 'sparse', 'fallocate', 'overwrite', ...handleOptionNames];

/**
 * Makes a new database and opens it.
 *
 * Everything is checked before any file is touched, and the file appears under its name whole or not at all.
 *
 * @param path  where; `null` for one in memory
 * @throws WhisperError `WSP_EXISTS`, `WSP_BAD_RETENTION`, `WSP_BAD_ARCHIVE_LIST`, `WSP_BAD_AGGREGATION`,
 *   `WSP_BAD_X_FILES_FACTOR`, `WSP_BAD_OPTION`, `WSP_NOT_FOUND` (no such folder), `WSP_SYSTEM` (a full disk)
 */
export function create(path: FilePath | null, options: CreateOptions): Database {
  const target = path === null ? undefined : checkPath(path);
  return withPath(target ?? '<memory>', () => {
    checkOptionNames(options, NAMES, 'create');
    const handle = checkHandleOptions(options, false);
    const { start, fileSize, format } = plan(options, handle.dialect);
    const overwrite = checkFlag('overwrite', options.overwrite);
    const isWrittenOut = checkFlag('fallocate', options.fallocate);
    const isSparse = checkFlag('sparse', options.sparse) || format === 'compressed';
    const settings = fileSettings(handle);
    if (target === undefined) {
      const bytes = new Uint8Array(fileSize);
      bytes.set(start);
      return openKnown(new MemoryFile(bytes, 'owned'), settings, start, fileSize);
    }
    const file = makeNewFile(target, {
      size: fileSize,
      start,
      sparse: isSparse && !isWrittenOut,
      overwrite,
      durable: handle.durable !== 'none',
      lock: handle.lock,
    });
    return openKnown(file, settings, start, fileSize);
  });
}

/** What was asked for last, in the order of the names, and what it came to. */
let latest: { asked: readonly unknown[]; dialect: Dialect; layout: NewLayout } | undefined;

/** As `planFile`. Whoever makes many files makes most of them alike: the layout planned last is kept for the next. */
function plan(options: LayoutOptions, dialect: Dialect): NewLayout {
  const asked = layoutOptionNames.map((name) => options[name]);
  if (latest?.dialect === dialect && isAlike(asked, latest.asked)) return latest.layout;
  const layout = planFile(options, dialect);
  latest = { asked, dialect, layout };
  return layout;
}

/** True for the same texts and numbers; what stands in a list may have changed since. */
function isAlike(asked: readonly unknown[], former: readonly unknown[]): boolean {
  return asked.every((value, i) => value === former[i] && typeof value !== 'object');
}
