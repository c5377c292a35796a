/**
 * The repair of a compressed file.
 *
 * The headers decide where blocks and buffers stand, and the blocks what they hold: ranges and the account of the current
 * block are made anew from their bits. An archive whose blocks cannot stand side by side any more has its points put into
 * the ring anew, and if that is too small for them, the whole file is made anew with more room.
 */
import { UINT32_MAX } from '../../bytes/integers.js';
import { BlockEncoder } from '../../codec/block-encoder.js';
import { loadImage, settingsAnew } from '../../database/compressed-image.js';
import { sanePointSize, suitablePointsPerBlock } from '../../format/block-plan.js';
import { BLOCK_RANGE_SIZE } from '../../format/block-range.js';
import { END_MARKER_SIZE } from '../../format/block-size.js';
import {
  type ArchivePlace,
  blocksEnd,
  type CompressedArchiveInfo,
  type CompressedHeader,
  type CurrentBlock,
  decodeCompressedHeader,
  encodeArchiveHeader,
  encodeCompressedHeader,
  planMetadata,
  stampChecksum,
} from '../../format/compressed-header.js';
import { PointRun } from '../../format/point-run.js';
import { decodeRawPoint, RAW_POINT_SIZE } from '../../format/raw-point.js';
import { greatestRetention } from '../../format/retention.js';
import { fillBlocks } from '../fill-blocks.js';
import { type RepairedBuffer, repairBuffer } from './buffer.js';
import {
  type BlockView,
  emptyRing,
  type Overflow,
  type RebuiltBlocks,
  rebuildBlocks,
  writeBlocks,
} from './compressed-blocks.js';
import { CURRENT_SIZE, currentOffset, findLayout } from './compressed-layout.js';
import { countOf, type RepairedImage, type RepairLog } from './report.js';
import type { Schema } from './schema.js';

/**
 * @param now  Unix seconds
 * @returns    undefined, and told why, if the headers do not say where anything stands and the schema does not either
 */
export function repairCompressed(
  bytes: Uint8Array,
  schema: Schema,
  now: number,
  log: RepairLog,
): RepairedImage | undefined {
  const layout = findLayout(bytes, schema, log);
  if (layout === undefined) return undefined;
  const header = withRightFields(layout.header, log);
  const size = blocksEnd(header.archives);
  const file = new Uint8Array(size);
  file.set(layout.bytes.subarray(0, size));
  tellSize(bytes.length, size, log);
  const there = file.subarray(0, layout.bytes.length);
  const repair = new CompressedRepair(file, there, header, layout.isSummed, log);
  const image = repair.run(now);
  return { format: 'compressed', bytes: image, size: image.length };
}

/** The repair of the archives, once it is known where they stand. */
class CompressedRepair {
  readonly #file: Uint8Array;
  /** Of that as much as there was. */
  readonly #there: Uint8Array;
  readonly #header: CompressedHeader;
  readonly #isSummed: boolean;
  readonly #log: RepairLog;
  readonly #metadata: Uint8Array;
  readonly #places: readonly ArchivePlace[];
  readonly #encoder = new BlockEncoder();

  constructor(
    file: Uint8Array,
    there: Uint8Array,
    header: CompressedHeader,
    isSummed: boolean,
    log: RepairLog,
  ) {
    const { places, size } = planMetadata(header.archives, header.aggregation === 'mix');
    this.#file = file;
    this.#there = there;
    this.#header = header;
    this.#isSummed = isSummed;
    this.#log = log;
    this.#metadata = file.subarray(0, size);
    this.#places = places;
  }

  run(now: number): Uint8Array {
    const rebuilt = this.#header.archives.map((info, index) => {
      const view = this.#viewOf(info, index);
      return { info, view, result: rebuildBlocks(view, this.#encoder, now) };
    });
    const archives = rebuilt.map(({ info, view, result }, index) => {
      const ring: RebuiltBlocks = 'points' in result ? emptyRing(info, result) : result;
      const rebuiltBlocks = writeBlocks(this.#file, view, ring);
      this.#tell(index, result, rebuiltBlocks);
      const buffer = this.#repairBuffer(info, index);
      const { step, points } = info;
      const kept = ('points' in result ? result.points.length : result.kept) + buffer.kept;
      const dropped = result.lost + buffer.dropped;
      this.#log.archives.push({ index, step, points, kept, moved: buffer.moved, dropped, rebuiltBlocks });
      return this.#withCurrent(info, index, ring);
    });
    encodeCompressedHeader(this.#metadata, { ...this.#header, archives });
    stampChecksum(this.#metadata);
    if (!this.#isSummed) this.#log.change('its checksum was renewed');
    const overflows = rebuilt.map(({ result }) => ('points' in result ? result : undefined));
    return overflows.every((result) => result === undefined) ? this.#file : this.#madeAnew(overflows);
  }

  #viewOf(info: CompressedArchiveInfo, index: number): BlockView {
    const ranges = this.#partOf(this.#places[index]!.ranges, BLOCK_RANGE_SIZE * info.blockCount);
    const stated = this.#current(index).getUint32(0);
    return {
      bytes: this.#there,
      info,
      ranges: new DataView(ranges.buffer, ranges.byteOffset, ranges.byteLength),
      currentIndex: stated < info.blockCount ? stated : 0,
      isSummed: this.#isSummed,
    };
  }

  /** What the archive's header says of the current block. */
  #current(index: number): DataView {
    const at = this.#places[index]!.header + currentOffset(this.#header, index);
    return new DataView(this.#metadata.buffer, this.#metadata.byteOffset + at, CURRENT_SIZE);
  }

  #partOf(start: number, size: number): Uint8Array {
    return this.#metadata.subarray(start, start + size);
  }

  /** The archive with its current block; as it stands there where that says the same. */
  #withCurrent(
    info: CompressedArchiveInfo,
    index: number,
    { current }: RebuiltBlocks,
  ): CompressedArchiveInfo {
    const stated = readCurrent(this.#current(index));
    // Fresh files of some writers have 0 there, which means the beginning of the block.
    const isBeginning = stated.lastByteOffset === 0 && current.first.timestamp === 0;
    const lastByteOffset = isBeginning ? 0 : current.lastByteOffset;
    const present = { ...current, lastByteOffset };
    if (JSON.stringify(stated) !== JSON.stringify(present)) {
      this.#log.change(`archive ${index}: what its header says of the current block was made anew`);
    }
    return { ...info, current: present };
  }

  #repairBuffer(info: CompressedArchiveInfo, index: number): RepairedBuffer {
    const { buffer, unitSlots } = this.#places[index]!;
    const coarser = this.#header.archives[index + 1];
    if (unitSlots === 0 || coarser === undefined) return { kept: 0, moved: 0, dropped: 0 };
    const repaired = repairBuffer(
      this.#partOf(buffer, 2 * RAW_POINT_SIZE * unitSlots),
      info.step,
      coarser.step,
    );
    if (repaired.dropped > 0) {
      this.#log.lose(
        `archive ${index}: ${countOf(repaired.dropped, 'point')} of its buffer that belong in no slot of it`,
      );
    }
    return repaired;
  }

  #tell(index: number, { lost, unbacked, mended }: RebuiltBlocks | Overflow, rebuiltBlocks: number): void {
    if (rebuiltBlocks > 0) this.#log.change(`archive ${index}: ${countOf(rebuiltBlocks, 'block')} put right`);
    for (const block of mended) {
      this.#log.change(
        `archive ${index}: the first time of block ${block} was put right, as its range and CRC tell it`,
      );
    }
    if (unbacked.length > 0) {
      const which = `${unbacked.length === 1 ? 'block' : 'blocks'} ${unbacked.join(', ')}`;
      this.#log.change(
        `archive ${index}: ${which} kept by what the bits say, without a checksum that bears them out`,
      );
    }
    if (lost > 0)
      this.#log.lose(`archive ${index}: ${countOf(lost, 'point')} in blocks that are damaged or missing`);
  }

  /** A file of all points with as much room as they take. */
  #madeAnew(overflows: readonly (Overflow | undefined)[]): Uint8Array {
    const { header, archives } = loadImage(this.#file);
    const points = archives.map((archive, i) => {
      const run = new PointRun();
      if (overflows[i] === undefined) archive.ring.read(0, UINT32_MAX, run, false);
      return overflows[i]?.points ?? run;
    });
    const planned = header.archives.map(({ step, points, spec }) => ({ step, points, spec }));
    const buffers = archives.map(({ buffer }) => buffer);
    const hint = header.pointsPerBlock;
    const bytes = fillBlocks(settingsAnew(header), planned, points, 'python', { hint, buffers });
    handCountersDown(bytes, header);
    this.#log.change(
      'it was made anew with larger blocks, since those there were have no room for all points',
    );
    return bytes;
  }
}

/** Puts the counters of an older file into the headers of one with the same archives. */
function handCountersDown(bytes: Uint8Array, { archives }: CompressedHeader): void {
  const header = decodeCompressedHeader(bytes, bytes.length);
  const { places, size } = planMetadata(header.archives, header.aggregation === 'mix');
  for (const [i, archive] of header.archives.entries()) {
    const { discarded, growths } = archives[i]!;
    encodeArchiveHeader(bytes, places[i]!, { ...archive, discarded, growths });
  }
  stampChecksum(bytes.subarray(0, size));
}

/** Puts right what can be told from the other fields. */
function withRightFields(header: CompressedHeader, log: RepairLog): CompressedHeader {
  const greatest = greatestRetention(header.archives);
  const maxRetention = greatest <= UINT32_MAX ? greatest : header.maxRetention;
  if (maxRetention !== header.maxRetention) {
    log.change(`its max retention was ${header.maxRetention} s and is ${maxRetention} s`);
  }
  const archives = header.archives.map((archive, index) => {
    if (archive.pointSize > 0 && Number.isFinite(archive.pointSize)) return archive;
    const perBlock = suitablePointsPerBlock(archive.points, header.pointsPerBlock);
    const pointSize = sanePointSize(Math.fround((archive.blockSize - END_MARKER_SIZE) / perBlock));
    log.change(
      `archive ${index}: its points were expected to take ${archive.pointSize} bytes, and are ${pointSize}`,
    );
    return { ...archive, pointSize };
  });
  return { ...header, maxRetention, archives };
}

function readCurrent(view: DataView): CurrentBlock {
  return {
    index: view.getUint32(0),
    first: decodeRawPoint(view, 4),
    latest: decodeRawPoint(view, 16),
    previous: decodeRawPoint(view, 28),
    lastByte: view.getUint32(40),
    lastByteOffset: view.getUint32(44),
    bitPosition: view.getUint32(48),
    count: view.getUint32(52),
    crc: view.getUint32(56),
  };
}

function tellSize(before: number, size: number, log: RepairLog): void {
  if (before > size) log.change(`${countOf(before - size, 'byte')} behind its last block were cut off`);
  if (before >= size) return;
  log.change(`it was lengthened by ${size - before} bytes`);
  if (before > 0) log.lose(`what stood behind byte ${before}, where the file was cut off`);
}
