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

it('floors to the multiple at or below, also before zero', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 1_000_000 }), (n, step) => {
      const floored = floorTo(n, step);
      expect(floored % step === 0 && floored <= n && n < floored + step).toBe(true);
    }),
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
