import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/bytes/crc32.js';
import { type Appended, BlockEncoder, type BlockState, EMPTY_BLOCK } from '../../src/codec/block-encoder.js';
import { END_MARKER_SIZE, SMALLEST_SOUND_BLOCK } from '../../src/format/block-size.js';
import { PointRun } from '../../src/format/point-run.js';
import type { Columns } from '../support/compressed-vectors.js';
import { decodeAll } from '../support/decode-all.js';
import { cutAt, cuts, linesOf, runOf, runs } from '../support/point-runs.js';

const STEP = 60;
const T0 = 1_599_998_400;
const SIZE = 64;

/** What a block holds before anything was written: remains that must not shine through. */
const REMAINS = 0xee;

/** A block in memory, written to call by call. */
class Block {
  readonly bytes: Uint8Array;
  readonly #step: number;
  #encoder = new BlockEncoder();
  state: BlockState = EMPTY_BLOCK;
  late = 0;

  constructor(size: number, step: number) {
    this.bytes = new Uint8Array(size).fill(REMAINS);
    this.#step = step;
  }

  append(points: PointRun, start = 0): Appended {
    const done = this.#encoder.append(
      this.state,
      points,
      start,
      points.length,
      this.#step,
      this.bytes.length,
    );
    expect(done.position + done.bytes.length + done.zeros).toBeLessThanOrEqual(this.bytes.length);
    this.bytes.set(done.bytes, done.position);
    this.bytes.fill(0, done.position + done.bytes.length, done.position + done.bytes.length + done.zeros);
    this.state = done.state;
    this.late += done.late;
    return done;
  }

  /** Goes on with what a file would have kept, in another process. */
  restart(): void {
    this.#encoder = new BlockEncoder();
    this.state = JSON.parse(JSON.stringify(this.state)) as BlockState;
  }
}

function points(...pairs: [timestamp: number, value: number][]): PointRun {
  const run = new PointRun();
  for (const [timestamp, value] of pairs) run.pushValue(timestamp, value);
  return run;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('a call', () => {
  it('writes the first point as it is and the marker behind it', () => {
    const { bytes, position, zeros, state } = new Block(SIZE, STEP).append(points([T0, 1]));
    expect({ bytes: hex(bytes), position, zeros }).toEqual({
      bytes: '5f5e09c03ff0000000000000f000000000',
      position: 0,
      zeros: 0,
    });
    const first = { timestamp: T0, high: 0x3ff00000, low: 0 };
    expect(state).toMatchObject({
      first,
      latest: first,
      previous: first,
      count: 0,
      at: 12,
      used: 0,
      partial: 0,
    });
  });

  it('writes from the byte that was filled in part, and one byte more where the marker ends with a byte', () => {
    const block = new Block(SIZE, STEP);
    block.append(points([T0, 1]));
    // 9 bits of time, 1 of value, twice 1 bit: the marker begins in the middle of byte 13 and ends with byte 17.
    const done = block.append(points([T0 + STEP, 1], [T0 + 2 * STEP, 1]));
    expect({ bytes: hex(done.bytes), position: done.position }).toEqual({
      bytes: '808f0000000000',
      position: 12,
    });
    expect(done.state).toMatchObject({ at: 13, used: 4, partial: 0x80, count: 2 });
    expect(block.bytes[18]).toBe(0);
    expect(block.bytes[19]).toBe(REMAINS);
  });

  it('leaves late points out and counts them, and passes over points of time 0', () => {
    const block = new Block(SIZE, STEP);
    const done = block.append(points([T0, 1], [0, 5], [T0, 2], [T0 - STEP, 3], [T0 + STEP, 4]));
    expect({ late: done.late, next: done.next }).toEqual({ late: 2, next: 5 });
    expect(linesOf(decodeAll(block.bytes, STEP))).toEqual([
      `${T0} 3ff0000000000000`,
      `${T0 + STEP} 4010000000000000`,
    ]);
  });

  it('without points writes the marker again, also where there is no first point', () => {
    const block = new Block(SIZE, STEP);
    const done = block.append(points());
    expect({ bytes: hex(done.bytes), position: done.position }).toEqual({ bytes: 'f000000000', position: 0 });
    expect(done.state).toEqual(EMPTY_BLOCK);
    block.append(points([T0, 1], [T0 + STEP, 2]));
    const before = hex(block.bytes);
    block.append(points([T0, 7]));
    expect(hex(block.bytes)).toBe(before);
    expect(block.state.count).toBe(1);
  });
});

describe('a full block', () => {
  it('is closed before the point that has no room, with zeros to its end and the CRC of all its bytes', () => {
    const block = new Block(SMALLEST_SOUND_BLOCK, STEP);
    const given = points([T0, 1], [T0 + STEP, Math.PI], [T0 + 2 * STEP, -Math.E], [T0 + 3 * STEP, 1]);
    const done = block.append(given);
    expect(done).toMatchObject({ isFull: true, next: 2, late: 0 });
    expect(done.state).toMatchObject({ count: 1, at: SMALLEST_SOUND_BLOCK - 1, crc: crc32(block.bytes) });
    expect(block.bytes.at(-1)).toBe(0);
    expect(decodeAll(block.bytes, STEP).timestamps).toEqual(Float64Array.of(T0, T0 + STEP));
  });

  it('holds the longest point that there is if it is of the smallest sound size', () => {
    const block = new Block(SMALLEST_SOUND_BLOCK, 1);
    const done = block.append(points([1, 0], [4_000_000_000, -Number.MIN_VALUE], [4_000_000_001, 0]));
    expect(done).toMatchObject({ isFull: true, next: 2 });
    expect(decodeAll(block.bytes, 1).timestamps).toEqual(Float64Array.of(1, 4_000_000_000));
  });
});

/** Sizes from the smallest on, most of them small enough for a run not to fit. */
function sizes(): fc.Arbitrary<number> {
  return fc.oneof(fc.integer({ min: SMALLEST_SOUND_BLOCK, max: 120 }), fc.constant(4096));
}

describe('for any points', () => {
  it('restarted after any of them it leaves the same block as when it never stopped', () => {
    fc.assert(
      fc.property(runs(), cuts(), sizes(), (run, places, size) => {
        const [unbroken, resumed] = [new Block(size, run.step), new Block(size, run.step)];
        unbroken.append(runOf(run));
        for (const part of cutAt(run, places)) {
          const { isFull } = resumed.append(runOf(part));
          if (isFull) break;
          resumed.restart();
        }
        expect(resumed.state).toEqual(unbroken.state);
        expect(hex(resumed.bytes)).toBe(hex(unbroken.bytes));
      }),
      { numRuns: 300 },
    );
  });

  it('decodes to those that it took, bit for bit', () => {
    fc.assert(
      fc.property(runs(), sizes(), (run, size) => {
        const block = new Block(size, run.step);
        const { next, isFull } = block.append(runOf(run));
        expect(isFull).toBe(next < run.timestamps.length);
        expect(linesOf(decodeAll(block.bytes, run.step))).toEqual(linesOf(run).slice(0, next));
      }),
      { numRuns: 300 },
    );
  });

  it('spread over as many blocks as they need, none is lost', () => {
    fc.assert(
      fc.property(runs(), fc.integer({ min: SMALLEST_SOUND_BLOCK, max: 60 }), (run, size) => {
        const given = runOf(run);
        const read: Columns[] = [];
        for (let next = 0; next < given.length; ) {
          const block = new Block(size, run.step);
          next = block.append(given, next).next;
          read.push(decodeAll(block.bytes, run.step));
        }
        expect(read.flatMap(linesOf)).toEqual(linesOf(run));
      }),
    );
  });

  it('the running CRC is that of the complete bytes, and of the whole block once it is closed', () => {
    fc.assert(
      fc.property(runs(), cuts(), sizes(), (run, places, size) => {
        const block = new Block(size, run.step);
        for (const part of cutAt(run, places)) {
          const { isFull } = block.append(runOf(part));
          const { at, used, partial, crc } = block.state;
          expect(crc).toBe(crc32(isFull ? block.bytes : block.bytes.subarray(0, at)));
          if (isFull) break;
          expect(at + END_MARKER_SIZE).toBeLessThan(size);
          expect(block.bytes[at]! & ~(0xff >>> used) & 0xff).toBe(partial);
        }
      }),
    );
  });

  it('those not newer than the last one change nothing but their count', () => {
    fc.assert(
      fc.property(runs({ fewest: 2 }), fc.nat(40), (run, back) => {
        const block = new Block(4096, run.step);
        block.append(runOf(run));
        const [bytes, state] = [hex(block.bytes), block.state];
        block.append(runOf(cutAt(run, [Math.min(back, run.timestamps.length)])[0]!));
        expect(hex(block.bytes)).toBe(bytes);
        expect(block.state).toEqual(state);
        expect(block.late).toBe(Math.min(back, run.timestamps.length));
      }),
    );
  });
});
