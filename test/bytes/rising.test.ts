import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstAtLeast } from '../../src/bytes/rising.js';

it('finds where a bound belongs among rising numbers', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30)), fc.nat(31), fc.nat(40), fc.nat(40), (numbers, bound, a, b) => {
      const rising = numbers.toSorted((x, y) => x - y);
      const [start, end] = [Math.min(a, b, rising.length), Math.min(Math.max(a, b), rising.length)];
      const expected = rising.slice(start, end).findIndex((each) => each >= bound);
      expect(firstAtLeast(rising, bound, end, start)).toBe(expected === -1 ? end : start + expected);
    }),
  );
});
