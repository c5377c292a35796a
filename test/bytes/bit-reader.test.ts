import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitReader } from '../../src/bytes/bit-reader.js';
import { bitsIn, bitsWritten, bytesOfBits, padded, readerOf } from '../support/bits.js';

const UINT32_MAX = 0xffff_ffff;

describe('a field is read with its low 8 bits first', () => {
  it.each([
    { bits: '1', count: 1, value: 1 },
    { bits: '1000001', count: 7, value: 0x41 },
    { bits: '10100101 1', count: 9, value: 0x1a5 },
    { bits: '10111100 1010', count: 12, value: 0xabc },
    { bits: '01000101 00100011 1', count: 17, value: 0x1_2345 },
    { bits: '01100111 01000101 00100011 10000001', count: 32, value: 0x8123_4567 },
    { bits: '1'.repeat(32), count: 32, value: UINT32_MAX },
  ])('$count bits $bits', ({ bits, count, value }) => {
    for (const before of ['', '1', '111', '1111111']) {
      const reader = readerOf(bytesOfBits(before + bits));
      if (before !== '') reader.skip(before.length);
      expect(reader.readField(count)).toBe(value);
      expect(reader.position).toBe(before.length + count);
    }
  });
});

it('begins at any byte, and tells its place from the first one', () => {
  const reader = new BitReader(padded(Uint8Array.of(0xff, 0x12, 0x34, 0x56)), 1);
  expect(reader.position).toBe(8);
  expect(reader.readBits(12)).toBe(0x123);
  expect(reader.position).toBe(20);
});

it('a peek shows the next 32 bits and leaves them the next ones', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), fc.nat(63), (bytes, place) => {
      const reader = readerOf(bytes);
      reader.skip(place);
      const expected = Number.parseInt(bitsIn(bytes).slice(place, place + 32), 2);
      expect(reader.peek() >>> 0).toBe(expected);
      expect(reader.position).toBe(place);
      expect(reader.readBits(32)).toBe(expected);
    }),
  );
});

it('reads what was written, in whatever order of bits and fields', () => {
  const one = fc.record({
    isField: fc.boolean(),
    value: fc.nat(UINT32_MAX),
    count: fc.integer({ min: 1, max: 32 }),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 20 }), (writes) => {
      const list = writes.map((write) => ({ ...write, value: write.value % 2 ** write.count }));
      const bits = bitsWritten((writer) => {
        for (const { isField, value, count } of list) {
          if (isField) writer.writeField(value, count);
          else writer.writeBits(value, count);
        }
      }, 128);
      const reader = readerOf(bytesOfBits(bits));
      for (const { isField, value, count } of list) {
        expect(isField ? reader.readField(count) : reader.readBits(count)).toBe(value);
      }
      expect(reader.position).toBe(bits.length);
    }),
  );
});

it('reads bytes that are a view into others', () => {
  const all = padded(Uint8Array.of(1, 2, 3, 0xab, 0xcd));
  expect(new BitReader(all.subarray(3), 0).readBits(16)).toBe(0xabcd);
});
