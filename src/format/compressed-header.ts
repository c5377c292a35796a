/**
 * Header of the compressed format (cwhisper, version 1); big-endian throughout.
 *
 *   OFFSET  SIZE  FIELD
 *        0    18  magic              the ASCII text whisper_compressed
 *       18     1  version            1
 *       19     4  aggregation method uint32
 *       23     4  max retention      uint32, seconds
 *       27     4  xFilesFactor       float32, 0…1
 *       31     4  points per block   uint32, as asked for at creation
 *       35     4  archive count      uint32
 *       39     4  point size         float32, bytes, as asked for at creation
 *       43     4  checksum           uint32, CRC-32 of the metadata with these four bytes zero
 *       47    16  unused             zero
 *       63        the headers of the archives, 128 bytes each:
 *
 *        0     4  offset             uint32, byte of the file where block 0 begins
 *        4     4  step               uint32, seconds per point
 *        8     4  points             uint32
 *       12     4  block size         uint32, bytes
 *       16     4  block count        uint32
 *       20     4  point size         float32, bytes, as expected for this archive
 *      [24     1  method             uint8     only in mix files, and not in their first archive:
 *       25     4  percentile         float32   all that follows stands five bytes further on]
 *       24     4  current block      uint32, its index
 *       28    12  first point        raw point of the current block
 *       40    12  latest point       raw point
 *       52    12  previous point     raw point, the one before the latest
 *       64     4  last byte          uint32, the byte filled in part
 *       68     4  last byte offset   uint32, byte of the file where it stands
 *       72     4  bit position       uint32, highest free bit of it: 7 (all free) to 0
 *       76     4  count              uint32, points of the current block after the first
 *       80     4  crc                uint32, CRC-32 of the current block's complete bytes
 *       84     4  discarded          uint32, late points since creation
 *       88     4  growths            uint32, how often this archive made the file grow
 *       92    36  unused             zero; 31 bytes where the method stands
 *
 * Behind them, for each archive, its block ranges (block-range.ts) and its buffer, and behind those the blocks. All
 * before the first block is the *metadata*.
 */
import { crc32 } from '../bytes/crc32.js';
import { WhisperError } from '../errors.js';
import { type AggregationMethod, aggregationFromNumber, aggregationNumber } from './aggregation-method.js';
import { type AggregationSpec, MIX_NUMBER, specFromNumber, specNumber } from './aggregation-spec.js';
import { BLOCK_RANGE_SIZE } from './block-range.js';
import { END_MARKER_BITS, SMALLEST_BLOCK } from './block-size.js';
import { COMPRESSED_MAGIC } from './detect.js';
import { decodeRawPoint, encodeRawPoint, RAW_POINT_SIZE, type RawPoint } from './raw-point.js';
import { type ArchiveInfo, checkMissing, MOST_ARCHIVES } from './standard-header.js';

/** Bytes of the file's own header. */
export const FILE_HEADER_SIZE = 63;
/** Bytes of the header of an archive. */
export const ARCHIVE_HEADER_SIZE = 128;

const VERSION = 1;
const VERSION_OFFSET = 18;
const METHOD_OFFSET = 19;
const MAX_RETENTION_OFFSET = 23;
const X_FILES_FACTOR_OFFSET = 27;
const POINTS_PER_BLOCK_OFFSET = 31;
const ARCHIVE_COUNT_OFFSET = 35;
const POINT_SIZE_OFFSET = 39;
export const CHECKSUM_OFFSET = 43;
export const CHECKSUM_SIZE = 4;

/** Fields of an archive's header up to where the method of a mix file stands. */
const SPEC_OFFSET = 24;
const SPEC_SIZE = 5;

/** How far an archive's current block has been written, as its header tells it. */
export interface CurrentBlock {
  readonly index: number;
  readonly first: RawPoint;
  readonly latest: RawPoint;
  readonly previous: RawPoint;
  readonly lastByte: number;
  /** Byte of the file. */
  readonly lastByteOffset: number;
  /** Highest free bit of the last byte, 7…0. */
  readonly bitPosition: number;
  readonly count: number;
  readonly crc: number;
}

/** One archive as its header has it. */
export interface CompressedArchiveInfo extends ArchiveInfo {
  readonly blockSize: number;
  readonly blockCount: number;
  /** Bytes expected for a point: single precision. */
  readonly pointSize: number;
  /** How it is made from the base; only below the base of a mix file. */
  readonly spec?: AggregationSpec;
  readonly current: CurrentBlock;
  readonly discarded: number;
  readonly growths: number;
}

export interface CompressedHeader {
  readonly aggregation: AggregationMethod | 'mix';
  /** Seconds; as stored. */
  readonly maxRetention: number;
  /** As stored: rounded to single precision. */
  readonly xFilesFactor: number;
  /** As asked for at creation. */
  readonly pointsPerBlock: number;
  /** As asked for at creation, in single precision; it may be no sensible size. */
  readonly pointSize: number;
  readonly archives: readonly CompressedArchiveInfo[];
}

/** Where the parts of an archive stand in the metadata. */
export interface ArchivePlace {
  readonly header: number;
  readonly ranges: number;
  readonly buffer: number;
  /** Slots of one of the two units of the buffer; 0 without a buffer. */
  readonly unitSlots: number;
}

/** What decides how much metadata an archive has. */
type Sized = Pick<CompressedArchiveInfo, 'step' | 'blockCount'>;

/** Where everything stands in the metadata, and how long they are. */
export function planMetadata(
  archives: readonly Sized[],
  isMix: boolean,
): { places: ArchivePlace[]; size: number } {
  let end = FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * archives.length;
  const places = archives.map(({ step, blockCount }, i) => {
    const coarser = archives[i + 1];
    const unitSlots = isMix || coarser === undefined ? 0 : Math.floor(coarser.step / step);
    const ranges = end;
    const buffer = ranges + BLOCK_RANGE_SIZE * blockCount;
    end = buffer + 2 * RAW_POINT_SIZE * unitSlots;
    return { header: FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * i, ranges, buffer, unitSlots };
  });
  return { places, size: end };
}

/** How many bytes of headers there are to read, judging by the first 63. */
export function compressedHeaderSize(start: Uint8Array): number {
  if (start.length < FILE_HEADER_SIZE) return FILE_HEADER_SIZE;
  const count = viewOf(start).getUint32(ARCHIVE_COUNT_OFFSET);
  return FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * Math.min(count, MOST_ARCHIVES);
}

/** Writes the headers at the beginning of the metadata; unused bytes and the checksum stay as they are. */
export function encodeCompressedHeader(metadata: Uint8Array, header: CompressedHeader): void {
  const view = viewOf(metadata);
  const isMix = header.aggregation === 'mix';
  for (let i = 0; i < COMPRESSED_MAGIC.length; i++) metadata[i] = COMPRESSED_MAGIC.charCodeAt(i);
  view.setUint8(VERSION_OFFSET, VERSION);
  view.setUint32(METHOD_OFFSET, numberOf(header.aggregation));
  view.setUint32(MAX_RETENTION_OFFSET, header.maxRetention);
  view.setFloat32(X_FILES_FACTOR_OFFSET, header.xFilesFactor);
  view.setUint32(POINTS_PER_BLOCK_OFFSET, header.pointsPerBlock);
  view.setUint32(ARCHIVE_COUNT_OFFSET, header.archives.length);
  view.setFloat32(POINT_SIZE_OFFSET, header.pointSize);
  for (const [i, archive] of header.archives.entries()) {
    encodeArchive(view, FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * i, archive, isMix && i > 0);
  }
}

/** Writes the header of one archive. */
export function encodeArchiveHeader(
  metadata: Uint8Array,
  { header }: ArchivePlace,
  archive: CompressedArchiveInfo,
): void {
  encodeArchive(viewOf(metadata), header, archive, archive.spec !== undefined);
}

function encodeArchive(view: DataView, at: number, archive: CompressedArchiveInfo, hasSpec: boolean): void {
  view.setUint32(at, archive.offset);
  view.setUint32(at + 4, archive.step);
  view.setUint32(at + 8, archive.points);
  view.setUint32(at + 12, archive.blockSize);
  view.setUint32(at + 16, archive.blockCount);
  view.setFloat32(at + 20, archive.pointSize);
  if (hasSpec) {
    const spec = archive.spec;
    if (spec === undefined) throw new Error('an archive below the base of a mix file without a method');
    view.setUint8(at + SPEC_OFFSET, specNumber(spec));
    view.setFloat32(at + SPEC_OFFSET + 1, spec.percentile);
  }
  const rest = at + SPEC_OFFSET + (hasSpec ? SPEC_SIZE : 0);
  const { current } = archive;
  view.setUint32(rest, current.index);
  encodeRawPoint(view, rest + 4, current.first);
  encodeRawPoint(view, rest + 16, current.latest);
  encodeRawPoint(view, rest + 28, current.previous);
  view.setUint32(rest + 40, current.lastByte);
  view.setUint32(rest + 44, current.lastByteOffset);
  view.setUint32(rest + 48, current.bitPosition);
  view.setUint32(rest + 52, current.count);
  view.setUint32(rest + 56, current.crc);
  view.setUint32(rest + 60, archive.discarded);
  view.setUint32(rest + 64, archive.growths);
}

/**
 * Reads the headers and refuses whatever could send a reader or writer to a wrong place.
 *
 * @param bytes     the beginning of the file, at least {@link compressedHeaderSize} of it where the file has that much
 * @param fileSize  bytes of the whole file
 * @param cutOff    accept blocks that end too early
 * @throws WhisperError `WSP_CORRUPT`, `WSP_UNSUPPORTED_FORMAT` for another version
 */
export function decodeCompressedHeader(
  bytes: Uint8Array,
  fileSize: number,
  cutOff = false,
): CompressedHeader {
  const available = Math.min(fileSize, bytes.length);
  if (available < FILE_HEADER_SIZE) {
    throw corrupt(`a compressed file of ${available} bytes`, `a header of at least ${FILE_HEADER_SIZE}`);
  }
  const view = viewOf(bytes);
  const version = view.getUint8(VERSION_OFFSET);
  if (version !== VERSION) {
    throw new WhisperError('WSP_UNSUPPORTED_FORMAT', {
      found: `version ${version} of the compressed format at byte ${VERSION_OFFSET}`,
      expected: `version ${VERSION}, the only one there was`,
    });
  }
  const number = view.getUint32(METHOD_OFFSET);
  const aggregation = number === MIX_NUMBER ? 'mix' : aggregationFromNumber(number, 'go');
  if (aggregation === undefined) {
    throw corrupt(`aggregation method ${number} at byte ${METHOD_OFFSET}`, '1 to 7 in a compressed file');
  }
  const xFilesFactor = view.getFloat32(X_FILES_FACTOR_OFFSET);
  if (!(xFilesFactor >= 0 && xFilesFactor <= 1)) {
    throw corrupt(`xFilesFactor ${xFilesFactor} at byte ${X_FILES_FACTOR_OFFSET}`, '0 to 1');
  }
  const count = view.getUint32(ARCHIVE_COUNT_OFFSET);
  if (count === 0 || count > MOST_ARCHIVES) {
    throw corrupt(`archive count ${count} at byte ${ARCHIVE_COUNT_OFFSET}`, `1 to ${MOST_ARCHIVES}`);
  }
  const size = FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * count;
  if (size > available) {
    throw corrupt(
      `archive count ${count} at byte ${ARCHIVE_COUNT_OFFSET}, headers of ${size} bytes`,
      `ones that fit a file of ${available}`,
    );
  }
  const isMix = aggregation === 'mix';
  const archives = Array.from({ length: count }, (_, i) => {
    return decodeArchive(view, FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * i, i, isMix && i > 0);
  });
  checkSteps(archives, isMix);
  checkBlocks(archives, isMix, fileSize, cutOff);
  return {
    aggregation,
    maxRetention: view.getUint32(MAX_RETENTION_OFFSET),
    xFilesFactor,
    pointsPerBlock: view.getUint32(POINTS_PER_BLOCK_OFFSET),
    pointSize: view.getFloat32(POINT_SIZE_OFFSET),
    archives,
  };
}

function decodeArchive(view: DataView, at: number, index: number, hasSpec: boolean): CompressedArchiveInfo {
  const [offset, step, points, blockSize, blockCount] = [0, 4, 8, 12, 16].map((field) =>
    view.getUint32(at + field),
  ) as [number, number, number, number, number];
  const name = `archive ${index}`;
  const require = (isRight: boolean, field: number, found: string, expected: string) => {
    if (!isRight) throw corrupt(`${name} with ${found} (byte ${at + field})`, expected);
  };
  require(step > 0, 4, 'a step of 0', 'at least 1');
  require(points > 0, 8, '0 points', 'at least 1');
  require(blockSize >= SMALLEST_BLOCK, 12, `blocks of ${blockSize} bytes`, `at least ${SMALLEST_BLOCK}`);
  require(blockCount > 0, 16, '0 blocks', 'at least 1');
  // One more than if each held a single point, which is as many as a writer plans.
  require(blockCount <= points + 1, 16, `${blockCount} blocks`, `at most ${points + 1} for ${points} points`);
  const spec = hasSpec ? decodeSpec(view, at + SPEC_OFFSET, name) : undefined;
  const shift = hasSpec ? SPEC_SIZE : 0;
  const rest = at + SPEC_OFFSET + shift;
  const current = {
    index: view.getUint32(rest),
    first: decodeRawPoint(view, rest + 4),
    latest: decodeRawPoint(view, rest + 16),
    previous: decodeRawPoint(view, rest + 28),
    lastByte: view.getUint32(rest + 40),
    lastByteOffset: view.getUint32(rest + 44),
    bitPosition: view.getUint32(rest + 48),
    count: view.getUint32(rest + 52),
    crc: view.getUint32(rest + 56),
  };
  const { lastByte, lastByteOffset, bitPosition } = current;
  require(current.index < blockCount, 24 + shift, `current block ${current.index}`, `0 to ${blockCount - 1}`);
  require(lastByte <= 0xff, 64 + shift, `last byte ${lastByte}`, '0 to 255');
  require(bitPosition <= 7, 72 + shift, `bit position ${bitPosition}`, '0 to 7');
  const start = offset + current.index * blockSize;
  const isEmpty = current.first.timestamp === 0;
  const used = 7 - bitPosition;
  require(!isEmpty || used === 0, 72 + shift, `bit position ${bitPosition}`, '7, as its block is empty');
  // Behind the last byte there is always room for the end marker and the byte behind it.
  const most = start + blockSize - 1 - Math.floor((used + END_MARKER_BITS) / 8);
  const least = isEmpty ? start : start + RAW_POINT_SIZE;
  const isRight = isEmpty
    ? lastByteOffset === 0 || lastByteOffset === start
    : lastByteOffset >= least && lastByteOffset <= most;
  require(isRight, 68 + shift, `its last byte at ${lastByteOffset}`, isEmpty
    ? `${start}, where its empty block begins`
    : `${least} to ${most}, in its current block`);
  const pointSize = view.getFloat32(at + 20);
  const discarded = view.getUint32(rest + 60);
  const growths = view.getUint32(rest + 64);
  const archive = { offset, step, points, blockSize, blockCount, pointSize, current, discarded, growths };
  return spec === undefined ? archive : { ...archive, spec };
}

function decodeSpec(view: DataView, at: number, name: string): AggregationSpec {
  const number = view.getUint8(at);
  const percentile = view.getFloat32(at + 1);
  const spec = specFromNumber(number, percentile);
  if (spec !== undefined) return spec;
  throw corrupt(
    `${name} with method ${number} and percentile ${percentile} (byte ${at})`,
    'a method, or 8 and 0 to 100',
  );
}

/** Every step must divide the next, or the size of a buffer and the groups of a coarser archive mean nothing. */
function checkSteps(archives: readonly CompressedArchiveInfo[], isMix: boolean): void {
  for (const [i, { step }] of archives.entries()) {
    const finer = archives[i - 1]?.step;
    if (finer === undefined) continue;
    // In a mix file the archives of one retention stand side by side, below the base.
    if (step % finer === 0 && (step > finer || (isMix && i > 1))) continue;
    throw corrupt(
      `archive ${i} with a step of ${step} after one of ${finer}`,
      'each step to divide the next',
    );
  }
}

function checkBlocks(
  archives: readonly CompressedArchiveInfo[],
  isMix: boolean,
  fileSize: number,
  cutOff: boolean,
): void {
  const { size } = planMetadata(archives, isMix);
  if (size > fileSize) throw corrupt(`metadata of ${size} bytes in a file of ${fileSize}`, 'a whole file');
  const inPlace = [...archives.entries()].sort(([, a], [, b]) => a.offset - b.offset);
  let end = size;
  for (const [index, archive] of inPlace) {
    if (archive.offset < end) throw corrupt(`archive ${index} at byte ${archive.offset}`, `${end} or more`);
    end = archiveBlocksEnd(archive);
  }
  checkMissing(end - fileSize, fileSize, cutOff);
}

/** Byte after the last block of an archive. */
export function archiveBlocksEnd({ offset, blockSize, blockCount }: CompressedArchiveInfo): number {
  return offset + blockSize * blockCount;
}

/** Byte after the last block of all: what the file's size should be. */
export function blocksEnd(archives: readonly CompressedArchiveInfo[]): number {
  return archives.reduce((end, archive) => Math.max(end, archiveBlocksEnd(archive)), 0);
}

/** The checksum that stands in the metadata. */
export function storedChecksum(metadata: Uint8Array): number {
  return viewOf(metadata).getUint32(CHECKSUM_OFFSET);
}

/** The checksum that the metadata should have. */
export function computeChecksum(metadata: Uint8Array): number {
  const before = crc32(metadata.subarray(0, CHECKSUM_OFFSET));
  const itself = crc32(new Uint8Array(CHECKSUM_SIZE), before);
  return crc32(metadata.subarray(CHECKSUM_OFFSET + CHECKSUM_SIZE), itself);
}

/** Computes the checksum and writes it; returns it. */
export function stampChecksum(metadata: Uint8Array): number {
  writeChecksum(metadata, 0);
  const checksum = crc32(metadata);
  writeChecksum(metadata, checksum);
  return checksum;
}

export function writeChecksum(metadata: Uint8Array, checksum: number): void {
  viewOf(metadata).setUint32(CHECKSUM_OFFSET, checksum);
}

function numberOf(aggregation: AggregationMethod | 'mix'): number {
  return aggregation === 'mix' ? MIX_NUMBER : aggregationNumber(aggregation, 'go');
}

function corrupt(found: string, expected: string): WhisperError {
  return new WhisperError('WSP_CORRUPT', { found, expected });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
