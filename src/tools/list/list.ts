import { resolve } from 'node:path';
import { checkHandleOptions } from '../../database/handle-options.js';
import { checkPath, type FilePath } from '../../database/path.js';
import type { Clock } from '../../database/time.js';
import { checkTime } from '../../database/time.js';
import type { WhisperError } from '../../errors.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { badOption, checkFlag, checkOptionNames } from '../../options.js';
import { isFolder } from '../look.js';
import { findDatabases } from '../walk.js';
import { checkFilter, type ListFilter, listFilterNames, passes } from './filter.js';
import { type ListedFile, type ListSettings, listFile, listRules } from './list-file.js';

export interface ListOptions extends ListFilter {
  /** The folder from which names of metrics are counted; the one that was named, or a file's own, if left out. */
  readonly root?: FilePath | undefined;
  /** Unix seconds; the clock if left out. */
  readonly now?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Look at headers alone: the newest point is not looked for, and a file's age is that of its last change. */
  readonly fast?: boolean | undefined;
  readonly dialect?: Dialect | undefined;
  /** The paths of storage-schemas.conf and storage-aggregation.conf, to compare each file with them. */
  readonly schemas?: FilePath | undefined;
  readonly aggregation?: FilePath | undefined;
  /** Compare metrics of no schema with carbon's own default, 60s:7d. */
  readonly fallback?: boolean | undefined;
  /** Ends the list: the next record is not made, and the signal's reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of each folder that cannot be read. */
  readonly onFailed?: ((error: WhisperError) => void) | undefined;
}

const NAMES = [
  ...['root', 'now', 'clock', 'fast', 'dialect', 'schemas', 'aggregation', 'fallback', 'signal', 'onFailed'],
  ...listFilterNames,
];

/**
 * The databases of files and folders, each looked at when it is asked for: what its header says, its newest point, its size,
 * and how it compares with the configuration. One that cannot be opened is a record with a `problem`.
 *
 * @throws WhisperError `WSP_BAD_OPTION`, `WSP_BAD_INPUT` for a mistake in the configuration, and then before the first record;
 *   the reason of `signal`
 */
export function* list(
  paths: FilePath | readonly FilePath[],
  options: ListOptions = {},
): Generator<ListedFile, void, undefined> {
  const { signal, onFailed } = options;
  const seen = new Set<string>();
  for (const path of (Array.isArray(paths) ? paths : [paths]).map(checkPath)) {
    const settings = listSettings(path, options);
    listRules(settings);
    for (const source of findDatabases([path], { failed: (error) => onFailed?.(error) })) {
      signal?.throwIfAborted();
      if (seen.has(resolve(source))) continue;
      seen.add(resolve(source));
      const file = listFile({ source, target: source }, settings);
      if (passes(file, options, settings.now)) yield file;
    }
  }
}

/**
 * What is asked of the files behind one path.
 *
 * @throws WhisperError `WSP_BAD_OPTION`
 */
export function listSettings(path: string, options: ListOptions): ListSettings {
  checkOptionNames(options, NAMES, 'list');
  checkFilter(options);
  const { dialect, clock } = checkHandleOptions({ dialect: options.dialect, clock: options.clock }, true);
  const { root, schemas, aggregation, kinds } = options;
  const fast = checkFlag('fast', options.fast);
  if (fast && kinds?.includes('empty') === true)
    throw badOption(
      "option kinds has 'empty' and option fast is true",
      'one of them: headers do not tell of points',
    );
  if (options.mismatched === true && schemas === undefined && aggregation === undefined)
    throw badOption('option mismatched without schemas or aggregation', 'the path of at least one of them');
  return {
    root: root === undefined ? (isFolder(path) ? path : undefined) : checkPath(root),
    now: checkTime(options.now ?? clock(), 'now'),
    fast,
    dialect,
    schemas: schemas === undefined ? undefined : checkPath(schemas),
    aggregation: aggregation === undefined ? undefined : checkPath(aggregation),
    fallback: checkFlag('fallback', options.fallback),
  };
}
