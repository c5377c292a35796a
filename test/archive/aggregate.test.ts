import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregationOf, countKnown } from '../../src/archive/aggregate.js';
import type { AggregationMethod } from '../../src/format/aggregation-method.js';
import type { Columns } from '../../src/format/point.js';

function columns(neighbours: readonly (number | null)[]): Columns {
  return {
    values: Float64Array.from(neighbours, (value) => value ?? Number.NaN),
    known: Uint8Array.from(neighbours, (value) => (value === null ? 0 : 1)),
  };
}

it.each([
  { method: 'average', result: 2.5 },
  { method: 'sum', result: 10 },
  { method: 'last', result: 3 },
  { method: 'first', result: 1 },
  { method: 'max', result: 4 },
  { method: 'min', result: 1 },
  { method: 'avg_zero', result: 1.25 },
  { method: 'absmax', result: 4 },
  { method: 'absmin', result: 1 },
] as const)('$method of 1, 2, 4, 3 among gaps is $result', ({ method, result }) => {
  const given = columns([null, 1, null, 2, 4, 3, null, null]);
  expect(aggregationOf(method)(given, 0, 8)).toBe(result);
});

it('looks at its own slots alone', () => {
  const given = columns([100, null, 1, 2, null, -100]);
  const methods: AggregationMethod[] = ['average', 'sum', 'last', 'first', 'max', 'min', 'absmax', 'absmin'];
  expect(methods.map((method) => aggregationOf(method)(given, 1, 5))).toEqual([1.5, 3, 2, 1, 2, 1, 2, 1]);
  expect(countKnown(given.known, 1, 5)).toBe(2);
});

describe('laws', () => {
  const neighbours = fc
    .array(fc.option(fc.double({ noNaN: true })), { minLength: 1, maxLength: 20 })
    .filter((list) => list.some((value) => value !== null));

  it('last, first, max, min, absmax and absmin give one of the known values', () => {
    const methods: AggregationMethod[] = ['last', 'first', 'max', 'min', 'absmax', 'absmin'];
    fc.assert(
      fc.property(neighbours, fc.constantFrom(...methods), (given, method) => {
        const result = aggregationOf(method)(columns(given), 0, given.length);
        expect(given.some((value) => Object.is(value, result))).toBe(true);
      }),
    );
  });

  it('max and min bound every known value', () => {
    fc.assert(
      fc.property(neighbours, (given) => {
        const max = aggregationOf('max')(columns(given), 0, given.length);
        const min = aggregationOf('min')(columns(given), 0, given.length);
        expect(given.every((value) => value === null || (min <= value && value <= max))).toBe(true);
      }),
    );
  });
});
