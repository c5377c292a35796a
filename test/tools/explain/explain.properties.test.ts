import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CreateOptions, create, type Database, explain } from '../../../src/index.js';

const START = 1_700_000_400;
const [MINUTE, HOUR] = [60, 3600];

const layouts: fc.Arbitrary<Omit<CreateOptions, 'retentions'>> = fc.record(
  {
    format: fc.constantFrom('standard', 'compressed'),
    xFilesFactor: fc.constantFrom(0, 0.1, 0.5, 0.9, 1),
    aggregation: fc.constantFrom('average', 'sum', 'last', 'max', 'min'),
  },
  { requiredKeys: ['format', 'xFilesFactor', 'aggregation'] },
);

const mixes: typeof layouts = fc.record(
  {
    format: fc.constant('compressed' as const),
    xFilesFactor: fc.constantFrom(0, 0.5, 1),
    mix: fc.constant(['max', 'p50'] as const),
  },
  { requiredKeys: ['format', 'xFilesFactor', 'mix'] },
);

/** Batches one after the other: how many seconds after the one before, and how old each point is then. */
const histories = fc.array(
  fc.record({
    after: fc.integer({ min: 0, max: 900 }),
    ages: fc.array(fc.tuple(fc.integer({ min: 0, max: 700 }), fc.integer({ min: -5, max: 5 })), {
      maxLength: 20,
    }),
  }),
  { minLength: 1, maxLength: 12 },
);

type History = typeof histories extends fc.Arbitrary<infer T> ? T : never;

/** Stores a history; returns when it ended. */
function store(database: Database, history: History): number {
  let now = START;
  for (const { after, ages } of history) {
    now += after;
    database.updateMany(
      ages.map(([age, value]) => [now - age, value]),
      { now },
    );
  }
  return now;
}

it('shows of each archive what a fetch shows, and names the archive that answers one', () => {
  fc.assert(
    fc.property(
      fc.oneof({ arbitrary: layouts, weight: 3 }, mixes),
      histories,
      fc.integer({ min: -100, max: 4 * HOUR }),
      fc.constantFrom('python' as const, 'go' as const),
      fc.constantFrom(undefined, 'max', 'p50'),
      (layout, history, age, asked, aggregation) => {
        const spec = layout.mix === undefined ? undefined : aggregation;
        // What go-whisper shows of values that wait hangs on where a range begins (quirk 30).
        const dialect = layout.format === 'compressed' ? 'python' : asked;
        const database = create(null, { retentions: '10s:10m,1m:1h,5m:3h', dialect, ...layout });
        const now = store(database, history);
        const at = now - age;
        const { answer, archives, value, verdict } = explain(database.toBytes(), at, { now, dialect, spec });
        expect(verdict.code === 'value').toBe(value !== null);
        for (const { index, interval, step, retention, covers, value: shown } of archives) {
          // All that the archive has: its last value is of now's interval.
          const all = database.fetch(now - retention, now, { now, archive: index })!;
          const place = (interval - all.from) / step;
          const known = all.known[place] === 1 ? all.values[place]! : null;
          expect([interval <= at && at < interval + step, covers]).toEqual([true, age >= 0 && place >= 0]);
          expect(shown).toBe(covers ? known : null);
        }
        const shows = archives.find(
          (archive) => archive.covers && [undefined, archive.spec ?? spec].includes(spec),
        );
        expect(answer).toBe(shows?.index ?? null);
        if (shows === undefined) return;
        expect(database.fetch(shows.interval - 1, at, { now, spec })!.archive).toBe(answer);
        expect(value).toBe(shows.value);
      },
    ),
    { numRuns: 100 },
  );
});

it('counts as known what was stored, and says enough where a value was made', () => {
  fc.assert(
    fc.property(layouts, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (layout, isKnown) => {
      const database = create(null, { retentions: '10s:1h,1m:1d', ...layout });
      for (const [i, known] of isKnown.entries()) {
        const at = START + 10 * i;
        if (known) database.update(i, at, { now: at });
      }
      const bytes = database.toBytes();
      const now = START + 600;
      for (let minute = 0; minute < 10; minute++) {
        const known = isKnown.slice(6 * minute, 6 * minute + 6).filter(Boolean).length;
        const { rollUp, value } = explain(bytes, START + MINUTE * minute + 33, { now }).archives[1]!;
        expect(rollUp).toMatchObject({
          archive: 0,
          known,
          of: 6,
          lost: 0,
          isEnough: known >= rollUp!.needed && known > 0,
        });
        expect(value).toBe(rollUp!.isEnough ? rollUp!.value : null);
      }
    }),
    { numRuns: 40 },
  );
});

it('has never had fewer points than it says may have been known', () => {
  fc.assert(
    fc.property(layouts, histories, fc.integer({ min: 0, max: 2 * HOUR }), (layout, history, age) => {
      const database = create(null, { retentions: '10s:5m,1m:1h', ...layout });
      const given = new Set<number>();
      let now = START;
      for (const { after, ages } of history) {
        now += after;
        const points = ages.filter(([old]) => old < 300).map(([old, value]) => [now - old, value] as const);
        database.updateMany(points, { now });
        for (const [at] of points) given.add(at - (at % 10));
      }
      const { rollUp, interval } = explain(database.toBytes(), now - age, { now }).archives[1]!;
      const stored = Array.from({ length: 6 }, (_, i) => interval + 10 * i).filter((time) =>
        given.has(time),
      ).length;
      expect(rollUp!.known).toBeLessThanOrEqual(stored);
      expect(rollUp!.known + rollUp!.lost).toBeGreaterThanOrEqual(stored);
      expect(rollUp!.hadPoints || stored === 0).toBe(true);
    }),
    { numRuns: 100 },
  );
});
