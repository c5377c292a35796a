/** The metadata of a compressed file: as they stand there, and as the archives over them change them. */
import type { CompressedArchive } from '../archive/compressed-archive.js';
import { crc32AfterChange } from '../bytes/crc32.js';
import type { ByteFile } from '../file/byte-file.js';
import type { Span } from '../file/journal.js';
import { BLOCK_RANGE_SIZE, decodeBlockRange } from '../format/block-range.js';
import {
  ARCHIVE_HEADER_SIZE,
  type ArchivePlace,
  CHECKSUM_OFFSET,
  CHECKSUM_SIZE,
  type CompressedHeader,
  type CurrentBlock,
  computeChecksum,
  encodeArchiveHeader,
  planMetadata,
  stampChecksum,
  storedChecksum,
  writeChecksum,
} from '../format/compressed-header.js';
import { NO_POINT } from '../format/raw-point.js';
import { archivesOver } from './compressed-image.js';

/** Bytes of metadata whose checksum is sooner computed anew than told from what has changed. */
const SMALL = 8 * 1024;

/** Bytes that are written as one even by a process that is killed meanwhile: a page of the system's memory. */
export const PAGE_SIZE = 4096;
/** Bytes that a disk writes as one whose power is cut meanwhile. */
export const SECTOR_SIZE = 512;

/** A part of the metadata, in bytes: [from, to). */
interface Part {
  readonly from: number;
  readonly to: number;
}

/** The metadata as they were in the file, as they shall be, and the archives over the latter. */
export class Metadata {
  readonly header: CompressedHeader;
  readonly archives: readonly CompressedArchive[];
  /** As they shall be: block ranges and buffers are changed here by the archives. */
  readonly bytes: Uint8Array;
  /** As the file has them. */
  readonly stored: Uint8Array;
  /** Whether the archives, as they are, have been asked if the file must grow. */
  isGrowthChecked = false;
  readonly #places: readonly ArchivePlace[];
  /** The right checksum of `stored`, once it is known: the one that stands there may be wrong. */
  #checksum: number | undefined;

  /**
   * @param file       where the blocks are
   * @param stored     the metadata, of their full length
   * @param keepsLate  whether the archives keep late points, to be inserted
   */
  constructor(file: ByteFile, header: CompressedHeader, stored: Uint8Array, keepsLate = false) {
    const isMix = header.aggregation === 'mix';
    this.header = header;
    this.stored = stored;
    this.bytes = stored.slice();
    this.#places = planMetadata(header.archives, isMix).places;
    this.archives = archivesOver(file, header.archives, this.bytes, isMix, keepsLate);
  }

  /** The header with the archives as they are by now. */
  get present(): CompressedHeader {
    return { ...this.header, archives: this.archives.map(({ present }) => present) };
  }

  /** Whether blocks have changed, so that the metadata must be written in one. */
  get isAtOnce(): boolean {
    return this.archives.some(({ ring }) => ring.isChanged);
  }

  /** Whether blocks that held points are written anew. */
  get isRewritten(): boolean {
    return this.archives.some(({ ring }) => ring.isRewritten);
  }

  /** Writes what has changed, checksum included. */
  writeTo(file: ByteFile): void {
    for (const { position, bytes } of this.takeChanges()) file.writeAt(bytes, bytes.length, position);
  }

  /**
   * What has changed, in the order in which it is to be written, the checksum last; from then on it counts as stored.
   *
   * Points that went to blocks have left a buffer, and are told of by a header and a range: all of these are one span,
   * since whoever is stopped between two of them, or reads between them, would miss what earlier calls had stored.
   *
   * @param unit  bytes that are written as one: no span that could be two lies across a multiple of it
   */
  takeChanges(unit = PAGE_SIZE): Span[] {
    const changes = this.#changes();
    if (changes.length > 0) this.#stamp(changes);
    else if (storedChecksum(this.bytes) !== this.#knownChecksum())
      writeChecksum(this.bytes, this.#knownChecksum());
    else return [];
    const spans = this.#spansOf(changes, this.isAtOnce ? Number.POSITIVE_INFINITY : unit, this.bytes);
    for (const { position, bytes } of spans) this.stored.set(bytes, position);
    for (const archive of this.archives) archive.settle();
    return spans;
  }

  /**
   * What to write before blocks that hold points are begun anew: that they hold none. From then on it counts as stored.
   *
   * @returns  nothing where no such block is
   */
  takeRestarts(): Span[] {
    const emptied: Part[] = [];
    const bytes = this.stored.slice();
    for (const [i, archive] of this.archives.entries()) {
      if (archive.ring.isRotated) emptied.push(...this.#emptyRestarted(bytes, archive, this.#places[i]!));
    }
    if (emptied.length === 0) return [];
    this.#checksum = stampChecksum(bytes);
    const spans = this.#spansOf(emptied, PAGE_SIZE, bytes);
    this.stored.set(bytes);
    return spans;
  }

  /** Empties the ranges of blocks that this archive has begun anew; returns what was changed. */
  #emptyRestarted(bytes: Uint8Array, archive: CompressedArchive, place: ArchivePlace): Part[] {
    const view = new DataView(bytes.buffer);
    const emptied: Part[] = [];
    let isAnyLeft = false;
    for (let block = 0; block < archive.info.blockCount; block++) {
      const from = place.ranges + block * BLOCK_RANGE_SIZE;
      const { start } = decodeBlockRange(view, from);
      if (start === 0) continue;
      if (archive.ring.range(block).start === start) isAnyLeft = true;
      else {
        emptied.push({ from, to: from + BLOCK_RANGE_SIZE });
        bytes.fill(0, from, from + BLOCK_RANGE_SIZE);
      }
    }
    if (isAnyLeft || emptied.length === 0) return emptied;
    // The ring has come round wholly: the block that was the current one is begun anew as well.
    encodeArchiveHeader(bytes, place, { ...archive.present, current: emptyCurrent(archive) });
    return [{ from: place.header, to: place.header + ARCHIVE_HEADER_SIZE }, ...emptied];
  }

  /** Brings the headers of the archives up to date; returns what has changed, by position. */
  #changes(): Part[] {
    const headers: Part[] = [];
    const parts: Part[] = [];
    for (const [i, archive] of this.archives.entries()) {
      const place = this.#places[i]!;
      if (archive.isChanged) {
        encodeArchiveHeader(this.bytes, place, archive.present);
        headers.push({ from: place.header, to: place.header + ARCHIVE_HEADER_SIZE });
      }
      const { touched } = archive.ring;
      if (!touched.isEmpty) parts.push({ from: place.ranges + touched.from, to: place.ranges + touched.to });
      const buffer = archive.buffer?.touched;
      if (buffer !== undefined && !buffer.isEmpty) {
        parts.push({ from: place.buffer + buffer.from, to: place.buffer + buffer.to });
      }
    }
    return [...headers, ...parts];
  }

  #stamp(changes: readonly Part[]): void {
    if (this.bytes.length <= SMALL) {
      this.#checksum = stampChecksum(this.bytes);
      return;
    }
    let checksum = this.#knownChecksum();
    for (const { from, to } of changes) {
      const [before, after] = [this.stored.subarray(from, to), this.bytes.subarray(from, to)];
      checksum = crc32AfterChange(checksum, before, after, this.bytes.length - to);
    }
    this.#checksum = checksum;
    writeChecksum(this.bytes, checksum);
  }

  #knownChecksum(): number {
    this.#checksum ??= computeChecksum(this.stored);
    return this.#checksum;
  }

  /** Parts of the metadata and the checksum in as few spans as is sensible, the one with the checksum last. */
  #spansOf(parts: readonly Part[], unit: number, bytes: Uint8Array): Span[] {
    const checksum = { from: CHECKSUM_OFFSET, to: CHECKSUM_OFFSET + CHECKSUM_SIZE };
    return bridge([checksum, ...parts], unit)
      .reverse()
      .map(({ from, to }) => ({ position: from, bytes: bytes.subarray(from, to) }));
  }
}

/** Makes one part of those that lie in one unit. */
function bridge(parts: readonly Part[], unit: number): Part[] {
  const bridged: Part[] = [];
  for (const part of parts) {
    const before = bridged.at(-1);
    if (before !== undefined && isWithinOne(unit, before.from, part.to)) {
      bridged[bridged.length - 1] = { from: before.from, to: part.to };
    } else bridged.push(part);
  }
  return bridged;
}

/** Whether the bytes [from, to) of a file lie in one unit of so many bytes. */
export function isWithinOne(unit: number, from: number, to: number): boolean {
  return Math.floor(from / unit) === Math.floor((to - 1) / unit);
}

/** The current block of an archive while nothing is in it yet. */
function emptyCurrent({ ring, info }: CompressedArchive): CurrentBlock {
  const { index } = ring.current;
  return {
    index,
    first: NO_POINT,
    latest: NO_POINT,
    previous: NO_POINT,
    lastByte: 0,
    lastByteOffset: info.offset + index * info.blockSize,
    bitPosition: 7,
    count: 0,
    crc: 0,
  };
}
