import type { Slots } from '../archive/standard-archive.js';
import type { ByteFile } from '../file/byte-file.js';
import type { AggregationMethod } from '../format/aggregation-method.js';
import type { Format } from '../format/detect.js';
import type { PointRun } from '../format/point-run.js';
import type { Block } from './compressed-engine.js';
import type { EraseRange } from './erase.js';
import type { ArchiveChoice, FetchRange, Reach } from './fetch.js';
import type { DatabaseInfo } from './info.js';
import type { SortedPoints } from './points.js';
import type { Series } from './series.js';
import type { Future, UpdateResult } from './update.js';

/** What a batch may ask for beside its points; everything is checked. */
export interface BatchOptions {
  readonly now: number;
  readonly future: Future;
  /** Seconds: store in the archive of this retention alone. */
  readonly retention: number | undefined;
}

/** What can be changed in place; checked. */
export interface Settings {
  readonly aggregation?: AggregationMethod | undefined;
  /** Single precision. */
  readonly xFilesFactor?: number | undefined;
}

/**
 * What a database does, for either format. The arguments are checked, and errors have no path yet: both is the
 * business of the public handle above it.
 */
export interface Engine {
  readonly format: Format;
  /** The file by now: a compressed one is replaced when it grows. */
  readonly file: ByteFile;
  /** The archives, finest first; they stay the same as long as the file lives. */
  readonly archives: readonly Reach[];
  /** Those that points can be stored in: in a mix file the base alone. */
  readonly writable: readonly Reach[];
  info(): DatabaseInfo;
  updateOne(timestamp: number, value: number, now: number): void;
  updateBatch(points: SortedPoints, options: BatchOptions): UpdateResult;
  /** Returns how many points went. */
  erase(range: EraseRange): number;
  fetch(range: FetchRange, choice: ArchiveChoice, isClamped: boolean, spec: unknown): Series | null;
  slots(archive: number): Slots;
  points(archive: number, now: number): PointRun;
  /** Compressed files alone have blocks. */
  blocks?(archive: number): Block[];
  /** @throws WhisperError `WSP_BAD_AGGREGATION` for what cannot be the method of this file */
  checkMethod(method: unknown): AggregationMethod;
  /** Returns the settings as they were in the file. */
  changeSettings(change: Settings): { readonly aggregation: string; readonly xFilesFactor: number };
}
