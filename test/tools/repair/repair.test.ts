import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { encodeJournal } from '../../../src/file/journal.js';
import { identityOf } from '../../../src/file/journal-file.js';
import { presentWriter } from '../../../src/file/writer.js';
import { create, open, type RepairOptions, repair, verify } from '../../../src/index.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const NOW = 1_600_000_000;
const inFolder = temporaryFolder();
let files = 0;

/** A file whose body was cut off, which keeps its points. */
function cutFile(name = `cut-${files++}.wsp`): string {
  const path = inFolder(name);
  using database = create(path, { retentions: '10:60,60:60', xFilesFactor: 0 });
  database.update(5, NOW, { now: NOW });
  truncateSync(path, 1000);
  return path;
}

function soundFile(): string {
  const path = inFolder(`sound-${files++}.wsp`);
  create(path, { retentions: '10:60' }).close();
  return path;
}

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('where the repaired file goes', () => {
  it('in place only with a backup, which is the old file', () => {
    const path = cutFile();
    const before = readFileSync(path);
    const { ino } = statSync(path);
    const told = repair(path, { backup: true, now: NOW });
    expect(told).toMatchObject({ outcome: 'repaired', path, output: path, backup: `${path}.bak` });
    expect(statSync(`${path}.bak`).ino).toBe(ino);
    expect(Buffer.compare(readFileSync(`${path}.bak`), before)).toBe(0);
    expect(verify(path, { deep: true, now: NOW })).toEqual([]);
    using after = open(path);
    expect([...after.fetch(NOW - 10, NOW, { now: NOW })!.values]).toEqual([5]);
  });

  it('to another name, and leaves the old file as it is', () => {
    const path = cutFile();
    const before = readFileSync(path);
    const output = `${path}.new`;
    expect(repair(path, { output, now: NOW })).toMatchObject({
      outcome: 'repaired',
      output,
      backup: undefined,
    });
    expect(Buffer.compare(readFileSync(path), before)).toBe(0);
    expect(verify(output, { deep: true, now: NOW })).toEqual([]);
  });

  it('nowhere in a dry run, which tells the same', () => {
    const path = cutFile();
    const before = readFileSync(path);
    const names = readdirSync(dirname(path));
    const told = repair(path, { dryRun: true, backup: true, now: NOW });
    expect(told).toMatchObject({ outcome: 'repairable', output: undefined, backup: undefined });
    expect(readdirSync(dirname(path))).toEqual(names);
    expect(Buffer.compare(readFileSync(path), before)).toBe(0);
    const done = repair(path, { backup: true, now: NOW });
    expect({ ...done, outcome: '', output: '', backup: '' }).toEqual({
      ...told,
      outcome: '',
      output: '',
      backup: '',
    });
  });

  it.each<RepairOptions>([{}, { output: 'a.wsp', backup: true }, { backup: 1 as unknown as boolean }])(
    'and is refused to be told nothing or two things: %o',
    (options) => {
      const path = cutFile();
      const before = readFileSync(path);
      expect(codeOf(() => repair(path, options))).toBe('WSP_BAD_OPTION');
      expect(Buffer.compare(readFileSync(path), before)).toBe(0);
    },
  );

  it.each([
    { name: 'a backup', file: (path: string) => `${path}.bak`, options: () => ({ backup: true }) },
    {
      name: 'an output',
      file: (path: string) => `${path}.new`,
      options: (path: string) => ({ output: `${path}.new` }),
    },
    {
      name: 'an output that is the file itself',
      file: undefined,
      options: (path: string) => ({ output: path }),
    },
  ])('and not over $name that is there', ({ file, options }) => {
    const path = cutFile();
    if (file !== undefined) writeFileSync(file(path), 'mine');
    const before = readFileSync(path);
    expect(codeOf(() => repair(path, { ...options(path), now: NOW }))).toBe('WSP_EXISTS');
    expect(Buffer.compare(readFileSync(path), before)).toBe(0);
    if (file !== undefined) expect(readFileSync(file(path), 'utf8')).toBe('mine');
  });

  it('behind a symbolic link, with the backup beside the file itself', () => {
    const path = cutFile();
    const folder = inFolder(`links-${files++}`);
    mkdirSync(folder);
    const link = join(folder, 'link.wsp');
    symlinkSync(path, link);
    const told = repair(link, { backup: true, now: NOW });
    expect(basename(told.backup!)).toBe(`${basename(path)}.bak`);
    expect(readdirSync(folder)).toEqual(['link.wsp']);
    expect(verify(path, { now: NOW })).toEqual([]);
  });

  it('with the mode of the old file', () => {
    const path = cutFile();
    chmodSync(path, 0o640);
    repair(path, { backup: true, now: NOW });
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });
});

describe('what is left alone', () => {
  it('a sound file, with nothing beside it', () => {
    const path = soundFile();
    const { ino, mtimeMs } = statSync(path);
    expect(repair(path, { backup: true, now: NOW })).toMatchObject({
      outcome: 'sound',
      findings: [],
      output: undefined,
    });
    expect(repair(path, { output: `${path}.new`, now: NOW }).outcome).toBe('sound');
    expect(statSync(path)).toMatchObject({ ino, mtimeMs });
    expect([`${path}.bak`, `${path}.new`].some(existsSync)).toBe(false);
  });

  it('a file that says nothing, with the reason', () => {
    const path = inFolder(`noise-${files++}.wsp`);
    writeFileSync(path, Buffer.alloc(500, 0xa5));
    const told = repair(path, { backup: true, now: NOW });
    expect(told.outcome).toBe('hopeless');
    expect(told.losses).toEqual(['its header does not tell its archives; the option retentions can']);
    expect(existsSync(`${path}.bak`)).toBe(false);
  });
});

it('an empty file becomes a new one of the retentions that were given', () => {
  const path = inFolder(`empty-${files++}.wsp`);
  writeFileSync(path, '');
  const schema = { retentions: '1:60', format: 'compressed', aggregation: 'max' } as const;
  expect(repair(path, { backup: true, now: NOW, ...schema }).outcome).toBe('repaired');
  using made = create(null, schema);
  expect(Buffer.compare(readFileSync(path), made.toBytes())).toBe(0);
});

it.each([
  [{ retentions: '10:x' }, 'WSP_BAD_RETENTION'],
  [{ aggregation: 'avg' as 'average' }, 'WSP_BAD_AGGREGATION'],
  [{ xFilesFactor: 2 }, 'WSP_BAD_X_FILES_FACTOR'],
  [{ retention: '10:60' } as object, 'WSP_BAD_OPTION'],
])('refuses a schema that no file can have, whether it is needed or not: %o', (schema, code) => {
  expect(codeOf(() => repair(soundFile(), { dryRun: true, ...schema }))).toBe(code);
});

it('refuses what is no file', () => {
  expect(codeOf(() => repair(inFolder('nothing.wsp'), { dryRun: true }))).toBe('WSP_NOT_FOUND');
  const folder = inFolder(`folder-${files++}`);
  mkdirSync(folder);
  expect(codeOf(() => repair(folder, { dryRun: true }))).toBe('WSP_NOT_A_FILE');
});

it('gives up on a file that is written to each time it is looked at, and leaves no backup', () => {
  const path = cutFile();
  let attempts = 0;
  // While a repair compares what it made with what there was, somebody else writes.
  const compare = vi.spyOn(Buffer, 'compare').mockImplementation(() => {
    attempts++;
    utimesSync(path, attempts, attempts);
    return 1;
  });
  try {
    expect(codeOf(() => repair(path, { backup: true, now: NOW }))).toBe('WSP_LOCKED');
  } finally {
    compare.mockRestore();
  }
  expect(attempts).toBe(3);
  expect(existsSync(`${path}.bak`)).toBe(false);
});

describe('a journal beside the file', () => {
  /** A call that was to write 7 in the place of the only point's value, and was stopped before it did. */
  function interrupted(): string {
    const path = cutFile();
    const position = 40 + 4;
    const before = readFileSync(path).subarray(position, position + 8);
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(7);
    // No process has such a number.
    const writer = { ...presentWriter(), pid: 2 ** 31 - 2 };
    writeFileSync(
      `${path}.journal`,
      encodeJournal({ identity: identityOf(path), writer, changes: [{ position, before, bytes }] }),
    );
    return path;
  }

  function valueIn(path: string): number {
    return readFileSync(path).readDoubleBE(44);
  }

  it('is completed before the file is repaired', () => {
    const path = interrupted();
    expect(repair(path, { backup: true, now: NOW }).outcome).toBe('repaired');
    expect(valueIn(path)).toBe(7);
    expect(existsSync(`${path}.journal`)).toBe(false);
  });

  it('stays where it is in a dry run', () => {
    const path = interrupted();
    expect(repair(path, { dryRun: true, now: NOW }).outcome).toBe('repairable');
    expect(valueIn(path)).toBe(5);
    expect(existsSync(`${path}.journal`)).toBe(true);
  });
});
