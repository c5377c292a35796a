import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeSlots,
  decodeTimestamp,
  decodeValue,
  encodePoint,
  makeColumns,
  POINT_SIZE,
} from '../../src/format/point.js';

function encoded(timestamp: number, value: number): { view: DataView; hex: string } {
  const bytes = new Uint8Array(POINT_SIZE);
  const view = new DataView(bytes.buffer);
  encodePoint(view, 0, timestamp, value);
  return { view, hex: Buffer.from(bytes).toString('hex') };
}

it.each([
  { timestamp: 1234, value: 567.891, hex: '000004d24081bf20c49ba5e3' },
  { timestamp: 0, value: 0, hex: '000000000000000000000000' },
  { timestamp: 4_294_967_290, value: -0, hex: 'fffffffa8000000000000000' },
  { timestamp: 1, value: Number.NaN, hex: '000000017ff8000000000000' },
  { timestamp: 1, value: Number.NEGATIVE_INFINITY, hex: '00000001fff0000000000000' },
])('the twelve bytes of ($timestamp, $value) are $hex', ({ timestamp, value, hex }) => {
  expect(encoded(timestamp, value).hex).toBe(hex);
});

it('writes every NaN with the same bits', () => {
  const signed = new DataView(new ArrayBuffer(8));
  signed.setBigUint64(0, 0xfff8_0000_0000_0001n);
  expect(encoded(1, signed.getFloat64(0)).hex).toBe('000000017ff8000000000000');
});

it('decodes what it encoded, whatever the bits of the value', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), fc.double(), (timestamp, value) => {
      const { view } = encoded(timestamp, value);
      expect(decodeTimestamp(view, 0)).toBe(timestamp);
      expect(decodeValue(view, 0)).toBe(value);
    }),
  );
});

describe('decodeSlots', () => {
  it('takes a slot only if it holds the very interval expected there', () => {
    const view = new DataView(new ArrayBuffer(4 * POINT_SIZE));
    encodePoint(view, 0, 100, 1);
    encodePoint(view, 1 * POINT_SIZE, 50, 2); // of an earlier turn
    encodePoint(view, 2 * POINT_SIZE, 120, Number.NaN);
    const into = { values: new Float64Array(5), known: new Uint8Array(5) };
    decodeSlots(view, 4, 100, 10, into, 1);
    expect([...into.known]).toEqual([0, 1, 0, 1, 0]);
    expect([...into.values]).toEqual([0, 1, Number.NaN, Number.NaN, Number.NaN]);
  });

  it('agrees with a plain comparison, also where the range leaves what 32 bits hold', () => {
    const step = fc.integer({ min: 1, max: 100 });
    const first = fc.oneof(
      fc.integer({ min: -500, max: 500 }),
      fc.integer({ min: 2 ** 31 - 500, max: 2 ** 31 }),
      fc.integer({ min: 2 ** 32 - 500, max: 2 ** 32 + 500 }),
      fc.constantFrom(-(2 ** 32), -(2 ** 31), 2 ** 40),
    );
    const held = fc.array(fc.tuple(fc.boolean(), fc.double({ noNaN: true })), { maxLength: 20 });
    fc.assert(
      fc.property(first, step, held, (from, by, slots) => {
        const view = new DataView(new ArrayBuffer(slots.length * POINT_SIZE));
        // A slot that holds something else holds what its interval is modulo 2³², if that is another.
        const stored = slots.map(([isThere], i) => (isThere ? (from + i * by) >>> 0 : 7));
        for (const [i, [, value]] of slots.entries()) encodePoint(view, i * POINT_SIZE, stored[i]!, value);
        const into = { values: new Float64Array(slots.length), known: new Uint8Array(slots.length).fill(9) };
        decodeSlots(view, slots.length, from, by, into, 0);
        for (const [i, [, value]] of slots.entries()) {
          const isKnown = stored[i] === from + i * by;
          expect([into.known[i], into.values[i]]).toEqual(isKnown ? [1, value] : [0, Number.NaN]);
        }
      }),
    );
  });
});

it('columns that no memory can hold are refused with our own error', () => {
  expect(() => makeColumns(2 ** 50)).toThrow(expect.objectContaining({ code: 'WSP_SYSTEM' }));
  expect([...makeColumns(3).known]).toEqual([0, 0, 0]);
});
