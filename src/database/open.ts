import { withPath } from '../errors.js';
import { DiskFile } from '../file/disk-file.js';
import { MemoryFile } from '../file/memory-file.js';
import { checkFlag, checkOptionNames } from '../options.js';
import type { Database } from './database.js';
import { checkHandleOptions, type HandleOptions, handleOptionNames } from './handle-options.js';
import { fileSettings, openFile } from './open-file.js';
import { checkPath, type FilePath } from './path.js';

export interface OpenOptions extends HandleOptions {
  /** Refuse every call that would change the file; no right to write it is needed. */
  readonly readOnly?: boolean | undefined;
  /** Open a file that was cut off or is damaged, for reading only; what is missing reads as gaps. */
  readonly force?: boolean | undefined;
  /** Refuse the very old format too, whose first field is a time. */
  readonly strict?: boolean | undefined;
}

const NAMES = ['readOnly', 'force', 'strict', ...handleOptionNames];

/**
 * Opens an existing database of either format.
 *
 * @param source  a path, or the bytes of a file: a database in memory, to whose bytes the handle never writes
 *   (`toBytes` gives the changed ones)
 * @throws WhisperError `WSP_NOT_FOUND`, `WSP_CORRUPT`, `WSP_UNSUPPORTED_FORMAT`, `WSP_NOT_A_FILE`, `WSP_LOCKED`,
 *   `WSP_NO_LOCK`, `WSP_BAD_OPTION`, `WSP_SYSTEM`
 */
export function open(source: FilePath | Uint8Array, options: OpenOptions = {}): Database {
  const bytes = source instanceof Uint8Array ? source : undefined;
  const path = bytes === undefined ? checkPath(source) : '<memory>';
  return withPath(path, () => {
    checkOptionNames(options, NAMES, 'open');
    const force = checkFlag('force', options.force);
    const strict = checkFlag('strict', options.strict);
    const isReadOnly = checkFlag('readOnly', options.readOnly) || force;
    const handle = checkHandleOptions(options, isReadOnly);
    const settings = fileSettings(handle, isReadOnly, force, strict);
    if (bytes !== undefined) return openFile(new MemoryFile(bytes), settings);
    const file = DiskFile.open(path, isReadOnly ? 'read' : 'write', handle.lock);
    try {
      return openFile(file, settings, file.sizeAtOpen);
    } catch (error) {
      file.close();
      throw error;
    }
  });
}
