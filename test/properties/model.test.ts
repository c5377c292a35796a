import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type AggregationMethod,
  aggregationMethods,
  create,
  type Database,
  type Dialect,
  type Duplicates,
  type Future,
  type Points,
} from '../../src/index.js';
import { answerTo, type HandleEngine, handleCommands } from '../support/handle-commands.js';
import { type Archives, archiveLists, greatestRetention } from '../support/histories.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { Twin } from '../support/twin.js';

vi.setConfig({ testTimeout: 60_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 300);
const START = 2 ** 31 - 3000;
const SHARES = [0, 0.1, 0.2, 0.3, 1 / 3, 0.5, 2 / 3, 0.7, 1];

type Command = fc.Command<Twin, HandleEngine>;

const { fetch, setXFilesFactor, setAggregation, reopen } = handleCommands<
  Twin,
  HandleEngine,
  AggregationMethod
>(command, (twin, archive) => twin.rings[archive]!.step);

describe('the engine and its twin', () => {
  const path = temporaryFolder();

  it.each<{ dialect: Dialect; where: string; exclusive: boolean }>([
    { dialect: 'python', where: 'memory', exclusive: false },
    { dialect: 'go', where: 'memory', exclusive: false },
    { dialect: 'python', where: 'a file', exclusive: false },
    { dialect: 'python', where: 'memory', exclusive: true },
  ])(
    'agree after every command, in $where, dialect $dialect, exclusive $exclusive',
    ({ dialect, where, exclusive }) => {
      let files = 0;
      const scripts = archiveLists().chain((archives) => {
        return fc.record({ archives: fc.constant(archives), script: commands(archives, dialect) });
      });
      fc.assert(
        fc.property(scripts, ({ archives, script }) => {
          const retentions = archives.map(([step, points]) => ({ step, points }));
          const file = where === 'memory' ? null : path(`${files++}.wsp`);
          const engine = { database: create(file, { retentions, dialect, exclusive }), path: file, dialect };
          try {
            fc.modelRun(() => ({ model: new Twin(archives, START, dialect), real: engine }), script);
          } finally {
            engine.database.close();
          }
        }),
        { numRuns: where === 'memory' ? runs : runs / 4 },
      );
    },
  );
});

function commands(archives: Archives, dialect: Dialect): fc.Arbitrary<Iterable<Command>> {
  const methods: AggregationMethod[] =
    dialect === 'python' ? [...aggregationMethods] : ['average', 'sum', 'last', 'max', 'min', 'first'];
  const [step, points] = archives[0]!;
  const reach = greatestRetention(archives);
  const age = fc.oneof(
    fc.integer({ min: -3, max: 2 * step }),
    fc.nat(step * points),
    fc.nat(Math.ceil(1.2 * reach)),
    fc.constantFrom(...archives.map(([step, points]) => step * points)),
  );
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double(), fc.constantFrom(0, -0, Number.NaN));
  const fraction = fc.constantFrom(0, 0, 0, 0.25, 0.999);
  const batchOf = (ages: fc.Arbitrary<number>, maxLength: number) => {
    const point = fc
      .tuple(ages, fraction, value)
      .map(([age, part, value]): [number, number] => [age - part, value]);
    return fc.array(point, { maxLength });
  };
  const batch = fc.oneof(
    batchOf(age, 30),
    batchOf(fc.nat(step * points), 60),
    batchOf(fc.integer({ min: -3 * step * points, max: reach }), 20),
    unbroken(step, points, reach, value),
  );
  const archive = fc.option(fc.nat(archives.length - 1), { nil: undefined });
  return fc.commands(
    [
      fc.oneof(fc.nat(2 * step), fc.nat(step * points), fc.nat(2 * reach)).map(tick),
      fc.tuple(age, value).map(update),
      fc.tuple(batch, fc.constantFrom(...FORMS), future, duplicates).map(updateMany),
      fc.tuple(age, fc.option(age, { nil: undefined }), archive, fc.boolean(), fc.boolean()).map(fetch),
      fc.constantFrom(...SHARES).map(setXFilesFactor),
      fc.tuple(fc.constantFrom(...methods), fc.constantFrom(undefined, ...SHARES)).map(setAggregation),
      fc.constant(reopen()),
    ],
    { maxCommands: 30 },
  );
}

/** A point for each interval, oldest first, often for more of them than a ring has: whole coarse intervals at once. */
function unbroken(
  step: number,
  points: number,
  reach: number,
  value: fc.Arbitrary<number>,
): fc.Arbitrary<[number, number][]> {
  const oldest = fc.oneof(fc.nat(step * points), fc.nat(reach));
  const values = fc.array(value, { maxLength: 3 * points });
  return fc
    .tuple(oldest, values)
    .map(([age, list]) => list.map((value, i): [number, number] => [age - i * step, value]));
}

const future = fc.constantFrom<Future>('store', 'store', 'drop', 'error');
const duplicates = fc.constantFrom<Duplicates | undefined>(undefined, 'first', 'last');

/** A command that does the same to both and then finds them the same. */
function command(text: string, run: (twin: Twin, engine: HandleEngine) => void): Command {
  return {
    check: () => true,
    run: (twin, engine) => {
      run(twin, engine);
      expectSame(twin, engine.database);
    },
    toString: () => text,
  };
}

function expectSame({ rings, aggregation, xFilesFactor }: Twin, database: Database): void {
  expect(database.info).toMatchObject({ aggregation, xFilesFactor: Math.fround(xFilesFactor) });
  for (const [archive, { places }] of rings.entries()) {
    const { timestamps, values } = database.slots(archive);
    const stored = new Map([...timestamps].map((timestamp, slot) => [timestamp, values[slot]]));
    stored.delete(0);
    expect(stored).toEqual(new Map(Array.from(places.values(), ({ interval, value }) => [interval, value])));
  }
}

function tick(seconds: number): Command {
  return command(`tick(${seconds})`, (twin) => {
    twin.now += seconds;
  });
}

function update([age, value]: [number, number]): Command {
  return command(`update(${value}, ${age} s ago)`, (twin, { database }) => {
    const { now } = twin;
    const answer = answerTo(() => database.update(value, age === 0 ? undefined : now - age, { now }));
    expect(answer).toBe(twin.update(value, now - age) ? undefined : 'WSP_TIME_NOT_COVERED');
  });
}

const FORMS = ['pairs', 'a generator', 'lists', 'typed columns'] as const;

function updateMany([batch, form, future, duplicates]: [
  [number, number][],
  (typeof FORMS)[number],
  Future,
  Duplicates | undefined,
]): Command {
  const text = batch.map(([age, value]) => `${value} ${age} s ago`).join(', ');
  return command(`updateMany(${text}; ${form}, ${future}, ${duplicates})`, (twin, { database }) => {
    const points = batch.map(([age, value]) => [twin.now - age, value] as const);
    const given = inForm(points, form);
    const answer = answerTo(() => database.updateMany(given, { now: twin.now, future, duplicates }));
    expect(answer).toEqual(twin.updateMany(points, future, duplicates) ?? 'WSP_TIME_NOT_COVERED');
  });
}

function inForm(points: (readonly [number, number])[], form: (typeof FORMS)[number]): Points {
  const timestamps = points.map(([timestamp]) => timestamp);
  const values = points.map(([, value]) => value);
  switch (form) {
    case 'pairs':
      return points;
    case 'a generator':
      return points.values();
    case 'lists':
      return { timestamps, values };
    case 'typed columns':
      return { timestamps: Uint32Array.from(timestamps), values: Float64Array.from(values) };
  }
}
