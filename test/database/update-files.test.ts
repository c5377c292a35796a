import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type CreateOptions,
  create,
  type FilePath,
  type FileUpdate,
  type Format,
  open,
  type Point,
  type Points,
  type UpdateFilesOptions,
  updateFiles,
} from '../../src/index.js';
import { archiveLists } from '../support/histories.js';
import { describeCalls, takeCalls } from '../support/system-calls.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const faults = vi.hoisted(() => ({ close: false }));

vi.mock('node:fs', async (original) => {
  const { recordingFs } = await import('../support/system-calls.js');
  const fs = await original<typeof import('node:fs')>();
  return recordingFs({
    ...fs,
    closeSync(fd: number) {
      fs.closeSync(fd);
      if (faults.close) throw Object.assign(new Error('EIO: as asked'), { code: 'EIO' });
    },
  });
});

const inFolder = temporaryFolder();
beforeEach(() => Object.assign(faults, { close: false }));

const runs = Number(process.env['SOTTO_RUNS'] ?? 60);
const NOW = 1_700_000_000;
const BATCH: Point[] = [
  [NOW - 20, 1],
  [NOW - 10, 2],
  [NOW, 3],
];
const formats: { format: Format }[] = [{ format: 'standard' }, { format: 'compressed' }];
const hasFlock = spawnSync('flock', ['--version']).status === 0;

function make(name: string, options: Partial<CreateOptions> = {}): string {
  const path = inFolder(name);
  create(path, { retentions: '10s:1h,1m:1d', xFilesFactor: 0, ...options }).close();
  return path;
}

/** Points of the finest archive. */
function stored(path: string): [number, number][] {
  using database = open(path, { clock: () => NOW });
  const { timestamps, values } = database.points(0);
  return Array.from(timestamps, (timestamp, i) => [timestamp, values[i]!]);
}

/** Each call that opens a file has one that closes it. */
function expectAllClosed(): void {
  const calls = takeCalls().map(({ call }) => call);
  const count = (name: string) => calls.filter((call) => call === name).length;
  expect(count('open')).toBeGreaterThan(0);
  expect(count('close')).toBe(count('open'));
}

describe.each(formats)('$format files', ({ format }) => {
  const forms: { name: string; updates: (paths: string[]) => Iterable<FileUpdate> }[] = [
    { name: 'objects', updates: (paths) => paths.map((path) => ({ path, points: BATCH })) },
    { name: 'pairs', updates: (paths) => paths.map((path) => [path, BATCH] as const) },
    { name: 'a Map', updates: (paths) => new Map(paths.map((path) => [path, BATCH])) },
    {
      name: 'a generator',
      *updates(paths) {
        for (const path of paths) yield { path, points: BATCH };
      },
    },
  ];

  it.each(forms)('take their points from $name', ({ updates }) => {
    const paths = ['a', 'b', 'c'].map((name) => make(name, { format }));
    takeCalls();
    expect(updateFiles(updates(paths), { now: NOW })).toEqual({
      files: 3,
      written: 9,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 0,
      failures: [],
    });
    expectAllClosed();
    for (const path of paths) expect(stored(path)).toEqual(BATCH);
  });

  const batches: { name: string; points: () => Points }[] = [
    { name: 'pairs', points: () => BATCH },
    {
      name: 'columns',
      points: () => ({ timestamps: BATCH.map(([t]) => t), values: Float64Array.from(BATCH, ([, v]) => v) }),
    },
    { name: 'an iterator', points: () => BATCH.values() },
  ];

  it.each(batches)('take points given as $name', ({ points }) => {
    const path = make('a', { format });
    expect(updateFiles([{ path, points: points() }], { now: NOW })).toMatchObject({ files: 1, written: 3 });
    expect(stored(path)).toEqual(BATCH);
  });

  it('are asked for one by one, each when the one before it is done', () => {
    const paths = ['a', 'b', 'c'].map((name) => make(name, { format }));
    const done: number[] = [];
    function* updates() {
      for (const path of paths) {
        done.push(paths.filter((each) => stored(each).length > 0).length);
        yield { path, points: BATCH };
      }
    }
    updateFiles(updates(), { now: NOW });
    expect(done).toEqual([0, 1, 2]);
  });

  it('are synced one by one, if that is asked for, and else left to the system', () => {
    const updates = ['a', 'b'].map((name) => ({ path: make(name, { format }), points: BATCH }));
    for (const durable of ['sync', true, 'none', undefined] as const) {
      takeCalls();
      updateFiles(updates, { now: NOW, durable });
      const calls = takeCalls()
        .map(({ call }) => call)
        .filter((call) => ['open', 'fdatasync', 'close'].includes(call));
      const ofOne =
        durable === 'sync' || durable === true ? ['open', 'fdatasync', 'close'] : ['open', 'close'];
      expect(calls).toEqual([...ofOne, ...ofOne]);
    }
  });

  it('are unharmed by a batch that they refuse, or that is empty', () => {
    const path = make('a', { format });
    updateFiles([{ path, points: BATCH }], { now: NOW });
    const before = readFileSync(path);
    const points = [
      [NOW, 9],
      [NOW + 10, '9'],
    ] as never;
    expect(updateFiles([{ path, points }], { now: NOW + 10 }).failures).toMatchObject([
      { error: { code: 'WSP_BAD_VALUE' } },
    ]);
    expect(updateFiles([{ path, points: [] }], { now: NOW + 10 })).toMatchObject({ files: 1, written: 0 });
    expect(readFileSync(path)).toEqual(before);
  });
});

const COUNTS = ['written', 'inserted', 'replaced', 'dropped', 'discarded'] as const;

it('does to the bytes of every file what open, updateMany and close do', () => {
  const file = fc.record({
    archives: archiveLists(),
    format: fc.constantFrom<Format>('standard', 'compressed'),
    batches: fc.array(fc.array(fc.tuple(fc.nat(300), fc.integer({ min: -9, max: 9 })), { maxLength: 30 }), {
      minLength: 2,
      maxLength: 2,
    }),
  });
  const options = fc.record(
    {
      dialect: fc.constantFrom('python', 'go'),
      future: fc.constantFrom('store', 'drop', 'error'),
      duplicates: fc.constantFrom('first', 'last'),
      late: fc.constantFrom('insert', 'discard'),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<UpdateFilesOptions>;
  fc.assert(
    fc.property(fc.array(file, { minLength: 1, maxLength: 4 }), options, (files, given) => {
      const { dialect, late, ...how } = given;
      const pairs = files.map(({ archives, format }, i) => {
        const layout = {
          retentions: archives.map(([step, points]) => ({ step, points })),
          format,
          xFilesFactor: 0.2,
          overwrite: true,
          ...(format === 'compressed' ? { pointsPerBlock: 14 } : {}),
        };
        const [one, other] = [`${i}`, `${i}-at-once`].map((name) => make(name, layout));
        return { one: one!, other: other! };
      });
      for (const turn of [0, 1]) {
        const now = NOW + 200 * turn;
        // A few of them lie in the future.
        const batches = files.map(({ batches }) => {
          return batches[turn]!.map(([age, value]): Point => [now + 10 - age, value]);
        });
        const sum = { files: 0, written: 0, inserted: 0, replaced: 0, dropped: 0, discarded: 0 };
        for (const [i, { one }] of pairs.entries()) {
          using database = open(one, { dialect, late });
          try {
            const result = database.updateMany(batches[i]!, { ...how, now });
            sum.files++;
            for (const count of COUNTS) sum[count] += result[count];
          } catch (error) {
            expect(error).toMatchObject({ code: 'WSP_TIME_NOT_COVERED' });
          }
        }
        const atOnce = updateFiles(
          pairs.map(({ other }, i) => [other, batches[i]!] as const),
          { ...given, now },
        );
        expect({ ...atOnce, failures: atOnce.failures.length }).toEqual({
          ...sum,
          failures: files.length - sum.files,
        });
      }
      for (const { one, other } of pairs) expect(readFileSync(other).equals(readFileSync(one))).toBe(true);
    }),
    { numRuns: runs },
  );
});

it('lists the files that fail, as they were given and with their errors, and updates the others', () => {
  writeFileSync(inFolder('text'), 'this is no database');
  mkdirSync(inFolder('folder'));
  const [a, b] = [make('a'), make('b')];
  const url = pathToFileURL(inFolder('missing too'));
  const failing: { path: FilePath; points: Points; code: string; named: string | undefined }[] = [
    { path: inFolder('missing'), points: BATCH, code: 'WSP_NOT_FOUND', named: inFolder('missing') },
    { path: url, points: BATCH, code: 'WSP_NOT_FOUND', named: inFolder('missing too') },
    { path: inFolder('text'), points: BATCH, code: 'WSP_CORRUPT', named: inFolder('text') },
    { path: inFolder('folder'), points: BATCH, code: 'WSP_NOT_A_FILE', named: inFolder('folder') },
    { path: '', points: BATCH, code: 'WSP_BAD_OPTION', named: undefined },
    { path: 5 as never, points: BATCH, code: 'WSP_BAD_OPTION', named: undefined },
    { path: b, points: [[-1, 1]], code: 'WSP_BAD_TIMESTAMP', named: b },
    { path: b, points: undefined as never, code: 'WSP_BAD_VALUE', named: b },
  ];
  takeCalls();
  const result = updateFiles([[a, BATCH], ...failing, [b, BATCH]], { now: NOW });
  expectAllClosed();
  expect(result).toMatchObject({ files: 2, written: 6 });
  expect(result.failures.map(({ path, error }) => ({ path, code: error.code, named: error.path }))).toEqual(
    failing.map(({ path, code, named }) => ({ path, code, named })),
  );
  for (const path of [a, b]) expect(stored(path)).toEqual(BATCH);
});

it('takes file: URLs', () => {
  const path = make('a');
  expect(updateFiles([[pathToFileURL(path), BATCH]], { now: NOW }).failures).toEqual([]);
  expect(stored(path)).toEqual(BATCH);
});

it('opens a path that comes twice a second time', () => {
  const path = make('a');
  const updates = BATCH.map((point) => ({ path, points: [point] }));
  expect(updateFiles(updates, { now: NOW })).toMatchObject({ files: 3, written: 3 });
  expect(stored(path)).toEqual(BATCH);
});

it.each([
  { late: undefined, written: 4, inserted: 1, replaced: 1, discarded: 0 },
  { late: 'insert', written: 4, inserted: 1, replaced: 1, discarded: 0 },
  { late: 'discard', written: 3, inserted: 0, replaced: 1, discarded: 1 },
] as const)('adds up what became of late points and what was left out, too: $late', ({ late, ...counts }) => {
  const standard = make('standard');
  const compressed = make('compressed', { format: 'compressed' });
  const points: Point[] = [
    [NOW - 600, 1],
    [NOW, 3],
  ];
  updateFiles([[compressed, [[NOW - 300, 1], ...BATCH]]], { now: NOW });
  expect(
    updateFiles(
      [
        [standard, [[NOW - 200_000, 1], ...points, [NOW + 1, 1]]],
        [compressed, points],
      ],
      { now: NOW, future: 'drop', late },
    ),
  ).toEqual({ files: 2, dropped: 2, failures: [], ...counts });
});

it.each([
  { format: 'standard', dialect: undefined, counts: 1 },
  { format: 'standard', dialect: 'go', counts: 2 },
  { format: 'compressed', dialect: undefined, counts: 2 },
] as const)('leaves it to a file which of equal timestamps counts: $format, $dialect', (row) => {
  const path = make('a', { format: row.format });
  const twice: Point[] = [
    [NOW, 1],
    [NOW, 2],
  ];
  updateFiles([[path, twice]], { now: NOW, dialect: row.dialect });
  expect(stored(path)).toEqual([[NOW, row.counts]]);
  const asked = row.counts === 1 ? 'last' : 'first';
  updateFiles([[path, twice]], { now: NOW, dialect: row.dialect, duplicates: asked });
  expect(stored(path)).toEqual([[NOW, 3 - row.counts]]);
});

it('asks the clock for each file, unless it is told the time', () => {
  const [a, b] = [make('a'), make('b')];
  let now = NOW - 10;
  const clock = () => {
    now += 10;
    return now;
  };
  const updates = [a, b].map((path) => ({ path, points: [[NOW + 10, 1]] as Point[] }));
  expect(updateFiles(updates, { clock, future: 'drop' })).toMatchObject({ written: 1, dropped: 1 });
  expect([stored(a).length, now]).toEqual([0, NOW + 10]);
  expect(updateFiles(updates, { clock, now: NOW + 10, future: 'error' })).toMatchObject({ written: 2 });
  expect(now).toBe(NOW + 10);
});

it('goes on with a compressed file that has to grow, and closes what took its place', () => {
  const path = make('a', { format: 'compressed', pointsPerBlock: 60, pointSize: 1 });
  const points = Array.from({ length: 300 }, (_, i): Point => [NOW - 3000 + 10 * i, Math.sin(i)]);
  takeCalls();
  expect(updateFiles([{ path, points }], { now: NOW })).toMatchObject({ files: 1, written: 300 });
  const calls = takeCalls();
  expect(describeCalls(calls)).toContain('rename');
  expect(calls.filter(({ call }) => call === 'close')).toHaveLength(2);
  expect(stored(path).length).toBeGreaterThan(280);
});

it.runIf(hasFlock)('waits for the lock of each file, and lists those that stay locked', () => {
  const [a, b] = [make('a'), make('b')];
  {
    using _ = open(a, { lock: true });
    const { files, failures } = updateFiles(
      [a, b].map((path) => [path, BATCH] as const),
      {
        now: NOW,
        lock: true,
        lockTimeoutMs: 0,
      },
    );
    expect(files).toBe(1);
    expect(failures).toMatchObject([{ path: a, error: { code: 'WSP_LOCKED', path: a } }]);
  }
  expect([stored(a), stored(b)]).toEqual([[], BATCH]);
  // None of them is held any more.
  expect(updateFiles([[b, BATCH]], { now: NOW, lock: true, lockTimeoutMs: 0 }).files).toBe(1);
});

it('lists a file whose closing fails: what was stored may not be there', () => {
  const path = make('a');
  faults.close = true;
  const { files, written, failures } = updateFiles([[path, BATCH]], { now: NOW });
  expect({ files, written }).toEqual({ files: 0, written: 0 });
  expect(failures).toMatchObject([{ path, error: { code: 'WSP_SYSTEM', path } }]);
});

describe('what is wrong with the call itself', () => {
  const options: { given: object; says: RegExp }[] = [
    { given: { nwo: NOW }, says: /updateFiles has no option 'nwo'; expected 'now'/ },
    { given: { retention: 60 }, says: /updateFiles has no option 'retention'/ },
    { given: { exclusive: true }, says: /updateFiles has no option 'exclusive'/ },
    { given: { readOnly: true }, says: /updateFiles has no option 'readOnly'/ },
    { given: { now: 'now' }, says: /now is 'now'/ },
    { given: { now: NOW * 1000 }, says: /are these milliseconds\?/ },
    { given: { future: 'keep' }, says: /option future is 'keep'/ },
    { given: { duplicates: 'both' }, says: /option duplicates is 'both'/ },
    { given: { dialect: 'c' }, says: /option dialect is 'c'/ },
    { given: { durable: 'yes' }, says: /option durable is 'yes'/ },
    { given: { lockTimeoutMs: -1 }, says: /option lockTimeoutMs is -1/ },
    { given: { clock: NOW }, says: /option clock is/ },
    { given: [], says: /the options of updateFiles are a list/ },
  ];

  it.each(options)('is refused before any file is touched: $given', ({ given, says }) => {
    const path = make('a');
    const before = readFileSync(path);
    takeCalls();
    expect(() => updateFiles([[path, BATCH]], given)).toThrow(says);
    expect(() => updateFiles([], given)).toThrow(says);
    expect(takeCalls()).toEqual([]);
    expect(readFileSync(path)).toEqual(before);
  });

  it.each([
    { updates: undefined, says: 'the updates are undefined' },
    { updates: { path: 'a.wsp', points: BATCH }, says: 'the updates are an object' },
    { updates: ['a.wsp'], says: "an update is 'a.wsp' without a path" },
    { updates: [null], says: 'an update is null without a path' },
    { updates: [{ file: 'a.wsp', points: BATCH }], says: 'an update is an object without a path' },
    { updates: [[]], says: 'an update is a list without a path' },
  ])('is thrown where there is no path to list it by: $says', ({ updates, says }) => {
    expect(() => updateFiles(updates as never)).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_OPTION', message: expect.stringContaining(says) }),
    );
  });

  it('is thrown as it is if it comes from the caller, and leaves no file open', () => {
    const [a, b] = [make('a'), make('b')];
    let isFinished = false;
    function* updates(): Generator<FileUpdate> {
      try {
        yield [a, BATCH];
        yield {
          path: b,
          get points(): Points {
            throw new RangeError('mine');
          },
        };
      } finally {
        isFinished = true;
      }
    }
    function* points(): Generator<Point> {
      yield [NOW, 9];
      throw new RangeError('mine');
    }
    takeCalls();
    expect(() => updateFiles(updates(), { now: NOW })).toThrow(new RangeError('mine'));
    expect(() => updateFiles([{ path: b, points: points() }], { now: NOW })).toThrow(new RangeError('mine'));
    const clock = () => {
      throw new RangeError('mine');
    };
    expect(() => updateFiles([{ path: b, points: BATCH }], { clock })).toThrow(new RangeError('mine'));
    expectAllClosed();
    expect(isFinished).toBe(true);
    expect([stored(a), stored(b)]).toEqual([BATCH, []]);
  });
});

it('asks for points that are made on being asked for before it opens their file', () => {
  const path = make('a');
  const calls: string[] = [];
  function* points(): Generator<Point> {
    calls.push(describeCalls(takeCalls()));
    yield* BATCH;
  }
  takeCalls();
  updateFiles([{ path, points: points() }], { now: NOW });
  expect(calls).toEqual(['']);
  expect(stored(path)).toEqual(BATCH);
});

it('makes no files', () => {
  updateFiles([[inFolder('a'), BATCH]], { now: NOW });
  expect(existsSync(inFolder('a'))).toBe(false);
});
