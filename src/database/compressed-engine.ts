import { damageOf, type ReadBlock } from '../archive/block-reader.js';
import type { BlockRing } from '../archive/block-ring.js';
import type { CompressedArchive } from '../archive/compressed-archive.js';
import type { Slots } from '../archive/standard-archive.js';
import type { DecodeLimits } from '../codec/block-decoder.js';
import { WhisperError } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import type { AggregationMethod } from '../format/aggregation-method.js';
import { checkCompressedMethod } from '../format/aggregation-spec.js';
import { END_MARKER_BITS } from '../format/block-size.js';
import {
  type CompressedArchiveInfo,
  type CompressedHeader,
  computeChecksum,
  encodeCompressedHeader,
  stampChecksum,
  storedChecksum,
} from '../format/compressed-header.js';
import { PointRun } from '../format/point-run.js';
import { fetchCompressed } from './compressed-fetch.js';
import {
  type CompressedSettings,
  type KnownFile,
  type Metadata,
  MetadataKeeper,
} from './compressed-metadata.js';
import { type Draft, storeBatch } from './compressed-update.js';
import type { BatchOptions, Engine, Settings } from './engine.js';
import { type EraseRange, eraseCompressed } from './erase.js';
import type { ArchiveChoice, FetchRange, Reach } from './fetch.js';
import { type CompressedInfo, compressedOddities, describeCurrent } from './info.js';
import type { SortedPoints } from './points.js';
import type { Series } from './series.js';
import { endOfPast, notCovered, type UpdateResult } from './update.js';

/** Puts the bytes of a grown file in the place of the former one, closes that and gives the new one. */
export type ReplaceFile = (bytes: Uint8Array, former: ByteFile) => ByteFile;

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

/** Compressed files: rings of blocks, behind metadata of which every update writes what it changes. */
export class CompressedEngine implements Engine {
  readonly format = 'compressed';
  /** As it was when the file was opened. */
  readonly header: CompressedHeader;
  readonly archives: readonly Reach[];
  readonly writable: readonly Reach[];
  readonly #settings: CompressedSettings;
  readonly #replace: ReplaceFile;
  #file: ByteFile;
  #keeper: MetadataKeeper;

  /**
   * @param known  the file as it is now
   * @throws WhisperError `WSP_CORRUPT`, `WSP_UNSUPPORTED_FORMAT`
   */
  constructor(file: ByteFile, settings: CompressedSettings, replace: ReplaceFile, known?: KnownFile) {
    this.#file = file;
    this.#keeper = new MetadataKeeper(file, settings);
    this.#settings = settings;
    this.#replace = replace;
    const { header, archives } = this.#keeper.read((metadata) => metadata, undefined, known);
    this.header = header;
    this.archives = archives.map(({ step, points, retention }) => ({ step, points, retention }));
    this.writable = header.aggregation === 'mix' ? this.archives.slice(0, 1) : this.archives;
  }

  get file(): ByteFile {
    return this.#file;
  }

  info(): CompressedInfo {
    return this.#keeper.read((metadata) => this.#describe(metadata));
  }

  #describe({ header, stored, archives }: Metadata): CompressedInfo {
    const { aggregation, xFilesFactor, maxRetention, pointsPerBlock, pointSize } = header;
    const fileSize = this.#file.size();
    const checksum = storedChecksum(stored);
    const isChecksumRight = checksum === computeChecksum(stored);
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
      metadataSize: stored.length,
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
    const { aggregation, maxRetention } = this.header;
    const reach = aggregation === 'mix' ? this.writable[0]!.retention : maxRetention;
    const isCovered = timestamp <= now && now - timestamp < reach;
    if (!isCovered && this.#settings.dialect !== 'go') throw notCovered(timestamp, reach, now);
    const points = { timestamps: [timestamp], values: Float64Array.of(value), length: 1 };
    this.updateBatch(points, { now, future: 'store', retention: undefined });
  }

  updateBatch(points: SortedPoints, options: BatchOptions): UpdateResult {
    const end = endOfPast(points, options.now, options.future);
    const draft = this.#store(points, end, options);
    const { taken, late, inserted, replaced, discarded } = draft;
    const written = taken - late;
    return { written, inserted, replaced, dropped: points.length - taken, discarded };
  }

  /** Stores the points [0, end). */
  #store(points: SortedPoints, end: number, options: BatchOptions): Draft {
    try {
      const draft = this.#draft(points, end, options, true);
      const grown = draft.finishGrown();
      if (grown === undefined) {
        this.#keeper.commit();
        return draft;
      }
      const refusal = this.#grow(grown);
      if (refusal === undefined) return draft;
      this.#keeper.forget();
      const ungrown = this.#draft(points, end, options, false);
      // A metric should not stop for want of growth, but in the place of these points others would be lost.
      if (ungrown.hasLost && this.#settings.dialect !== 'go') throw refusal;
      this.#keeper.commit();
      return ungrown;
    } catch (error) {
      this.#keeper.forget();
      throw error;
    }
  }

  #draft(points: SortedPoints, end: number, options: BatchOptions, mayGrow: boolean): Draft {
    return storeBatch(this.#file, this.#keeper, points, end, options, this.#settings, mayGrow);
  }

  /**
   * @throws WhisperError `WSP_CORRUPT` for a damaged block that may hold points of the range, `WSP_SYSTEM` also if the file
   *   has to grow and cannot
   */
  erase(range: EraseRange): number {
    try {
      const { erased, grown } = eraseCompressed(this.#file, this.#keeper, range, this.#settings);
      if (grown === undefined) this.#keeper.commit();
      else this.#adopt(grown);
      return erased;
    } catch (error) {
      this.#keeper.forget();
      throw error;
    }
  }

  fetch(range: FetchRange, choice: ArchiveChoice, isClamped: boolean, spec: unknown): Series | null {
    return this.#keeper.read(({ header, archives }) => {
      return fetchCompressed(header, archives, range, choice, isClamped, spec, this.#settings);
    });
  }

  /** Of a damaged block what its bits happen to say. */
  slots(index: number): Slots {
    const read = ({ archives }: Metadata) => {
      const { ring, buffer, info } = archives[index]!;
      const all = new PointRun();
      let isDamaged = false;
      for (let i = 0; i < info.blockCount; i++) {
        if (ring.range(i).start === 0) continue;
        if (damageOf(ring.readBlock(i, all, limitsOf(ring, i))) !== undefined) isDamaged = true;
      }
      for (const { timestamp, high, low } of buffer?.slotsInOrder() ?? []) all.push(timestamp, high, low);
      const timestamps = Uint32Array.from(all.timestamps.subarray(0, all.length));
      return { slots: { timestamps, values: all.values.slice(0, all.length) }, isDamaged };
    };
    return this.#keeper.read(read, ({ isDamaged }) => isDamaged).slots;
  }

  points(index: number): PointRun {
    return this.#keeper.read(({ archives }) => archives[index]!.allPoints(this.#settings.isLenient));
  }

  /** Every block of an archive, in the order of the file. */
  blocks(index: number): Block[] {
    const read = ({ archives }: Metadata) => {
      const { ring, info } = archives[index]!;
      return Array.from({ length: info.blockCount }, (_, i) => {
        const points = new PointRun();
        const isEmpty = ring.range(i).start === 0;
        return isEmpty
          ? emptyBlock(i, info, ring.current.index)
          : describeBlock(ring.readBlock(i, points, limitsOf(ring, i)), points, info.blockSize);
      });
    };
    return this.#keeper.read(read, (blocks) => blocks.some(({ damage }) => damage !== undefined));
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
    const metadata = this.#keeper.load();
    const { header, present, bytes } = metadata;
    encodeCompressedHeader(bytes, {
      ...present,
      aggregation: aggregation ?? header.aggregation,
      xFilesFactor: xFilesFactor ?? header.xFilesFactor,
    });
    // go-whisper leaves the checksum as it was (doc/format.md, quirk 29).
    stampChecksum(bytes);
    this.#keeper.commitBytes(metadata);
    return header;
  }

  /**
   * Puts a grown file in the place of the one there is.
   *
   * @returns  why the system refuses it, for want of room or of a right to the folder: growth is then tried again by the next
   *   call
   */
  #grow(grown: Uint8Array): WhisperError | undefined {
    try {
      this.#adopt(grown);
      return undefined;
    } catch (error) {
      // A failure after the new file took the name, as of syncing its folder, is told: there is no former layout then.
      const isRefused = error instanceof WhisperError && error.fault === 'system' && !this.#file.isReplaced();
      if (isRefused) return error;
      throw error;
    }
  }

  #adopt(grown: Uint8Array): void {
    this.#file = this.#replace(grown, this.#file);
    this.#keeper = new MetadataKeeper(this.#file, this.#settings);
  }
}

/** Of the current block what its range tells: a writer that was stopped may have left more behind it. */
function limitsOf(ring: BlockRing, index: number): DecodeLimits {
  return index === ring.current.index ? { most: ring.range(index).count + 1 } : {};
}

function describeArchive({ present, step, points, retention, ring, buffer }: CompressedArchive) {
  const { offset, blockSize, blockCount, pointSize, spec, discarded, growths, current } = present;
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
