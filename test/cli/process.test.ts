import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, openSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { create } from '../../src/index.js';
import { type CliRun, print, useFreshFolder } from '../support/cli.js';

useFreshFolder();

/** The built command; `npm test` builds it first. */
const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const NOW = Math.floor(Date.now() / 1000);

/** Runs the built command, with `stdin` through a pipe that is then closed. */
function run(args: readonly string[], stdin = ''): Promise<CliRun> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [BIN, ...args], { maxBuffer: 1 << 28 }, (_, stdout, stderr) => {
      resolve({ exitCode: child.exitCode ?? Number.NaN, stdout, stderr });
    });
    child.stdin?.end(stdin);
  });
}

function start(args: readonly string[], stdout: number | 'pipe' = 'pipe'): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], { stdio: ['pipe', stdout, 'pipe'] });
}

/** How a process ended, and what it said on standard error. */
async function endOf(child: ChildProcess): Promise<{ exitCode: number | null; stderr: string }> {
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exitCode, stderr };
}

/** A database whose dump is of several megabytes. */
function makeBig(path: string): void {
  using database = create(path, { retentions: '1s:1d' });
  const length = 86_400;
  const timestamps = Float64Array.from({ length }, (_, i) => NOW - i);
  database.updateMany({ timestamps, values: timestamps.map((_, i) => Math.sqrt(i)) }, { now: NOW });
}

describe('the built command', () => {
  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await run(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('prints its help', async () => {
    expect(await run(['--help'])).toEqual({ exitCode: 0, stdout: await print(['--help']), stderr: '' });
  });

  it.each([
    { args: ['create', 'new.wsp', '1m:1h'], exitCode: 0 },
    { args: ['last', 'a.wsp'], exitCode: 1 },
    { args: ['last'], exitCode: 2 },
    { args: ['last', 'broken.wsp'], exitCode: 3 },
    { args: ['last', 'nope.wsp'], exitCode: 4 },
  ])('ends with $exitCode at $args', async ({ args, exitCode }) => {
    create('a.wsp', { retentions: '1m:1h' }).close();
    writeFileSync('broken.wsp', 'no database');
    const ended = await run(args);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stderr === '').toBe(exitCode === 0);
  });

  it('works at the time of the machine, and reads points from a pipe', async () => {
    create('a.wsp', { retentions: '1s:1h' }).close();
    expect(await run(['update', 'a.wsp', '-v'], 'N:42\nnow-10s:41\n')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'sotto: a.wsp: 2 points written, 0 dropped\n',
    });
    const [timestamp, value] = (await run(['last', 'a.wsp'])).stdout.trim().split('\t').map(Number);
    expect(value).toBe(42);
    expect(timestamp).toBeGreaterThanOrEqual(NOW);
    expect(timestamp).toBeLessThan(NOW + 60);
  });
});

describe('starting', () => {
  /** Files and parts of Node that were loaded, by a program that is loaded before the command. */
  async function loadedBy(args: readonly string[]): Promise<{ files: string[]; parts: string[] }> {
    writeFileSync(
      'note.cjs',
      `process.on('exit', () => require('node:fs').writeFileSync('loaded.json', JSON.stringify({
        files: Object.keys(require.cache).filter((file) => !file.endsWith('note.cjs')),
        parts: process.moduleLoadList.map((part) => part.replace('NativeModule ', '')),
      })));`,
    );
    await new Promise((resolve) => {
      execFile(process.execPath, ['--require', './note.cjs', BIN, ...args], resolve);
    });
    return JSON.parse(readFileSync('loaded.json', 'utf8'));
  }

  // Most of a short command's time is loading; how long it takes is measured elsewhere.
  it.each([
    { args: ['--version'], most: 2 },
    { args: ['help'], most: 2 },
    { args: ['info', 'a.wsp'], most: 8 },
    { args: ['fetch', 'a.wsp'], most: 8 },
    { args: ['update', 'a.wsp', 'N:1'], most: 8 },
  ])('$args loads at most $most files, and no part of Node that is slow to load', async ({ args, most }) => {
    create('a.wsp', { retentions: '1m:1h' }).close();
    const { files, parts } = await loadedBy(args);
    expect(files).toContain(realpathSync(BIN));
    expect(files.length).toBeLessThanOrEqual(most);
    const slow = ['child_process', 'crypto', 'net', 'stream', 'tty', 'worker_threads', 'zlib', 'http'];
    expect(slow.filter((part) => parts.includes(part))).toEqual([]);
    expect(parts).not.toContain('internal/modules/esm/module_job');
  });

  it.each(['bin.js', 'program.js'])('of %s needs nothing but the folder that it lies in', (name) => {
    const code = readFileSync(join(BIN, '..', name), 'utf8');
    const required = [...code.matchAll(/require\("([^"]+)"\)/g)].map(([, path]) => path!);
    expect(required.filter((path) => !/^(\.\/|node:)/.test(path))).toEqual([]);
  });
});

describe('a reader that has had enough', () => {
  it.skipIf(!existsSync('/bin/sh'))('of the help is no error', async () => {
    const line = `'${process.execPath}' '${BIN}' --help | head -1`;
    const said = await new Promise((resolve) => {
      execFile('/bin/sh', ['-c', line], (error, stdout, stderr) => resolve({ error, stdout, stderr }));
    });
    expect(said).toEqual({ error: null, stdout: 'Usage: sotto COMMAND [options] ...\n', stderr: '' });
  });
});

describe('a large output', () => {
  beforeEach(() => makeBig('big.wsp'));

  it('comes whole through a pipe', async () => {
    const { exitCode, stdout, stderr } = await run(['dump', 'big.wsp', '--slots']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.length).toBeGreaterThan(3_000_000);
    expect(sha1(stdout)).toBe(sha1(await print(['dump', 'big.wsp', '--slots'])));
  });

  it.each(['dump big.wsp', 'fetch big.wsp --archive 0', 'dump big.wsp --compat'])(
    'of %s ends quietly if its reader has had enough',
    async (command) => {
      const child = start(command.split(' '));
      child.stdout?.once('data', () => child.stdout?.destroy());
      expect(await endOf(child)).toEqual({ exitCode: 0, stderr: '' });
    },
  );

  it.skipIf(!existsSync('/dev/full'))('ends with 4 if there is no room for it', async () => {
    expect(await endOf(start(['dump', 'big.wsp'], openSync('/dev/full', 'w')))).toEqual({
      exitCode: 4,
      stderr: expect.stringMatching(/^sotto: cannot write the output: ENOSPC/),
    });
  });
});

it('can be interrupted while it waits for input', async () => {
  create('a.wsp', { retentions: '1m:1h' }).close();
  const child = start(['update', 'a.wsp', '-']);
  // More than a pipe holds: once it is gone, the command is reading.
  child.stdin?.write(`N:1\n#${'-'.repeat(1 << 20)}\n`, () => child.kill('SIGINT'));
  expect(await endOf(child)).toEqual({ exitCode: null, stderr: '' });
  expect(child.signalCode).toBe('SIGINT');
  expect((await run(['last', 'a.wsp'])).exitCode).toBe(1);
});

// util-linux's script(1) gives the command a terminal.
describe.skipIf(!existsSync('/usr/bin/script'))('on a terminal', () => {
  const onTerminal = (args: string[], environment: NodeJS.ProcessEnv) =>
    new Promise<string>((resolve) => {
      const line = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ');
      const env = { ...process.env, NO_COLOR: undefined, ...environment };
      execFile('/usr/bin/script', ['-qec', line, '/dev/null'], { env }, (_, stdout) => resolve(stdout));
    });

  beforeEach(() => {
    using database = create('a.wsp', { retentions: '1m:1h' });
    database.update(5);
  });

  it('draws in colour', async () => {
    expect(await onTerminal(['plot', 'a.wsp'], {})).toContain('\u001b[');
  });

  it('draws without colour where NO_COLOR is set', async () => {
    const chart = await onTerminal(['plot', 'a.wsp'], { NO_COLOR: '1' });
    expect(chart).toContain('a.wsp');
    expect(chart).not.toContain('\u001b[');
  });

  it('asks for points rather than wait for them', async () => {
    expect(await onTerminal(['update', 'a.wsp'], {})).toContain(
      'sotto: no points; expected TIME:VALUE arguments',
    );
  });
});

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
