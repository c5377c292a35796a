/** A compressed database in the words of the golden vectors. */
import type { Block, CompressedInfo, Database, StoredPoint } from '../../src/index.js';
import {
  bitsOf,
  hex32,
  type RawPointRow,
  type RecordedArchive,
  type RecordedBlock,
  type RecordedInfo,
  rawPoints,
  singleBits,
} from './compressed-vectors.js';
import { sha256 } from './vectors.js';

const HEADER_SIZE = 63;
const ARCHIVE_HEADER_SIZE = 128;
const RANGE_SIZE = 16;
const POINT_SIZE = 12;

const METHODS = ['average', 'sum', 'last', 'max', 'min', 'first', 'mix', 'percentile'];

export function compressedInfo(database: Database): CompressedInfo {
  const { info } = database;
  if (info.format !== 'compressed') throw new Error('not a compressed database');
  return info;
}

/** Everything that the headers of a compressed database say, and what its blocks decode to. */
export function recordedInfo(database: Database): RecordedInfo {
  const info = compressedInfo(database);
  const bytes = Buffer.from(database.toBytes());
  let at = HEADER_SIZE + ARCHIVE_HEADER_SIZE * info.archives.length;
  const archives = info.archives.map((archive, index): RecordedArchive => {
    const bufferStart = at + RANGE_SIZE * archive.blockCount;
    at = bufferStart + archive.bufferSize;
    return {
      offset: archive.offset,
      seconds_per_point: archive.step,
      points: archive.points,
      block_size: archive.blockSize,
      block_count: archive.blockCount,
      point_size_bits: singleBits(archive.pointSize),
      discarded: archive.discarded,
      extended: archive.growths,
      ...(archive.spec === undefined ? {} : { spec: recordedSpec(archive.spec) }),
      cblock: recordedCurrentBlock(archive.current),
      buffer_size: archive.bufferSize,
      ...(archive.bufferSize === 0 ? {} : { buffer: bufferSlots(bytes.subarray(bufferStart, at)) }),
      blocks: database.blocks(index).map(recordedBlock),
    };
  });
  return {
    version: info.version,
    aggregation: methodNumber(info.aggregation),
    max_retention: info.maxRetention,
    xff_bits: singleBits(info.xFilesFactor),
    points_per_block: info.pointsPerBlock,
    point_size_bits: singleBits(info.pointSize),
    archive_count: info.archives.length,
    crc32: hex32(info.checksum),
    metadata_size: info.metadataSize,
    size: info.fileSize,
    archives,
  };
}

function methodNumber(name: string): number {
  return METHODS.indexOf(name) + 1;
}

type ArchiveInfo = CompressedInfo['archives'][number];

function recordedSpec({ method, percentile, name }: NonNullable<ArchiveInfo['spec']>) {
  return { method: methodNumber(method), percentile_bits: singleBits(percentile), name };
}

function recordedCurrentBlock(current: ArchiveInfo['current']): RecordedArchive['cblock'] {
  return {
    index: current.index,
    p0: rawPointRow(current.first),
    pn1: rawPointRow(current.latest),
    pn2: rawPointRow(current.previous),
    last_byte: current.lastByte,
    last_byte_offset: current.lastByteOffset,
    last_byte_bit_pos: current.bitPosition,
    count: current.count,
    crc32: hex32(current.crc),
  };
}

function rawPointRow({ timestamp, bits }: StoredPoint): RawPointRow {
  return [timestamp, bits];
}

function recordedBlock({ start, end, count, crc, points }: Block): RecordedBlock {
  const range = { start, end, count, crc32: hex32(crc) };
  if (start === 0) return range;
  return {
    ...range,
    decoded_points: points.timestamps.length,
    decoded_sha256: sha256(rawPoints(points)),
  };
}

/** The used slots of a buffer. */
function bufferSlots(buffer: Buffer): [slot: number, timestamp: number, value: string][] {
  const slots: [number, number, string][] = [];
  for (let at = 0; at < buffer.length; at += POINT_SIZE) {
    const timestamp = buffer.readUInt32BE(at);
    if (timestamp === 0) continue;
    slots.push([at / POINT_SIZE, timestamp, buffer.toString('hex', at + 4, at + POINT_SIZE)]);
  }
  return slots;
}

/** The points of an archive's blocks by rising time, with the bits of their values. */
export function pointsInBlocks(database: Database, archive: number): RawPointRow[] {
  const blocks = database.blocks(archive).filter(({ start }) => start !== 0);
  return blocks
    .toSorted((a, b) => a.start - b.start)
    .flatMap(({ points }) =>
      bitsOf(points.values).map((bits, i): RawPointRow => [points.timestamps[i]!, bits]),
    );
}
