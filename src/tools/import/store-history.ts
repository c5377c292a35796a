/** A history into one file: a new one, or one that is there already. */

import { floorTo } from '../../bytes/integers.js';
import type { Database } from '../../database/database.js';
import type { CheckedHandleOptions, ToolOptions } from '../../database/handle-options.js';
import type { CompressedInfo } from '../../database/info.js';
import { checkCompressedLayout, type LayoutOptions } from '../../database/layout.js';
import { checkXFilesFactor } from '../../database/settings.js';
import type { Future } from '../../database/update.js';
import { WhisperError, withPath } from '../../errors.js';
import { makeNewFile } from '../../file/new-file.js';
import { validateRetentions } from '../../format/archive-list.js';
import { PointRun } from '../../format/point-run.js';
import { shownPoints } from '../archive-points.js';
import { endPoint } from '../dump.js';
import { slotsFor } from '../fill-gaps.js';
import { greatestEnd } from '../hand-over.js';
import { makeFolderOf, statIfThere } from '../look.js';
import { rewrite } from '../rewrite.js';
import { deriveArchives, type HistoryArchive, type HistoryRules } from './derive-archives.js';
import { splitFuture, type TimedHistory } from './future-points.js';
import { newCompressed, newDatabase, withoutUnfinished, writeRings } from './new-database.js';
import { describe } from './outcome.js';
import { anySlot, fittingIn } from './ring-room.js';

/** What became of one metric's history. */
export interface ImportedFile {
  readonly path: string;
  /** False for a file that was there and has taken the points beside its own. */
  readonly isNew: boolean;
  /** Points that were read for it, of different times. */
  readonly points: number;
  /** Of these the ones that no archive reaches back to, or whose slot a point of the future has. */
  readonly dropped: number;
  /** How many of the dropped ones are of the second kind. */
  readonly overtaken: number;
  /** Points of the future that were left out; they are not among the dropped ones. */
  readonly future: number;
  /** Times of the first and the last of them, Unix seconds; 0 if there are none. */
  readonly from: number;
  readonly until: number;
  /** For each archive how many points it took. */
  readonly archives: readonly { readonly step: number; readonly points: number; readonly taken: number }[];
}

/** How files are made and changed; checked. */
export interface StoreSettings {
  readonly handle: Pick<ToolOptions, 'dialect' | 'lock' | 'lockTimeoutMs'>;
  readonly checked: CheckedHandleOptions;
  /** Unix seconds: the archives reach back from here, or from the newest point not of the future if that is later. */
  readonly now: number | undefined;
  /** What becomes of points of the future: see `splitFuture`. */
  readonly future: Future;
  /** Make the file anew if there is one. */
  readonly overwrite: boolean;
  readonly sparse: boolean;
  readonly dryRun: boolean;
}

/**
 * Stores a history: in a file that is there beside what it has, the points given counting over its own; or in a new one.
 *
 * @param points  by rising time, each time once; at least one
 * @param layout  of a new file
 * @throws WhisperError what `create`, `open` and `rewrite` throw
 */
export function storeHistory(
  path: string,
  points: PointRun,
  layout: LayoutOptions | undefined,
  settings: StoreSettings,
): ImportedFile {
  return withPath(path, () => {
    const isThere = statIfThere(path) !== undefined;
    if (isThere && !settings.overwrite) return addHistory(path, points, settings);
    if (layout !== undefined) return makeHistory(path, points, layout, settings);
    throw new WhisperError('WSP_BAD_OPTION', {
      found: 'no such file, and no retentions to make it with',
      expected: 'definitions such as 1m:7d,1h:2y, or schemas',
    });
  });
}

function makeHistory(
  path: string,
  points: PointRun,
  layout: LayoutOptions,
  settings: StoreSettings,
): ImportedFile {
  const { checked, overwrite, sparse, dryRun } = settings;
  const { archives, rules } = planOf(layout, checked);
  const history = historyOf(points, archives, 0, checked.clock(), settings);
  const derived = deriveArchives(
    history.points,
    archives.map(() => new PointRun(0)),
    archives,
    rules,
    history.end,
  );
  const isCompressed = layout.format === 'compressed';
  const taken = isCompressed ? derived : derived.map((run, i) => fittingIn(run, archives[i]!, anySlot));
  const finished = isCompressed ? withoutWaiting(taken, archives, history.points) : taken;
  const bytes = newDatabase(layout, finished, checked.dialect);
  if (!dryRun) {
    makeFolderOf(path);
    makeNewFile(path, {
      size: bytes.length,
      start: bytes,
      sparse: sparse || isCompressed,
      overwrite,
      durable: checked.durable !== 'none',
      lock: checked.lock,
    }).close();
  }
  return describe(path, true, points, { archives, history, taken, isRing: !isCompressed });
}

/** The history as a file takes it that has points up to `newest`. */
function historyOf(
  points: PointRun,
  archives: readonly HistoryArchive[],
  newest: number,
  clock: number,
  { now, future }: StoreSettings,
): TimedHistory {
  const history = splitFuture(points, archives, newest, { reference: now ?? clock, future });
  return { ...history, end: Math.max(history.end, now ?? 0) };
}

/** The archives of a new file, checked as `create` checks them. */
function planOf(
  layout: LayoutOptions,
  { dialect }: CheckedHandleOptions,
): { archives: HistoryArchive[]; rules: HistoryRules } {
  if (layout.format === 'compressed') {
    const { settings, planned } = checkCompressedLayout(layout, dialect);
    return { archives: planned, rules: settings };
  }
  return {
    archives: validateRetentions(layout.retentions),
    rules: {
      // A mix is refused with the rest of what is wrong when the file is laid out.
      aggregation: layout.aggregation ?? 'average',
      xFilesFactor: checkXFilesFactor(layout.xFilesFactor ?? 0.5),
    },
  };
}

function addHistory(path: string, points: PointRun, settings: StoreSettings): ImportedFile {
  const { handle, checked, dryRun } = settings;
  const durable = checked.durable !== 'none';
  return rewrite(path, path, { handle, durable, overwrite: true, dryRun, times: 'new' }, (database) => {
    const { info } = database;
    const clock = checked.clock();
    const newest = endPoint(database, 'last', undefined, clock)?.timestamp ?? 0;
    const archives: readonly HistoryArchive[] = info.archives;
    const history = historyOf(points, archives, newest <= clock ? newest : 0, clock, settings);
    const existing = existingPoints(database, clock);
    const rules = { aggregation: info.aggregation, xFilesFactor: info.xFilesFactor };
    const derived = deriveArchives(history.points, existing, archives, rules, history.end);
    const isRing = info.format === 'standard';
    const hasSlot = archives.map((_, i) => slotsFor(database, i));
    const taken = isRing ? derived.map((run, i) => fittingIn(run, archives[i]!, hasSlot[i]!)) : derived;
    const bytes = isRing ? writtenTo(database, taken) : mergedInto(info, existing, taken, settings);
    const result = describe(path, false, points, { archives, history, taken, isRing });
    return { bytes, sparse: !isRing, result };
  });
}

function existingPoints(database: Database, now: number): PointRun[] {
  if (database.format === 'compressed') return shownPoints(database, true);
  return database.info.archives.map((_, index) => {
    const { timestamps, values } = database.points(index, { now });
    return PointRun.over(timestamps, values);
  });
}

function writtenTo(database: Database, taken: readonly PointRun[]): Uint8Array {
  const bytes = database.toBytes();
  writeRings(bytes, database.info.archives, taken);
  return bytes;
}

function mergedInto(
  info: CompressedInfo,
  existing: readonly PointRun[],
  taken: readonly PointRun[],
  { checked }: StoreSettings,
): Uint8Array {
  const all = taken.map((run, i) => merged(existing[i]!, run));
  const stored = info.archives.map(({ ranges }) => greatestEnd(ranges));
  const planned = info.archives.map(({ step, points, spec }) => ({ step, points, spec }));
  return newCompressed(info, planned, withoutWaiting(all, planned, all[0]!, stored), checked.dialect);
}

/**
 * In a compressed file the value of an interval that is not over waits for its end; what stood in blocks before stays.
 *
 * @param base    points that tell when the newest interval ends
 * @param stored  for each archive the last time in its blocks
 */
function withoutWaiting(
  points: readonly PointRun[],
  archives: readonly HistoryArchive[],
  base: PointRun,
  stored: readonly number[] = archives.map(() => 0),
): PointRun[] {
  const { length, timestamps } = base;
  const [{ step }] = archives as [HistoryArchive];
  const newest = floorTo(timestamps[length - 1] ?? 0, step);
  const before = length > 1 ? floorTo(timestamps[length - 2]!, step) : newest;
  // A history of hours is complete with the hour's point, though the base has slots of minutes.
  const until = newest + Math.max(step, Math.min(newest - before, archives[1]?.step ?? step));
  return points.map((run, i) => {
    return i === 0
      ? run
      : withoutUnfinished(run, archives[i]!.step, Math.max(until, stored[i]! + archives[i]!.step));
  });
}

/** Two runs by rising time as one; of equal times the second counts. */
export function merged(former: PointRun, newer: PointRun): PointRun {
  const all = new PointRun(former.length + newer.length);
  for (let i = 0, j = 0; i < former.length || j < newer.length; ) {
    const time = i < former.length ? former.timestamps[i]! : Number.POSITIVE_INFINITY;
    const other = j < newer.length ? newer.timestamps[j]! : Number.POSITIVE_INFINITY;
    if (time < other) all.pushFrom(former, i++);
    else {
      all.pushFrom(newer, j++);
      if (time === other) i++;
    }
  }
  return all;
}
