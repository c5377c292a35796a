/** From where the archives of a resized file reach back if that is not given. */
import { describe, expect, it } from 'vitest';
import { create, type Format, open, resize } from '../../../src/index.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const inFolder = temporaryFolder();
const HOUR = 1_699_999_200;
/** Minutes; some thirty days, and not at a slot that a nearer point has. */
const FAR = 30 * 1440 + 580;

function range(from: number, until: number): number[] {
  return Array.from({ length: until - from }, (_, i) => from + i);
}

/** A file with a 1 at each of these minutes after the hour. */
function make(format: Format, retentions: string, minutes: readonly number[]): string {
  const path = inFolder('a.wsp');
  const layout = { format, retentions, aggregation: 'sum', xFilesFactor: 0, overwrite: true } as const;
  using database = create(path, layout);
  for (const minute of minutes) {
    const now = HOUR + 60 * minute;
    database.update(1, now, { now });
  }
  return path;
}

function valuesIn(path: string): number[][] {
  using database = open(path);
  const { timestamps, values } = database.points(0, { now: HOUR });
  return [...timestamps].map((time, i) => [(time - HOUR) / 60, values[i]!]);
}

const minutesIn = (path: string) => valuesIn(path).map(([minute]) => minute!);
const clock = () => HOUR;

describe.each(['standard', 'compressed'] as const)('a %s file', (format) => {
  it('keeps points a little after the clock rather than old ones that they leave no room for', () => {
    const path = make(format, '60s:2h', range(-90, 4));
    expect(resize(path, { retentions: '60s:1h', clock }).lost).toBe(34);
    expect(minutesIn(path)).toEqual(range(-56, 4));
  });

  it('makes coarser values also of points after the clock', () => {
    const path = make(format, '60s:2h', range(-90, 4));
    expect(resize(path, { retentions: '10m:1d', clock }).lost).toBe(0);
    expect(valuesIn(path).slice(-2)).toEqual([
      [-10, 10],
      [0, 4],
    ]);
  });

  it('makes them anew of such points where that is asked for', () => {
    const path = make(format, '60s:2h,10m:1d', range(-90, 4));
    resize(path, { aggregate: true, clock });
    using database = open(path);
    const now = HOUR + 180;
    expect([...database.fetch(HOUR - 600, now, { now, archive: 1 })!.knownPoints()]).toEqual([[HOUR, 4]]);
  });

  it('follows points that go on without a break, though the clock is far behind', () => {
    const path = make(format, '60s:2h', range(-30, 45));
    expect(resize(path, { retentions: '60s:1h', clock }).lost).toBe(15);
    expect(minutesIn(path)).toEqual(range(-15, 45));
  });

  it('keeps what it has rather than one point far after the clock', () => {
    const path = make(format, '60s:2d,1h:30d', [...range(-90, 1), FAR]);
    resize(path, { retentions: '60s:3d,1h:30d', clock });
    expect(minutesIn(path)).toEqual([...range(-90, 1), FAR]);
  });

  it.each(['60s:2d', '60s:2d,1h:1y'])(
    'of %s, all after a clock that is not set, reaches back from the newest that is not alone',
    (retentions) => {
      const path = make(format, retentions, [-11, -10, FAR]);
      const told = resize(path, { retentions: retentions.replace('2d', '3d'), clock: () => 1000 });
      expect(told.lost).toBe(0);
      expect(minutesIn(path)).toEqual([-11, -10, FAR]);
    },
  );

  it('that is full, after a clock that is not set, keeps the newest but for one far off', () => {
    const path = make(format, '60s:2h', [...range(0, 60), FAR]);
    expect(resize(path, { retentions: '60s:30m', clock: () => 1000 }).lost).toBe(31);
    expect(minutesIn(path)).toEqual(range(30, 60));
  });

  it('with two points far apart, after a clock that is not set, keeps both', () => {
    const path = make(format, '60s:2d', [-10, FAR]);
    expect(resize(path, { retentions: '60s:3d', clock: () => 1000 }).lost).toBe(0);
    expect(minutesIn(path)).toEqual([-10, FAR]);
  });

  it('tells of points after `now` that have no place', () => {
    const path = make(format, '60s:2h', range(-90, 4));
    expect(resize(path, { retentions: '60s:1h', now: HOUR }).lost).toBe(34);
    expect(minutesIn(path)).toEqual(range(-59, 1));
  });

  it('tells only once of a point after `now` that stands in a coarser archive as well', () => {
    const path = make(format, '60s:2h,10m:1d', [...range(-59, 1), 300]);
    expect(resize(path, { retentions: '60s:1h', now: HOUR }).lost).toBe(1);
    expect(minutesIn(path)).toEqual(range(-59, 1));
  });
});
