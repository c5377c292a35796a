import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  aggregationMethods,
  type Database,
  type OpenOptions,
  open,
  type Series,
  type Slots,
  WhisperError,
} from '../../src/index.js';
import { anyBytes, WRITTEN_AT } from '../support/odd-bytes.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { timedAnswer } from '../support/timed-answer.js';

vi.setConfig({ testTimeout: 60_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 1000);
const LONGEST_MS = 1000;
/** What one answer may take, whatever a small file claims to hold: 4,194,304 empty slots of 9 bytes. */
const LARGEST_ANSWER = 64 * 2 ** 20;

/** What a cut-off file that is opened by force may lack. */
const LARGEST_CUT = 64 * 2 ** 20;

/** A call on a handle, with how a report names it. */
interface Call {
  name: string;
  make: (database: Database) => unknown;
}

describe('any bytes at all', () => {
  const path = temporaryFolder();

  it.each<OpenOptions>([{}, { force: true }, { dialect: 'go' }, { strict: true, readOnly: true }])(
    'give answers or a WhisperError, from memory: %o',
    (options) => {
      fc.assert(
        fc.property(anyBytes(), fc.array(calls(), { maxLength: 12 }), (bytes, calls) => {
          const original = Uint8Array.from(bytes);
          const database = tryOpen(() => open(bytes, options));
          if (database === undefined) return;
          expectSound(database, original.length + (options.force === true ? LARGEST_CUT : 0));
          for (const call of calls) expectAnswer(database, call, original.length);
          expectSameAs(open(database.toBytes(), options), database);
          database.close();
          expect(Buffer.compare(bytes, original)).toBe(0);
        }),
        { numRuns: runs },
      );
    },
  );

  it.each<OpenOptions>([{}, { force: true }])('give answers or a WhisperError, from disk: %o', (options) => {
    let files = 0;
    fc.assert(
      fc.property(anyBytes(), fc.array(calls(), { maxLength: 12 }), (bytes, calls) => {
        const file = path(`${files++}.wsp`);
        writeFileSync(file, bytes);
        const database = tryOpen(() => open(file, options));
        if (database !== undefined) {
          expectSound(database, bytes.length + (options.force === true ? LARGEST_CUT : 0));
          for (const call of calls) expectAnswer(database, call, bytes.length);
          expect(Buffer.compare(database.toBytes(), readFileSync(file))).toBe(0);
          database.close();
        }
        const after = readFileSync(file);
        expect(after.length).toBe(bytes.length);
        if (database === undefined || options.force) expect(after.equals(bytes)).toBe(true);
      }),
      { numRuns: runs / 4 },
    );
  });
});

/** The handle, or nothing if the bytes are refused. */
function tryOpen(work: () => Database): Database | undefined {
  const answer = timedAnswer('open', LONGEST_MS, work);
  return answer instanceof WhisperError ? undefined : (answer as Database);
}

/** Whatever is opened has rings of something, apart from the header and from each other, inside the file. */
function expectSound({ info }: Database, size: number): void {
  let free = 16 + 12 * info.archives.length;
  for (const { offset, step, points } of info.archives.toSorted((a, b) => a.offset - b.offset)) {
    expect(offset).toBeGreaterThanOrEqual(free);
    expect(Math.min(step, points)).toBeGreaterThanOrEqual(1);
    free = offset + 12 * points;
  }
  expect(free).toBeLessThanOrEqual(size);
  expect(info.xFilesFactor).toBeGreaterThanOrEqual(0);
  expect(info.xFilesFactor).toBeLessThanOrEqual(1);
}

/** A handle says what anybody says who opens its file now. */
function expectSameAs(fresh: Database, database: Database): void {
  expect(fresh.info).toEqual(database.info);
  for (const [archive, { retention }] of database.info.archives.entries()) {
    const ask = (handle: Database) =>
      told(handle.fetch(WRITTEN_AT - retention, WRITTEN_AT, { now: WRITTEN_AT, archive }));
    expect(ask(fresh)).toBe(ask(database));
  }
}

/** A series in short: there are such of millions of values. */
function told(series: Series | null): string {
  if (series === null) return 'nothing';
  const { from, until, step, values, known } = series;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const hash = createHash('sha256').update(bytes).update(known).digest('hex');
  return `${from} ${until} ${step} ${hash}`;
}

function expectAnswer(database: Database, { name, make }: Call, size: number): void {
  const before = database.toBytes();
  const answer = timedAnswer(name, LONGEST_MS, () => make(database));
  if (answer instanceof WhisperError) {
    // Whatever is wrong, it is known before the first byte is written.
    expect(Buffer.compare(database.toBytes(), before), name).toBe(0);
    expect(['argument', 'file']).toContain(answer.fault);
  }
  expect(database.toBytes().length).toBe(size);
  if (isSeries(answer)) {
    expect(answer.length * 9).toBeLessThanOrEqual(10 * size + LARGEST_ANSWER);
    expect(answer.known.length).toBe(answer.length);
    expect(answer.until).toBeGreaterThan(answer.from);
  } else if (isSlots(answer)) {
    expect(answer.timestamps.length * 12).toBeLessThanOrEqual(size + LARGEST_CUT);
  }
}

function isSeries(answer: unknown): answer is Series {
  return typeof answer === 'object' && answer !== null && 'known' in answer;
}

function isSlots(answer: unknown): answer is Slots {
  return typeof answer === 'object' && answer !== null && 'timestamps' in answer;
}

function times(): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -3000, max: 3000 }).map((by) => WRITTEN_AT + by) },
    { weight: 2, arbitrary: fc.constantFrom(0, 1, -1, -0.5, 59.5, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Infinity) },
    { weight: 1, arbitrary: fc.double({ min: -(2 ** 50), max: 2 ** 50 }) },
    { weight: 1, arbitrary: fc.integer({ min: -(2 ** 32), max: 2 ** 33 }) },
  );
}

function calls(): fc.Arbitrary<Call> {
  const now = times();
  const point = fc.tuple(times(), fc.double());
  const choice = fc.oneof(
    fc.record({ archive: fc.integer({ min: -1, max: 4 }) }),
    fc.record({ step: fc.oneof(fc.integer({ min: -1, max: 100 }), fc.constantFrom('1s', '1m', 'x')) }),
    fc.constant({}),
  );
  const share = fc.oneof(fc.constantFrom(0, 0.5, 1, -1, Number.NaN), fc.double());
  return fc.oneof(
    named('info', fc.constant(0), (database) => database.info),
    named('slots', fc.integer({ min: -1, max: 4 }), (database, archive) => database.slots(archive)),
    named('fetch', fc.tuple(times(), times(), now, choice, fc.boolean()), (database, ask) => {
      const [from, until, now, choice, clamp] = ask;
      return database.fetch(from, until, { now, clamp, ...choice });
    }),
    named('fetch of all', fc.tuple(now, choice, fc.boolean()), (database, [now, choice, clamp]) => {
      return database.fetch(0, undefined, { now, clamp, ...choice });
    }),
    named('update', fc.tuple(fc.double(), fc.option(times(), { nil: undefined }), now), (database, ask) => {
      const [value, timestamp, now] = ask;
      return database.update(value, timestamp, { now });
    }),
    named('updateMany', fc.tuple(fc.array(point, { maxLength: 30 }), now), (database, [points, now]) => {
      return database.updateMany(points, { now });
    }),
    named('setXFilesFactor', share, (database, share) => database.setXFilesFactor(share)),
    named('setAggregation', fc.constantFrom(...aggregationMethods, 'first' as const), (database, method) => {
      return database.setAggregation(method);
    }),
  );
}

function named<T>(
  name: string,
  asks: fc.Arbitrary<T>,
  make: (database: Database, ask: T) => unknown,
): fc.Arbitrary<Call> {
  return asks.map((ask) => ({
    name: `${name}(${fc.stringify(ask)})`,
    make: (database) => make(database, ask),
    [fc.toStringMethod]: () => `${name}(${fc.stringify(ask)})`,
  }));
}
