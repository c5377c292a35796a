import { checkHandleOptions, type ToolOptions, toolOptionNames } from '../../database/handle-options.js';
import { checkPath, type FilePath } from '../../database/path.js';
import { checkTime } from '../../database/time.js';
import type { WhisperError } from '../../errors.js';
import { badOption, checkFlag, checkOptionNames } from '../../options.js';
import { runMany } from '../many/run-many.js';
import { findDatabases, type WalkListener } from '../walk.js';
import { type Applied, type ApplySettings, rulesOf, type SchemaPart, schemaParts } from './apply-to-file.js';

export interface ApplySchemaOptions extends ToolOptions {
  /** The path of `storage-schemas.conf`. */
  readonly schemas?: FilePath | undefined;
  /** The path of `storage-aggregation.conf`. */
  readonly aggregation?: FilePath | undefined;
  /** Give metrics of no schema carbon's own default, 60s:7d; else they stay as they are. */
  readonly fallback?: boolean | undefined;
  /** What may be changed: of `'retentions'`, `'agg'` and `'xff'`; all if left out. */
  readonly only?: readonly SchemaPart[] | undefined;
  /** Change the format as well, where a section says `compressed`. */
  readonly convert?: boolean | undefined;
  /** Folders or files in the first argument's folder; all of it if left out. */
  readonly paths?: readonly FilePath[] | undefined;
  /** As `resize` has them. */
  readonly aggregate?: boolean | undefined;
  readonly spread?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly backup?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  /** Unix seconds; the time of each file's newest point if left out. */
  readonly now?: number | undefined;
  /** How many files are worked on at once, each in a thread of its own; 1, this thread, by default. */
  readonly jobs?: number | undefined;
  /** Ends the work after the files that are being worked on. */
  readonly signal?: AbortSignal | undefined;
  /** Are told of each file when it is done, and of each that fails, or cannot be looked at. */
  readonly onDone?: ((path: string, applied: Applied) => void) | undefined;
  readonly onFailed?: ((path: string, error: WhisperError) => void) | undefined;
}

const FLAGS = ['fallback', 'convert', 'aggregate', 'spread', 'force', 'backup', 'dryRun'] as const;
const NAMES = [
  ...['schemas', 'aggregation', 'only', 'paths', 'now', 'jobs', 'signal', 'onDone', 'onFailed'],
  ...FLAGS,
  ...toolOptionNames,
];

/** How many files were changed (or would be), were as they should be, are of no schema, and failed. */
export interface AppliedSchema {
  readonly changed: number;
  readonly asTheyWere: number;
  readonly unmatched: number;
  readonly failed: number;
}

/**
 * Makes the files of a folder look as storage-schemas.conf and storage-aggregation.conf say, keeping their history as
 * `resize` does. The first section whose pattern is found in a metric's name decides. A file that fails does not keep the
 * others from it.
 *
 * @param root  the folder from which names of metrics are counted
 * @throws WhisperError `WSP_BAD_OPTION`, `WSP_BAD_INPUT` for a mistake in the configuration, before any file is touched
 */
export async function applySchema(root: FilePath, options: ApplySchemaOptions): Promise<AppliedSchema> {
  const settings = applySettings(root, options);
  const { jobs, signal, onDone, onFailed } = options;
  const counts = { changed: 0, asTheyWere: 0, unmatched: 0, failed: 0 };
  const failed = (path: string, error: WhisperError) => {
    counts.failed++;
    onFailed?.(path, error);
  };
  const listener: WalkListener = { failed: (error) => failed(error.path ?? settings.root, error) };
  const paths = (options.paths ?? [root]).map(checkPath);
  const tasks = (function* () {
    for (const path of findDatabases(paths, listener)) yield { source: path, target: path };
  })();
  await runMany('apply-schema', tasks, settings, {
    jobs,
    signal,
    onDone: ({ source }, applied) => {
      if (applied.change === 'unmatched') counts.unmatched++;
      else if (applied.change === 'none') counts.asTheyWere++;
      else counts.changed++;
      onDone?.(source, applied);
    },
    onFailed: ({ source }, error) => failed(source, error),
  });
  return counts;
}

/**
 * The options as each file is given them.
 *
 * @throws WhisperError `WSP_BAD_OPTION`, and what is wrong with the configuration
 */
export function applySettings(root: FilePath, options: ApplySchemaOptions): ApplySettings {
  checkOptionNames(options, NAMES, 'applySchema');
  const { durable, clock, dialect } = checkHandleOptions(
    { ...options, durable: options.durable ?? 'sync' },
    false,
  );
  const { schemas, aggregation, only = schemaParts } = options;
  for (const part of only) {
    if (!(schemaParts as readonly unknown[]).includes(part))
      throw badOption(`option only has '${String(part)}'`, `some of ${schemaParts.join(', ')}`);
  }
  const flags = Object.fromEntries(FLAGS.map((name) => [name, checkFlag(name, options[name])])) as {
    readonly [F in (typeof FLAGS)[number]]: boolean;
  };
  const settings = {
    root: checkPath(root),
    schemas: schemas === undefined ? undefined : checkPath(schemas),
    aggregation: aggregation === undefined ? undefined : checkPath(aggregation),
    only,
    ...flags,
    durable: durable !== 'none',
    lock: checkFlag('lock', options.lock),
    dialect,
    now: options.now === undefined ? undefined : checkTime(options.now, 'now'),
    clock: checkTime(clock(), 'now'),
  };
  rulesOf(settings);
  return settings;
}
