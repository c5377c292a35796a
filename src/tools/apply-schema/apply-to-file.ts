/** One file of a tree that is made to look as storage-schemas.conf and storage-aggregation.conf say. */
import { open } from '../../database/open.js';
import type { Dialect } from '../../format/aggregation-method.js';
import type { Format } from '../../format/detect.js';
import { convert } from '../convert/convert.js';
import type { FileTask } from '../many/registry.js';
import { newestIn } from '../resize/newest.js';
import { type Layout, type Resize, type ResizeOptions, resize } from '../resize/resize.js';
import { withOriginal } from '../rewrite.js';
import { metricNameOf } from '../schemas/metric-name.js';
import {
  loadStorageRules,
  matchStorage,
  type StorageChoice,
  type StorageRules,
} from '../schemas/storage-rules.js';

/** What of a file may be changed. */
export type SchemaPart = 'retentions' | 'agg' | 'xff';

export const schemaParts = ['retentions', 'agg', 'xff'] as const satisfies readonly SchemaPart[];

/** What is the same for every file: plain data. */
export interface ApplySettings {
  /** The folder from which names of metrics are counted. */
  readonly root: string;
  readonly schemas: string | undefined;
  readonly aggregation: string | undefined;
  readonly fallback: boolean;
  readonly only: readonly SchemaPart[];
  /** Change the format as well, where a section says `compressed`. */
  readonly convert: boolean;
  readonly aggregate: boolean;
  readonly spread: boolean;
  readonly force: boolean;
  readonly backup: boolean;
  readonly dryRun: boolean;
  readonly durable: boolean;
  readonly lock: boolean;
  readonly dialect: Dialect;
  /** Unix seconds; undefined for the time of each file's newest point. */
  readonly now: number | undefined;
  /** Unix seconds: the time of a file without points. */
  readonly clock: number;
}

/** What became of a file, or would. */
export interface Applied {
  /** Null for carbon's file of a series with tags whose name was not kept. */
  readonly metric: string | null;
  /** `'unmatched'` if no schema is for it, which leaves it as it is. */
  readonly change: Resize['change'] | 'format' | 'unmatched';
  /** The sections that decided. */
  readonly schema: string | undefined;
  readonly aggregation: string | undefined;
  /** Where the format was changed. */
  readonly format: { readonly before: Format; readonly after: Format } | undefined;
  readonly before: Layout | undefined;
  readonly after: Layout | undefined;
  readonly archives: Resize['archives'];
  readonly lost: number;
}

/** Read once for all files of a run. */
const rules = new WeakMap<ApplySettings, StorageRules>();

/** What the configuration files of a run say. */
export function rulesOf(settings: ApplySettings): StorageRules {
  const known = rules.get(settings);
  if (known !== undefined) return known;
  const { schemas, aggregation, fallback, dialect } = settings;
  const loaded = loadStorageRules({ schemas, aggregation, fallback, dialect });
  rules.set(settings, loaded);
  return loaded;
}

/** @throws WhisperError what `resize` and `convert` throw */
export function applyToFile({ source }: FileTask, settings: ApplySettings): Applied {
  const metric = metricNameOf(settings.root, source);
  // A series of which only the hash of its name was kept is of no section that could be told.
  const choice = metric === null ? null : matchStorage(metric, rulesOf(settings));
  const sections = { metric, schema: choice?.schemaName, aggregation: choice?.aggregationName };
  const nothing = { before: undefined, after: undefined, archives: [], lost: 0 };
  if (choice === null) return { ...sections, change: 'unmatched', format: undefined, ...nothing };
  const format = formatChange(source, choice, settings);
  const isOnlyTold = format !== undefined && settings.dryRun;
  // A mix can only be told of once there is a compressed file.
  if (isOnlyTold && choice.mix !== undefined) return { ...sections, change: 'format', format, ...nothing };
  const asked = { ...layoutAsked(choice, settings), ...howToResize(settings) };
  if (format !== undefined && !isOnlyTold) {
    // What refuses the one shall not leave the other done.
    if (choice.mix === undefined) resize(source, { ...asked, backup: settings.backup, dryRun: true });
    changeFormat(source, format.after, settings);
  }
  const isKept = format !== undefined && settings.backup;
  const { change, ...told } = resize(source, {
    ...asked,
    backup: settings.backup && !isKept,
    force: settings.force || isKept,
  });
  return {
    ...sections,
    change: change === 'none' && format !== undefined ? 'format' : change,
    format,
    ...told,
  };
}

function formatChange(
  source: string,
  { compressed }: StorageChoice,
  { convert, dialect }: ApplySettings,
): Applied['format'] {
  if (!convert || compressed === undefined) return undefined;
  using database = open(source, { readOnly: true, dialect });
  const after = compressed ? 'compressed' : 'standard';
  return database.format === after ? undefined : { before: database.format, after };
}

function changeFormat(source: string, to: Format, settings: ApplySettings): void {
  const { now, durable, lock, dialect, clock, backup } = settings;
  const work = () =>
    convert(source, source, {
      to,
      overwrite: true,
      now: now ?? newestIn(source, settings),
      durable,
      lock,
      dialect,
      clock: () => clock,
    });
  if (backup) withOriginal(source, work);
  else work();
}

/** What the sections say of those parts that are to be changed. */
function layoutAsked(
  { retentions, aggregation, mix, xFilesFactor }: StorageChoice,
  { only }: ApplySettings,
): ResizeOptions {
  return {
    ...(only.includes('retentions') && retentions !== undefined ? { retentions } : {}),
    ...(only.includes('agg') && aggregation !== undefined ? { aggregation } : {}),
    ...(only.includes('agg') && mix !== undefined ? { mix: [...mix] } : {}),
    ...(only.includes('xff') && xFilesFactor !== undefined ? { xFilesFactor } : {}),
  };
}

function howToResize({
  aggregate,
  spread,
  force,
  dryRun,
  durable,
  lock,
  dialect,
  now,
  clock,
}: ApplySettings): ResizeOptions {
  return {
    ...{ aggregate, spread, force, dryRun, lock, dialect, now },
    durable: durable ? 'sync' : 'none',
    clock: () => clock,
  };
}
