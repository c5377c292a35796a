/**
 * The work, the same for every engine: files, times and the order of the calls.
 *
 * Time stands still but for what a workload moves it by. No call makes an object for each point: what a call
 * needs is made beforehand, or filled in where it lies.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, type Database, type PointColumns } from 'sotto';
import { type DataSet, dataSets } from './data-sets.js';

/** Timestamp of the first point of every run of updates: the start of an hour. */
export const T0 = 1_599_998_400;
/** The time at which a full file is filled and read: the start of an hour. */
export const FULL_FILE_NOW = Math.floor((T0 + 400 * 86_400) / 3600) * 3600;

/** 173,400 points, average, xFilesFactor 0.5. */
export const RETENTIONS = '1s:1d,1m:30d,1h:5y';
export const FILE_SIZE = 2_080_852;
/** 230,640 points, sum, xFilesFactor 0: what go-whisper's own benchmarks use. */
export const LONG_RETENTIONS = '1s:2d,1m:28d,1h:2y';
export const LONG_ARCHIVE_POINTS = 172_800;

export const POINT_SIZE = 12;
export const HOUR = 3600;
export const DAY = 86_400;

const CYCLE = 7200;
/** The values that runs of updates go round in. */
export const CYCLE_VALUES = dataSets.gauge(CYCLE);

/** A fresh folder for the files of this process, removed when it ends. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A clock that a workload sets. */
export interface Frozen {
  now: number;
}

export function createStandard(path: string, clock: Frozen): Database {
  return create(path, { retentions: RETENTIONS, clock: () => clock.now });
}

/** The value of point k of a run of updates. */
export function valueAt(k: number): number {
  return CYCLE_VALUES[k % CYCLE]!;
}

/** Call after call of `updateMany`, `n` new points each, as columns; returns one call. */
export function columnCalls(database: Database, clock: Frozen, n: number): () => number {
  const timestamps = new Float64Array(n);
  const batches = windows(n).map((values): PointColumns => ({ timestamps, values }));
  let k = 0;
  return () => {
    const first = T0 + k * n;
    for (let i = 0; i < n; i++) timestamps[i] = first + i;
    clock.now = first + n - 1;
    return database.updateMany(batches[k++ % batches.length]!).written;
  };
}

/** The same as pairs. */
export function pairCalls(database: Database, clock: Frozen, n: number): () => number {
  const batches = windows(n).map((values) => Array.from(values, (value): [number, number] => [T0, value]));
  let k = 0;
  return () => {
    const batch = batches[k % batches.length]!;
    const first = T0 + k++ * n;
    for (let i = 0; i < n; i++) batch[i]![0] = first + i;
    clock.now = first + n - 1;
    return database.updateMany(batch).written;
  };
}

/** The values of calls 0, 1, 2, … with `n` points each, until they begin anew. */
function windows(n: number): Float64Array[] {
  const length = n + CYCLE;
  const line = new Float64Array(length);
  for (let i = 0; i < length; i++) line[i] = valueAt(i);
  const found: Float64Array[] = [];
  let start = 0;
  do {
    found.push(line.subarray(start, start + n));
    start = (start + n) % CYCLE;
  } while (start !== 0);
  return found;
}

/**
 * A file with a value in every slot: archive by archive, coarsest first, value i of the data set in slot i.
 *
 * Points go to the archive that their age asks for, so those young enough for a finer one are stored with a
 * clock so far ahead that they are not.
 */
export function writeFullFile(path: string, set: DataSet): void {
  const clock = { now: FULL_FILE_NOW };
  using database = createStandard(path, clock);
  const { archives } = database.info;
  const values = dataSets[set](Math.max(...archives.map(({ points }) => points)));
  for (let index = archives.length - 1; index >= 0; index--) {
    const { step, points } = archives[index]!;
    const finerRetention = archives[index - 1]?.retention ?? 0;
    const timestamps = Float64Array.from(values.subarray(0, points), (_, i) => {
      return FULL_FILE_NOW - step * (points - 1 - i);
    });
    // Where the ages reach the finer archive; one second more would be too much.
    const cut = finerRetention === 0 ? points : points - 1 - finerRetention / step;
    clock.now = FULL_FILE_NOW;
    store(database, timestamps, values, 0, cut);
    clock.now = FULL_FILE_NOW + finerRetention + step;
    store(database, timestamps, values, cut, points);
  }
}

/** A file whose base archive of 172,800 points is full. */
export function writeLongFile(path: string): void {
  const clock = () => FULL_FILE_NOW;
  const retentions = LONG_RETENTIONS;
  using database = create(path, { retentions, aggregation: 'sum', xFilesFactor: 0, clock });
  const values = dataSets.gauge(LONG_ARCHIVE_POINTS);
  const timestamps = values.map((_, i) => FULL_FILE_NOW - (LONG_ARCHIVE_POINTS - 1 - i));
  store(database, timestamps, values, 0, LONG_ARCHIVE_POINTS);
}

function store(
  database: Database,
  timestamps: Float64Array,
  values: Float64Array,
  start: number,
  end: number,
): void {
  database.updateMany({ timestamps: timestamps.subarray(start, end), values: values.subarray(start, end) });
}
