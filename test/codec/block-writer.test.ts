import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BlockPatch,
  type BlockState,
  BlockWriter,
  decodeBlock,
  encodeBlock,
} from '../../src/codec/index.js';
import { cutAt, cuts, linesOf, runs } from '../support/point-runs.js';

const STEP = 60;
const T0 = 1_599_998_400;

function apply(bytes: Uint8Array, { bytes: patch, position }: BlockPatch): Uint8Array {
  const longer = new Uint8Array(Math.max(bytes.length, position + patch.length));
  longer.set(bytes);
  longer.set(patch, position);
  return longer;
}

describe('a writer', () => {
  it('leaves a whole block after each call', () => {
    const writer = new BlockWriter({ step: STEP });
    let block: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < 5; i++) {
      const patch = writer.append({ timestamps: [T0 + i * STEP], values: [i] });
      expect(patch.stored).toBe(1);
      block = apply(block, patch);
      expect(writer.length).toBe(i + 1);
      expect([...decodeBlock(block, { step: STEP }).values]).toEqual([0, 1, 2, 3, 4].slice(0, i + 1));
    }
  });

  it('writes nothing without points', () => {
    const writer = new BlockWriter({ step: STEP });
    const nothing = { timestamps: [], values: [] };
    expect(writer.append(nothing)).toEqual({ stored: 0, bytes: new Uint8Array(0), position: 0 });
    expect(writer.length).toBe(0);
    writer.append({ timestamps: [T0], values: [1] });
    expect(writer.append(nothing)).toEqual({ stored: 0, bytes: new Uint8Array(0), position: 12 });
  });

  it('refuses points that do not follow those it has, and stores none of the call', () => {
    const writer = new BlockWriter({ step: STEP });
    writer.append({ timestamps: [T0, T0 + STEP], values: [1, 2] });
    const before = writer.state;
    for (const timestamps of [[T0 + STEP], [T0 + 2 * STEP, T0], [T0 + 2 * STEP, T0 + 3 * STEP + 1]]) {
      expect(() => writer.append({ timestamps, values: timestamps })).toThrow(
        expect.objectContaining({ code: 'WSP_BAD_TIMESTAMP' }),
      );
    }
    expect(writer.state).toEqual(before);
  });
});

describe('a block of a fixed size', () => {
  it('is closed with the first point that has no room, and takes no more', () => {
    const writer = new BlockWriter({ step: STEP, size: 32 });
    const points = { timestamps: [0, 1, 2, 3].map((i) => T0 + i * STEP), values: [1, Math.PI, Math.E, 4] };
    expect(writer.isFull).toBe(false);
    const patch = writer.append(points);
    expect(patch.stored).toBe(2);
    expect(patch.bytes).toHaveLength(32);
    expect(writer.isFull).toBe(true);
    expect([...decodeBlock(patch.bytes, { step: STEP }).values]).toEqual([1, Math.PI]);
    const later = { timestamps: [T0 + 10 * STEP], values: [5] };
    expect(writer.append(later)).toMatchObject({ stored: 0, bytes: new Uint8Array(0) });
    const resumed = new BlockWriter({ step: STEP, size: 32, state: writer.state });
    expect(resumed.isFull).toBe(true);
    expect(resumed.append(later).stored).toBe(0);
  });

  it('several of them hold any points', () => {
    fc.assert(
      fc.property(runs(), fc.integer({ min: 32, max: 80 }), (run, size) => {
        const read: string[] = [];
        let { timestamps, values } = run;
        while (timestamps.length > 0) {
          const writer = new BlockWriter({ step: run.step, size });
          const { stored, bytes } = writer.append({ timestamps, values });
          expect(bytes.length).toBeLessThanOrEqual(size);
          expect(writer.isFull).toBe(stored < timestamps.length);
          read.push(...linesOf(decodeBlock(bytes, { step: run.step })));
          timestamps = timestamps.slice(stored);
          values = values.slice(stored);
        }
        expect(read).toEqual(linesOf(run));
      }),
    );
  });
});

it('restarted from its state after any point, it writes the same bytes', () => {
  fc.assert(
    fc.property(runs(), cuts(), (run, places) => {
      let block: Uint8Array = new Uint8Array(0);
      let state: BlockState | undefined;
      for (const part of cutAt(run, places)) {
        const writer = new BlockWriter({ step: run.step, state });
        block = apply(block, writer.append(part));
        state = JSON.parse(JSON.stringify(writer.state)) as BlockState;
      }
      // A call may have ended its marker between two bytes, and the next one ends before that zero byte.
      const whole = encodeBlock(run, { step: run.step });
      expect(Buffer.from(block.subarray(0, whole.length)).toString('hex')).toBe(
        Buffer.from(whole).toString('hex'),
      );
      expect(block.subarray(whole.length).every((byte) => byte === 0)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

describe('options that are refused', () => {
  const writer = new BlockWriter({ step: STEP });
  writer.append({ timestamps: [T0, T0 + STEP, T0 + 3 * STEP], values: [1, 2, 3] });
  const { state } = writer;

  it.each<{ name: string; options: object }>([
    { name: 'a size too small for the longest point', options: { size: 31 } },
    { name: 'a size that is no number of bytes', options: { size: 40.5 } },
    { name: 'an unknown option', options: { limit: 40 } },
    { name: 'no state', options: { state: {} } },
    { name: 'a state without a first point', options: { state: { ...state, first: undefined } } },
    { name: 'a state of another step', options: { step: 7, state } },
    { name: 'a state behind the end', options: { size: 32, state: { ...state, at: 32 } } },
    { name: 'a state in the first point', options: { state: { ...state, at: 11 } } },
    { name: 'nine bits of a byte', options: { state: { ...state, used: 8 } } },
    { name: 'a byte with bits behind those used', options: { state: { ...state, used: 1, partial: 0xff } } },
    { name: 'a negative number', options: { state: { ...state, crc: -1 } } },
    {
      name: 'points in another order',
      options: { state: { ...state, previous: state.latest, latest: state.previous } },
    },
    {
      name: 'bits behind no first point',
      options: { state: { ...state, first: { timestamp: 0, high: 0, low: 0 } } },
    },
  ])('$name', ({ options }) => {
    expect(() => new BlockWriter({ step: STEP, ...options } as never)).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_OPTION' }),
    );
  });

  it('and the state of a writer is none of them', () => {
    expect(new BlockWriter({ step: STEP, state }).length).toBe(3);
    expect(new BlockWriter({ step: STEP, size: 64, state }).isFull).toBe(false);
  });
});
