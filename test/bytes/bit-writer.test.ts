import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitWriter } from '../../src/bytes/bit-writer.js';
import { bitsIn, bitsWritten } from '../support/bits.js';

const UINT32_MAX = 0xffff_ffff;

describe('a field goes out with its low 8 bits first and the odd high bits last', () => {
  it.each([
    { value: 0b1, count: 1, bits: '1' },
    { value: 0x41, count: 7, bits: '1000001' },
    { value: 0xa5, count: 8, bits: '10100101' },
    { value: 0x1a5, count: 9, bits: '10100101 1' },
    { value: 0xabc, count: 12, bits: '10111100 1010' },
    { value: 0xabcd, count: 16, bits: '11001101 10101011' },
    { value: 0x1_2345, count: 17, bits: '01000101 00100011 1' },
    { value: 0xab_cdef, count: 24, bits: '11101111 11001101 10101011' },
    { value: 0x1ab_cdef, count: 25, bits: '11101111 11001101 10101011 1' },
    { value: 0x8123_4567, count: 32, bits: '01100111 01000101 00100011 10000001' },
    { value: UINT32_MAX, count: 32, bits: '1'.repeat(32) },
  ])('$count bits of $value', ({ value, count, bits }) => {
    expect(bitsWritten((writer) => writer.writeField(value, count))).toBe(bits.replaceAll(' ', ''));
  });

  it.each([
    { high: 0, low: 0xabc, count: 12, bits: '10111100 1010' },
    { high: 1, low: 0x0000_00ff, count: 33, bits: `11111111 ${'0'.repeat(24)} 1` },
    {
      high: 0xabc,
      low: 0x0403_0201,
      count: 44,
      bits: '00000001 00000010 00000011 00000100 10111100 1010',
    },
    {
      high: 0x0807_0605,
      low: 0x0403_0201,
      count: 64,
      bits: '00000001 00000010 00000011 00000100 00000101 00000110 00000111 00001000',
    },
  ])('$count bits of two halves $high and $low', ({ high, low, count, bits }) => {
    expect(bitsWritten((writer) => writer.writeLongField(high, low, count))).toBe(bits.replaceAll(' ', ''));
  });
});

it.each([
  { value: 1, count: 1, bits: '1' },
  { value: 0b1110, count: 4, bits: '1110' },
  { value: 0xabc, count: 12, bits: '101010111100' },
  { value: 0x8000_0001, count: 32, bits: `1${'0'.repeat(30)}1` },
])('bits go out as they are written: $count of $value', ({ value, count, bits }) => {
  expect(bitsWritten((writer) => writer.writeBits(value, count))).toBe(bits);
});

/** Writes at any place of a byte, of any length. */
function writes() {
  const one = fc.record({
    isField: fc.boolean(),
    value: fc.nat(UINT32_MAX),
    count: fc.integer({ min: 1, max: 32 }),
  });
  return fc.array(one, { maxLength: 20 });
}

interface Write {
  isField: boolean;
  value: number;
  count: number;
}

function write(writer: BitWriter, { isField, value, count }: Write): void {
  const lowest = count === 32 ? value : value & ((1 << count) - 1);
  if (isField) writer.writeField(lowest, count);
  else writer.writeBits(lowest, count);
}

it('each write stands behind the one before it, whatever bit it begins at', () => {
  fc.assert(
    fc.property(writes(), (list) => {
      const together = bitsWritten((writer) => {
        for (const one of list) write(writer, one);
      }, 128);
      const apart = list.map((one) => bitsWritten((writer) => write(writer, one)));
      expect(together).toBe(apart.join(''));
    }),
  );
});

it('goes on at any bit of a byte that was filled in part', () => {
  fc.assert(
    fc.property(writes(), fc.nat(20), (list, place) => {
      const bits = (part: Write[]) => bitsWritten((writer) => part.map((one) => write(writer, one)), 128);
      const before = bits(list.slice(0, place));
      const used = before.length % 8;
      const partial = Number.parseInt(before.slice(before.length - used).padEnd(8, '0'), 2);
      const writer = new BitWriter();
      writer.begin(partial, used, 128);
      for (const one of list.slice(place)) write(writer, one);
      const after = bitsIn(writer.bytes).slice(0, 8 * writer.at + writer.used);
      expect(before.slice(0, before.length - used) + after).toBe(bits(list));
    }),
  );
});

it('what is taken back leaves no trace in what is written after it', () => {
  fc.assert(
    fc.property(writes(), writes(), writes(), (kept, refused, others) => {
      const expected = bitsWritten((writer) => [...kept, ...others].map((one) => write(writer, one)), 256);
      const found = bitsWritten((writer) => {
        for (const one of kept) write(writer, one);
        const { at, used } = writer;
        const partial = writer.bytes[at]!;
        for (const one of refused) write(writer, one);
        writer.rewind(at, used, partial);
        for (const one of others) write(writer, one);
      }, 256);
      expect(found).toBe(expected);
    }),
  );
});

it('begun anew it writes over what it had', () => {
  const writer = new BitWriter();
  writer.begin(0, 0, 16);
  writer.writeBits(UINT32_MAX, 32);
  writer.begin(0b1010_0000, 4, 4);
  writer.writeBits(0b11, 2);
  expect({ at: writer.at, used: writer.used, byte: writer.bytes[0] }).toEqual({
    at: 0,
    used: 6,
    byte: 0b1010_1100,
  });
});
