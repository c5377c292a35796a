/** Mix files that are made anew in the middle of intervals: what they come to when the intervals are over. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { create, fill, open, resize } from '../../../src/index.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const inFolder = temporaryFolder();
const runs = Number(process.env['SOTTO_RUNS'] ?? 60);
const HOUR = 1_699_999_200;
const MIX = {
  format: 'compressed',
  aggregation: 'mix',
  mix: ['sum', 'max'],
  xFilesFactor: 0,
  overwrite: true,
} as const;

function make(name: string, retentions: string, pointsPerBlock?: number): string {
  create(inFolder(name), { ...MIX, retentions, pointsPerBlock }).close();
  return inFolder(name);
}

/** Minutes from the hour on, each stored by itself. */
function feed(path: string, from: number, until: number, value = (_minute: number) => 1): void {
  using database = open(path);
  for (let minute = from; minute < until; minute++) {
    const time = HOUR + 60 * minute;
    database.update(value(minute), time, { now: time });
  }
}

/** Each archive's values up to a minute, by minutes since the hour. */
function valuesIn(path: string, end: number): { name: string; values: Map<number, number> }[] {
  using database = open(path);
  const now = HOUR + 60 * end;
  return database.info.archives.map(({ step, ...archive }, index) => {
    const spec = 'spec' in archive ? (archive.spec?.name ?? '') : '';
    const series = database.fetch(HOUR - 2 * 86_400, now, { now, archive: index })!;
    const known = [...series.knownPoints()].map(([time, value]) => [(time - HOUR) / 60, value] as const);
    return { name: `${step}${spec}`, values: new Map(known) };
  });
}

function valueAt(path: string, name: string, minute: number, end: number): number | undefined {
  return valuesIn(path, end)
    .find((archive) => archive.name === name)!
    .values.get(minute);
}

const clockAt = (minute: number) => () => HOUR + 60 * minute;

describe('the interval that is not over when a mix file is made anew', () => {
  it.each([
    { retentions: '60s:1d,10m:7d,1h:30d', name: '600sum', expected: 10 },
    { retentions: '60s:1d,2h:30d', name: '7200sum', expected: 120 },
    { retentions: '60s:1d,1h:60d', name: '3600sum', expected: 60 },
  ])('comes to all of its points in $retentions', ({ retentions, name, expected }) => {
    const path = make('a.wsp', '60s:1d,1h:30d');
    feed(path, -300, 5);
    resize(path, { retentions, clock: clockAt(5) });
    expect(valueAt(path, name, 0, 5)).toBe(5);
    feed(path, 5, 300);
    expect(valueAt(path, name, 0, 300)).toBe(expected);
  });

  it('comes to all of its points after a fill of an empty file', () => {
    const source = make('a.wsp', '60s:1d,1h:30d');
    feed(source, -300, 5);
    const target = make('b.wsp', '60s:1d,1h:30d');
    fill(source, target, { now: HOUR + 300 });
    expect(valueAt(target, '3600sum', 0, 5)).toBe(5);
    feed(target, 5, 600);
    expect(valueAt(target, '3600sum', 0, 600)).toBe(60);
    expect(valueAt(target, '3600sum', -60, 600)).toBe(60);
  });

  it('comes to all of its points also where these are behind the clock', () => {
    const source = make('a.wsp', '60s:1d,1h:30d');
    feed(source, -300, 55);
    const target = make('b.wsp', '60s:1d,1h:30d');
    fill(source, target, { now: HOUR + 3630 });
    feed(target, 55, 300);
    expect(valueAt(target, '3600sum', 0, 300)).toBe(60);
  });

  it('is stored if the new base does not hold its beginning', () => {
    const path = make('a.wsp', '60s:12h,10m:2d,1d:1y');
    feed(path, -1330, 5);
    const day = -1320;
    expect(valueAt(path, '86400sum', day, 5)).toBe(1325);
    resize(path, { retentions: '60s:2h,10m:2d,1d:1y', clock: clockAt(5) });
    expect(valueAt(path, '86400sum', day, 5)).toBe(1325);
    expect(valueAt(path, '600sum', -600, 5)).toBe(10);
  });

  it('is stored if the new base has nothing that it could be made of', () => {
    const path = make('a.wsp', '60s:1d,1h:30d');
    feed(path, -120, 5);
    resize(path, { retentions: '10s:1d,1h:30d', clock: clockAt(5) });
    expect(valueAt(path, '3600sum', 0, 5)).toBe(5);
  });
});

it('keeps coarser values that are yet to be made when its base gets too short for them', () => {
  const path = make('a.wsp', '60s:1d,1h:30d');
  feed(path, -300, 5);
  resize(path, { retentions: '60s:90m,1h:30d', clock: clockAt(5) });
  for (let hour = -5; hour < 0; hour++) expect(valueAt(path, '3600sum', 60 * hour, 5)).toBe(60);
});

it('goes on making finer archives when a coarser one beside them is new', () => {
  const path = make('a.wsp', '60s:1d,10m:7d', 120);
  feed(path, -600, 5);
  resize(path, { retentions: '60s:1d,10m:7d,1h:30d', clock: clockAt(5) });
  feed(path, 5, 900);
  for (let minute = -600; minute < 890; minute += 10) expect(valueAt(path, '600sum', minute, 899)).toBe(10);
});

it('makes every archive that waits when a fill stores only some of them', () => {
  const target = make('b.wsp', '60s:1d,10m:7d,1h:30d', 120);
  feed(target, -300, -120);
  feed(target, -60, 5);
  create(inFolder('a.wsp'), { retentions: '1h:30d', aggregation: 'max', overwrite: true }).updateMany(
    [[HOUR - 7200, 9]],
    { now: HOUR + 300 },
  );
  expect(fill(inFolder('a.wsp'), target, { now: HOUR + 300 }).filled.some((count) => count > 0)).toBe(true);
  feed(target, 5, 900);
  expect(valueAt(target, '600sum', -200, 899)).toBe(10);
});

describe('a mix file that is made anew in the middle of intervals', () => {
  const layouts = fc.constantFrom('60s:1d,10m:7d', '60s:1d,1h:30d', '60s:1d,10m:7d,30m:30d', '60s:2d,15m:7d');
  const value = (minute: number) => ((minute * 7919) % 31) - 10;

  function expectAlike(path: string, retentions: string, pointsPerBlock: number, end: number, first: number) {
    const twin = make('twin.wsp', retentions, pointsPerBlock);
    feed(twin, first, end, value);
    expect(valuesIn(path, end - 1)).toEqual(valuesIn(twin, end - 1));
  }

  it.each(['resize', 'fill'] as const)('by %s holds what one holds that was so all along', (tool) => {
    fc.assert(
      fc.property(
        layouts,
        layouts,
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 40, max: 200 }),
        (before, after, held, more, perBlock) => {
          const path = make('a.wsp', tool === 'fill' ? after : before, perBlock);
          feed(path, -held, 0, value);
          let made = path;
          if (tool === 'fill') {
            made = make('b.wsp', after, perBlock);
            fill(path, made, { now: HOUR - 60 });
          } else resize(path, { retentions: after, clock: clockAt(-1) });
          expectAlike(made, after, perBlock, 0, -held);
          feed(made, 0, more, value);
          expectAlike(made, after, perBlock, more, -held);
        },
      ),
      { numRuns: Math.min(runs, 25) },
    );
  });
});
