import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BlockPiece,
  BlockWriter,
  decodeBlock,
  encodeBlock,
  traceBlock,
  WhisperError,
} from '../../src/codec/index.js';
import { bitsIn, bytesOfBits } from '../support/bits.js';
import { doubles } from '../support/compressed-vectors.js';
import { linesOf, runs } from '../support/point-runs.js';

const T0 = 1_599_998_400;

function trace(bytes: Uint8Array, step: number): BlockPiece[] {
  return [...traceBlock(bytes, { step })];
}

describe('the pieces of a block', () => {
  // The second block of doc/format.md.
  const timestamps = [0, 60, 120, 180, 240, 900].map((seconds) => T0 + seconds);
  const bytes = encodeBlock({ timestamps, values: [10, 10, 12, 14, 14, 0.1] }, { step: 60 });

  it('tell where they stand, what their bits are and what they mean', () => {
    expect(trace(bytes, 60)).toEqual([
      {
        kind: 'first point',
        bit: 0,
        length: 96,
        bits: `01011111010111100000100111000000 0100000000100100${'0'.repeat(48)}`,
        point: 0,
        timestamp: T0,
        value: 10,
        valueBits: '4024000000000000',
      },
      ...point(
        1,
        96,
        { bits: '10 0000001', prefix: '10', deltaOfDelta: 1, timestamp: T0 + 60 },
        { bits: '0', value: 10 },
      ),
      ...point(
        2,
        106,
        { bits: '0', prefix: '0', deltaOfDelta: 0, timestamp: T0 + 120 },
        {
          bits: '11 01100 000010 11',
          prefix: '11',
          value: 12,
          xor: '000c000000000000',
          leading: 12,
          meaningful: 2,
        },
      ),
      ...point(
        3,
        122,
        { bits: '0', prefix: '0', deltaOfDelta: 0, timestamp: T0 + 180 },
        { bits: '10 01', prefix: '10', value: 14, xor: '0004000000000000', leading: 12, meaningful: 2 },
      ),
      ...point(
        4,
        127,
        { bits: '0', prefix: '0', deltaOfDelta: 0, timestamp: T0 + 240 },
        { bits: '0', value: 14 },
      ),
      ...point(
        5,
        129,
        { bits: '10 0001010', prefix: '10', deltaOfDelta: 10, timestamp: T0 + 900 },
        {
          // 62 bits: the groups of 8 are cd, cc five times and ca.
          bits: `11 00001 111110 11001101${'11001100'.repeat(5)}11001010111111`,
          prefix: '11',
          value: 0.1,
          xor: '7f9599999999999a',
          leading: 1,
          meaningful: 62,
        },
      ),
      { kind: 'end marker', bit: 213, length: 36, bits: `1111 ${'0'.repeat(32)}` },
      { kind: 'padding', bit: 249, length: 7, bits: '0000000', isZero: true },
    ]);
  });

  type Time = { bits: string; prefix: string; deltaOfDelta: number; timestamp: number };
  type Value = {
    bits: string;
    value: number;
    prefix?: string;
    xor?: string;
    leading?: number;
    meaningful?: number;
  };

  function point(point: number, bit: number, time: Time, value: Value) {
    const lengthOf = (bits: string) => bits.replaceAll(' ', '').length;
    const [valueBits] = linesOf({ timestamps: Float64Array.of(0), values: Float64Array.of(value.value) });
    const same = { prefix: '0', xor: '0000000000000000', leading: 64, meaningful: 0 };
    return [
      { kind: 'time', bit, length: lengthOf(time.bits), point, isRising: true, ...time },
      {
        kind: 'value',
        bit: bit + lengthOf(time.bits),
        length: lengthOf(value.bits),
        point,
        valueBits: valueBits!.slice(2),
        ...same,
        ...value,
      },
    ];
  }
});

describe('damage', () => {
  const good = encodeBlock({ timestamps: [T0, T0 + 60, T0 + 120], values: [1, 2, 3] }, { step: 60 });

  it.each([
    {
      name: 'less than a point',
      bytes: good.subarray(0, 5),
      kinds: ['damage'],
      bit: 0,
      reason: 'only 5 bytes',
    },
    {
      name: 'an empty block',
      bytes: new Uint8Array(20),
      kinds: ['damage'],
      bit: 0,
      reason: 'a first point of time 0',
    },
    {
      name: 'no marker',
      bytes: good.subarray(0, good.length - 3),
      kinds: ['first point', 'time', 'value', 'time', 'value', 'damage'],
      bit: 144,
      reason: `no end marker before byte ${good.length - 3}`,
    },
    {
      name: 'cut between two bytes behind a point',
      bytes: good.subarray(0, 12),
      kinds: ['first point', 'damage'],
      bit: 96,
      reason: 'no end marker before byte 12',
    },
  ])('is a piece: $name', ({ bytes, kinds, bit, reason }) => {
    const pieces = trace(bytes, 60);
    expect(pieces.map(({ kind }) => kind)).toEqual(kinds);
    expect(pieces.at(-1)).toMatchObject({ kind: 'damage', bit, length: 8 * bytes.length - bit, reason });
  });

  it('of times is marked at the time, and the rest is told', () => {
    const bits = `10 0000001 0  10 1000001 0  0 0  1111 ${'0'.repeat(32)}`;
    const pieces = trace(Uint8Array.from([...good.subarray(0, 12), ...bytesOfBits(bits)]), 60);
    const times = pieces.filter((piece) => piece.kind === 'time');
    expect(times.map(({ timestamp, isRising }) => [timestamp - T0, isRising])).toEqual([
      [60, true],
      [60, false],
      [60, false],
    ]);
    expect(pieces.at(-2)?.kind).toBe('end marker');
  });
});

it('of remains behind the marker only the beginning is shown', () => {
  const block = new Uint8Array(100).fill(0xaa);
  block.set(encodeBlock({ timestamps: [T0], values: [1] }, { step: 60 }));
  const padding = trace(block, 60).at(-1);
  expect(padding).toMatchObject({ kind: 'padding', bit: 132, length: 800 - 132, isZero: false });
  expect(padding!.bits).toBe(bitsIn(block).slice(132, 132 + 64));
});

it('an empty block has no pieces, and bad options are refused before anything is asked for', () => {
  expect(trace(new Uint8Array(0), 60)).toEqual([]);
  expect(() => traceBlock(new Uint8Array(0), { step: 0 })).toThrow(WhisperError);
  expect(() => traceBlock('' as never, { step: 60 })).toThrow(WhisperError);
});

describe('for any points', () => {
  it('the pieces stand end to end, show every bit, and have the points that decoding gives', () => {
    fc.assert(
      fc.property(runs(), fc.uint8Array({ maxLength: 7 }), (run, rest) => {
        const encoded = encodeBlock(run, { step: run.step });
        const bytes = Uint8Array.from([...encoded, ...rest]);
        const pieces = trace(bytes, run.step);
        let end = 0;
        for (const { bit, length } of pieces) {
          expect(bit).toBe(end);
          end += length;
        }
        expect(end).toBe(8 * bytes.length);
        expect(pieces.map(({ bits }) => bits.replaceAll(' ', '')).join('')).toBe(bitsIn(bytes));
        expect(linesOf(pointsOf(pieces))).toEqual(linesOf(decodeBlock(bytes, { step: run.step })));
      }),
      { numRuns: 300 },
    );
  });

  it('a time that is told by steps is that many off the distance before', () => {
    fc.assert(
      fc.property(runs(), (run) => {
        const { timestamps, step } = run;
        for (const piece of traceBlock(encodeBlock(run, { step }), { step })) {
          if (piece.kind !== 'time') continue;
          const [time, latest, previous] = [0, 1, 2].map(
            (back) => timestamps[Math.max(0, piece.point - back)]!,
          );
          const delta = (time! - latest! - (latest! - previous!)) / step;
          if (piece.deltaOfDelta === undefined) expect(Math.abs(delta)).toBeGreaterThan(2046);
          else expect(Math.abs(piece.deltaOfDelta - delta)).toBe(0);
        }
      }),
    );
  });
});

it('whatever the bytes, the pieces cover them and have the points of a block that decodes', () => {
  fc.assert(
    fc.property(runs(), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 3 }), (run, changes) => {
      const bytes = new BlockWriter({ step: run.step }).append(run).bytes;
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      const pieces = trace(bytes, run.step);
      expect(pieces.reduce((end, { length }) => end + length, 0)).toBe(8 * bytes.length);
      const isGood = pieces.every(
        (piece) => piece.kind !== 'damage' && (piece.kind !== 'time' || piece.isRising),
      );
      const decode = () => decodeBlock(bytes, { step: run.step });
      if (isGood) expect(linesOf(pointsOf(pieces))).toEqual(linesOf(decode()));
      else expect(decode).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT' }));
    }),
    { numRuns: 500 },
  );
});

function pointsOf(pieces: readonly BlockPiece[]) {
  const timestamps = pieces.flatMap((piece) => ('timestamp' in piece ? [piece.timestamp] : []));
  const values = pieces.flatMap((piece) => ('valueBits' in piece ? [piece.valueBits] : []));
  return { timestamps: Float64Array.from(timestamps), values: doubles(values) };
}
