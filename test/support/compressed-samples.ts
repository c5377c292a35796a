/** Compressed files to be damaged: a fixed one, random ones, and ways to change their bytes. */
import fc from 'fast-check';
import { BitWriter } from '../../src/bytes/bit-writer.js';
import { crc32 } from '../../src/bytes/crc32.js';
import { encodeEnd, encodeInterval } from '../../src/codec/interval-codec.js';
import {
  type ArchivePlace,
  type CompressedHeader,
  decodeCompressedHeader,
  planMetadata,
  stampChecksum,
} from '../../src/format/compressed-header.js';
import { create, type MixSpec } from '../../src/index.js';
import { archiveLists } from './histories.js';

/** When the samples were written to. */
export const SAMPLE_NOW = 1_600_000_000;

/**
 * Archives of 1 s and 10 s. The base has gone round its ring of blocks; both have an open block, and the base two
 * intervals in its buffer.
 */
export function compressedSample(): Uint8Array {
  using database = create(null, {
    format: 'compressed',
    retentions: '1:200,10:100',
    pointsPerBlock: 50,
    pointSize: 3,
  });
  for (let age = 420; age >= 0; age -= 6) {
    const points = [5, 4, 3, 2, 1, 0].map((by) => [SAMPLE_NOW - age - by, (age * 7 + by) % 13] as const);
    database.updateMany(points, { now: SAMPLE_NOW - age });
  }
  return database.toBytes();
}

/** A file with what its header says. */
export class CompressedBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly header: CompressedHeader;
  readonly places: readonly ArchivePlace[];
  readonly metadataSize: number;

  constructor(bytes: Uint8Array) {
    this.bytes = Uint8Array.from(bytes);
    this.view = new DataView(this.bytes.buffer);
    this.header = decodeCompressedHeader(this.bytes, bytes.length);
    const { places, size } = planMetadata(this.header.archives, this.header.aggregation === 'mix');
    this.places = places;
    this.metadataSize = size;
  }

  /** Byte of the file where the range of a block stands. */
  rangeAt(archive: number, block: number): number {
    return this.places[archive]!.ranges + 16 * block;
  }

  blockAt(archive: number, block: number): number {
    const { offset, blockSize } = this.header.archives[archive]!;
    return offset + block * blockSize;
  }

  /** Where in the current block the next bit goes: to which byte, of which so many bits are taken. */
  reached(archive: number): { at: number; used: number } {
    const { index, lastByteOffset, bitPosition } = this.header.archives[archive]!.current;
    return { at: lastByteOffset - this.blockAt(archive, index), used: 7 - bitPosition };
  }

  /** Adds to a 32-bit field. */
  add(at: number, by: number): void {
    this.view.setUint32(at, this.view.getUint32(at) + by);
  }

  /** Puts other points into a closed block, with a CRC that is right; the range is not changed beside. */
  replaceBlock(archive: number, block: number, times: readonly number[]): void {
    const { step, blockSize } = this.header.archives[archive]!;
    const at = this.blockAt(archive, block);
    const content = blockOf(times, step);
    this.bytes.fill(0, at, at + blockSize);
    this.bytes.set(content, at);
    this.view.setUint32(this.rangeAt(archive, block) + 12, crc32(this.bytes.subarray(at, at + blockSize)));
  }

  setRange(archive: number, block: number, start: number, end: number, count: number): void {
    for (const [i, field] of [start, end, count].entries()) {
      this.view.setUint32(this.rangeAt(archive, block) + 4 * i, field);
    }
  }

  /** The file with a checksum that is right. */
  stamped(): Uint8Array {
    stampChecksum(this.bytes.subarray(0, this.metadataSize));
    return this.bytes;
  }
}

/** A block of points of value 0, whatever their times. */
function blockOf(times: readonly number[], step: number): Uint8Array {
  const writer = new BitWriter();
  writer.begin(0, 0, 64 + 5 * times.length);
  const [first = 0] = times;
  for (const word of [first, 0, 0]) writer.writeBits(word, 32);
  let previous = first;
  let latest = first;
  for (const time of times.slice(1)) {
    encodeInterval(writer, time, latest, previous, step);
    writer.writeBits(0, 1);
    previous = latest;
    latest = time;
  }
  encodeEnd(writer);
  return writer.bytes.slice(0, writer.at + 1);
}

const MIXES: readonly (readonly MixSpec[] | undefined)[] = [undefined, undefined, ['average', 'max', 'p95']];

/** Files as ours are after a few batches, nothing wrong with them. */
export function compressedFiles(): fc.Arbitrary<Uint8Array> {
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double());
  const batch = fc.record({
    wait: fc.nat(400),
    points: fc.array(fc.tuple(fc.nat(60), value), { maxLength: 40 }),
  });
  return fc
    .record({
      archives: archiveLists(),
      mix: fc.constantFrom(...MIXES),
      pointsPerBlock: fc.integer({ min: 14, max: 40 }),
      pointSize: fc.integer({ min: 2, max: 14 }),
      batches: fc.array(batch, { maxLength: 12 }),
    })
    .map(({ archives, mix, pointsPerBlock, pointSize, batches }) => {
      using database = create(null, {
        format: 'compressed',
        retentions: archives.map(([step, points]) => ({ step, points })),
        xFilesFactor: 0,
        pointsPerBlock,
        pointSize,
        ...(mix === undefined ? {} : { aggregation: 'mix' as const, mix }),
      });
      const [[step]] = archives as [[number, number]];
      let now = SAMPLE_NOW - batches.reduce((sum, { wait }) => sum + wait * step, 0);
      for (const { wait, points } of batches) {
        now += wait * step;
        database.updateMany(
          points.map(([age, value]) => [now - age * step, value] as const),
          { now },
        );
      }
      return database.toBytes();
    });
}
