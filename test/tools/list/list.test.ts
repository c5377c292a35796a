import { mkdirSync, readFileSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { create, type ListOptions, list, open } from '../../../src/index.js';
import { globToRegExp } from '../../../src/tools/list/filter.js';
import { NOW, useFreshFolder } from '../../support/cli.js';
import { errorOf } from '../../support/error-of.js';

useFreshFolder();

const DAY = 86_400;
const RETENTIONS = '1m:1h,5m:1d,1h:90d';

/** A file whose points are so many seconds old, last changed when the newest was stored. */
function make(path: string, format: 'standard' | 'compressed', ages: readonly number[]): void {
  using database = create(path, { retentions: RETENTIONS, format, sparse: true });
  for (const age of [...ages].sort((a, b) => b - a)) database.update(age, NOW - age, { now: NOW - age });
  const changed = NOW - Math.min(...ages, 1000 * DAY);
  utimesSync(path, changed, changed);
}

beforeEach(() => {
  mkdirSync('tree/web/a', { recursive: true });
  make('tree/web/a/cpu.wsp', 'standard', [0, 60, 120]);
  make('tree/web/a/disk.wsp', 'compressed', [30 * DAY, 30 * DAY + 60]);
  make('tree/web/b.wsp', 'standard', [70 * DAY]);
  make('tree/new.wsp', 'standard', []);
});

const names = (options: ListOptions = {}) =>
  [...list('tree', { now: NOW, ...options })].map(({ path }) => path.slice('tree/'.length));

describe('list', () => {
  it('tells of each file of a folder what its header says, its newest point and its size', () => {
    const files = [...list('tree', { now: NOW })];
    expect(files.map(({ name }) => name)).toEqual(['new', 'web.a.cpu', 'web.a.disk', 'web.b']);
    expect(files[1]).toEqual({
      path: 'tree/web/a/cpu.wsp',
      name: 'web.a.cpu',
      header: {
        format: 'standard',
        aggregation: 'average',
        mix: null,
        xFilesFactor: 0.5,
        retentions: [
          { step: 60, points: 60 },
          { step: 300, points: 288 },
          { step: 3600, points: 2160 },
        ],
        legacy: false,
        newest: NOW - (NOW % 60),
      },
      size: 52 + 12 * (60 + 288 + 2160),
      diskSize: expect.any(Number),
      modified: NOW,
      schema: null,
      problem: null,
    });
    expect(files.map(({ header }) => header?.newest)).toEqual(
      [null, 0, 30, 70].map((days) => (days === null ? null : Math.floor((NOW - days * DAY) / 60) * 60)),
    );
  });

  it('takes files, several folders and links, and each file once', () => {
    symlinkSync('web/b.wsp', 'tree/link.wsp');
    const paths = ['tree/web/b.wsp', 'tree/web', 'tree'];
    expect([...list(paths, { now: NOW })].map(({ path, name }) => [path, name])).toEqual([
      ['tree/web/b.wsp', 'b'],
      ['tree/web/a/cpu.wsp', 'a.cpu'],
      ['tree/web/a/disk.wsp', 'a.disk'],
      ['tree/link.wsp', 'link'],
      ['tree/new.wsp', 'new'],
    ]);
    expect([...list('tree/web/b.wsp', { root: 'tree', now: NOW })][0]).toMatchObject({ name: 'web.b' });
  });

  it('looks at a file when it is asked for, and ends where the signal says', () => {
    const stop = new AbortController();
    const files = list('tree', { now: NOW, signal: stop.signal });
    expect(files.next().value).toMatchObject({ name: 'new' });
    stop.abort(new Error('enough'));
    expect(() => files.next()).toThrow('enough');
  });

  it('knows the aggregations of a mix file', () => {
    create('mix.wsp', { retentions: '1m:1h,1h:1d', format: 'compressed', mix: ['max', 'p95'] }).close();
    expect([...list('mix.wsp', { now: NOW })][0]!.header).toMatchObject({
      aggregation: 'mix',
      mix: ['max', 'p95'],
      retentions: [
        { step: 60, points: 60 },
        { step: 3600, points: 24 },
      ],
    });
  });

  it('tells of what cannot be opened or read as records', () => {
    truncateSync('tree/web/b.wsp', 500);
    writeFileSync('tree/none.wsp', '');
    const bytes = readFileSync('tree/web/a/disk.wsp');
    writeFileSync('tree/block.wsp', damaged());
    const found = [...list(['tree', 'missing.wsp'], { now: NOW, damaged: true })];
    expect(found.map(({ path, header, problem }) => [path, header?.format ?? null, problem?.code])).toEqual([
      ['tree/block.wsp', 'compressed', 'WSP_CORRUPT'],
      ['tree/none.wsp', null, 'WSP_CORRUPT'],
      ['tree/web/b.wsp', null, 'WSP_CORRUPT'],
      ['missing.wsp', null, 'WSP_NOT_FOUND'],
    ]);
    expect(found.map(({ size }) => size)).toEqual([expect.any(Number), 0, 500, null]);
    expect(bytes.length).toBeGreaterThan(500);
  });

  it.each([
    { options: { stale: 60 * DAY }, found: ['new.wsp', 'web/b.wsp'] },
    { options: { stale: 20 * DAY }, found: ['new.wsp', 'web/a/disk.wsp', 'web/b.wsp'] },
    { options: { stale: 0, now: NOW - 20 }, found: ['new.wsp', 'web/a/disk.wsp', 'web/b.wsp'] },
    { options: { stale: 2000 * DAY }, found: [] },
    { options: { match: 'web.*' }, found: ['web/b.wsp'] },
    { options: { match: '**.{cpu,disk}' }, found: ['web/a/cpu.wsp', 'web/a/disk.wsp'] },
    { options: { match: /B$/i }, found: ['web/b.wsp'] },
    { options: { match: /a/g }, found: ['web/a/cpu.wsp', 'web/a/disk.wsp'] },
    { options: { kinds: ['compressed'] as const }, found: ['web/a/disk.wsp'] },
    { options: { kinds: ['mix', 'empty'] as const }, found: ['new.wsp'] },
    { options: { kinds: ['standard'] as const, stale: DAY }, found: ['new.wsp', 'web/b.wsp'] },
    { options: { kinds: ['legacy'] as const }, found: [] },
    { options: { damaged: true }, found: [] },
  ])('lists with $options only $found', ({ options, found }) => {
    expect(names(options)).toEqual(found);
  });

  it('with fast goes by the time of the last change', () => {
    utimesSync('tree/web/b.wsp', NOW, NOW);
    expect(names({ stale: 60 * DAY, fast: true })).toEqual(['new.wsp']);
    expect(names({ stale: 60 * DAY })).toEqual(['new.wsp', 'web/b.wsp']);
    expect([...list('tree/web/b.wsp', { now: NOW, fast: true })][0]!.header!.newest).toBeNull();
  });

  it('does not call a point of the future old, and prefers one up to now', () => {
    using database = open('tree/web/b.wsp');
    database.updateMany([[NOW + 600, 1]], { now: NOW });
    database.close();
    const [file] = [...list('tree/web/b.wsp', { now: NOW })];
    expect(file!.header!.newest).toBe(Math.floor((NOW - 70 * DAY) / 60) * 60);
    make('future.wsp', 'standard', []);
    using other = open('future.wsp');
    other.updateMany([[NOW + 600, 1]], { now: NOW });
    expect([...list('future.wsp', { now: NOW, stale: 0 })]).toEqual([]);
    expect([...list('future.wsp', { now: NOW })][0]!.header!.newest).toBe(Math.floor((NOW + 600) / 60) * 60);
  });

  it('prefers a point up to now of a coarser archive to one of the future', () => {
    make('both.wsp', 'standard', []);
    using database = open('both.wsp');
    database.updateMany([[NOW + 600, 1]], { now: NOW });
    database.updateMany([[NOW - 7200, 1]], { now: NOW });
    expect([...list('both.wsp', { now: NOW })][0]!.header!.newest).toBe(Math.floor((NOW - 7200) / 300) * 300);
  });

  it.each(['standard', 'compressed'] as const)(
    'finds a newest point that only a coarser archive has: %s',
    (format) => {
      make('back.wsp', format, [80 * DAY]);
      using database = open('back.wsp');
      database.updateMany([[NOW - 2 * DAY, 1]], { now: NOW });
      database.updateMany([[NOW - 7200, 1]], { now: NOW });
      expect([...list('back.wsp', { now: NOW })][0]!.header!.newest).toBe(
        Math.floor((NOW - 7200) / 300) * 300,
      );
    },
  );

  it('compares files with the configuration', () => {
    writeFileSync(
      's.conf',
      `[a]\npattern = ^web\\.a\\.\nretentions = ${RETENTIONS}\ncompressed = true\n[b]\npattern = b$\nretentions = 1m:2h\n`,
    );
    writeFileSync('g.conf', '[cpu]\npattern = cpu$\naggregationMethod = max\nxFilesFactor = 0.5\n');
    const files = [...list('tree', { now: NOW, schemas: 's.conf', aggregation: 'g.conf' })];
    expect(files.map(({ schema }) => schema)).toEqual([
      null,
      {
        schema: 'a',
        aggregation: 'cpu',
        mismatches: [
          { field: 'aggregation', is: 'average', shouldBe: 'max' },
          { field: 'format', is: 'standard', shouldBe: 'compressed' },
        ],
      },
      { schema: 'a', aggregation: 'default', mismatches: [] },
      {
        schema: 'b',
        aggregation: 'default',
        mismatches: [{ field: 'retentions', is: '1m:1h,5m:1d,1h:90d', shouldBe: '1m:2h' }],
      },
    ]);
    const wrong = { schemas: 's.conf', mismatched: true };
    expect(names(wrong)).toEqual(['web/a/cpu.wsp', 'web/b.wsp']);
    expect(names({ ...wrong, fallback: true })).toEqual(['new.wsp', 'web/a/cpu.wsp', 'web/b.wsp']);
  });

  it.each([
    { options: { stale: -1 }, message: 'option stale is -1' },
    { options: { stale: '60d' }, message: "option stale is '60d'" },
    { options: { kinds: ['odd'] }, message: "option kinds has 'odd'" },
    { options: { match: 5 }, message: 'option match is 5' },
    { options: { match: 'a{b' }, message: "the glob 'a{b' has a '{' that is not closed" },
    { options: { mismatched: true }, message: 'option mismatched without schemas or aggregation' },
    {
      options: { fast: true, kinds: ['empty'] },
      message: "option kinds has 'empty' and option fast is true",
    },
    { options: { older: 1 }, message: "list has no option 'older'" },
  ])('refuses $message', ({ options, message }) => {
    const error = errorOf(() => [...list('tree', options as never)]);
    expect(error).toMatchObject({ code: 'WSP_BAD_OPTION', message: expect.stringContaining(message) });
  });

  it('hears of a mistake in the configuration before the first file', () => {
    writeFileSync('s.conf', '[a]\npattern = (\n');
    expect(errorOf(() => list('tree', { schemas: 's.conf' }).next())).toMatchObject({
      code: 'WSP_BAD_INPUT',
    });
  });
});

/** A compressed file of which the block with the newest points is damaged. */
function damaged(): Uint8Array {
  using database = create(null, { retentions: '1m:1h,5m:1d', format: 'compressed' });
  for (let age = 1800; age >= 0; age -= 60) database.update(age, NOW - age, { now: NOW - age });
  const bytes = database.toBytes();
  bytes[database.blocks(0)[0]!.offset + 14]! ^= 0xff;
  return bytes;
}

describe('globToRegExp', () => {
  it.each([
    { glob: 'a.*.c', yes: ['a.b.c', 'a..c'], no: ['a.b.b.c', 'xa.b.c', 'a.b.cx'] },
    { glob: '**.cpu', yes: ['a.b.cpu', '.cpu'], no: ['cpu'] },
    { glob: 'a?c', yes: ['abc'], no: ['a.c', 'ac'] },
    { glob: 'web[0-9]', yes: ['web5'], no: ['weba', 'web10'] },
    { glob: 'web[!0-9^]', yes: ['weba'], no: ['web5', 'web^'] },
    { glob: '{a,b*}.c', yes: ['a.c', 'bx.c'], no: ['c', 'ab.c'] },
    { glob: 'a,b}', yes: ['a,b}'], no: ['a'] },
    { glob: 'disk;dc=a+b$', yes: ['disk;dc=a+b$'], no: ['disk;dc=aab'] },
    { glob: 'a[b', yes: ['a[b'], no: ['ab'] },
  ])('$glob', ({ glob, yes, no }) => {
    const regex = globToRegExp(glob);
    expect([...yes, ...no].filter((name) => regex.test(name))).toEqual(yes);
  });
});
