/** The metadata of a compressed file for the life of a handle: read, kept while nobody else changes them, and written. */
import { WhisperError } from '../errors.js';
import { type ByteFile, readStart } from '../file/byte-file.js';
import type { Span } from '../file/journal.js';
import { writeJournaled } from '../file/journaled-write.js';
import { Patience } from '../file/patience.js';
import { changesUnderWay, type Settled, settleJournal } from '../file/settle-journal.js';
import { StagedFile } from '../file/staged-file.js';
import type { Dialect } from '../format/aggregation-method.js';
import {
  type CompressedHeader,
  compressedHeaderSize,
  computeChecksum,
  decodeCompressedHeader,
  planMetadata,
  storedChecksum,
} from '../format/compressed-header.js';
import type { Durability } from './database.js';
import { isWithinOne, Metadata, PAGE_SIZE, SECTOR_SIZE } from './metadata.js';

export type { Metadata } from './metadata.js';

/** How a compressed file is worked on. */
export interface CompressedSettings {
  readonly dialect: Dialect;
  /** Accept blocks that lie behind the end of the file. */
  readonly isCutOff: boolean;
  /** Take what can be read of damaged blocks. */
  readonly isLenient: boolean;
  /** Nobody else writes to the file: the metadata that were read stay the present ones. */
  readonly isExclusive: boolean;
  /** Late points are put into their blocks, and not discarded. */
  readonly insertsLate: boolean;
  /** What a call does so that it outlives a crash; nothing if left out. */
  readonly durable?: Durability;
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
export function loadMetadata(file: ByteFile, keepsLate = false): Metadata {
  const { header, stored } = readMetadata(file, beginningOf(file), false);
  return new Metadata(file, header, stored, keepsLate);
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

/** What became of an attempt to read the metadata. */
interface Attempt {
  readonly metadata: Metadata | undefined;
  /** Why there are none. */
  readonly error: unknown;
  /** Whether they are surely of one moment: their checksum is right. */
  readonly isRight: boolean;
}

/** What became of one reading. */
type Outcome<T> =
  | { readonly isDone: true; readonly result: T }
  | { readonly isDone: false; readonly damage: unknown };

/** How often a read is begun anew when a writer came between its parts. */
const MOST_ATTEMPTS = 8;
/**
 * Milliseconds to wait for metadata whose checksum may be about to become right: on a busy machine a writer is kept from its
 * second page for a while. Such as go-whisper leaves wrong, after a change of settings, are taken once the file rests.
 */
const CHECKSUM_MS = 400;
/** Milliseconds to wait for a writer that is between a block and the metadata. */
const BLOCK_MS = 400;
/** Milliseconds to wait for a writer whose journal is there: it is at work. */
const JOURNAL_MS = 900;

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
  /** A call has failed while it wrote: what it left is settled by the next one. */
  #hasFailed = false;
  /** The next read is to be made through the journal of the writer that is at work. */
  #looksThrough = false;

  constructor(file: ByteFile, settings: CompressedSettings) {
    this.#file = file;
    this.#staged = new StagedFile(file);
    this.#settings = settings;
  }

  /**
   * The metadata as the file has them, to be changed.
   *
   * What another writer is about to change is waited for; a checksum that stays wrong is taken for one that is stale.
   *
   * @throws WhisperError `WSP_CORRUPT`, `WSP_UNSUPPORTED_FORMAT`, `WSP_JOURNAL`
   */
  load(): Metadata {
    return this.#present !== undefined && this.#isCurrent(this.#present.stored)
      ? this.#present
      : this.#loadAnew(undefined, false);
  }

  #isCurrent(stored: Uint8Array): boolean {
    if (this.#settings.durable === 'journal') settleJournal(this.#file);
    return this.#settings.isExclusive || this.#isPresent(stored);
  }

  #loadAnew(known: KnownFile | undefined, isReading: boolean): Metadata {
    this.#present = undefined;
    if (this.#hasFailed) settleJournal(this.#file);
    this.#hasFailed = false;
    const patience = new Patience(this.#file);
    for (let start = known; ; start = undefined) {
      const { metadata, error, isRight } = this.#attempt(start ?? beginningOf(this.#file, this.#seen.length));
      this.#present = metadata;
      if (metadata !== undefined && isRight) return metadata;
      const journal = this.#settle();
      const under = isReading && journal === 'at work' ? this.#readThroughJournal() : undefined;
      if (under !== undefined) return under;
      if (journal === 'settled' || this.#waits(patience, journal, CHECKSUM_MS)) continue;
      if (journal === 'at work' && !isReading) throw this.#isAtWork();
      if (metadata !== undefined) return metadata;
      throw error;
    }
  }

  /** Reads the metadata, from what waits if anything does. */
  #attempt(found: KnownFile): Attempt {
    this.#seen = found.start;
    try {
      const { header, stored } = readMetadata(this.#staged, found, this.#settings.isCutOff);
      this.#seen = stored;
      const metadata = new Metadata(this.#staged, header, stored, this.#settings.insertsLate);
      return { metadata, error: undefined, isRight: storedChecksum(stored) === computeChecksum(stored) };
    } catch (error) {
      if (!isDamage(error)) throw error;
      return { metadata: undefined, error, isRight: false };
    }
  }

  #settle(): Settled {
    return this.#settings.isCutOff ? 'none' : settleJournal(this.#file);
  }

  #isAtWork(): WhisperError {
    this.#present = undefined;
    return new WhisperError('WSP_JOURNAL', {
      found: `the metadata were another writer's to change for ${JOURNAL_MS} ms`,
      expected: 'one writer at a time, or lock: true for each of them',
    });
  }

  #waits(patience: Patience, journal: Settled, mostMs: number): boolean {
    return !this.#settings.isExclusive && patience.pause(journal === 'at work' ? JOURNAL_MS : mostMs);
  }

  /** The metadata as the writer that is at work will leave them, over blocks as it will leave these. */
  #readThroughJournal(): Metadata | undefined {
    const changes = changesUnderWay(this.#file);
    if (changes === undefined) return undefined;
    for (const { position, bytes } of changes) this.#staged.writeAt(bytes, bytes.length, position);
    const { metadata, isRight } = this.#attempt(beginningOf(this.#staged, this.#seen.length));
    if (isRight) return metadata;
    this.#staged.discard();
    return undefined;
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

  /**
   * Reads. A writer may come between the metadata and the blocks, and what does not fit together then is no damage: the
   * read is begun anew while the metadata change under it, and while the file does not rest; or it is made through the
   * journal of the writer that is at work.
   *
   * @param isDamaged  whether a result tells of damage, which is handed back if it stays
   * @param known      the file as it is now, where that is known
   */
  read<T>(
    work: (metadata: Metadata) => T,
    isDamaged: (result: T) => boolean = () => false,
    known?: KnownFile,
  ): T {
    const patience = new Patience(this.#file);
    for (let attempt = 1; ; attempt++) {
      const outcome = this.#readOnce(work, attempt === 1 ? known : undefined);
      if (outcome.isDone && !isDamaged(outcome.result)) return outcome.result;
      if (this.#mayBecomeSound(patience, attempt)) continue;
      if (outcome.isDone) return outcome.result;
      throw outcome.damage;
    }
  }

  #readOnce<T>(work: (metadata: Metadata) => T, known: KnownFile | undefined): Outcome<T> {
    try {
      return { isDone: true, result: work(this.#metadataToRead(known)) };
    } catch (damage) {
      if (isDamage(damage)) return { isDone: false, damage };
      throw damage;
    } finally {
      // What was read through a journal is not kept: it is another's to write.
      if (!this.#staged.isEmpty) this.forget();
    }
  }

  #metadataToRead(known: KnownFile | undefined): Metadata {
    if (this.#present !== undefined && this.#isCurrent(this.#present.stored)) return this.#present;
    const under = this.#looksThrough ? this.#readThroughJournal() : undefined;
    this.#looksThrough = false;
    return under ?? this.#loadAnew(known, true);
  }

  /** Whether what was found damaged is worth reading again. */
  #mayBecomeSound(patience: Patience, attempt: number): boolean {
    if (attempt < MOST_ATTEMPTS && !this.isUnchanged()) {
      this.forget();
      return true;
    }
    const journal = this.#settle();
    this.#looksThrough = journal === 'at work' && attempt < MOST_ATTEMPTS;
    if (!this.#looksThrough && journal !== 'settled' && !this.#waits(patience, journal, BLOCK_MS))
      return false;
    this.forget();
    return true;
  }

  /**
   * Writes what waits, in an order in which a crash between two writes loses nothing (doc/durability.md).
   *
   * Blocks go before the metadata that tell of them. Blocks that are begun anew are told to be empty before; such as are
   * written anew, and all else if a power cut is to be outlived, go through a journal.
   *
   * @throws WhisperError `WSP_SYSTEM`, `WSP_JOURNAL`
   */
  commit(): void {
    try {
      const metadata = this.#present;
      if (metadata === undefined) this.#staged.commit();
      else if (this.#isForJournal(metadata)) this.#commitJournaled(metadata);
      else this.#commitInOrder(metadata);
    } catch (error) {
      this.#hasFailed = true;
      this.forget();
      throw error;
    }
  }

  /** Writes the bytes of metadata that were changed as a whole, as far as they differ from those in the file. */
  commitBytes({ bytes, stored }: Metadata): void {
    const from = bytes.findIndex((byte, i) => byte !== stored[i]);
    const to = bytes.findLastIndex((byte, i) => byte !== stored[i]) + 1;
    const spans = from < 0 ? [] : [{ position: from, bytes: bytes.subarray(from, to) }];
    try {
      if (this.#settings.durable === 'journal')
        writeJournaled(this.#file, spans, { isSynced: true, need: 'must' });
      else this.#writeWhole(spans);
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    } finally {
      this.forget();
    }
  }

  /** Whether a change cannot be made in an order of writes under which a crash, of the kind to be outlived, loses nothing. */
  #isForJournal({ isRewritten, isAtOnce }: Metadata): boolean {
    const { durable } = this.#settings;
    return durable === 'journal' || isRewritten || (durable === 'sync' && isAtOnce);
  }

  #commitJournaled(metadata: Metadata): void {
    const { durable, isExclusive } = this.#settings;
    const before = metadata.stored.slice();
    const need = durable === 'journal' ? 'must' : metadata.isRewritten ? 'should' : 'may';
    metadata.writeTo(this.#staged);
    writeJournaled(this.#file, this.#staged.spans, {
      isSynced: this.#isSynced,
      need,
      isUnchanged: () => isExclusive || this.#isPresent(before),
    });
    this.#staged.discard();
  }

  get #isSynced(): boolean {
    const { durable } = this.#settings;
    return durable === 'journal' || durable === 'sync';
  }

  #commitInOrder(metadata: Metadata): void {
    this.#write(metadata.takeRestarts());
    this.#staged.commit();
    this.#writeWhole(metadata.takeChanges(this.#unit));
  }

  /** Bytes that are written as one by the system, if it lives, or by a disk whose power is cut. */
  get #unit(): number {
    return this.#isSynced ? SECTOR_SIZE : PAGE_SIZE;
  }

  /** Writes spans of which none may be cut. */
  #writeWhole(spans: readonly Span[]): void {
    const isSafe = spans.every(({ position, bytes }) => {
      return isWithinOne(this.#unit, position, position + bytes.length);
    });
    if (isSafe) this.#write(spans);
    else writeJournaled(this.#file, spans, { isSynced: this.#isSynced, need: 'may' });
  }

  #write(spans: readonly Span[]): void {
    for (const { position, bytes } of spans) this.#file.writeAt(bytes, bytes.length, position);
  }

  /** Lets go of what waits, and of what is known. */
  forget(): void {
    this.#staged.discard();
    this.#present = undefined;
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof WhisperError && error.code === 'WSP_CORRUPT';
}
