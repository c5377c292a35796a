import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { makeNewFile, type NewFileOptions } from '../../src/file/new-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Which call of the system fails, and how. */
const faults = vi.hoisted(() => ({
  calls: {} as { [name: string]: string },
  before: undefined as (() => void) | undefined,
}));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const watched = [
    'writeSync',
    'ftruncateSync',
    'fdatasyncSync',
    'fsyncSync',
    'linkSync',
    'renameSync',
    'unlinkSync',
  ] as const;
  const failing = watched.map((name) => {
    const call = (...args: unknown[]) => {
      if (name === 'linkSync') faults.before?.();
      const code = faults.calls[name];
      if (code !== undefined) throw Object.assign(new Error(`${code}: as asked`), { code });
      return (fs[name] as (...args: unknown[]) => unknown)(...args);
    };
    return [name, call] as const;
  });
  return { ...fs, ...Object.fromEntries(failing) };
});

const inFolder = temporaryFolder();
beforeEach(() => {
  faults.calls = {};
  faults.before = undefined;
});

const plain: NewFileOptions = {
  size: 600_000,
  start: Uint8Array.of(1, 2, 3),
  sparse: false,
  overwrite: false,
  durable: false,
  lock: undefined,
};
const expected = Buffer.concat([Buffer.of(1, 2, 3), Buffer.alloc(600_000 - 3)]);

describe('a new file', () => {
  it.each([{ sparse: false }, { sparse: true }])('has its start and zeros behind it: %j', ({ sparse }) => {
    makeNewFile(inFolder('a.wsp'), { ...plain, sparse }).close();
    expect(readFileSync(inFolder('a.wsp')).equals(expected)).toBe(true);
    expect(readdirSync(inFolder())).toEqual(['a.wsp']);
  });

  it('takes next to no room on the disk when it is sparse', () => {
    makeNewFile(inFolder('a.wsp'), { ...plain, size: 10_000_000, sparse: true }).close();
    const { blocks, size } = statSync(inFolder('a.wsp'));
    expect(size).toBe(10_000_000);
    expect(blocks * 512).toBeLessThan(100_000);
  });

  it('can be written through the handle that made it', () => {
    const file = makeNewFile(inFolder('a.wsp'), plain);
    file.writeAt(Uint8Array.of(9), 1, 599_999);
    file.close();
    expect(readFileSync(inFolder('a.wsp')).at(-1)).toBe(9);
  });

  it('is synced, and its folder too, when it is to be durable', () => {
    const file = makeNewFile(inFolder('a.wsp'), { ...plain, durable: true });
    file.close();
    faults.calls = { fdatasyncSync: 'EIO' };
    expect(() => makeNewFile(inFolder('b.wsp'), { ...plain, durable: true })).toThrow(
      expect.objectContaining({ code: 'WSP_SYSTEM' }),
    );
    faults.calls = { fsyncSync: 'EIO' };
    expect(() => makeNewFile(inFolder('c.wsp'), { ...plain, durable: true })).toThrow(
      expect.objectContaining({ code: 'WSP_SYSTEM' }),
    );
    expect(readdirSync(inFolder())).toEqual(['a.wsp']);
  });
});

describe('a name that is taken', () => {
  it('is refused, and the file there stays', () => {
    writeFileSync(inFolder('a.wsp'), 'old');
    expect(() => makeNewFile(inFolder('a.wsp'), plain)).toThrow(
      expect.objectContaining({ code: 'WSP_EXISTS', path: inFolder('a.wsp') }),
    );
    expect(readFileSync(inFolder('a.wsp'), 'utf8')).toBe('old');
  });

  it('is refused also when another creator takes it in the last moment', () => {
    faults.before = () => writeFileSync(inFolder('a.wsp'), 'other');
    expect(() => makeNewFile(inFolder('a.wsp'), plain)).toThrow(
      expect.objectContaining({ code: 'WSP_EXISTS' }),
    );
    expect(readFileSync(inFolder('a.wsp'), 'utf8')).toBe('other');
    expect(readdirSync(inFolder())).toEqual(['a.wsp']);
  });

  it('is replaced in one step when asked', () => {
    writeFileSync(inFolder('a.wsp'), 'old');
    makeNewFile(inFolder('a.wsp'), { ...plain, overwrite: true }).close();
    expect(readFileSync(inFolder('a.wsp')).equals(expected)).toBe(true);
  });

  it('keeps a symbolic link a link and replaces what it points to', () => {
    writeFileSync(inFolder('real.wsp'), 'old');
    symlinkSync(inFolder('real.wsp'), inFolder('link.wsp'));
    makeNewFile(inFolder('link.wsp'), { ...plain, overwrite: true }).close();
    expect(readFileSync(inFolder('real.wsp')).equals(expected)).toBe(true);
    expect(readdirSync(inFolder()).sort()).toEqual(['link.wsp', 'real.wsp']);
  });

  it('stays as it was when replacing it fails', () => {
    writeFileSync(inFolder('a.wsp'), 'old');
    faults.calls = { writeSync: 'ENOSPC' };
    expect(() => makeNewFile(inFolder('a.wsp'), { ...plain, overwrite: true })).toThrow(/ENOSPC/);
    expect(readFileSync(inFolder('a.wsp'), 'utf8')).toBe('old');
    expect(readdirSync(inFolder())).toEqual(['a.wsp']);
  });
});

describe('whatever fails, nothing is left behind and the error is passed on', () => {
  it.each([
    { name: 'a full disk', options: {}, calls: { writeSync: 'ENOSPC' } },
    { name: 'an I/O error', options: {}, calls: { writeSync: 'EIO' } },
    { name: 'a full disk at the hole', options: { sparse: true }, calls: { ftruncateSync: 'EFBIG' } },
    { name: 'an error on syncing', options: { durable: true }, calls: { fdatasyncSync: 'EIO' } },
    { name: 'an error on linking', options: {}, calls: { linkSync: 'EACCES' } },
    { name: 'an error on renaming', options: { overwrite: true }, calls: { renameSync: 'EACCES' } },
  ] as { name: string; options: Partial<NewFileOptions>; calls: { [name: string]: string } }[])(
    '$name',
    ({ options, calls }) => {
      faults.calls = calls;
      expect(() => makeNewFile(inFolder('a.wsp'), { ...plain, ...options })).toThrow(
        expect.objectContaining({
          code: 'WSP_SYSTEM',
          path: inFolder('a.wsp'),
          cause: expect.objectContaining({ code: Object.values(calls)[0] }),
        }),
      );
      expect(readdirSync(inFolder())).toEqual([]);
    },
  );

  it('names the path asked for when its folder is missing', () => {
    const path = inFolder('no/such/a.wsp');
    expect(() => makeNewFile(path, plain)).toThrow(expect.objectContaining({ code: 'WSP_NOT_FOUND', path }));
  });
});

describe('where the file system has no hard links', () => {
  it('makes the file all the same', () => {
    faults.calls = { linkSync: 'EPERM' };
    makeNewFile(inFolder('a.wsp'), plain).close();
    expect(readFileSync(inFolder('a.wsp')).equals(expected)).toBe(true);
    expect(readdirSync(inFolder())).toEqual(['a.wsp']);
  });

  it('refuses a name that is taken in the last moment', () => {
    faults.calls = { linkSync: 'EPERM' };
    faults.before = () => writeFileSync(inFolder('a.wsp'), 'other');
    expect(() => makeNewFile(inFolder('a.wsp'), plain)).toThrow(
      expect.objectContaining({ code: 'WSP_EXISTS' }),
    );
    expect(readFileSync(inFolder('a.wsp'), 'utf8')).toBe('other');
    expect(readdirSync(inFolder())).toEqual(['a.wsp']);
  });
});

it('does not take a folder of that name for its place', () => {
  mkdirSync(inFolder('a.wsp'));
  expect(() => makeNewFile(inFolder('a.wsp'), plain)).toThrow(
    expect.objectContaining({ code: 'WSP_EXISTS' }),
  );
  expect(existsSync(inFolder('a.wsp'))).toBe(true);
});
