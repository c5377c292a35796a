/** What every import takes: how files are made, how points are read and stored. */
import { checkHandleOptions, type ToolOptions, toolOptionNames } from '../../database/handle-options.js';
import { type LayoutOptions, layoutOptionNames } from '../../database/layout.js';
import type { Duplicates } from '../../database/points.js';
import { checkTime } from '../../database/time.js';
import type { Future } from '../../database/update.js';
import { describeValue, type WhisperError } from '../../errors.js';
import type { Retentions } from '../../format/retention.js';
import { badOption, checkChoice, checkFlag, checkOptionNames } from '../../options.js';
import { matchStorage, type StorageRules } from '../schemas/storage-rules.js';
import { type TimeUnit, timeUnits } from './point-text.js';
import type { ImportedFile, StoreSettings } from './store-history.js';

export interface ImportOptions extends ToolOptions, Omit<Partial<LayoutOptions>, 'retentions'> {
  /** Of new files. */
  readonly retentions?: Retentions | undefined;
  /** What decides the layout of new files in place of `retentions`: as `loadStorageRules` reads it. */
  readonly rules?: StorageRules | undefined;
  /**
   * Unix seconds: archives reach back from here; by default from the newest point, so that nothing is too old merely because
   * the history ended long ago. What relative times in the text count from as well.
   */
  readonly now?: number | undefined;
  /**
   * What becomes of points that lie more than a step of the coarsest archive after the clock, or after `now` if that is given:
   * by default they are dropped and counted. Archives do not reach back from them, unless there are no others in the history
   * and in the file; then they are the history.
   */
  readonly future?: Future | undefined;
  /** Make files anew that are there, instead of adding to them. */
  readonly overwrite?: boolean | undefined;
  /** Leave unwritten room of standard files as holes on the disk. */
  readonly sparse?: boolean | undefined;
  /** Read and reckon everything, write nothing. */
  readonly dryRun?: boolean | undefined;
  /** Pass over what cannot be read and count it; by default it is an error, and nothing is written. */
  readonly skipBad?: boolean | undefined;
  /** Of equal timestamps of a metric the last in the text counts by default. */
  readonly duplicates?: Duplicates | undefined;
  /** What bare numbers tell the time in: seconds by default. */
  readonly unit?: TimeUnit | undefined;
  /** Take NaN as a gap, as tables of some programs have it. */
  readonly nanIsGap?: boolean | undefined;
  /** What messages call the text, such as a file's name. */
  readonly source?: string | undefined;
  /** Stops the import between two files. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of each file when it is done, and how many there are in all. */
  readonly onFile?: ((file: ImportedFile, total: number) => void) | undefined;
  /** Is told of each metric that could not be stored. */
  readonly onFailed?: ((failure: FailedImport, total: number) => void) | undefined;
}

export const importOptionNames = [
  ...layoutOptionNames,
  ...toolOptionNames,
  ...['rules', 'now', 'overwrite', 'sparse', 'dryRun', 'skipBad', 'duplicates', 'unit', 'nanIsGap', 'source'],
  ...['signal', 'onFile', 'onFailed', 'future'],
];

/** A metric that was not stored. */
export interface FailedImport {
  readonly metric: string;
  readonly error: WhisperError;
}

/** What an import came to. */
export interface ImportResult {
  /** In the order in which their metrics came. */
  readonly files: readonly ImportedFile[];
  readonly failures: readonly FailedImport[];
  /** Lines that could not be read, with `skipBad`. */
  readonly bad: number;
}

/** Checked options, with their defaults. */
export interface CheckedImport {
  readonly settings: StoreSettings;
  readonly skipBad: boolean;
  readonly duplicates: Duplicates;
  readonly unit: TimeUnit;
  readonly nanIsGap: boolean;
  readonly source: string;
  /** Unix seconds that relative times count from. */
  readonly clock: number;
  /** The layout of a metric's new file; undefined if nothing is said of it. */
  layoutOf(metric: string): LayoutOptions | undefined;
}

/**
 * @param call   how messages call the function
 * @param names  options that it takes beside those of every import
 * @throws WhisperError `WSP_BAD_OPTION` and others of an argument
 */
export function checkImport(
  options: ImportOptions,
  call: string,
  names: readonly string[] = [],
): CheckedImport {
  checkOptionNames(options, [...importOptionNames, ...names], call);
  const checked = checkHandleOptions(options, false);
  const { dialect, lock, lockTimeoutMs, source = '<text>' } = options;
  if (typeof source !== 'string') throw badOption(`option source is ${describeValue(source)}`, 'a name');
  const now = options.now === undefined ? undefined : checkTime(options.now, 'now');
  return {
    settings: {
      handle: { dialect, lock, lockTimeoutMs },
      checked,
      now,
      future: checkChoice('future', options.future, ['drop', 'store', 'error']),
      overwrite: checkFlag('overwrite', options.overwrite),
      sparse: checkFlag('sparse', options.sparse),
      dryRun: checkFlag('dryRun', options.dryRun),
    },
    skipBad: checkFlag('skipBad', options.skipBad),
    duplicates: checkChoice('duplicates', options.duplicates, ['last', 'first']),
    unit: checkChoice('unit', options.unit, timeUnits),
    nanIsGap: checkFlag('nanIsGap', options.nanIsGap),
    source,
    clock: now ?? checked.clock(),
    layoutOf: layouts(options),
  };
}

function layouts(options: ImportOptions): (metric: string) => LayoutOptions | undefined {
  const { rules, retentions } = options;
  const { format, aggregation, mix, xFilesFactor, pointsPerBlock, pointSize } = options;
  const given = { format, aggregation, mix, xFilesFactor, pointsPerBlock, pointSize };
  if (rules === undefined) return () => (retentions === undefined ? undefined : { ...given, retentions });
  if (retentions !== undefined && rules.schemas !== undefined)
    throw badOption('both retentions and schemas', 'one of them');
  return (metric) => {
    const choice = matchStorage(metric, rules);
    const found = retentions ?? choice?.retentions;
    if (found === undefined) return undefined;
    const isCompressed = choice?.compressed === true;
    return {
      retentions: found,
      format: format ?? (isCompressed ? 'compressed' : undefined),
      aggregation: aggregation ?? choice?.aggregation,
      mix: mix ?? (aggregation === undefined ? choice?.mix : undefined),
      xFilesFactor: xFilesFactor ?? choice?.xFilesFactor,
      // Sizes of blocks say nothing of a standard file.
      ...(format === 'compressed' || isCompressed ? { pointsPerBlock, pointSize } : {}),
    };
  };
}
