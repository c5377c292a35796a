import type { Database } from '../database/database.js';
import { open } from '../database/open.js';
import { checkPath, type FilePath } from '../database/path.js';
import { withPath } from '../errors.js';
import type { Dialect } from '../format/aggregation-method.js';
import { checkFlag } from '../options.js';
import { inMemory } from './change/in-memory.js';
import { emptyLike, makeTarget } from './change/new-target.js';
import {
  type Change,
  type ChangeOptions,
  checkChange,
  checkRange,
  type RangeOptions,
  rangeOptionNames,
} from './change/options.js';
import { bringDue, hasBuffers, setDueApart } from './fill-due.js';
import { findGaps, type GapOptions } from './fill-gaps.js';
import { rollUpGaps } from './fill-roll-up.js';
import { leaveWaiting } from './fill-waiting.js';
import { isSameFile, statIfThere } from './look.js';
import { rewrite } from './rewrite.js';
import { type Content, storeContents } from './store-contents.js';

export interface FillOptions extends ChangeOptions, RangeOptions {
  /** Take a value of 0 for a gap where the source has another, as whisper-fill does. */
  readonly zeroesAreGaps?: boolean | undefined;
  /** Make coarser values of the finer points that came, in intervals that are still empty then. */
  readonly rollUp?: boolean | undefined;
  /** Make a target that is not there, with the archives and settings of the source. */
  readonly create?: boolean | undefined;
}

/** What a fill came to. */
export interface Fill {
  /** For each archive of the target the points that it took. */
  readonly filled: readonly number[];
  /** For each archive the values that were made of finer points; only with `rollUp`. */
  readonly rolledUp?: readonly number[];
  /** True if there was no target; absent otherwise. */
  readonly isNew?: true;
}

const NAMES = ['zeroesAreGaps', 'rollUp', 'create', ...rangeOptionNames];

/** What is asked of a fill; checked. */
interface Filling extends GapOptions {
  readonly rollsUp: boolean;
}

/**
 * Fills the gaps of a database from another one; either may be of either format.
 *
 * Each archive of the target takes what it lacks from the archive of the source that has the same step (in mix files,
 * of the same aggregation); values that are there stay. The target is made anew beside itself and replaced in one step.
 *
 * @throws WhisperError what `open` and `create` throw, of either path; `WSP_BAD_RANGE`
 */
export function fill(source: FilePath, target: FilePath, options: FillOptions = {}): Fill {
  const into = checkPath(target);
  return withPath(into, () => {
    const change = checkChange(options, NAMES, 'fill');
    const filling: Filling = {
      ...checkRange(options),
      zeroesAreGaps: checkFlag('zeroesAreGaps', options.zeroesAreGaps),
      rollsUp: checkFlag('rollUp', options.rollUp),
    };
    const mayCreate = checkFlag('create', options.create);
    using from = open(source, { ...change.handle, readOnly: true });
    if (mayCreate && statIfThere(into) === undefined) {
      return makeTarget(from, into, change, (copy) => inMemory(() => filledNew(copy, filling, change)));
    }
    // A file lacks nothing that it has; with a lock it would wait for itself.
    if (isSameFile(checkPath(source), into)) return nothingFilled(from, filling);
    return rewrite(into, into, change.rewriting, (database) => {
      return inMemory(() => fillInto(from, database, filling, change));
    });
  });
}

function fillInto(source: Database, target: Database, filling: Filling, change: Change) {
  const { bytes, result } = filledFrom(source, target, filling, change);
  const counts = [...result.filled, ...(result.rolledUp ?? [])];
  // go-whisper makes the file anew also if there was nothing to fill.
  const isNeeded = change.dialect === 'go' || counts.some((count) => count > 0);
  return { bytes: isNeeded ? bytes() : undefined, sparse: 'as before' as const, result };
}

function nothingFilled({ info }: Database, { rollsUp }: Filling): Fill {
  const none = info.archives.map(() => 0);
  return rollsUp ? { filled: none, rolledUp: none } : { filled: none };
}

/** The target with what it lacks; its bytes are made when they are asked for. */
function filledFrom(
  source: Database,
  target: Database,
  { rollsUp, ...options }: Filling,
  { now, dialect }: Change,
): { bytes: () => Uint8Array; result: Fill } {
  const gaps = findGaps(source, target, now, dialect, options);
  const rolledUp = rollsUp ? rollUpGaps(target, gaps, now, dialect) : undefined;
  const made = rolledUp?.map((content) => content.made.length);
  const { bytes, taken } = stored(target, rolledUp ?? gaps, now, dialect);
  const filled = taken.map((count, index) => count - (made?.[index] ?? 0));
  return { bytes, result: made === undefined ? { filled } : { filled, rolledUp: made } };
}

/** The target with these contents, and how many points each of its archives took. */
function stored(
  target: Database,
  contents: readonly Content[],
  now: number,
  dialect: Dialect,
): { bytes: () => Uint8Array; taken: readonly number[] } {
  if (dialect === 'go') {
    return { bytes: () => storeContents(target, contents, now, dialect), taken: countTaken(contents) };
  }
  const { contents: others, due } = setDueApart(target, contents, now);
  const { contents: placed, buffers } = leaveWaiting(target, others, now);
  const fill = () => storeContents(target, placed, now, dialect, buffers);
  const taken = countTaken(placed);
  if (!hasBuffers(target) || countTaken(contents).every((count) => count === 0))
    return { bytes: fill, taken };
  const { bytes, brought } = bringDue(fill(), contents, due, now, dialect);
  return { bytes: () => bytes, taken: taken.map((count, index) => count + brought[index]!) };
}

function countTaken(contents: readonly Content[]): number[] {
  return contents.map(({ taken }) => taken.length);
}

/** What a target that is not there yet will be: all that the source holds, or, of a range, what is in it. */
function filledNew(source: Database, filling: Filling, change: Change): { bytes: Uint8Array; result: Fill } {
  using empty = emptyLike(source);
  const { bytes, result } = filledFrom(source, empty, filling, change);
  const isWhole = filling.from === undefined && filling.until === undefined;
  return { bytes: isWhole ? source.toBytes() : bytes(), result: { ...result, isNew: true } };
}
