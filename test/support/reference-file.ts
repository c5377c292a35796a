import type { CompressedInfo, Database } from '../../src/index.js';
import type { Moment } from './compressed-replay.js';
import type { CompressedCase } from './compressed-vectors.js';
import { compressedInfo } from './recorded-info.js';

/** What may differ from go-whisper in a row of this tag, and why. */
const DIFFERENCES: { readonly [tag: string]: string } = {
  'nan-arith': 'a NaN that was computed has other bits',
  'bug:growth-marker': 'growth leaves no end marker in an empty archive',
  'bug:empty-marker': 'conversion leaves no end marker in an empty archive',
  'bug:cap-loop': 'an archive at the largest point size is not grown again',
  'bug:fill-percentile': 'a percentile is filled from the same percentile only',
  'bug:stale-crc': 'a change in place renews the checksum',
};

/** The first byte of an end marker; the other four are zero. */
const END_MARKER = 0xf0;
const CHECKSUM_OFFSET = 43;
const LARGEST_POINT_SIZE = 14;

/** Why bytes no longer follow from ours. */
export type Parting =
  /** A NaN was computed, and its bits are the processor's. */
  | 'computed NaN'
  /** The reference went on growing an archive that has the largest point size. */
  | 'growth at the cap'
  /** The reference took an end marker for a point and lost the archive. */
  | 'damaged archive'
  /** The reference filled all percentiles with one. */
  | 'filled percentiles';

/** The differences a row may show, as a part of a test's name. */
export function differencesOf({ tags }: CompressedCase): string {
  const reasons = tags.flatMap((tag) => DIFFERENCES[tag] ?? []);
  return reasons.length === 0 ? '' : ` (differs: ${reasons.join('; ')})`;
}

/**
 * The file of go-whisper as far as it can be told from ours: the known differences of the row's tags are put in,
 * until one of them leads to other contents. A row without such a tag is expected as it is.
 */
export class ReferenceFile {
  readonly #tags: readonly string[];
  #growths = 0;
  #checksum = 0;
  #hasMarkers = false;
  #staleChecksum: number | undefined;
  #parting: Parting | undefined;

  constructor({ tags }: CompressedCase) {
    this.#tags = tags;
  }

  /** Why the bytes are no longer those of ours; undefined while they are. */
  get parting(): Parting | undefined {
    return this.#parting;
  }

  /** Looks at our database after a moment of its history. */
  observe(database: Database, { step }: Moment): void {
    if (step.op === 'fetch' || step.op === 'reopen') return;
    const info = compressedInfo(database);
    if (this.#has('bug:growth-marker')) this.#observeGrowth(info);
    if (this.#has('bug:empty-marker') && step.op === 'compress_to') this.#hasMarkers = true;
    if (this.#has('bug:stale-crc')) {
      this.#staleChecksum = step.op === 'update_config' ? this.#checksum : undefined;
      this.#checksum = info.checksum;
    }
    if (this.#has('bug:cap-loop') && info.archives.some(asksBeyondCap)) this.#part('growth at the cap');
    if (this.#has('bug:fill-percentile') && step.op === 'fill') this.#part('filled percentiles');
    if (this.#has('nan-arith') && holdsComputedNaN(database)) this.#part('computed NaN');
  }

  /** Ours with the differences put in. */
  bytes(database: Database): Uint8Array {
    const bytes = database.toBytes().slice();
    if (this.#hasMarkers) {
      for (const { offset } of compressedInfo(database).archives.filter(isEmpty)) bytes[offset] = END_MARKER;
    }
    if (this.#staleChecksum !== undefined) {
      new DataView(bytes.buffer).setUint32(CHECKSUM_OFFSET, this.#staleChecksum);
    }
    return bytes;
  }

  #has(tag: string): boolean {
    return this.#tags.includes(tag);
  }

  #part(parting: Parting): void {
    this.#parting ??= parting;
  }

  /** The first growth leaves a marker in an archive without points, the second one reads it as a point. */
  #observeGrowth({ archives }: CompressedInfo): void {
    const growths = archives.reduce((sum, archive) => sum + archive.growths, 0);
    if (growths > this.#growths) {
      if (this.#hasMarkers && archives.some(isEmpty)) this.#part('damaged archive');
      this.#hasMarkers = true;
    }
    this.#growths = growths;
  }
}

type ArchiveInfo = CompressedInfo['archives'][number];

function isEmpty({ ranges }: ArchiveInfo): boolean {
  return ranges.every(({ start }) => start === 0);
}

/** True if go-whisper would grow an archive whose blocks are as large as they can be. */
function asksBeyondCap({ pointSize, blockSize, ranges, current }: ArchiveInfo): boolean {
  const closed = ranges.filter(({ start }, index) => start !== 0 && index !== current.index);
  const points = closed.reduce((sum, { count }) => sum + count, 0);
  const real = Math.fround(Math.fround(closed.length * blockSize) / Math.fround(points));
  return pointSize === LARGEST_POINT_SIZE && points > 0 && real > LARGEST_POINT_SIZE;
}

function holdsComputedNaN(database: Database): boolean {
  return database.info.archives.some((_, index) => {
    return index > 0 && database.points(index).values.some(Number.isNaN);
  });
}
