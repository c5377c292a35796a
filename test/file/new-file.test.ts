import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  type Stats,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DiskFile } from '../../src/file/disk-file.js';
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
    'fchownSync',
    'futimesSync',
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

describe('a file that takes the place of another', () => {
  it('is there, whole, also where the folder cannot be synced', () => {
    writeFileSync(inFolder('a.wsp'), 'old');
    faults.calls = { fsyncSync: 'EPERM' };
    makeNewFile(inFolder('a.wsp'), { ...plain, overwrite: true, durable: true }).close();
    expect(readFileSync(inFolder('a.wsp')).equals(expected)).toBe(true);
    expect(readdirSync(inFolder())).toEqual(['a.wsp']);
  });

  it('stays where the sync of the folder fails for good, and a new one does not', () => {
    writeFileSync(inFolder('a.wsp'), 'old');
    faults.calls = { fsyncSync: 'EIO' };
    for (const name of ['a.wsp', 'b.wsp']) {
      const options = { ...plain, overwrite: true, durable: true };
      expect(() => makeNewFile(inFolder(name), options)).toThrow(
        expect.objectContaining({ code: 'WSP_SYSTEM' }),
      );
    }
    expect(readdirSync(inFolder())).toEqual(['a.wsp']);
    expect(readFileSync(inFolder('a.wsp')).equals(expected)).toBe(true);
  });

  it.runIf(process.platform !== 'win32')(
    'has the mode of that one, also where it cannot have its owner',
    () => {
      writeFileSync(inFolder('a.wsp'), 'old');
      chmodSync(inFolder('a.wsp'), 0o600);
      faults.calls = { fchownSync: 'EPERM' };
      makeNewFile(inFolder('a.wsp'), { ...plain, overwrite: true }).close();
      expect(statSync(inFolder('a.wsp')).mode & 0o7777).toBe(0o600);
    },
  );

  it.runIf(process.platform !== 'win32')('has the mode of that one', () => {
    writeFileSync(inFolder('a.wsp'), 'old');
    chmodSync(inFolder('a.wsp'), 0o640);
    makeNewFile(inFolder('a.wsp'), { ...plain, overwrite: true }).close();
    expect(statSync(inFolder('a.wsp')).mode & 0o7777).toBe(0o640);
  });

  it.runIf(process.getuid?.() === 0)('has the owner of that one, where the process may give it away', () => {
    writeFileSync(inFolder('a.wsp'), 'old');
    chownSync(inFolder('a.wsp'), 1234, 4321);
    makeNewFile(inFolder('a.wsp'), { ...plain, overwrite: true }).close();
    expect(statSync(inFolder('a.wsp'))).toMatchObject({ uid: 1234, gid: 4321 });
  });

  it('waits for whoever holds the lock of that one', () => {
    const lock = { mode: 'exclusive', timeoutMs: 20 } as const;
    const holder = makeNewFile(inFolder('a.wsp'), { ...plain, lock });
    expect(() => makeNewFile(inFolder('a.wsp'), { ...plain, overwrite: true, lock })).toThrow(
      expect.objectContaining({ code: 'WSP_LOCKED' }),
    );
    expect(holder.isReplaced()).toBe(false);
    holder.close();
    makeNewFile(inFolder('a.wsp'), { ...plain, overwrite: true, lock }).close();
  });

  it.runIf(process.platform !== 'win32')('does not take the place of a pipe', () => {
    execFileSync('mkfifo', [inFolder('pipe')]);
    expect(() => makeNewFile(inFolder('pipe'), { ...plain, overwrite: true })).toThrow(
      expect.objectContaining({ code: 'WSP_NOT_A_FILE' }),
    );
    expect(statSync(inFolder('pipe')).isFIFO()).toBe(true);
  });
});

describe('a file with a model', () => {
  /** Microseconds and all: what a copy by rsync or a backup compares. */
  const CHANGED = 1_500_000_000.123457;
  const ACCESSED = 1_500_000_100.5;

  function model(name = 'model'): Stats {
    writeFileSync(inFolder(name), 'model');
    chmodSync(inFolder(name), 0o640);
    if (process.getuid?.() === 0) chownSync(inFolder(name), 1234, 4321);
    utimesSync(inFolder(name), ACCESSED, CHANGED);
    return statSync(inFolder(name));
  }

  it.each([
    { place: 'a new name', isTaken: false },
    { place: 'the place of another, whose mode and owner do not count', isTaken: true },
  ])('has its owner, mode and times at $place', ({ isTaken }) => {
    const { uid, gid, mode } = model();
    if (isTaken) writeFileSync(inFolder('a.wsp'), 'old', { mode: 0o600 });
    makeNewFile(inFolder('a.wsp'), {
      ...plain,
      overwrite: isTaken,
      model: statSync(inFolder('model')),
      inspect: (file) => file.readAt(new Uint8Array(3), 3, 0),
    }).close();
    const made = statSync(inFolder('a.wsp'));
    expect({ uid: made.uid, gid: made.gid, mode: made.mode }).toEqual({ uid, gid, mode });
    expect(made.mtimeMs).toBeCloseTo(1000 * CHANGED, 2);
    expect(made.atimeMs).toBeCloseTo(1000 * ACCESSED, 2);
  });

  it('can be its own model', () => {
    model('a.wsp');
    const before = statSync(inFolder('a.wsp'));
    makeNewFile(inFolder('a.wsp'), { ...plain, overwrite: true, model: before }).close();
    const after = statSync(inFolder('a.wsp'));
    expect(after.ino).not.toBe(before.ino);
    expect(after.mtimeMs).toBeCloseTo(before.mtimeMs, 2);
  });

  it('is there also where its times cannot be set', () => {
    faults.calls = { futimesSync: 'EPERM' };
    makeNewFile(inFolder('a.wsp'), { ...plain, model: model() }).close();
    expect(readFileSync(inFolder('a.wsp')).equals(expected)).toBe(true);
  });

  it('has the time of its making where there is none', () => {
    model('a.wsp');
    const before = Date.now();
    makeNewFile(inFolder('a.wsp'), { ...plain, overwrite: true }).close();
    // File systems tell the time a little behind the clock.
    expect(statSync(inFolder('a.wsp')).mtimeMs).toBeGreaterThan(before - 5000);
  });
});

describe('a look at the file before it gets its name', () => {
  it('sees all of it, synced where it is to be durable, under no name yet', () => {
    faults.calls = { renameSync: 'EIO' };
    const seen = Buffer.alloc(plain.size);
    const options = { ...plain, overwrite: true, durable: true };
    expect(() =>
      makeNewFile(inFolder('a.wsp'), {
        ...options,
        inspect: (file) => {
          file.readAt(seen, seen.length, 0);
          expect(existsSync(inFolder('a.wsp'))).toBe(false);
        },
      }),
    ).toThrow(/EIO/);
    expect(seen.equals(expected)).toBe(true);
    faults.calls = { fdatasyncSync: 'EIO' };
    const inspect = vi.fn();
    expect(() => makeNewFile(inFolder('a.wsp'), { ...options, inspect })).toThrow(/EIO/);
    expect(inspect).not.toHaveBeenCalled();
  });

  it.each([{ isTaken: false }, { isTaken: true }])(
    'stops it by what it throws, and all is as it was: %j',
    ({ isTaken }) => {
      if (isTaken) writeFileSync(inFolder('a.wsp'), 'old');
      const refusal = new Error('not like this');
      const inspect = () => {
        throw refusal;
      };
      expect(() => makeNewFile(inFolder('a.wsp'), { ...plain, overwrite: true, inspect })).toThrow(refusal);
      expect(readdirSync(inFolder())).toEqual(isTaken ? ['a.wsp'] : []);
      if (isTaken) expect(readFileSync(inFolder('a.wsp'), 'utf8')).toBe('old');
    },
  );
});

it('does not wait for the lock of a file that is replaced if its caller holds it', () => {
  const lock = { mode: 'exclusive', timeoutMs: 20 } as const;
  const former = makeNewFile(inFolder('a.wsp'), { ...plain, lock });
  const file = makeNewFile(inFolder('a.wsp'), { ...plain, overwrite: true, lock, isFormerLocked: true });
  expect(former.isReplaced()).toBe(true);
  former.close();
  // The new one is locked in its turn.
  expect(() => DiskFile.open(inFolder('a.wsp'), 'write', lock)).toThrow(
    expect.objectContaining({ code: 'WSP_LOCKED' }),
  );
  file.close();
  DiskFile.open(inFolder('a.wsp'), 'write', lock).close();
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

  it('leaves no empty file behind when it cannot be finished', () => {
    faults.calls = { linkSync: 'EPERM', renameSync: 'EIO' };
    expect(() => makeNewFile(inFolder('a.wsp'), plain)).toThrow(
      expect.objectContaining({ code: 'WSP_SYSTEM' }),
    );
    expect(readdirSync(inFolder())).toEqual([]);
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
