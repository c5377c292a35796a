/** The tools that change points as pieces of work on many files: a task, and options that are plain data. */
import { open } from '../../database/open.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { endPoint } from '../dump.js';
import { type EraseFileOptions, eraseOne } from '../erase-file.js';
import { type Fill, type FillOptions, fill } from '../fill.js';
import { statIfThere } from '../look.js';
import type { FileTask } from '../many/registry.js';
import { type MapOptions, type Mapped, mapValues } from '../map/map-values.js';
import { type Merge, type MergeOptions, merge } from '../merge.js';
import { type TuneOptions, type Tuning, tune } from '../tune.js';

/** A time of its own, or so many seconds before the one that is now. */
export type ToldTime = number | { readonly ago: number };

/** Options of a tool for many files. */
export type ForMany<O> = Omit<O, 'now' | 'clock' | 'from' | 'until'> & {
  /** Unix seconds, or that of the newest point of a task's files. */
  readonly now: number | 'newest';
  /** Unix seconds: what is newest where there are no points, and after which a point is of the future. */
  readonly clock: number;
  readonly from?: ToldTime | undefined;
  readonly until?: ToldTime | undefined;
};

export function mergeFile(task: FileTask, options: ForMany<MergeOptions>): Merge {
  return merge(task.source, task.target, { ...options, ...timesFor(task, options) });
}

export function fillFile(task: FileTask, options: ForMany<FillOptions>): Fill {
  return fill(task.source, task.target, { ...options, ...timesFor(task, options) });
}

export function tuneFile(task: FileTask, options: ForMany<TuneOptions>): Tuning {
  const { now, clock } = timesFor(task, options);
  return tune(task.source, { ...options, now, clock });
}

/** @param options  with the mapping as an expression, since functions cannot go to other threads */
export function mapFile(
  task: FileTask,
  { expression, ...options }: ForMany<MapOptions> & { readonly expression: string },
): Mapped {
  return mapValues(task.source, expression, { ...options, ...timesFor(task, options) });
}

export function eraseFile(
  task: FileTask,
  options: ForMany<EraseFileOptions> & { readonly from: ToldTime; readonly until: ToldTime },
): { readonly erased: number } {
  const { now, from = now, until = now } = timesFor(task, options);
  return { erased: eraseOne(task.source, { ...options, now, from, until }) };
}

/** The times of options for one task. */
function timesFor(
  { source, target }: FileTask,
  {
    now,
    clock,
    from,
    until,
    dialect,
  }: Pick<ForMany<unknown>, 'now' | 'clock' | 'from' | 'until'> & { readonly dialect?: Dialect | undefined },
): { now: number; from: number | undefined; until: number | undefined; clock: undefined } {
  const present = now === 'newest' ? newestOf([source, target], clock, dialect) : now;
  return { now: present, from: timeAt(from, present), until: timeAt(until, present), clock: undefined };
}

function timeAt(told: ToldTime | undefined, now: number): number | undefined {
  return typeof told === 'object' ? now - told.ago : told;
}

/** The time of the newest point of some files; of files without points the clock's. */
function newestOf(paths: readonly string[], clock: number, dialect: Dialect | undefined): number {
  const newest = [...new Set(paths)].map((path) => {
    if (statIfThere(path) === undefined) return 0;
    using database = open(path, { readOnly: true, dialect });
    return endPoint(database, 'last', undefined, clock)?.timestamp ?? 0;
  });
  return Math.max(...newest) || clock;
}
