/** Ranges taken out of databases of either format, beside twins of maps. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type CompressedInfo, create, type Database, verify } from '../../src/index.js';
import { archiveLists, greatestRetention } from '../support/histories.js';
import { ringFaults } from '../support/ring-invariant.js';
import { Twin } from '../support/twin.js';

vi.setConfig({ testTimeout: 120_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 60);

/** The beginning of an hour and of a day. */
const T0 = 1_599_955_200;

/** No −0: of two zeros the greater is the one that comes first, and the twins have no order. */
const value = fc
  .oneof(fc.integer({ min: -3, max: 9 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 }))
  .map((each) => each + 0);

interface Erasure {
  readonly from: number;
  readonly until: number;
  readonly archive: number | undefined;
}

type Method = 'average' | 'sum' | 'last' | 'max' | 'avg_zero';

const total = (known: readonly number[]) => known.reduce((sum, value) => sum + value, 0);
const AGGREGATES: { readonly [M in Method]: (known: readonly number[], slots: number) => number } = {
  average: (known) => total(known) / known.length,
  sum: total,
  last: (known) => known.at(-1)!,
  max: (known) => Math.max(...known),
  avg_zero: (known, slots) => total(known) / slots,
};

/** A twin that can be erased in, by the words of the documentation. */
class ErasableTwin extends Twin {
  /** Returns how many points went. */
  erase({ from, until, archive }: Erasure): number {
    let erased = 0;
    for (const [k, { step, places }] of this.rings.entries()) {
      if (archive !== undefined && k !== archive) continue;
      for (const [place, { interval }] of places) {
        const end = k === 0 || archive !== undefined ? interval : interval + step - 1;
        if (interval <= from || end > until) continue;
        places.delete(place);
        erased++;
      }
      if (archive === undefined && k > 0) erased += this.#makeAnew(k, from, until);
    }
    return erased;
  }

  /** Makes what lies in the range in part anew; returns how many values went for want of finer ones. */
  #makeAnew(k: number, from: number, until: number): number {
    const base = this.rings[0]!;
    const [lowest, highest] = [base.align(from) + base.step, base.align(until)];
    if (lowest > highest) return 0;
    const [fine, coarse] = [this.rings[k - 1]!, this.rings[k]!];
    let erased = 0;
    for (const interval of new Set([coarse.align(lowest), coarse.align(highest)])) {
      if (interval > from && interval + coarse.step - 1 <= until) continue;
      if (coarse.get(interval) === null || interval < this.now - fine.reach) continue;
      const isOvertaken = [...fine.places.values()].some(({ interval: later }) => {
        const inside = (((later - interval) % fine.reach) + fine.reach) % fine.reach;
        return inside < coarse.step && later >= interval + fine.reach;
      });
      if (isOvertaken) continue;
      const finer = Array.from({ length: coarse.step / fine.step }, (_, i) =>
        fine.get(interval + i * fine.step),
      );
      const known = finer.filter((value) => value !== null);
      if (known.length > 0 && known.length / finer.length >= Math.fround(this.xFilesFactor)) {
        coarse.set(interval, AGGREGATES[this.aggregation as Method](known, finer.length));
        continue;
      }
      for (const [place, there] of coarse.places)
        if (there.interval === interval) coarse.places.delete(place);
      erased++;
    }
    return erased;
  }
}

describe('standard files', () => {
  interface Step {
    readonly tick: number;
    readonly ages: readonly number[];
    readonly values: readonly number[];
    readonly erasure: readonly [age: number, length: number, archive: number | undefined] | undefined;
  }

  const histories = archiveLists().chain((archives) => {
    const [step, points] = archives[0]!;
    const near = fc.integer({ min: -4 * step, max: step * points });
    const age = fc.oneof(near, fc.integer({ min: -step, max: greatestRetention(archives) + 2 * step }));
    const archive = fc.oneof(fc.constant(undefined), fc.nat(archives.length - 1));
    const length = fc.oneof(fc.nat(2 * step), fc.nat(step * points), fc.nat(3 * greatestRetention(archives)));
    const run = fc.tuple(near, fc.nat(points)).map(([from, count]) => {
      return Array.from({ length: count }, (_, i) => from + i * step);
    });
    const steps = fc.record({
      tick: fc.oneof(fc.nat(2 * step), fc.nat(step * points)),
      ages: fc.oneof(run, fc.array(age, { maxLength: 20 })),
      values: fc.array(value, { minLength: 1, maxLength: 5 }),
      erasure: fc.oneof(fc.constant(undefined), fc.tuple(age, length, archive)),
    }) satisfies fc.Arbitrary<Step>;
    return fc.record({
      archives: fc.constant(archives),
      steps: fc.array(steps, { maxLength: 12 }),
      xFilesFactor: fc.constantFrom(0, 0.3, 0.5, 1),
      aggregation: fc.constantFrom(...(Object.keys(AGGREGATES) as Method[])),
      exclusive: fc.boolean(),
    });
  });

  it('hold what maps hold after any history of batches and erasures', () => {
    let gone = 0;
    fc.assert(
      fc.property(histories, ({ archives, steps, xFilesFactor, aggregation, exclusive }) => {
        const retentions = archives.map(([step, points]) => ({ step, points }));
        using database = create(null, { retentions, xFilesFactor, aggregation, exclusive });
        const twin = new ErasableTwin(archives, T0, 'python');
        twin.xFilesFactor = xFilesFactor;
        twin.aggregation = aggregation;
        for (const { tick, ages, values, erasure } of steps) {
          twin.now += tick;
          const { now } = twin;
          const batch = ages.map((age, i) => [now - age, values[i % values.length]!] as const);
          twin.updateMany(batch, 'store', undefined);
          database.updateMany(batch, { now });
          if (erasure !== undefined) {
            const [age, length, archive] = erasure;
            const until = now - age;
            const expected = twin.erase({ from: until - length, until, archive });
            const { erased } = database.erase(until - length, until, { now, archive });
            expect(erased).toBe(expected);
            gone += erased;
            // What is gone stays gone.
            expect(database.erase(until - length, until, { now, archive }).erased).toBe(0);
          }
          for (const [k, ring] of twin.rings.entries())
            expect(held(database, k)).toEqual(sorted(ring.places));
          expect(ringFaults(database)).toEqual([]);
        }
        expect(
          verify(database.toBytes(), { deep: true, now: twin.now }).filter(
            ({ code }) => code !== 'future-points',
          ),
        ).toEqual([]);
      }),
      { numRuns: 5 * runs },
    );
    expect(gone).toBeGreaterThan(0);
  });

  /** The points of a ring but for such as stand for erased ones in slot 0. */
  function held(database: Database, archive: number): [number, number][] {
    const { timestamps, values } = database.slots(archive);
    return [...timestamps]
      .map((timestamp, i): [number, number] => [timestamp, values[i]!])
      .filter(([timestamp]) => timestamp > T0 / 2)
      .sort(([a], [b]) => a - b);
  }

  function sorted(places: ReadonlyMap<number, { interval: number; value: number }>): [number, number][] {
    return [...places.values()]
      .map(({ interval, value }): [number, number] => [interval, value])
      .sort(([a], [b]) => a - b);
  }
});

describe('compressed files', () => {
  const LAYOUTS = [
    { retentions: '1s:600' },
    { retentions: '1s:600', pointsPerBlock: 20 },
    { retentions: '1s:10m,10s:20m,1m:1h' },
    { retentions: '1s:10m,10s:20m,1m:1h', pointsPerBlock: 30 },
    { retentions: '1s:10m,1m:1h,10m:1d', pointsPerBlock: 10, pointSize: 3 },
    { retentions: '1s:10m,5s:20m', xFilesFactor: 0.75, pointsPerBlock: 16, pointSize: 2 },
    { retentions: '1s:10m,5s:20m,20s:1h', xFilesFactor: 0, aggregation: 'last', pointSize: 1 },
  ] as const;

  /** Points by age and value, or a range to erase by the age of its end. */
  type Command =
    | { readonly points: (readonly [age: number, value: number])[] }
    | { readonly age: number; readonly length: number };

  const points: fc.Arbitrary<(readonly [age: number, value: number])[]> = fc.oneof(
    fc.array(fc.tuple(fc.nat(599), value), { maxLength: 20 }),
    fc
      .tuple(fc.nat(599), fc.array(value, { minLength: 1, maxLength: 200 }))
      .map(([from, values]) => values.map((each, i) => [(from + i) % 600, each] as const)),
  );
  const erasure = fc.record({
    age: fc.integer({ min: -5, max: 600 }),
    length: fc.oneof(fc.nat(12), fc.nat(150), fc.nat(800)),
  });
  const commands = fc.array(
    fc.oneof({ weight: 2, arbitrary: fc.record({ points }) }, { weight: 1, arbitrary: erasure }),
    { maxLength: 14 },
  ) satisfies fc.Arbitrary<Command[]>;
  /** Within an interval of every coarser step, so that in a standard file no turn of the finest ring parts one. */
  const now = T0 + 897;

  /** All that the archives show. */
  function show(database: Database): (number | null)[][] {
    return database.info.archives.map(({ retention }, archive) => {
      const series = database.fetch(now - retention, now, { now, archive })!;
      return [...series].map(([, value]) => value);
    });
  }

  function countStored(database: Database): number {
    return database.info.archives.reduce((sum, _, k) => sum + database.points(k).timestamps.length, 0);
  }

  it('show what standard files show after any history of batches and erasures', () => {
    let erasures = 0;
    fc.assert(
      fc.property(fc.constantFrom(...LAYOUTS), commands, (layout, history) => {
        const { pointsPerBlock: _, pointSize: __, ...plain } = { pointsPerBlock: 0, pointSize: 0, ...layout };
        using standard = create(null, plain);
        using compressed = create(null, { format: 'compressed', ...layout });
        for (const command of history) {
          if ('points' in command) {
            const batch = command.points.map(([age, value]) => [now - age, value] as const);
            standard.updateMany(batch, { now, duplicates: 'last' });
            expect(compressed.updateMany(batch, { now })).toMatchObject({
              written: batch.length,
              discarded: 0,
            });
          } else {
            const until = now - command.age;
            const from = until - command.length;
            const [before, stored] = [show(compressed), countStored(compressed)];
            standard.erase(from, until, { now });
            const { erased } = compressed.erase(from, until, { now });
            expect(countStored(compressed)).toBe(stored - erased);
            if (show(compressed).join() !== before.join()) erasures++;
          }
          expect(show(compressed)).toEqual(show(standard));
          expect(verify(compressed.toBytes(), { now, deep: true })).toEqual([]);
        }
      }),
      { numRuns: 4 * runs },
    );
    expect(erasures).toBeGreaterThan(0);
  });

  it('of a mix show in coarser archives what is made of the points that are left', () => {
    const layout = {
      retentions: '1s:10m,10s:20m,1m:1h',
      mix: ['max', 'min', 'p90'],
      xFilesFactor: 0,
    } as const;
    fc.assert(
      fc.property(fc.constantFrom(10, 40, 200), commands, (pointsPerBlock, history) => {
        using database = create(null, { format: 'compressed', ...layout, pointsPerBlock, pointSize: 9 });
        const held = new Map<number, number>();
        for (const command of history) {
          if ('points' in command) {
            const batch = command.points.map(([age, value]) => [now - age, value] as const);
            database.updateMany(batch, { now });
            for (const [timestamp, value] of batch) held.set(timestamp, value);
          } else {
            const until = now - command.age;
            const from = until - command.length;
            const stored = countStored(database);
            const { erased } = database.erase(from, until, { now });
            expect(countStored(database)).toBe(stored - erased);
            for (const timestamp of held.keys())
              if (timestamp > from && timestamp <= until) held.delete(timestamp);
          }
          expectMadeOf(database, held);
          expect(verify(database.toBytes(), { now, deep: true })).toEqual([]);
        }
      }),
      { numRuns: 2 * runs },
    );
  });

  function expectMadeOf(database: Database, held: ReadonlyMap<number, number>): void {
    for (const [archive, { step, spec }] of (database.info as CompressedInfo).archives.entries()) {
      const made = new Map<number, number[]>();
      for (const [timestamp, value] of held) {
        const interval = Math.floor(timestamp / step) * step;
        made.set(interval, [...(made.get(interval) ?? []), value]);
      }
      const { from, values, known } = database.fetch(now - 600, now, { now, archive })!;
      const all = Array.from(values, (_, i) => made.get(from + i * step)?.toSorted((a, b) => a - b));
      const shown = Array.from(values, (value, i) => (known[i] ? value : undefined));
      if (spec?.name === 'p90') {
        const isBetween = shown.map((value, i) => {
          return value === undefined ? value : value >= all[i]![0]! && value <= all[i]!.at(-1)!;
        });
        expect(isBetween).toEqual(all.map((list) => list && true));
      } else expect(shown).toEqual(all.map((list) => list?.at(spec?.name === 'min' ? 0 : -1)));
    }
  }

  interface Step {
    /** Seconds that time goes on. */
    readonly later: number;
    readonly points: readonly (readonly [age: number, value: number])[];
    readonly erasure: readonly [age: number, length: number] | undefined;
  }

  const RINGS = [
    { retentions: '1s:100', pointsPerBlock: 20 },
    { retentions: '1s:100,5s:300,20s:900', pointsPerBlock: 10, pointSize: 4 },
    { retentions: '1s:100,10s:600', xFilesFactor: 0, pointsPerBlock: 30, pointSize: 9 },
    { retentions: '1s:100,5s:300', aggregation: 'max', pointSize: 14 },
    { retentions: '1s:100,10s:600', mix: ['max', 'p90'], pointsPerBlock: 16, pointSize: 8 },
  ] as const;
  const REACH = 100;

  const age = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.nat(REACH - 1), fc.constant(REACH - 1));
  const some = fc.oneof(
    fc.array(fc.tuple(age, value), { maxLength: 12 }),
    fc.tuple(fc.nat(REACH - 1), fc.array(value, { maxLength: REACH })).map(([from, values]) => {
      return values.map((each, i) => [(from + i) % REACH, each] as const);
    }),
  ) as fc.Arbitrary<Step['points']>;
  const erasures = fc.tuple(fc.nat(REACH), fc.oneof(fc.nat(3), fc.nat(40), fc.nat(2 * REACH)));
  const steps = fc.array(
    fc.record({
      later: fc.nat(30),
      points: some,
      erasure: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: erasures }),
    }),
    { maxLength: 40 },
  );

  it.each(RINGS.map((layout) => ({ layout, name: layout.retentions })))(
    'whose rings come round hold every point that was not erased: $name',
    ({ layout }) => {
      fc.assert(
        fc.property(steps, (history) => {
          using database = create(null, { format: 'compressed', ...layout });
          const held = new Map<number, number>();
          let now = T0;
          for (const { later, points, erasure } of history) {
            now += later;
            const batch = points.map(([age, value]) => [now - age, value] as const);
            database.updateMany(batch, { now });
            for (const [timestamp, value] of batch) held.set(timestamp, value);
            if (erasure === undefined) continue;
            const until = now - erasure[0];
            const from = until - erasure[1];
            database.erase(from, until, { now });
            for (const timestamp of held.keys())
              if (timestamp > from && timestamp <= until) held.delete(timestamp);
          }
          const { values, known } = database.fetch(now - REACH, now, { now, archive: 0 })!;
          const shown = [...values].map((value, i) => (known[i] ? value : undefined));
          expect(shown).toEqual(shown.map((_, i) => held.get(now - REACH + 1 + i)));
          expect(verify(database.toBytes(), { now, deep: true })).toEqual([]);
        }),
        { numRuns: runs },
      );
    },
  );

  it.each([
    { late: 'discard', dialect: 'python' },
    { late: 'discard', dialect: 'go' },
    { late: 'insert', dialect: 'go' },
  ] as const)('lose the points of the range and no other, with late points %o', (how) => {
    fc.assert(
      fc.property(
        fc.constantFrom(...RINGS),
        fc.option(fc.nat(1), { nil: undefined }),
        steps,
        (layout, archive, history) => {
          using database = create(null, { format: 'compressed', ...layout, ...how });
          const { archives } = database.info;
          let now = T0;
          for (const { later, points, erasure } of history) {
            now += later;
            database.updateMany(
              points.map(([age, value]) => [now - age, value] as const),
              { now },
            );
            if (erasure === undefined) continue;
            const until = now - erasure[0];
            const from = until - erasure[1];
            const only = archives.length > 1 ? archive : undefined;
            const before = archives.map((_, k) => pairs(database, k));
            const { erased } = database.erase(from, until, { now, archive: only });
            const after = archives.map((_, k) => pairs(database, k));
            expect(after.flat().length).toBe(before.flat().length - erased);
            for (const [k, { step }] of archives.entries()) {
              const reach = k === 0 || only !== undefined ? 0 : step - 1;
              const isTouched = only === undefined || only === k;
              const isGone = ([at]: Pair) => isTouched && at > from && at + reach <= until;
              const isParted = ([at]: Pair) => isTouched && at + reach > from && at <= until;
              expect(after[k]!.filter(isGone)).toEqual([]);
              const others = (pairs: Pair[]) => pairs.filter((pair) => !isGone(pair) && !isParted(pair));
              expect(others(after[k]!)).toEqual(others(before[k]!));
            }
            expect(verify(database.toBytes(), { now, deep: true })).toEqual([]);
          }
        },
      ),
      { numRuns: 2 * runs },
    );
  });

  type Pair = readonly [timestamp: number, value: number];

  function pairs(database: Database, archive: number): Pair[] {
    const { timestamps, values } = database.points(archive);
    return [...timestamps].map((timestamp, i) => [timestamp, values[i]!] as const);
  }
});
