import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type CompressedInfo,
  create,
  type Database,
  type Dialect,
  type MixSpec,
  open,
  verify,
} from '../../src/index.js';
import { SHARES, wildValues } from '../support/compressed-histories.js';
import { MixTwin, type MixTwinArchive } from '../support/mix-twin.js';

vi.setConfig({ testTimeout: 60_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 25);
const START = 2 ** 31 - 3000;
const SPECS: readonly MixSpec[] = [
  'average',
  'sum',
  'last',
  'max',
  'min',
  'first',
  'p0',
  'p33.3',
  'p50',
  'p95',
  'p100',
];

interface MixLayout {
  retentions: { step: number; points: number }[];
  mix: MixSpec[];
  xFilesFactor: number;
  pointsPerBlock: number;
  pointSize: number;
}

/** A call: seconds that pass before it, and points by how many steps of the base they are old. */
interface Write {
  tick: number;
  points: [age: number, value: number][];
}

describe('a mix file and its twin', () => {
  it.each<Dialect>(['python', 'go'])('agree after every batch and in every range, dialect %s', (dialect) => {
    // Of blocks as the usual hint has them; with a smaller one an archive below the base may hold less than its retention,
    // and a batch is stored in pieces then, which the twin knows nothing of.
    const all = layouts().map((layout) =>
      dialect === 'go' ? layout : { ...layout, pointsPerBlock: 300, pointSize: 14 },
    );
    const cases = all.chain((layout) => {
      return fc.record({ layout: fc.constant(layout), writes: writes(), ranges: ranges(layout) });
    });
    fc.assert(
      fc.property(cases, ({ layout, writes, ranges }) => {
        const handling = { dialect, late: 'discard' } as const;
        using database = create(null, { ...layout, aggregation: 'mix', format: 'compressed', ...handling });
        const twin = new MixTwin(infoOf(database).archives, layout.xFilesFactor, START, dialect);
        const { step } = layout.retentions[0]!;
        for (const { tick, points } of writes) {
          twin.now += tick * step;
          const batch = points.map(([age, value]) => [twin.now - age * step, value] as const);
          const before = placeOf(database);
          expect(database.updateMany(batch, { now: twin.now })).toEqual(twin.updateMany(batch));
          const after = placeOf(database);
          expectSame(twin, database, before, after);
        }
        for (const range of ranges) expectRange(twin, database, range);
        using reopened = open(database.toBytes(), handling);
        expect(reopened.info).toEqual(database.info);
      }),
      { numRuns: runs },
    );
  });
});

function layouts(): fc.Arbitrary<MixLayout> {
  return fc
    .record({
      step: fc.constantFrom(1, 10),
      ratios: fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 2 }),
      points: fc.integer({ min: 20, max: 200 }),
      mix: fc.shuffledSubarray([...SPECS], { minLength: 1, maxLength: 5 }),
      xFilesFactor: fc.constantFrom(...SHARES),
      pointsPerBlock: fc.constantFrom(0, 5, 12, 40),
      pointSize: fc.constantFrom(7, 10, 14),
    })
    .map(({ step, ratios, points, ...rest }) => {
      const retentions: { step: number; points: number }[] = [{ step, points }];
      for (const ratio of ratios) {
        const finer = retentions.at(-1)!;
        retentions.push({ step: finer.step * ratio, points: Math.ceil(finer.points / ratio) + 10 });
      }
      return { retentions, ...rest };
    });
}

function writes(): fc.Arbitrary<Write[]> {
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(Number.NaN, -0, 0.1), wildValues());
  const rising = fc
    .array(value, { minLength: 1, maxLength: 40, size: 'max' })
    .map(
      (list): Write => ({ tick: list.length, points: list.map((value, i) => [list.length - 1 - i, value]) }),
    );
  const scattered = fc.record({
    tick: fc.nat(30),
    points: fc.array(fc.tuple(fc.integer({ min: -2, max: 60 }), value), { maxLength: 20 }),
  });
  return fc.array(fc.oneof({ weight: 4, arbitrary: rising }, { weight: 1, arbitrary: scattered }), {
    maxLength: 16,
    size: 'max',
  });
}

function infoOf(database: Database): CompressedInfo {
  return database.info as CompressedInfo;
}

/** Where the base is being written, and how often the file grew. */
function placeOf(database: Database) {
  const { archives } = infoOf(database);
  return {
    first: archives[0]!.current.first.timestamp,
    growths: archives.map(({ growths }) => growths).join(),
  };
}

type Place = ReturnType<typeof placeOf>;

function expectSame(twin: MixTwin, database: Database, before: Place, after: Place): void {
  expect(verify(database.toBytes(), { deep: true, now: START * 2 })).toEqual([]);
  const hasGrown = after.growths !== before.growths;
  // After a growth nobody can see any more whether a block of the base was closed before it.
  const first = before.first || (twin.base.inBlocks[0]?.[0] ?? 0);
  const hasRotated = hasGrown ? !isUnchanged(twin, database) : after.first !== first;
  expect(infoOf(database).archives[0]!.discarded).toBe(twin.discarded);
  expectStored(database, 0, twin.base, hasGrown);
  const added = twin.propagate();
  for (const [index, archive] of twin.archives.entries()) {
    if (index === 0) continue;
    if (hasRotated) archive.inBlocks.push(...added[index]!);
    expectStored(database, index, archive, hasGrown);
  }
}

function isUnchanged(twin: MixTwin, database: Database): boolean {
  return infoOf(database).archives.every(({ current }, i) => {
    return i === 0 || current.latest.timestamp === (twin.archives[i]!.inBlocks.at(-1)?.[0] ?? 0);
  });
}

/** The blocks hold what went to them, but for the oldest of it once the ring has come round. */
function expectStored(database: Database, index: number, archive: MixTwinArchive, hasGrown: boolean): void {
  const { timestamps, values } = database.points(index);
  const stored = Array.from(timestamps, (timestamp, i) => [timestamp, values[i]!] as const);
  const dropped = archive.inBlocks.slice(0, archive.inBlocks.length - stored.length);
  expect(stored).toEqual(archive.inBlocks.slice(dropped.length));
  if (dropped.length > 0 && !hasGrown)
    expect(database.blocks(index).some(({ isEmpty }) => isEmpty)).toBe(false);
  archive.inBlocks = [...stored];
}

/** Steps of the base before now, and which of the aggregations. */
type Range = [oldest: number, newest: number, spec: MixSpec | undefined];

function ranges({ retentions, mix }: MixLayout): fc.Arbitrary<Range[]> {
  const { step, points } = retentions.at(-1)!;
  const reach = Math.floor((step * points) / retentions[0]!.step);
  const age = fc.oneof(fc.nat(reach), fc.nat(Math.min(reach, 50)));
  return fc.array(fc.tuple(age, age, fc.constantFrom(undefined, ...mix)), { minLength: 8, maxLength: 8 });
}

function expectRange(twin: MixTwin, database: Database, [a, b, spec]: Range): void {
  const { now, base } = twin;
  const [from, until] = [now - Math.max(a, b) * base.step, now - Math.min(a, b) * base.step];
  const series = database.fetch(from, until, { now, spec })!;
  const { archive: index, from: first, until: end } = series;
  const { name } = infoOf(database).archives[index]!.spec ?? {};
  const names = infoOf(database).archives.map((archive) => archive.spec?.name);
  if (spec === undefined) expect(index).toBe(twin.archives.findIndex(({ reach }) => reach >= now - from));
  else if (index > 0) expect(names.indexOf(name)).toBe(names.indexOf(specName(database, spec)));
  expect(Array.from(series, ([, value]) => value)).toEqual(twin.fetch(index, first, end));
}

/** What a spec is called, as the file has it. */
function specName(database: Database, spec: MixSpec): string {
  const text = String(spec);
  const names = infoOf(database).archives.flatMap((archive) => archive.spec?.name ?? []);
  return names.find(
    (name) =>
      name === text || name.startsWith(`${text}0`) || Number(name.slice(1)).toFixed(1) === text.slice(1),
  )!;
}
