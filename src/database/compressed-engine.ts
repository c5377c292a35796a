import { type BlockRing, damageOf, type ReadBlock } from '../archive/block-ring.js';
import { type CompressedArchive, storePoints } from '../archive/compressed-archive.js';
import { propagateMix } from '../archive/mix-groups.js';
import type { Slots } from '../archive/standard-archive.js';
import type { DecodeLimits } from '../codec/block-decoder.js';
import { WhisperError } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import { StagedFile } from '../file/staged-file.js';
import type { AggregationMethod, Dialect } from '../format/aggregation-method.js';
import { checkCompressedMethod } from '../format/aggregation-spec.js';
import {
  type CompressedArchiveInfo,
  type CompressedHeader,
  compressedHeaderSize,
  computeChecksum,
  decodeCompressedHeader,
  END_MARKER_BITS,
  encodeCompressedHeader,
  planMetadata,
  stampChecksum,
  storedChecksum,
} from '../format/compressed-header.js';
import { PointRun } from '../format/point-run.js';
import { fetchCompressed, rollUpOf } from './compressed-fetch.js';
import { archivesOver } from './compressed-image.js';
import type { BatchOptions, Engine, Settings } from './engine.js';
import type { ArchiveChoice, FetchRange } from './fetch.js';
import { growIfNeeded } from './growth.js';
import { type CompressedInfo, compressedOddities, describeCurrent } from './info.js';
import { runOf, type SortedPoints } from './points.js';
import type { Series } from './series.js';
import { endOfPast, firstAtLeast, notCovered, type UpdateResult } from './update.js';

/** Puts the bytes of a grown file in the place of the former one, closes that and gives the new one. */
export type ReplaceFile = (bytes: Uint8Array, former: ByteFile) => ByteFile;

/** How a compressed file is worked on. */
export interface CompressedSettings {
  readonly dialect: Dialect;
  /** Accept blocks that lie behind the end of the file. */
  readonly isCutOff: boolean;
  /** Take what can be read of damaged blocks. */
  readonly isLenient: boolean;
}

/** What one read of the beginning brings: the metadata of most files. */
const USUAL_METADATA_SIZE = 4096;
/** How often a read is begun anew when a writer came between its parts. */
const MOST_ATTEMPTS = 8;

/** The metadata of a file as they are at one moment, and the archives over them. */
interface Loaded {
  readonly header: CompressedHeader;
  readonly metadata: Uint8Array;
  readonly archives: readonly CompressedArchive[];
}

/** One block, as `Database.blocks` tells it. */
export interface Block {
  readonly index: number;
  /** Byte of the file where it begins. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** Times of its first and last point; 0 if it is empty. */
  readonly start: number;
  readonly end: number;
  /** As stored: points after the first. */
  readonly count: number;
  /** CRC-32 as stored, and what the bytes come to. */
  readonly crc: number;
  readonly computedCrc: number;
  readonly isCurrent: boolean;
  readonly isEmpty: boolean;
  /** Bytes that points and end marker take. */
  readonly usedBytes: number;
  /** What can be read of it; of a damaged block the points before the damage. */
  readonly points: { readonly timestamps: Float64Array; readonly values: Float64Array };
  /** What is wrong with it, as the middle of a sentence. */
  readonly damage?: string;
}

/** Compressed files: rings of blocks, behind metadata that every update rewrites. */
export class CompressedEngine implements Engine {
  readonly format = 'compressed';
  /** As it was when the file was opened. */
  readonly header: CompressedHeader;
  readonly #settings: CompressedSettings;
  readonly #replace: ReplaceFile;
  #file: ByteFile;
  #metadataSize = USUAL_METADATA_SIZE;
  /** The metadata as they were last read. */
  #seen: Uint8Array = new Uint8Array(0);

  /** @throws WhisperError `WSP_CORRUPT`, `WSP_UNSUPPORTED_FORMAT` */
  constructor(file: ByteFile, settings: CompressedSettings, replace: ReplaceFile) {
    this.#file = file;
    this.#settings = settings;
    this.#replace = replace;
    this.header = this.#load(file).header;
  }

  get file(): ByteFile {
    return this.#file;
  }

  info(): CompressedInfo {
    const { header, metadata, archives } = this.#load(this.#file);
    const { aggregation, xFilesFactor, maxRetention, pointsPerBlock, pointSize } = header;
    const fileSize = this.#file.size();
    const checksum = storedChecksum(metadata);
    const isChecksumRight = checksum === computeChecksum(metadata);
    return {
      format: 'compressed',
      version: 1,
      aggregation,
      xFilesFactor,
      maxRetention,
      fileSize,
      legacy: false,
      pointsPerBlock,
      pointSize,
      metadataSize: metadata.length,
      checksum,
      isChecksumRight,
      archives: archives.map(describeArchive),
      warnings: compressedOddities(header, isChecksumRight, fileSize),
    };
  }

  /**
   * A batch of one.
   *
   * @throws WhisperError `WSP_TIME_NOT_COVERED` in the future or older than every archive, as in standard files;
   *   go-whisper takes the one and passes over the other
   */
  updateOne(timestamp: number, value: number, now: number): void {
    const points = { timestamps: [timestamp], values: Float64Array.of(value), length: 1 };
    this.#change((loaded) => {
      const { header, archives } = loaded;
      // In a mix file only the base takes points.
      const reach = header.aggregation === 'mix' ? archives[0]!.retention : header.maxRetention;
      const isCovered = timestamp <= now && now - timestamp < reach;
      if (!isCovered && this.#settings.dialect !== 'go') throw notCovered(timestamp, reach, now);
      return share(loaded, points, 1, { now, retention: undefined }, this.#settings);
    });
  }

  updateBatch(points: SortedPoints, options: BatchOptions): UpdateResult {
    const end = endOfPast(points, options.now, options.future);
    return this.#change((loaded) => {
      const before = countDiscarded(loaded.archives);
      const written = share(loaded, points, end, options, this.#settings);
      const discarded = countDiscarded(loaded.archives) - before;
      return { written: Math.max(0, written - discarded), dropped: points.length - written, discarded };
    });
  }

  fetch(range: FetchRange, choice: ArchiveChoice, isClamped: boolean, spec: unknown): Series | null {
    return this.#read(({ header, archives }) => {
      return fetchCompressed(header, archives, range, choice, isClamped, spec, this.#settings);
    });
  }

  slots(index: number): Slots {
    return this.#read(({ archives }) => {
      const { ring, buffer, info } = archives[index]!;
      const all = new PointRun();
      for (let i = 0; i < info.blockCount; i++) {
        if (ring.range(i).start !== 0) ring.readBlock(i, all, limitsOf(ring, i));
      }
      for (const { timestamp, high, low } of buffer?.slotsInOrder() ?? []) all.push(timestamp, high, low);
      return {
        timestamps: Uint32Array.from(all.timestamps.subarray(0, all.length)),
        values: all.values.slice(0, all.length),
      };
    });
  }

  points(index: number): PointRun {
    return this.#read(({ archives }) => archives[index]!.allPoints(this.#settings.isLenient));
  }

  /** Every block of an archive, in the order of the file. */
  blocks(index: number): Block[] {
    return this.#read(({ archives }) => {
      const { ring, info } = archives[index]!;
      return Array.from({ length: info.blockCount }, (_, i) => {
        const points = new PointRun();
        const isEmpty = ring.range(i).start === 0;
        return isEmpty
          ? emptyBlock(i, info, ring.current.index)
          : describeBlock(ring.readBlock(i, points, limitsOf(ring, i)), points, info.blockSize);
      });
    });
  }

  checkMethod(method: unknown): AggregationMethod {
    const checked = checkCompressedMethod(method);
    if (this.header.aggregation !== 'mix') return checked;
    throw new WhisperError('WSP_BAD_AGGREGATION', {
      found: `aggregation method '${checked}' for a mix file`,
      expected: 'no change: its archives have methods of their own',
    });
  }

  changeSettings({ aggregation, xFilesFactor }: Settings): { aggregation: string; xFilesFactor: number } {
    const { header, metadata } = this.#load(this.#file);
    const present = {
      ...header,
      aggregation: aggregation ?? header.aggregation,
      xFilesFactor: xFilesFactor ?? header.xFilesFactor,
    };
    encodeCompressedHeader(metadata, present);
    // go-whisper leaves the checksum as it was (doc/format.md, quirk 29).
    stampChecksum(metadata);
    this.#file.writeAt(metadata, metadata.length, 0);
    return header;
  }

  /** Reads the metadata; the archives work on `file`. */
  #load(file: ByteFile): Loaded {
    const fileSize = file.size();
    let metadata = readStart(file, this.#metadataSize);
    this.#seen = metadata;
    const needed = compressedHeaderSize(metadata);
    if (needed > metadata.length && needed <= fileSize) metadata = readStart(file, needed);
    const header = decodeCompressedHeader(metadata, fileSize, this.#settings.isCutOff);
    const isMix = header.aggregation === 'mix';
    const { size } = planMetadata(header.archives, isMix);
    if (size > metadata.length) metadata = readStart(file, size);
    this.#metadataSize = size;
    metadata = metadata.subarray(0, size);
    this.#seen = metadata;
    return { header, metadata, archives: archivesOver(file, header.archives, metadata, isMix) };
  }

  /**
   * Reads. A writer may come between the metadata and the blocks, and what does not fit together then is no damage:
   * the read is begun anew as long as the metadata change under it.
   */
  #read<T>(work: (loaded: Loaded) => T): T {
    for (let attempt = 1; ; attempt++) {
      try {
        return work(this.#load(this.#file));
      } catch (error) {
        const isDamage = error instanceof WhisperError && error.code === 'WSP_CORRUPT';
        if (!isDamage || attempt === MOST_ATTEMPTS) throw error;
        const present = readStart(this.#file, this.#seen.length);
        if (Buffer.compare(present, this.#seen) === 0) throw error;
      }
    }
  }

  /** Changes points: blocks first, then the metadata, or else the whole file if it has to grow. */
  #change<T>(work: (loaded: Loaded) => T): T {
    const staged = new StagedFile(this.#file);
    const loaded = this.#load(staged);
    const result = work(loaded);
    const { header, metadata, archives } = loaded;
    const grown = growIfNeeded(header, archives);
    // Of a file whose path stands for another one by now, nobody would see the growth, and the other would be lost.
    if (grown !== undefined && !this.#file.isReplaced()) {
      this.#file = this.#replace(grown, this.#file);
      return result;
    }
    encodeCompressedHeader(metadata, { ...header, archives: archives.map(({ present }) => present) });
    stampChecksum(metadata);
    staged.writeAt(metadata, metadata.length, 0);
    staged.commit();
    return result;
  }
}

/**
 * Splits a batch over the archives by age and stores it; returns how many points had an archive.
 *
 * The oldest point that an archive still reaches goes to the next one already, unless there is none older
 * (doc/format.md, quirk 12). In a mix file only the base takes points, so that there it would be lost: it stays with
 * the base, but under the go dialect.
 */
function share(
  { header, archives }: Loaded,
  points: SortedPoints,
  end: number,
  { now, retention }: Pick<BatchOptions, 'now' | 'retention'>,
  { dialect, isLenient }: CompressedSettings,
): number {
  const isMix = header.aggregation === 'mix';
  const handedOn = isMix && dialect !== 'go' ? 0 : 1;
  let left = end;
  for (const [index, archive] of archives.entries()) {
    if (retention !== undefined && archive.retention !== retention) continue;
    const reach = Math.min(left, firstAtLeast(points, now - archive.retention));
    const start = reach === 0 ? 0 : Math.min(left, reach + handedOn);
    if (start === left) continue;
    if (isMix && index > 0) break;
    storeShare(archives, index, runOf(points, start, left), header, isLenient);
    left = start;
    if (left === 0) break;
  }
  return end - left;
}

function storeShare(
  archives: readonly CompressedArchive[],
  index: number,
  points: PointRun,
  header: CompressedHeader,
  isLenient: boolean,
): void {
  if (header.aggregation !== 'mix') storePoints(archives, index, points, rollUpOf(header));
  else if (archives[0]!.appendAligned(points)) propagateMix(archives, header.xFilesFactor, isLenient);
}

/** Of the current block what its range tells: a writer that was stopped may have left more behind it. */
function limitsOf(ring: BlockRing, index: number): DecodeLimits {
  return index === ring.current.index ? { most: ring.range(index).count + 1 } : {};
}

function countDiscarded(archives: readonly CompressedArchive[]): number {
  return archives.reduce((sum, { discarded }) => sum + discarded, 0);
}

function describeArchive({ info, step, points, retention, ring, buffer }: CompressedArchive) {
  const { offset, blockSize, blockCount, pointSize, spec, discarded, growths, current } = info;
  return {
    offset,
    step,
    points,
    retention,
    size: blockSize * blockCount,
    ...(spec === undefined ? {} : { spec }),
    blockSize,
    blockCount,
    pointSize,
    current: describeCurrent(current),
    ranges: Array.from({ length: blockCount }, (_, i) => ring.range(i)),
    bufferSize: buffer?.size ?? 0,
    buffered: buffer?.points().length ?? 0,
    discarded,
    growths,
  };
}

function describeBlock(block: ReadBlock, points: PointRun, size: number): Block {
  const { index, offset, start, end, count, crc, computedCrc, isCurrent, decoded } = block;
  const damage = damageOf(block);
  return {
    index,
    offset,
    size,
    start,
    end,
    count,
    crc,
    computedCrc,
    isCurrent,
    isEmpty: false,
    usedBytes: usedBytes(decoded),
    points: {
      timestamps: points.timestamps.slice(0, points.length),
      values: points.values.slice(0, points.length),
    },
    ...(damage === undefined ? {} : { damage }),
  };
}

/** Of a block that was read up to its last point the end marker is still to come. */
function usedBytes({ end, isComplete, damage }: ReadBlock['decoded']): number {
  return Math.ceil((isComplete || damage !== undefined ? end : end + END_MARKER_BITS) / 8);
}

function emptyBlock(index: number, { offset, blockSize }: CompressedArchiveInfo, current: number): Block {
  return {
    index,
    offset: offset + index * blockSize,
    size: blockSize,
    start: 0,
    end: 0,
    count: 0,
    crc: 0,
    computedCrc: 0,
    isCurrent: index === current,
    isEmpty: true,
    usedBytes: 0,
    points: { timestamps: new Float64Array(0), values: new Float64Array(0) },
  };
}

function readStart(file: ByteFile, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  return bytes.subarray(0, file.readAt(bytes, size, 0));
}
