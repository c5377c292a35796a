/** What the commands share that change points of files: options, and how they tell what changed. */
import { type Command, Option } from 'commander';
import type { Dialect } from '../format/aggregation-method.js';
import type { ToldTime } from '../tools/change/file-work.js';
import { parseTime } from '../tools/time-text.js';
import { dialectOption, lockOption, nowOption } from './arguments.js';
import type { Io } from './io.js';
import { formatCount } from './output.js';
import { addTreeOptions, type TreeArguments } from './tree.js';

/** The options of {@link addChangeOptions} as they were given. */
export interface ChangeArguments extends TreeArguments {
  readonly now?: string;
  readonly backup?: boolean;
  readonly sync?: boolean;
  readonly lock?: boolean;
  readonly dialect?: Dialect;
}

export interface RangeOfChange {
  readonly from?: string;
  readonly until?: string;
}

export function addChangeOptions(command: Command): Command {
  return addTreeOptions(command)
    .option('--backup', 'keep the file as it was beside the new one, with .bak after its name')
    .addOption(nowOption())
    .option('--no-sync', 'do not wait until each new file is on the disk')
    .addOption(lockOption())
    .addOption(dialectOption());
}

export function addRangeOfChange(command: Command): Command {
  return command
    .addOption(new Option('--from <time>', 'only what is after this time'))
    .addOption(new Option('--until <time>', 'only up to this time'));
}

/** The same as options of a tool for many files. */
export function changeOptions({ now, backup, sync, lock, dialect, dryRun }: ChangeArguments, io: Io) {
  const clock = io.clock();
  return {
    now: now === 'newest' ? ('newest' as const) : now === undefined ? clock : parseTime(now, clock),
    clock,
    backup,
    durable: sync === false ? ('none' as const) : ('sync' as const),
    lock,
    dialect,
    dryRun,
  };
}

/** A range as options of a tool for many files; relative times count from the time that is now for each. */
export function rangeOfChange({ from, until }: RangeOfChange, given: ChangeArguments, io: Io) {
  return { from: toldTime(from, given, io), until: toldTime(until, given, io) };
}

function toldTime(text: string | undefined, { now }: ChangeArguments, io: Io): ToldTime | undefined {
  if (text === undefined) return undefined;
  const clock = io.clock();
  if (now !== 'newest') return parseTime(text, now === undefined ? clock : parseTime(now, clock));
  const time = parseTime(text, clock);
  const isRelative = /^\s*(now|n)?\s*([-+].*)?$/i.test(text);
  return isRelative ? { ago: clock - time } : time;
}

/** A count of an archive's points, and the word for what became of them. */
export type Counted<K extends string> = readonly (readonly [key: K, word: string])[];

/**
 * Counts in words, of all archives together and, if there are several, of each: `3 points added, 1 replaced (archive 0: 2
 * added, 1 replaced; archive 1: 1 added)`. Undefined if all are 0.
 */
export function describeCounts<K extends string>(
  archives: readonly { readonly [key in K]: number }[],
  counted: Counted<K>,
  isDry: boolean,
): string | undefined {
  const parts = (count: (key: K) => number) => {
    return counted.flatMap(([key, word]) => (count(key) === 0 ? [] : [`${formatCount(count(key))} ${word}`]));
  };
  const sums = parts((key) => archives.reduce((sum, archive) => sum + archive[key], 0));
  const [first, ...rest] = sums;
  if (first === undefined) return undefined;
  const [count = '', ...words] = first.split(' ');
  const noun = count === '1' ? 'point' : 'points';
  const line = [`${count} ${noun} ${isDry ? 'would be ' : ''}${words.join(' ')}`, ...rest].join(', ');
  if (archives.length === 1) return line;
  const each = archives.flatMap((archive, index) => {
    const own = parts((key) => archive[key]);
    return own.length === 0 ? [] : [`archive ${index}: ${own.join(', ')}`];
  });
  return `${line} (${each.join('; ')})`;
}
