import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregateList, aggregationOf, countKnown, percentileOf } from '../../src/archive/aggregate.js';
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

describe('of a list of values', () => {
  it.each([
    { method: 'average', result: 2.5 },
    { method: 'sum', result: 10 },
    { method: 'last', result: 3 },
    { method: 'first', result: 2 },
    { method: 'max', result: 4 },
    { method: 'min', result: 1 },
  ] as const)('$method is $result', ({ method, result }) => {
    expect(aggregateList(Float64Array.of(2, 1, 4, 3), { method, percentile: 0 })).toBe(result);
  });

  it('the length does not matter, also after shorter lists', () => {
    const sumOf = (length: number) =>
      aggregateList(new Float64Array(length).fill(1), { method: 'sum', percentile: 0 });
    expect([1, 3, 1000, 2].map(sumOf)).toEqual([1, 3, 1000, 2]);
  });

  it('a sum goes from left to right, from 0 on', () => {
    const sum = (...values: number[]) =>
      aggregateList(Float64Array.from(values), { method: 'sum', percentile: 0 });
    expect(sum(1e16, 1, 1, -1e16)).toBe(0);
    expect(sum(1, 1, 1e16, -1e16)).toBe(2);
    expect(sum(-0, -0)).toBe(0);
  });

  it.each([
    { method: 'max', values: [Number.NaN, 1, 2], result: Number.NaN },
    { method: 'min', values: [Number.NaN, 1, 2], result: Number.NaN },
    { method: 'max', values: [1, Number.NaN, 2], result: 2 },
    { method: 'min', values: [2, Number.NaN, 1], result: 1 },
    { method: 'max', values: [-0, 0], result: -0 },
    { method: 'min', values: [0, -0], result: 0 },
  ] as const)(
    '$method of $values is $result: it begins with the first (quirk 32)',
    ({ method, values, result }) => {
      expect(aggregateList(Float64Array.from(values), { method, percentile: 0 })).toBe(result);
    },
  );

  it('only a percentile changes it: it is sorted where it stands, NaN before all numbers', () => {
    const { NaN: nan, NEGATIVE_INFINITY: least, POSITIVE_INFINITY: most } = Number;
    const values = Float64Array.of(2, nan, most, -1, least, nan, 0);
    for (const method of ['average', 'sum', 'last', 'first', 'max', 'min'] as const) {
      aggregateList(values, { method, percentile: 0 });
    }
    expect([...values]).toEqual([2, nan, most, -1, least, nan, 0]);
    expect(aggregateList(values, { method: 'percentile', percentile: 50 })).toBe(-1);
    expect([...values]).toEqual([nan, nan, least, -1, 0, 2, most]);
  });
});

describe('a percentile', () => {
  it.each([
    { of: [7], percentile: 0, result: 7 },
    { of: [7], percentile: 100, result: 7 },
    { of: [1, 2], percentile: 50, result: 1.5 },
    { of: [1, 2, 3], percentile: 0, result: 1 },
    { of: [1, 2, 3], percentile: 50, result: 2 },
    { of: [1, 2, 3], percentile: 100, result: 3 },
    {
      of: [0, 10, 20, 30, 40],
      percentile: 95,
      result: 40 * 0.7999999999999998 + 30 * (1 - 0.7999999999999998),
    },
    { of: [1, 2, 3, 4, 5], percentile: 75, result: 4 },
    // The place is told by a single: 99.9 is 99.900001525….
    { of: [0, 1000], percentile: Math.fround(99.9), result: 1000 * (Math.fround(99.9) / 100) },
    { of: [Number.NaN, 1, 2], percentile: 0, result: Number.NaN },
    { of: [Number.NaN, 1, 2], percentile: 25, result: Number.NaN },
    { of: [Number.NaN, 1, 2], percentile: 75, result: 1.5 },
  ])('of $percentile % of $of is $result', ({ of, percentile, result }) => {
    expect(percentileOf(Float64Array.from(of), percentile)).toBe(result);
  });

  it.each([
    { name: 'an empty list', of: [], percentile: 50 },
    { name: 'less than 0 %', of: [1, 2], percentile: -1 },
    { name: 'more than 100 %', of: [1, 2], percentile: 100.5 },
    { name: 'NaN %', of: [1, 2], percentile: Number.NaN },
  ])('of $name is NaN', ({ of, percentile }) => {
    expect(percentileOf(Float64Array.from(of), percentile)).toBeNaN();
  });

  it('lies between two neighbours, and rises with its share', () => {
    const lists = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 30 });
    const share = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(lists, share, share, (list, a, b) => {
        const sorted = Float64Array.from(list).sort();
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((share) => percentileOf(sorted, share));
        expect(low).toBeGreaterThanOrEqual(sorted[0]! - 1e-9);
        // Two neighbours mixed are rounded twice.
        expect(high! - low!).toBeGreaterThanOrEqual(-1e-9);
        expect(high).toBeLessThanOrEqual(sorted.at(-1)! + 1e-9);
      }),
    );
  });
});
