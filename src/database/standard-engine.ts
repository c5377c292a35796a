import { currentPoints } from '../archive/current-points.js';
import { eraseSlots } from '../archive/erase-slots.js';
import type { Propagation } from '../archive/roll-up.js';
import { type Slots, StandardArchive } from '../archive/standard-archive.js';
import { Scratch } from '../bytes/scratch.js';
import { WhisperError } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import { writeJournaled } from '../file/journaled-write.js';
import { settleJournal } from '../file/settle-journal.js';
import { StagedFile } from '../file/staged-file.js';
import {
  type AggregationMethod,
  checkAggregationMethod,
  type Dialect,
} from '../format/aggregation-method.js';
import { POINT_SIZE } from '../format/point.js';
import { PointRun } from '../format/point-run.js';
import type { ArchiveInfo, StandardHeader } from '../format/standard-header.js';
import type { BatchOptions, Engine, Settings } from './engine.js';
import { type EraseRange, planErase } from './erase.js';
import { type ArchiveChoice, type FetchRange, fetchRange } from './fetch.js';
import { changeSettings } from './header.js';
import { type DatabaseInfo, describeHeader } from './info.js';
import type { SortedPoints } from './points.js';
import type { Series } from './series.js';
import { type UpdateResult, updateBatch, updateOne } from './update.js';

/** Of all standard files of the process: each call has done with it when it returns. */
const scratch = new Scratch();

/** How a standard file is worked on. */
export interface StandardSettings {
  /** What lies behind the file's end is read as never written. */
  readonly isCutOff: boolean;
  /** Nobody else writes to the file. */
  readonly isExclusive: boolean;
  /** Each call is whole or not at all, also after a power cut. */
  readonly isJournaled?: boolean;
}

/** Standard files: rings of 12-byte slots. The header is kept as it was when the file was opened. */
export class StandardEngine implements Engine {
  readonly format = 'standard';
  readonly file: ByteFile;
  archives: readonly StandardArchive[];
  readonly #dialect: Dialect;
  readonly #settings: StandardSettings;
  /** Where the changes of a call wait, if it goes through a journal. */
  readonly #staged: StagedFile | undefined;
  #header: StandardHeader;
  #propagation: Propagation;

  /** @param start  the beginning of the file, as it is now: a ring's first slot that lies in it is not read again */
  constructor(
    file: ByteFile,
    header: StandardHeader,
    dialect: Dialect,
    settings: StandardSettings,
    start: Uint8Array,
  ) {
    if (settings.isJournaled === true) this.#staged = new StagedFile(file);
    this.file = this.#staged ?? file;
    this.#header = header;
    this.#dialect = dialect;
    this.#settings = settings;
    this.#propagation = propagationOf(header, dialect);
    this.archives = this.#archivesOver(start);
  }

  #archivesOver(start: Uint8Array): StandardArchive[] {
    const { isCutOff, isExclusive } = this.#settings;
    return this.#header.archives.map((info) => {
      const base = baseIn(start, info);
      return new StandardArchive(this.file, info, scratch, { isCutOff, isExclusive, base });
    });
  }

  get writable(): readonly StandardArchive[] {
    return this.archives;
  }

  info(): DatabaseInfo {
    return describeHeader(this.#header, this.file.size());
  }

  updateOne(timestamp: number, value: number, now: number): void {
    const { archives } = this;
    const { maxRetention } = this.#header;
    if (this.#staged === undefined)
      updateOne(archives, maxRetention, timestamp, value, now, this.#propagation);
    else
      this.#journaled(this.#staged, () =>
        updateOne(archives, maxRetention, timestamp, value, now, this.#propagation),
      );
  }

  updateBatch(points: SortedPoints, options: BatchOptions): UpdateResult {
    const work = () => updateBatch(this.archives, points, options, this.#propagation);
    return this.#staged === undefined ? work() : this.#journaled(this.#staged, work);
  }

  erase(range: EraseRange): number {
    const plan = planErase(this.archives, range);
    const work = () => eraseSlots(this.archives, plan, this.#propagation, range.now);
    return this.#staged === undefined ? work() : this.#journaled(this.#staged, work);
  }

  fetch(range: FetchRange, choice: ArchiveChoice, isClamped: boolean, spec: unknown): Series | null {
    const method = (spec as { method?: unknown } | undefined)?.method ?? spec;
    if (method !== undefined && method !== this.#header.aggregation) {
      throw new WhisperError('WSP_NO_SUCH_ARCHIVE', {
        found: 'an aggregation was asked for in a file that is no mix',
        expected: `'${this.#header.aggregation}', or none`,
      });
    }
    return fetchRange(this.archives, this.#header.maxRetention, range, choice, isClamped);
  }

  slots(archive: number): Slots {
    return this.archives[archive]!.slots();
  }

  points(archive: number, now: number): PointRun {
    const ring = this.archives[archive]!;
    const { timestamps, values } = currentPoints(ring.slots(), ring, now);
    return PointRun.over(timestamps, values);
  }

  checkMethod(method: unknown): AggregationMethod {
    return checkAggregationMethod(method, this.#dialect);
  }

  changeSettings(change: Settings): StandardHeader {
    const work = () => changeSettings(this.file, this.#header, change, this.#dialect);
    const { former, present } = this.#staged === undefined ? work() : this.#journaled(this.#staged, work);
    this.#header = present;
    this.#propagation = propagationOf(present, this.#dialect);
    return former;
  }

  /** Runs a call whose changes wait, and writes them through a journal. */
  #journaled<T>(staged: StagedFile, work: () => T): T {
    try {
      settleJournal(staged);
      const result = work();
      writeJournaled(staged.below, staged.spans, { isSynced: true, need: 'must' });
      staged.discard();
      return result;
    } catch (error) {
      staged.discard();
      // What the archives know of their rings may be what was to be written.
      this.archives = this.#archivesOver(NOTHING_READ);
      throw error;
    }
  }
}

const NOTHING_READ = new Uint8Array(0);

/** The base interval of a ring whose first slot is among the first bytes of the file; undefined if it is not. */
function baseIn(start: Uint8Array, { offset }: ArchiveInfo): number | undefined {
  if (offset + POINT_SIZE > start.length) return undefined;
  // A DataView for these four bytes would take as long as reading them anew.
  const [a, b, c, d] = [start[offset]!, start[offset + 1]!, start[offset + 2]!, start[offset + 3]!];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

function propagationOf({ aggregation, xFilesFactor }: StandardHeader, dialect: Dialect): Propagation {
  return { aggregation, xFilesFactor, dialect };
}
