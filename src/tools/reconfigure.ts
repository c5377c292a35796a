import type { Database } from '../database/database.js';
import { checkHandleOptions, type ToolOptions, toolOptionNames } from '../database/handle-options.js';
import { type DatabaseInfo, mixOf, retentionsOf } from '../database/info.js';
import { type LayoutOptions, layoutOptionNames, planFile } from '../database/layout.js';
import { open } from '../database/open.js';
import { checkPath, type FilePath } from '../database/path.js';
import { checkTime } from '../database/time.js';
import { withPath } from '../errors.js';
import type { Dialect } from '../format/aggregation-method.js';
import { type MixSpec, parseSpec } from '../format/aggregation-spec.js';
import { validateRetentions } from '../format/archive-list.js';
import { sanePointSize } from '../format/block-plan.js';
import { formatRetention } from '../format/retention.js';
import { checkOptionNames } from '../options.js';
import { filledFrom } from './fill.js';
import { rewrite } from './rewrite.js';

/** What shall change; everything that is left out stays. */
export interface ReconfigureOptions extends Partial<Omit<LayoutOptions, 'format'>>, ToolOptions {
  /** Unix seconds; the clock if left out. */
  readonly now?: number | undefined;
}

const NAMES = [...layoutOptionNames.filter((name) => name !== 'format'), 'now', ...toolOptionNames];

/**
 * Changes the settings of a database, of either format.
 *
 * The method and the xFilesFactor are changed in place, if the retentions stay. Other retentions make the file anew,
 * beside itself and replaced in one step: an archive takes the points of the one that had the same step, and begins
 * empty if there was none. `pointsPerBlock` and `pointSize` count for a file that is made anew.
 *
 * @returns  true if the file was made anew
 * @throws WhisperError what `create` and `open` throw
 */
export function reconfigure(path: FilePath, options: ReconfigureOptions): boolean {
  const target = checkPath(path);
  return withPath(target, () => {
    checkOptionNames(options, NAMES, 'reconfigure');
    const { durable, clock, dialect } = checkHandleOptions(options, false);
    const now = checkTime(options.now ?? clock(), 'now');
    const { lock, lockTimeoutMs } = options;
    const handle = { dialect, lock, lockTimeoutMs };
    {
      using database = open(target, { ...handle, durable });
      if (hasRetentions(database, options)) {
        checkBlockOptions(options, database.info);
        changeInPlace(database, options);
        return false;
      }
    }
    rewrite(target, target, { handle, durable: durable !== 'none', overwrite: true }, (database) => {
      return { bytes: madeAnew(database, options, now, dialect), sparse: true, result: undefined };
    });
    return true;
  });
}

/** Whether the file has the archives that are asked for. */
function hasRetentions({ info }: Database, { retentions, aggregation, mix }: ReconfigureOptions): boolean {
  const isMix = info.aggregation === 'mix';
  if (mix !== undefined || aggregation === 'mix') {
    const names = (mix ?? []).map((spec) => parseSpec(spec).name);
    if (!isMix || (mix !== undefined && names.join() !== mixOf(info).join())) return false;
  } else if (isMix && aggregation !== undefined) return false;
  if (retentions === undefined) return true;
  const asked = validateRetentions(retentions, info.format).map(formatRetention);
  return asked.join() === retentionsOf(info).map(formatRetention).join();
}

function changeInPlace(database: Database, { aggregation, xFilesFactor }: ReconfigureOptions): void {
  if (aggregation === undefined || aggregation === 'mix') {
    if (xFilesFactor !== undefined) database.setXFilesFactor(xFilesFactor);
  } else database.setAggregation(aggregation, xFilesFactor);
}

/** What counts for a file that is made anew alone must be possible all the same. */
function checkBlockOptions(
  { pointsPerBlock, pointSize }: ReconfigureOptions,
  { format }: DatabaseInfo,
): void {
  if (pointsPerBlock === undefined && pointSize === undefined) return;
  planFile({ format, retentions: '1s:1d', pointsPerBlock, pointSize }, 'python');
}

/** The whole file with other archives. */
function madeAnew(
  database: Database,
  options: ReconfigureOptions,
  now: number,
  dialect: Dialect,
): Uint8Array {
  const { start, fileSize } = planFile(newLayout(database.info, options), dialect);
  const empty = new Uint8Array(fileSize);
  empty.set(start);
  return filledFrom(database, open(empty, { dialect }), now, dialect);
}

/** What the file will be. */
function newLayout(info: DatabaseInfo, options: ReconfigureOptions): LayoutOptions {
  return { ...presentLayout(info, options), ...given(options) };
}

/** The layout options that are there, without those that are undefined. */
function given(options: ReconfigureOptions): Partial<LayoutOptions> {
  return Object.fromEntries(
    layoutOptionNames.flatMap((name) => {
      const value = (options as Partial<LayoutOptions>)[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** What a file is by now, as options; of its aggregation only what the new one does not say. */
function presentLayout(info: DatabaseInfo, { aggregation }: ReconfigureOptions): LayoutOptions {
  const retentions = retentionsOf(info);
  const { format, xFilesFactor } = info;
  if (info.format === 'standard') return { format, retentions, xFilesFactor, aggregation: info.aggregation };
  const keepsMix = info.aggregation === 'mix' && (aggregation === undefined || aggregation === 'mix');
  return {
    format,
    retentions,
    xFilesFactor,
    aggregation: info.aggregation,
    ...(keepsMix ? { mix: mixOf(info) as MixSpec[] } : {}),
    pointsPerBlock: info.pointsPerBlock,
    pointSize: sanePointSize(info.pointSize),
  };
}
