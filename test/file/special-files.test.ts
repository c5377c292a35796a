/** What a path may lead to that is no file: nothing waits for it, reads from it, writes to it or takes its place. */
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  convert,
  create,
  fill,
  open,
  resize,
  updateFiles,
  verify,
  WhisperError,
  type WhisperErrorCode,
} from '../../src/index.js';
import { repair } from '../../src/tools/repair/repair.js';
import { sotto } from '../support/cli.js';

const NOW = 1_700_000_000;
let folder = '';
let server: Server | undefined;
const inFolder = (name: string) => join(folder, name);

beforeEach(() => {
  // Not the usual helper: the path of a socket may have 107 bytes at the most.
  folder = mkdtempSync(join(tmpdir(), 'sotto-'));
  for (const [name, format] of [
    ['standard.wsp', 'standard'],
    ['packed.wsp', 'compressed'],
  ] as const) {
    using database = create(inFolder(name), { retentions: '1s:60,10s:600', format });
    database.updateMany([[NOW - 1, 1]], { now: NOW });
  }
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

interface Kind {
  readonly name: string;
  readonly make: (path: string) => unknown;
  readonly code: WhisperErrorCode;
}

const isRoot = process.getuid?.() === 0;
const KINDS: Kind[] = [
  { name: 'a folder', make: (path) => mkdirSync(path), code: 'WSP_NOT_A_FILE' },
  { name: 'a named pipe', make: (path) => execFileSync('mkfifo', [path]), code: 'WSP_NOT_A_FILE' },
  { name: 'a socket', make: listen, code: 'WSP_NOT_A_FILE' },
  { name: 'a link to a folder', make: (path) => symlinkSync('.', path), code: 'WSP_NOT_A_FILE' },
  { name: 'a link to a pipe', make: linkToPipe, code: 'WSP_NOT_A_FILE' },
  { name: 'a link to itself', make: (path) => symlinkSync('odd', path), code: 'WSP_SYSTEM' },
];
// Only the superuser makes devices: one with endless zeros, which are the beginning of no database.
if (isRoot) {
  KINDS.push({
    name: 'a device',
    make: (path) => execFileSync('mknod', [path, 'c', '1', '5']),
    code: 'WSP_NOT_A_FILE',
  });
}

function listen(path: string): Promise<void> {
  server = createServer();
  return new Promise((resolve) => server!.listen(path, resolve));
}

function linkToPipe(path: string): void {
  execFileSync('mkfifo', [inFolder('pipe')]);
  symlinkSync('pipe', path);
}

/** Every call that takes a path; `odd` is the one that leads to no file. */
const CALLS: { readonly name: string; readonly call: (odd: string) => unknown }[] = [
  { name: 'open', call: (odd) => open(odd) },
  { name: 'open to read', call: (odd) => open(odd, { readOnly: true }) },
  { name: 'open by force', call: (odd) => open(odd, { force: true }) },
  { name: 'create over it', call: (odd) => create(odd, { retentions: '1s:60', overwrite: true }) },
  { name: 'verify', call: (odd) => verify(odd, { deep: true }) },
  { name: 'convert from it', call: (odd) => convert(odd, inFolder('new'), { to: 'compressed', now: NOW }) },
  {
    name: 'convert over it',
    call: (odd) => convert(inFolder('standard.wsp'), odd, { to: 'compressed', now: NOW, overwrite: true }),
  },
  { name: 'fill from it', call: (odd) => fill(odd, inFolder('standard.wsp'), { now: NOW }) },
  { name: 'fill it', call: (odd) => fill(inFolder('packed.wsp'), odd, { now: NOW }) },
  { name: 'resize', call: (odd) => resize(odd, { xFilesFactor: 1 }) },
  { name: 'repair', call: (odd) => repair(odd, { backup: true }) },
  {
    name: 'updateFiles',
    call: (odd) => {
      const { failures } = updateFiles([[odd, [[NOW, 1]]]], { now: NOW });
      throw failures[0]!.error;
    },
  },
];

/** What everything in the folder is, and holds as far as it is a file. */
function everything(): string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { mode, size } = lstatSync(inFolder(name));
      const isFile = lstatSync(inFolder(name)).isFile();
      return `${name} ${mode.toString(8)} ${isFile ? readFileSync(inFolder(name)).toString('hex') : size}`;
    });
}

function refusal(call: () => unknown): WhisperError {
  try {
    call();
  } catch (error) {
    if (error instanceof WhisperError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe.runIf(process.platform !== 'win32').each(KINDS)('$name', ({ name, make, code }) => {
  it.each(CALLS)('is refused by $name, and nothing has changed', async ({ call }) => {
    await make(inFolder('odd'));
    const before = everything();
    expect(refusal(() => call(inFolder('odd')))).toMatchObject({ code, path: inFolder('odd') });
    expect(everything()).toEqual(before);
  });

  it('is in the way of a new file', async () => {
    await make(inFolder('odd'));
    const before = everything();
    const standard = inFolder('standard.wsp');
    writeFileSync(inFolder('cut.wsp'), readFileSync(standard).subarray(0, 500));
    for (const call of [
      () => create(inFolder('odd'), { retentions: '1s:60' }),
      () => convert(standard, inFolder('odd'), { to: 'compressed', now: NOW }),
      () => repair(inFolder('cut.wsp'), { output: inFolder('odd'), now: NOW }),
    ]) {
      expect(['WSP_EXISTS', code]).toContain(refusal(call).code);
    }
    rmSync(inFolder('cut.wsp'));
    expect(everything()).toEqual(before);
  });

  it.each([
    ['info', 'ODD'],
    ['dump', 'ODD'],
    ['fetch', 'ODD'],
    ['first', 'ODD'],
    ['last', 'ODD'],
    ['plot', 'ODD'],
    ['update', 'ODD', `${NOW}:1`],
    ['checksum', 'ODD'],
    ['diff', 'ODD', 'GOOD'],
    ['diff', 'GOOD', 'ODD'],
    ['estimate', '--sample', 'ODD'],
    ['create', 'ODD', '1s:60', '--overwrite'],
    ['convert', '--to', 'compressed', '--overwrite', '--output', 'ODD', 'GOOD'],
  ])('is refused by the command: sotto %s %s %s', async (...words) => {
    await make(inFolder('odd'));
    const isFolder = name === 'a folder' || name === 'a link to a folder';
    const before = everything();
    const paths: { [word: string]: string } = { ODD: inFolder('odd'), GOOD: inFolder('standard.wsp') };
    const { exitCode, stderr } = await sotto(words.map((word) => paths[word] ?? word));
    expect(stderr).not.toContain('internal error');
    // Into a folder a conversion puts its file; here that is the one that is converted, or there is none yet.
    if (words[0] === 'convert' && isFolder) {
      expect([0, 2]).toContain(exitCode);
      return;
    }
    expect(exitCode).toBe(4);
    expect(everything()).toEqual(before);
  });
});

describe('a link that leads nowhere', () => {
  it.each(CALLS.filter(({ name }) => !/over it/.test(name)))('is no file for $name', ({ call }) => {
    symlinkSync('gone', inFolder('odd'));
    expect(refusal(() => call(inFolder('odd')))).toMatchObject({ code: 'WSP_NOT_FOUND' });
    expect(readdirSync(folder).sort()).toEqual(['odd', 'packed.wsp', 'standard.wsp']);
  });

  it('is in the way of a new file, and is replaced by one that may', () => {
    symlinkSync('gone', inFolder('odd'));
    expect(refusal(() => create(inFolder('odd'), { retentions: '1s:60' }))).toMatchObject({
      code: 'WSP_EXISTS',
    });
    create(inFolder('odd'), { retentions: '1s:60', overwrite: true }).close();
    expect(lstatSync(inFolder('odd')).isFile()).toBe(true);
    expect(readdirSync(folder)).not.toContain('gone');
  });
});
