import { describe, expect, it } from 'vitest';
import { create, type Database, type WhisperError } from '../../src/index.js';
import { dumpArchives, endPoint, pointsOnce } from '../../src/tools/dump.js';

const NOW = 1_700_000_000;

/** Archives of 10 s and 20 s; a point 80 s ago, which only the coarser still holds, and two new ones. */
function makeDatabase(): Database {
  const database = create(null, { retentions: '10s:5,20s:5', xFilesFactor: 0, aggregation: 'max' });
  database.update(9, NOW - 80, { now: NOW - 80 });
  database.update(1, NOW - 20, { now: NOW });
  database.update(2, NOW, { now: NOW });
  return database;
}

function pairs(points: { timestamps: Iterable<number>; values: Iterable<number> }): [number, number][] {
  const values = [...points.values];
  return [...points.timestamps].map((timestamp, i) => [timestamp, values[i]!]);
}

describe('dumpArchives', () => {
  it('gives the points of each archive in the order of time, without those passed over', () => {
    using database = makeDatabase();
    const dumped = dumpArchives(database, undefined, 'time', NOW);
    expect(dumped.map(({ index, archive }) => [index, archive.step])).toEqual([
      [0, 10],
      [1, 20],
    ]);
    expect(dumped.map(pairs)).toEqual([
      [
        [NOW - 20, 1],
        [NOW, 2],
      ],
      [
        [NOW - 80, 9],
        [NOW - 20, 1],
        [NOW, 2],
      ],
    ]);
  });

  it('gives every slot as it lies in the file', () => {
    using database = makeDatabase();
    const [dumped] = dumpArchives(database, 0, 'slots', NOW);
    expect(pairs(dumped!)).toEqual([
      [NOW - 80, 9],
      [NOW - 20, 1],
      [0, 0],
      [NOW, 2],
      [0, 0],
    ]);
  });

  it('gives one archive alone, under its own number', () => {
    using database = makeDatabase();
    expect(dumpArchives(database, 1, 'time', NOW).map(({ index }) => index)).toEqual([1]);
  });

  it.each([2, -1])('refuses archive %i of two', (which) => {
    using database = makeDatabase();
    expect(() => dumpArchives(database, which, 'time', NOW)).toThrow(
      expect.objectContaining<Partial<WhisperError>>({ code: 'WSP_NO_SUCH_ARCHIVE' }),
    );
  });
});

describe('pointsOnce', () => {
  it('takes coarse points only from before the fine ones', () => {
    using database = makeDatabase();
    expect(pairs(pointsOnce(database, undefined, NOW))).toEqual([
      [NOW - 80, 9],
      [NOW - 20, 1],
      [NOW, 2],
    ]);
  });

  it('takes every point of one archive', () => {
    using database = makeDatabase();
    expect(pairs(pointsOnce(database, 1, NOW))).toHaveLength(3);
  });

  it('takes the coarse points where the fine archive is empty', () => {
    using database = create(null, { retentions: '10s:5,20s:50' });
    database.update(9, NOW - 300, { now: NOW });
    database.update(8, NOW - 200, { now: NOW });
    expect(pairs(pointsOnce(database, undefined, NOW))).toEqual([
      [NOW - 300, 9],
      [NOW - 200, 8],
    ]);
  });

  it('takes of the archives of one step, as a mix file has them, only the first', () => {
    const blocks = { format: 'compressed', pointsPerBlock: 10, pointSize: 14 } as const;
    using database = create(null, { retentions: '10s:60,20s:60', mix: ['max', 'min'], ...blocks });
    // Noise above zeros: blocks hold far more of the zeros, so that they reach further back.
    for (let i = 0; i < 600; i++) {
      const at = NOW - 10 * (600 - i);
      database.updateMany([[at, i % 2 === 0 ? 0 : 1 + Math.abs(Math.sin(i))]], { now: at });
    }
    const [base, max, min] = dumpArchives(database, undefined, 'time', NOW).map(
      ({ timestamps }) => timestamps[0]!,
    );
    expect(min).toBeLessThan(max!);
    expect(max).toBeLessThan(base!);
    expect(pointsOnce(database, undefined, NOW).timestamps[0]).toBe(max);
  });

  it('takes nothing of an empty database', () => {
    using database = create(null, { retentions: '10s:5,20s:5' });
    expect(pairs(pointsOnce(database, undefined, NOW))).toEqual([]);
  });
});

describe('endPoint', () => {
  it.each([
    { end: 'first', which: undefined, point: { archive: 1, timestamp: NOW - 80, value: 9 } },
    { end: 'last', which: undefined, point: { archive: 0, timestamp: NOW, value: 2 } },
    { end: 'first', which: 0, point: { archive: 0, timestamp: NOW - 20, value: 1 } },
    { end: 'last', which: 1, point: { archive: 1, timestamp: NOW, value: 2 } },
  ] as const)('finds the $end of archive $which, of the finest that tie', ({ end, which, point }) => {
    using database = makeDatabase();
    expect(endPoint(database, end, which, NOW)).toEqual(point);
  });

  it.each(['first', 'last'] as const)('finds no %s point where there is none', (end) => {
    using database = create(null, { retentions: '10s:5,20s:5' });
    expect(endPoint(database, end, undefined, NOW)).toBeUndefined();
  });

  it('finds the newest up to now, and one in the future only where there is no other', () => {
    using database = makeDatabase();
    database.updateMany([[NOW + 40, 7]], { now: NOW });
    expect(endPoint(database, 'last', 0, NOW)).toMatchObject({ timestamp: NOW, value: 2 });
    using early = create(null, { retentions: '10s:5,20s:5' });
    early.updateMany([[NOW + 40, 7]], { now: NOW });
    expect(endPoint(early, 'last', undefined, NOW)).toMatchObject({ timestamp: NOW + 40, value: 7 });
  });
});
