import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockPoints, decodeBlock, encodeBlock, WhisperError } from '../../src/codec/index.js';
import { bytesOfBits } from '../support/bits.js';
import { doubles } from '../support/compressed-vectors.js';
import { linesOf, runs } from '../support/point-runs.js';

const STEP = 60;
const T0 = 1_599_998_400;
const MOST = 4_294_967_295;

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('encodeBlock', () => {
  it.each([
    { name: 'one point', values: [1], hex: '5f5e09c03ff0000000000000f000000000' },
    // The marker ends with a byte, and one of zero follows it.
    { name: 'three equal points', values: [1, 1, 1], hex: '5f5e09c03ff0000000000000808f0000000000' },
  ])('writes what stands at the beginning of a block: $name', ({ values, hex: expected }) => {
    const timestamps = values.map((_, i) => T0 + i * STEP);
    expect(hex(encodeBlock({ timestamps, values }, { step: STEP }))).toBe(expected);
    expect(hex(encodeBlock({ timestamps: Uint32Array.from(timestamps), values }, { step: STEP }))).toBe(
      expected,
    );
    const singles = Float32Array.from(values);
    expect(hex(encodeBlock({ timestamps, values: singles }, { step: STEP }))).toBe(expected);
  });

  it('makes no bytes of no points, which decode to none', () => {
    const bytes = encodeBlock({ timestamps: [], values: [] }, { step: STEP });
    expect(bytes).toEqual(new Uint8Array(0));
    expect(decodeBlock(bytes, { step: STEP })).toEqual({
      timestamps: new Float64Array(0),
      values: new Float64Array(0),
    });
  });

  it('takes times from 1 to the last that 32 bits hold', () => {
    const points = { timestamps: Float64Array.of(1, 2, MOST), values: Float64Array.of(1, 2, 3) };
    expect(decodeBlock(encodeBlock(points, { step: 1 }), { step: 1 })).toEqual(points);
  });

  it('gives bytes of its own, and leaves the columns as they are', () => {
    const points = { timestamps: Float64Array.of(T0), values: Float64Array.of(1) };
    const first = encodeBlock(points, { step: STEP });
    const before = hex(first);
    encodeBlock({ timestamps: [1, 61], values: [7, 8] }, { step: STEP });
    expect(hex(first)).toBe(before);
    expect(points).toEqual({ timestamps: Float64Array.of(T0), values: Float64Array.of(1) });
  });
});

describe('decodeBlock', () => {
  it.each([
    { name: 'cut off', hex: '5f5e09c03ff0000000000000808f0000', found: 'no end marker before byte 16' },
    { name: 'less than a point', hex: '5f5e09c0', found: 'only 4 bytes' },
    { name: 'zeros', hex: '00'.repeat(40), found: 'a first point of time 0' },
    { name: 'a window that is none', hex: '5f5e09c03ff00000000000002ff0000000', found: 'bits at byte 12' },
    {
      name: 'times that do not rise',
      // The distance of a minute, then none, then none again.
      hex: `5f5e09c03ff0000000000000${hex(bytesOfBits(`10 0000001 0 10 1000001 0 0 0 1111 ${'0'.repeat(32)}`))}`,
      found: 'timestamp 1599998460 at byte 13 (point 2), not after the one before',
    },
  ])('refuses a block that is damaged, and says where: $name', ({ hex, found }) => {
    expect(() => decodeBlock(Buffer.from(hex, 'hex'), { step: STEP })).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT', message: expect.stringContaining(found) }),
    );
  });

  it('reads a view into other bytes, and no more than it spans', () => {
    const block = encodeBlock({ timestamps: [T0, T0 + STEP], values: [1, 2] }, { step: STEP });
    const within = Uint8Array.from([1, 2, 3, ...block, 255, 255]);
    expect([...decodeBlock(within.subarray(3, 3 + block.length), { step: STEP }).values]).toEqual([1, 2]);
    expect(() => decodeBlock(within.subarray(3, 3 + block.length - 3), { step: STEP })).toThrow(WhisperError);
  });
});

it('decodes what it encoded, with the bits of every NaN, −0 and subnormal', () => {
  fc.assert(
    fc.property(runs(), (run) => {
      const bytes = encodeBlock(run, { step: run.step });
      expect(linesOf(decodeBlock(bytes, { step: run.step }))).toEqual(linesOf(run));
    }),
    {
      numRuns: 500,
      examples: [
        [
          {
            step: 1,
            timestamps: Float64Array.of(1, 2, 3, 4),
            values: doubles(['7ff80000deadbeef', '8000000000000000', '0000000000000001', 'fff0000000000000']),
          },
        ],
      ],
    },
  );
});

it('whatever the bytes, decoding gives an answer or WSP_CORRUPT', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(1, STEP, MOST), (bytes, step) => {
      try {
        const { timestamps, values } = decodeBlock(bytes, { step });
        expect(values).toHaveLength(timestamps.length);
      } catch (error) {
        expect(error).toMatchObject({ name: 'WhisperError', code: 'WSP_CORRUPT' });
      }
    }),
    { numRuns: 1000 },
  );
});

describe('points that are refused', () => {
  it.each<{ name: string; points: unknown; code: string; found: string }>([
    { name: 'time 0', points: [[0], [1]], code: 'WSP_BAD_TIMESTAMP', found: 'timestamp 0 (point 0)' },
    { name: 'a negative time', points: [[-60], [1]], code: 'WSP_BAD_TIMESTAMP', found: 'timestamp -60' },
    { name: 'a fraction', points: [[T0 + 0.5], [1]], code: 'WSP_BAD_TIMESTAMP', found: `timestamp ${T0}.5` },
    { name: 'NaN', points: [[Number.NaN], [1]], code: 'WSP_BAD_TIMESTAMP', found: 'timestamp NaN' },
    {
      name: 'milliseconds',
      points: [[T0 * 1000], [1]],
      code: 'WSP_BAD_TIMESTAMP',
      found: 'from 1 to 4294967295',
    },
    { name: 'text', points: [['1'], [1]], code: 'WSP_BAD_TIMESTAMP', found: "timestamp '1'" },
    {
      name: 'a time twice',
      points: [
        [T0, T0],
        [1, 2],
      ],
      code: 'WSP_BAD_TIMESTAMP',
      found: `one after ${T0}`,
    },
    {
      name: 'a time off the step',
      points: [
        [T0, T0 + 90],
        [1, 2],
      ],
      code: 'WSP_BAD_TIMESTAMP',
      found: '90 s after the first',
    },
    {
      name: 'a value that is none',
      points: [[T0], [null]],
      code: 'WSP_BAD_VALUE',
      found: 'value null of point 0',
    },
    {
      name: 'one column longer',
      points: [[T0, T0 + 60], [1]],
      code: 'WSP_BAD_VALUE',
      found: '2 timestamps and 1 values',
    },
  ])('$name', ({ points, code, found }) => {
    const [timestamps, values] = points as [number[], number[]];
    expect(() => encodeBlock({ timestamps, values }, { step: STEP })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(found) }),
    );
  });

  it.each([undefined, null, 5, [[T0, 1]], { timestamps: [T0] }, { timestamps: 'a', values: 'b' }])(
    '%j',
    (points) => {
      expect(() => encodeBlock(points as unknown as BlockPoints, { step: STEP })).toThrow(
        expect.objectContaining({ code: 'WSP_BAD_VALUE', found: 'points that are not two columns' }),
      );
    },
  );
});

describe('options that are refused', () => {
  const calls = {
    encodeBlock: (options: never) => encodeBlock({ timestamps: [T0], values: [1] }, options),
    decodeBlock: (options: never) => decodeBlock(new Uint8Array(0), options),
  };
  const options = [
    { options: undefined, found: 'undefined' },
    { options: {}, found: 'option step is undefined' },
    { options: { step: 0 }, found: 'option step is 0' },
    { options: { step: 1.5 }, found: 'option step is 1.5' },
    { options: { step: MOST + 1 }, found: 'option step is 4294967296' },
    { options: { step: '60' }, found: "option step is '60'" },
    { options: { step: 60, sise: 1 }, found: "has no option 'sise'; expected " },
  ];
  it.each(options.flatMap((row) => Object.keys(calls).map((call) => ({ ...row, call }))))(
    '$call: $options',
    ({ call, options, found }) => {
      expect(() => calls[call as keyof typeof calls](options as never)).toThrow(
        expect.objectContaining({ code: 'WSP_BAD_OPTION', message: expect.stringContaining(found) }),
      );
    },
  );

  it('bytes that are none', () => {
    for (const bytes of [undefined, 'f000', [0xf0], new Uint16Array(8)]) {
      expect(() => decodeBlock(bytes as never, { step: STEP })).toThrow(
        expect.objectContaining({ code: 'WSP_BAD_OPTION' }),
      );
    }
  });
});
