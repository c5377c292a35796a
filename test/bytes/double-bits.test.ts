import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HIGH, halvesOf, LOW, leadingZeros, trailingZeros } from '../../src/bytes/double-bits.js';
import { doubles } from '../support/compressed-vectors.js';

const UINT32_MAX = 0xffff_ffff;

describe('zeros around the set bits of 64', () => {
  it.each([
    { high: 0, low: 0, leading: 64, trailing: 64 },
    { high: 0, low: 1, leading: 63, trailing: 0 },
    { high: 0, low: 0x8000_0000, leading: 32, trailing: 31 },
    { high: 1, low: 0, leading: 31, trailing: 32 },
    { high: 0x8000_0000, low: 0, leading: 0, trailing: 63 },
    { high: 0x8000_0000, low: 1, leading: 0, trailing: 0 },
    { high: 0x000c_0000, low: 0, leading: 12, trailing: 50 },
    { high: UINT32_MAX, low: UINT32_MAX, leading: 0, trailing: 0 },
  ])('$high $low: $leading and $trailing', ({ high, low, leading, trailing }) => {
    expect(leadingZeros(high, low)).toBe(leading);
    expect(trailingZeros(high, low)).toBe(trailing);
  });

  it('are as many as the digits of the whole number say, also where the halves are signed', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(63), (bits, shift) => {
        const word = bits >> BigInt(shift);
        const digits = word.toString(2).padStart(64, '0');
        const [high, low] = [Number(word >> 32n), Number(word & 0xffff_ffffn)];
        const [leading, trailing] = [digits.search(/1|$/), 63 - digits.lastIndexOf('1')];
        for (const [h, l] of [
          [high, low],
          [high | 0, low | 0],
        ] as const) {
          expect(leadingZeros(h, l)).toBe(leading);
          expect(trailingZeros(h, l)).toBe(trailing);
        }
      }),
    );
  });
});

it('the halves of a column are its bits, over the same memory', () => {
  const values = doubles(['7ff80000deadbeef', '8000000000000000', '3ff0000000000001']);
  const halves = halvesOf(values);
  expect([0, 1, 2].map((i) => [halves[2 * i + HIGH], halves[2 * i + LOW]])).toEqual([
    [0x7ff8_0000, 0xdead_beef],
    [0x8000_0000, 0],
    [0x3ff0_0000, 1],
  ]);
  halves[2 + HIGH] = 0x4000_0000;
  expect(values[1]).toBe(2);
  expect([...halvesOf(values.subarray(2))]).toEqual([...halves.subarray(4)]);
});
