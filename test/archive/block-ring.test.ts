import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damageOf, type ReadBlock } from '../../src/archive/block-reader.js';
import { BlockRing } from '../../src/archive/block-ring.js';
import { crc32 } from '../../src/bytes/crc32.js';
import { BlockEncoder } from '../../src/codec/block-encoder.js';
import { WhisperError } from '../../src/errors.js';
import type { ByteFile } from '../../src/file/byte-file.js';
import { MemoryFile } from '../../src/file/memory-file.js';
import { BLOCK_RANGE_SIZE } from '../../src/format/block-range.js';
import { SMALLEST_SOUND_BLOCK } from '../../src/format/block-size.js';
import {
  type CompressedArchiveInfo,
  decodeCompressedHeader,
  encodeCompressedHeader,
  planMetadata,
} from '../../src/format/compressed-header.js';
import { PointRun } from '../../src/format/point-run.js';
import { NO_POINT } from '../../src/format/raw-point.js';
import { bitsOf } from '../support/compressed-vectors.js';
import { cutAt, cuts, linesOf, runOf, runs } from '../support/point-runs.js';
import { RecordingFile } from '../support/recording-file.js';

const STEP = 60;
const T0 = 1_599_998_400;
/** Where the archive begins: something stands before it and behind it that must stay as it is. */
const OFFSET = 300;
const REMAINS = 0xee;
/** Bytes of a small block. */
const SIZE = SMALLEST_SOUND_BLOCK;

/** An archive of a few small blocks in a file of its own. */
class Bench {
  readonly file: RecordingFile;
  readonly ranges: Uint8Array;
  readonly #info: CompressedArchiveInfo;
  /** As the header has it that the ring began with. */
  #present: CompressedArchiveInfo;
  ring: BlockRing;

  constructor({
    blockSize = SIZE,
    blockCount = 3,
    step = STEP,
    file = undefined as Uint8Array | undefined,
  } = {}) {
    this.#info = {
      offset: OFFSET,
      step,
      points: 100,
      blockSize,
      blockCount,
      pointSize: 2,
      current: {
        index: 0,
        first: NO_POINT,
        latest: NO_POINT,
        previous: NO_POINT,
        lastByte: 0,
        lastByteOffset: OFFSET,
        bitPosition: 7,
        count: 0,
        crc: 0,
      },
      discarded: 0,
      growths: 0,
    };
    this.file = new RecordingFile(file ?? new Uint8Array(2 * OFFSET + blockSize * blockCount).fill(REMAINS));
    this.ranges = new Uint8Array(BLOCK_RANGE_SIZE * blockCount);
    this.#present = this.#info;
    this.ring = this.#begin(this.#info);
  }

  /** Goes on with what header and ranges tell, as another process would. */
  restart(change: Partial<CompressedArchiveInfo['current']> = {}): void {
    this.ring = this.#begin({ ...this.#info, current: { ...this.ring.current, ...change } });
  }

  /** Another ring over the same file, header and ranges, that knows nothing but these. */
  get anew(): BlockRing {
    return this.over(this.file);
  }

  over(file: ByteFile): BlockRing {
    const info = { ...this.#info, current: this.ring.current };
    return new BlockRing(file, info, this.ranges, new BlockEncoder());
  }

  /** Whether a file with this state in its header would be opened. */
  get isAccepted(): boolean {
    const archives = [this.#present];
    const header = {
      aggregation: 'sum',
      maxRetention: 0,
      xFilesFactor: 0,
      pointsPerBlock: 0,
      pointSize: 2,
    } as const;
    const metadata = new Uint8Array(planMetadata(archives, false).size);
    encodeCompressedHeader(metadata, { ...header, archives });
    try {
      decodeCompressedHeader(metadata, this.file.size());
      return true;
    } catch (error) {
      if (error instanceof WhisperError) return false;
      throw error;
    }
  }

  get bytes(): Uint8Array {
    const bytes = new Uint8Array(this.file.size());
    this.file.readAt(bytes, bytes.length, 0);
    return bytes;
  }

  block(index: number): Uint8Array {
    const start = OFFSET + index * this.#info.blockSize;
    return this.bytes.subarray(start, start + this.#info.blockSize);
  }

  /** Changes a byte of a block. */
  poke(index: number, at: number, to: number): void {
    this.file.writeAt(Uint8Array.of(to), 1, OFFSET + index * this.#info.blockSize + at);
  }

  all(isLenient = false): PointRun {
    const all = new PointRun();
    this.ring.read(0, Number.POSITIVE_INFINITY, all, isLenient);
    return all;
  }

  /** The file outside the archive. */
  get neighbours(): string {
    const { bytes } = this;
    return hex(bytes.subarray(0, OFFSET)) + hex(bytes.subarray(bytes.length - OFFSET));
  }

  #begin(info: CompressedArchiveInfo): BlockRing {
    this.#present = info;
    return new BlockRing(this.file, info, this.ranges, new BlockEncoder());
  }
}

function points(...pairs: [timestamp: number, value: number][]): PointRun {
  const run = new PointRun();
  for (const [timestamp, value] of pairs) run.pushValue(timestamp, value);
  return run;
}

/** Points a step apart whose values differ in their first bit and in their last: a small block holds two of them. */
function wild(count: number, first = 0): PointRun {
  const run = new PointRun();
  for (let i = first; i < first + count; i++)
    run.push(T0 + i * STEP, i % 2 === 0 ? 0 : 0x8000_0000, 2 * i + (i % 2));
  return run;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function pairsOf({ timestamps, values, length }: PointRun): [number, number][] {
  return Array.from({ length }, (_, i) => [timestamps[i]!, values[i]!]);
}

const UNTOUCHED = hex(new Uint8Array(2 * OFFSET).fill(REMAINS));

describe('appending', () => {
  it('writes the first point at the start of block 0, and the end marker behind it', () => {
    const bench = new Bench();
    expect(bench.ring.append(points([T0, 1]))).toEqual({ late: 0, isRotated: false });
    expect(hex(bench.block(0).subarray(0, 18))).toBe('5f5e09c03ff0000000000000f000000000ee');
    const point = { timestamp: T0, high: 0x3ff0_0000, low: 0 };
    expect(bench.ring.current).toEqual({
      index: 0,
      first: point,
      latest: point,
      previous: point,
      lastByte: 0,
      lastByteOffset: OFFSET + 12,
      bitPosition: 7,
      count: 0,
      crc: crc32(bench.block(0).subarray(0, 12)),
    });
  });

  it('tells a block’s points in its range less the first one (quirk 1)', () => {
    const bench = new Bench();
    bench.ring.append(points([T0, 1], [T0 + STEP, 1], [T0 + 2 * STEP, 1]));
    expect(bench.ring.range(0)).toEqual({ start: T0, end: T0 + 2 * STEP, count: 2, crc: 0x146d_8599 });
    expect(bench.ring.current).toMatchObject({ count: 2, crc: 0x146d_8599 });
    // Start, end, count and CRC as they stand in the metadata.
    expect(hex(bench.ranges.subarray(0, 16))).toBe('5f5e09c05f5e0a3800000002146d8599');
  });

  it('writes a zero byte too many where the end marker ends with a byte (quirk 8)', () => {
    const bench = new Bench();
    bench.ring.append(points([T0, 1], [T0 + STEP, 1], [T0 + 2 * STEP, 1]));
    expect(hex(bench.block(0).subarray(12, 21))).toBe('808f0000000000eeee');
  });

  it('without any points writes the end marker all the same (quirk 9)', () => {
    const bench = new Bench();
    bench.ring.append(new PointRun(0));
    expect(hex(bench.block(0).subarray(0, 6))).toBe('f000000000ee');
    expect(bench.ring.range(0)).toEqual({ start: 0, end: 0, count: 0, crc: 0 });
    bench.ring.append(points([T0, 1]));
    const before = hex(bench.block(0));
    bench.ring.append(new PointRun(0));
    expect(hex(bench.block(0))).toBe(before);
  });

  it('keeps steps and no seconds: times between steps come back as others (quirk 5)', () => {
    const bench = new Bench();
    bench.ring.append(points([T0, 1], [T0 + 61, 2], [T0 + 130, 3]));
    expect(pairsOf(bench.all())).toEqual([
      [T0, 1],
      [T0 + 60, 2],
      [T0 + 120, 3],
    ]);
    expect(bench.ring.range(0).end).toBe(T0 + 130);
  });

  it('leaves out what is not newer than the last point, and says how many', () => {
    const bench = new Bench();
    bench.ring.append(points([T0, 1], [T0 + 2 * STEP, 2]));
    const late = points([T0, 5], [T0 + 2 * STEP, 6], [T0 + STEP, 7], [T0 + 3 * STEP, 3]);
    expect(bench.ring.append(late)).toEqual({ late: 3, isRotated: false });
    expect(pairsOf(bench.all())).toEqual([
      [T0, 1],
      [T0 + 2 * STEP, 2],
      [T0 + 3 * STEP, 3],
    ]);
    expect(bench.ring.latest).toBe(T0 + 3 * STEP);
  });

  it('counts what is late over all the blocks that a call fills', () => {
    const bench = new Bench();
    bench.ring.append(wild(1));
    const run = wild(6);
    for (const i of [2, 4]) run.pushFrom(run, i);
    expect(bench.ring.append(run)).toEqual({ late: 3, isRotated: true });
  });

  it('carries every bit of a value', () => {
    const run = new PointRun();
    for (const [i, high] of [0x7ff8_0000, 0xfff0_0000, 0x8000_0000, 0x7ff0_0000].entries()) {
      run.push(T0 + i * STEP, high, i + 1);
    }
    const bench = new Bench({ blockSize: 100 });
    bench.ring.append(run);
    expect(bitsOf(bench.all().values.slice(0, 4))).toEqual([
      '7ff8000000000001',
      'fff0000000000002',
      '8000000000000003',
      '7ff0000000000004',
    ]);
  });
});

describe('a block that is full', () => {
  it('is closed, and the point that it has no room for is the first of the next one', () => {
    const bench = new Bench();
    expect(bench.ring.append(wild(3))).toEqual({ late: 0, isRotated: true });
    expect(bench.ring.range(0)).toEqual({
      start: T0,
      end: T0 + STEP,
      count: 1,
      crc: crc32(bench.block(0)),
    });
    expect(hex(bench.block(0).subarray(-5))).toBe('0000000000');
    expect(bench.ring.current).toMatchObject({ index: 1, count: 0, lastByteOffset: OFFSET + SIZE + 12 });
    expect(bench.ring.range(1)).toMatchObject({ start: T0 + 2 * STEP, end: T0 + 2 * STEP, count: 0 });
    expect(hex(bench.block(1).subarray(17))).toBe('ee'.repeat(SIZE - 17));
  });

  it('of the last place is followed by block 0, whose oldest points give way', () => {
    const bench = new Bench();
    bench.ring.append(wild(8));
    expect(bench.ring.current.index).toBe(0);
    expect(pairsOf(bench.all()).map(([timestamp]) => (timestamp - T0) / STEP)).toEqual([2, 3, 4, 5, 6, 7]);
    expect(bench.neighbours).toBe(UNTOUCHED);
  });

  it('is one of those that a single call may fill, as often as it goes round', () => {
    const bench = new Bench();
    expect(bench.ring.append(wild(41))).toEqual({ late: 0, isRotated: true });
    expect(pairsOf(bench.all()).at(-1)![0]).toBe(T0 + 40 * STEP);
    expect(bench.neighbours).toBe(UNTOUCHED);
  });

  it('shows remains of the turn before behind the marker of the block that took its place', () => {
    const bench = new Bench();
    bench.ring.append(wild(6));
    const before = hex(bench.block(0));
    bench.ring.append(wild(1, 6));
    const after = hex(bench.block(0));
    expect(after.slice(2 * 17)).toBe(before.slice(2 * 17));
    expect(pairsOf(bench.all(false)).at(-1)![0]).toBe(T0 + 6 * STEP);
  });
});

describe('what was overwritten', () => {
  it('is told by the time of its last point, as long as the ring has come round since it was made', () => {
    const bench = new Bench();
    bench.ring.append(wild(6));
    expect(bench.ring.overwritten).toBe(0);
    bench.ring.append(wild(4, 6));
    // Blocks 0 and 1 had two points each.
    expect(bench.ring.overwritten).toBe(T0 + 3 * STEP);
    bench.restart();
    expect(bench.ring.overwritten).toBe(0);
  });
});

describe('the ranges', () => {
  it('are told by start, empty ones last in the order of their places', () => {
    const bench = new Bench({ blockCount: 5 });
    expect(bench.ring.sortedRanges().map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    bench.ring.append(wild(12));
    const sorted = bench.ring.sortedRanges();
    expect(sorted.map(({ index }) => index)).toEqual([1, 2, 3, 4, 0]);
    bench.ranges.fill(0, 2 * 16, 3 * 16);
    bench.ranges.fill(0, 16, 2 * 16);
    bench.restart();
    expect(bench.ring.sortedRanges().map(({ index }) => index)).toEqual([3, 4, 0, 1, 2]);
  });

  it('tell the first and the last time there is, 0 for none', () => {
    const bench = new Bench();
    expect([bench.ring.leastStart(), bench.ring.greatestEnd(), bench.ring.latest]).toEqual([0, 0, 0]);
    bench.ring.append(wild(8));
    expect([bench.ring.leastStart(), bench.ring.greatestEnd(), bench.ring.latest]).toEqual([
      T0 + 2 * STEP,
      T0 + 7 * STEP,
      T0 + 7 * STEP,
    ]);
  });
});

describe('reading', () => {
  it('gives the points of a range, both ends included, and looks into no other block', () => {
    const bench = new Bench();
    bench.ring.append(wild(6));
    bench.file.takeCalls();
    const found = new PointRun();
    bench.ring.read(T0 + STEP, T0 + 3 * STEP, found, false);
    expect(pairsOf(found).map(([timestamp]) => (timestamp - T0) / STEP)).toEqual([1, 2, 3]);
    expect(bench.file.takeCalls()).toEqual([`read ${SIZE} at ${OFFSET}`, `read ${SIZE} at ${OFFSET + SIZE}`]);
  });

  it('takes a block in that begins where the range ends, or ends where it begins', () => {
    const bench = new Bench();
    bench.ring.append(wild(6));
    for (const at of [T0 + STEP, T0 + 2 * STEP]) {
      const found = new PointRun();
      bench.ring.read(at, at, found, false);
      expect(pairsOf(found).map(([timestamp]) => timestamp)).toEqual([at]);
    }
  });

  it('takes of the current block only what was written to it', () => {
    const bench = new Bench({ blockSize: 4000 });
    bench.ring.append(points([T0, 1], [T0 + STEP, 1]));
    bench.file.takeCalls();
    expect(bench.all().length).toBe(2);
    // Up to byte 13 go the points, and the marker with a byte behind it takes six more.
    expect(bench.file.takeCalls()).toEqual([`read 19 at ${OFFSET}`]);
  });

  it('goes by time and not by place', () => {
    const bench = new Bench();
    bench.ring.append(wild(11));
    const times = pairsOf(bench.all()).map(([timestamp]) => timestamp);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(bench.ring.current.index).toBe(2);
  });

  it('passes over points that a stopped writer left behind those of the range', () => {
    const bench = new Bench({ blockSize: 80 });
    bench.ring.append(wild(2));
    const [state, ranges] = [bench.ring.current, bench.ranges.slice()];
    bench.ring.append(wild(2, 2));
    bench.ranges.set(ranges);
    bench.restart(state);
    expect(bench.all().length).toBe(2);
    expect(bench.ring.append(wild(1, 9))).toEqual({ late: 0, isRotated: false });
    expect(pairsOf(bench.all()).map(([timestamp]) => (timestamp - T0) / STEP)).toEqual([0, 1, 9]);
  });
});

describe('a damaged block', () => {
  it('is refused with its place, and force takes what can be read of it', () => {
    const bench = new Bench();
    bench.ring.append(wild(6));
    bench.poke(1, SIZE - 1, 0x55);
    expect(() => bench.all()).toThrow(
      expect.objectContaining({
        code: 'WSP_CORRUPT',
        message: expect.stringMatching(
          /block 1 .*at byte 332: its CRC is [0-9a-f]{8}, and [0-9a-f]{8} is stored/,
        ),
      }),
    );
    expect(pairsOf(bench.all(true))).toEqual(pairsOf(wild(6)));
  });

  it('does not keep others from being read', () => {
    const bench = new Bench();
    bench.ring.append(wild(6));
    bench.poke(1, 3, 0);
    const found = new PointRun();
    bench.ring.read(T0 + 4 * STEP, T0 + 5 * STEP, found, false);
    expect(pairsOf(found)).toEqual(pairsOf(wild(2, 4)));
  });

  it('is one that ends with a lone 1 where a value should begin, and no point of value 0 (quirk 37)', () => {
    const bench = new Bench({ blockSize: 17 });
    bench.ring.append(points([T0, 1]));
    // Nineteen more points, two bits of 0 each; then a time, and the last bit of the block.
    bench.file.writeAt(Uint8Array.of(0, 0, 0, 0, 1), 5, OFFSET + 12);
    new DataView(bench.ranges.buffer).setUint32(8, 20);
    const found = new PointRun();
    const { decoded } = bench.ring.readBlock(0, found, {});
    expect(decoded).toMatchObject({ count: 20, isComplete: false, damage: expect.any(String) });
    expect(found.length).toBe(20);
    expect(() => bench.all()).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT' }));
  });

  const sound: ReadBlock = {
    index: 0,
    start: T0,
    end: T0 + STEP,
    count: 1,
    crc: 7,
    computedCrc: 7,
    offset: OFFSET,
    isCurrent: false,
    decoded: { count: 2, end: 300, isComplete: true, isRising: true },
  };

  it.each([
    { name: 'nothing', change: {}, damage: undefined },
    {
      name: 'another CRC',
      change: { computedCrc: 0xff },
      damage: 'its CRC is 000000ff, and 00000007 is stored',
    },
    {
      name: 'bits of no encoder, before all else',
      change: { computedCrc: 8, decoded: { ...sound.decoded, damage: 'bits' } },
      damage: 'bits',
    },
    {
      name: 'times that fall',
      change: { decoded: { ...sound.decoded, isRising: false } },
      damage: 'its times do not increase',
    },
    {
      name: 'fewer points than its range counts',
      change: { decoded: { ...sound.decoded, count: 1 } },
      damage: 'it ends after 1 points, and 2 are stored in its range',
    },
    {
      name: 'fewer points because no more were asked for',
      change: { decoded: { ...sound.decoded, count: 1, isComplete: false } },
      damage: undefined,
    },
  ])('what is wrong: $name', ({ change, damage }) => {
    expect(damageOf({ ...sound, ...change })).toBe(damage);
  });
});

describe('a current block whose last byte is said to be at 0', () => {
  it('begins at its start', () => {
    const bench = new Bench();
    bench.restart({ index: 1, lastByteOffset: 0 });
    bench.ring.append(points([T0, 1]));
    expect(hex(bench.block(1).subarray(0, 12))).toBe('5f5e09c03ff0000000000000');
  });
});

describe('for any points', () => {
  const sizes = fc.oneof(fc.integer({ min: SMALLEST_SOUND_BLOCK, max: 120 }), fc.constant(600));

  it('gone on with from the header after any of them, it leaves the same blocks and ranges', () => {
    fc.assert(
      fc.property(
        runs(),
        cuts(),
        sizes,
        fc.integer({ min: 2, max: 5 }),
        (run, places, blockSize, blockCount) => {
          const unbroken = new Bench({ blockSize, blockCount, step: run.step });
          const resumed = new Bench({ blockSize, blockCount, step: run.step });
          unbroken.ring.append(runOf(run));
          for (const part of cutAt(run, places)) {
            resumed.ring.append(runOf(part));
            resumed.restart();
          }
          expect(resumed.ring.current).toEqual(unbroken.ring.current);
          expect(hex(resumed.ranges)).toBe(hex(unbroken.ranges));
          expect(linesIn(resumed)).toEqual(linesIn(unbroken));
        },
      ),
    );
  });

  it('the newest are read back bit for bit, and nothing outside the archive changes', () => {
    fc.assert(
      fc.property(runs(), cuts(), sizes, (run, places, blockSize) => {
        const bench = new Bench({ blockSize, step: run.step });
        for (const part of cutAt(run, places)) bench.ring.append(runOf(part));
        const lines = linesIn(bench);
        expect(lines.length).toBeGreaterThan(0);
        expect(lines).toEqual(linesOf(run).slice(-lines.length));
        expect(bench.neighbours).toBe(UNTOUCHED);
      }),
    );
  });

  it('the range of the current block is what the header says, and closed ones have the CRC of all their bytes', () => {
    fc.assert(
      fc.property(runs(), sizes, (run, blockSize) => {
        const bench = new Bench({ blockSize, step: run.step });
        bench.ring.append(runOf(run));
        const { index, first, latest, count, crc, lastByteOffset } = bench.ring.current;
        expect(bench.ring.range(index)).toEqual({
          start: first.timestamp,
          end: latest.timestamp,
          count,
          crc,
        });
        const at = lastByteOffset - OFFSET - index * blockSize;
        expect(crc).toBe(crc32(bench.block(index).subarray(0, at)));
        for (const range of bench.ring.sortedRanges()) {
          if (range.index !== index && range.start !== 0)
            expect(range.crc).toBe(crc32(bench.block(range.index)));
        }
      }),
    );
  });

  it('appended to any state that a header may tell, they stay within the blocks that they fill', () => {
    const state = fc.record({
      index: fc.nat(2),
      isEmpty: fc.boolean(),
      lastByte: fc.nat(255),
      at: fc.oneof(fc.constant(0), fc.integer({ min: -1, max: SIZE })),
      bitPosition: fc.nat(7),
      count: fc.nat(20),
    });
    fc.assert(
      fc.property(state, fc.nat(4), ({ index, isEmpty, at, ...rest }, length) => {
        const bench = new Bench();
        const start = OFFSET + index * SIZE;
        const point = isEmpty ? NO_POINT : { timestamp: T0, high: 1, low: 2 };
        const lastByteOffset = at === 0 && isEmpty ? 0 : start + at;
        bench.restart({ ...rest, index, lastByteOffset, first: point, latest: point, previous: point });
        fc.pre(bench.isAccepted);
        const before = bench.bytes;
        bench.ring.append(wild(length, 1));
        const after = bench.bytes;
        const turns = (bench.ring.current.index - index + 3) % 3;
        const filled = Array.from({ length: turns + 1 }, (_, i) => (index + i) % 3);
        const changed = [...before.keys()].filter((i) => before[i] !== after[i]);
        expect(changed.every((i) => filled.includes(Math.floor((i - OFFSET) / SIZE)))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  function linesIn(bench: Bench): string[] {
    const { timestamps, values, length } = bench.all();
    return linesOf({ timestamps: timestamps.slice(0, length), values: values.slice(0, length) });
  }
});

describe('what was changed', () => {
  it('is the ranges of the blocks that were written to, until that is settled', () => {
    const bench = new Bench({ blockCount: 5 });
    const touched = () => [bench.ring.touched.from, bench.ring.touched.to];
    expect({ isChanged: bench.ring.isChanged, isRotated: bench.ring.isRotated }).toEqual({
      isChanged: false,
      isRotated: false,
    });
    bench.ring.append(wild(2));
    expect(touched()).toEqual([0, 16]);
    expect({ isChanged: bench.ring.isChanged, isRotated: bench.ring.isRotated }).toEqual({
      isChanged: true,
      isRotated: false,
    });
    bench.ring.append(wild(1, 2));
    expect(touched()).toEqual([0, 32]);
    expect(bench.ring.isRotated).toBe(true);
    bench.ring.settle();
    expect({ isChanged: bench.ring.isChanged, isRotated: bench.ring.isRotated }).toEqual({
      isChanged: false,
      isRotated: false,
    });
    bench.ring.append(wild(3, 3));
    expect(touched()).toEqual([16, 48]);
    bench.ring.settle();
    bench.ring.append(wild(1, 2));
    // A late point changes nothing in the block, whose end marker is written all the same.
    expect(touched()).toEqual([32, 48]);
    expect(bench.ring.isRotated).toBe(false);
  });

  it('once the ring has come round is all between the first range and the last', () => {
    const bench = new Bench();
    bench.ring.append(wild(5));
    bench.ring.settle();
    expect(bench.ring.current.index).toBe(2);
    bench.ring.append(wild(3, 5));
    expect(bench.ring.current.index).toBe(0);
    expect([bench.ring.touched.from, bench.ring.touched.to]).toEqual([0, 48]);
  });

  it('settled, what was overwritten is told no more', () => {
    const bench = new Bench();
    bench.ring.append(wild(8));
    expect(bench.ring.overwritten).toBe(T0 + STEP);
    bench.ring.settle();
    expect(bench.ring.overwritten).toBe(0);
    bench.ring.append(wild(1, 8));
    expect(bench.ring.overwritten).toBe(T0 + 3 * STEP);
  });

  it('outside of what was touched no range has changed, and within nothing is told that has not', () => {
    const calls = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat(3), fc.boolean()), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(calls, fc.integer({ min: 2, max: 6 }), (list, blockCount) => {
        const bench = new Bench({ blockCount });
        let settled = bench.ranges.slice();
        let wasRotated = false;
        let next = 0;
        for (const [count, back, isSettled] of list) {
          const first = Math.max(0, next - back);
          wasRotated = bench.ring.append(wild(count, first)).isRotated || wasRotated;
          next = first + count;
          const { from, to } = bench.ring.touched;
          const changed = [...settled.keys()].filter((i) => settled[i] !== bench.ranges[i]);
          expect(changed.every((i) => i >= from && i < to)).toBe(true);
          expect({ isRotated: bench.ring.isRotated, isChanged: bench.ring.isChanged }).toEqual({
            isRotated: wasRotated,
            isChanged: true,
          });
          if (!isSettled) continue;
          bench.ring.settle();
          settled = bench.ranges.slice();
          wasRotated = false;
        }
      }),
    );
  });
});

describe('the ranges by start', () => {
  it('are put in order once, as long as none of them changes', () => {
    const bench = new Bench({ blockCount: 5 });
    bench.ring.append(wild(5));
    const sorted = bench.ring.sortedRanges();
    bench.all();
    bench.ring.settle();
    expect(bench.ring.sortedRanges()).toBe(sorted);
    bench.ring.append(wild(1, 5));
    expect(bench.ring.sortedRanges()).not.toBe(sorted);
    expect(bench.ring.sortedRanges()).toEqual(bench.anew.sortedRanges());
  });

  it('are after any calls those that a ring finds that begins with them', () => {
    const calls = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.boolean()), { maxLength: 10 });
    fc.assert(
      fc.property(calls, fc.integer({ min: 2, max: 6 }), (list, blockCount) => {
        const bench = new Bench({ blockCount });
        let next = 0;
        for (const [count, isSettled] of list) {
          bench.ring.append(wild(count, next));
          next += count;
          if (isSettled) bench.ring.settle();
          const { anew } = bench;
          expect(bench.ring.sortedRanges()).toEqual(anew.sortedRanges());
          expect([bench.ring.leastStart(), bench.ring.greatestEnd(), bench.ring.latest]).toEqual([
            anew.leastStart(),
            anew.greatestEnd(),
            anew.latest,
          ]);
        }
      }),
    );
  });
});

/** Blocks long enough that places inside them are remembered, from which a later read goes on. */
describe('read again and again', () => {
  const BLOCK = 400;
  const LONG = { blockSize: BLOCK, blockCount: 4, step: 1 };

  /** Points a second apart, of two bits each but for a few: a block holds more than a thousand of them. */
  function flat(count: number, first: number): PointRun {
    const run = new PointRun();
    for (let i = first; i < first + count; i++) run.pushValue(T0 + i, Math.floor(i / 50));
    return run;
  }

  /** The lines of a range, or the words of its refusal. */
  function read(ring: BlockRing, from: number, until: number, isLenient = false): string {
    const found = new PointRun();
    try {
      ring.read(from, until, found, isLenient);
    } catch (error) {
      if (error instanceof WhisperError) return error.message;
      throw error;
    }
    return linesOf(found.columns()).join('\n');
  }

  /** As {@link read}; of a refusal the block alone, since damage may show in more than one way. */
  function readOrBlock(...ask: Parameters<typeof read>): string {
    return read(...ask).split(':')[0]!;
  }

  /** A file of which nothing can be read from some byte on. */
  class Shortened extends MemoryFile {
    end = Number.POSITIVE_INFINITY;

    override readAt(into: Uint8Array, length: number, position: number): number {
      return super.readAt(into, Math.max(0, Math.min(length, this.end - position)), position);
    }
  }

  type Action =
    | { kind: 'append'; count: number }
    | { kind: 'read'; from: number; length: number; isLenient: boolean }
    | { kind: 'harm'; block: number; at: number; bits: number };

  const actions = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('append'), count: fc.nat(4000) }) },
      {
        weight: 9,
        arbitrary: fc.record({
          kind: fc.constant('read'),
          from: fc.nat(6000),
          length: fc.oneof(fc.nat(50), fc.nat(6000)),
          isLenient: fc.boolean(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('harm'),
          block: fc.nat(3),
          at: fc.nat(BLOCK - 1),
          bits: fc.integer({ min: 1, max: 255 }),
        }),
      },
    ) as fc.Arbitrary<Action>,
    { minLength: 4, maxLength: 30, size: 'max' },
  );

  it('it gives what a ring gives that reads for the first time, points and damage alike', () => {
    fc.assert(
      fc.property(actions, (list) => {
        const bench = new Bench(LONG);
        let next = 0;
        for (const action of list) {
          if (action.kind === 'append') {
            bench.ring.append(flat(action.count, next));
            next += action.count;
          } else if (action.kind === 'harm') {
            // Of the current block what is behind its complete bytes is covered by no checksum.
            const { index, lastByteOffset } = bench.ring.current;
            const isCurrent = action.block === index;
            const end = isCurrent ? lastByteOffset - OFFSET - index * BLOCK : BLOCK;
            if (action.at >= end) continue;
            const byte = bench.block(action.block)[action.at]!;
            bench.poke(action.block, action.at, byte ^ action.bits);
          } else {
            // As far back as the ring may hold, and a little ahead.
            const from = T0 + Math.max(0, next + 100 - action.from);
            const ask = [from, from + action.length, action.isLenient] as const;
            expect(readOrBlock(bench.ring, ...ask)).toBe(readOrBlock(bench.anew, ...ask));
          }
        }
      }),
      { numRuns: Number(process.env['SOTTO_RUNS'] ?? 60) },
    );
  });

  it('it still looks at all bytes of a block: damage before the place it goes on from is found', () => {
    const bench = new Bench(LONG);
    bench.ring.append(flat(6000, 0));
    const { end } = bench.ring.range(0);
    const last = read(bench.ring, end, end);
    expect(last).toMatch(/^\d+ [0-9a-f]{16}$/);
    const byte = bench.block(0)[20]!;
    bench.poke(0, 20, byte ^ 1);
    expect(read(bench.ring, end, end)).toMatch(/^block 0 .* its CRC is [0-9a-f]{8}/);
    bench.poke(0, 20, byte);
    expect(read(bench.ring, end, end)).toBe(last);
  });

  it('it does not take a block that had its turn again for the one it was', () => {
    const bench = new Bench(LONG);
    for (let turn = 0; turn < 4; turn++) {
      bench.ring.append(flat(6000, 6000 * turn));
      const ranges = bench.ring.sortedRanges();
      expect(ranges.filter(({ count }) => count > 1100).length).toBeGreaterThanOrEqual(3);
      for (const { start, end } of ranges) {
        // Backwards, so that all places are known before those in front of them are asked for.
        for (const from of [end, end - 100, Math.floor((start + end) / 2), start]) {
          const lines = linesOf(flat(end - from + 1, from - T0).columns()).join('\n');
          expect(read(bench.ring, from, end)).toBe(lines);
        }
      }
    }
  });

  it('it does not go on from places that it found in damaged bits once these are mended', () => {
    const bench = new Bench(LONG);
    bench.ring.append(flat(6000, 0));
    const { start, end } = bench.ring.range(0);
    const sound = bench.block(0).slice();
    // Other values from the first points on: rising times all the same, and so places to go on from.
    const other = new Bench(LONG);
    const run = flat(6000, 0);
    for (let i = 1; i < run.length; i++) run.values[i] = run.values[i]! + 1000;
    other.ring.append(run);
    const position = OFFSET;
    bench.file.writeAt(other.block(0), BLOCK, position);
    expect(read(bench.ring, start, end)).toMatch(/its CRC is/);
    bench.file.writeAt(sound, BLOCK, position);
    expect(read(bench.ring, end, end)).toBe(read(bench.anew, end, end));
    expect(read(bench.ring, start, end)).toBe(read(bench.anew, start, end));
  });

  it('it is not led astray by what was read of a damaged block with force', () => {
    const bench = new Bench(LONG);
    bench.ring.append(flat(6000, 0));
    const { start, end } = bench.ring.range(0);
    const byte = bench.block(0)[100]!;
    bench.poke(0, 100, byte ^ 0x10);
    read(bench.ring, start, end, true);
    bench.poke(0, 100, byte);
    expect(read(bench.ring, end - 1, end)).toBe(read(bench.anew, end - 1, end));
  });

  it.each([
    { name: 'a closed one', isCurrent: false },
    { name: 'the current one', isCurrent: true },
  ])('of a file that was cut off in a block in between it tells the damage: $name', ({ isCurrent }) => {
    const bench = new Bench(LONG);
    bench.ring.append(flat(6400, 0));
    const { current } = bench.ring;
    const { start, end, index } = bench.ring.sortedRanges().at(isCurrent ? -1 : 0)!;
    expect(index === current.index).toBe(isCurrent);
    const begin = OFFSET + index * BLOCK;
    const complete = isCurrent ? current.lastByteOffset - begin : BLOCK;
    expect(complete).toBeGreaterThan(250);
    const file = new Shortened(bench.bytes);
    const ring = bench.over(file);
    const [first, last] = [read(bench.ring, start, end), read(bench.ring, end, end)];
    for (const left of [0, 5, 12, 40, 240, complete - 1]) {
      file.end = Number.POSITIVE_INFINITY;
      expect(read(ring, start, end)).toBe(first);
      file.end = begin + left;
      // Also where all that is asked for stands before the cut.
      for (const time of [end, start]) {
        expect(read(ring, time, time)).toMatch(/^block \d .*: (its CRC is|no end marker|only \d+ bytes)/);
      }
    }
    file.end = Number.POSITIVE_INFINITY;
    expect(read(ring, end, end)).toBe(last);
  });
});
