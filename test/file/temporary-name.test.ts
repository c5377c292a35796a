import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { removeAbandoned, temporaryName } from '../../src/file/temporary-name.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Names that cannot be removed, and the code with which the system says so. */
const stuck = vi.hoisted(() => ({ code: undefined as string | undefined }));

vi.mock('node:fs', async (load) => {
  const fs = await load<typeof import('node:fs')>();
  const unlinkSync = (path: string) => {
    if (stuck.code === undefined) return fs.unlinkSync(path);
    throw Object.assign(new Error(`${stuck.code}: as asked, unlink '${path}'`), { code: stuck.code });
  };
  return { ...fs, unlinkSync };
});

beforeEach(() => {
  stuck.code = undefined;
});

const inFolder = temporaryFolder();

/** A process that was there a moment ago and is not any more. */
const GONE = spawnSync(process.execPath, ['--version']).pid;

function nameOf(pid: number, random = '0123456789ab'): string {
  return `.sotto-${pid}-${random}.tmp`;
}

describe('a temporary name', () => {
  it('is in the folder, hidden, and says who writes', () => {
    const name = temporaryName(inFolder());
    expect(dirname(name)).toBe(inFolder());
    expect(basename(name)).toMatch(new RegExp(`^\\.sotto-${process.pid}-[0-9a-f]{12}\\.tmp$`));
  });

  it('is another one each time', () => {
    const names = Array.from({ length: 100 }, () => temporaryName(inFolder()));
    expect(new Set(names).size).toBe(100);
  });
});

describe('what a process that was killed left behind', () => {
  it('is removed and counted', () => {
    for (const random of ['0123456789ab', 'ffffffffffff']) writeFileSync(inFolder(nameOf(GONE, random)), 'x');
    expect(removeAbandoned(inFolder())).toBe(2);
    expect(readdirSync(inFolder())).toEqual([]);
  });

  it('is nothing in an empty folder', () => {
    expect(removeAbandoned(inFolder())).toBe(0);
  });

  it.each([
    { name: 'of a living process', file: nameOf(process.ppid) },
    { name: 'of a living process of somebody else', file: nameOf(1) },
    { name: 'with too few random digits', file: nameOf(GONE, '0123456789a') },
    { name: 'with other random digits', file: nameOf(GONE, '0123456789AB') },
    { name: 'with more behind it', file: `${nameOf(GONE)}.wsp` },
    { name: 'with more before it', file: `a${nameOf(GONE)}` },
    { name: 'without a process', file: '.sotto--0123456789ab.tmp' },
    { name: 'of a database', file: 'sotto.wsp' },
  ])('is not a file $name', ({ file }) => {
    writeFileSync(inFolder(file), 'x');
    expect(removeAbandoned(inFolder())).toBe(0);
    expect(readdirSync(inFolder())).toEqual([file]);
  });

  it('is looked for in the folder itself, not below it', () => {
    mkdirSync(inFolder('below'));
    writeFileSync(inFolder(`below/${nameOf(GONE)}`), 'x');
    expect(removeAbandoned(inFolder())).toBe(0);
  });

  it('can have been written under the number that this process has by now, as in a container', () => {
    writeFileSync(inFolder(nameOf(process.pid)), 'x');
    expect(removeAbandoned(inFolder())).toBe(1);
  });

  it.each(['ENOENT', 'EACCES', 'EROFS'])(
    'may stay, or be removed by another run: %s stops nobody',
    (code) => {
      writeFileSync(inFolder(nameOf(GONE)), 'x');
      stuck.code = code;
      expect(removeAbandoned(inFolder())).toBe(0);
    },
  );
});
