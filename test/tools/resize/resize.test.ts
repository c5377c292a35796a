import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type CompressedInfo,
  type CreateOptions,
  create,
  type MixSpec,
  open,
  type ResizeOptions,
  resize,
  verify,
} from '../../../src/index.js';
import { archiveLists } from '../../support/histories.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { sha256 } from '../../support/vectors.js';

vi.setConfig({ testTimeout: 60_000 });

const inFolder = temporaryFolder();
const runs = Number(process.env['SOTTO_RUNS'] ?? 60);
const hasFlock = spawnSync('flock', ['--version']).status === 0;

const NOW = 1_700_000_000;
const MINUTE = NOW - (NOW % 60);
/** As the bytes of a file have it. */
const SINGLE = Math.fround(0.3);

type Aged = readonly [age: number, value: number];

/** Makes a file of 1m:1h,5m:1d with these points, by age in minutes. */
function make(points: readonly Aged[], options: Partial<CreateOptions> = {}): string {
  using database = create(inFolder('a.wsp'), {
    retentions: '1m:1h,5m:1d',
    aggregation: 'max',
    xFilesFactor: 0.3,
    overwrite: true,
    ...options,
  });
  database.updateMany(
    points.map(([age, value]) => [MINUTE - 60 * age, value] as const),
    { now: NOW },
  );
  return inFolder('a.wsp');
}

/** Three hours of minutes, stored a quarter of an hour at a time. */
function makeMix(mix: readonly MixSpec[], options: Partial<CreateOptions> = {}): string {
  using database = create(inFolder('a.wsp'), {
    retentions: '1m:1d,5m:2d',
    format: 'compressed',
    aggregation: 'mix',
    mix,
    pointsPerBlock: 50,
    ...options,
  });
  for (let age = 180; age > 0; age -= 15) {
    const batch = Array.from({ length: 15 }, (_, i) => [MINUTE - 60 * (age - i), (age - i) % 7] as const);
    database.updateMany(batch, { now: batch.at(-1)![0] });
  }
  return inFolder('a.wsp');
}

/** The known values of an archive, by age in minutes, oldest first. */
function agedIn(path: string, archive = 0): Aged[] {
  using database = open(path, { readOnly: true });
  const { retention } = database.info.archives[archive]!;
  const series = database.fetch(NOW - retention, NOW, { now: NOW, archive })!;
  return [...series.knownPoints()].map(([timestamp, value]) => [(MINUTE - timestamp) / 60, value] as const);
}

/** Every archive's points, without those that are made as they are read. */
function contentOf(path: string): Aged[][] {
  using database = open(path, { readOnly: true });
  return database.info.archives.map((_, archive) => {
    const { timestamps, values } = database.points(archive, { now: NOW });
    return [...timestamps].map((timestamp, i) => [(MINUTE - timestamp) / 60, values[i]!] as const);
  });
}

function infoOf(path: string): CompressedInfo {
  using database = open(path, { readOnly: true });
  return database.info as CompressedInfo;
}

function archivesIn(path: string): string[] {
  return infoOf(path).archives.map(({ step, points, spec }) => `${step}:${points}${spec?.name ?? ''}`);
}

function everything() {
  return readdirSync(inFolder()).map((name) => {
    const { mode, mtimeMs, ino } = lstatSync(inFolder(name));
    return { name, mode, mtimeMs, ino, sha256: sha256(readFileSync(inFolder(name))) };
  });
}

function expectRefused(work: () => unknown, code: string, words: RegExp = /./): void {
  const before = everything();
  expect(work).toThrow(expect.objectContaining({ code, message: expect.stringMatching(words) }));
  expect(everything()).toEqual(before);
}

/** What compressed files have beside the standard ones: options, and what the header says of them. */
const HINT = { pointsPerBlock: 7200, pointSize: 2 };

describe.each(['standard', 'compressed'] as const)('a %s file', (format) => {
  const points: readonly Aged[] = [
    [50, 50],
    [49, 49],
    [2, 2],
    [1, 1],
    [0, 9],
  ];

  describe('is changed where it is', () => {
    it.each([
      { change: { xFilesFactor: 0.7 }, found: { xFilesFactor: Math.fround(0.7), aggregation: 'max' } },
      { change: { aggregation: 'min' }, found: { xFilesFactor: SINGLE, aggregation: 'min' } },
      { change: { aggregation: 'sum', xFilesFactor: 1 }, found: { xFilesFactor: 1, aggregation: 'sum' } },
      {
        change: { retentions: '5m:1d,1m:1h', xFilesFactor: 0 },
        found: { xFilesFactor: 0, aggregation: 'max' },
      },
      { change: { retentions: [{ step: 300, points: 288 }, '60:60'] }, found: { aggregation: 'max' } },
      { change: {}, found: { xFilesFactor: SINGLE, aggregation: 'max' } },
    ] as { change: ResizeOptions; found: object }[])('by $change', ({ change, found }) => {
      const path = make(points, { format });
      const before = contentOf(path);
      const { ino } = statSync(path);
      expect(resize(path, { ...change, now: NOW }).change).not.toBe('archives');
      expect(statSync(path).ino).toBe(ino);
      expect(infoOf(path)).toMatchObject({ ...found, warnings: [] });
      expect(contentOf(path)).toEqual(before);
      expect(verify(path, { deep: true, now: NOW })).toEqual([]);
    });
  });

  describe('is made anew by other retentions', () => {
    it.each([
      { change: 'more points', retentions: '1m:2h,5m:2d', fine: [50, 49, 2, 1, 0], coarse: 2 },
      { change: 'fewer points', retentions: '1m:30m,5m:50m', fine: [2, 1, 0], coarse: 1 },
      {
        change: 'a new archive at the end',
        retentions: '1m:1h,5m:1d,1h:1y',
        fine: [50, 49, 2, 1, 0],
        coarse: 2,
      },
      {
        change: 'a new archive in between',
        retentions: '1m:1h,2m:3h,10m:1d',
        fine: [50, 49, 2, 1, 0],
        // What is made of finer points is looked at below.
        coarse: undefined,
      },
      { change: 'a finer base', retentions: '30s:1h,1m:2h', fine: [], coarse: 5 },
      { change: 'one archive less', retentions: '1m:1h', fine: [50, 49, 2, 1, 0], coarse: undefined },
      { change: 'nothing in common', retentions: '10s:1h,40s:1d', fine: [], coarse: 0 },
    ])('with $change: what is of the same step goes there', ({ retentions, fine, coarse }) => {
      const path = make(points, { format });
      // The newest coarse interval has two of its five minutes, in any format.
      const given = new Map([...agedIn(path, 1), ...agedIn(path)]);
      expect(resize(path, { retentions, force: true, now: NOW }).change).toBe('archives');
      expect(infoOf(path)).toMatchObject({ format, aggregation: 'max', xFilesFactor: SINGLE, warnings: [] });
      expect(agedIn(path).map(([age]) => age)).toEqual(fine);
      for (const archive of coarse === undefined ? [0] : [0, 1]) {
        for (const [age, value] of agedIn(path, archive)) expect(value).toBe(given.get(age));
      }
      if (coarse !== undefined) expect(agedIn(path, 1)).toHaveLength(coarse);
      expect(verify(path, { deep: true, now: NOW })).toEqual([]);
      expect(readdirSync(inFolder())).toEqual(['a.wsp']);
    });

    it('of any kind, and has what a reader of the same archive saw', () => {
      const ages = fc.array(fc.tuple(fc.nat(3000), fc.integer({ min: -5, max: 5 })), { maxLength: 60 });
      fc.assert(
        fc.property(archiveLists(), archiveLists(), ages, (from, to, list) => {
          const [before, after] = [from, to].map((archives) => {
            return archives.map(([step, points]) => ({ step, points }));
          });
          using database = create(inFolder('a.wsp'), { retentions: before!, format, overwrite: true });
          for (const [age, value] of list.sort(([a], [b]) => b - a)) {
            if (age < database.info.maxRetention) database.update(value, NOW - age, { now: NOW - age });
          }
          const seen = new Map(
            before!.map(({ step }, archive) => [step, answersOf(inFolder('a.wsp'), archive)]),
          );
          const isSame = JSON.stringify(before) === JSON.stringify(after);
          const { change } = resize(inFolder('a.wsp'), { retentions: after!, force: true, now: NOW });
          expect(change).toBe(isSame ? 'none' : 'archives');
          for (const [archive, { step, points }] of after!.entries()) {
            const former = before!.find((archive) => archive.step === step);
            // What is made of finer points has tests of its own.
            if (former === undefined) continue;
            // A buffer that is taken over may hold what was too old to be shown.
            const reach = NOW - step * Math.min(points, former.points);
            const isWithin = ([time]: readonly [number, number]) => time > reach;
            expect(answersOf(inFolder('a.wsp'), archive).filter(isWithin)).toEqual(
              seen.get(step)!.filter(isWithin),
            );
          }
          expect(verify(inFolder('a.wsp'), { deep: true, now: NOW })).toEqual([]);
        }),
        { numRuns: runs },
      );
    });

    function answersOf(path: string, archive: number) {
      using database = open(path);
      const { retention } = database.info.archives[archive]!;
      return [...database.fetch(NOW - retention, NOW, { now: NOW, archive })!.knownPoints()];
    }

    it('along with method and xFilesFactor', () => {
      const path = make(points, { format });
      const { change } = resize(path, {
        retentions: '1m:2h',
        aggregation: 'last',
        xFilesFactor: 0,
        now: NOW,
      });
      expect(change).toBe('archives');
      expect(infoOf(path)).toMatchObject({
        format,
        aggregation: 'last',
        xFilesFactor: 0,
        maxRetention: 7200,
      });
    });

    it('and keeps points of the future', () => {
      const path = make([...points, [-3, 33], [-4, 44]], { format });
      resize(path, { retentions: '1m:2h,5m:1d', now: NOW });
      using database = open(path);
      const { timestamps, values } = database.points(0, { now: NOW });
      expect([...timestamps].map((timestamp) => (MINUTE - timestamp) / 60)).toEqual([
        50, 49, 2, 1, 0, -3, -4,
      ]);
      expect([...values].slice(-2)).toEqual([33, 44]);
    });

    it('with mode and place behind a symbolic link', () => {
      const path = make(points, { format });
      chmodSync(path, 0o604);
      symlinkSync('a.wsp', inFolder('link.wsp'));
      resize(inFolder('link.wsp'), { retentions: '1m:2h', now: NOW });
      expect(lstatSync(inFolder('link.wsp')).isSymbolicLink()).toBe(true);
      expect(statSync(path).mode & 0o777).toBe(0o604);
      expect(agedIn(path)).toHaveLength(5);
    });
  });

  describe('stays as it was when it is refused', () => {
    it.each([
      {
        name: 'retentions that do not go together',
        change: { retentions: '1m:1h,90s:1d' },
        code: 'WSP_BAD_ARCHIVE_LIST',
      },
      { name: 'retentions that cannot be read', change: { retentions: '1x:1h' }, code: 'WSP_BAD_RETENTION' },
      { name: 'no retentions', change: { retentions: [] }, code: 'WSP_BAD_ARCHIVE_LIST' },
      { name: 'an unknown method', change: { aggregation: 'median' }, code: 'WSP_BAD_AGGREGATION' },
      {
        name: 'an unknown method, with other retentions',
        change: { aggregation: 'median', retentions: '1m:2h' },
        code: 'WSP_BAD_AGGREGATION',
      },
      { name: 'a share above 1', change: { xFilesFactor: 2 }, code: 'WSP_BAD_X_FILES_FACTOR' },
      {
        name: 'a share above 1, with a method that is right',
        change: { xFilesFactor: 2, aggregation: 'min' },
        code: 'WSP_BAD_X_FILES_FACTOR',
      },
      {
        name: 'a share above 1, with other retentions',
        change: { xFilesFactor: 2, retentions: '1m:2h' },
        code: 'WSP_BAD_X_FILES_FACTOR',
      },
      {
        name: 'a mix without its list',
        change: { aggregation: 'mix' },
        code: /WSP_BAD_(OPTION|AGGREGATION)/,
      },
      { name: 'another format', change: { format: 'standard' }, code: 'WSP_BAD_OPTION' },
      { name: 'an option that does not exist', change: { xff: 0 }, code: 'WSP_BAD_OPTION' },
      { name: 'a time in milliseconds', change: { now: 1000 * NOW }, code: 'WSP_BAD_TIMESTAMP' },
      {
        name: 'points per block that are no number',
        change: { pointsPerBlock: -1, retentions: '1m:2h' },
        code: 'WSP_BAD_OPTION',
      },
      {
        name: 'points per block that are no number, where it is',
        change: { pointsPerBlock: -1 },
        code: 'WSP_BAD_OPTION',
      },
    ])('$name', ({ change, code }) => {
      const path = make(points, { format });
      expectRefused(
        () => resize(path, { now: NOW, ...change } as ResizeOptions),
        expect.stringMatching(code) as unknown as string,
      );
    });

    it('no file, or none that is a database', () => {
      expectRefused(() => resize(inFolder('none.wsp'), { xFilesFactor: 0 }), 'WSP_NOT_FOUND');
      writeFileSync(inFolder('junk.wsp'), 'no database, but long enough for a header of one');
      expectRefused(() => resize(inFolder('junk.wsp'), { xFilesFactor: 0 }), 'WSP_CORRUPT');
    });

    it.runIf(hasFlock)('somebody else’s lock', async () => {
      const path = make(points, { format });
      const holder = spawn('flock', ['-s', path, 'sh', '-c', 'echo held; read line'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      await once(holder.stdout, 'data');
      const options = { now: NOW, lock: true, lockTimeoutMs: 30 };
      for (const change of [{ xFilesFactor: 0 }, { retentions: '1m:2h' }]) {
        expectRefused(() => resize(path, { ...options, ...change }), 'WSP_LOCKED');
      }
      holder.stdin.end('\n');
      await once(holder, 'exit');
      expect(resize(path, { ...options, retentions: '1m:2h' }).change).toBe('archives');
    });
  });
});

describe('methods of one format alone', () => {
  it('are known to their format', () => {
    const path = make([[1, 1]]);
    expect(resize(path, { aggregation: 'absmax', now: NOW }).change).not.toBe('archives');
    expect(resize(path, { retentions: '1m:2h', now: NOW }).change).toBe('archives');
    expect(infoOf(path).aggregation).toBe('absmax');
    expectRefused(() => resize(path, { aggregation: 'first', now: NOW }), 'WSP_BAD_AGGREGATION');
    resize(path, { aggregation: 'last', now: NOW });
    expect(resize(path, { aggregation: 'first', now: NOW, dialect: 'go' }).change).not.toBe('archives');
  });

  it('are refused by the other', () => {
    const path = make([[1, 1]], { format: 'compressed' });
    for (const change of [{}, { retentions: '1m:2h' }]) {
      const options: ResizeOptions = { ...change, aggregation: 'absmax', now: NOW };
      expectRefused(() => resize(path, options), 'WSP_BAD_AGGREGATION', /only standard files have it/);
    }
    expect(resize(path, { aggregation: 'first', now: NOW }).change).not.toBe('archives');
    const standard = make([[1, 1]]);
    for (const change of [{ mix: ['max'] as const }, { pointsPerBlock: 50 }, { pointSize: 3 }]) {
      const options: ResizeOptions = { ...change, retentions: '1m:2h', now: NOW };
      expectRefused(() => resize(standard, options), 'WSP_BAD_OPTION', /standard file/);
    }
  });
});

describe('a compressed file that is made anew', () => {
  it('has blocks as they are asked for', () => {
    const path = make([[1, 1]], { format: 'compressed' });
    expect(infoOf(path)).toMatchObject(HINT);
    const asked = { pointsPerBlock: 100, pointSize: 3 };
    resize(path, { retentions: '1m:2d,5m:4d', ...asked, now: NOW });
    expect(infoOf(path)).toMatchObject(asked);
    expect(infoOf(path).archives.map(({ blockCount }) => blockCount)).toEqual([30, 13]);
  });

  it('has the checksum that its bytes come to, also where it was changed in place (quirk 29)', () => {
    const path = make([[1, 1]], { format: 'compressed' });
    for (const change of [{ xFilesFactor: 0.9 }, { aggregation: 'min' }, { retentions: '1m:2h' }] as const) {
      resize(path, { ...change, now: NOW });
      expect(infoOf(path)).toMatchObject({ isChecksumRight: true });
    }
  });

  it('is not made of damaged blocks', () => {
    const points = Array.from({ length: 60 }, (_, i) => [59 - i, Math.sqrt(i)] as const);
    const path = make(points, { format: 'compressed' });
    const bytes = readFileSync(path);
    bytes[infoOf(path).archives[0]!.offset + 40]! ^= 0xff;
    writeFileSync(path, bytes);
    expectRefused(() => resize(path, { retentions: '1m:2h', now: NOW }), 'WSP_CORRUPT', /block 0/);
  });

  it.each([0.1, 0.9])(
    'rolls up a minute that it waited for as if nothing had happened: %d',
    (xFilesFactor) => {
      const retentions = '1s:1h,1m:1d';
      const paths = ['untouched', 'changed'].map((name) => {
        using database = create(inFolder(name), { retentions, format: 'compressed', xFilesFactor });
        for (let second = -120; second < 20; second++) {
          database.update(second, MINUTE + second, { now: MINUTE + second });
        }
        return inFolder(name);
      });
      resize(paths[1]!, { retentions: '1s:2h,1m:2d', now: MINUTE + 19 });
      const answers = paths.map((path) => {
        using database = open(path);
        for (let second = 20; second < 240; second++) {
          database.update(second, MINUTE + second, { now: MINUTE + second });
        }
        const now = MINUTE + 239;
        return [...database.fetch(MINUTE - 300, now, { now, archive: 1 })!.knownPoints()];
      });
      expect(answers[1]).toEqual(answers[0]);
    },
  );
});

describe('a file that nobody would make today', () => {
  /** Bytes of a standard header of two archives before the step of the second. */
  const SECOND_STEP = 16 + 12 + 4;

  it.each([
    {
      name: 'with steps that do not divide',
      put: (path: string) => {
        make([[1, 1]]);
        const bytes = readFileSync(path);
        bytes.writeUInt32BE(90, SECOND_STEP);
        writeFileSync(path, bytes);
      },
    },
    {
      name: 'a mix of one archive, which has no aggregations to tell',
      put: () =>
        make([[1, 1]], { format: 'compressed', retentions: '1m:1h', aggregation: 'mix', mix: ['max'] }),
    },
    {
      name: 'with blocks as small as go-whisper makes them',
      put: () => make([], { format: 'compressed', retentions: '1m:8m', pointSize: 0.6, dialect: 'go' }),
    },
  ])('$name, can be changed where it is', ({ put }) => {
    const path = inFolder('a.wsp');
    put(path);
    expect(resize(path, { xFilesFactor: 0.75, now: NOW }).change).not.toBe('archives');
    expect(infoOf(path).xFilesFactor).toBe(0.75);
  });
});

describe('the aggregations of a mix', () => {
  /** Two hours of the coarser archive, which are in its blocks. */
  function valuesIn(path: string, archive: number): number[] {
    return agedIn(path, archive)
      .filter(([age]) => age > 60)
      .map(([, value]) => value);
  }

  it('can be changed, and each archive is that of its own aggregation', () => {
    const path = makeMix(['average', 'max', 'p95']);
    const [average, max, p95] = [1, 2, 3].map((archive) => valuesIn(path, archive));
    expect(new Set([average, max, p95].map(String)).size).toBe(3);
    expect(resize(path, { mix: ['p95', 'min', 'max'], now: NOW }).change).toBe('archives');
    expect(archivesIn(path)).toEqual(['60:1440', '300:576p95', '300:576min', '300:576max']);
    expect([1, 2, 3].map((archive) => valuesIn(path, archive))).toEqual([p95, expect.anything(), max]);
    expect(agedIn(path)).toHaveLength(180);
    expect(verify(path, { deep: true, now: NOW })).toEqual([]);
  });

  it('stay where they are not mentioned, with percentiles that are not whole', () => {
    const path = makeMix(['p99.9', { method: 'percentile', percentile: 33.3 }, 'last']);
    const before = [1, 2, 3].map((archive) => valuesIn(path, archive));
    const names = archivesIn(path);
    expect(resize(path, { xFilesFactor: 0.9, now: NOW }).change).not.toBe('archives');
    expect(resize(path, { aggregation: 'mix', now: NOW }).change).not.toBe('archives');
    expect(resize(path, { mix: ['p99.9', 'p33.3', 'last'], now: NOW }).change).not.toBe('archives');
    expect(archivesIn(path)).toEqual(names);
    expect(resize(path, { retentions: '1m:2d,5m:4d', now: NOW }).change).toBe('archives');
    expect(archivesIn(path)).toEqual(['60:2880', '300:1152p99.900002', '300:1152p33.299999', '300:1152last']);
    expect([1, 2, 3].map((archive) => valuesIn(path, archive))).toEqual(before);
  });

  it('in another order make it anew', () => {
    const path = makeMix(['average', 'max']);
    const before = [1, 2].map((archive) => valuesIn(path, archive));
    expect(resize(path, { mix: ['max', 'average'], now: NOW }).change).toBe('archives');
    expect([2, 1].map((archive) => valuesIn(path, archive))).toEqual(before);
  });

  it.each(['average', 'max'] as const)('can be given up for one of them: %s', (aggregation) => {
    const path = makeMix(['average', 'max', 'p95']);
    const expected = valuesIn(path, aggregation === 'average' ? 1 : 2);
    expect(resize(path, { aggregation, now: NOW }).change).toBe('archives');
    expect(infoOf(path).aggregation).toBe(aggregation);
    expect(archivesIn(path)).toEqual(['60:1440', '300:576']);
    expect(valuesIn(path, 1)).toEqual(expected);
  });

  it('can be had by a file of one method', () => {
    const path = make(
      [
        [3, 3],
        [2, 2],
      ],
      { format: 'compressed' },
    );
    expect(resize(path, { mix: ['max', 'p50'], aggregation: 'mix', now: NOW }).change).toBe('archives');
    expect(infoOf(path).aggregation).toBe('mix');
    expect(archivesIn(path)).toEqual(['60:60', '300:288max', '300:288p50']);
    expect(agedIn(path)).toEqual([
      [3, 3],
      [2, 2],
    ]);
  });

  it.each([
    { name: 'one twice', change: { mix: ['max', 'max'] }, code: 'WSP_BAD_AGGREGATION' },
    { name: 'an unknown one', change: { mix: ['median'] }, code: 'WSP_BAD_AGGREGATION' },
    { name: 'none', change: { mix: [] }, code: 'WSP_BAD_OPTION' },
    {
      name: 'a list beside a single one',
      change: { mix: ['max'], aggregation: 'max' },
      code: 'WSP_BAD_OPTION',
    },
  ])('are refused with the file as it was: $name', ({ change, code }) => {
    const path = makeMix(['average', 'max']);
    expectRefused(() => resize(path, { now: NOW, ...change } as ResizeOptions), code);
  });
});
