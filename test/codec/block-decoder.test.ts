import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBlock } from '../../src/codec/block.js';
import {
  DECODER_SLACK,
  type Decoded,
  type DecodeLimits,
  decodePoints,
} from '../../src/codec/block-decoder.js';
import { PointRun } from '../../src/format/point-run.js';
import { bytesOfBits, padded } from '../support/bits.js';
import type { Columns } from '../support/compressed-vectors.js';
import { linesOf, runs } from '../support/point-runs.js';

const STEP = 60;
const T0 = 1_599_998_400;
const FIRST = '5f5e09c03ff0000000000000';

function decode(bytes: Uint8Array, step: number, limits?: DecodeLimits): Decoded & { points: Columns } {
  const run = new PointRun();
  const decoded = decodePoints(padded(bytes), bytes.length, step, run, limits);
  const { timestamps, values } = run.part(0, run.length);
  return { ...decoded, points: { timestamps, values } };
}

/** A block of the first point T0 and 1.0, and these bits behind it. */
function blockOf(bits: string): Uint8Array {
  return Uint8Array.from([...Buffer.from(FIRST, 'hex'), ...bytesOfBits(bits)]);
}

const END = `1111${'0'.repeat(32)}`;

describe('a damaged block gives the points before the damage and says what it is', () => {
  it.each([
    { name: 'less than a point', bytes: new Uint8Array(11), count: 0, damage: 'only 11 bytes' },
    { name: 'nothing', bytes: new Uint8Array(0), count: 0, damage: 'only 0 bytes' },
    { name: 'zeros', bytes: new Uint8Array(64), count: 0, damage: 'a first point of time 0' },
    { name: 'a first point alone', bytes: blockOf(''), count: 1, damage: 'no end marker before byte 12' },
    {
      name: 'half an end marker',
      bytes: blockOf(END.slice(0, 24)),
      count: 1,
      damage: 'no end marker before byte 15',
    },
    {
      name: 'a point that ends with the block',
      bytes: blockOf('0 0  0 0  0 0  0 0'.replaceAll(' ', '')),
      count: 4,
      damage: 'no end marker before byte 13',
    },
    {
      name: 'a window where there is none',
      bytes: blockOf(`00 00 0 10 1 ${END}`),
      count: 3,
      damage: 'bits at byte 12 that no encoder writes',
    },
    {
      name: 'a value without bits',
      bytes: blockOf(`10 0000001 11 00000 000000 ${END}`),
      count: 1,
      damage: 'bits at byte 12 that no encoder writes',
    },
  ])('$name', ({ bytes, count, damage }) => {
    const decoded = decode(bytes, STEP);
    expect(decoded).toMatchObject({ count, damage, isComplete: false });
    expect(decoded.points.timestamps).toHaveLength(count);
  });

  it('tells times that do not rise, and reads on', () => {
    // The same distance, then the next point where the one before is: the distance 60 becomes 0.
    const decoded = decode(blockOf(`10 0000001 0  10 1000001 0  0 0 ${END}`), STEP);
    expect(decoded).toMatchObject({ isComplete: true, isRising: false, count: 4 });
    expect([...decoded.points.timestamps]).toEqual([T0, T0 + STEP, T0 + STEP, T0 + STEP]);
  });
});

it('what stands behind the end marker is not looked at', () => {
  const decoded = decode(blockOf(`10 0000001 0 ${END} 1111 1111 1111`), STEP);
  expect(decoded).toMatchObject({ isComplete: true, count: 2, end: 96 + 10 + 36 });
  expect(decoded.damage).toBeUndefined();
});

describe('limits', () => {
  const times = Array.from({ length: 10 }, (_, i) => T0 + i * STEP);
  const bytes = encodeBlock({ timestamps: times, values: times.map((_, i) => i * i) }, { step: STEP });
  it.each([
    { name: 'none', limits: {}, first: 0, last: 9, count: 10, isComplete: true },
    { name: 'from', limits: { from: T0 + 125 }, first: 3, last: 9, count: 10, isComplete: true },
    { name: 'until a point', limits: { until: T0 + 180 }, first: 0, last: 3, count: 4, isComplete: false },
    {
      name: 'until between points',
      limits: { until: T0 + 185 },
      first: 0,
      last: 3,
      count: 5,
      isComplete: false,
    },
    { name: 'most', limits: { most: 4 }, first: 0, last: 3, count: 4, isComplete: false },
    {
      name: 'all',
      limits: { from: T0 + 60, until: T0 + 300, most: 3 },
      first: 1,
      last: 2,
      count: 3,
      isComplete: false,
    },
  ])('$name', ({ limits, first, last, count, isComplete }) => {
    const decoded = decode(bytes, STEP, limits);
    expect(decoded).toMatchObject({ count, isComplete });
    expect([...decoded.points.timestamps]).toEqual(times.slice(first, last + 1));
    expect([...decoded.points.values]).toEqual(times.map((_, i) => i * i).slice(first, last + 1));
  });

  it('give in several calls what one call gives', () => {
    fc.assert(
      fc.property(runs({ fewest: 2 }), fc.nat(40), (run, place) => {
        const block = encodeBlock(run, { step: run.step });
        const cut = run.timestamps[Math.min(place, run.timestamps.length - 2)]!;
        const before = decode(block, run.step, { until: cut });
        const after = decode(block, run.step, { from: cut + 1, until: Number.POSITIVE_INFINITY });
        expect([...linesOf(before.points), ...linesOf(after.points)]).toEqual(linesOf(run));
        const most = decode(block, run.step, { most: place + 1 });
        expect(linesOf(most.points)).toEqual(linesOf(run).slice(0, place + 1));
      }),
    );
  });
});

describe('whatever the bytes', () => {
  /** Good blocks that were cut, overwritten or flipped somewhere; and bytes that never were a block. */
  function blocks(): fc.Arbitrary<{ bytes: Uint8Array; step: number }> {
    const noise = fc.tuple(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(1, 60, 2 ** 31));
    const behindAFirst = fc.uint8Array({ maxLength: 80 }).map((rest) => {
      return { bytes: Uint8Array.from([...Buffer.from(FIRST, 'hex'), ...rest]), step: STEP };
    });
    const harmed = fc
      .tuple(runs(), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.nat(8))
      .map(([run, changes, cut]) => {
        const bytes = encodeBlock(run, { step: run.step });
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return { bytes: bytes.subarray(0, bytes.length - cut), step: run.step };
      });
    return fc.oneof(
      noise.map(([bytes, step]) => ({ bytes, step })),
      behindAFirst,
      harmed,
    );
  }

  it('there is an answer: an end, or damage, and never more points than the bits can hold', () => {
    fc.assert(
      fc.property(blocks(), ({ bytes, step }) => {
        const decoded = decode(bytes, step, { until: Number.POSITIVE_INFINITY });
        expect(decoded.isComplete).toBe(decoded.damage === undefined);
        expect(decoded.points.timestamps).toHaveLength(decoded.count);
        expect(decoded.end).toBeLessThanOrEqual(8 * Math.max(bytes.length, decoded.count === 0 ? 12 : 0));
        // A point takes two bits at least.
        expect(decoded.count).toBeLessThanOrEqual(Math.max(0, (bytes.length - 12) * 4 + 1));
      }),
      { numRuns: 1000 },
    );
  });

  it('the points do not hang on what stands behind the block', () => {
    const behind = fc.uint8Array({ minLength: DECODER_SLACK, maxLength: DECODER_SLACK });
    fc.assert(
      fc.property(blocks(), behind, ({ bytes, step }, rest) => {
        const run = new PointRun();
        const { damage, ...decoded } = decodePoints(Buffer.concat([bytes, rest]), bytes.length, step, run);
        const { points, damage: damageAlone, ...alone } = decode(bytes, step);
        expect(decoded).toEqual(alone);
        expect(damage === undefined).toBe(damageAlone === undefined);
        expect(linesOf(run.part(0, run.length))).toEqual(linesOf(points));
      }),
      { numRuns: 1000 },
    );
  });

  it('cut off anywhere, a block gives a beginning of its points', () => {
    fc.assert(
      fc.property(runs(), fc.nat(400), (run, length) => {
        const bytes = encodeBlock(run, { step: run.step });
        const { points, damage } = decode(bytes.subarray(0, length), run.step, {
          until: Number.POSITIVE_INFINITY,
        });
        const read = linesOf(points);
        expect(read).toEqual(linesOf(run).slice(0, read.length));
        if (damage === undefined) expect(read).toHaveLength(run.timestamps.length);
      }),
    );
  });
});
