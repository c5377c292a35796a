/** The metadata of a compressed file, as every call reads them anew: another process may have changed them. */
import type { CompressedArchive } from '../archive/compressed-archive.js';
import { type ByteFile, readStart } from '../file/byte-file.js';
import type { Dialect } from '../format/aggregation-method.js';
import {
  type CompressedHeader,
  compressedHeaderSize,
  decodeCompressedHeader,
  encodeCompressedHeader,
  planMetadata,
  stampChecksum,
} from '../format/compressed-header.js';
import { archivesOver } from './compressed-image.js';

/** How a compressed file is worked on. */
export interface CompressedSettings {
  readonly dialect: Dialect;
  /** Accept blocks that lie behind the end of the file. */
  readonly isCutOff: boolean;
  /** Take what can be read of damaged blocks. */
  readonly isLenient: boolean;
}

/** The metadata at one moment, and the archives over them. */
export interface Loaded {
  readonly header: CompressedHeader;
  readonly metadata: Uint8Array;
  readonly archives: readonly CompressedArchive[];
}

/**
 * @param expected  bytes that the metadata probably have: if so, one read brings them
 * @param see       is shown the bytes before anything is made of them
 * @throws WhisperError `WSP_CORRUPT`, `WSP_UNSUPPORTED_FORMAT`
 */
export function loadMetadata(
  file: ByteFile,
  expected: number,
  isCutOff: boolean,
  see: (bytes: Uint8Array) => void = () => {},
): Loaded {
  const fileSize = file.size();
  let metadata = readStart(file, expected);
  see(metadata);
  const needed = compressedHeaderSize(metadata);
  if (needed > metadata.length && needed <= fileSize) metadata = readStart(file, needed);
  const header = decodeCompressedHeader(metadata, fileSize, isCutOff);
  const isMix = header.aggregation === 'mix';
  const { size } = planMetadata(header.archives, isMix);
  if (size > metadata.length) metadata = readStart(file, size);
  metadata = metadata.subarray(0, size);
  see(metadata);
  return { header, metadata, archives: archivesOver(file, header.archives, metadata, isMix) };
}

/** Brings the metadata up to date with the archives over them, and writes them. */
export function writeMetadata(file: ByteFile, { header, metadata, archives }: Loaded): void {
  encodeCompressedHeader(metadata, { ...header, archives: archives.map(({ present }) => present) });
  stampChecksum(metadata);
  file.writeAt(metadata, metadata.length, 0);
}
