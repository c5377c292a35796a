import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type CompressedInfo, type CreateOptions, create, open } from '../../src/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();
const retentions = '10s:2m,1m:10m';

describe('create', () => {
  it('has defaults: average, and an xFilesFactor of a half', () => {
    using database = create(inFolder('a.wsp'), { retentions });
    expect(database.path).toBe(inFolder('a.wsp'));
    expect(database.format).toBe('standard');
    expect(database.info).toEqual({
      format: 'standard',
      aggregation: 'average',
      xFilesFactor: 0.5,
      maxRetention: 600,
      fileSize: 304,
      legacy: false,
      archives: [
        { offset: 40, step: 10, points: 12, retention: 120, size: 144 },
        { offset: 184, step: 60, points: 10, retention: 600, size: 120 },
      ],
      warnings: [],
    });
  });

  it('gives the same bytes dense, sparse and in memory', () => {
    for (const [name, sparse] of [
      ['a.wsp', false],
      ['b.wsp', true],
    ] as const) {
      using _ = create(inFolder(name), { retentions, sparse });
    }
    using inMemory = create(null, { retentions });
    expect(readFileSync(inFolder('a.wsp'))).toEqual(readFileSync(inFolder('b.wsp')));
    expect(Buffer.from(inMemory.toBytes())).toEqual(readFileSync(inFolder('a.wsp')));
    expect(inMemory.path).toBeUndefined();
  });

  it('takes a file: URL for a path', () => {
    create(pathToFileURL(inFolder('a b.wsp')), { retentions }).close();
    expect(readdirSync(inFolder())).toEqual(['a b.wsp']);
  });

  it('refuses a name that is taken, and replaces it only when asked', () => {
    create(inFolder('a.wsp'), { retentions }).close();
    expect(() => create(inFolder('a.wsp'), { retentions: '1s:5' })).toThrow(
      expect.objectContaining({ code: 'WSP_EXISTS', path: inFolder('a.wsp') }),
    );
    expect(statSync(inFolder('a.wsp')).size).toBe(304);
    create(inFolder('a.wsp'), { retentions: '1s:5', overwrite: true }).close();
    expect(statSync(inFolder('a.wsp')).size).toBe(88);
  });

  it('does not change the list it is given', () => {
    const list = Object.freeze([
      Object.freeze({ step: 60, points: 10 }),
      Object.freeze({ step: 10, points: 12 }),
    ]);
    using database = create(null, { retentions: list });
    expect(database.info.archives.map(({ step }) => step)).toEqual([10, 60]);
  });

  it('makes files alike of the same options, and others of others', () => {
    const shape = (options: Partial<CreateOptions>) => {
      using database = create(null, { retentions, ...options });
      const { aggregation, xFilesFactor, archives } = database.info;
      return [aggregation, xFilesFactor, archives.map(({ points }) => points).join()];
    };
    const plain = ['average', 0.5, '12,10'];
    expect(shape({})).toEqual(plain);
    expect(shape({ aggregation: 'avg_zero' })).toEqual(['avg_zero', 0.5, '12,10']);
    expect(shape({})).toEqual(plain);
    expect(shape({ xFilesFactor: 0.25 })).toEqual(['average', 0.25, '12,10']);
    expect(shape({ retentions: '10s:5m' })).toEqual(['average', 0.5, '30']);
    expect(shape({ aggregation: 'first', dialect: 'go' })).toEqual(['first', 0.5, '12,10']);
    expect(() => shape({ aggregation: 'first' })).toThrow(/unknown aggregation method/);
    expect(shape({})).toEqual(plain);
  });

  it('looks into a list of retentions each time', () => {
    const list = [{ step: 10, points: 5 }];
    using one = create(null, { retentions: list });
    list[0] = { step: 10, points: 9 };
    using other = create(null, { retentions: list });
    expect([one, other].map(({ info }) => info.archives[0]!.points)).toEqual([5, 9]);
  });

  it.each(['standard', 'compressed'] as const)('gives each database its own bytes: %s', (format) => {
    using one = create(null, { retentions, format });
    using other = create(null, { retentions, format });
    const before = other.toBytes();
    one.setAggregation('max');
    one.update(1, 1000, { now: 1000 });
    expect(other.toBytes()).toEqual(before);
    using third = create(null, { retentions, format });
    expect(third.toBytes()).toEqual(before);
  });

  describe('checks everything before any file is touched', () => {
    it.each([
      { name: 'no options', options: undefined, code: 'WSP_BAD_OPTION' },
      { name: 'no retentions', options: {}, code: 'WSP_BAD_OPTION' },
      { name: 'a bad definition', options: { retentions: '10x:1d' }, code: 'WSP_BAD_RETENTION' },
      { name: 'a bad list', options: { retentions: '60:60,60:70' }, code: 'WSP_BAD_ARCHIVE_LIST' },
      { name: 'an empty list', options: { retentions: [] }, code: 'WSP_BAD_ARCHIVE_LIST' },
      { name: 'a bad method', options: { retentions, aggregation: 'median' }, code: 'WSP_BAD_AGGREGATION' },
      {
        name: 'first, which Python has not',
        options: { retentions, aggregation: 'first' },
        code: 'WSP_BAD_AGGREGATION',
      },
      {
        name: 'an xFilesFactor above 1',
        options: { retentions, xFilesFactor: 1.1 },
        code: 'WSP_BAD_X_FILES_FACTOR',
      },
      {
        name: 'an xFilesFactor NaN',
        options: { retentions, xFilesFactor: Number.NaN },
        code: 'WSP_BAD_X_FILES_FACTOR',
      },
      {
        name: 'an xFilesFactor of words',
        options: { retentions, xFilesFactor: 'half' },
        code: 'WSP_BAD_X_FILES_FACTOR',
      },
      {
        name: 'an xFilesFactor of blanks',
        options: { retentions, xFilesFactor: ' ' },
        code: 'WSP_BAD_X_FILES_FACTOR',
      },
      { name: 'an unknown option', options: { retentions, xff: 0.5 }, code: 'WSP_BAD_OPTION' },
      { name: 'a flag that is none', options: { retentions, sparse: 'yes' }, code: 'WSP_BAD_OPTION' },
      { name: 'a dialect that is none', options: { retentions, dialect: 'rust' }, code: 'WSP_BAD_OPTION' },
      { name: 'a durability that is none', options: { retentions, durable: 'yes' }, code: 'WSP_BAD_OPTION' },
      { name: 'a clock that is none', options: { retentions, clock: 5 }, code: 'WSP_BAD_OPTION' },
      { name: 'a time-out that is none', options: { retentions, lockTimeoutMs: -1 }, code: 'WSP_BAD_OPTION' },
    ])('$name', ({ options, code }) => {
      expect(() => create(inFolder('a.wsp'), options as never)).toThrow(
        expect.objectContaining({ code, path: inFolder('a.wsp') }),
      );
      expect(readdirSync(inFolder())).toEqual([]);
    });
  });

  it.each([[''], ['a\0b'], [5], [undefined], [new URL('https://example.org/a.wsp')]])(
    'refuses a path that is none: %s',
    (path) => {
      expect(() => create(path as never, { retentions })).toThrow(
        expect.objectContaining({ code: 'WSP_BAD_OPTION' }),
      );
    },
  );

  it('says so when the folder is missing, and does not make it', () => {
    expect(() => create(inFolder('no/a.wsp'), { retentions })).toThrow(
      expect.objectContaining({ code: 'WSP_NOT_FOUND' }),
    );
    expect(existsSync(inFolder('no'))).toBe(false);
  });

  it('writes first into a file of the go dialect, which then reads as avg_zero without it', () => {
    create(inFolder('a.wsp'), { retentions, aggregation: 'first', dialect: 'go' }).close();
    using go = open(inFolder('a.wsp'), { dialect: 'go' });
    using python = open(inFolder('a.wsp'));
    expect([go.info.aggregation, python.info.aggregation]).toEqual(['first', 'avg_zero']);
  });

  it('holds its lock as long as the handle is open', () => {
    using _ = create(inFolder('a.wsp'), { retentions, lock: true });
    expect(() => open(inFolder('a.wsp'), { lock: true, lockTimeoutMs: 0 })).toThrow(
      expect.objectContaining({ code: 'WSP_LOCKED' }),
    );
  });
});

describe('a compressed file', () => {
  const compressed = { retentions, format: 'compressed' } as const;

  it('has defaults: average, an xFilesFactor of a half, 7200 points per block and 2 bytes per point', () => {
    using database = create(inFolder('a.wsp'), compressed);
    expect(database.format).toBe('compressed');
    const nothing = { timestamp: 0, value: 0, bits: '0000000000000000' };
    const empty = (offset: number) => ({
      index: 0,
      first: nothing,
      latest: nothing,
      previous: nothing,
      lastByte: 0,
      lastByteOffset: offset,
      bitPosition: 7,
      count: 0,
      crc: 0,
    });
    const range = { start: 0, end: 0, count: 0, crc: 0 };
    const counters = { discarded: 0, growths: 0, buffered: 0 };
    const { checksum, ...info } = database.info as CompressedInfo;
    expect(info).toEqual({
      format: 'compressed',
      version: 1,
      aggregation: 'average',
      xFilesFactor: 0.5,
      maxRetention: 600,
      fileSize: 763,
      legacy: false,
      pointsPerBlock: 7200,
      pointSize: 2,
      metadataSize: 527,
      isChecksumRight: true,
      archives: [
        {
          offset: 527,
          step: 10,
          points: 12,
          retention: 120,
          size: 122,
          blockSize: 61,
          blockCount: 2,
          pointSize: 2,
          current: empty(527),
          ranges: [range, range],
          bufferSize: 144,
          ...counters,
        },
        {
          offset: 649,
          step: 60,
          points: 10,
          retention: 600,
          size: 114,
          blockSize: 57,
          blockCount: 2,
          pointSize: 2,
          current: empty(649),
          ranges: [range, range],
          bufferSize: 0,
          ...counters,
        },
      ],
      warnings: [],
    });
    expect(checksum).toBe(readFileSync(inFolder('a.wsp')).readUInt32BE(43));
  });

  it('is the same for both dialects, on disk, written out and in memory', () => {
    for (const dialect of ['python', 'go'] as const) {
      const options = { ...compressed, retentions: '1m:1y', mix: ['max', 'p99.9'], dialect } as const;
      using inMemory = create(null, options);
      create(inFolder('hole.wsp'), { ...options, overwrite: true }).close();
      create(inFolder('whole.wsp'), { ...options, fallocate: true, overwrite: true }).close();
      for (const name of ['hole.wsp', 'whole.wsp']) {
        expect(readFileSync(inFolder(name)).equals(inMemory.toBytes())).toBe(true);
      }
      // A megabyte, of which nothing is written yet.
      expect(statSync(inFolder('hole.wsp')).blocks).toBeLessThan(statSync(inFolder('whole.wsp')).blocks);
    }
  });

  it('takes the place of a file of the other format, and the other way round', () => {
    create(inFolder('a.wsp'), { retentions }).close();
    expect(() => create(inFolder('a.wsp'), compressed)).toThrow(
      expect.objectContaining({ code: 'WSP_EXISTS' }),
    );
    create(inFolder('a.wsp'), { ...compressed, overwrite: true }).close();
    expect(open(inFolder('a.wsp')).format).toBe('compressed');
    create(inFolder('a.wsp'), { retentions, overwrite: true }).close();
    expect(open(inFolder('a.wsp')).format).toBe('standard');
  });

  it('of a mix tells the aggregation of each archive, and none for the base', () => {
    using database = create(null, {
      ...compressed,
      mix: ['average', { method: 'percentile', percentile: 99.9 }],
    });
    const { aggregation, archives } = database.info as CompressedInfo;
    expect(aggregation).toBe('mix');
    expect(archives.map(({ step, spec, bufferSize }) => [step, spec, bufferSize])).toEqual([
      [10, undefined, 0],
      [60, { method: 'average', percentile: 0, name: 'average' }, 0],
      [60, { method: 'percentile', percentile: Math.fround(99.9), name: 'p99.900002' }, 0],
    ]);
  });

  it.each([
    { name: 'an unknown format', options: { retentions, format: 'gorilla' }, code: 'WSP_BAD_OPTION' },
    { name: 'a mix in a standard file', options: { retentions, mix: ['max'] }, code: 'WSP_BAD_OPTION' },
    {
      name: 'a point size in a standard file',
      options: { retentions, pointSize: 2 },
      code: 'WSP_BAD_OPTION',
    },
    { name: 'a mix without a list', options: { ...compressed, aggregation: 'mix' }, code: 'WSP_BAD_OPTION' },
    {
      name: 'an aggregation twice in a mix',
      options: { ...compressed, mix: ['max', 'max'] },
      code: 'WSP_BAD_AGGREGATION',
    },
    {
      name: 'a method that it has not',
      options: { ...compressed, aggregation: 'avg_zero' },
      code: 'WSP_BAD_AGGREGATION',
    },
    { name: 'blocks too small', options: { ...compressed, pointSize: 0.5 }, code: 'WSP_BAD_OPTION' },
    {
      name: 'a bad list',
      options: { ...compressed, retentions: '60:60,90:70' },
      code: 'WSP_BAD_ARCHIVE_LIST',
    },
    {
      name: 'the old name of an option',
      options: { ...compressed, pointSizeHint: 2 },
      code: 'WSP_BAD_OPTION',
    },
  ])('is not made of $name', ({ options, code }) => {
    expect(() => create(inFolder('a.wsp'), options as never)).toThrow(
      expect.objectContaining({ code, path: inFolder('a.wsp') }),
    );
    expect(readdirSync(inFolder())).toEqual([]);
  });
});
