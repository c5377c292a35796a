/**
 * The work, the same for every engine: files, times and the order of the calls.
 *
 * Time stands still but for what a workload moves it by. No call makes an object for each point: what a call
 * needs is made beforehand, or filled in where it lies.
 */
import { mkdtempSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CreateOptions,
  convert,
  create,
  type Database,
  type Format,
  type PointColumns,
  type Points,
  parseRetentions,
} from 'sotto';
import { type DataSet, dataSets } from './data-sets.js';

/** Timestamp of the first point of every run of updates: the start of an hour. */
export const T0 = 1_599_998_400;
/** The time at which a full file is filled and read: the start of an hour. */
export const FULL_FILE_NOW = Math.floor((T0 + 400 * 86_400) / 3600) * 3600;

/** 173,400 points, average, xFilesFactor 0.5. */
export const RETENTIONS = '1s:1d,1m:30d,1h:5y';
export const FILE_SIZE = 2_080_852;
/** Bytes of such a file when it is new and compressed, and of what stands in it before its blocks. */
export const COMPRESSED_FILE_SIZE = 407_115;
export const COMPRESSED_METADATA = 3775;
/** 230,640 points, sum, xFilesFactor 0: what go-whisper's own benchmarks use. */
export const LONG_RETENTIONS = '1s:2d,1m:28d,1h:2y';
export const LONG_ARCHIVE_POINTS = 172_800;
export const LONG_FILE = { retentions: LONG_RETENTIONS, aggregation: 'sum', xFilesFactor: 0 } as const;

/** Late points: of a file of minutes and hours, so many in a call, and calls in a round. */
export const LATE_RETENTIONS = '1m:30d,1h:5y';
export const LATE_POINTS = 1000;
export const LATE_CALLS = 5;

export const POINT_SIZE = 12;
export const HOUR = 3600;
export const DAY = 86_400;

/** Points of a block in memory. */
export const BLOCK_POINTS = 7200;
/** Ops in a round of single updates. */
export const UPDATES = 20_000;
/** Calls in a round of batches, by the points of a batch. */
export const CALLS = { 1: 5000, 60: 1000, 1000: 100, 14400: 10 } as const;
export type BatchSize = keyof typeof CALLS;
export const BATCH_SIZES = Object.keys(CALLS).map(Number) as BatchSize[];

const CYCLE = 7200;
/** The values that runs of updates go round in. */
export const CYCLE_VALUES = dataSets.gauge(CYCLE);

/** The first points of a data set, a second apart. */
export function blockColumns(set: DataSet): PointColumns & { readonly values: Float64Array } {
  const values = dataSets[set](BLOCK_POINTS);
  return { timestamps: values.map((_, i) => T0 + i), values };
}

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

/** A new file of the usual retentions. */
export function createFile(path: string, clock: Frozen, options: Partial<CreateOptions> = {}): Database {
  return create(path, { retentions: RETENTIONS, clock: () => clock.now, ...options });
}

/** Where the archives of such a standard file lie. */
export function standardArchives(): { offset: number; size: number }[] {
  const retentions = parseRetentions(RETENTIONS);
  let end = 16 + 12 * retentions.length;
  return retentions.map(({ points }) => {
    const size = points * POINT_SIZE;
    end += size;
    return { offset: end - size, size };
  });
}

/** The value of point k of a run of updates. */
export function valueAt(k: number): number {
  return CYCLE_VALUES[k % CYCLE]!;
}

/** The batches of a round, `n` points each, as columns. */
export function columnBatches(n: BatchSize): Points[] {
  const all = n * CALLS[n];
  const timestamps = Float64Array.from({ length: all }, (_, k) => T0 + k);
  const values = Float64Array.from({ length: all }, (_, k) => valueAt(k));
  return Array.from({ length: CALLS[n] }, (_, k) => ({
    timestamps: timestamps.subarray(k * n, (k + 1) * n),
    values: values.subarray(k * n, (k + 1) * n),
  }));
}

/** The same as pairs. */
export function pairBatches(n: BatchSize): Points[] {
  return Array.from({ length: CALLS[n] }, (_, k) => {
    return Array.from({ length: n }, (_, i) => [T0 + k * n + i, valueAt(k * n + i)] as const);
  });
}

/** Stores the batches of a round; the clock shows the time of the last point. */
export function storeBatches(
  database: Database,
  clock: Frozen,
  n: BatchSize,
  batches: readonly Points[],
): number {
  let written = 0;
  for (let k = 0; k < batches.length; k++) {
    clock.now = T0 + (k + 1) * n - 1;
    written += database.updateMany(batches[k]!).written;
  }
  return written;
}

/**
 * A file with a value in every slot: archive by archive, coarsest first, value i of the data set in slot i.
 *
 * Points go to the archive that their age asks for, so those young enough for a finer one are stored with a
 * clock so far ahead that they are not.
 */
export function writeFullFile(path: string, set: DataSet): void {
  const clock = { now: FULL_FILE_NOW };
  using database = createFile(path, clock);
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

/** The compressed file that a full one is converted to. */
export function writeCompressedFullFile(path: string, set: DataSet): void {
  const standard = `${path}.standard`;
  writeFullFile(standard, set);
  convert(standard, path, { to: 'compressed', now: FULL_FILE_NOW });
  unlinkSync(standard);
}

/** A file whose base archive of 172,800 points is full. */
export function writeLongFile(path: string, format: Format): void {
  const clock = () => FULL_FILE_NOW;
  using database = create(path, { ...LONG_FILE, format, clock });
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
