/**
 * Header of the standard format; big-endian throughout. There is no magic, version or checksum.
 *
 *   OFFSET  SIZE  FIELD
 *        0     4  aggregation method   uint32
 *        4     4  max retention        uint32, seconds; the greatest step × points
 *        8     4  xFilesFactor         float32, 0…1
 *       12     4  archive count n      uint32
 *       16  12·n  archives             offset, step, points: uint32 each, finest step first
 *
 * Then the archives, each points × 12 bytes. Until August 2011 the first field was the time of the last
 * update and the method always average; such a field is far above any method's number.
 */
import { WhisperError } from '../errors.js';
import {
  type AggregationMethod,
  aggregationFromNumber,
  aggregationNumber,
  type Dialect,
} from './aggregation-method.js';
import { POINT_SIZE } from './point.js';
import type { Retention } from './retention.js';

/** Bytes before the list of archives. */
export const METADATA_SIZE = 16;
/** Bytes of one entry in the list of archives. */
export const ARCHIVE_INFO_SIZE = 12;
const MAX_RETENTION_OFFSET = 4;
const X_FILES_FACTOR_OFFSET = 8;
const ARCHIVE_COUNT_OFFSET = 12;
/** A first field above this is the time of the last update, not a method: the very old format. */
const LARGEST_METHOD_NUMBER = 1024;
/** Each step divides the next, so a list that follows the rules has at most 32; odd files are given some room. */
export const MOST_ARCHIVES = 1024;
/** What a cut-off body may lack, in bytes and times its size: a reader's memory stays in proportion to the file. */
const LARGEST_CUT = 64 * 1024 * 1024;
const LARGEST_CUT_SHARE = 4;

/** One archive as the header has it. */
export interface ArchiveInfo extends Retention {
  /** Byte of the file where slot 0 begins. */
  readonly offset: number;
}

export interface StandardHeader {
  readonly aggregation: AggregationMethod;
  /** Seconds; as stored, which odd files have other than the greatest step × points. */
  readonly maxRetention: number;
  /** As stored: rounded to single precision. */
  readonly xFilesFactor: number;
  readonly archives: readonly ArchiveInfo[];
  /** Seconds; only in the very old format, which is read as average. */
  readonly lastUpdate?: number;
}

/** Where each archive stands when they follow one another, and how long that makes the file. */
export function planLayout(retentions: readonly Retention[]): { archives: ArchiveInfo[]; fileSize: number } {
  let end = METADATA_SIZE + ARCHIVE_INFO_SIZE * retentions.length;
  const archives = retentions.map(({ step, points }) => {
    const offset = end;
    end += points * POINT_SIZE;
    return { offset, step, points };
  });
  return { archives, fileSize: end };
}

/** How many bytes of a header there are to read, judging by its first 16: no more than a header can have. */
export function headerSize(start: Uint8Array): number {
  if (start.length < METADATA_SIZE) return METADATA_SIZE;
  const count = viewOf(start).getUint32(ARCHIVE_COUNT_OFFSET);
  return METADATA_SIZE + ARCHIVE_INFO_SIZE * Math.min(count, MOST_ARCHIVES);
}

export function encodeHeader(header: StandardHeader, dialect: Dialect): Uint8Array {
  const { archives } = header;
  const bytes = new Uint8Array(METADATA_SIZE + ARCHIVE_INFO_SIZE * archives.length);
  const view = viewOf(bytes);
  view.setUint32(0, header.lastUpdate ?? aggregationNumber(header.aggregation, dialect));
  view.setUint32(MAX_RETENTION_OFFSET, header.maxRetention);
  view.setFloat32(X_FILES_FACTOR_OFFSET, header.xFilesFactor);
  view.setUint32(ARCHIVE_COUNT_OFFSET, archives.length);
  for (const [i, { offset, step, points }] of archives.entries()) {
    const at = METADATA_SIZE + ARCHIVE_INFO_SIZE * i;
    view.setUint32(at, offset);
    view.setUint32(at + 4, step);
    view.setUint32(at + 8, points);
  }
  return bytes;
}

/**
 * Reads a header and refuses whatever could send a reader or writer to a wrong place.
 *
 * @param bytes     the beginning of the file, at least {@link headerSize} of it where the file has that much
 * @param fileSize  bytes of the whole file
 * @param cutOff    accept a body that ends too early
 * @throws WhisperError `WSP_CORRUPT`
 */
export function decodeHeader(
  bytes: Uint8Array,
  fileSize: number,
  dialect: Dialect,
  cutOff = false,
): StandardHeader {
  if (fileSize === 0) throw corrupt('an empty file', 'a Whisper database');
  const available = Math.min(fileSize, bytes.length);
  if (available < METADATA_SIZE) throw corrupt(`a file of ${available} bytes`, 'a header of at least 16');
  const view = viewOf(bytes);

  const first = view.getUint32(0);
  const lastUpdate = first > LARGEST_METHOD_NUMBER ? first : undefined;
  const aggregation = lastUpdate === undefined ? aggregationFromNumber(first, dialect) : 'average';
  if (aggregation === undefined) {
    throw corrupt(
      `aggregation method ${first} at byte 0`,
      `a number that the ${dialect} dialect knows, in a Whisper file`,
    );
  }
  const maxRetention = view.getUint32(MAX_RETENTION_OFFSET);
  const xFilesFactor = view.getFloat32(X_FILES_FACTOR_OFFSET);
  if (!(xFilesFactor >= 0 && xFilesFactor <= 1)) {
    throw corrupt(
      `xFilesFactor ${xFilesFactor} at byte ${X_FILES_FACTOR_OFFSET}`,
      '0 to 1 in a Whisper file',
    );
  }
  const count = view.getUint32(ARCHIVE_COUNT_OFFSET);
  const size = METADATA_SIZE + ARCHIVE_INFO_SIZE * count;
  if (count === 0 || count > MOST_ARCHIVES) {
    throw corrupt(
      `archive count ${count} at byte ${ARCHIVE_COUNT_OFFSET}`,
      `1 to ${MOST_ARCHIVES} in a Whisper file`,
    );
  }
  if (size > available) {
    throw corrupt(
      `archive count ${count} at byte ${ARCHIVE_COUNT_OFFSET}, a header of ${size} bytes`,
      `one that fits a file of ${available}`,
    );
  }
  const archives: ArchiveInfo[] = [];
  for (let at = METADATA_SIZE; at < size; at += ARCHIVE_INFO_SIZE) {
    const archive = {
      offset: view.getUint32(at),
      step: view.getUint32(at + 4),
      points: view.getUint32(at + 8),
    };
    checkArchive(archive, archives.length, at, size);
    archives.push(archive);
  }
  checkBody(archives, fileSize, cutOff);
  const header = { aggregation, maxRetention, xFilesFactor, archives };
  return lastUpdate === undefined ? header : { ...header, lastUpdate };
}

function checkArchive({ offset, step, points }: ArchiveInfo, index: number, at: number, size: number): void {
  if (offset < size) throw corrupt(`archive ${index} at offset ${offset} (byte ${at})`, `${size} or more`);
  if (step === 0) throw corrupt(`archive ${index} with a step of 0 (byte ${at + 4})`, 'at least 1');
  if (points === 0) throw corrupt(`archive ${index} with 0 points (byte ${at + 8})`, 'at least 1');
}

function checkBody(archives: readonly ArchiveInfo[], fileSize: number, cutOff: boolean): void {
  // Nearly always they stand in order, and there is nothing to sort.
  const follows = (archive: ArchiveInfo, i: number) =>
    i === 0 || archive.offset >= archiveEnd(archives[i - 1]!);
  if (!archives.every(follows)) checkOverlap(archives);
  checkMissing(bodyEnd(archives) - fileSize, fileSize, cutOff);
}

/**
 * Refuses a file that ends too early, or, if a cut-off one is accepted, lacks more than a reader should have memory for.
 *
 * @throws WhisperError `WSP_CORRUPT`
 */
export function checkMissing(missing: number, fileSize: number, cutOff: boolean): void {
  if (missing <= 0) return;
  const found = `a file of ${fileSize} bytes that was cut off`;
  if (!cutOff) throw corrupt(found, `${fileSize + missing}, as its header says (force reads what is there)`);
  const readable = LARGEST_CUT + LARGEST_CUT_SHARE * fileSize;
  if (missing > readable) throw corrupt(found, `at most ${readable} bytes to be missing, not ${missing}`);
}

function checkOverlap(archives: readonly ArchiveInfo[]): void {
  const inPlace = [...archives.entries()].sort(([, a], [, b]) => a.offset - b.offset);
  for (const [i, [index, archive]] of inPlace.entries()) {
    const before = inPlace[i - 1];
    if (before === undefined || archive.offset >= archiveEnd(before[1])) continue;
    throw corrupt(
      `archive ${index} at byte ${archive.offset} inside archive ${before[0]}`,
      `${archiveEnd(before[1])} or more`,
    );
  }
}

/** Byte after the last slot of an archive. */
export function archiveEnd({ offset, points }: ArchiveInfo): number {
  return offset + points * POINT_SIZE;
}

/** Byte after the last archive: what the file's size should be. */
export function bodyEnd(archives: readonly ArchiveInfo[]): number {
  return archives.reduce((end, archive) => Math.max(end, archiveEnd(archive)), 0);
}

function corrupt(found: string, expected: string): WhisperError {
  return new WhisperError('WSP_CORRUPT', { found, expected });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
