import { constants } from 'node:buffer';
import type { TimedPoints } from '../archive/current-points.js';
import type { Slots } from '../archive/standard-archive.js';
import { describeValue, WhisperError, withPath } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import type { AggregationMethod, Dialect } from '../format/aggregation-method.js';
import type { MixSpec } from '../format/aggregation-spec.js';
import type { Format } from '../format/detect.js';
import { formatRetention, parseDuration } from '../format/retention.js';
import { checkChoice, checkFlag, checkOptionNames } from '../options.js';
import type { Block } from './compressed-engine.js';
import type { Engine } from './engine.js';
import { checkEraseRange } from './erase.js';
import type { DatabaseInfo } from './info.js';
import { type Duplicates, type Points, sortPoints } from './points.js';
import type { Series } from './series.js';
import { checkXFilesFactor, type XFilesFactor } from './settings.js';
import { type Clock, checkEnd, checkTime, checkTimestamp, checkValue } from './time.js';
import type { Future, UpdateResult } from './update.js';

/**
 * What a call that changes the file does so that it outlives a crash of the system: nothing (`none`), a sync before it
 * returns (`sync`), or that and a journal, so that a call which is cut short is whole or not at all (`journal`).
 */
export type Durability = 'none' | 'sync' | 'journal';

/** How a handle works, beside the file it works on. */
export interface HandleSettings {
  readonly dialect: Dialect;
  readonly durable: Durability;
  readonly clock: Clock;
  readonly isReadOnly: boolean;
  /** Nobody else writes to the file. */
  readonly isExclusive: boolean;
}

export interface UpdateOptions {
  /** Unix seconds; the handle's clock if left out. */
  readonly now?: number | undefined;
}

export interface UpdateManyOptions extends UpdateOptions {
  /** Points newer than now: stored by default. */
  readonly future?: Future | undefined;
  /** Among equal timestamps the first counts by default; in the go dialect and in compressed files the last. */
  readonly duplicates?: Duplicates | undefined;
  /** Store in the archive of this retention alone: seconds, or a duration such as `'7d'`. */
  readonly retention?: number | string | undefined;
}

export interface FetchOptions {
  /** Unix seconds; the handle's clock if left out. */
  readonly now?: number | undefined;
  /** Ask the archive of this step: seconds, or a duration such as `'1m'`. */
  readonly step?: number | string | undefined;
  /** Ask this archive; 0 is the finest. */
  readonly archive?: number | undefined;
  /** `false` does not cut a range that is longer than the archive asked; standard files then answer as Python does. */
  readonly clamp?: boolean | undefined;
  /** Of a mix file: the aggregation to read, such as `'max'` or `'p95'`; the first of a retention if left out. */
  readonly spec?: MixSpec | string | undefined;
}

export interface EraseOptions {
  /** Unix seconds; the handle's clock if left out. */
  readonly now?: number | undefined;
  /** Erase in this archive alone; 0 is the finest. */
  readonly archive?: number | undefined;
}

/** What became of an erasure. */
export interface EraseResult {
  /** How many stored points were taken out, of all archives. */
  readonly erased: number;
}

export interface PointsOptions {
  /** Unix seconds; the handle's clock if left out. */
  readonly now?: number | undefined;
}

const UPDATE_OPTIONS = ['now'] as const satisfies readonly (keyof UpdateOptions)[];
const UPDATE_MANY_OPTIONS = [
  'now',
  'future',
  'duplicates',
  'retention',
] as const satisfies readonly (keyof UpdateManyOptions)[];
const FETCH_OPTIONS = [
  'now',
  'step',
  'archive',
  'clamp',
  'spec',
] as const satisfies readonly (keyof FetchOptions)[];
const ERASE_OPTIONS = ['now', 'archive'] as const satisfies readonly (keyof EraseOptions)[];
const POINTS_OPTIONS = ['now'] as const satisfies readonly (keyof PointsOptions)[];

const FUTURES = ['store', 'drop', 'error'] as const satisfies readonly Future[];
const DUPLICATES = ['first', 'last'] as const satisfies readonly Duplicates[];

/**
 * An open database: one file, one metric. Made by `create` and `open`; every call is synchronous.
 *
 * A handle to a standard file keeps the header as it was when it opened. Close it when done, or let `using` do it.
 */
export class Database implements Disposable {
  readonly #engine: Engine;
  readonly #settings: HandleSettings;
  readonly #isCutOff: boolean;
  #isClosed = false;

  /** @internal Databases are made by `create` and `open`. */
  constructor(engine: Engine, settings: HandleSettings, isCutOff: boolean) {
    this.#engine = engine;
    this.#settings = settings;
    this.#isCutOff = isCutOff;
  }

  get #file(): ByteFile {
    return this.#engine.file;
  }

  /** The path as it was given; undefined in memory. */
  get path(): string | undefined {
    return this.#file.path;
  }

  get format(): Format {
    return this.#engine.format;
  }

  /** What the header says. */
  get info(): DatabaseInfo {
    this.#checkOpen();
    return withPath(this.#file.name, () => this.#engine.info());
  }

  /**
   * Stores one point.
   *
   * @param timestamp  Unix seconds, now if left out; a fraction is cut off
   * @throws WhisperError `WSP_TIME_NOT_COVERED` in the future or at an age of the longest retention or more (not so
   *   in a compressed file under the go dialect, where one point is a batch of one)
   */
  update(value: number, timestamp?: number, options?: UpdateOptions): void {
    this.#checkWritable();
    try {
      if (options !== undefined) checkOptionNames(options, UPDATE_OPTIONS, 'update');
      const now = this.#now(options?.now);
      const at = checkTimestamp(timestamp === undefined ? now : timestamp);
      this.#engine.updateOne(at, checkValue(value), now);
    } catch (error) {
      this.#refuse(error);
    }
    this.#syncIfDurable();
  }

  /**
   * Stores a batch, in any order; the caller's lists stay as they are.
   *
   * Points go to the finest archive that reaches back to them; those older than all are dropped and counted.
   * In one interval the latest timestamp counts.
   *
   * @param points  `[timestamp, value]` pairs, or two columns
   * @throws WhisperError `WSP_BAD_TIMESTAMP`, `WSP_BAD_VALUE`, `WSP_NO_SUCH_ARCHIVE`; nothing is stored then
   */
  updateMany(points: Points, options?: UpdateManyOptions): UpdateResult {
    return this.#write(() => {
      if (options !== undefined) checkOptionNames(options, UPDATE_MANY_OPTIONS, 'updateMany');
      const now = this.#now(options?.now);
      const future = checkChoice('future', options?.future, FUTURES);
      const retention = this.#retention(options?.retention);
      const sorted = sortPoints(points, this.#duplicates(options?.duplicates));
      return this.#engine.updateBatch(sorted, { now, future, retention });
    });
  }

  /**
   * Reads a range, `(from, until]`: the first value is of the interval after the one that holds `from`, the
   * last of the one that holds `until`. The finest archive that reaches back to `from` answers.
   *
   * @param from   Unix seconds
   * @param until  Unix seconds, now if left out
   * @returns      null if the range lies wholly in the future or before the longest retention, or, with a chosen
   *   archive, before what that one holds
   * @throws WhisperError `WSP_BAD_RANGE`, `WSP_NO_SUCH_ARCHIVE`
   */
  fetch(from: number, until?: number, options: FetchOptions = {}): Series | null {
    this.#checkOpen();
    return withPath(this.#file.name, () => {
      checkOptionNames(options, FETCH_OPTIONS, 'fetch');
      const now = this.#now(options.now);
      const range = {
        from: checkTime(from, 'from'),
        until: until === undefined ? now : checkEnd(until, 'until'),
        now,
      };
      const { step, archive } = options;
      const isClamped = checkFlag('clamp', options.clamp, true);
      return this.#engine.fetch(range, { step, archive }, isClamped, options.spec);
    });
  }

  /**
   * Takes the points of a range out, `(from, until]` as in {@link fetch}, future ones too.
   *
   * Of the finest archive all those of the range go, of a coarser one the values of the intervals that lie in it with all
   * of their seconds. A coarser value of which a part goes is made anew of the finer ones, as far back as these reach; if
   * too few of them are left, it goes as well. With a chosen archive its points go and nothing is made anew.
   *
   * @param from   Unix seconds
   * @param until  Unix seconds; the same as `from` erases nothing
   * @throws WhisperError `WSP_BAD_RANGE`, `WSP_NO_SUCH_ARCHIVE`, `WSP_CORRUPT` for a damaged block that may hold points of
   *   the range; nothing is erased then
   */
  erase(from: number, until: number, options: EraseOptions = {}): EraseResult {
    return this.#write(() => {
      checkOptionNames(options, ERASE_OPTIONS, 'erase');
      const now = this.#now(options.now);
      const { archive } = options;
      if (archive !== undefined) this.#checkArchive(archive);
      const range = { from: checkTime(from, 'from'), until: checkEnd(until, 'until'), now, archive };
      checkEraseRange(range);
      return { erased: this.#engine.erase(range) };
    });
  }

  /**
   * What an archive holds as it lies in the file: every slot of the ring, stale points included; in a compressed file
   * the points of the blocks in the order of the blocks, then every slot of the buffer.
   *
   * @param archive  0 is the finest
   */
  slots(archive: number): Slots {
    return this.#look(archive, () => this.#engine.slots(archive));
  }

  /**
   * The points of one archive, oldest first: in a standard file those that were not passed over, in a compressed one
   * those of the blocks and of the archive's own buffer.
   *
   * @param archive  0 is the finest
   */
  points(archive: number, options: PointsOptions = {}): TimedPoints {
    return this.#look(archive, () => {
      checkOptionNames(options, POINTS_OPTIONS, 'points');
      return this.#engine.points(archive, this.#now(options.now)).columns();
    });
  }

  /**
   * The blocks of one archive of a compressed file, each read and checked, in the order of the file.
   *
   * @param archive  0 is the finest
   * @throws WhisperError `WSP_UNSUPPORTED_FORMAT` for a standard file, which has none
   */
  blocks(archive: number): Block[] {
    return this.#look(archive, () => {
      if (this.#engine.blocks !== undefined) return this.#engine.blocks(archive);
      throw new WhisperError('WSP_UNSUPPORTED_FORMAT', {
        found: 'a standard file',
        expected: 'one with blocks',
      });
    });
  }

  /**
   * A copy of the whole file.
   *
   * @throws WhisperError `WSP_SYSTEM` for a file larger than one piece of memory can be
   */
  toBytes(): Uint8Array {
    this.#checkOpen();
    const size = this.#file.size();
    if (size > constants.MAX_LENGTH) {
      throw new WhisperError('WSP_SYSTEM', {
        path: this.#file.name,
        found: `a file of ${size} bytes`,
        expected: `at most ${constants.MAX_LENGTH}, to be held in memory`,
      });
    }
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, this.#file.readAt(bytes, size, 0));
  }

  /**
   * True if the path stands for another file by now, or for none: it was replaced, renamed or removed, and what
   * is written through this handle is seen by nobody who opens the path.
   */
  isReplaced(): boolean {
    this.#checkOpen();
    return this.#file.isReplaced();
  }

  /**
   * Changes the share of known points that a coarser value needs; what was rolled up before stays as it is.
   *
   * @returns  the former one, as it was stored: rounded to single precision
   */
  setXFilesFactor(xFilesFactor: XFilesFactor): number {
    return this.#write(() => {
      return this.#engine.changeSettings({ xFilesFactor: checkXFilesFactor(xFilesFactor) }).xFilesFactor;
    });
  }

  /**
   * Changes the aggregation method, and the xFilesFactor with it if one is given; what was rolled up before
   * stays as it is.
   *
   * @returns  the former method
   * @throws WhisperError `WSP_BAD_AGGREGATION`, also for a mix file, whose archives have methods of their own
   */
  setAggregation(method: AggregationMethod, xFilesFactor?: XFilesFactor): AggregationMethod {
    return this.#write(() => {
      const aggregation = this.#engine.checkMethod(method);
      const change = xFilesFactor === undefined ? {} : { xFilesFactor: checkXFilesFactor(xFilesFactor) };
      return this.#engine.changeSettings({ aggregation, ...change }).aggregation as AggregationMethod;
    });
  }

  /** Returns once everything written so far is on the disk. */
  sync(): void {
    this.#checkOpen();
    this.#file.sync();
  }

  /** Gives the file and its lock up; closing twice is fine. */
  close(): void {
    this.#isClosed = true;
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #duplicates(duplicates: Duplicates | undefined): Duplicates {
    const isLast = this.#settings.dialect === 'go' || this.format === 'compressed';
    const fallback = isLast ? 'last' : 'first';
    return checkChoice('duplicates', duplicates ?? fallback, DUPLICATES);
  }

  /** The retention of an archive, in seconds. */
  #retention(asked: number | string | undefined): number | undefined {
    if (asked === undefined) return undefined;
    const retention = typeof asked === 'string' ? parseDuration(asked) : asked;
    const archives = this.#engine.writable;
    // go-whisper finds nothing to do then, without a word.
    const isThere = archives.some((archive) => archive.retention === retention);
    if (isThere || this.#settings.dialect === 'go') return retention;
    throw new WhisperError('WSP_NO_SUCH_ARCHIVE', {
      found: `no archive that reaches back ${describeValue(asked)} and takes points`,
      expected: archives.map((archive) => `${archive.retention} (${formatRetention(archive)})`).join(', '),
    });
  }

  /** Runs a call that looks into one archive. */
  #look<T>(archive: number, work: () => T): T {
    this.#checkOpen();
    return withPath(this.#file.name, () => {
      this.#checkArchive(archive);
      return work();
    });
  }

  #checkArchive(archive: number): void {
    const { length } = this.#engine.archives;
    if (Number.isInteger(archive) && archive >= 0 && archive < length) return;
    throw new WhisperError('WSP_NO_SUCH_ARCHIVE', {
      found: `no archive ${describeValue(archive)}`,
      expected: `0 to ${length - 1}`,
    });
  }

  #now(now: number | undefined): number {
    return checkTime(now ?? this.#settings.clock(), 'now');
  }

  /** Runs a call that changes the file. */
  #write<T>(work: () => T): T {
    this.#checkWritable();
    const result = withPath(this.#file.name, work);
    this.#syncIfDurable();
    return result;
  }

  #checkWritable(): void {
    this.#checkOpen();
    if (!this.#settings.isReadOnly) return;
    throw new WhisperError('WSP_READ_ONLY', {
      path: this.#file.name,
      found: this.#isCutOff ? 'a cut-off file, open for reading only' : 'open for reading only',
      expected: 'a handle that may write',
    });
  }

  #syncIfDurable(): void {
    // With a journal the engine has synced already, and in a certain order.
    if (this.#settings.durable === 'sync') this.#file.sync();
  }

  /** Throws what was caught, with the path: for the call that is too short to be wrapped in a closure each time. */
  #refuse(error: unknown): never {
    return withPath(this.#file.name, () => {
      throw error;
    });
  }

  #checkOpen(): void {
    if (!this.#isClosed) return;
    throw new WhisperError('WSP_CLOSED', { path: this.#file.name, found: 'the handle is closed' });
  }
}
