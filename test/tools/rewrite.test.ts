import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { create, type Database, open, WhisperError } from '../../src/index.js';
import { type RewriteOptions, type Rewritten, rewrite } from '../../src/tools/rewrite.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** What happens right after a file was opened, once. */
const events = vi.hoisted(() => ({ afterOpen: undefined as (() => void) | undefined }));

vi.mock('node:fs', async (load) => {
  const fs = await load<typeof import('node:fs')>();
  const openSync = (...args: Parameters<typeof fs.openSync>) => {
    const fd = fs.openSync(...args);
    const { afterOpen } = events;
    events.afterOpen = undefined;
    afterOpen?.();
    return fd;
  };
  return { ...fs, openSync };
});

const inFolder = temporaryFolder();
const hasFlock = spawnSync('flock', ['--version']).status === 0;

const NOW = 1_700_000_000;
const MINUTE = NOW - (NOW % 60);
/** When a file was last written to, where a test says so itself. */
const TOUCHED = 1_600_000_000;
const plain: RewriteOptions = { handle: {}, durable: false, overwrite: true };

function make(name: string, value = 1): string {
  using database = create(inFolder(name), { retentions: '1m:1h' });
  database.update(value, MINUTE, { now: NOW });
  return inFolder(name);
}

/** What a writer that holds no lock does, `age` minutes back. */
function write(path: string, age: number): void {
  using database = open(path);
  database.update(age, MINUTE - 60 * age, { now: NOW });
}

/** How many minutes back the points of a file are, the newest last. */
function agesIn(path: string): number[] {
  using database = open(path);
  return [...database.points(0, { now: NOW }).timestamps].map((timestamp) => (MINUTE - timestamp) / 60);
}

/** The file as it is, with a byte behind it by which it is known for the new one. */
function copyOf(database: Database): Rewritten<number> {
  const bytes = new Uint8Array([...database.toBytes(), 0]);
  return { bytes, sparse: false, result: database.points(0, { now: NOW }).timestamps.length };
}

function isNew(path: string): boolean {
  return statSync(path).size % 2 === 1;
}

function expectRefused(work: () => unknown, code: string): void {
  expect(work).toThrow(expect.objectContaining({ code }));
}

describe('a file that is made anew', () => {
  it.each([
    { place: 'where it is', target: 'a.wsp' },
    { place: 'under another name', target: 'b.wsp' },
  ])('gives what was made of it, $place', ({ target }) => {
    const path = make('a.wsp');
    expect(rewrite(path, inFolder(target), plain, copyOf)).toBe(1);
    expect(isNew(inFolder(target))).toBe(true);
    expect(agesIn(inFolder(target))).toEqual([0]);
    expect(readdirSync(inFolder()).sort()).toEqual([...new Set(['a.wsp', target])]);
  });

  it('is left alone where there is nothing to write', () => {
    const path = make('a.wsp');
    const before = statSync(path);
    const inspect = vi.fn();
    expect(rewrite(path, path, plain, () => ({ bytes: undefined, sparse: false, result: 5, inspect }))).toBe(
      5,
    );
    const { ino, mtimeMs } = statSync(path);
    expect({ ino, mtimeMs }).toEqual({ ino: before.ino, mtimeMs: before.mtimeMs });
    expect(inspect).not.toHaveBeenCalled();
  });

  it.each(['make', 'inspect'] as const)('is left alone if %s throws', (where) => {
    const path = make('a.wsp');
    const before = readFileSync(path);
    const refusal = new Error('not like this');
    const refuse = () => {
      throw refusal;
    };
    const work = (database: Database) =>
      where === 'make' ? refuse() : { ...copyOf(database), inspect: refuse };
    expect(() => rewrite(path, path, plain, work)).toThrow(refusal);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(inFolder())).toEqual(['a.wsp']);
  });

  it('is looked at before it gets its name', () => {
    const path = make('a.wsp');
    const sizes: number[] = [];
    rewrite(path, path, plain, (database) => ({
      ...copyOf(database),
      inspect: (file) => void sizes.push(file.size(), statSync(path).size),
    }));
    expect(sizes).toEqual([28 + 12 * 60 + 1, 28 + 12 * 60]);
  });

  it('is the one behind a symbolic link', () => {
    make('a.wsp');
    symlinkSync('a.wsp', inFolder('link.wsp'));
    rewrite(inFolder('link.wsp'), inFolder('a.wsp'), plain, copyOf);
    rewrite(inFolder('a.wsp'), inFolder('link.wsp'), plain, copyOf);
    expect(lstatSync(inFolder('link.wsp')).isSymbolicLink()).toBe(true);
    expect(statSync(inFolder('a.wsp')).size).toBe(28 + 12 * 60 + 2);
  });

  it('is refused the name of another without overwrite, and its own', () => {
    const path = make('a.wsp');
    make('b.wsp', 2);
    for (const target of [path, inFolder('b.wsp')]) {
      expectRefused(() => rewrite(path, target, { ...plain, overwrite: false }, copyOf), 'WSP_EXISTS');
    }
    expect(isNew(path) || isNew(inFolder('b.wsp'))).toBe(false);
  });

  it('is refused where there is no source', () => {
    const work = vi.fn(copyOf);
    expectRefused(() => rewrite(inFolder('a.wsp'), inFolder('b.wsp'), plain, work), 'WSP_NOT_FOUND');
    expect(work).not.toHaveBeenCalled();
  });
});

describe('a file that is written to between reading and replacing', () => {
  /** Makes copies, and lets something happen behind the back of the first `times`. */
  function disturbed(times: number, disturb: (attempt: number) => void) {
    let attempts = 0;
    return vi.fn((database: Database) => {
      const made = copyOf(database);
      attempts++;
      if (attempts <= times) disturb(attempts);
      return made;
    });
  }

  it.each([1, 2])('is read again, and nothing is lost: %d times', (times) => {
    const path = make('a.wsp');
    const work = disturbed(times, (attempt) => write(path, attempt));
    expect(rewrite(path, path, plain, work)).toBe(1 + times);
    expect(work).toHaveBeenCalledTimes(1 + times);
    expect(isNew(path)).toBe(true);
    expect(agesIn(path)).toEqual(Array.from({ length: 1 + times }, (_, i) => times - i));
    expect(readdirSync(inFolder())).toEqual(['a.wsp']);
  });

  it('is given up if it does not rest, and has all that was written', () => {
    const path = make('a.wsp');
    const work = disturbed(Number.POSITIVE_INFINITY, (attempt) => write(path, attempt));
    expectRefused(() => rewrite(path, path, plain, work), 'WSP_LOCKED');
    expect(work).toHaveBeenCalledTimes(3);
    expect(isNew(path)).toBe(false);
    expect(agesIn(path)).toEqual([3, 2, 1, 0]);
    expect(readdirSync(inFolder())).toEqual(['a.wsp']);
  });

  it('is seen to be another file if that took its place, whatever its time and size', () => {
    const path = make('a.wsp');
    utimesSync(path, TOUCHED, TOUCHED);
    make('b.wsp');
    write(inFolder('b.wsp'), 7);
    const work = disturbed(1, () => {
      renameSync(inFolder('b.wsp'), path);
      utimesSync(path, TOUCHED, TOUCHED);
    });
    rewrite(path, path, plain, work);
    expect(agesIn(path)).toEqual([7, 0]);
  });

  it('is seen to be another file also if that came in the moment of opening', () => {
    const path = make('a.wsp');
    make('b.wsp');
    write(inFolder('b.wsp'), 7);
    events.afterOpen = () => renameSync(inFolder('b.wsp'), path);
    rewrite(path, path, plain, copyOf);
    expect(agesIn(path)).toEqual([7, 0]);
  });

  it('is not brought back once it was removed', () => {
    const path = make('a.wsp');
    expectRefused(
      () =>
        rewrite(
          path,
          path,
          plain,
          disturbed(1, () => unlinkSync(path)),
        ),
      'WSP_NOT_FOUND',
    );
    expect(readdirSync(inFolder())).toEqual([]);
  });

  it('is seen until the very end: after the new file was looked at', () => {
    const path = make('a.wsp');
    let looks = 0;
    rewrite(path, path, plain, (database) => ({
      ...copyOf(database),
      inspect: () => {
        looks++;
        if (looks === 1) write(path, 5);
      },
    }));
    expect(looks).toBe(2);
    expect(agesIn(path)).toEqual([5, 0]);
  });

  it('may be half-written when it is read: what looks like damage then is read again', () => {
    const path = make('a.wsp');
    let attempts = 0;
    rewrite(path, path, plain, (database) => {
      attempts++;
      if (attempts > 1) return copyOf(database);
      write(path, 5);
      throw new WhisperError('WSP_CORRUPT', { found: 'a block that does not fit its range' });
    });
    expect(attempts).toBe(2);
    expect(agesIn(path)).toEqual([5, 0]);
    const damage = new WhisperError('WSP_CORRUPT', { found: 'damage that stays' });
    const refuse = vi.fn(() => {
      throw damage;
    });
    expect(() => rewrite(path, path, plain, refuse)).toThrow(damage);
    expect(refuse).toHaveBeenCalledTimes(1);
  });

  it('does not matter where the new one gets another name', () => {
    const path = make('a.wsp');
    const work = disturbed(1, () => write(path, 5));
    expect(rewrite(path, inFolder('b.wsp'), plain, work)).toBe(1);
    expect(agesIn(path)).toEqual([5, 0]);
    expect(agesIn(inFolder('b.wsp'))).toEqual([0]);
  });
});

describe.runIf(hasFlock)('with a lock', () => {
  const locked: RewriteOptions = { ...plain, handle: { lock: true, lockTimeoutMs: 5000 } };

  /** Whether another process could take a lock now. */
  function canLock(path: string, mode: '-x' | '-s'): boolean {
    return spawnSync('flock', [`${mode}n`, path, 'true']).status === 0;
  }

  it.each([
    { place: 'replaced', target: 'a.wsp', shared: false },
    { place: 'only read', target: 'b.wsp', shared: true },
  ])('a file that is $place is held meanwhile, and then given up', ({ target, shared }) => {
    const path = make('a.wsp');
    rewrite(path, inFolder(target), locked, (database) => {
      expect({ x: canLock(path, '-x'), s: canLock(path, '-s') }).toEqual({ x: false, s: shared });
      return {
        ...copyOf(database),
        inspect: () => expect(canLock(path, '-x')).toBe(false),
      };
    });
    expect([path, inFolder(target)].every((name) => canLock(name, '-x'))).toBe(true);
  });

  it('what is written while the lock is waited for is read with the rest', async () => {
    const path = make('a.wsp');
    make('b.wsp');
    write(inFolder('b.wsp'), 5);
    // A writer that holds the lock, and writes to the file itself.
    const script = `echo held; sleep 0.4; cat '${inFolder('b.wsp')}' > '${path}'`;
    const holder = spawn('flock', ['-x', path, 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    const work = vi.fn(copyOf);
    expect(rewrite(path, path, locked, work)).toBe(2);
    expect(work).toHaveBeenCalledTimes(1);
    expect(agesIn(path)).toEqual([5, 0]);
  });
});
