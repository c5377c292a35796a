/** The metadata of a compressed file: read, kept while nobody else changes them, and written where they have changed. */
import type { CompressedArchive } from '../archive/compressed-archive.js';
import { crc32AfterChange } from '../bytes/crc32.js';
import { WhisperError } from '../errors.js';
import { type ByteFile, readStart } from '../file/byte-file.js';
import { StagedFile } from '../file/staged-file.js';
import type { Dialect } from '../format/aggregation-method.js';
import {
  ARCHIVE_HEADER_SIZE,
  type ArchivePlace,
  CHECKSUM_OFFSET,
  CHECKSUM_SIZE,
  type CompressedHeader,
  compressedHeaderSize,
  computeChecksum,
  decodeCompressedHeader,
  encodeArchiveHeader,
  planMetadata,
  stampChecksum,
  storedChecksum,
  writeChecksum,
} from '../format/compressed-header.js';
import { archivesOver } from './compressed-image.js';

/** How a compressed file is worked on. */
export interface CompressedSettings {
  readonly dialect: Dialect;
  /** Accept blocks that lie behind the end of the file. */
  readonly isCutOff: boolean;
  /** Take what can be read of damaged blocks. */
  readonly isLenient: boolean;
  /** Nobody else writes to the file: the metadata that were read stay the present ones. */
  readonly isExclusive: boolean;
}

/** Bytes of metadata whose checksum is sooner computed anew than told from what has changed. */
const SMALL = 8 * 1024;
/** Bytes worth writing once more to save a call: it costs as much as copying these. */
const WORTH_BRIDGING = 4096;

/** A part of the metadata, in bytes: [from, to). */
interface Span {
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
   * @param file    where the blocks are
   * @param stored  the metadata, of their full length
   */
  constructor(file: ByteFile, header: CompressedHeader, stored: Uint8Array) {
    const isMix = header.aggregation === 'mix';
    this.header = header;
    this.stored = stored;
    this.bytes = stored.slice();
    this.#places = planMetadata(header.archives, isMix).places;
    this.archives = archivesOver(file, header.archives, this.bytes, isMix);
  }

  /** The header with the archives as they are by now. */
  get present(): CompressedHeader {
    return { ...this.header, archives: this.archives.map(({ present }) => present) };
  }

  /** Writes what has changed, checksum included. */
  writeTo(file: ByteFile): void {
    const changes = this.#changes();
    if (changes.length > 0) {
      this.#stamp(changes);
      this.#write(file, changes);
    } else if (storedChecksum(this.bytes) !== this.#knownChecksum()) {
      writeChecksum(this.bytes, this.#knownChecksum());
      this.#write(file, []);
    }
    for (const archive of this.archives) archive.settle();
  }

  /** Brings the headers of the archives up to date; returns what has changed, by position. */
  #changes(): Span[] {
    const headers: Span[] = [];
    const parts: Span[] = [];
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

  #stamp(changes: readonly Span[]): void {
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

  /**
   * Writes parts of the metadata in as few calls as is sensible, the one with the checksum last.
   *
   * Points that went to blocks have left a buffer, and are told of by a header and a range: all of these are written at
   * once, since whoever is stopped between two of them, or reads between them, would miss what earlier calls had stored.
   */
  #write(file: ByteFile, changes: readonly Span[]): void {
    const isAtOnce = this.archives.some(({ ring }) => ring.isChanged);
    const checksum = { from: CHECKSUM_OFFSET, to: CHECKSUM_OFFSET + CHECKSUM_SIZE };
    const spans = bridge([checksum, ...changes], isAtOnce ? Number.POSITIVE_INFINITY : WORTH_BRIDGING);
    for (const { from, to } of spans.reverse()) {
      const bytes = this.bytes.subarray(from, to);
      file.writeAt(bytes, bytes.length, from);
      this.stored.set(bytes, from);
    }
  }
}

/** Makes one span of those that have at most so many bytes between them. */
function bridge(spans: readonly Span[], most: number): Span[] {
  const bridged: Span[] = [];
  for (const span of spans) {
    const before = bridged.at(-1);
    if (before !== undefined && span.from - before.to <= most) {
      bridged[bridged.length - 1] = { from: before.from, to: span.to };
    } else bridged.push(span);
  }
  return bridged;
}

/** What one read of the beginning brings: the metadata of most files. */
const USUAL_METADATA_SIZE = 4096;

/** What was read of a file already. */
export interface KnownFile {
  /** What it begins with. */
  readonly start: Uint8Array;
  /** Bytes of it all. */
  readonly fileSize: number;
}

/** The metadata of a file that rests. */
export function loadMetadata(file: ByteFile): Metadata {
  const { header, stored } = readMetadata(file, beginningOf(file), false);
  return new Metadata(file, header, stored);
}

/** @param expected  bytes that the metadata probably have */
function beginningOf(file: ByteFile, expected = 0): KnownFile {
  return { start: readStart(file, Math.max(USUAL_METADATA_SIZE, expected)), fileSize: file.size() };
}

/**
 * The metadata, all of them from one read: a writer that comes between two would leave a header and ranges that do not
 * belong together.
 *
 * @throws WhisperError `WSP_CORRUPT`, `WSP_UNSUPPORTED_FORMAT`
 */
function readMetadata(
  file: ByteFile,
  { start: known, fileSize }: KnownFile,
  isCutOff: boolean,
): { header: CompressedHeader; stored: Uint8Array } {
  const needed = compressedHeaderSize(known);
  let start = needed > known.length && needed <= fileSize ? readAll(file, needed) : known;
  for (;;) {
    const header = decodeCompressedHeader(start, fileSize, isCutOff);
    const { size } = planMetadata(header.archives, header.aggregation === 'mix');
    if (size <= start.length) return { header, stored: start.slice(0, size) };
    start = readAll(file, size);
  }
}

function readAll(file: ByteFile, size: number): Uint8Array {
  const start = readStart(file, size);
  if (start.length === size) return start;
  throw new WhisperError('WSP_CORRUPT', {
    found: `a file of ${start.length} bytes`,
    expected: `${size} of metadata`,
  });
}

/**
 * The metadata of a file for the life of its handle.
 *
 * Another process may write to the file, so each call reads the metadata; if they are what was read before, all that was made
 * of them still holds. Changes wait until they are committed, blocks as well as metadata.
 */
export class MetadataKeeper {
  readonly #file: ByteFile;
  readonly #staged: StagedFile;
  readonly #settings: CompressedSettings;
  #present: Metadata | undefined;
  /** For reading them once more. */
  #again = new Uint8Array(0);
  /** What was last read, whether anything could be made of it or not. */
  #seen: Uint8Array = new Uint8Array(0);

  constructor(file: ByteFile, settings: CompressedSettings) {
    this.#file = file;
    this.#staged = new StagedFile(file);
    this.#settings = settings;
  }

  /**
   * The metadata as the file has them.
   *
   * @param known  the file as it is now, where that is known
   * @throws WhisperError `WSP_CORRUPT`, `WSP_UNSUPPORTED_FORMAT`
   */
  load(known?: KnownFile): Metadata {
    if (this.#present !== undefined && (this.#settings.isExclusive || this.#isPresent(this.#present.stored)))
      return this.#present;
    this.#present = undefined;
    const found = known ?? beginningOf(this.#file, this.#seen.length);
    this.#seen = found.start;
    const { header, stored } = readMetadata(this.#file, found, this.#settings.isCutOff);
    this.#seen = stored;
    this.#present = new Metadata(this.#staged, header, stored);
    return this.#present;
  }

  #isPresent(stored: Uint8Array): boolean {
    if (this.#again.length !== stored.length) this.#again = new Uint8Array(stored.length);
    const read = this.#file.readAt(this.#again, stored.length, 0);
    return read === stored.length && Buffer.compare(this.#again, stored) === 0;
  }

  /** Whether the file still has what was last read. */
  isUnchanged(): boolean {
    const present = readStart(this.#file, this.#seen.length);
    return Buffer.compare(present, this.#seen) === 0;
  }

  /** Writes what waits: blocks, then metadata. */
  commit(): void {
    try {
      this.#staged.commit();
      this.#present?.writeTo(this.#file);
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** Lets go of what waits, and of what is known. */
  forget(): void {
    this.#staged.discard();
    this.#present = undefined;
  }
}
