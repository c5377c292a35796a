import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NumberColumn, type Points, runOf, sortPoints } from '../../src/database/points.js';
import { bitsOf } from '../support/compressed-vectors.js';

function sorted(points: Points, duplicates: 'first' | 'last' = 'first'): [number, number][] {
  const { timestamps, values, length } = sortPoints(points, duplicates);
  return Array.from({ length }, (_, i) => [timestamps[i]!, values[i]!]);
}

describe('every form comes out as rising columns', () => {
  it.each([
    {
      name: 'a list of pairs',
      points: [
        [20, 2],
        [10, 1],
      ],
    },
    {
      name: 'a set of pairs',
      points: new Set([
        [20, 2],
        [10, 1],
      ]),
    },
    {
      name: 'a map',
      points: new Map([
        [20, 2],
        [10, 1],
      ]),
    },
    { name: 'typed columns', points: { timestamps: Uint32Array.of(20, 10), values: Float32Array.of(2, 1) } },
    { name: 'plain columns', points: { timestamps: [20, 10], values: [2, 1] } },
  ] as { name: string; points: Points }[])('$name', ({ points }) => {
    expect(sorted(points)).toEqual([
      [10, 1],
      [20, 2],
    ]);
  });

  it('a generator', () => {
    function* points(): Generator<readonly [number, number]> {
      yield [20, 2];
      yield [10, 1];
    }
    expect(sorted(points())).toEqual([
      [10, 1],
      [20, 2],
    ]);
  });
});

it('hands rising whole columns on as they are, without a copy', () => {
  const given = { timestamps: Float64Array.of(10, 20, 30), values: Float64Array.of(1, 2, 3) };
  const { timestamps, values } = sortPoints(given, 'first');
  expect(timestamps).toBe(given.timestamps);
  expect(values).toBe(given.values);
});

describe('columns of every kind', () => {
  it.each([
    { name: 'rising', timestamps: [10, 20, 4_294_967_295] },
    { name: 'rising from 0', timestamps: [0, 1, 2] },
    { name: 'with fractions', timestamps: [10.5, 20, 30] },
    { name: 'with equal ones', timestamps: [10, 10, 30] },
    { name: 'that fall', timestamps: [30, 20, 10] },
    { name: 'of none', timestamps: [] },
  ])('come out alike, $name', ({ timestamps }) => {
    const values = timestamps.map((_, i) => i + 0.5);
    const pairs = timestamps.map((timestamp, i) => [timestamp, values[i]!] as const);
    const expected = sorted(pairs.values());
    for (const points of [
      pairs,
      { timestamps, values },
      { timestamps: Float64Array.from(timestamps), values: Float64Array.from(values) },
      { timestamps: Float64Array.from(timestamps), values },
      { timestamps, values: Float32Array.from(values) },
    ]) {
      expect(sorted(points)).toEqual(expected);
    }
  });
});

it('leaves the lists of the caller as they were', () => {
  const columns = { timestamps: Float64Array.of(30.5, 10, 20), values: Float64Array.of(3, 1, 2) };
  const pairs: [number, number][] = [
    [3, 3],
    [1, 1],
  ];
  sortPoints(columns, 'first');
  sortPoints(pairs, 'last');
  expect([...columns.timestamps]).toEqual([30.5, 10, 20]);
  expect(pairs).toEqual([
    [3, 3],
    [1, 1],
  ]);
});

it('puts the one that counts last among equal timestamps, fractions cut off', () => {
  const points: [number, number][] = [
    [10.9, 1],
    [20, 4],
    [10, 2],
    [10.1, 3],
  ];
  expect(sorted(points, 'first')).toEqual([
    [10, 3],
    [10, 2],
    [10, 1],
    [20, 4],
  ]);
  expect(sorted(points, 'last')).toEqual([
    [10, 1],
    [10, 2],
    [10, 3],
    [20, 4],
  ]);
});

it('sorts any batch and loses nothing of it', () => {
  const point = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer());
  fc.assert(
    fc.property(fc.array(point), (points) => {
      const result = sorted(points);
      expect(result.map(([timestamp]) => timestamp)).toEqual(points.map(([t]) => t).sort((a, b) => a - b));
      expect(result.map(([, value]) => value).sort()).toEqual(points.map(([, value]) => value).sort());
    }),
  );
});

describe('what is no point is refused', () => {
  it.each([
    { name: 'nothing', points: undefined, code: 'WSP_BAD_VALUE' },
    { name: 'a number', points: 5, code: 'WSP_BAD_VALUE' },
    { name: 'an object without columns', points: { timestamps: [1] }, code: 'WSP_BAD_VALUE' },
    { name: 'columns of unlike length', points: { timestamps: [1, 2], values: [1] }, code: 'WSP_BAD_VALUE' },
    { name: 'one that is no pair', points: [[1]], code: 'WSP_BAD_VALUE' },
    { name: 'one of three', points: [[1, 2, 3]], code: 'WSP_BAD_VALUE' },
    { name: 'text', points: ['12'], code: 'WSP_BAD_VALUE' },
    { name: 'a value in text', points: [[1, '2']], code: 'WSP_BAD_VALUE' },
    { name: 'a value of null', points: [[1, null]], code: 'WSP_BAD_VALUE' },
    { name: 'a timestamp in text', points: [['1', 2]], code: 'WSP_BAD_TIMESTAMP' },
    { name: 'a timestamp NaN', points: [[Number.NaN, 2]], code: 'WSP_BAD_TIMESTAMP' },
    { name: 'an infinite timestamp', points: [[Number.POSITIVE_INFINITY, 2]], code: 'WSP_BAD_TIMESTAMP' },
    { name: 'a timestamp before 1970', points: [[-1, 2]], code: 'WSP_BAD_TIMESTAMP' },
    { name: 'a timestamp of 2³²', points: [[4_294_967_296, 2]], code: 'WSP_BAD_TIMESTAMP' },
    { name: 'a Date', points: [[new Date(0), 2]], code: 'WSP_BAD_TIMESTAMP' },
    { name: 'a list of gaps', points: new Array(2), code: 'WSP_BAD_VALUE' },
    {
      name: 'a column of gaps',
      points: { timestamps: new Array(2), values: [1, 2] },
      code: 'WSP_BAD_TIMESTAMP',
    },
    { name: 'text in a column', points: { timestamps: [1], values: ['2'] }, code: 'WSP_BAD_VALUE' },
    {
      name: 'a column of whole 64-bit numbers',
      points: { timestamps: BigInt64Array.of(1n), values: [1] },
      code: 'WSP_BAD_TIMESTAMP',
    },
    {
      name: 'a timestamp of 2³² behind others in order',
      points: { timestamps: [1, 4_294_967_296], values: [1, 2] },
      code: 'WSP_BAD_TIMESTAMP',
    },
  ])('$name', ({ points, code }) => {
    expect(() => sortPoints(points as never, 'first')).toThrow(expect.objectContaining({ code }));
  });

  it('a timestamp in milliseconds, with the question whether it is one', () => {
    expect(() => sortPoints([[1_700_000_000_000, 2]], 'first')).toThrow(/are these milliseconds\?/);
  });
});

describe('the bits of a NaN', () => {
  const values = () =>
    new Float64Array(BigUint64Array.of(0x7ff8_0000_dead_beefn, 0xfff0_0000_0000_0001n, 0n).buffer);
  const DIGITS = ['7ff80000deadbeef', 'fff0000000000001', '0000000000000000'];

  it('come through in order and out of order, out of a typed column', () => {
    const rising = sortPoints({ timestamps: [1, 2, 3], values: values() }, 'last');
    expect(bitsOf(rising.values as Float64Array)).toEqual(DIGITS);
    const falling = sortPoints({ timestamps: [3, 2, 1], values: values() }, 'last');
    expect(bitsOf(falling.values as Float64Array)).toEqual(DIGITS.toReversed());
  });
});

describe('a part of a batch', () => {
  it.each([
    { name: 'doubles', timestamps: Float64Array.of(1, 2, 3, 4), values: Float64Array.of(1.5, 2.5, 3.5, 4.5) },
    { name: 'lists', timestamps: [1, 2, 3, 4], values: [1.5, 2.5, 3.5, 4.5] },
    {
      name: 'other numbers',
      timestamps: Uint8Array.of(1, 2, 3, 4),
      values: Float32Array.of(1.5, 2.5, 3.5, 4.5),
    },
  ] as { name: string; timestamps: NumberColumn; values: NumberColumn }[])(
    'is a run, of $name',
    ({ timestamps, values }) => {
      const run = runOf({ timestamps, values, length: 4 }, 1, 3);
      expect([run.length, [...run.timestamps], [...run.values]]).toEqual([2, [2, 3], [2.5, 3.5]]);
      // What is appended to it must not reach the caller's columns.
      run.pushValue(9, 9);
      expect([timestamps[3], values[3]]).toEqual([4, 4.5]);
    },
  );

  it('of doubles is no copy', () => {
    const [timestamps, values] = [Float64Array.of(1, 2), Float64Array.of(1.5, 2.5)];
    expect(runOf({ timestamps, values, length: 2 }, 0, 2).timestamps.buffer).toBe(timestamps.buffer);
  });

  it('may be empty', () => {
    expect(runOf({ timestamps: [1], values: [1], length: 1 }, 1, 1).length).toBe(0);
  });
});
