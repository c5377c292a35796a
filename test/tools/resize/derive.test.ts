/** What archives of new steps hold: held against a model that knows nothing but points and windows. */
import { chmodSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AggregationMethod,
  create,
  open,
  type ResizeOptions,
  resize,
  verify,
} from '../../../src/index.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const inFolder = temporaryFolder();
const runs = Number(process.env['SOTTO_RUNS'] ?? 60);
const NOW = 1_700_000_005;

type Known = ReadonlyMap<number, number>;

/** The known values of each archive, as a reader gets them. */
function shown(path: string): { step: number; retention: number; values: Known }[] {
  using database = open(path, { readOnly: true });
  return database.info.archives.map(({ step, retention }, archive) => {
    const series = database.fetch(NOW - retention, NOW, { now: NOW, archive })!;
    return { step, retention, values: new Map(series.knownPoints()) };
  });
}

const AGGREGATE: { readonly [method: string]: (values: readonly number[]) => number } = {
  average: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  max: (values) => Math.max(...values),
  last: (values) => values.at(-1)!,
};

/** The value of a window made of an archive: undefined if that has not all of it, or knows too little. */
function windowOf(
  { step: fine, retention, values }: ReturnType<typeof shown>[number],
  interval: number,
  step: number,
  method: string,
  xFilesFactor: number,
): number | undefined {
  const oldest = NOW - (NOW % fine) - retention + fine;
  if (fine >= step || step % fine !== 0 || interval < oldest) return undefined;
  const known = Array.from({ length: step / fine }, (_, i) => values.get(interval + i * fine)).filter(
    (value) => value !== undefined,
  );
  if (known.length === 0 || known.length / (step / fine) < xFilesFactor) return undefined;
  return AGGREGATE[method]!(known);
}

interface Case {
  readonly from: string;
  readonly to: string;
}

const CASES: readonly Case[] = [
  { from: '1s:1m', to: '5s:5m' },
  { from: '1s:1m,5s:5m', to: '1s:2m,10s:10m' },
  { from: '1s:30s,5s:5m', to: '2s:1m,10s:10m' },
  { from: '1s:30s,5s:5m,15s:1h', to: '30s:1h' },
  { from: '1s:1m,10s:10m', to: '2s:1m,6s:5m,30s:1h' },
];

describe.each(['standard', 'compressed'] as const)('an archive of a new step in a %s file', (format) => {
  function make(retentions: string, aggregation: AggregationMethod, ages: readonly number[]): string {
    const path = inFolder('a.wsp');
    using database = create(path, { retentions, aggregation, xFilesFactor: 0.5, format, overwrite: true });
    for (const age of [...ages].sort((a, b) => b - a))
      database.update(age % 17, NOW - age, { now: NOW - age });
    return path;
  }

  it('has for every window what the finest archive that has all of it comes to', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CASES),
        fc.constantFrom('average', 'sum', 'max', 'last') as fc.Arbitrary<AggregationMethod>,
        fc.constantFrom(0, 0.25, 0.5, 1),
        fc.uniqueArray(fc.nat(250), { maxLength: 200 }),
        ({ from, to }, aggregation, xFilesFactor, ages) => {
          const path = make(from, aggregation, ages);
          const before = shown(path);
          const { archives } = resize(path, { retentions: to, xFilesFactor, now: NOW });
          for (const [i, { step, retention, values }] of shown(path).entries()) {
            const same = before.find((archive) => archive.step === step);
            const oldest = NOW - (NOW % step) - retention + step;
            const expected = new Map<number, number>();
            for (let interval = oldest; interval <= NOW; interval += step) {
              const made = same
                ? same.values.get(interval)
                : before
                    .map((archive) => windowOf(archive, interval, step, aggregation, xFilesFactor))
                    .find((value) => value !== undefined);
              if (made !== undefined) expected.set(interval, made);
            }
            expect([...values]).toEqual([...expected]);
            expect(archives[i]![same ? 'copied' : 'derived']).toBe(expected.size);
          }
          expect(verify(path, { deep: true, now: NOW })).toEqual([]);
        },
      ),
      { numRuns: runs },
    );
  });

  const minute = (options: ResizeOptions, ages: readonly number[] = [0, 1, 2, 3, 4, 5]) => {
    const path = make('1s:1m,5s:5m', 'sum', ages);
    return { told: resize(path, { now: NOW, ...options }), shown: shown(path) };
  };

  it('is left without windows of which too few points are known, and that is told', () => {
    const { told, shown } = minute({ retentions: '5s:5m', xFilesFactor: 1 }, [0, 1, 2, 3, 10]);
    expect(told.archives).toMatchObject([{ copied: 1, derived: 0, tooFew: 0 }]);
    expect(shown[0]!.values.size).toBe(1);
    const other = minute({ retentions: '10s:5m', xFilesFactor: 1 }, [0, 1, 2, 3, 10]).told;
    expect(other.archives).toMatchObject([{ copied: 0, derived: 0, tooFew: 1 }]);
    expect(other.lost).toBe(5);
  });

  it('takes no value of a coarser one', () => {
    const { told, shown } = minute({ retentions: '1s:2m,10s:5m' }, [0, 100, 101, 102, 103, 104]);
    expect([...shown[0]!.values.keys()]).toEqual([NOW]);
    expect(told.archives[0]).toMatchObject({ copied: 1, derived: 0, spread: 0 });
  });

  it('takes them where they are to be spread: a sum in equal shares, where nothing is known', () => {
    const ages = [0, 100, 101, 102, 103, 104, 105];
    const before = shown(make('1s:1m,5s:5m', 'sum', ages));
    const told = resize(inFolder('a.wsp'), { retentions: '1s:2m,10s:5m', spread: true, now: NOW });
    const [fine] = shown(inFolder('a.wsp'));
    const old = [...before[1]!.values].filter(([time]) => time < NOW - 60);
    const expected = old.flatMap(([time, value]) => [0, 1, 2, 3, 4].map((i) => [time + i, value * 0.2]));
    expect([...fine!.values]).toEqual([...expected, [NOW, 0]]);
    expect(told.archives[0]).toMatchObject({ copied: 1, spread: expected.length });
  });

  it('takes all of the newest coarse value where it is spread', () => {
    const path = inFolder('sum.wsp');
    using database = create(path, {
      retentions: '5s:5m,10s:10m',
      aggregation: 'sum',
      xFilesFactor: 0,
      format,
    });
    database.updateMany(
      Array.from({ length: 20 }, (_, i) => [NOW - 5 * i, 60] as const),
      { now: NOW },
    );
    resize(path, { retentions: '1s:6m,10s:10m', spread: true, now: NOW });
    using after = open(path);
    const sum = [...after.points(0, { now: NOW }).values].reduce((total, value) => total + value, 0);
    expect(sum).toBeCloseTo(20 * 60, 6);
  });

  it('is made of finer points in place of what waits, in an archive of any level', () => {
    const path = inFolder('waits.wsp');
    using database = create(path, { retentions: '1s:5m,5s:10m,30s:1h', format });
    const points = Array.from({ length: 290 }, (_, i) => [NOW - i, 1] as const);
    database.updateMany(points, { now: NOW });
    resize(path, { aggregation: 'sum', aggregate: true, now: NOW });
    const [, middle, coarse] = shown(path);
    const whole = ({ values }: { values: Known }) => [...values.values()].slice(1, -1);
    expect(new Set(whole(middle!))).toEqual(new Set([5]));
    expect(new Set(whole(coarse!))).toEqual(new Set([30]));
  });

  it('is made of finer points in place of the old values where that is asked for', () => {
    const path = make('1s:1m,5s:5m', 'sum', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const before = shown(path)[1]!.values;
    resize(path, { aggregation: 'max', aggregate: true, now: NOW });
    const after = shown(path)[1]!.values;
    expect([...after.keys()]).toEqual([...before.keys()]);
    expect([...after.values()]).toEqual(
      [...before.keys()]
        .map((time) => Math.min(NOW, time + 4))
        .map((end) => {
          const oldest = [...before.keys()][0]!;
          return end < oldest
            ? 0
            : Math.max(
                ...[0, 1, 2, 3, 4]
                  .map((i) => NOW - (end - 4 + i))
                  .filter((age) => age >= 0 && age < 10)
                  .map((age) => age % 17),
              );
        }),
    );
    using database = open(path);
    expect(database.info.aggregation).toBe('max');
  });
});

describe('a file', () => {
  it('with steps to which nothing can be handed on is refused, unless it stays or that is wanted', () => {
    const path = inFolder('odd.wsp');
    create(path, { retentions: '10s:10m' }).updateMany([[NOW - 20, 1]], { now: NOW });
    const before = readFileSync(path);
    expect(() => resize(path, { retentions: '15s:1h', now: NOW })).toThrow(
      expect.objectContaining({
        code: 'WSP_BAD_ARCHIVE_LIST',
        message: expect.stringMatching(/15s:1h has no place for the 1 points of 10s:10m/),
      }),
    );
    expect(readFileSync(path)).toEqual(before);
    expect(() => resize(path, { retentions: '15s:1h', now: NOW, dryRun: true })).toThrow(/no place/);
    expect(resize(path, { retentions: '15s:1h', now: NOW, dryRun: true, force: true }).lost).toBe(1);
    expect(resize(path, { retentions: '15s:1h', now: NOW, output: inFolder('new.wsp') }).lost).toBe(1);
    expect(resize(path, { retentions: '15s:1h', now: NOW, force: true }).change).toBe('archives');
  });

  it('to which nobody writes any more keeps all that it has, as of its newest point', () => {
    const path = inFolder('stale.wsp');
    const points = Array.from({ length: 50 }, (_, i) => [NOW - i, i] as const);
    create(path, { retentions: '1s:1m', overwrite: true }).updateMany(points, { now: NOW });
    const clock = () => NOW + 10_000_000;
    expect(resize(path, { retentions: '1s:2m,10s:1h', clock })).toMatchObject({
      archives: [{ copied: 50 }, { derived: 5 }],
      lost: 0,
    });
    using database = open(path);
    expect(database.points(0, { now: NOW }).timestamps.length).toBe(50);
  });

  it('that is a mix keeps what its coarser archives are still to be made of, though the base no longer shows it', () => {
    const path = inFolder('mix.wsp');
    const mix = { format: 'compressed', aggregation: 'mix', mix: ['max', 'sum'] } as const;
    using database = create(path, { ...mix, retentions: '1s:1m,10s:5m,1m:30m', xFilesFactor: 0 });
    const points = [[NOW - 115, 5] as const, [NOW - 114, 7] as const];
    database.updateMany(points, { now: NOW - 114 });
    database.update(1, NOW, { now: NOW });
    const before = shown(path).slice(1);
    expect(before[1]!.values.size).toBe(2);
    expect(resize(path, { retentions: '1s:2m,10s:10m,1m:1h', now: NOW }).lost).toBe(0);
    expect(
      shown(path)
        .slice(1)
        .map(({ values }) => values),
    ).toEqual(before.map(({ values }) => values));
  });

  it('is as it was after a dry run, which tells the same', () => {
    const path = inFolder('dry.wsp');
    create(path, { retentions: '1s:1m' }).updateMany([[NOW, 1]], { now: NOW });
    const before = readFileSync(path);
    for (const asked of [{ retentions: '1s:2m' }, { xFilesFactor: 0.1 }]) {
      const told = resize(path, { ...asked, now: NOW, dryRun: true });
      expect(readFileSync(path)).toEqual(before);
      expect(resize(path, { ...asked, now: NOW })).toEqual(told);
      writeFileSync(path, before);
    }
  });

  it('that is replaced stays beside the new one under a second name, with mode and times handed down', () => {
    const path = inFolder('kept.wsp');
    create(path, { retentions: '1s:1m' }).updateMany([[NOW, 1]], { now: NOW });
    chmodSync(path, 0o640);
    utimesSync(path, 1_600_000_000, 1_600_000_000);
    const before = readFileSync(path);
    resize(path, { retentions: '1s:2m', now: NOW, backup: true });
    expect(readFileSync(`${path}.bak`)).toEqual(before);
    const { mode, mtimeMs } = statSync(path);
    expect([mode & 0o777, mtimeMs]).toEqual([0o640, 1_600_000_000_000]);
    expect(() => resize(path, { retentions: '1s:3m', now: NOW, backup: true })).toThrow(
      expect.objectContaining({ code: 'WSP_EXISTS' }),
    );
    expect(readFileSync(`${path}.bak`)).toEqual(before);
  });

  it.each([
    ['full', {}, false],
    ['sparse', {}, true],
    ['full', { sparse: true }, true],
    ['sparse', { sparse: false }, false],
  ] as const)('that is %s has holes afterwards with %j: %s', (kind, options, isSparse) => {
    const path = inFolder(`${kind}.wsp`);
    create(path, { retentions: '1s:1d', sparse: kind === 'sparse', overwrite: true }).update(1, NOW, {
      now: NOW,
    });
    resize(path, { retentions: '1s:2d', now: NOW, ...options });
    const { size, blocks } = statSync(path);
    expect(blocks * 512 < size).toBe(isSparse);
  });

  it('that is made anew to what it was is left as it is', () => {
    for (const format of ['standard', 'compressed'] as const) {
      const path = inFolder(`${format}.wsp`);
      const points = Array.from({ length: 50 }, (_, i) => [NOW - i, i] as const);
      create(path, { retentions: '1s:1m,5s:5m', aggregation: 'sum', format }).updateMany(points, {
        now: NOW,
      });
      resize(path, { aggregation: 'max', aggregate: true, now: NOW });
      const { ino } = statSync(path);
      expect(resize(path, { aggregation: 'max', aggregate: true, now: NOW }).change).toBe('none');
      expect(statSync(path).ino).toBe(ino);
    }
  });

  it.each([
    [{ overwrite: true }, /overwrite without output/],
    [{ output: 'x.wsp', backup: true }, /output and backup/],
    [{ agregate: true } as ResizeOptions, /aggregate/],
  ])('is not changed by options that make no sense: %j', (options, words) => {
    const path = inFolder('options.wsp');
    create(path, { retentions: '1s:1m', overwrite: true }).close();
    expect(() => resize(path, { retentions: '1s:2m', ...options })).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_OPTION', message: expect.stringMatching(words) }),
    );
  });
});
