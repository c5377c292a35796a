import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { create, type Database, fill, mapValues, open, tune } from '../../../src/index.js';
import {
  bytesIn,
  FORMATS,
  findingsIn,
  layouts,
  makePast,
  NOW,
  pasts,
  shownIn,
} from '../../support/changes.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

vi.setConfig({ testTimeout: 60_000 });

const inFolder = temporaryFolder();
const runs = Number(process.env['SOTTO_RUNS'] ?? 50);
const floorTo = (timestamp: number, step: number) => timestamp - (timestamp % step);
const anyPast = () => layouts().chain((retentions) => pasts(retentions));

/** What is stored of each archive, buffers and the future included. */
function storedPoints(path: string): [number, number][][] {
  using database = open(path, { readOnly: true });
  return database.info.archives.map((_, index) => {
    const { timestamps, values } = database.points(index, { now: NOW });
    const { retention } = database.info.archives[index]!;
    const all = [...timestamps].map((timestamp, i): [number, number] => [timestamp, values[i]!]);
    // Where the newest point of a ring goes, such as it had passed over are told again.
    return all.filter(([timestamp]) => timestamp > NOW - retention);
  });
}

describe('mapped, whatever a file holds', () => {
  it('is a file with v as it was, to the byte', () => {
    fc.assert(
      fc.property(anyPast(), (past) => {
        const path = inFolder('a.wsp');
        makePast(path, past);
        const before = bytesIn(inFolder());
        const { isChanged } = mapValues(path, 'v', { now: NOW });
        expect(isChanged).toBe(false);
        expect(mapValues(path, (value) => value, { now: NOW })).toMatchObject({
          isChanged: false,
        });
        expect(bytesIn(inFolder())).toEqual(before);
      }),
      { numRuns: runs },
    );
  });

  it('has every stored point its value mapped, and loses none', () => {
    fc.assert(
      fc.property(anyPast(), (past) => {
        const path = inFolder('a.wsp');
        makePast(path, past);
        const before = storedPoints(path);
        mapValues(path, 'v * 2 + 1', { now: NOW });
        const expected = before.map((archive) => archive.map(([time, value]) => [time, value * 2 + 1]));
        expect(storedPoints(path)).toEqual(expected);
        expect(findingsIn(path)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('has the points taken out that become null, and all others kept', () => {
    fc.assert(
      fc.property(anyPast(), (past) => {
        const path = inFolder('a.wsp');
        makePast(path, past);
        const before = storedPoints(path);
        mapValues(path, 'v > 2 ? null : v', { now: NOW });
        expect(storedPoints(path)).toEqual(
          before.map((archive) => archive.filter(([, value]) => !(value > 2))),
        );
        expect(findingsIn(path)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('changes no point of the finest archive outside of a range, and every one in it', () => {
    const times = fc
      .tuple(fc.nat(400), fc.nat(400))
      .map(([a, b]) => [Math.max(a, b), Math.min(a, b)] as const);
    fc.assert(
      fc.property(anyPast(), times, fc.boolean(), (past, [oldest, newest], recompute) => {
        const path = inFolder('a.wsp');
        makePast(path, past);
        const [before = []] = storedPoints(path);
        const range = { from: NOW - oldest, until: NOW - newest };
        mapValues(path, 'v + 1000', { now: NOW, recompute, ...range });
        const isIn = (time: number) => time > range.from && time <= range.until;
        const expected = before.map(([time, value]) => [time, isIn(time) ? value + 1000 : value]);
        expect(storedPoints(path)[0]).toEqual(expected);
        expect(findingsIn(path)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('with recompute has every coarser value that it had and that its finer ones come to', () => {
    const limits = fc.integer({ min: -9, max: 9 });
    fc.assert(
      fc.property(anyPast(), limits, (past, limit) => {
        const path = inFolder('a.wsp');
        makePast(path, past);
        const before = shownIn(path);
        mapValues(path, `v > ${limit} ? null : v`, { now: NOW, recompute: true });
        const after = shownIn(path);
        tune(path, { recompute: true, now: NOW });
        for (const [index, archive] of shownIn(path).entries()) {
          for (const [timestamp, value] of archive) {
            if (index > 0 && before[index]!.has(timestamp))
              expect([index, timestamp, after[index]!.get(timestamp)]).toEqual([index, timestamp, value]);
          }
        }
      }),
      { numRuns: runs },
    );
  });

  it('by a dry run is as it was, and the run does what that told', () => {
    fc.assert(
      fc.property(anyPast(), fc.boolean(), (past, recompute) => {
        const path = inFolder('a.wsp');
        makePast(path, past);
        const before = bytesIn(inFolder());
        const options = { now: NOW, recompute };
        const dry = mapValues(path, 'v < 0 ? null : v * 3', { ...options, dryRun: true });
        expect(bytesIn(inFolder())).toEqual(before);
        expect(mapValues(path, 'v < 0 ? null : v * 3', options)).toEqual(dry);
      }),
      { numRuns: runs },
    );
  });
});

/** A database with these points in its finest archive. */
function make(points: readonly (readonly [age: number, value: number])[], options = {}): string {
  const path = inFolder('a.wsp');
  using database = create(path, { retentions: '10s:5m,1m:1h', xFilesFactor: 0, ...options });
  const rising = points.toSorted(([a], [b]) => b - a);
  for (const [age, value] of rising)
    database.updateMany([[NOW - age, value]], { now: NOW - Math.max(age, 0) });
  return path;
}

function change(path: string, work: (database: Database) => void): void {
  using database = open(path);
  work(database);
}

describe.each(FORMATS)('mapValues in a %s file', (format) => {
  const EVERY_TEN = Array.from({ length: 24 }, (_, i) => [10 * i, i] as const);

  it('makes a coarser value of which a part lies in the range anew', () => {
    const path = make(EVERY_TEN, { format, aggregation: 'sum' });
    const minute = floorTo(NOW - 120, 60);
    const sum = shownIn(path)[1]!.get(minute)!;
    mapValues(path, (value) => value + 100, { now: NOW, from: minute - 1, until: minute + 29 });
    expect(shownIn(path)[1]!.get(minute)).toBe(sum + 300);
    expect(shownIn(path)[1]!.get(minute - 60)).toBeLessThan(200);
  });

  it('with recompute makes them of the finer ones that are left', () => {
    const path = make(EVERY_TEN, { format, aggregation: 'max' });
    const minute = floorTo(NOW - 120, 60);
    const isSpike = (value: number, time: number) => time >= minute && time < minute + 60 && value > 10;
    mapValues(path, (value, time) => (isSpike(value, time) ? null : value), { now: NOW, recompute: true });
    const left = [...shownIn(path)[0]!].filter(([time]) => floorTo(time, 60) === minute);
    expect(shownIn(path)[1]!.get(minute)).toBe(
      left.length === 0 ? undefined : Math.max(...left.map(([, value]) => value)),
    );
    mapValues(path, (value, time) => (floorTo(time, 60) === minute ? null : value), {
      now: NOW,
      recompute: true,
    });
    expect(shownIn(path)[1]!.has(minute)).toBe(false);
  });

  it('with recompute takes a coarser value out whose finer ones are all gone', () => {
    const path = make(
      EVERY_TEN.map(([age]) => [age, age < 120 ? 1 : 7] as const),
      { format, aggregation: 'sum' },
    );
    const minute = floorTo(NOW - 180, 60);
    expect(shownIn(path)[1]!.get(minute)).toBe(42);
    mapValues(path, 'v == 7 ? null : v', { now: NOW, recompute: true });
    expect(shownIn(path)[1]!.has(minute)).toBe(false);
    expect(shownIn(path)[1]!.size).toBeGreaterThan(0);
  });

  it('with recompute makes a coarser value of the finer ones that are left, though it would be null itself', () => {
    const path = make(
      EVERY_TEN.map(([age]) => [age, age === 150 ? 9999 : 5] as const),
      { format, aggregation: 'max', retentions: '10s:5m,1m:1h,5m:2h', xFilesFactor: 0.1 },
    );
    expect([...shownIn(path)[1]!.values()]).toContain(9999);
    const before = shownIn(path);
    mapValues(path, 'v > 1000 ? null : v', { now: NOW, recompute: true });
    const after = shownIn(path);
    for (const index of [1, 2]) {
      expect([...after[index]!.keys()]).toEqual([...before[index]!.keys()]);
      expect(new Set(after[index]!.values())).toEqual(new Set([5]));
    }
    change(path, (database) => database.updateMany([[NOW + 1200, 5]], { now: NOW + 1200 }));
    const later = shownIn(path);
    for (const index of [1, 2]) expect([...later[index]!]).toEqual([...after[index]!]);
  });

  it('with recompute makes no value where there was none', () => {
    const path = make(
      EVERY_TEN.filter(([age]) => age % 60 !== 0),
      { format, xFilesFactor: 1 },
    );
    const before = storedPoints(path)[1]!.length;
    change(path, (database) => database.setXFilesFactor(0));
    mapValues(path, 'v + 1', { now: NOW, recompute: true });
    expect(storedPoints(path)[1]!.length).toBe(before);
  });

  it('of one archive leaves the others alone', () => {
    const path = make(EVERY_TEN, { format });
    const before = storedPoints(path);
    const { archives } = mapValues(path, '-v', { now: NOW, archive: 1 });
    expect(storedPoints(path)[0]).toEqual(before[0]);
    expect(archives[0]).toMatchObject({ changed: 0, removed: 0 });
    expect(archives[1]!.changed).toBeGreaterThan(0);
  });

  it('maps points of the future as well', () => {
    const path = make([[-30, 7]], { format });
    mapValues(path, 'v * 10', { now: NOW });
    expect(storedPoints(path)[0]!.map(([, value]) => value)).toEqual([70]);
  });

  it('gives the time of a point', () => {
    const path = make([[20, 7]], { format });
    mapValues(path, 't', { now: NOW, archive: 0 });
    expect([...shownIn(path)[0]!]).toEqual([[floorTo(NOW - 20, 10), floorTo(NOW - 20, 10)]]);
  });

  it('tells by the time of the file that it changed, and only then', () => {
    const path = make([[20, 7]], { format });
    utimesSync(path, NOW, NOW);
    mapValues(path, 'v', { now: NOW });
    expect(statSync(path).mtimeMs).toBe(NOW * 1000);
    mapValues(path, 'v + 1', { now: NOW, backup: true });
    expect(statSync(path).mtimeMs).toBeGreaterThan(NOW * 1000);
    expect(shownIn(`${path}.bak`)[0]!.values().next().value).toBe(7);
  });

  it.each([
    { name: 'an expression that cannot be read', mapping: 'v *', code: 'WSP_BAD_OPTION' },
    { name: 'no mapping', mapping: undefined as never, code: 'WSP_BAD_OPTION' },
    { name: 'a function that gives text', mapping: (() => 'x') as never, code: 'WSP_BAD_VALUE' },
    { name: 'a function that gives nothing', mapping: (() => undefined) as never, code: 'WSP_BAD_VALUE' },
    {
      name: 'an archive that is not there',
      mapping: 'v',
      options: { archive: 2 },
      code: 'WSP_NO_SUCH_ARCHIVE',
    },
    {
      name: 'one archive and recompute',
      mapping: 'v',
      options: { archive: 0, recompute: true },
      code: 'WSP_BAD_OPTION',
    },
    { name: 'a range that ends first', mapping: 'v', options: { from: 2, until: 1 }, code: 'WSP_BAD_RANGE' },
  ])('is refused as it was: $name', ({ mapping, options = {}, code }) => {
    const path = make([[20, 7]], { format });
    const before = bytesIn(inFolder());
    expect(() => mapValues(path, mapping, { now: NOW, ...options })).toThrow(
      expect.objectContaining({ code }),
    );
    expect(bytesIn(inFolder())).toEqual(before);
  });

  it('lets an error of the function through, and leaves the file', () => {
    const path = make([[20, 7]], { format });
    const before = bytesIn(inFolder());
    const fail = () => {
      throw new RangeError('mine');
    };
    expect(() => mapValues(path, fail, { now: NOW })).toThrow(RangeError);
    expect(bytesIn(inFolder())).toEqual(before);
  });
});

it('with recompute keeps the values of a mix that would be null themselves', () => {
  const path = inFolder('a.wsp');
  const hour = floorTo(NOW, 3600);
  const values = Array.from({ length: 180 }, (_, i) => [hour - 1800 + 10 * i, i === 30 ? 9999 : 5] as const);
  const mix = ['max', 'sum'] as const;
  const layout = { retentions: '10s:2h,1m:6h', format: 'compressed', pointsPerBlock: 30 } as const;
  create(path, { ...layout, aggregation: 'mix', mix }).close();
  change(path, (database) => {
    for (const point of values) database.updateMany([point], { now: point[0] });
  });
  const before = shownIn(path);
  expect([...before[1]!.values()]).toContain(9999);
  expect(storedPoints(path)[1]!.length).toBeGreaterThan(20);
  mapValues(path, 'v > 1000 ? null : v', { now: NOW, recompute: true });
  const after = shownIn(path);
  for (const index of [1, 2]) expect([...after[index]!.keys()]).toEqual([...before[index]!.keys()]);
  expect(new Set(after[1]!.values())).toEqual(new Set([5]));
  expect([...after[2]!.values()].filter((sum) => sum === 25).length).toBe(1);
});

it('makes room in a compressed file for values that take more of it', () => {
  const path = make(
    Array.from({ length: 25 }, (_, i) => [10 * i, 1] as const),
    {
      format: 'compressed',
      retentions: '10s:5m',
      pointsPerBlock: 30,
      pointSize: 2.2,
    },
  );
  const before = shownIn(path)[0]!;
  mapValues(path, (_, time) => Math.sin(time), { now: NOW });
  expect([...shownIn(path)[0]!]).toEqual([...before.keys()].map((time) => [time, Math.sin(time)]));
  expect(findingsIn(path)).toEqual([]);
});

it('is refused for a damaged block', () => {
  const path = make(
    Array.from({ length: 25 }, (_, i) => [10 * i, Math.sqrt(i)] as const),
    {
      format: 'compressed',
      retentions: '10s:5m',
    },
  );
  const bytes = readFileSync(path);
  change(path, (database) => {
    bytes[database.blocks(0)[0]!.offset + 14]! ^= 1;
  });
  writeFileSync(path, bytes);
  expect(() => mapValues(path, 'v + 1', { now: NOW })).toThrow(
    expect.objectContaining({ code: 'WSP_CORRUPT', path }),
  );
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

it('maps a point that stands in a block and waits in a buffer in both', () => {
  const path = make(
    [
      [90, 1],
      [80, 2],
    ],
    { format: 'compressed' },
  );
  {
    using newer = create(inFolder('b.wsp'), { retentions: '10s:5m' });
    newer.updateMany([[NOW, 3]], { now: NOW });
  }
  fill(inFolder('b.wsp'), path, { now: NOW });
  mapValues(path, 'v * 2', { now: NOW, archive: 0 });
  for (const late of ['insert', 'discard'] as const) {
    using database = open(path, { late });
    const series = database.fetch(NOW - 300, NOW, { now: NOW, archive: 0 })!;
    expect([...series.knownPoints()].map(([, value]) => value)).toEqual([2, 4, 6]);
  }
});
