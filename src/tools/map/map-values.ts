import { type ErasedSpan, planErasure, planShown } from '../../archive/erasure.js';
import { UINT32_MAX } from '../../bytes/integers.js';
import type { Database } from '../../database/database.js';
import { open } from '../../database/open.js';
import { checkPath, type FilePath } from '../../database/path.js';
import { describeValue, WhisperError, withPath } from '../../errors.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { PointRun } from '../../format/point-run.js';
import { badOption, checkFlag } from '../../options.js';
import { type ArchiveEdit, editPoints } from '../change/edit-points.js';
import { inMemory } from '../change/in-memory.js';
import {
  type Change,
  type ChangeOptions,
  checkChange,
  checkRange,
  type RangeOptions,
  rangeOptionNames,
} from '../change/options.js';
import { recompute } from '../change/recompute.js';
import { valueAt } from '../change/shown-points.js';
import { soundCopy, specOf } from '../donor.js';
import { selectArchives } from '../dump.js';
import { rewrite } from '../rewrite.js';
import { parseExpression } from './expression.js';

/** What becomes of a value; null takes the point out. */
export type PointMapping = (value: number, timestamp: number) => number | null;

export interface MapOptions extends ChangeOptions, RangeOptions {
  /** The points of this archive alone; 0 is the finest. */
  readonly archive?: number | undefined;
  /** Make the coarser values anew of the finer ones, where these reach, in place of mapping them. */
  readonly recompute?: boolean | undefined;
}

/** What became of the points of one archive. */
export interface MappedArchive {
  /** Seconds per point. */
  readonly step: number;
  readonly points: number;
  /** Below the base of a mix file: the name of its aggregation. */
  readonly spec?: string;
  /** Points with another value than before. */
  readonly changed: number;
  /** Points that are gone. */
  readonly removed: number;
  readonly unchanged: number;
}

/** What a mapping came to. */
export interface Mapped {
  readonly archives: readonly MappedArchive[];
  readonly isChanged: boolean;
}

const NAMES = ['archive', 'recompute', ...rangeOptionNames];

/**
 * Changes the values of a database, of either format, by a rule.
 *
 * Every archive's values go through it, also those that wait in buffers and those of times to come. Of a coarser value
 * of which only a part lies in the range, and with `recompute` of every one in it, the value is made anew of the finer
 * ones that these then are, where they reach; if too many of them were taken out, it goes as well. The file is made anew beside
 * itself and replaced in one step.
 *
 * @param mapping  a function, or an expression in `v` and `t` such as `'v * 1024'` (map/expression.ts has the grammar)
 * @throws WhisperError `WSP_BAD_OPTION` for an expression that cannot be read, `WSP_BAD_VALUE` if the function gives anything
 *   but a number or null, `WSP_BAD_RANGE`, `WSP_NO_SUCH_ARCHIVE`, `WSP_CORRUPT`, and what `open` throws
 */
export function mapValues(path: FilePath, mapping: PointMapping | string, options: MapOptions = {}): Mapped {
  const target = checkPath(path);
  const map = checkMapping(mapping);
  return withPath(target, () => {
    const change = checkChange(options, NAMES, 'mapValues');
    const range = checkRange(options);
    const isRemade = checkFlag('recompute', options.recompute);
    const { archive } = options;
    if (isRemade && archive !== undefined)
      throw badOption(
        'recompute with one archive alone',
        'one of them: values are made anew across archives',
      );
    return rewrite(target, target, change.rewriting, (database) => {
      const plan = planOf(database, range, archive);
      return inMemory(() => mapped(database, map, plan, change, isRemade));
    });
  });
}

function checkMapping(mapping: unknown): PointMapping {
  if (typeof mapping === 'string') return parseExpression(mapping);
  if (typeof mapping !== 'function')
    throw badOption(`a mapping that is ${describeValue(mapping)}`, 'a function or an expression');
  return (value, timestamp) => {
    const result: unknown = (mapping as (value: number, timestamp: number) => unknown)(value, timestamp);
    if (result === null || typeof result === 'number') return result;
    throw new WhisperError('WSP_BAD_VALUE', {
      found: `the mapping gives ${describeValue(result)} for ${value} at ${timestamp}`,
      expected: 'a number, or null',
    });
  };
}

/** Which intervals of each archive are mapped, and which are made anew. */
function planOf(database: Database, range: RangeOptions, archive: number | undefined): ErasedSpan[] {
  const { archives, aggregation } = database.info;
  // Later than any point, and any interval with one.
  const { from = -1, until = 2 * UINT32_MAX } = range;
  const start = Math.max(from, -1);
  const steps = archives.map(({ step }) => step);
  if (archive === undefined) return planErasure(steps, start, until, aggregation === 'mix');
  const [selected] = selectArchives(database, archive);
  return [planShown(archive, selected!.archive.step, start, until)];
}

function mapped(
  database: Database,
  map: PointMapping,
  plan: readonly ErasedSpan[],
  { now, dialect: asked }: Change,
  isRemade: boolean,
) {
  const dialect: Dialect = database.format === 'standard' ? asked : 'python';
  using copy = open(soundCopy(database, dialect).toBytes(), { dialect, late: 'insert' });
  const edits = plan.map((span) => mapArchive(copy, span, map, now));
  // What the rule takes out of a coarser archive goes as that is made anew, and only if the finer points come to nothing.
  const applied = edits.map((edit) => (edit.index > 0 ? { ...edit, taken: [] } : edit));
  const edited = editPoints(copy.toBytes(), applied, now, dialect);
  const { bytes } = recompute(edited, {
    now,
    dialect,
    fillsGaps: false,
    isStrict: false,
    lost: new Map(applied.map(({ index, taken }) => [index, taken])),
    doomed: new Map(edits.filter(({ index }) => index > 0).map(({ index, taken }) => [index, taken])),
    isMeant: (index, interval) => {
      const span = plan.find((candidate) => candidate.index === index);
      if (span?.source === undefined) return false;
      if (span.parted.includes(interval)) return true;
      return isRemade && interval >= span.first && interval <= span.last;
    },
  });
  using after = open(bytes, { dialect, late: 'insert' });
  const archives = copy.info.archives.map((_, index) => told(copy, after, index, now));
  const isChanged = archives.some(({ changed, removed }) => changed + removed > 0);
  const result: Mapped = { archives, isChanged };
  return { bytes: isChanged ? bytes : undefined, sparse: 'as before' as const, result };
}

function mapArchive(
  database: Database,
  { index, first, last }: ErasedSpan,
  map: PointMapping,
  now: number,
): ArchiveEdit {
  const { retention } = database.info.archives[index]!;
  const { timestamps, values } = database.points(index, { now });
  const put = new PointRun(0);
  const taken: number[] = [];
  for (const [i, timestamp] of timestamps.entries()) {
    const value = values[i]!;
    if (timestamp < first || timestamp > last || isBlank(timestamp, value, retention)) continue;
    const result = map(value, timestamp);
    if (result === null) taken.push(timestamp);
    else if (!Object.is(result, value)) put.pushValue(timestamp, result);
  }
  return { index, put, taken };
}

/** What the first slot of a ring holds whose point was erased: a time that no turn of the ring reaches any more. */
function isBlank(timestamp: number, value: number, retention: number): boolean {
  return timestamp <= retention && Number.isNaN(value);
}

function told(before: Database, after: Database, index: number, now: number): MappedArchive {
  const { step, points } = before.info.archives[index]!;
  const spec = specOf(before.info, index);
  const present = after.points(index, { now });
  const run = PointRun.over(present.timestamps, present.values);
  const counts = { changed: 0, removed: 0, unchanged: 0 };
  const former = before.points(index, { now });
  for (const [i, timestamp] of former.timestamps.entries()) {
    const value = valueAt(run, timestamp);
    if (value === undefined) counts.removed++;
    else if (Object.is(value, former.values[i])) counts.unchanged++;
    else counts.changed++;
  }
  return { step, points, ...(spec === undefined ? {} : { spec }), ...counts };
}
