import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert, create, type Database, open } from '../../src/index.js';
import { diff } from '../../src/tools/diff.js';
import { histories } from '../support/histories.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();
const NOW = 1_700_000_000;

type Value = number | null;

/** A database with these values at the last intervals of 10 s up to now, null for a gap. */
function databaseOf(...values: readonly Value[]): Database {
  const database = create(null, { retentions: '10s:1m,1m:1h', xFilesFactor: 0, aggregation: 'last' });
  const points = values.flatMap((value, i) => {
    return value === null ? [] : [[NOW - 10 * (values.length - 1 - i), value] as const];
  });
  database.updateMany(points, { now: NOW });
  return database;
}

/** The counts of the base. */
function countsOf(a: readonly Value[], b: readonly Value[], options: object = {}) {
  using one = databaseOf(...a);
  using other = databaseOf(...b);
  const [{ total, differing, onlyInA, onlyInB, differences } = empty] = diff(one, other, {
    now: NOW,
    ...options,
  });
  return { total, differing, onlyInA, onlyInB, differences: [...differences] };
}
const empty = { total: 0, differing: 0, onlyInA: 0, onlyInB: 0, differences: [] };

describe('diff', () => {
  it('tells the times at which archives differ, and both values', () => {
    expect(countsOf([1, 2, null, 4], [1, 3, 5, null])).toEqual({
      total: 4,
      differing: 3,
      onlyInA: 1,
      onlyInB: 1,
      differences: [
        { timestamp: NOW - 20, a: 2, b: 3 },
        { timestamp: NOW - 10, a: null, b: 5 },
        { timestamp: NOW, a: 4, b: null },
      ],
    });
  });

  it.each([
    { name: 'values that are the same', a: [1, 2], b: [1, 2], total: 2, differing: 0 },
    { name: '0 and −0, which are the same number', a: [0], b: [-0], total: 1, differing: 0 },
    { name: 'infinities', a: [1 / 0, -1 / 0], b: [1 / 0, 1 / 0], total: 2, differing: 1 },
    { name: 'NaN, which differs from itself', a: [Number.NaN], b: [Number.NaN], total: 1, differing: 1 },
    {
      name: 'NaN as equal if asked to',
      a: [Number.NaN, Number.NaN],
      b: [Number.NaN, 1],
      options: { nanEqual: true },
      total: 2,
      differing: 1,
    },
    {
      name: 'NaN and a gap',
      a: [Number.NaN, 1],
      b: [null, 1],
      options: { nanEqual: true },
      total: 2,
      differing: 1,
    },
    {
      name: 'values as near as the tolerance',
      a: [1, 2, -3],
      b: [1.5, 2.51, -2.5],
      options: { tolerance: 0.5 },
      total: 3,
      differing: 1,
    },
    {
      name: 'infinities, however large the tolerance',
      a: [1 / 0, 5],
      b: [-1 / 0, 1e300],
      options: { tolerance: Number.MAX_VALUE },
      total: 2,
      differing: 1,
    },
    {
      name: 'no gaps if asked not to',
      a: [1, null, 3, 4],
      b: [null, 2, 3, 5],
      options: { ignoreEmpty: true },
      total: 2,
      differing: 1,
    },
    { name: 'nothing', a: [], b: [], total: 0, differing: 0 },
    {
      name: 'only what is after from',
      a: [1, 2, 3],
      b: [7, 8, 9],
      options: { from: NOW - 10 },
      total: 1,
      differing: 1,
    },
    {
      name: 'only what is up to until',
      a: [1, 2, 3],
      b: [7, 8, 9],
      options: { until: NOW - 10 },
      total: 2,
      differing: 2,
    },
    {
      name: 'nothing in a range older than the archive',
      a: [1],
      b: [2],
      options: { from: NOW - 3000, until: NOW - 1000 },
      total: 0,
      differing: 0,
    },
    {
      name: 'nothing in a range of the future',
      a: [1],
      b: [2],
      options: { from: NOW + 10 },
      total: 0,
      differing: 0,
    },
  ])('counts $name', ({ a, b, options, total, differing }) => {
    expect(countsOf(a, b, options)).toMatchObject({ total, differing });
  });

  it('compares a coarser archive also where the finer one reaches', () => {
    using a = databaseOf(1);
    using b = databaseOf(1);
    b.update(2, NOW - 10, { now: NOW });
    b.updateMany([[NOW - 10, 2]], { now: NOW, retention: 60 });
    using c = create(null, { retentions: '10s:1m,1m:1h', xFilesFactor: 1 });
    c.update(1, NOW, { now: NOW });
    expect(diff(a, c, { now: NOW })).toMatchObject([
      { index: 0, step: 10, points: 6, total: 1, differing: 0 },
      { index: 1, step: 60, points: 60, total: 1, differing: 1, onlyInA: 1, onlyInB: 0 },
    ]);
  });

  it('compares one archive alone, also where the others are unlike', () => {
    using a = databaseOf(1, 2);
    using b = create(null, { retentions: '10s:1m', aggregation: 'max' });
    b.updateMany([[NOW, 2]], { now: NOW });
    expect(diff(a, b, { now: NOW, archive: 0 })).toMatchObject([{ index: 0, total: 2, onlyInA: 1 }]);
  });

  it('gives the differences anew with each walk', () => {
    using a = databaseOf(1, 2);
    using b = databaseOf(3, 4);
    const [archive] = diff(a, b, { now: NOW });
    expect([...archive!.differences]).toEqual([...archive!.differences]);
    expect([...archive!.differences]).toHaveLength(2);
  });

  it.each([
    {
      name: 'a step',
      retentions: '20s:1m,1m:1h',
      found: 'archive 0 is 10s:1m and 20s:1m',
    },
    { name: 'a number of points', retentions: '10s:1m,1m:2h', found: 'archive 1 is 1m:1h and 1m:2h' },
    { name: 'a number of archives', retentions: '10s:1m', found: 'archive 1 is 1m:1h and missing' },
    {
      name: 'an aggregation',
      retentions: '10s:1m,1m:1h',
      options: { format: 'compressed', mix: ['max', 'p95'] },
      found: 'archive 1 is 1m:1h and 1m:1h max, archive 2 is missing and 1m:1h p95',
    },
  ] as const)(
    'refuses archives that are unlike in $name as a fault of the files',
    ({ retentions, found, ...row }) => {
      using a = databaseOf(1);
      using b = create(null, { retentions, ...('options' in row ? row.options : {}) });
      expect(() => diff(a, b, { now: NOW })).toThrow(
        expect.objectContaining({ fault: 'file', found: expect.stringContaining(found) }),
      );
    },
  );

  it.each([
    { options: { from: NOW, until: NOW - 1 }, code: 'WSP_BAD_RANGE' },
    { options: { archive: 2 }, code: 'WSP_NO_SUCH_ARCHIVE' },
    { options: { tolerance: -1 }, code: 'WSP_BAD_OPTION' },
    { options: { tolerance: Number.NaN }, code: 'WSP_BAD_OPTION' },
  ])('refuses $options', ({ options, code }) => {
    using a = databaseOf(1);
    expect(() => diff(a, a, { now: NOW, ...options })).toThrow(expect.objectContaining({ code }));
  });

  it('finds nothing between a file and its conversion, whatever its history', () => {
    fc.assert(
      fc.property(histories(), ({ create: { archives, xFilesFactor }, steps }) => {
        const path = inFolder('random.wsp');
        const retentions = archives.map(([step, points]) => ({ step, points }));
        using database = create(path, { retentions, xFilesFactor, aggregation: 'last', overwrite: true });
        let now = 0;
        for (const step of steps) {
          if (step.do !== 'update' && step.do !== 'updateMany') continue;
          const points = step.do === 'update' ? [[step.timestamp, step.value] as const] : step.points;
          now = step.now;
          database.updateMany(points, { now });
        }
        const converted = inFolder('converted.wsp');
        convert(path, converted, { to: 'compressed', now, overwrite: true });
        using compressed = open(converted);
        expect(diff(database, compressed, { now, nanEqual: true }).map(({ differing }) => differing)).toEqual(
          archives.map(() => 0),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('finds nothing between a standard file and a compressed one that got the same points in order', () => {
    // Gaps between points, in steps of the base: mostly none.
    const gaps = fc.array(
      fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 90 })),
      {
        minLength: 20,
        maxLength: 150,
      },
    );
    const settings = fc.record({
      // Shares that single precision holds: the formats compare others differently.
      xFilesFactor: fc.constantFrom(0, 0.25, 0.5, 1),
      aggregation: fc.constantFrom('average', 'sum', 'last', 'max', 'min'),
    });
    fc.assert(
      fc.property(gaps, settings, fc.integer({ min: 0, max: 59 }), (steps, options, phase) => {
        const retentions = '10s:60,1m:60,10m:60';
        using standard = create(null, { retentions, ...options });
        using compressed = create(null, { retentions, ...options, format: 'compressed' });
        let now = NOW - (NOW % 600) + 10 * phase;
        for (const [i, gap] of steps.entries()) {
          now += 10 * gap;
          for (const database of [standard, compressed]) database.updateMany([[now, i % 13]], { now });
        }
        const diffs = diff(standard, compressed, { now });
        expect(diffs.map(({ differing }) => differing)).toEqual([0, 0, 0]);
        expect(diffs[0]!.total).toBeGreaterThan(0);
      }),
    );
  });
});
