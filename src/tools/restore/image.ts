/** The bytes of a file as a dump with every slot tells them. */

import { HIGH, LOW } from '../../bytes/double-bits.js';
import { BlockEncoder, EMPTY_BLOCK } from '../../codec/block-encoder.js';
import { WhisperError } from '../../errors.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { BLOCK_RANGE_SIZE, encodeBlockRange } from '../../format/block-range.js';
import {
  archiveBlocksEnd,
  type CompressedArchiveInfo,
  decodeCompressedHeader,
  encodeCompressedHeader,
  planMetadata,
  stampChecksum,
} from '../../format/compressed-header.js';
import { encodePoint, POINT_SIZE } from '../../format/point.js';
import type { PointRun } from '../../format/point-run.js';
import { RAW_POINT_SIZE } from '../../format/raw-point.js';
import {
  ARCHIVE_INFO_SIZE,
  archiveEnd,
  decodeHeader,
  encodeHeader,
  METADATA_SIZE,
} from '../../format/standard-header.js';
import type { Dump, DumpedArchiveRecord } from './read-dump.js';

/**
 * All that a dump tells, but for its `otherBytes`.
 *
 * @throws WhisperError `WSP_BAD_INPUT` for a header that makes no file
 */
export function imageOf(dump: Dump): Uint8Array {
  return dump.format === 'standard' ? standardImage(dump) : compressedImage(dump);
}

/** The dialect that has a number for the method of a standard file. */
export function dialectOf({ aggregation }: Dump): Dialect {
  return aggregation === 'first' ? 'go' : 'python';
}

function standardImage(dump: Dump): Uint8Array {
  const { archives, fileSize } = dump;
  const end = Math.max(fileSize, ...archives.map(archiveEnd));
  const bytes = allocate(end, archives);
  bytes.set(standardHeader(dump, dialectOf(dump)));
  const view = new DataView(bytes.buffer);
  for (const { offset, content } of archives) {
    for (let i = 0; i < content.length; i++) {
      encodePoint(view, offset + i * POINT_SIZE, content.timestamps[i]!, content.values[i]!);
    }
  }
  return bytes.subarray(0, fileSize);
}

/** The header of a standard file, if it is one that can be opened. */
export function standardHeader(dump: Dump, dialect: Dialect): Uint8Array {
  const { aggregation, xFilesFactor, maxRetention, archives, fileSize, lastUpdate } = dump;
  if (aggregation === 'mix') throw bad("aggregationMethod 'mix' of a standard file", 'a method');
  const header = { aggregation, xFilesFactor, maxRetention, archives };
  const bytes = encodeHeader(lastUpdate === undefined ? header : { ...header, lastUpdate }, dialect);
  check(() => {
    decodeHeader(padded(bytes, METADATA_SIZE + ARCHIVE_INFO_SIZE * archives.length), fileSize, dialect, true);
  });
  return bytes;
}

function compressedImage(dump: Dump): Uint8Array {
  const { aggregation, fileSize, xFilesFactor, maxRetention, pointsPerBlock, pointSize } = dump;
  const infos = dump.archives.map(infoOf);
  const isMix = aggregation === 'mix';
  const { places, size } = planMetadata(infos, isMix);
  const end = Math.max(fileSize, size, ...infos.map(archiveBlocksEnd));
  const bytes = allocate(end, dump.archives);
  const metadata = bytes.subarray(0, size);
  check(() => {
    encodeCompressedHeader(metadata, {
      aggregation,
      xFilesFactor,
      maxRetention,
      pointsPerBlock,
      pointSize,
      archives: infos,
    });
    decodeCompressedHeader(metadata, end, true);
  });
  const view = new DataView(bytes.buffer);
  for (const [i, { content, blocks, step, offset }] of dump.archives.entries()) {
    let next = 0;
    for (const [index, range] of blocks!.ranges.entries()) {
      encodeBlockRange(view, places[i]!.ranges + index * BLOCK_RANGE_SIZE, range);
      writeBlock(
        bytes,
        offset + index * blocks!.blockSize,
        blocks!.blockSize,
        step,
        content.part(next, next + range.points),
      );
      next += range.points;
    }
    writeBuffer(view, places[i]!.buffer, places[i]!.unitSlots, content.part(next, content.length), i);
  }
  stampChecksum(metadata);
  return bytes.subarray(0, fileSize);
}

function infoOf({ offset, step, points, spec, blocks }: DumpedArchiveRecord): CompressedArchiveInfo {
  const { ranges: _, ...rest } = blocks!;
  const info = { offset, step, points, ...rest };
  return spec === undefined ? info : { ...info, spec };
}

/** Of points that no encoder takes, as damaged blocks have them, the `otherBytes` tell what there is. */
function writeBlock(bytes: Uint8Array, offset: number, size: number, step: number, points: PointRun): void {
  if (points.length === 0) return;
  const rising = points.timestamps.every(
    (timestamp, i) => timestamp > (points.timestamps[i - 1] ?? 0) && timestamp % step === 0,
  );
  if (!rising) return;
  const encoded = new BlockEncoder().append(EMPTY_BLOCK, points, 0, points.length, step, size);
  bytes.set(encoded.bytes.subarray(0, size), offset);
}

function writeBuffer(view: DataView, at: number, unitSlots: number, slots: PointRun, archive: number): void {
  if (slots.length !== 2 * unitSlots)
    throw bad(`archives[${archive}].slots has ${slots.length} points of a buffer`, `${2 * unitSlots}`);
  for (let i = 0; i < slots.length; i++) {
    const place = at + i * RAW_POINT_SIZE;
    view.setUint32(place, slots.timestamps[i]!);
    view.setUint32(place + 4, slots.halves[2 * i + HIGH]!);
    view.setUint32(place + 8, slots.halves[2 * i + LOW]!);
  }
}

/** What a dump of so many slots may claim beyond them. */
const MOST_CLAIMED = 64 * 1024 * 1024;

/** Memory in proportion to what the dump has: a cut-off file claims more than it holds, but not anything. */
function allocate(size: number, archives: readonly DumpedArchiveRecord[]): Uint8Array {
  const slots = archives.reduce((sum, { content, blocks }) => {
    return (
      sum + content.length * POINT_SIZE + (blocks === undefined ? 0 : blocks.blockSize * blocks.blockCount)
    );
  }, 0);
  const most = MOST_CLAIMED + 4 * slots;
  if (size > most)
    throw bad(`fileSize or an offset tells of ${size} bytes`, `at most ${most} for what is in it`);
  return new Uint8Array(size);
}

function padded(bytes: Uint8Array, size: number): Uint8Array {
  const all = new Uint8Array(Math.max(size, bytes.length));
  all.set(bytes);
  return all;
}

/** A header that could not be opened is the dump's fault. */
function check(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof WhisperError)) throw error;
    throw new WhisperError('WSP_BAD_INPUT', {
      found: `a header of no file: ${error.found}`,
      expected: error.expected,
      cause: error,
    });
  }
}

function bad(found: string, expected: string): WhisperError {
  return new WhisperError('WSP_BAD_INPUT', { found, expected });
}
