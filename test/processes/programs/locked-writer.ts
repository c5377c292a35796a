/** Stores times of its own as their moment comes, each call with the file opened and locked for it. */
import { type OpenOptions, open } from '../../../src/index.js';
import { report } from './scene.js';
import { valueAt } from './story.js';

export interface LockedWork {
  readonly path: string;
  readonly handle: OpenOptions;
  readonly now: number;
  /** Those that it stores, in this order. */
  readonly times: readonly number[];
  /** Between which moments, in milliseconds since 1970: whoever shares the file is at the same place of it. */
  readonly begin: number;
  readonly end: number;
}

/** What it says at its end. */
export interface LockedResult {
  readonly calls: number;
  /** Late points that were put into blocks. */
  readonly inserted: number;
}

/** Points that are stored once more where it is not yet the time of others. */
const AGAIN = 3;

const { path, handle, now, times, begin, end } = JSON.parse(process.argv[2]!) as LockedWork;
let [stored, calls, inserted] = [0, 0, 0];

while (stored < times.length) {
  const due = Math.floor((times.length * (Date.now() - begin)) / (end - begin));
  if (due <= 0) continue;
  using database = open(path, { ...handle, lock: true, lockTimeoutMs: 60_000 });
  const timestamps = times.slice(Math.max(0, Math.min(stored, due - AGAIN)), due);
  inserted += database.updateMany({ timestamps, values: timestamps.map(valueAt) }, { now }).inserted;
  stored = Math.max(stored, due);
  calls++;
}
report({ calls, inserted } satisfies LockedResult);
