/** What a handle may keep in memory, and what it must look up in the file again, since others may write there. */
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { type AggregationMethod, aggregationMethods, create, type Database, open } from '../../src/index.js';
import { type Archives, archiveLists, greatestRetention } from '../support/histories.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.setConfig({ testTimeout: 60_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 200);
const START = 2 ** 31 - 5000;
const path = temporaryFolder();

/** A call that changes the file. `by` says which of two handles makes it, where there are two. */
type Change = { by: 0 | 1; tick: number } & (
  | { kind: 'update'; ages: number[] }
  | { kind: 'batch'; ages: number[] }
  | { kind: 'settings'; aggregation: AggregationMethod }
);

const cases = archiveLists().chain((archives) => {
  return fc.record({
    archives: fc.constant(archives),
    xFilesFactor: fc.constantFrom(0, 0.3, 0.5),
    changes: fc.array(changes(archives), { maxLength: 15 }),
  });
});

function changes(archives: Archives): fc.Arbitrary<Change> {
  const [step, points] = archives[0]!;
  const by = fc.constantFrom<0 | 1>(0, 1);
  // Mostly point after point in the same coarse interval, as they come in.
  const tick = fc.oneof({ weight: 5, arbitrary: fc.nat(step) }, fc.nat(step * points));
  const young = fc.array(fc.nat(3 * step), { minLength: 1, maxLength: 8 });
  const old = fc.array(fc.nat(greatestRetention(archives) - 1), { minLength: 1, maxLength: 4 });
  const aggregation = fc.constantFrom(...aggregationMethods);
  return fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('update'), by, tick, ages: young }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('update'), by, tick, ages: old }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('batch'), by, tick, ages: fc.oneof(young, old) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('settings'), by, tick, aggregation }) },
  ) as fc.Arbitrary<Change>;
}

/** Makes a change; the value of each point is its time. */
function make(change: Change, database: Database, now: number): void {
  if (change.kind === 'settings') {
    database.setAggregation(change.aggregation);
    return;
  }
  const times = change.ages.map((age) => now - age);
  if (change.kind === 'batch')
    database.updateMany(
      times.map((time) => [time, time] as const),
      { now },
    );
  else
    for (const time of times)
      if (now - time < database.info.maxRetention) database.update(time, time, { now });
}

it('alone with its file, a handle writes what it writes where others may come', () => {
  fc.assert(
    fc.property(cases, ({ archives, xFilesFactor, changes }) => {
      const retentions = archives.map(([step, points]) => ({ step, points }));
      using shared = create(null, { retentions, xFilesFactor });
      using exclusive = create(null, { retentions, xFilesFactor, exclusive: true });
      let now = START;
      for (const change of changes) {
        now += change.tick;
        make(change, shared, now);
        make(change, exclusive, now);
        expect(Buffer.compare(exclusive.toBytes(), shared.toBytes())).toBe(0);
      }
    }),
    { numRuns: 2 * runs },
  );
});

it('two handles on one file that take turns write what one of them alone would', () => {
  let files = 0;
  fc.assert(
    fc.property(cases, ({ archives, xFilesFactor, changes }) => {
      const retentions = archives.map(([step, points]) => ({ step, points }));
      const file = path(`${files++}.wsp`);
      using alone = create(null, { retentions, xFilesFactor });
      using one = create(file, { retentions, xFilesFactor });
      using other = open(file);
      let now = START;
      // The settings are those of the header as it was when a handle was opened.
      for (const change of changes.filter(({ kind }) => kind !== 'settings')) {
        now += change.tick;
        make(change, alone, now);
        make(change, [one, other][change.by]!, now);
      }
      expect(Buffer.compare(one.toBytes(), alone.toBytes())).toBe(0);
    }),
    { numRuns: runs },
  );
});
