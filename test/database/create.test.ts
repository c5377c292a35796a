import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { create, open } from '../../src/index.js';
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
