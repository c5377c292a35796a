import type { Database } from '../database/database.js';
import { checkHandleOptions } from '../database/handle-options.js';
import { open } from '../database/open.js';
import { checkPath, type FilePath } from '../database/path.js';
import type { XFilesFactor } from '../database/settings.js';
import { withPath } from '../errors.js';
import type { AggregationMethod, Dialect } from '../format/aggregation-method.js';
import { badOption, checkFlag } from '../options.js';
import { inMemory } from './change/in-memory.js';
import { type Change, type ChangeOptions, checkChange } from './change/options.js';
import { type RecomputedArchive, recompute } from './change/recompute.js';
import { soundCopy, specOf } from './donor.js';
import { rewrite } from './rewrite.js';

export interface TuneOptions extends ChangeOptions {
  /** The method by which coarser values are made from now on. */
  readonly aggregation?: AggregationMethod | undefined;
  /** The share of known points that a coarser value needs from now on. */
  readonly xFilesFactor?: XFilesFactor | undefined;
  /** Make the coarser values that are there anew as well, where the finer points reach. */
  readonly recompute?: boolean | undefined;
  /** With `recompute`: take a value out for which too few finer points are known; by default it stays as it is. */
  readonly strict?: boolean | undefined;
}

/** The settings of a database. */
export interface TunedSettings {
  readonly aggregation: string;
  /** As stored: rounded to single precision. */
  readonly xFilesFactor: number;
}

/** What became of one archive: nothing but with `recompute`. */
export interface TunedArchive extends RecomputedArchive {
  /** Seconds per point. */
  readonly step: number;
  readonly points: number;
  /** Below the base of a mix file: the name of its aggregation. */
  readonly spec?: string;
}

/** What a tuning came to. */
export interface Tuning {
  readonly former: TunedSettings;
  readonly present: TunedSettings;
  readonly archives: readonly TunedArchive[];
  readonly isChanged: boolean;
}

const NAMES = ['aggregation', 'xFilesFactor', 'recompute', 'strict'];

/**
 * Changes the method and the xFilesFactor of a database, of either format.
 *
 * Without `recompute` only the header is written, where it stands, and every value stays. With it the coarser values are made
 * anew, each archive of the next finer one (of a mix: of the finest), by the settings as they are then: those of intervals
 * that the finer archive reaches as a whole. A value for which too few finer points are known is kept, unless `strict`.
 * The file is then made anew beside itself and replaced in one step.
 *
 * @throws WhisperError `WSP_BAD_AGGREGATION`, `WSP_BAD_X_FILES_FACTOR`, `WSP_BAD_OPTION` also if there is nothing to change,
 *   and what `open` throws
 */
export function tune(path: FilePath, options: TuneOptions): Tuning {
  const target = checkPath(path);
  return withPath(target, () => {
    const change = checkChange(options, NAMES, 'tune');
    const isRecomputed = checkFlag('recompute', options.recompute);
    const isStrict = checkFlag('strict', options.strict);
    if (isStrict && !isRecomputed) throw badOption('strict without recompute', 'both, or neither');
    if (options.aggregation === undefined && options.xFilesFactor === undefined && !isRecomputed)
      throw badOption('nothing to change', 'aggregation, xFilesFactor or recompute');
    if (isRecomputed || change.rewriting.backup === true) {
      return rewrite(target, target, change.rewriting, (database) => {
        return inMemory(() => tunedAnew(database, options, change, isRecomputed, isStrict));
      });
    }
    return tuneInPlace(target, options, change);
  });
}

function tuneInPlace(path: string, options: TuneOptions, { handle, isDry }: Change): Tuning {
  const { durable } = checkHandleOptions({ durable: options.durable }, isDry);
  using database = open(path, isDry ? { ...handle, readOnly: true } : { ...handle, durable });
  if (!isDry) return { ...applySettings(database, options), archives: untouched(database) };
  using copy = open(database.toBytes(), { dialect: handle.dialect });
  return { ...inMemory(() => applySettings(copy, options)), archives: untouched(database) };
}

function tunedAnew(
  database: Database,
  options: TuneOptions,
  { now, dialect: asked }: Change,
  isRecomputed: boolean,
  isStrict: boolean,
) {
  const dialect: Dialect = database.format === 'standard' ? asked : 'python';
  using copy = open(soundCopy(database, dialect).toBytes(), { dialect });
  const settings = applySettings(copy, options);
  const bytes = copy.toBytes();
  const made = isRecomputed
    ? recompute(bytes, { now, dialect, fillsGaps: true, isStrict })
    : { bytes, archives: untouched(database) };
  const archives = untouched(database).map((archive, i) => ({ ...archive, ...made.archives[i] }));
  const isRemade = archives.some(({ changed, added, removed }) => changed + added + removed > 0);
  const isChanged = settings.isChanged || isRemade;
  const result: Tuning = { ...settings, archives, isChanged };
  return { bytes: isChanged ? made.bytes : undefined, sparse: 'as before' as const, result };
}

function applySettings(
  database: Database,
  { aggregation, xFilesFactor }: TuneOptions,
): Omit<Tuning, 'archives'> {
  const former = settingsOf(database);
  if (aggregation !== undefined) database.setAggregation(aggregation, xFilesFactor);
  else if (xFilesFactor !== undefined) database.setXFilesFactor(xFilesFactor);
  const present = settingsOf(database);
  const isChanged =
    former.aggregation !== present.aggregation || former.xFilesFactor !== present.xFilesFactor;
  return { former, present, isChanged };
}

function settingsOf({ info: { aggregation, xFilesFactor } }: Database): TunedSettings {
  return { aggregation, xFilesFactor };
}

function untouched({ info }: Database): TunedArchive[] {
  return info.archives.map(({ step, points }, index) => {
    const spec = specOf(info, index);
    const named = spec === undefined ? { step, points } : { step, points, spec };
    return { ...named, changed: 0, added: 0, removed: 0, kept: 0 };
  });
}
