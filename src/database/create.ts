import { withPath } from '../errors.js';
import { MemoryFile } from '../file/memory-file.js';
import { makeNewFile } from '../file/new-file.js';
import {
  type AggregationMethod,
  checkAggregationMethod,
  type Dialect,
} from '../format/aggregation-method.js';
import { validateRetentions } from '../format/archive-list.js';
import type { Retentions } from '../format/retention.js';
import { encodeHeader, planLayout, type StandardHeader } from '../format/standard-header.js';
import { Database } from './database.js';
import { checkHandleOptions, type HandleOptions, handleOptionNames } from './handle-options.js';
import { badOption, checkFlag, checkOptionNames } from './options.js';
import { checkPath, type FilePath } from './path.js';
import { checkXFilesFactor, type XFilesFactor } from './settings.js';

export interface CreateOptions extends HandleOptions {
  /** `'10s:6h,1m:7d'`, or a list of such definitions or of `{ step, points }`, in any order. */
  readonly retentions: Retentions;
  /** How values become a coarser one; `'average'` by default. */
  readonly aggregation?: AggregationMethod | undefined;
  /** Share of known points that a coarser value needs, 0…1; 0.5 by default. */
  readonly xFilesFactor?: XFilesFactor | undefined;
  /** Leave unwritten room as a hole on the disk. The bytes read back are the same. */
  readonly sparse?: boolean | undefined;
  /** For those who come from Python: write all of the file, whatever `sparse` says. */
  readonly fallocate?: boolean | undefined;
  /** Replace a file of that name, in one step. */
  readonly overwrite?: boolean | undefined;
}

const NAMES = [
  'retentions',
  'aggregation',
  'xFilesFactor',
  'sparse',
  'fallocate',
  'overwrite',
  ...handleOptionNames,
];

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
    const header = planHeader(options, handle.dialect);
    const start = encodeHeader(header, handle.dialect);
    const { fileSize } = planLayout(header.archives);
    const overwrite = checkFlag('overwrite', options.overwrite);
    const isWrittenOut = checkFlag('fallocate', options.fallocate);
    const sparse = checkFlag('sparse', options.sparse) && !isWrittenOut;
    const settings = { ...handle, isReadOnly: false, isCutOff: false };
    if (target === undefined) {
      const bytes = new Uint8Array(fileSize);
      bytes.set(start);
      return new Database(new MemoryFile(bytes, 'owned'), header, settings);
    }
    const durable = handle.durable === 'sync';
    const file = makeNewFile(target, {
      size: fileSize,
      start,
      sparse,
      overwrite,
      durable,
      lock: handle.lock,
    });
    return new Database(file, header, settings);
  });
}

function planHeader(options: CreateOptions, dialect: Dialect): StandardHeader {
  if (options.retentions === undefined) {
    throw badOption('create was given no retentions', "an option such as retentions: '10s:6h,1m:7d'");
  }
  const retentions = validateRetentions(options.retentions);
  return {
    aggregation: checkAggregationMethod(options.aggregation ?? 'average', dialect),
    maxRetention: Math.max(...retentions.map(({ step, points }) => step * points)),
    xFilesFactor: checkXFilesFactor(options.xFilesFactor ?? 0.5),
    archives: planLayout(retentions).archives,
  };
}
