import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  convert,
  create,
  type Database,
  fill,
  type OpenOptions,
  open,
  resize,
  type Series,
  verify,
  WhisperError,
} from '../../src/index.js';
import { METHODS } from '../support/compressed-histories.js';
import { damagedCompressedFiles, realCompressedFiles, WRITTEN_AT } from '../support/odd-compressed-bytes.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { timedAnswer } from '../support/timed-answer.js';

vi.setConfig({ testTimeout: 60_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 80);
const LONGEST_MS = 2000;
/** What one answer may take, whatever a small file claims to hold: 4,194,304 slots of 9 bytes. */
const LARGEST_ANSWER = 64 * 2 ** 20;
/** A point of a block takes two bits at the least, 16 bytes in memory, and a series has gaps. */
const LARGEST_EXPANSION = 1024;
/** What the archives of a file may claim to hold if tools are to make new files of them in time. */
const MOST_POINTS = 2 ** 20;
const NOW = WRITTEN_AT + 100;

/** A call on a handle, with how a report names it. */
interface Call {
  name: string;
  /** It may change the file. */
  isWrite: boolean;
  make: (database: Database) => unknown;
}

describe('any bytes of a compressed file', () => {
  const path = temporaryFolder();

  it.each<OpenOptions>([{}, { force: true }, { dialect: 'go' }, { readOnly: true }])(
    'give answers or a WhisperError, from memory: %o',
    (options) => {
      fc.assert(
        fc.property(damagedCompressedFiles(), fc.array(calls(), { maxLength: 12 }), (bytes, calls) => {
          const original = Uint8Array.from(bytes);
          const database = timedAnswer('open', LONGEST_MS, () => open(bytes, options));
          timedAnswer('verify', LONGEST_MS, () => verify(bytes, { deep: true, now: NOW }));
          if (database instanceof WhisperError) return;
          for (const call of calls) expectAnswer(database as Database, call);
          (database as Database).close();
          expect(Buffer.compare(bytes, original)).toBe(0);
        }),
        { numRuns: runs },
      );
    },
  );

  it('are worked on by every tool, or refused and left as they were', () => {
    let made = 0;
    const cases = fc.tuple(
      damagedCompressedFiles(),
      realCompressedFiles(),
      fc.array(tools(), { maxLength: 4 }),
    );
    fc.assert(
      fc.property(cases, ([bytes, other, tools]) => {
        fc.pre(pointsOf(bytes) <= MOST_POINTS);
        const paths = { odd: path(`${made}-odd`), other: path(`${made}-other`), new: path(`${made++}-new`) };
        writeFileSync(paths.odd, bytes);
        writeFileSync(paths.other, other);
        for (const { name, run } of tools) {
          rmSync(paths.new, { force: true });
          const before = [paths.odd, paths.other].map((file) => readFileSync(file));
          const answer = timedAnswer(name, LONGEST_MS, () => run(paths));
          const after = [paths.odd, paths.other].map((file) => readFileSync(file));
          if (answer instanceof WhisperError) {
            expect(after.map((file, i) => Buffer.compare(file, before[i]!))).toEqual([0, 0]);
            expect(existsSync(paths.new), name).toBe(false);
            expect(answer.code, name).not.toBe('WSP_SYSTEM');
          }
          // What a tool makes is sound, whatever it was made of.
          for (const [i, file] of [paths.odd, paths.other, paths.new].entries()) {
            const isMade = i === 2 ? existsSync(file) : !after[i]!.equals(before[i]!) && name !== 'settings';
            if (isMade) expect(damageIn(file), name).toEqual([]);
          }
        }
      }),
      { numRuns: runs },
    );
  });
});

/** A loop without an end stops the test that meets it for good, so these are tried in a process of their own. */
describe('a fill comes to an end', () => {
  const path = temporaryFolder();

  it('into a file whose header says 0 points per block', () => {
    using target = create(path('into'), { retentions: '1s:60', format: 'compressed' });
    target.updateMany(pointsUpTo(NOW, 40), { now: NOW });
    using source = create(path('from'), { retentions: '1s:60' });
    source.updateMany(pointsUpTo(NOW, 60), { now: NOW });
    const bytes = readFileSync(path('into'));
    bytes.writeUInt32BE(0, 31);
    writeFileSync(path('into'), bytes);
    expect(fillApart(path('from'), path('into'), NOW)).toEqual({ filled: [20] });
  });

  it('at a time before the retentions could be over once', () => {
    create(path('into'), { retentions: '1s:600', format: 'compressed' }).close();
    using source = create(path('from'), { retentions: '1s:600' });
    source.updateMany([[40, 1]], { now: 50 });
    expect(fillApart(path('from'), path('into'), 50)).toEqual({ filled: [1] });
  });
});

function pointsUpTo(newest: number, count: number): [number, number][] {
  return Array.from({ length: count }, (_, i) => [newest - i, i]);
}

/** What a fill answers in another process, by the built library; undefined if it does not come to an end in time. */
function fillApart(source: string, target: string, now: number): unknown {
  const library = new URL('../../dist/index.js', import.meta.url).href;
  const script = `
    const { fill } = await import(${JSON.stringify(library)});
    const [source, target, now] = process.argv.slice(1);
    console.log(JSON.stringify(fill(source, target, { now: Number(now) })));`;
  const args = ['--input-type=module', '-e', script, source, target, String(now)];
  const { status, stdout } = spawnSync(process.execPath, args, { timeout: 10_000, encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

/** How many points the archives claim to have room for; 0 in a file that cannot be opened. */
function pointsOf(bytes: Uint8Array): number {
  const database = timedAnswer('open', LONGEST_MS, () => open(bytes, { readOnly: true }));
  if (database instanceof WhisperError) return 0;
  return (database as Database).info.archives.reduce((sum, { points }) => sum + points, 0);
}

/** What makes a file unsound, in the words of `verify`; a buffer is handed down as it is. */
function damageIn(file: string): string[] {
  const damage = verify(file, { deep: true, now: 2 ** 32 }).filter(({ level }) => level === 'damage');
  return damage.filter(({ code }) => !code.startsWith('buffer-')).map(({ message }) => message);
}

function expectAnswer(database: Database, { name, isWrite, make }: Call): void {
  const before = database.toBytes();
  const answer = timedAnswer(name, LONGEST_MS, () => make(database));
  const after = database.toBytes();
  if (answer instanceof WhisperError) expect(['argument', 'file'], name).toContain(answer.fault);
  if (answer instanceof WhisperError || !isWrite) expect(Buffer.compare(after, before), name).toBe(0);
  // What was written to can be opened again.
  if (isWrite && !(answer instanceof WhisperError)) open(after).close();
  // Nor does a file become one of gigabytes because it says so.
  const most = LARGEST_EXPANSION * before.length + LARGEST_ANSWER;
  expect(after.length, name).toBeLessThanOrEqual(most);
  const size = sizeOf(answer);
  expect(size, name).toBeLessThanOrEqual(most);
}

/** Bytes of an answer in columns. */
function sizeOf(answer: unknown): number {
  if (typeof answer !== 'object' || answer === null) return 0;
  if ('known' in answer) return 9 * (answer as Series).length;
  if ('timestamps' in answer) return 16 * (answer as { timestamps: Float64Array }).timestamps.length;
  return 0;
}

function times(): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -3000, max: 3000 }).map((by) => WRITTEN_AT + by) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1, 59, 2 ** 31, 2 ** 32 - 1, 2 ** 32) },
    { weight: 1, arbitrary: fc.nat(2 ** 32 - 1) },
  );
}

function calls(): fc.Arbitrary<Call> {
  const now = fc.oneof({ weight: 3, arbitrary: fc.constant(NOW) }, { weight: 1, arbitrary: times() });
  const index = fc.integer({ min: -1, max: 4 });
  const choice = fc.oneof(
    fc.record({ archive: index }),
    fc.record({ spec: fc.constantFrom(...METHODS, 'p50' as const) }),
    fc.constant({}),
  );
  const points = fc.array(fc.tuple(times(), fc.double()), { maxLength: 40 });
  const rising = fc
    .array(fc.double(), { maxLength: 60, size: 'max' })
    .map((values) => values.map((value, i) => [WRITTEN_AT + i, value] as const));
  const share = fc.constantFrom(0, 0.5, 1);
  return fc.oneof(
    reading('info', fc.constant(0), (database) => database.info),
    reading('slots', index, (database, archive) => database.slots(archive)),
    reading('points', index, (database, archive) => database.points(archive, { now: NOW })),
    reading('blocks', index, (database, archive) => database.blocks(archive)),
    reading('fetch', fc.tuple(times(), times(), now, choice, fc.boolean()), (database, ask) => {
      const [from, until, now, choice, clamp] = ask;
      return database.fetch(from, until, { now, clamp, ...choice });
    }),
    reading('fetch of all', fc.tuple(now, choice), (database, [now, choice]) => {
      return database.fetch(0, undefined, { now, ...choice });
    }),
    writing('update', fc.tuple(fc.double(), times(), now), (database, [value, timestamp, now]) => {
      return database.update(value, timestamp, { now });
    }),
    writing('updateMany', fc.tuple(fc.oneof(points, rising), now), (database, [points, now]) => {
      return database.updateMany(points, { now });
    }),
    writing('setXFilesFactor', share, (database, share) => database.setXFilesFactor(share)),
    writing('setAggregation', fc.constantFrom(...METHODS), (database, method) =>
      database.setAggregation(method),
    ),
  );
}

const reading = <T>(name: string, asks: fc.Arbitrary<T>, make: (database: Database, ask: T) => unknown) => {
  return named(name, false, asks, make);
};

const writing = <T>(name: string, asks: fc.Arbitrary<T>, make: (database: Database, ask: T) => unknown) => {
  return named(name, true, asks, make);
};

function named<T>(
  name: string,
  isWrite: boolean,
  asks: fc.Arbitrary<T>,
  make: (database: Database, ask: T) => unknown,
): fc.Arbitrary<Call> {
  return asks.map((ask) => ({
    name: `${name}(${fc.stringify(ask)})`,
    isWrite,
    make: (database) => make(database, ask),
    [fc.toStringMethod]: () => `${name}(${fc.stringify(ask)})`,
  }));
}

interface Paths {
  odd: string;
  other: string;
  new: string;
}

/** A tool over files, of which one is odd. */
interface Tool {
  name: string;
  run: (paths: Paths) => unknown;
}

function tools(): fc.Arbitrary<Tool> {
  const all: Tool[] = [
    {
      name: 'convert',
      run: (paths) => convert(paths.odd, paths.new, { to: 'standard', now: NOW, aggregation: 'max' }),
    },
    { name: 'fill from', run: (paths) => fill(paths.odd, paths.other, { now: NOW }) },
    { name: 'fill into', run: (paths) => fill(paths.other, paths.odd, { now: NOW }) },
    { name: 'fill into, as go', run: (paths) => fill(paths.other, paths.odd, { now: NOW, dialect: 'go' }) },
    { name: 'settings', run: (paths) => resize(paths.odd, { xFilesFactor: 0.25, now: NOW }) },
    {
      name: 'resize',
      run: (paths) => resize(paths.odd, { retentions: '1s:100,10s:1000', now: NOW }),
    },
    { name: 'fill a standard file', run: fillStandard },
  ];
  return fc.constantFrom(...all).map((tool) => ({ ...tool, [fc.toStringMethod]: () => tool.name }));
}

function fillStandard(paths: Paths): unknown {
  create(paths.new, { retentions: '1s:100,10s:1000' }).close();
  try {
    return fill(paths.odd, paths.new, { now: NOW });
  } catch (error) {
    rmSync(paths.new);
    throw error;
  }
}
