/** A compressed file that is made whole in memory: a new one, or one whose points move to another layout. */
import { CompressedArchive } from '../archive/compressed-archive.js';
import { BlockEncoder } from '../codec/block-encoder.js';
import { WhisperError } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import { MemoryFile } from '../file/memory-file.js';
import {
  type PlannedArchive,
  planBlocks,
  USUAL_POINT_SIZE,
  USUAL_POINTS_PER_BLOCK,
} from '../format/block-plan.js';
import {
  type CompressedArchiveInfo,
  type CompressedHeader,
  decodeCompressedHeader,
  encodeCompressedHeader,
  planMetadata,
  stampChecksum,
} from '../format/compressed-header.js';

/** What a header says beside its archives. */
export type ImageSettings = Omit<CompressedHeader, 'archives'>;

/** Of a file that is made anew go-whisper forgets what it was created with (doc/format.md, quirk 21). */
export function settingsAnew({ aggregation, maxRetention, xFilesFactor }: CompressedHeader): ImageSettings {
  return {
    aggregation,
    maxRetention,
    xFilesFactor,
    pointsPerBlock: USUAL_POINTS_PER_BLOCK,
    pointSize: USUAL_POINT_SIZE,
  };
}

export class CompressedImage {
  readonly archives: readonly CompressedArchive[];
  readonly #settings: ImageSettings;
  readonly #bytes: Uint8Array;
  readonly #metadata: Uint8Array;
  readonly #growths: number[];

  /** @throws WhisperError `WSP_BAD_ARCHIVE_LIST`, `WSP_SYSTEM` for more than the memory takes */
  constructor(settings: ImageSettings, planned: readonly PlannedArchive[]) {
    const { pointsPerBlock, pointSize } = settings;
    const { archives, metadataSize, fileSize } = planBlocks(planned, pointsPerBlock, pointSize);
    this.#settings = settings;
    this.#bytes = allocate(fileSize);
    this.#metadata = this.#bytes.subarray(0, metadataSize);
    this.#growths = archives.map(() => 0);
    this.archives = archivesOver(
      new MemoryFile(this.#bytes, 'owned'),
      archives,
      this.#metadata,
      settings.aggregation === 'mix',
    );
  }

  /** Hands the counters of an older file down. */
  setCounters(index: number, discarded: number, growths: number): void {
    this.archives[index]!.discarded = discarded;
    this.#growths[index] = growths;
  }

  /** Completes the metadata and gives the file's bytes away. */
  finish(): Uint8Array {
    const archives = this.archives.map((archive, i) => ({ ...archive.present, growths: this.#growths[i]! }));
    encodeCompressedHeader(this.#metadata, { ...this.#settings, archives });
    stampChecksum(this.#metadata);
    return this.#bytes;
  }
}

/** The archives of a compressed file, over its metadata in memory. */
export function archivesOver(
  file: ByteFile,
  infos: readonly CompressedArchiveInfo[],
  metadata: Uint8Array,
  isMix: boolean,
  keepsLate = false,
): CompressedArchive[] {
  const encoder = new BlockEncoder();
  const { places } = planMetadata(infos, isMix);
  return infos.map((info, i) => {
    return new CompressedArchive(file, info, metadata, places[i]!, infos[i + 1]?.step, encoder, keepsLate);
  });
}

/** A compressed file that is whole in memory, as it is read. */
export interface LoadedImage {
  readonly header: CompressedHeader;
  readonly archives: readonly CompressedArchive[];
}

/**
 * @param keepsLate  whether what waits in a buffer counts over a block's point of the same time
 * @throws WhisperError `WSP_CORRUPT`, `WSP_UNSUPPORTED_FORMAT`
 */
export function loadImage(bytes: Uint8Array, keepsLate = false): LoadedImage {
  const header = decodeCompressedHeader(bytes, bytes.length);
  const isMix = header.aggregation === 'mix';
  const { size } = planMetadata(header.archives, isMix);
  const file = new MemoryFile(bytes);
  return { header, archives: archivesOver(file, header.archives, bytes.subarray(0, size), isMix, keepsLate) };
}

function allocate(size: number): Uint8Array {
  try {
    return new Uint8Array(size);
  } catch (error) {
    throw new WhisperError('WSP_SYSTEM', {
      found: `a file of ${size} bytes does not fit into memory`,
      cause: error,
    });
  }
}
