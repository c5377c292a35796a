/**
 * The file that go-whisper makes where growth meets archives without points (doc/format.md, quirk 24), made of ours.
 *
 * Its growth writes an end marker at the start of such an archive. The next growth reads that as a point of the year
 * 2097, and zero bits to the end of the block as many more of the same time, which come too late and are counted. From
 * then on all real points come too late. So two archives of go-whisper's file lack their points; nothing else differs.
 */
import { crc32 } from 'node:zlib';
import { type CompressedArchiveDescription, type CompressedInfo, open } from 'sotto';

/** Places of the file's header; doc/format.md has the tables. */
const CHECKSUM_OFFSET = 43;
const ARCHIVE_HEADERS_OFFSET = 63;
const ARCHIVE_HEADER_SIZE = 128;
/** Places of the header of an archive. */
const CURRENT_BLOCK_OFFSET = 24;
const POINT_OFFSETS = [28, 40, 52];
const LAST_BYTE_OFFSET = 64;
const BYTE_OFFSET_OFFSET = 68;
const BIT_POSITION_OFFSET = 72;
const COUNT_OFFSET = 76;
const CRC_OFFSET = 80;
const DISCARDED_OFFSET = 84;

const RANGE_SIZE = 16;
const RAW_POINT_SIZE = 12;
const END_MARKER = [0xf0, 0, 0, 0, 0];
/** What the marker says as the time of a first point, whose value is then 0. */
const MARKER_TIME = 0xf000_0000;

/** The archives that were empty when the file grew. */
const EMPTY = [1, 2];

/** @param growths  how often the file grew while they were */
export function asGrownByGo(path: string, growths: 1 | 2): Uint8Array {
  using database = open(path, { readOnly: true });
  const info = database.info as CompressedInfo;
  const bytes = database.toBytes();
  for (const i of EMPTY) {
    if (growths === 1) bytes.set(END_MARKER, info.archives[i]!.offset);
    else spoil(bytes, info, i);
  }
  const view = viewOf(bytes);
  view.setUint32(CHECKSUM_OFFSET, 0);
  view.setUint32(CHECKSUM_OFFSET, crc32(bytes.subarray(0, info.metadataSize)));
  return bytes;
}

/** Leaves the marker that became a point as the only one of an archive. */
function spoil(bytes: Uint8Array, { archives }: CompressedInfo, index: number): void {
  const { offset, size, blockSize, ranges } = archives[index]!;
  bytes.fill(0, offset, offset + size);
  bytes.set(END_MARKER, offset);
  bytes.set(END_MARKER, offset + RAW_POINT_SIZE);
  const crc = crc32(bytes.subarray(offset, offset + RAW_POINT_SIZE));

  const header = ARCHIVE_HEADERS_OFFSET + ARCHIVE_HEADER_SIZE * index;
  const view = viewOf(bytes);
  view.setUint32(header + CURRENT_BLOCK_OFFSET, 0);
  for (const point of POINT_OFFSETS) {
    view.setUint32(header + point, MARKER_TIME);
    view.setFloat64(header + point + 4, 0);
  }
  view.setUint32(header + LAST_BYTE_OFFSET, 0);
  view.setUint32(header + BYTE_OFFSET_OFFSET, offset + RAW_POINT_SIZE);
  view.setUint32(header + BIT_POSITION_OFFSET, 7);
  view.setUint32(header + COUNT_OFFSET, 0);
  view.setUint32(header + CRC_OFFSET, crc);
  // All points that the archive has here, and one less than there are pairs of zero bits behind the first point.
  const refused = ranges.reduce((sum, { start, count }) => (start === 0 ? sum : sum + count + 1), 0);
  view.setUint32(header + DISCARDED_OFFSET, refused + 4 * (blockSize - RAW_POINT_SIZE) - 1);

  const range = rangesOffset(archives, index);
  bytes.fill(0, range, range + RANGE_SIZE * ranges.length);
  view.setUint32(range, MARKER_TIME);
  view.setUint32(range + 4, MARKER_TIME);
  view.setUint32(range + 12, crc);
}

/** Behind the headers each archive has its block ranges and its buffer. */
function rangesOffset(archives: readonly CompressedArchiveDescription[], index: number): number {
  let offset = ARCHIVE_HEADERS_OFFSET + ARCHIVE_HEADER_SIZE * archives.length;
  for (const { blockCount, bufferSize } of archives.slice(0, index)) {
    offset += RANGE_SIZE * blockCount + bufferSize;
  }
  return offset;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
