import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeValue, encodeValue, ValueState } from '../../src/codec/value-codec.js';
import { bitsWritten, bytesOfBits, halves, readerOf } from '../support/bits.js';
import { anyBits } from '../support/point-runs.js';

/** The state behind two values. */
function stateAfter(previous: string, latest: string): ValueState {
  const state = new ValueState();
  state.begin(...halves(latest), ...halves(previous));
  return state;
}

function encode(previous: string, latest: string, value: string): string {
  const state = stateAfter(previous, latest);
  return bitsWritten((writer) => encodeValue(writer, ...halves(value), state));
}

/** The value that bits stand for, and how many of them were read; undefined if no encoder writes them. */
function decode(previous: string, latest: string, bits: string): { value: string; read: number } | undefined {
  const state = stateAfter(previous, latest);
  const reader = readerOf(bytesOfBits(bits));
  if (!decodeValue(reader, state)) return undefined;
  const value = [state.high, state.low].map((half) => half.toString(16).padStart(8, '0')).join('');
  return { value, read: reader.position };
}

const ZERO = '0000000000000000';

describe('a value after two others', () => {
  it.each([
    { name: 'the same again', before: [ZERO, ZERO], value: ZERO, bits: '0' },
    // 10, 10, 12, 14, 12.5 and so on: the bits of doc/format.md.
    {
      name: '12 after 10 twice: a window of its own',
      before: ['4024000000000000', '4024000000000000'],
      value: '4028000000000000',
      bits: '11 01100 000010 11',
    },
    {
      name: '14 after 10 and 12: in their window',
      before: ['4024000000000000', '4028000000000000'],
      value: '402c000000000000',
      bits: '10 01',
    },
    {
      name: 'a window is that of the two values before, not the one last written',
      before: ['4028000000000000', '402c000000000000'],
      value: '4024000000000000',
      bits: '11 01100 000001 1',
    },
    {
      name: 'no window behind a repeated value',
      before: ['4028000000000000', '4028000000000000'],
      value: '402c000000000000',
      bits: '11 01101 000001 1',
    },
    {
      name: 'one bit at the low end: no more than 31 leading zeros are told',
      before: [ZERO, ZERO],
      value: '0000000000000001',
      bits: `11 11111 100001 00000001 ${'00000000 '.repeat(3)} 0`,
    },
    {
      name: 'one bit at the high end',
      before: [ZERO, ZERO],
      value: '8000000000000000',
      bits: '11 00000 000001 1',
    },
    {
      name: 'low bytes first in a field of 12 bits',
      before: [ZERO, ZERO],
      value: '0abd000000000000',
      bits: '11 00100 001100 10111101 1010',
    },
    {
      name: '62 bits are the most with a length of their own',
      before: [ZERO, ZERO],
      value: '3fffffffffffffff',
      bits: `11 00010 111110 ${'1'.repeat(62)}`,
    },
    {
      name: '63 bits are written as 64 with the leading zero',
      before: [ZERO, ZERO],
      value: '7fffffffffffffff',
      bits: `11 00001 111111 ${'11111111 '.repeat(7)} 01111111`,
    },
    {
      name: '63 bits are written as 64 with the trailing zero',
      before: [ZERO, ZERO],
      value: 'fffffffffffffffe',
      bits: `11 00000 111111 11111110 ${'11111111 '.repeat(7)}`,
    },
    {
      name: '64 bits',
      before: [ZERO, ZERO],
      value: 'ffffffffffffffff',
      bits: `11 00000 111111 ${'1'.repeat(64)}`,
    },
    {
      name: 'in a window of all 64 bits',
      before: [ZERO, 'ffffffffffffffff'],
      value: 'fffffffffffffffe',
      bits: `10 00000001 ${'00000000 '.repeat(7)}`,
    },
  ])('$name', ({ before, value, bits }) => {
    const [previous, latest] = before as [string, string];
    const expected = bits.replaceAll(' ', '');
    expect(encode(previous, latest, value)).toBe(expected);
    expect(decode(previous, latest, expected)).toEqual({ value, read: expected.length });
  });
});

describe('bits that no encoder writes', () => {
  it.each([
    { name: 'a window behind a repeated value', bits: '10 1' },
    { name: 'no bits in a window of their own', bits: '11 00000 000000' },
    { name: 'more bits than there are behind the leading zeros', bits: '11 00011 111110' },
  ])('$name', ({ bits }) => {
    expect(decode(ZERO, ZERO, bits)).toBeUndefined();
  });
});

it('decodes any bits behind any others, and looks at them before the point counts', () => {
  fc.assert(
    fc.property(anyBits(), anyBits(), anyBits(), (previous, latest, value) => {
      const state = stateAfter(previous, latest);
      const before = { ...state };
      const bits = bitsWritten((writer) => encodeValue(writer, ...halves(value), state));
      expect({ ...state }).toEqual(before);
      expect(decode(previous, latest, bits)).toEqual({ value, read: bits.length });
    }),
  );
});

it('knows the same of the two values before, whether it followed them or began with them', () => {
  fc.assert(
    fc.property(fc.array(anyBits(), { minLength: 3, maxLength: 8 }), (values) => {
      const followed = stateAfter(values[0]!, values[0]!);
      for (const [i, value] of values.slice(1).entries()) {
        const [[high, low], [highBefore, lowBefore]] = [halves(value), halves(values[i]!)];
        followed.follow(high ^ highBefore, low ^ lowBefore);
      }
      expect({ ...followed }).toEqual({ ...stateAfter(values.at(-2)!, values.at(-1)!) });
    }),
  );
});

it('reads any bits as a value of 64 bits or refuses them', () => {
  fc.assert(
    fc.property(
      anyBits(),
      anyBits(),
      fc.uint8Array({ minLength: 10, maxLength: 10 }),
      (previous, latest, bytes) => {
        const state = stateAfter(previous, latest);
        const reader = readerOf(bytes);
        const isRead = decodeValue(reader, state);
        expect(reader.position).toBeLessThanOrEqual(13 + 64);
        if (!isRead) return;
        expect(reader.position).toBeGreaterThan(0);
        expect([state.high, state.low].every((half) => half >= 0 && Number.isInteger(half))).toBe(true);
      },
    ),
  );
});
