import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DiskFile } from '../../src/file/disk-file.js';
import type { LockRequest } from '../../src/file/lock.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** The packages that can be loaded, by name, if any are told: else those that are there. */
const installed = vi.hoisted(() => ({ packages: undefined as { [name: string]: () => object } | undefined }));

vi.mock('node:module', async (original) => {
  const module = await original<typeof import('node:module')>();
  const createRequire = (from: string) => {
    const { packages } = installed;
    if (packages === undefined) return module.createRequire(from);
    return (name: string) => {
      const load = packages[name];
      if (load === undefined) throw new Error(`Cannot find module '${name}'`);
      return load();
    };
  };
  return { ...module, createRequire };
});

beforeEach(() => {
  installed.packages = undefined;
});

const inFolder = temporaryFolder();
const hasFlock = spawnSync('flock', ['--version']).status === 0;
const title = hasFlock ? 'flock' : 'flock (skipped: no command flock(1); it comes with util-linux)';
const AT_ONCE = 0;

describe.runIf(hasFlock)(title, () => {
  it('lets one holder write, and many read', () => {
    writeFileSync(inFolder('a'), '');
    const open = (mode: 'shared' | 'exclusive') =>
      DiskFile.open(inFolder('a'), 'write', { mode, timeoutMs: AT_ONCE });
    const first = open('shared');
    const second = open('shared');
    expect(() => open('exclusive')).toThrow(
      expect.objectContaining({ code: 'WSP_LOCKED', path: inFolder('a') }),
    );
    first.close();
    second.close();
    const writer = open('exclusive');
    expect(() => open('shared')).toThrow(expect.objectContaining({ code: 'WSP_LOCKED' }));
    writer.close();
    open('shared').close();
  });

  it('is kept out by, and keeps out, a holder in another process that calls flock(2) itself', async () => {
    writeFileSync(inFolder('a'), '');
    // Python Whisper's LOCK is this call on the file it opened.
    const holder = spawn('flock', ['-x', inFolder('a'), 'sh', '-c', 'echo held; read line'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    const request = { mode: 'exclusive', timeoutMs: 50 } as const;
    expect(() => DiskFile.open(inFolder('a'), 'write', request)).toThrow(
      expect.objectContaining({ code: 'WSP_LOCKED', message: expect.stringContaining('for 50 ms') }),
    );
    holder.stdin.end('\n');
    await once(holder, 'exit');
    const file = DiskFile.open(inFolder('a'), 'write', request);
    expect(spawnSync('flock', ['-xn', inFolder('a'), 'true']).status).toBe(1);
    file.close();
    expect(spawnSync('flock', ['-xn', inFolder('a'), 'true']).status).toBe(0);
  });

  it('ends up with the file that took the place of the one it waited for', async () => {
    writeFileSync(inFolder('a'), 'old');
    writeFileSync(inFolder('b'), 'new');
    const swap = `echo held; sleep 0.5; mv '${inFolder('b')}' '${inFolder('a')}'`;
    const holder = spawn('flock', ['-x', inFolder('a'), 'sh', '-c', swap], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    const file = DiskFile.open(inFolder('a'), 'write', { mode: 'exclusive', timeoutMs: 10_000 });
    expect(file.sizeAtOpen).toBeUndefined();
    const bytes = new Uint8Array(3);
    file.readAt(bytes, 3, 0);
    file.close();
    expect(Buffer.from(bytes).toString()).toBe('new');
  });
});

describe('a provider of locks', () => {
  const request = (mode: LockRequest['mode'], timeoutMs: number): LockRequest => ({ mode, timeoutMs });
  const refuseWith = (code: string) => () => {
    throw Object.assign(new Error(`${code}, as asked`), { code });
  };

  /** Opening as it is where nothing has been locked yet, with these packages. */
  async function openAnew(packages: typeof installed.packages): Promise<typeof DiskFile.open> {
    writeFileSync(inFolder('a'), '');
    installed.packages = packages;
    vi.resetModules();
    return (await import('../../src/file/disk-file.js')).DiskFile.open;
  }

  /** As {@link openAnew}, with a package whose answers are given one after the other; the last of them counts on. */
  async function openWithPackage(...answers: (() => void)[]) {
    const flockSync = vi.fn((_fd: number, _flags: string) =>
      (answers.length > 1 ? answers.shift()! : answers[0]!)(),
    );
    return { flockSync, open: await openAnew({ 'fs-ext': () => ({ flockSync }) }) };
  }

  it.each([
    ['shared', 'shnb'],
    ['exclusive', 'exnb'],
  ] as const)('may be a package, which is asked for a lock, %s, until it is there', async (mode, flags) => {
    const { flockSync, open } = await openWithPackage(
      refuseWith('EAGAIN'),
      refuseWith('EWOULDBLOCK'),
      () => {},
    );
    open(inFolder('a'), 'write', request(mode, 10_000)).close();
    expect(flockSync.mock.calls.map(([, asked]) => asked)).toEqual([flags, flags, flags]);
  });

  it('may be a package that refuses, for as long as was asked', async () => {
    const { flockSync, open } = await openWithPackage(refuseWith('EAGAIN'));
    expect(() => open(inFolder('a'), 'write', request('exclusive', 0))).toThrow(
      expect.objectContaining({ code: 'WSP_LOCKED' }),
    );
    expect(flockSync).toHaveBeenCalledTimes(1);
    expect(() => open(inFolder('a'), 'write', request('exclusive', 30))).toThrow(
      expect.objectContaining({ code: 'WSP_LOCKED', message: expect.stringContaining('for 30 ms') }),
    );
  });

  it('may be a package that fails, which is told', async () => {
    const { open } = await openWithPackage(refuseWith('ENOLCK'));
    expect(() => open(inFolder('a'), 'write', request('shared', 0))).toThrow(
      expect.objectContaining({
        code: 'WSP_SYSTEM',
        message: expect.stringContaining('cannot lock it: ENOLCK'),
      }),
    );
  });

  it.runIf(hasFlock)('is the command where a package was not built for this Node', async () => {
    const open = await openAnew({ 'fs-ext': refuseWith('ERR_DLOPEN_FAILED') as () => object });
    const file = open(inFolder('a'), 'write', request('exclusive', 0));
    expect(spawnSync('flock', ['-xn', inFolder('a'), 'true']).status).toBe(1);
    file.close();
  });

  describe('that is not there', () => {
    const { PATH } = process.env;
    beforeEach(() => {
      process.env['PATH'] = inFolder();
      return () => {
        process.env['PATH'] = PATH;
      };
    });

    it('is told, with what there is to install', async () => {
      const open = await openAnew({});
      const before = readdirSync('/proc/self/fd').length;
      expect(() => open(inFolder('a'), 'write', request('exclusive', 0))).toThrow(
        expect.objectContaining({
          code: 'WSP_NO_LOCK',
          path: inFolder('a'),
          message: `${inFolder('a')}: nothing on this machine that takes an flock; expected the package fs-ext-extra-prebuilt or fs-ext, or the command flock of util-linux, to be installed`,
        }),
      );
      expect(readdirSync('/proc/self/fd')).toHaveLength(before);
    });

    it('may be a command that fails, which is told', async () => {
      writeFileSync(inFolder('flock'), '#!/bin/sh\necho "no locks here" >&2\nexit 65\n', { mode: 0o755 });
      const open = await openAnew({});
      expect(() => open(inFolder('a'), 'write', request('exclusive', 0))).toThrow(
        expect.objectContaining({
          code: 'WSP_SYSTEM',
          message: expect.stringContaining('cannot lock it: no locks here'),
        }),
      );
    });
  });
});
