import type { Database } from '../database/database.js';
import { open } from '../database/open.js';
import { checkPath, type FilePath } from '../database/path.js';
import { withPath } from '../errors.js';
import { checkChoice, checkFlag } from '../options.js';
import { inMemory } from './change/in-memory.js';
import { emptyLike, makeTarget } from './change/new-target.js';
import {
  type ChangeOptions,
  checkChange,
  checkRange,
  type RangeOptions,
  rangeOptionNames,
} from './change/options.js';
import { isSameFile, statIfThere } from './look.js';
import { type MergedArchive, MergeRun, type Merging, type Winner } from './merge-run.js';
import { rewrite } from './rewrite.js';

export interface MergeOptions extends ChangeOptions, RangeOptions {
  /** Whose value counts where both have one; the source's by default, as in Python Whisper. */
  readonly prefer?: Winner | undefined;
  /** Make a target that is not there, with the archives and settings of the source. */
  readonly create?: boolean | undefined;
}

/** What a merge came to. */
export interface Merge {
  readonly archives: readonly MergedArchive[];
  /** True if there was no target. */
  readonly isNew: boolean;
  /** False if the target had it all, and stays as it is. */
  readonly isChanged: boolean;
}

const NAMES = ['prefer', 'create', ...rangeOptionNames];

/**
 * Brings the points of one database into another with the same archives, in either format; methods and xFilesFactor may
 * differ, and the target's count.
 *
 * Each archive takes the points of its own counterpart. What comes into a finer archive is rolled up into the coarser
 * ones, and there the source's own values come on top. A coarser value of the target that its own finer points do not
 * account for is not overwritten by what comes of the source's finer points. The target is made anew beside itself and
 * replaced in one step.
 *
 * @throws WhisperError `WSP_UNLIKE_ARCHIVES`, `WSP_BAD_RANGE`, what `open` throws of either path, and `WSP_NOT_FOUND` for
 *   a target that is not there, unless it is to be created
 */
export function merge(source: FilePath, target: FilePath, options: MergeOptions = {}): Merge {
  const into = checkPath(target);
  return withPath(into, () => {
    const change = checkChange(options, NAMES, 'merge');
    const prefer = checkChoice('prefer', options.prefer, ['source', 'target']);
    const merging = { ...checkRange(options), prefer, now: change.now, dialect: change.dialect };
    const mayCreate = checkFlag('create', options.create);
    using from = open(source, { ...change.handle, readOnly: true });
    if (mayCreate && statIfThere(into) === undefined) {
      return makeTarget(from, into, change, (copy) => inMemory(() => mergedNew(copy, merging)));
    }
    if (isSameFile(checkPath(source), into)) return mergeInto(from, from, merging).result;
    return rewrite(into, into, change.rewriting, (database) =>
      inMemory(() => mergeInto(from, database, merging)),
    );
  });
}

function mergeInto(from: Database, database: Database, merging: Merging) {
  const run = new MergeRun(from, database, merging);
  const { bytes, archives, isChanged } = run.finish();
  const result: Merge = { archives, isNew: false, isChanged };
  return { bytes: isChanged ? bytes : undefined, sparse: 'as before' as const, result };
}

/** What a target that is not there yet will be: all that the source holds, or, of a range, what is in it. */
function mergedNew(from: Database, merging: Merging): { bytes: Uint8Array; result: Merge } {
  using empty = emptyLike(from);
  const { bytes, archives } = new MergeRun(from, empty, merging).finish();
  const isWhole = merging.from === undefined && merging.until === undefined;
  return { bytes: isWhole ? from.toBytes() : bytes, result: { archives, isNew: true, isChanged: true } };
}
