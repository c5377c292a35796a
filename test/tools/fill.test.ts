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
  type Database,
  type Dialect,
  type FillOptions,
  type Format,
  fill,
  type MixSpec,
  open,
  verify,
} from '../../src/index.js';
import { waitingIntervals } from '../../src/tools/change/waiting.js';
import {
  findingsIn,
  layouts,
  makePast,
  NOW as PAST_NOW,
  pasts,
  shownIn,
  storedIn,
} from '../support/changes.js';
import { bitsOf, doubles } from '../support/compressed-vectors.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { sha256 } from '../support/vectors.js';

vi.setConfig({ testTimeout: 60_000 });

const inFolder = temporaryFolder();
const runs = Number(process.env['SOTTO_RUNS'] ?? 60);
const hasFlock = spawnSync('flock', ['--version']).status === 0;

const NOW = 1_700_000_000;
const MINUTE = NOW - (NOW % 60);
const FORMATS: readonly Format[] = ['standard', 'compressed'];
const PAIRS = FORMATS.flatMap((from) => FORMATS.map((to) => ({ from, to })));

/** A minute, counted back from now, and its value. */
type Aged = readonly [age: number, value: number];

/** Makes a file with these points in its first archive, in one batch. */
function make(name: string, points: readonly Aged[], options: Partial<CreateOptions> = {}): string {
  using database = create(inFolder(name), { retentions: '1m:1h', xFilesFactor: 0, ...options });
  database.updateMany(
    points.map(([age, value]) => [MINUTE - 60 * age, value] as const),
    { now: NOW },
  );
  return inFolder(name);
}

/** The known values of an archive up to now, by age in steps, oldest first. */
function agedIn(path: string, archive = 0): Aged[] {
  using database = open(path, { readOnly: true });
  const { step, retention } = database.info.archives[archive]!;
  const series = database.fetch(NOW - retention, NOW, { now: NOW, archive })!;
  const newest = MINUTE - (MINUTE % step);
  return [...series.knownPoints()].map(([timestamp, value]) => [(newest - timestamp) / step, value] as const);
}

function everything() {
  return readdirSync(inFolder())
    .sort()
    .map((name) => {
      const { mode, mtimeMs, ino } = lstatSync(inFolder(name));
      return { name, mode, mtimeMs, ino, sha256: sha256(readFileSync(inFolder(name))) };
    });
}

function expectRefused(work: () => unknown, code: string, words: RegExp = /./): void {
  const before = everything();
  expect(work).toThrow(expect.objectContaining({ code, message: expect.stringMatching(words) }));
  expect(everything()).toEqual(before);
}

function infoOf(path: string): CompressedInfo {
  using database = open(path, { readOnly: true });
  return database.info as CompressedInfo;
}

describe.each(PAIRS)('a $to file filled from a $from one', ({ from, to }) => {
  it('takes what it lacks, and keeps what it has', () => {
    const source = make(
      'a.wsp',
      [
        [5, 50],
        [4, 40],
        [3, 30],
        [2, 20],
      ],
      { format: from },
    );
    const target = make(
      'b.wsp',
      [
        [4, 4],
        [2, 2],
        [0, 7],
      ],
      { format: to },
    );
    const before = readFileSync(source);
    expect(fill(source, target, { now: NOW })).toEqual({ filled: [2] });
    expect(agedIn(target)).toEqual([
      [5, 50],
      [4, 4],
      [3, 30],
      [2, 2],
      [0, 7],
    ]);
    expect(readFileSync(source).equals(before)).toBe(true);
    expect(verify(target, { deep: true, now: NOW })).toEqual([]);
    expect(readdirSync(inFolder()).sort()).toEqual(['a.wsp', 'b.wsp']);
  });

  it('is the one or the other, interval by interval', () => {
    const points = fc.uniqueArray(fc.tuple(fc.nat(70), fc.double()), {
      selector: ([age]) => age,
      maxLength: 70,
    });
    fc.assert(
      fc.property(points, points, (given, there) => {
        const source = make('a.wsp', given, { format: from, overwrite: true });
        const target = make('b.wsp', there, { format: to, overwrite: true });
        const offered = new Map(agedIn(source));
        const present = new Map(agedIn(target));
        const expected = new Map([...offered, ...present]);
        const { filled } = fill(source, target, { now: NOW });
        expect(filled).toEqual([expected.size - present.size]);
        expect(agedIn(target)).toEqual([...expected].sort(([a], [b]) => b - a));
        expect(verify(target, { deep: true, now: NOW })).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('takes each archive from the one of the same step, as far back as that reaches', () => {
    const old: Aged[] = [
      [70, 1],
      [45, 2],
      [10, 3],
    ];
    const source = make('a.wsp', old, { format: from, retentions: '1m:1h,5m:1d' });
    const target = make('b.wsp', [], { format: to, retentions: '1m:30m,10m:1d' });
    expect(fill(source, target, { now: NOW })).toEqual({ filled: [1, 0] });
    expect(agedIn(target)).toEqual([[10, 3]]);
    expect(agedIn(target, 1)).toEqual([]);
  });

  it('stays as it is where there is nothing to fill', () => {
    const source = make(
      'a.wsp',
      [
        [5, 50],
        [4, 40],
      ],
      { format: from },
    );
    const target = make(
      'b.wsp',
      [
        [5, 5],
        [4, 4],
        [2, 2],
      ],
      { format: to },
    );
    const before = everything();
    expect(fill(source, target, { now: NOW })).toEqual({ filled: [0] });
    expect(everything()).toEqual(before);
    expect(fill(target, target, { now: NOW })).toEqual({ filled: [0] });
    expect(everything()).toEqual(before);
  });

  it('keeps its points of the future, and takes none', () => {
    const source = make(
      'a.wsp',
      [
        [5, 50],
        [-3, 99],
      ],
      { format: from },
    );
    const target = make(
      'b.wsp',
      [
        [4, 4],
        [-2, 8],
        [-7, 9],
      ],
      { format: to },
    );
    expect(fill(source, target, { now: NOW })).toEqual({ filled: [1] });
    using database = open(target);
    const { timestamps, values } = database.points(0, { now: NOW });
    expect([...timestamps].map((timestamp) => (MINUTE - timestamp) / 60)).toEqual([5, 4, -2, -7]);
    expect([...values]).toEqual([50, 4, 8, 9]);
  });

  it('has a NaN for a value; in the go dialect it is a gap (quirk 35)', () => {
    for (const [dialect, expected] of [
      [
        'python',
        [
          [3, Number.NaN],
          [2, Number.NaN],
          [1, 1],
        ],
      ],
      [
        'go',
        [
          [2, 20],
          [1, 1],
        ],
      ],
    ] as const) {
      const options = { overwrite: true, dialect };
      const source = make(
        'a.wsp',
        [
          [3, Number.NaN],
          [2, 20],
        ],
        { format: from, ...options },
      );
      const target = make(
        'b.wsp',
        [
          [2, Number.NaN],
          [1, 1],
        ],
        { format: to, ...options },
      );
      fill(source, target, { now: NOW, dialect });
      expect(agedIn(target)).toEqual(expected);
    }
  });

  it('keeps its mode, its settings, and its place behind a symbolic link', () => {
    const source = make('a.wsp', [[5, 50]], { format: from, aggregation: 'max' });
    const target = make('b.wsp', [[4, 4]], { format: to, aggregation: 'min', xFilesFactor: 0.25 });
    chmodSync(target, 0o604);
    symlinkSync('b.wsp', inFolder('link.wsp'));
    fill(source, inFolder('link.wsp'), { now: NOW });
    expect(lstatSync(inFolder('link.wsp')).isSymbolicLink()).toBe(true);
    expect(statSync(target).mode & 0o777).toBe(0o604);
    expect(open(target).info).toMatchObject({ aggregation: 'min', xFilesFactor: 0.25, maxRetention: 3600 });
    expect(agedIn(target)).toEqual([
      [5, 50],
      [4, 4],
    ]);
  });

  it.each([
    { name: 'no source', source: 'none.wsp', target: 'b.wsp', code: 'WSP_NOT_FOUND' },
    { name: 'no target', source: 'a.wsp', target: 'none.wsp', code: 'WSP_NOT_FOUND' },
    { name: 'a source that is no database', source: 'junk.wsp', target: 'b.wsp', code: 'WSP_CORRUPT' },
    { name: 'a target that is no database', source: 'a.wsp', target: 'junk.wsp', code: 'WSP_CORRUPT' },
    { name: 'an option that does not exist', options: { overwrite: true }, code: 'WSP_BAD_OPTION' },
    { name: 'a time in milliseconds', options: { now: 1000 * NOW }, code: 'WSP_BAD_TIMESTAMP' },
  ])('is refused as it was: $name', ({ source = 'a.wsp', target = 'b.wsp', options = {}, code }) => {
    make('a.wsp', [[5, 50]], { format: from });
    make('b.wsp', [[4, 4]], { format: to });
    writeFileSync(inFolder('junk.wsp'), 'no database, but long enough for a header of one');
    const given: FillOptions = { now: NOW, ...options };
    expectRefused(() => fill(inFolder(source), inFolder(target), given), code);
  });
});

describe('the bits of a value', () => {
  it('are those of the source, from blocks to blocks', () => {
    const bits = ['7ff80000deadbeef', '8000000000000000', '0000000000000001', 'fff0000000000000'];
    using database = create(inFolder('a.wsp'), { retentions: '1m:1h', format: 'compressed' });
    const timestamps = bits.map((_, i) => MINUTE - 60 * (bits.length - i));
    database.updateMany({ timestamps, values: doubles(bits) }, { now: NOW });
    const target = make('b.wsp', [[0, 1]], { format: 'compressed' });
    fill(inFolder('a.wsp'), target, { now: NOW });
    using filled = open(target);
    expect(bitsOf(filled.points(0).values.slice(0, 4))).toEqual(bits);
  });
});

describe('a standard file', () => {
  it('does not give up a point of the future for an old one that has the same slot', () => {
    const target = make('b.wsp', [
      [4, 4],
      [-2, 8],
    ]);
    // In a ring of 60 minutes that of two minutes ahead is also that of 58 minutes ago.
    const source = make('a.wsp', [
      [58, 58],
      [57, 57],
    ]);
    expect(fill(source, target, { now: NOW })).toEqual({ filled: [1] });
    using database = open(target);
    expect([...database.points(0, { now: NOW }).values]).toEqual([57, 4, 8]);
  });

  it('is not rolled up from what it took', () => {
    const target = make('b.wsp', [[0, 1]], { retentions: '1m:1h,5m:1d' });
    const source = make(
      'a.wsp',
      [
        [30, 30],
        [31, 31],
      ],
      { retentions: '1m:1h' },
    );
    fill(source, target, { now: NOW });
    expect(agedIn(target)).toHaveLength(3);
    expect(agedIn(target, 1)).toEqual([[0, 1]]);
  });
});

describe('a compressed file', () => {
  const retentions = '1s:1h,1m:1d';

  /** Seconds since the last full minute, with their values, each stored by itself. */
  function feed(path: string, from: number, until: number, value: number): void {
    using database = open(path);
    for (let second = from; second < until; second++) {
      database.update(value, MINUTE + second, { now: MINUTE + second });
    }
  }

  function minutesIn(path: string, now: number) {
    using database = open(path);
    const series = database.fetch(MINUTE - 300, now, { now, archive: 1 })!;
    return [...series.knownPoints()].map(([timestamp, value]) => [(timestamp - MINUTE) / 60, value]);
  }

  it.each([0.1, 0.9])(
    'that waits for the rest of a minute gets its value as if it had not been filled: %d',
    (xFilesFactor) => {
      const source = make('a.wsp', [[10, 7]], { retentions });
      for (const name of ['untouched', 'filled']) {
        const path = make(name, [], { format: 'compressed', retentions, xFilesFactor });
        feed(path, -120, 0, 1);
        feed(path, 0, 20, 100);
        if (name === 'filled') fill(source, path, { now: MINUTE + 19 });
        feed(path, 20, 60, 200);
        feed(path, 60, 240, 1);
      }
      const now = MINUTE + 239;
      expect(minutesIn(inFolder('filled'), now)).toEqual(minutesIn(inFolder('untouched'), now));
      using filled = open(inFolder('filled'));
      using untouched = open(inFolder('untouched'));
      const all = [...filled.points(0).timestamps];
      expect(all.filter((timestamp) => timestamp >= MINUTE - 120)).toEqual([
        ...untouched.points(0).timestamps,
      ]);
    },
  );

  it('has no coarser value of which less is known than its xFilesFactor asks', () => {
    const source = make('a.wsp', [[10, 7]], { retentions });
    const target = make('b.wsp', [], { format: 'compressed', retentions, xFilesFactor: 0.9 });
    feed(target, 0, 5, 100);
    fill(source, target, { now: MINUTE + 19 });
    expect(minutesIn(target, MINUTE + 19)).toEqual([]);
  });

  it('keeps what waits in its buffer', () => {
    const source = make('a.wsp', [[10, 7]], { retentions });
    const target = make('b.wsp', [], { format: 'compressed', retentions });
    feed(target, -30, 30, 5);
    const before = infoOf(target).archives[0]!.buffered;
    expect(before).toBe(60);
    fill(source, target, { now: MINUTE + 29 });
    expect(infoOf(target).archives[0]!.buffered).toBe(before);
    using database = open(target);
    expect([...database.points(0).values]).toEqual([7, ...new Array<number>(60).fill(5)]);
  });

  it.each(['python', 'go'] as const)('has no end marker in an archive without points (%s)', (dialect) => {
    const source = make('a.wsp', [[10, 7]]);
    const target = make('b.wsp', [], { format: 'compressed', retentions: '1m:1h,1h:1d' });
    fill(source, target, { now: NOW, dialect });
    const { offset, size } = infoOf(target).archives[1]!;
    expect(
      readFileSync(target)
        .subarray(offset, offset + size)
        .every((byte) => byte === 0),
    ).toBe(true);
  });

  it('is made anew in the go dialect also where there is nothing to fill', () => {
    const source = make('a.wsp', [[10, 7]], { format: 'compressed' });
    const target = make('b.wsp', [[10, 8]], { format: 'compressed', pointsPerBlock: 100 });
    const { ino } = statSync(target);
    expect(fill(source, target, { now: NOW, dialect: 'go' })).toEqual({ filled: [0] });
    expect(statSync(target).ino).not.toBe(ino);
    expect(infoOf(target).pointsPerBlock).toBe(7200);
    expect(agedIn(target)).toEqual([[10, 8]]);
  });

  it.each([2, 3, 5, 10, 20, 40])('with blocks of %d points has room for each of them', (pointsPerBlock) => {
    for (const count of [3, 29, 30, 59]) {
      const points = Array.from({ length: count }, (_, i) => [count - i, i % 3] as const);
      const source = make('a.wsp', points, { overwrite: true });
      const layout = { format: 'compressed', pointsPerBlock, pointSize: 14, overwrite: true } as const;
      const target = make('b.wsp', [[0, 7]], layout);
      fill(source, target, { now: NOW });
      expect(agedIn(target)).toEqual([...points, [0, 7]]);
      expect(verify(target, { deep: true, now: NOW })).toEqual([]);
    }
  });

  it.each(['source', 'target'] as const)('that is damaged is refused, as the %s', (role) => {
    const points = Array.from({ length: 60 }, (_, i) => [59 - i, Math.sqrt(i)] as const);
    const sound = make('sound.wsp', points.slice(0, 10), { format: 'compressed' });
    const damaged = make('damaged.wsp', points.slice(10), { format: 'compressed' });
    const bytes = readFileSync(damaged);
    bytes[infoOf(damaged).archives[0]!.offset + 40]! ^= 0xff;
    writeFileSync(damaged, bytes);
    const [source, target] = role === 'source' ? [damaged, sound] : [sound, damaged];
    expectRefused(() => fill(source, target, { now: NOW }), 'WSP_CORRUPT', /damaged\.wsp: block 0/);
  });

  /**
   * Points of which the first overflow the trial block, each with a time in full and a value of 64 bits, and the others
   * take ten bytes each: go-whisper's estimate is of the first alone (quirk 28).
   */
  function unfortunate(count: number): { timestamps: number[]; values: Float64Array } {
    const timestamps = [MINUTE - 99_999];
    for (let i = 1; i < 24; i++) timestamps.push(timestamps[i - 1]! + (i % 2 === 0 ? 1 : 2050));
    while (timestamps.length < count) timestamps.push(timestamps.at(-1)! + 1);
    // The xors of neighbours have in turn a zero bit more at their beginning and at their end, so none suits the window.
    const turn = ['0000000000000000', '4000000000000001', 'c000000000000003', '8000000000000002'];
    const bits = timestamps.map((_, i) => turn[i % 4]!);
    return { timestamps, values: doubles(bits) };
  }

  it('holds every point also where the trial was too small; in the go dialect some are lost (quirk 28)', () => {
    const { timestamps, values } = unfortunate(60_000);
    const kept = new Map<Dialect, number[]>();
    for (const dialect of ['python', 'go'] as const) {
      const options = { retentions: '1s:100000', overwrite: true };
      using source = create(inFolder('a.wsp'), options);
      source.updateMany({ timestamps, values }, { now: MINUTE });
      const target = { ...options, format: 'compressed', pointsPerBlock: 20, pointSize: 14 } as const;
      create(inFolder('b.wsp'), target).close();
      expect(fill(inFolder('a.wsp'), inFolder('b.wsp'), { now: MINUTE, dialect }).filled).toEqual([60_000]);
      using filled = open(inFolder('b.wsp'));
      const points = filled.points(0);
      kept.set(dialect, [...points.timestamps]);
      expect(verify(inFolder('b.wsp'), { deep: true, now: MINUTE })).toEqual([]);
      const missing = timestamps.length - points.timestamps.length;
      expect(bitsOf(points.values.slice())).toEqual(bitsOf(values.slice(missing)));
    }
    expect(kept.get('python')).toEqual(timestamps);
    expect(kept.get('go')!.length).toBeLessThan(30_000);
  });
});

describe('a mix file', () => {
  const retentions = '1m:1d,5m:2d';

  function mixed(name: string, mix: readonly MixSpec[], factor: number): string {
    using database = create(inFolder(name), {
      retentions,
      format: 'compressed',
      aggregation: 'mix',
      mix,
      pointsPerBlock: 50,
    });
    for (let age = 600; age > 0; age -= 20) {
      const batch = Array.from({ length: 20 }, (_, i) => {
        return [MINUTE - 60 * (age - i), factor * ((age - i) % 7)] as const;
      });
      database.updateMany(batch, { now: batch.at(-1)![0] });
    }
    return inFolder(name);
  }

  function empty(name: string, mix: readonly MixSpec[]): string {
    create(inFolder(name), { retentions, format: 'compressed', aggregation: 'mix', mix }).close();
    return inFolder(name);
  }

  function valuesIn(path: string, archive: number): number[] {
    using database: Database = open(path);
    const series = database.fetch(NOW - 36_000, NOW - 18_000, { now: NOW, archive })!;
    return [...series.knownPoints()].map(([, value]) => value);
  }

  it.each(['python', 'go'] as const)('fills each percentile from the same one (quirk 26, %s)', (dialect) => {
    const source = mixed('a.wsp', ['p50', 'max', 'p95', 'p25'], 1);
    const target = empty('b.wsp', ['p95', 'average', 'p50', 'p25']);
    const { filled } = fill(source, target, { now: NOW, dialect });
    expect(valuesIn(target, 1)).toEqual(valuesIn(source, 3));
    expect(valuesIn(target, 3)).toEqual(valuesIn(source, 1));
    expect(valuesIn(target, 4)).toEqual(valuesIn(source, 4));
    expect(new Set([1, 3, 4].map((archive) => valuesIn(target, archive).join())).size).toBe(3);
    expect(filled[2]).toBe(0);
    expect(filled[1]).toBeGreaterThan(50);
  });

  it('gives a plain file the archive of that one’s method', () => {
    const source = mixed('a.wsp', ['average', 'max', 'p95'], 1);
    for (const [aggregation, archive] of [
      ['average', 1],
      ['max', 2],
    ] as const) {
      for (const format of FORMATS) {
        const target = make('b.wsp', [], { retentions, format, aggregation, overwrite: true });
        fill(source, target, { now: NOW });
        expect(valuesIn(target, 1)).toEqual(valuesIn(source, archive));
      }
    }
  });

  it('keeps what it has yet to make of points that its base does not reach any more', () => {
    const layout = { retentions: '1s:1m,10s:5m,1m:30m', format: 'compressed', aggregation: 'mix' } as const;
    using database = create(inFolder('b.wsp'), { ...layout, mix: ['max', 'last'], xFilesFactor: 0 });
    database.updateMany([[MINUTE - 115, 7]], { now: MINUTE - 115 });
    const shown = () =>
      [1, 2, 3, 4].map(
        (archive) => agedIn(inFolder('b.wsp'), archive).filter(([, value]) => value === 7).length,
      );
    expect(shown()).toEqual([1, 1, 1, 1]);
    const source = make('a.wsp', [[1, 3]], { retentions: '1m:30m', aggregation: 'max' });
    expect(fill(source, inFolder('b.wsp'), { now: NOW }).filled).toEqual([0, 0, 0, 1, 0]);
    expect(shown()).toEqual([1, 1, 1, 1]);
  });

  it('keeps the specs of its archives', () => {
    const source = mixed('a.wsp', ['max'], 1);
    const target = mixed('b.wsp', ['p95', 'max'], 2);
    const before = infoOf(target);
    // A gap to fill: the source's newest minute.
    using database = open(source);
    database.updateMany([[MINUTE, 5]], { now: NOW });
    fill(source, target, { now: NOW });
    const after = infoOf(target);
    expect(after.archives.map(({ step, spec }) => [step, spec?.name])).toEqual(
      before.archives.map(({ step, spec }) => [step, spec?.name]),
    );
    expect(agedIn(target).at(-1)).toEqual([0, 5]);
  });
});

describe.runIf(hasFlock)('with a lock', () => {
  it.each(['a.wsp', 'b.wsp'])('%s is waited for if another process writes to it', async (name) => {
    const source = make('a.wsp', [[5, 50]]);
    const target = make('b.wsp', [[4, 4]], { format: 'compressed' });
    const holder = spawn('flock', ['-x', inFolder(name), 'sh', '-c', 'echo held; read line'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    const options = { now: NOW, lock: true, lockTimeoutMs: 30 };
    expectRefused(() => fill(source, target, options), 'WSP_LOCKED', new RegExp(name));
    holder.stdin.end('\n');
    await once(holder, 'exit');
    expect(fill(source, target, options)).toEqual({ filled: [1] });
  });
});

/** Databases with any past, of archives that may differ. */
function anyFiles() {
  return fc
    .tuple(layouts(), layouts(), fc.boolean())
    .chain(([one, other, isAlike]) =>
      fc.record({ source: pasts(one), target: pasts(isAlike ? one : other) }),
    );
}

describe('fill, whatever the files hold', () => {
  const options = fc.record({ rollUp: fc.boolean(), zeroesAreGaps: fc.boolean() });

  it('changes no value that is stored, but for zeroes that are gaps', () => {
    fc.assert(
      fc.property(anyFiles(), options, ({ source, target }, asked) => {
        makePast(inFolder('a.wsp'), source);
        makePast(inFolder('b.wsp'), target);
        const before = storedIn(inFolder('b.wsp'));
        fill(inFolder('a.wsp'), inFolder('b.wsp'), { now: PAST_NOW, ...asked });
        const after = shownIn(inFolder('b.wsp'));
        for (const [index, archive] of before.entries()) {
          for (const [timestamp, value] of archive) {
            if (asked.zeroesAreGaps && value === 0) expect(after[index]!.has(timestamp)).toBe(true);
            // Points that came into an interval which waits still are rolled up with it.
            else if (index === 0 || !isWaitingIn(inFolder('b.wsp'), index, timestamp))
              expect(after[index]!.get(timestamp)).toBe(value);
          }
        }
        expect(findingsIn(inFolder('b.wsp'))).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('brings into the finest archive only what an archive of its step has', () => {
    fc.assert(
      fc.property(anyFiles(), options, ({ source, target }, asked) => {
        makePast(inFolder('a.wsp'), source);
        makePast(inFolder('b.wsp'), target);
        const steps = infoOf(inFolder('a.wsp')).archives.map(({ step }) => step);
        const { step } = infoOf(inFolder('b.wsp')).archives[0]!;
        const offered = shownIn(inFolder('a.wsp'));
        const [before] = shownIn(inFolder('b.wsp'));
        fill(inFolder('a.wsp'), inFolder('b.wsp'), { now: PAST_NOW, ...asked });
        const [after] = shownIn(inFolder('b.wsp'));
        const donors = offered.filter((_, index) => steps[index] === step);
        for (const [timestamp, value] of after!) {
          if (Object.is(before!.get(timestamp), value)) continue;
          expect(donors.some((donor) => Object.is(donor.get(timestamp), value))).toBe(true);
        }
      }),
      { numRuns: runs },
    );
  });

  it('has nothing to do the second time, and a dry run tells what the run does', () => {
    fc.assert(
      fc.property(anyFiles(), options, ({ source, target }, asked) => {
        makePast(inFolder('a.wsp'), source);
        makePast(inFolder('b.wsp'), target);
        const before = everything();
        const dry = fill(inFolder('a.wsp'), inFolder('b.wsp'), { now: PAST_NOW, ...asked, dryRun: true });
        expect(everything()).toEqual(before);
        expect(fill(inFolder('a.wsp'), inFolder('b.wsp'), { now: PAST_NOW, ...asked })).toEqual(dry);
        // What a mix shows of the newest interval of its base is a gap once there are newer points (quirk 18).
        if (target.aggregation === 'mix') return;
        const after = everything();
        const { filled } = fill(inFolder('a.wsp'), inFolder('b.wsp'), { now: PAST_NOW, ...asked });
        expect(filled.every((count) => count === 0)).toBe(true);
        if (!asked.rollUp) expect(everything()).toEqual(after);
      }),
      { numRuns: runs },
    );
  });
});

/** Whether finer points of an interval wait in a buffer. */
function isWaitingIn(path: string, index: number, interval: number): boolean {
  using database = open(path, { readOnly: true });
  return waitingIntervals(database)(index, interval);
}

describe.each(FORMATS)('a %s file', (format) => {
  const source = () =>
    make(
      'a.wsp',
      [
        [5, 50],
        [4, 40],
        [3, 0],
      ],
      { format },
    );

  it('takes only what is in the range', () => {
    const target = make('b.wsp', [[1, 1]], { format });
    const range = { from: MINUTE - 60 * 5, until: MINUTE - 60 * 4 };
    expect(fill(source(), target, { now: NOW, ...range })).toEqual({ filled: [1] });
    expect(agedIn(target)).toEqual([
      [4, 40],
      [1, 1],
    ]);
  });

  it('has a 0 taken for a gap if asked to, where the source has something else', () => {
    const zeroes: Aged[] = [
      [5, 0],
      [4, 0],
      [3, 0],
      [2, 0],
    ];
    const target = make('b.wsp', zeroes, { format });
    const from = source();
    expect(fill(from, target, { now: NOW })).toEqual({ filled: [0] });
    expect(fill(from, target, { now: NOW, zeroesAreGaps: true })).toEqual({ filled: [2] });
    expect(agedIn(target)).toEqual([
      [5, 50],
      [4, 40],
      [3, 0],
      [2, 0],
    ]);
  });

  it('is rolled up if asked to, in intervals that are empty', () => {
    const layout = { format, retentions: '1m:1h,5m:1d', aggregation: 'sum' } as const;
    const points = Array.from({ length: 40 }, (_, i) => [i + 10, 1] as const);
    const from = make('a.wsp', points.toReversed(), { format, retentions: '1m:1h' });
    const target = make('b.wsp', [[2, 100]], layout);
    const told = fill(from, target, { now: NOW, rollUp: true });
    expect(told.filled).toEqual([40, 0]);
    expect(told.rolledUp![1]).toBeGreaterThan(6);
    const rolledUp = agedIn(target, 1).filter(([, value]) => value !== 100);
    expect(rolledUp.length).toBe(told.rolledUp![1]);
    expect(rolledUp.slice(1, -1).every(([, value]) => value === 5)).toBe(true);
    expect(verify(target, { deep: true, now: NOW })).toEqual([]);
  });

  it('is made if it is not there, as a copy of the source', () => {
    const from = source();
    expectRefused(() => fill(from, inFolder('c.wsp'), { now: NOW }), 'WSP_NOT_FOUND');
    expect(fill(from, inFolder('new/c.wsp'), { now: NOW, create: true })).toEqual({
      filled: [3],
      isNew: true,
    });
    expect(readFileSync(inFolder('new/c.wsp')).equals(readFileSync(from))).toBe(true);
  });

  it('keeps the old file with backup', () => {
    const target = make('b.wsp', [[1, 1]], { format });
    const before = readFileSync(target);
    fill(source(), target, { now: NOW, backup: true });
    expect(readFileSync(`${target}.bak`).equals(before)).toBe(true);
  });
});

it.each(FORMATS)('is rolled up of whole windows alone, in a %s file', (format) => {
  const points = Array.from({ length: 60 }, (_, i) => [59 - i, 1] as const);
  const from = make('a.wsp', points, { format, retentions: '1m:1h' });
  const target = make('b.wsp', [], { format, retentions: '1m:1h,7m:1w', aggregation: 'sum' });
  fill(from, target, { now: NOW, rollUp: true });
  const whole = agedIn(target, 1).slice(0, -1);
  expect(whole.length).toBeGreaterThan(6);
  expect(whole.every(([, value]) => value === 7)).toBe(true);
});

it('leaves what waits in a buffer to be rolled up in its time', () => {
  const layout = { format: 'compressed', retentions: '1s:1h,1m:1d', xFilesFactor: 0.5 } as const;
  const seconds = (from: number, until: number) => {
    return Array.from({ length: until - from }, (_, i) => [MINUTE + from + i, 1] as const);
  };
  const now = MINUTE + 90;
  using from = create(inFolder('a.wsp'), { retentions: '1s:1h' });
  from.updateMany(seconds(10, 40), { now });
  using database = create(inFolder('b.wsp'), layout);
  database.updateMany(seconds(0, 10), { now });
  const told = fill(inFolder('a.wsp'), inFolder('b.wsp'), { now, rollUp: true });
  expect(told).toEqual({ filled: [30, 0], rolledUp: [0, 0] });
  using filled = open(inFolder('b.wsp'));
  expect(filled.points(1).timestamps.length).toBe(0);
  expect([...filled.fetch(now - 120, now, { now, archive: 1 })!.knownPoints()]).toEqual([[MINUTE, 1]]);
});

it('puts points of an interval that waits in a buffer beside those that wait there', () => {
  const layout = {
    format: 'compressed',
    retentions: '1s:1h,1m:1d',
    aggregation: 'sum',
    xFilesFactor: 0,
  } as const;
  using from = create(inFolder('a.wsp'), { retentions: '1s:1h' });
  from.updateMany([[MINUTE + 5, 10]], { now: MINUTE + 10 });
  using database = create(inFolder('b.wsp'), layout);
  database.updateMany(
    [
      [MINUTE + 3, 1],
      [MINUTE + 8, 2],
    ],
    { now: MINUTE + 10 },
  );
  expect(fill(inFolder('a.wsp'), inFolder('b.wsp'), { now: MINUTE + 10 })).toEqual({ filled: [1, 0] });
  using filled = open(inFolder('b.wsp'));
  filled.updateMany([[MINUTE + 70, 4]], { now: MINUTE + 70 });
  filled.updateMany([[MINUTE + 190, 4]], { now: MINUTE + 190 });
  const series = filled.fetch(MINUTE - 60, MINUTE, { now: MINUTE + 190, archive: 1 })!;
  expect([...series.knownPoints()]).toEqual([[MINUTE, 13]]);
});
