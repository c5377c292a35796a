import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type CompressedInfo,
  type Database,
  type Dialect,
  type Duplicates,
  type Future,
  verify,
} from '../../src/index.js';
import {
  type CompressedLayout,
  type CompressedMethod,
  compressedLayouts,
  createCompressed,
  METHODS,
  ROOMY,
  SHARES,
  values,
  wildValues,
} from '../support/compressed-histories.js';
import { CompressedTwin } from '../support/compressed-twin.js';
import { answerTo, type HandleEngine, handleCommands } from '../support/handle-commands.js';
import { greatestRetention } from '../support/histories.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.setConfig({ testTimeout: 60_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 25);
const UINT32_MAX = 2 ** 32 - 1;
/** When histories begin: an ordinary year, before January 2038, and where 32 bits end soon. */
const STARTS = [1_500_000_123, 2 ** 31 - 3000, UINT32_MAX - 100_000];

/** The engine's side. */
interface Engine extends HandleEngine {
  readonly isRoomy: boolean;
  /** How often it has grown. */
  growths: number;
}
type Command = fc.Command<CompressedTwin, Engine>;
type Content = 'any batches' | 'batches of the past' | 'single points';

const { fetch, setXFilesFactor, setAggregation, reopen } = handleCommands<
  CompressedTwin,
  Engine,
  CompressedMethod
>(command, (twin, archive) => twin.archives[archive]!.step);

describe('the compressed engine and its twin', () => {
  const path = temporaryFolder();

  /**
   * But under the go dialect, batches go to files with room for any values, and not into the future: a batch for which
   * the ring would come round too early is stored in pieces, which the twin knows nothing of.
   */
  it.each<{ dialect: Dialect; where: string; content: Content }>([
    { dialect: 'python', where: 'memory', content: 'batches of the past' },
    { dialect: 'go', where: 'memory', content: 'any batches' },
    { dialect: 'python', where: 'a file', content: 'single points' },
  ])('agree after every command, in $where, dialect $dialect, $content', ({ dialect, where, content }) => {
    let files = 0;
    const layouts = compressedLayouts().map((layout) => {
      return content === 'batches of the past' ? { ...layout, pointSize: ROOMY } : layout;
    });
    const scripts = layouts.chain((layout) => {
      return fc.record({
        layout: fc.constant(layout),
        start: fc.constantFrom(...STARTS),
        script: commands(layout, content),
      });
    });
    fc.assert(
      fc.property(scripts, ({ layout, start, script }) => {
        const { archives, aggregation, xFilesFactor, pointSize } = layout;
        const file = where === 'memory' ? null : path(`${files++}.wsp`);
        const database = createCompressed(file, layout, { dialect, late: 'discard' });
        const engine = { database, path: file, dialect, isRoomy: pointSize === ROOMY, growths: 0 };
        const model = new CompressedTwin(archives, aggregation, xFilesFactor, start, dialect);
        try {
          fc.modelRun(() => ({ model, real: engine }), script);
        } finally {
          engine.database.close();
        }
      }),
      { numRuns: where === 'memory' ? runs : Math.ceil(runs / 4) },
    );
  });
});

function commands({ archives }: CompressedLayout, content: Content): fc.Arbitrary<Iterable<Command>> {
  const isSingle = content === 'single points';
  const [step, points] = archives[0]!;
  const reach = greatestRetention(archives);
  const edges = archives.flatMap(([step, points]) => [-1, 0, 1].map((by) => step * points + by));
  const age = fc.oneof(
    fc.integer({ min: -3, max: 2 * step }),
    fc.nat(step * points),
    fc.nat(Math.ceil(1.2 * reach)),
    fc.constantFrom(...edges),
  );
  const fraction = fc.constantFrom(0, 0, 0, 0.25, 0.999);
  const batchOf = (ages: fc.Arbitrary<number>, maxLength: number) => {
    const point = fc
      .tuple(ages, fraction, values())
      .map(([age, part, value]): [number, number] => [age - part, value]);
    return fc.array(point, { maxLength: isSingle ? 1 : maxLength });
  };
  // A point for each step, as a collector sends them: what fills blocks.
  const run = fc.array(fc.oneof(values(), wildValues()), { minLength: 1, maxLength: 80, size: 'max' });
  const together = isSingle ? fc.constant(1) : fc.constantFrom(1, 2, 7, 80);
  const batch = fc.oneof(
    batchOf(age, 30),
    batchOf(fc.nat(step * points), 60),
    batchOf(fc.integer({ min: -3 * step * points, max: reach }), 20),
  );
  const archive = fc.option(fc.nat(archives.length - 1), { nil: undefined });
  const retention = fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(...archives.map(([step, points]) => step * points)) },
  );
  const future = fc.constantFrom<Future>(
    ...(content === 'batches of the past' ? [] : (['store', 'store'] as const)),
    'drop',
    'error',
  );
  const duplicates = fc.constantFrom<Duplicates | undefined>(undefined, 'first', 'last');
  const writes = fc.tuple(batch, future, duplicates, retention).map(updateMany);
  return fc.commands(
    [
      fc.oneof(fc.nat(2 * step), fc.nat(step * points), fc.nat(2 * reach)).map(tick),
      fc.tuple(age, values()).map(update),
      writes,
      fc.tuple(run, together, fc.constant(step)).map(collect),
      fc.tuple(run, together, fc.constant(step)).map(collect),
      fc.tuple(age, fc.option(age, { nil: undefined }), archive, fc.boolean(), fc.boolean()).map(fetch),
      fc.constantFrom(...SHARES).map(setXFilesFactor),
      fc.tuple(fc.constantFrom(...METHODS), fc.constantFrom(undefined, ...SHARES)).map(setAggregation),
      fc.constant(reopen()),
    ],
    { maxCommands: 24, size: 'max' },
  );
}

/** A command that does the same to both and then finds them the same. */
function command(text: string, run: (twin: CompressedTwin, engine: Engine) => void): Command {
  return {
    check: () => true,
    run: (twin, engine) => {
      run(twin, engine);
      expectSame(twin, engine);
    },
    toString: () => text,
  };
}

function expectSame(twin: CompressedTwin, engine: Engine): void {
  const { database, isRoomy } = engine;
  const info = database.info as CompressedInfo;
  expect(info).toMatchObject({
    aggregation: twin.aggregation,
    xFilesFactor: Math.fround(twin.xFilesFactor),
    isChecksumRight: true,
  });
  expect(verify(database.toBytes(), { deep: true, now: UINT32_MAX })).toEqual([]);
  const growths = info.archives.reduce((sum, archive) => sum + archive.growths, 0);
  const hasGrown = growths > engine.growths;
  engine.growths = growths;
  if (isRoomy) expect(growths).toBe(0);
  for (const [index, archive] of twin.archives.entries()) {
    const { discarded, buffered } = info.archives[index]!;
    expect({ discarded, buffered }).toEqual({
      discarded: archive.discarded,
      buffered: archive.waiting.length,
    });
    expectBlocks(database, index, archive, hasGrown, isRoomy);
    const inBuffer = archive.coarseStep === undefined ? [] : archive.slots();
    const slots = pairs(database.slots(index));
    expectPoints(slots.slice(slots.length - inBuffer.length), inBuffer);
    const all = new Map([...archive.waiting, ...archive.inBlocks]);
    expectPoints(
      pairs(database.points(index)),
      [...all].toSorted(([a], [b]) => a - b),
    );
  }
}

type Point = readonly [timestamp: number, value: number];
type TwinArchive = CompressedTwin['archives'][number];

/** The blocks hold what went to them, but for the oldest of it once the ring has come round. */
function expectBlocks(
  database: Database,
  index: number,
  archive: TwinArchive,
  hasGrown: boolean,
  isRoomy: boolean,
): void {
  const blocks = database.blocks(index);
  const used = blocks.filter(({ isEmpty }) => !isEmpty).toSorted((a, b) => a.start - b.start);
  const stored = used.flatMap(({ points }) => pairs(points));
  const dropped = archive.inBlocks.slice(0, archive.inBlocks.length - stored.length);
  const kept = archive.inBlocks.slice(dropped.length);
  expectPoints(stored, kept);
  // A call that makes the file grow has first turned the ring of the old one.
  if (dropped.length > 0 && !hasGrown) expect(used.length).toBe(blocks.length);
  // Room for every point of the retention: nothing of it is overwritten.
  if (isRoomy)
    expect(dropped.filter(([timestamp]) => timestamp > archive.latest - archive.reach)).toEqual([]);
  archive.inBlocks = kept;
}

function pairs(points: { timestamps: ArrayLike<number>; values: ArrayLike<number> }): Point[] {
  return Array.from(points.timestamps, (timestamp, i) => [timestamp, points.values[i]!]);
}

/** As text, which is compared a hundred times as fast. */
function expectPoints(found: readonly Point[], expected: readonly Point[]): void {
  expect(linesOf(found)).toBe(linesOf(expected));
}

function linesOf(points: readonly Point[]): string {
  return points.map(([timestamp, value]) => `${timestamp} ${Object.is(value, -0) ? '-0' : value}`).join('\n');
}

function tick(seconds: number): Command {
  return command(`tick(${seconds})`, (twin) => {
    twin.now = Math.min(twin.now + seconds, UINT32_MAX);
  });
}

function update([age, value]: [number, number]): Command {
  return command(`update(${value}, ${age} s ago)`, (twin, { database }) => {
    const { now } = twin;
    const timestamp = Math.min(now - age, UINT32_MAX);
    const answer = answerTo(() => database.update(value, timestamp, { now }));
    expect(answer).toBe(twin.update(value, timestamp) ? undefined : 'WSP_TIME_NOT_COVERED');
  });
}

function updateMany([batch, future, duplicates, retention]: [
  [number, number][],
  Future,
  Duplicates | undefined,
  number | undefined,
]): Command {
  const text = batch.map(([age, value]) => `${value} ${age} s ago`).join(', ');
  return command(`updateMany(${text}; ${future}, ${duplicates}, ${retention})`, (twin, { database }) => {
    const { now } = twin;
    const points = batch.map(([age, value]) => [Math.min(now - age, UINT32_MAX), value] as const);
    const answer = answerTo(() => database.updateMany(points, { now, future, duplicates, retention }));
    expect(answer).toEqual(twin.updateMany(points, future, duplicates, retention) ?? 'WSP_TIME_NOT_COVERED');
  });
}

/** Lets time pass, with a value for each step, in batches of `together` points. */
function collect([run, together, step]: [number[], number, number]): Command {
  return command(`collect(${run.join(', ')}; ${together} at a time)`, (twin, { database }) => {
    for (let start = 0; start < run.length; start += together) {
      const part = run.slice(start, start + together);
      if (twin.now + part.length * step > UINT32_MAX) return;
      const points = part.map((value, i) => [twin.now + (i + 1) * step, value] as const);
      twin.now += part.length * step;
      const answer = database.updateMany(points, { now: twin.now });
      expect(answer).toEqual(twin.updateMany(points, 'store', undefined, undefined));
    }
  });
}
