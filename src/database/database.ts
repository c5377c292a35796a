import { constants } from 'node:buffer';
import { type Slots, StandardArchive } from '../archive/standard-archive.js';
import { Scratch } from '../bytes/scratch.js';
import { describeValue, WhisperError, withPath } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import {
  type AggregationMethod,
  checkAggregationMethod,
  type Dialect,
} from '../format/aggregation-method.js';
import type { Format } from '../format/detect.js';
import type { StandardHeader } from '../format/standard-header.js';
import { fetchRange } from './fetch.js';
import { changeSettings, type Settings } from './header.js';
import { type DatabaseInfo, describeHeader } from './info.js';
import { checkChoice, checkFlag, checkOptionNames } from './options.js';
import { type Duplicates, type Points, sortPoints } from './points.js';
import type { Series } from './series.js';
import { checkXFilesFactor, type XFilesFactor } from './settings.js';
import { type Clock, checkEnd, checkTime, checkTimestamp, checkValue } from './time.js';
import { type Future, type UpdateResult, updateBatch, updateOne } from './update.js';

/** `none`: the system writes to disk when it likes. `sync`: a call that changes the file returns synced. */
export type Durability = 'none' | 'sync';

/** How a handle works, beside the file it works on. */
export interface HandleSettings {
  readonly dialect: Dialect;
  readonly durable: Durability;
  readonly clock: Clock;
  readonly isReadOnly: boolean;
  readonly isCutOff: boolean;
}

export interface UpdateOptions {
  /** Unix seconds; the handle's clock if left out. */
  readonly now?: number | undefined;
}

export interface UpdateManyOptions extends UpdateOptions {
  /** Points newer than now: stored by default. */
  readonly future?: Future | undefined;
  /** Among equal timestamps the first counts by default, in the go dialect the last. */
  readonly duplicates?: Duplicates | undefined;
}

export interface FetchOptions {
  /** Unix seconds; the handle's clock if left out. */
  readonly now?: number | undefined;
  /** Ask the archive of this step: seconds, or a duration such as `'1m'`. */
  readonly step?: number | string | undefined;
  /** Ask this archive; 0 is the finest. */
  readonly archive?: number | undefined;
  /** `false` answers in Python Whisper's form when the range is longer than the archive asked. */
  readonly clamp?: boolean | undefined;
}

/**
 * An open database: one file, one metric. Made by `create` and `open`; every call is synchronous.
 *
 * A handle keeps the header as it was when it opened. Close it when done, or let `using` do it.
 */
export class Database implements Disposable {
  readonly #file: ByteFile;
  readonly #settings: HandleSettings;
  readonly #archives: readonly StandardArchive[];
  #header: StandardHeader;
  #isClosed = false;

  /** @internal Databases are made by `create` and `open`. */
  constructor(file: ByteFile, header: StandardHeader, settings: HandleSettings) {
    const scratch = new Scratch();
    this.#file = file;
    this.#header = header;
    this.#settings = settings;
    this.#archives = header.archives.map((info) => {
      return new StandardArchive(file, info, scratch, settings.isCutOff);
    });
  }

  /** The path as it was given; undefined in memory. */
  get path(): string | undefined {
    return this.#file.path;
  }

  get format(): Format {
    return 'standard';
  }

  /** What the header says. */
  get info(): DatabaseInfo {
    this.#checkOpen();
    return describeHeader(this.#header, this.#file.size());
  }

  /**
   * Stores one point.
   *
   * @param timestamp  Unix seconds, now if left out; a fraction is cut off
   * @throws WhisperError `WSP_TIME_NOT_COVERED` in the future or at an age of the longest retention or more
   */
  update(value: number, timestamp?: number, options: UpdateOptions = {}): void {
    this.#write(() => {
      checkOptionNames(options, ['now'], 'update');
      const now = this.#now(options.now);
      const at = checkTimestamp(timestamp === undefined ? now : timestamp);
      updateOne(this.#archives, this.#header.maxRetention, at, checkValue(value), now, this.#propagation());
    });
  }

  /**
   * Stores a batch, in any order; the caller's lists stay as they are.
   *
   * Points go to the finest archive that reaches back to them; those older than all are dropped and counted.
   * In one interval the latest timestamp counts.
   *
   * @param points  `[timestamp, value]` pairs, or two columns
   * @throws WhisperError `WSP_BAD_TIMESTAMP`, `WSP_BAD_VALUE`; nothing is stored then
   */
  updateMany(points: Points, options: UpdateManyOptions = {}): UpdateResult {
    return this.#write(() => {
      checkOptionNames(options, ['now', 'future', 'duplicates'], 'updateMany');
      const now = this.#now(options.now);
      const future = checkChoice('future', options.future, ['store', 'drop', 'error']);
      const sorted = sortPoints(points, this.#duplicates(options.duplicates));
      return updateBatch(this.#archives, sorted, now, future, this.#propagation());
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
      checkOptionNames(options, ['now', 'step', 'archive', 'clamp'], 'fetch');
      const now = this.#now(options.now);
      const range = {
        from: checkTime(from, 'from'),
        until: until === undefined ? now : checkEnd(until, 'until'),
        now,
      };
      const { step, archive } = options;
      const isClamped = checkFlag('clamp', options.clamp, true);
      return fetchRange(this.#archives, this.#header.maxRetention, range, { step, archive }, isClamped);
    });
  }

  /**
   * The ring of one archive as it lies in the file, stale points included.
   *
   * @param archive  0 is the finest
   */
  slots(archive: number): Slots {
    this.#checkOpen();
    const ring = Number.isInteger(archive) ? this.#archives[archive] : undefined;
    if (ring !== undefined) return withPath(this.#file.name, () => ring.slots());
    throw new WhisperError('WSP_NO_SUCH_ARCHIVE', {
      path: this.#file.name,
      found: `no archive ${describeValue(archive)}`,
      expected: `0 to ${this.#archives.length - 1}`,
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
    return this.#write(() => this.#change({ xFilesFactor: checkXFilesFactor(xFilesFactor) }).xFilesFactor);
  }

  /**
   * Changes the aggregation method, and the xFilesFactor with it if one is given; what was rolled up before
   * stays as it is.
   *
   * @returns  the former method
   */
  setAggregation(method: AggregationMethod, xFilesFactor?: XFilesFactor): AggregationMethod {
    return this.#write(() => {
      const aggregation = checkAggregationMethod(method, this.#settings.dialect);
      if (xFilesFactor === undefined) return this.#change({ aggregation }).aggregation;
      return this.#change({ aggregation, xFilesFactor: checkXFilesFactor(xFilesFactor) }).aggregation;
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

  /** Changes settings in the file; returns its header as it was before. */
  #change(change: Settings): StandardHeader {
    const { former, present } = changeSettings(this.#file, this.#header, change, this.#settings.dialect);
    this.#header = present;
    return former;
  }

  #propagation(): { aggregation: AggregationMethod; xFilesFactor: number; dialect: Dialect } {
    const { aggregation, xFilesFactor } = this.#header;
    return { aggregation, xFilesFactor, dialect: this.#settings.dialect };
  }

  #duplicates(duplicates: Duplicates | undefined): Duplicates {
    const fallback = this.#settings.dialect === 'go' ? 'last' : 'first';
    return checkChoice('duplicates', duplicates ?? fallback, ['first', 'last']);
  }

  #now(now: number | undefined): number {
    return checkTime(now ?? this.#settings.clock(), 'now');
  }

  /** Runs a call that changes the file. */
  #write<T>(work: () => T): T {
    this.#checkOpen();
    if (this.#settings.isReadOnly) {
      throw new WhisperError('WSP_READ_ONLY', {
        path: this.#file.name,
        found: this.#settings.isCutOff ? 'a cut-off file, open for reading only' : 'open for reading only',
        expected: 'a handle that may write',
      });
    }
    const result = withPath(this.#file.name, work);
    if (this.#settings.durable === 'sync') this.#file.sync();
    return result;
  }

  #checkOpen(): void {
    if (!this.#isClosed) return;
    throw new WhisperError('WSP_CLOSED', { path: this.#file.name, found: 'the handle is closed' });
  }
}
