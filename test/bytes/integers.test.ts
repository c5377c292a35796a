import fc from 'fast-check';
import { expect, it } from 'vitest';
import { floorMod, floorTo, isUint32 } from '../../src/bytes/integers.js';

it.each([
  { n: 7, divisor: 5, remainder: 2 },
  { n: -7, divisor: 5, remainder: 3 },
  { n: -5, divisor: 5, remainder: 0 },
  { n: 4_294_967_290, divisor: 60, remainder: 10 },
  { n: -4_294_967_290, divisor: 60, remainder: 50 },
])('the remainder of $n by $divisor is $remainder', ({ n, divisor, remainder }) => {
  expect(floorMod(n, divisor)).toBe(remainder);
});

it('floors to the multiple at or below, up to 2⁵² and also before zero', () => {
  const step = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 0xffff_ffff }));
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), step, (n, by) => {
      const exact = BigInt(n) - (((BigInt(n) % BigInt(by)) + BigInt(by)) % BigInt(by));
      expect(BigInt(floorTo(n, by))).toBe(exact);
      expect(BigInt(floorMod(n, by))).toBe(BigInt(n) - exact);
    }),
    {
      // One below a multiple is where rounding would show.
      examples: [
        [2 ** 52 - 1, 2 ** 32 - 1],
        [2 ** 52 - 1, 2],
        [2 ** 52 - 1, 4096],
        [-(2 ** 52) + 1, 3],
      ],
    },
  );
});

it.each([
  [0, true],
  [4_294_967_295, true],
  [4_294_967_296, false],
  [-1, false],
  [1.5, false],
  [Number.NaN, false],
])('%d fits an unsigned 32-bit field: %s', (n, fits) => {
  expect(isUint32(n)).toBe(fits);
});
