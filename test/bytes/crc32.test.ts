import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32, crc32AfterChange, crc32OfZeros } from '../../src/bytes/crc32.js';

const runs = Number(process.env['SOTTO_RUNS'] ?? 150);

it.each([
  { text: '', crc: 0 },
  // The check value of CRC-32 in every catalogue.
  { text: '123456789', crc: 0xcbf4_3926 },
  { text: 'whisper_compressed', crc: bitwise(Buffer.from('whisper_compressed')) },
])("the CRC of '$text' is $crc", ({ text, crc }) => {
  expect(crc32(Buffer.from(text))).toBe(crc);
});

/** From its definition, bit by bit. */
function bitwise(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? 0xedb8_8320 : 0);
  }
  return ~crc >>> 0;
}

it('is that of the definition, whatever pieces it is made of', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, place) => {
      const whole = bitwise(bytes);
      expect(crc32(bytes)).toBe(whole);
      expect(crc32(bytes.subarray(place), crc32(bytes.subarray(0, place)))).toBe(whole);
    }),
  );
});

it.each([0, 1, 5, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 100_000])(
  'goes on over %i zero bytes',
  (count) => {
    const before = crc32(Buffer.from('before'));
    expect(crc32OfZeros(count, before)).toBe(crc32(new Uint8Array(count), before));
  },
);

describe('after a change', () => {
  /** Any bytes without drawing each of them, which for 100 KB would take seconds. */
  function noise(seed: number, length: number): Uint8Array {
    let state = seed | 1;
    return Uint8Array.from({ length }, () => {
      state = Math.imul(state, 48_271) ^ (state >>> 15);
      return state;
    });
  }

  /** Where the changed bytes begin and end: anywhere, at an end, all of them or none. */
  function cases(longest: number) {
    return fc.integer({ min: 0, max: longest }).chain((length) => {
      const place = fc.oneof(fc.constantFrom(0, length), fc.nat(length));
      return fc.record({
        seed: fc.nat(),
        length: fc.constant(length),
        places: fc.tuple(place, place).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
      });
    });
  }

  it.each([
    { name: 'a few bytes', longest: 64 },
    { name: 'up to 100 KB', longest: 100_000 },
  ])('it is told from what has changed as if all were looked at again: $name', ({ longest }) => {
    fc.assert(
      fc.property(cases(longest), ({ seed, length, places: [from, to] }) => {
        const before = noise(seed, length);
        const after = before.slice();
        after.set(noise(seed + 1, to - from), from);
        const [was, is] = [before.subarray(from, to), after.subarray(from, to)];
        const told = crc32AfterChange(crc32(before), was, is, length - to);
        expect(told).toBe(crc32(after));
        // And back again.
        expect(crc32AfterChange(told, is, was, length - to)).toBe(crc32(before));
      }),
      { numRuns: runs },
    );
  });

  it('of a single bit it is another one, wherever the bit stands', () => {
    const bytes = noise(7, 300);
    const crc = crc32(bytes);
    const told = Array.from({ length: 8 * bytes.length }, (_, bit) => {
      const at = bit >>> 3;
      const changed = bytes.slice(at, at + 1);
      changed[0]! ^= 1 << (bit & 7);
      return crc32AfterChange(crc, bytes.subarray(at, at + 1), changed, bytes.length - at - 1);
    });
    expect(new Set([...told, crc]).size).toBe(1 + 8 * bytes.length);
    expect(told.every((crc) => Number.isInteger(crc) && crc >= 0 && crc < 2 ** 32)).toBe(true);
  });

  it.each([0, 1, 5, 4096, 2 ** 20])('that is none it stays as it was, with %i bytes behind it', (behind) => {
    const same = Buffer.from('the same');
    expect(crc32AfterChange(0xdead_beef, same, same.subarray(), behind)).toBe(0xdead_beef);
    expect(crc32AfterChange(0xdead_beef, new Uint8Array(0), new Uint8Array(0), behind)).toBe(0xdead_beef);
  });

  it.each([2 ** 16 - 1, 2 ** 16, 2 ** 20 + 3])('reaches over %i bytes that follow', (behind) => {
    const [was, is] = [Buffer.from('before'), Buffer.from('behind')];
    const rest = noise(3, behind);
    expect(crc32AfterChange(crc32(rest, crc32(was)), was, is, behind)).toBe(crc32(rest, crc32(is)));
  });

  it('of several places it is told one after the other, in any order', () => {
    const place = fc.tuple(fc.nat(999), fc.integer({ min: 1, max: 30 }));
    fc.assert(
      fc.property(fc.nat(), fc.array(place, { maxLength: 6 }), (seed, places) => {
        const bytes = noise(seed, 1030);
        let crc = crc32(bytes);
        for (const [i, [from, length]] of places.entries()) {
          const was = bytes.slice(from, from + length);
          bytes.set(noise(seed + i + 1, length), from);
          const is = bytes.subarray(from, from + length);
          crc = crc32AfterChange(crc, was, is, bytes.length - from - length);
        }
        expect(crc).toBe(crc32(bytes));
      }),
      { numRuns: runs },
    );
  });
});
