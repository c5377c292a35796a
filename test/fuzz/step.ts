/** One step of a case: a call on a handle, a tool, or a command, on the files of a folder. */
import type { Database, Dialect } from '../../src/index.js';
import { CORPUS_NOW } from './corpus.js';
import type { Random } from './random.js';

/** Names of the files in the folder that a case works in. */
export const FILES = {
  /** The file with something wrong. */
  odd: 'odd.wsp',
  /** A sound one. */
  other: 'other.wsp',
  /** What a tool makes; not there before. */
  made: 'made.wsp',
} as const;

/** The bytes of a database in memory, among the names of what a step may change. */
export const MEMORY = 'memory';

/** What the steps of a case have in common. */
export interface Context {
  /** The path of a file of the folder. */
  readonly path: (name: string) => string;
  /** The bytes of the odd file, for databases in memory. */
  readonly bytes: Uint8Array;
  /** The handle of the present session, and how it reads method numbers. */
  database: Database | undefined;
  dialect: Dialect | undefined;
}

export interface Step {
  /** What is called, such as `fetch`; findings of the same step are the same finding. */
  readonly name: string;
  /** The call with its arguments, for a report. */
  readonly text: string;
  /** Names of the files that it may change, make or remove, unless it is refused; or {@link MEMORY}. */
  readonly changes: readonly string[];
  /** True for a step that works on the handle: it is passed over if there is none. */
  readonly needsHandle: boolean;
  readonly run: (context: Context) => unknown;
}

/** A command's end, which is a refusal if the code says so. */
export class CommandEnd {
  readonly exitCode: number;
  readonly stderr: string;

  constructor(exitCode: number, stderr: string) {
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/** A time around that of the corpus, or one that somebody makes up. */
export function drawTime(random: Random): number {
  return random.weighted<() => number>([
    [8, () => CORPUS_NOW + random.between(-4000, 4000)],
    [3, () => CORPUS_NOW - random.below(2 * 86_400)],
    [1, () => random.pick([0, 1, 59, 60, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -1, 1.5e12])],
    [1, () => random.next()],
  ])();
}

/** A time that is taken for the present one. */
export function drawNow(random: Random): number {
  return random.chance(0.7) ? CORPUS_NOW + random.below(300) : drawTime(random);
}

/** Points of all kinds: late ones, future ones, repeated ones, runs. */
export function drawPoints(random: Random): [timestamp: number, value: number][] {
  const count = random.pick([0, 1, 1, 2, 5, 20, 60, 400]);
  const start = CORPUS_NOW + random.pick([0, 1, 10, -50, -400, -3000, -30_000, 5000]);
  const stride = random.pick([0, 1, 1, 1, 10, 60, -1]);
  const isRun = random.chance(0.6);
  return random
    .times(count, () => 0)
    .map((_, i) => {
      return [isRun ? Math.max(0, start + i * stride) : Math.max(0, drawTime(random)), drawValue(random)];
    });
}

export function drawValue(random: Random): number {
  return random.weighted<() => number>([
    [4, () => random.below(10)],
    [2, () => random.next() / 7],
    [1, () => random.pick([0, -0, Number.NaN, Infinity, -Infinity, 5e-324, 1e308, 2 ** 53])],
  ])();
}
