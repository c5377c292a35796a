import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type AggregationMethod, create, type Database, open } from '../../src/index.js';
import { type Archives, archiveLists, greatestRetention } from '../support/histories.js';
import { ringFaults } from '../support/ring-invariant.js';

vi.setConfig({ testTimeout: 60_000 });

/** An update, or a batch, at its time; each point is as old as it says, below 0 in the future. */
interface Write {
  kind: 'update' | 'batch';
  tick: number;
  ages: number[];
}

interface History {
  archives: Archives;
  aggregation: AggregationMethod;
  xFilesFactor: number;
  writes: Write[];
}

const runs = Number(process.env['SOTTO_RUNS'] ?? 400);
/** Far enough from interval 0 for every age, and from what 32 bits can hold for every future. */
const START = 2 ** 31 - 5000;
/** Methods whose result lies between the least and the greatest of the values. */
const METHODS: AggregationMethod[] = ['average', 'last', 'max', 'min', 'absmax', 'absmin'];

const cases: fc.Arbitrary<History> = archiveLists().chain((archives) => {
  return fc.record({
    archives: fc.constant(archives),
    aggregation: fc.constantFrom(...METHODS),
    xFilesFactor: fc.constantFrom(0, 0, 0.3, 0.5, 1),
    writes: fc.array(writes(archives), { maxLength: 12 }),
  });
});

describe('after any history of updates and batches', () => {
  it('every slot holds the interval that belongs there, to the handle and to whoever opens the file', () => {
    fc.assert(
      fc.property(cases, (history) => {
        using database = play(history);
        using reopened = open(database.toBytes());
        expect(ringFaults(database)).toEqual([]);
        expect(ringFaults(reopened)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('a fetch finds in each interval only what was measured in it', () => {
    fc.assert(
      fc.property(cases, fc.nat(100), fc.boolean(), (history, share, clamp) => {
        using database = play(history);
        const now = timeOf(history.writes);
        const from = now - Math.floor((greatestRetention(history.archives) * share) / 100);
        for (const archive of database.info.archives.keys()) {
          const series = database.fetch(from, now, { now, archive, clamp });
          for (const [timestamp, value] of series ?? []) {
            if (value === null) continue;
            expect(value).toBeGreaterThanOrEqual(timestamp);
            expect(value).toBeLessThan(timestamp + series!.step);
          }
        }
      }),
      { numRuns: runs },
    );
  });

  it('the newest point of the last batch is found again, however far in the future it lay', () => {
    fc.assert(
      fc.property(cases, (history) => {
        const last = history.writes.findLast(({ kind, ages }) => kind === 'batch' && ages.length > 0);
        fc.pre(last !== undefined && last === history.writes.at(-1));
        using database = play(history);
        const newest = timeOf(history.writes) - Math.min(...last.ages);
        fc.pre(timeOf(history.writes) - newest <= database.info.archives[0]!.retention);
        const series = database.fetch(newest - database.info.archives[0]!.step, newest, { now: newest });
        expect([...series!].at(-1)?.[1]).toBe(newest);
      }),
      { numRuns: runs },
    );
  });
});

function writes(archives: Archives): fc.Arbitrary<Write> {
  const reach = greatestRetention(archives);
  const [step, points] = archives[0]!;
  const fine = step * points;
  const scattered = fc.array(fc.integer({ min: -5 * fine, max: reach }), { maxLength: 30 });
  const past = fc.array(fc.nat(fine), { minLength: 1, maxLength: 30 });
  const unbroken = fc
    .record({ oldest: fc.integer({ min: -fine, max: reach }), count: fc.nat(4 * points) })
    .map(({ oldest, count }) => Array.from({ length: count }, (_, i) => oldest - i * step));
  return fc.record({
    kind: fc.constantFrom('update', 'batch'),
    tick: fc.oneof(fc.nat(2 * step), fc.nat(fine), fc.nat(2 * reach)),
    ages: fc.oneof(scattered, past, unbroken),
  });
}

/** Every point has its own time for a value, so that a value says where it belongs. */
function play({ archives, aggregation, xFilesFactor, writes }: History): Database {
  const retentions = archives.map(([step, points]) => ({ step, points }));
  const database = create(null, { retentions, aggregation, xFilesFactor });
  let now = START;
  for (const { kind, tick, ages } of writes) {
    now += tick;
    const times = ages.map((age) => now - age);
    if (kind === 'batch')
      database.updateMany(
        times.map((time) => [time, time] as const),
        { now },
      );
    else for (const time of times) if (isCovered(database, time, now)) database.update(time, time, { now });
  }
  return database;
}

function isCovered({ info }: Database, time: number, now: number): boolean {
  return time <= now && now - time < info.maxRetention;
}

function timeOf(writes: readonly Write[]): number {
  return writes.reduce((now, { tick }) => now + tick, START);
}
