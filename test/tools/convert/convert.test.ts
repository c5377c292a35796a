import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type AggregationMethod,
  type CompressedInfo,
  type ConvertOptions,
  convert,
  create,
  type Database,
  type Dialect,
  type MixSpec,
  open,
  type Retentions,
  verify,
} from '../../../src/index.js';
import { compressedFiles, compressedSample, SAMPLE_NOW } from '../../support/compressed-samples.js';
import { bitsOf, doubles } from '../../support/compressed-vectors.js';
import { archiveLists } from '../../support/histories.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { sha256 } from '../../support/vectors.js';

vi.setConfig({ testTimeout: 60_000 });

const inFolder = temporaryFolder();
const runs = Number(process.env['SOTTO_RUNS'] ?? 60);
const hasFlock = spawnSync('flock', ['--version']).status === 0;

const NOW = 1_700_000_000;
const MINUTE = NOW - (NOW % 60);
const PAGE = 4096;
/** Where slot 0 of a standard file of one archive begins. */
const FIRST_SLOT = 28;

type Pair = readonly [timestamp: number, value: number];

interface Made {
  readonly retentions?: Retentions;
  readonly aggregation?: AggregationMethod;
  readonly dialect?: Dialect;
  readonly points?: readonly Pair[];
  readonly now?: number;
}

/** Makes a standard file and gives its path. */
function standard(name: string, made: Made = {}): string {
  const { retentions = '1m:1h,5m:1d', points = [[MINUTE, 1]], now = NOW, aggregation, dialect } = made;
  using database = create(inFolder(name), { retentions, xFilesFactor: 0, aggregation, dialect });
  database.updateMany(points, { now });
  return inFolder(name);
}

function compressed(name: string, points: readonly Pair[] = [[MINUTE, 1]], now = NOW): string {
  using database = create(inFolder(name), {
    retentions: '1m:1h,5m:1d',
    format: 'compressed',
    xFilesFactor: 0,
  });
  database.updateMany(points, { now });
  return inFolder(name);
}

function mixed(name: string, mix: readonly MixSpec[] = ['average', 'max', 'p95']): string {
  using database = create(inFolder(name), {
    retentions: '1m:1d,5m:2d',
    format: 'compressed',
    aggregation: 'mix',
    mix,
    pointsPerBlock: 50,
  });
  const points = Array.from({ length: 600 }, (_, i) => [MINUTE - 60 * (599 - i), i % 7] as const);
  for (let i = 0; i < 600; i += 20) {
    const batch = points.slice(i, i + 20);
    database.updateMany(batch, { now: batch.at(-1)![0] });
  }
  return inFolder(name);
}

/** Runs of points a minute apart up to now. */
function minutes(count: number, value: (i: number) => number = (i) => i): Pair[] {
  return Array.from({ length: count }, (_, i) => [MINUTE - 60 * (count - 1 - i), value(i)] as const);
}

/** Every archive's points with the bits of their values. */
function contentOf(source: string | Uint8Array | Database, now = NOW): (readonly [number, string])[][] {
  if (typeof source === 'string' || source instanceof Uint8Array) {
    using database = open(source, { readOnly: true });
    return contentOf(database, now);
  }
  return source.info.archives.map((_, archive) => {
    const { timestamps, values } = source.points(archive, { now });
    return bitsOf(values.slice()).map((bits, i) => [timestamps[i]!, bits] as const);
  });
}

/** Names, bytes, modes and times of everything in the folder. */
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

/** The points of each ring that a conversion at `now` takes: those in reach, or all if none is. */
function pointsInReach(database: Database, now: number): (readonly [number, string])[][] {
  return database.info.archives.map(({ retention }, archive) => {
    const { timestamps, values } = database.slots(archive);
    const all = bitsOf(values.slice())
      .map((bits, i) => [timestamps[i]!, bits] as const)
      .filter(([timestamp]) => timestamp !== 0)
      .sort(([a], [b]) => a - b);
    const within = all.filter(([timestamp]) => timestamp >= now - retention);
    return within.length === 0 ? all : within;
  });
}

/** Standard files after a few batches, and a time to convert them at, which may be long after. */
function standardFiles(): fc.Arbitrary<{ bytes: Uint8Array; now: number }> {
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double());
  const batch = fc.record({
    wait: fc.nat(60),
    points: fc.array(fc.tuple(fc.nat(40), value), { maxLength: 30 }),
  });
  return fc
    .record({
      archives: archiveLists(),
      batches: fc.array(batch, { maxLength: 6 }),
      late: fc.oneof(fc.constant(0), fc.nat(200), fc.nat(5000)),
    })
    .map(({ archives, batches, late }) => {
      const retentions = archives.map(([step, points]) => ({ step, points }));
      using database = create(null, { retentions, xFilesFactor: 0.3 });
      let now = SAMPLE_NOW;
      for (const { wait, points } of batches) {
        now += wait;
        database.updateMany(
          points.map(([age, value]) => [now - age, value] as const),
          { now },
        );
      }
      return { bytes: database.toBytes(), now: now + late };
    });
}

describe('from one format to the other', () => {
  it('each archive has the points that were within its reach, and back again the same', () => {
    fc.assert(
      fc.property(standardFiles(), ({ bytes, now }) => {
        writeFileSync(inFolder('a.wsp'), bytes);
        using source = open(bytes);
        const expected = pointsInReach(source, now);
        const options = { now, verify: true, overwrite: true } as const;
        const done = convert(inFolder('a.wsp'), inFolder('b.wsp'), { ...options, to: 'compressed' });
        expect(done.points).toBe(expected.flat().length);
        expect(contentOf(inFolder('b.wsp'), now)).toEqual(expected);
        expect(verify(inFolder('b.wsp'), { deep: true, now })).toEqual([]);
        convert(inFolder('b.wsp'), inFolder('c.wsp'), { ...options, to: 'standard' });
        const atOnce = expected.map((points, i) => withinATurn(points, source.info.archives[i]!.retention));
        expect(contentOf(inFolder('c.wsp'), now)).toEqual(atOnce);
        expect(verify(inFolder('c.wsp'), { deep: true, now })).toEqual([]);
        using back = open(inFolder('c.wsp'));
        const { archives, aggregation, xFilesFactor, maxRetention } = source.info;
        expect(back.info).toMatchObject({ archives, aggregation, xFilesFactor, maxRetention });
      }),
      { numRuns: runs },
    );
  });

  /** What a ring has slots for: an archive of which all is too old keeps points of earlier turns beside. */
  function withinATurn(points: readonly (readonly [number, string])[], retention: number) {
    return points.filter(([timestamp]) => timestamp > points.at(-1)![0] - retention);
  }

  it('a standard file answers as the compressed one that it was made of', () => {
    fc.assert(
      fc.property(compressedFiles(), (bytes) => {
        writeFileSync(inFolder('a.wsp'), bytes);
        using source = open(bytes);
        const { info } = source;
        const isMix = info.aggregation === 'mix' && info.archives.length > 1;
        for (const name of isMix ? ['average', 'max', 'p95'] : [undefined]) {
          convert(inFolder('a.wsp'), inFolder('b.wsp'), {
            to: 'standard',
            now: SAMPLE_NOW,
            overwrite: true,
            aggregation: 'last',
            ...(name === undefined ? {} : { spec: name }),
          });
          using made = open(inFolder('b.wsp'));
          const indices = [...info.archives.keys()].filter((i) => {
            const { spec } = (info as CompressedInfo).archives[i]!;
            return spec === undefined || spec.name === name;
          });
          expect(made.info.archives).toHaveLength(indices.length);
          for (const [archive, index] of indices.entries()) {
            expect(answerOf(made, archive)).toEqual(answerOf(source, index));
          }
        }
      }),
      { numRuns: runs },
    );
  });

  function answerOf(database: Database, archive: number) {
    const series = database.fetch(SAMPLE_NOW - database.info.archives[archive]!.retention, SAMPLE_NOW, {
      now: SAMPLE_NOW,
      archive,
    });
    return series === null ? null : { from: series.from, points: [...series.knownPoints()] };
  }

  it('is told in numbers', () => {
    const path = standard('a.wsp', { points: minutes(10) });
    const options = { now: NOW, overwrite: true };
    const done = convert(path, path, { ...options, to: 'compressed' });
    const sourceSize = 40 + 12 * (60 + 288);
    const targetSize = statSync(path).size;
    expect(done).toEqual({ from: 'standard', to: 'compressed', sourceSize, targetSize, points: 10 + 3 });
    expect(convert(path, path, { ...options, to: 'standard' })).toEqual({
      from: 'compressed',
      to: 'standard',
      sourceSize: targetSize,
      targetSize: sourceSize,
      points: 10 + 3,
    });
  });

  it('gives the same bytes in either dialect where every point finds room', () => {
    const path = standard('a.wsp', { points: minutes(60, Math.sqrt) });
    for (const dialect of ['python', 'go'] as const) {
      convert(path, inFolder(dialect), { to: 'compressed', now: NOW, dialect });
    }
    expect(readFileSync(inFolder('python')).equals(readFileSync(inFolder('go')))).toBe(true);
  });

  it.each([
    { name: 'quiet, by its usual bits', bits: '7ff8000000000000' },
    { name: 'as go has it', bits: '7ff8000000000001' },
    { name: 'as a processor makes it', bits: 'fff8000000000000' },
    { name: 'with something in it', bits: '7ff80000deadbeef' },
  ])('a NaN stays a value, $name', ({ bits }) => {
    using database = create(inFolder('a.wsp'), { retentions: '1m:1h', format: 'compressed' });
    database.updateMany(
      { timestamps: [MINUTE - 60, MINUTE], values: doubles([bits, '3ff0000000000000']) },
      { now: NOW },
    );
    const options = { now: NOW, verify: true } as const;
    convert(inFolder('a.wsp'), inFolder('b.wsp'), { ...options, to: 'standard' });
    convert(inFolder('b.wsp'), inFolder('c.wsp'), { ...options, to: 'compressed' });
    for (const name of ['b.wsp', 'c.wsp']) {
      using made = open(inFolder(name));
      expect([...made.points(0, { now: NOW }).values]).toEqual([Number.NaN, 1]);
    }
  });
});

describe('a new file', () => {
  it.each([
    { to: 'compressed', isInPlace: false },
    { to: 'compressed', isInPlace: true },
    { to: 'standard', isInPlace: false },
    { to: 'standard', isInPlace: true },
  ] as const)('has owner, mode and time of the old one: %j', ({ to, isInPlace }) => {
    const path = to === 'compressed' ? standard('a.wsp') : compressed('a.wsp');
    chmodSync(path, 0o604);
    if (process.getuid?.() === 0) chownSync(path, 1234, 4321);
    utimesSync(path, 1_500_000_000, 1_400_000_000);
    const before = statSync(path);
    const target = isInPlace ? path : inFolder('b.wsp');
    convert(path, target, { to, now: NOW, overwrite: isInPlace });
    const { uid, gid, mode, mtimeMs } = statSync(target);
    expect({ uid, gid, mode, mtimeMs }).toEqual({
      uid: before.uid,
      gid: before.gid,
      mode: before.mode,
      mtimeMs: before.mtimeMs,
    });
  });

  it('replaces another one of its name where that is asked for', () => {
    const path = standard('a.wsp');
    writeFileSync(inFolder('b.wsp'), 'other');
    convert(path, inFolder('b.wsp'), { to: 'compressed', now: NOW, overwrite: true });
    expect(contentOf(inFolder('b.wsp'))).toEqual(contentOf(path));
    expect(readdirSync(inFolder()).sort()).toEqual(['a.wsp', 'b.wsp']);
  });

  it('takes the place of the file that a symbolic link leads to, and the link stays one', () => {
    const path = standard('a.wsp');
    const before = contentOf(path);
    symlinkSync('a.wsp', inFolder('link.wsp'));
    convert(inFolder('link.wsp'), inFolder('link.wsp'), { to: 'compressed', now: NOW, overwrite: true });
    expect(lstatSync(inFolder('link.wsp')).isSymbolicLink()).toBe(true);
    expect(lstatSync(path).isSymbolicLink()).toBe(false);
    expect(open(path).format).toBe('compressed');
    expect(contentOf(inFolder('link.wsp'))).toEqual(before);
  });

  it('leaves a second name of the old one with that', () => {
    const path = standard('a.wsp');
    linkSync(path, inFolder('b.wsp'));
    const before = readFileSync(path);
    convert(path, inFolder('b.wsp'), { to: 'compressed', now: NOW, overwrite: true });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(open(inFolder('b.wsp')).format).toBe('compressed');
  });

  it.each([
    { name: 'few points of a large archive', count: 40 },
    { name: 'no points', count: 0 },
  ])('takes no more of the disk than what it holds: $name', ({ count }) => {
    const path = standard('a.wsp', { retentions: '1m:1y', points: minutes(count, Math.sqrt) });
    convert(path, inFolder('b.wsp'), { to: 'compressed', now: NOW });
    const bytes = readFileSync(inFolder('b.wsp'));
    const isUsed = (page: number) => bytes.subarray(page, page + PAGE).some((byte) => byte !== 0);
    let used = 0;
    for (let page = 0; page < bytes.length; page += PAGE) used += isUsed(page) ? PAGE : 0;
    expect(bytes.length).toBeGreaterThan(100 * PAGE);
    expect(used).toBeLessThan(4 * PAGE);
    expect(512 * statSync(inFolder('b.wsp')).blocks).toBeLessThanOrEqual(used + 16 * PAGE);
  });

  it.each(['python', 'go'] as const)('has no end marker in an archive without points (%s)', (dialect) => {
    const path = standard('a.wsp', { points: [] });
    convert(path, inFolder('b.wsp'), { to: 'compressed', now: NOW, dialect });
    using database = open(inFolder('b.wsp'));
    const { metadataSize, archives } = database.info as CompressedInfo;
    expect(archives.every(({ current }) => current.first.timestamp === 0)).toBe(true);
    expect(
      readFileSync(inFolder('b.wsp'))
        .subarray(metadataSize)
        .every((byte) => byte === 0),
    ).toBe(true);
  });
});

describe('which points are taken', () => {
  // One archive of 60 slots, each a minute.
  const retentions = '1m:1h';

  it('are those no older than the retention', () => {
    const path = standard('a.wsp', { retentions, points: minutes(60) });
    for (const [now, oldest] of [
      [MINUTE, MINUTE - 3540],
      [MINUTE + 60, MINUTE - 3540],
      [MINUTE + 61, MINUTE - 3480],
      [MINUTE + 3600, MINUTE],
    ] as const) {
      convert(path, inFolder('b.wsp'), { to: 'compressed', now, overwrite: true });
      expect(contentOf(inFolder('b.wsp'))[0]![0]![0]).toBe(oldest);
    }
  });

  it('are all of an archive where none is that young (quirk 25)', () => {
    const path = standard('a.wsp', { points: minutes(60) });
    convert(path, inFolder('b.wsp'), { to: 'compressed', now: MINUTE + 3601, verify: true });
    const [fine, coarse] = contentOf(inFolder('b.wsp'));
    expect(fine).toHaveLength(60);
    // The other archive reaches further back, and is judged by itself.
    expect(coarse).toHaveLength(13);
    convert(path, inFolder('b.wsp'), {
      to: 'compressed',
      now: MINUTE - (MINUTE % 300) + 86_400,
      overwrite: true,
    });
    expect(contentOf(inFolder('b.wsp')).map((archive) => archive.length)).toEqual([60, 1]);
  });

  it.each(['compressed', 'standard'] as const)('are those of the future as well, to %s', (to) => {
    const points = [...minutes(30), [MINUTE + 300, 99] as const];
    const path = to === 'compressed' ? standard('a.wsp', { points }) : compressed('a.wsp', points);
    const [before] = contentOf(path);
    expect(before!.at(-1)![0]).toBe(MINUTE + 300);
    convert(path, inFolder('b.wsp'), { to, now: NOW, verify: true });
    expect(contentOf(inFolder('b.wsp'))[0]).toEqual(before);
  });

  it('are those up to now in spite of one in the far future', () => {
    const path = compressed('a.wsp', minutes(50));
    using database = open(path);
    database.updateMany([[MINUTE + 365 * 86_400, 99]], { now: NOW });
    const before = answersUpToNow(path);
    expect(before[0]).toHaveLength(50);
    convert(path, inFolder('b.wsp'), { to: 'standard', now: NOW, verify: true });
    expect(answersUpToNow(inFolder('b.wsp'))).toEqual(before);
  });

  function answersUpToNow(path: string) {
    using database = open(path);
    return database.info.archives.map(({ retention }, archive) => {
      return [...database.fetch(NOW - retention, NOW, { now: NOW, archive })!.knownPoints()];
    });
  }

  it('are to a standard file also those that wait in buffers', () => {
    const path = compressed(
      'a.wsp',
      minutes(12, () => 6),
    );
    const [fine, coarse] = contentOf(path);
    expect(fine).toHaveLength(12);
    // Of the coarser archive the buffer keeps two values back.
    expect(coarse).toHaveLength(1);
    convert(path, inFolder('b.wsp'), { to: 'standard', now: NOW, verify: true });
    using made = open(inFolder('b.wsp'));
    expect([...made.points(1, { now: NOW }).timestamps]).toEqual(
      [0, 5, 10].map((by) => firstFive() + 60 * by),
    );
    expect([...made.points(1, { now: NOW }).values]).toEqual([6, 6, 6]);
  });

  /** The interval of five minutes in which {@link minutes} of 12 begin. */
  function firstFive(): number {
    const first = MINUTE - 11 * 60;
    return first - (first % 300);
  }

  it('come from slots of an earlier turn too, where these are within reach', () => {
    // A ring of ten minutes whose newest point left a gap: the slots behind it are of the turn before.
    const path = standard('a.wsp', { retentions: '1m:10m,5m:1d', points: minutes(10) });
    using database = open(path);
    database.updateMany([[MINUTE + 300, 5]], { now: MINUTE + 300 });
    const slots = database.slots(0).timestamps;
    expect(slots).toContain(MINUTE - 240);
    convert(path, inFolder('b.wsp'), { to: 'compressed', now: MINUTE + 300, verify: true });
    expect(contentOf(inFolder('b.wsp'))[0]!.map(([timestamp]) => timestamp)).toEqual(
      [...slots].filter((timestamp) => timestamp >= MINUTE - 300).sort((a, b) => a - b),
    );
  });
});

describe('a method that the other format does not have', () => {
  it.each(['avg_zero', 'absmax', 'absmin'] as const)(
    '%s is refused, unless another is named',
    (aggregation) => {
      const path = standard('a.wsp', { aggregation });
      const options = { to: 'compressed', now: NOW } as const;
      expectRefused(
        () => convert(path, inFolder('b.wsp'), options),
        'WSP_BAD_AGGREGATION',
        /option aggregation/,
      );
      convert(path, inFolder('b.wsp'), { ...options, aggregation: 'max' });
      expect(open(inFolder('b.wsp')).info.aggregation).toBe('max');
      expectRefused(
        () => convert(path, inFolder('c.wsp'), { ...options, aggregation: 'avg_zero' }),
        'WSP_BAD_AGGREGATION',
      );
    },
  );

  it('is one of the dialect: number 6 is first to go', () => {
    const path = standard('a.wsp', { aggregation: 'avg_zero' });
    convert(path, inFolder('b.wsp'), { to: 'compressed', now: NOW, dialect: 'go' });
    expect(open(inFolder('b.wsp')).info.aggregation).toBe('first');
    expectRefused(
      () => convert(inFolder('b.wsp'), inFolder('c.wsp'), { to: 'standard', now: NOW }),
      'WSP_BAD_AGGREGATION',
      /first.*dialect: 'go' has it/,
    );
    convert(inFolder('b.wsp'), inFolder('c.wsp'), { to: 'standard', now: NOW, dialect: 'go' });
    expect(readFileSync(inFolder('c.wsp')).equals(readFileSync(path))).toBe(true);
    convert(inFolder('b.wsp'), inFolder('d.wsp'), { to: 'standard', now: NOW, aggregation: 'min' });
    expect(open(inFolder('d.wsp')).info.aggregation).toBe('min');
  });

  it('is that of a mix, of which one has to be chosen', () => {
    const path = mixed('a.wsp');
    const to = (options: Partial<ConvertOptions>) =>
      convert(path, inFolder('b.wsp'), { to: 'standard', now: NOW, overwrite: true, ...options });
    expectRefused(() => to({}), 'WSP_BAD_OPTION', /spec: one of average, max, p95/);
    expectRefused(() => to({ spec: 'min' }), 'WSP_BAD_OPTION', /'min'.*one of average, max, p95/);
    expectRefused(() => to({ spec: 'nonsense' }), 'WSP_BAD_AGGREGATION');
    expectRefused(() => to({ spec: 'p95' }), 'WSP_BAD_AGGREGATION', /percentile/);
    for (const [archive, options] of [
      [1, { spec: 'average' }],
      [2, { spec: { method: 'max' } }],
      [3, { spec: 'p95', aggregation: 'max' }],
    ] as const) {
      to(options);
      using made = open(inFolder('b.wsp'));
      expect(made.info).toMatchObject({
        aggregation: archive === 1 ? 'average' : 'max',
        archives: { length: 2 },
      });
      using source = open(path);
      expect(contentOf(made)[1]!.slice(0, 50)).toEqual(contentOf(source)[archive]!.slice(0, 50));
    }
  });

  it('is no question to a file that is no mix', () => {
    const path = compressed('a.wsp');
    const options = { to: 'standard', now: NOW, spec: 'max' } as const;
    expectRefused(() => convert(path, inFolder('b.wsp'), options), 'WSP_BAD_OPTION', /no mix/);
  });
});

describe('an odd standard file', () => {
  /** A standard file by its header's fields and slots of [time, value]. */
  function write(
    name: string,
    archives: readonly (readonly [offset: number, step: number, points: number])[],
    slots: readonly (readonly Pair[])[],
    { first = 1, maxRetention = 3600, behind = 0 } = {},
  ): string {
    const end = Math.max(...archives.map(([offset, , points]) => offset + 12 * points));
    const bytes = Buffer.alloc(end + behind);
    const fields = [first, maxRetention, 0, archives.length, ...archives.flat()];
    for (const [i, field] of fields.entries()) bytes.writeUInt32BE(field, 4 * i);
    for (const [i, [offset]] of archives.entries()) {
      for (const [slot, [timestamp, value]] of slots[i]!.entries()) {
        bytes.writeUInt32BE(timestamp, offset + 12 * slot);
        bytes.writeDoubleBE(value, offset + 12 * slot + 4);
      }
    }
    writeFileSync(inFolder(name), bytes);
    return inFolder(name);
  }

  it.each([
    {
      name: 'steps that do not divide',
      archives: [
        [60, 100],
        [150, 100],
      ],
      words: /60 does not divide 150/,
    },
    {
      name: 'equal steps',
      archives: [
        [60, 100],
        [60, 200],
      ],
      words: /same step/,
    },
    {
      name: 'a coarser archive that reaches less far',
      archives: [
        [60, 100],
        [300, 5],
      ],
      words: /reach further/,
    },
    {
      name: 'too few points for one of the next',
      archives: [
        [60, 4],
        [600, 100],
      ],
      words: /4 points/,
    },
  ] as const)('of $name is refused, since the compressed format has no such', ({ archives, words }) => {
    let offset = 16 + 12 * archives.length;
    const placed = archives.map(([step, points]) => {
      const at = offset;
      offset += 12 * points;
      return [at, step, points] as const;
    });
    const path = write('a.wsp', placed, [[[MINUTE, 1]], []]);
    const before = readFileSync(path);
    expectRefused(
      () => convert(path, path, { to: 'compressed', now: NOW, overwrite: true }),
      'WSP_BAD_ARCHIVE_LIST',
      words,
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('with its archives in another order has them finest first', () => {
    const path = write(
      'a.wsp',
      [
        [40 + 12 * 60, 300, 100],
        [40, 60, 60],
      ],
      [[[MINUTE - (MINUTE % 300), 5]], [[MINUTE, 1]]],
    );
    convert(path, inFolder('b.wsp'), { to: 'compressed', now: NOW, verify: true });
    using made = open(inFolder('b.wsp'));
    expect(made.info.archives.map(({ step, points }) => [step, points])).toEqual([
      [60, 60],
      [300, 100],
    ]);
    expect([...made.points(0).values, ...made.points(1).values]).toEqual([1, 5]);
  });

  it('of the very old format, or with another max retention and bytes behind it, becomes a plain one', () => {
    const path = write('a.wsp', [[FIRST_SLOT, 60, 60]], [[[MINUTE, 1]]], {
      first: NOW,
      maxRetention: 7,
      behind: 5,
    });
    expect(open(path).info).toMatchObject({ legacy: true });
    convert(path, inFolder('b.wsp'), { to: 'compressed', now: NOW, verify: true });
    using made = open(inFolder('b.wsp'));
    expect(made.info).toMatchObject({ aggregation: 'average', maxRetention: 3600, warnings: [] });
    expect([...made.points(0).values]).toEqual([1]);
  });

  it('whose times are no multiples of the step is refused, since blocks cannot hold these (quirk 5)', () => {
    const path = write(
      'a.wsp',
      [[FIRST_SLOT, 60, 60]],
      [
        [
          [MINUTE, 1],
          [MINUTE + 67, 2],
          [MINUTE + 121, 3],
        ],
      ],
    );
    expectRefused(
      () => convert(path, inFolder('b.wsp'), { to: 'compressed', now: NOW, verify: true }),
      'WSP_CORRUPT',
      /differs from the old one/,
    );
  });

  it('that was cut off is refused', () => {
    const path = standard('a.wsp');
    writeFileSync(path, readFileSync(path).subarray(0, 4000));
    expectRefused(() => convert(path, inFolder('b.wsp'), { to: 'compressed', now: NOW }), 'WSP_CORRUPT');
  });
});

describe('what is refused leaves everything as it was', () => {
  it.each([
    { name: 'a taken name', options: {}, code: 'WSP_EXISTS' },
    { name: 'the format that the file has', options: { to: 'standard' }, code: 'WSP_BAD_OPTION' },
    { name: 'no format', options: { to: undefined }, code: 'WSP_BAD_OPTION' },
    { name: 'another format', options: { to: 'gzip' }, code: 'WSP_BAD_OPTION' },
    { name: 'an option that does not exist', options: { format: 'compressed' }, code: 'WSP_BAD_OPTION' },
    { name: 'overwrite that is no flag', options: { overwrite: 1 }, code: 'WSP_BAD_OPTION' },
    { name: 'verify that is no flag', options: { verify: 'yes' }, code: 'WSP_BAD_OPTION' },
    { name: 'a time in milliseconds', options: { now: 1000 * NOW }, code: 'WSP_BAD_TIMESTAMP' },
    { name: 'a lock that is no flag', options: { lock: 1, overwrite: true }, code: 'WSP_BAD_OPTION' },
  ])('$name', ({ options, code }) => {
    const path = standard('a.wsp');
    const taken = compressed('b.wsp');
    const given = { to: 'compressed', now: NOW, ...options } as ConvertOptions;
    expectRefused(() => convert(path, taken, given), code);
  });

  it('the place of the source itself, without overwrite', () => {
    const path = standard('a.wsp');
    expectRefused(() => convert(path, path, { to: 'compressed', now: NOW }), 'WSP_EXISTS');
    const other = compressed('b.wsp');
    expectRefused(
      () => convert(other, inFolder('c.wsp'), { to: 'compressed', now: NOW }),
      'WSP_BAD_OPTION',
      /b\.wsp: the file is compressed already/,
    );
  });

  it.each([
    { name: 'no source', source: 'none.wsp', target: 'b.wsp', code: 'WSP_NOT_FOUND' },
    { name: 'no folder for the target', source: 'a.wsp', target: 'none/b.wsp', code: 'WSP_NOT_FOUND' },
    { name: 'a source that is no database', source: 'junk.wsp', target: 'b.wsp', code: 'WSP_CORRUPT' },
    { name: 'a folder as target', source: 'a.wsp', target: '.', code: 'WSP_NOT_A_FILE' },
  ])('$name', ({ source, target, code }) => {
    standard('a.wsp');
    writeFileSync(inFolder('junk.wsp'), 'no database, but long enough for a header of one');
    const options = { to: 'compressed', now: NOW, overwrite: true } as const;
    expectRefused(() => convert(inFolder(source), inFolder(target), options), code);
  });

  it('a damaged block', () => {
    const bytes = compressedSample();
    using database = open(bytes);
    const { offset } = database.blocks(0)[1]!;
    bytes[offset + 20]! ^= 0xff;
    writeFileSync(inFolder('a.wsp'), bytes);
    const options = { to: 'standard', now: SAMPLE_NOW, overwrite: true } as const;
    expectRefused(() => convert(inFolder('a.wsp'), inFolder('a.wsp'), options), 'WSP_CORRUPT', /block 1/);
  });
});

describe.runIf(hasFlock)('with a lock', () => {
  /** Runs the work while another process holds a lock on the file. */
  async function whileLocked(path: string, flag: '-x' | '-s', work: () => void): Promise<void> {
    const holder = spawn('flock', [flag, path, 'sh', '-c', 'echo held; read line'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    try {
      work();
    } finally {
      holder.stdin.end('\n');
      await once(holder, 'exit');
    }
  }

  const options = { to: 'compressed', now: NOW, lock: true, lockTimeoutMs: 30 } as const;

  it('a file that another process writes to is waited for', async () => {
    const path = standard('a.wsp');
    await whileLocked(path, '-x', () => {
      expectRefused(() => convert(path, path, { ...options, overwrite: true }), 'WSP_LOCKED', /for 30 ms/);
      expectRefused(() => convert(path, inFolder('b.wsp'), options), 'WSP_LOCKED');
      // Who asks for no lock gets none.
      convert(path, inFolder('b.wsp'), { ...options, lock: false });
    });
    convert(path, path, { ...options, overwrite: true });
    expect(open(path).format).toBe('compressed');
  });

  it('a file that another process reads can be read as well, but not replaced', async () => {
    const path = standard('a.wsp');
    await whileLocked(path, '-s', () => {
      convert(path, inFolder('b.wsp'), options);
      expectRefused(() => convert(path, path, { ...options, overwrite: true }), 'WSP_LOCKED');
    });
    expect(open(path).format).toBe('standard');
  });

  it('a file that is replaced by the conversion of another one is waited for too', async () => {
    const path = standard('a.wsp');
    writeFileSync(inFolder('b.wsp'), 'other');
    await whileLocked(inFolder('b.wsp'), '-x', () => {
      expectRefused(() => convert(path, inFolder('b.wsp'), { ...options, overwrite: true }), 'WSP_LOCKED');
    });
  });
});
