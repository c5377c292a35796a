import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type CreateOptions, create, open, verify } from '../../../src/index.js';
import { filesHere, NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';
import { sha256 } from '../../support/vectors.js';

/** How often a run is killed before it may end; more by hand. */
const kills = Number(process.env['SOTTO_KILLS'] ?? 5);

vi.setConfig({ testTimeout: 60_000 + 5000 * kills });

/** Calls of the system that fail. */
const faults = vi.hoisted(() => ({ calls: {} as { [name: string]: string } }));

vi.mock('node:fs', async (load) => {
  const fs = await load<typeof import('node:fs')>();
  const failing = (['fsyncSync', 'renameSync'] as const).map((name) => {
    const call = (...args: unknown[]) => {
      const code = faults.calls[name];
      if (code !== undefined) throw Object.assign(new Error(`${code}: as asked`), { code });
      return (fs[name] as (...args: unknown[]) => unknown)(...args);
    };
    return [name, call] as const;
  });
  return { ...fs, ...Object.fromEntries(failing) };
});

useFreshFolder();
beforeEach(() => {
  faults.calls = {};
});

/** The built command; `npm test` builds it first. */
const BIN = fileURLToPath(new URL('../../../dist/cli/bin.js', import.meta.url));
const MINUTE = NOW - (NOW % 60);
const TO_COMPRESSED = ['convert', '--to', 'compressed'];
const TO_STANDARD = ['convert', '--to', 'standard'];
/** Bytes of a standard file of 1m:1h. */
const STANDARD_SIZE = 28 + 12 * 60;

/** Makes a standard file with `count` minutes up to now. */
function make(path: string, count = 3, options: Partial<CreateOptions> = {}): void {
  mkdirSync(dirname(path), { recursive: true });
  using database = create(path, { retentions: '1m:1h', ...options });
  const points = Array.from({ length: count }, (_, i) => [MINUTE - 60 * i, Math.sqrt(i)] as const);
  database.updateMany(points, { now: NOW });
}

/** A standard file whose times are no multiples of its step, which blocks cannot hold. */
function makeUnaligned(path: string): void {
  make(path);
  const bytes = readFileSync(path);
  for (let slot = 0; slot < 3; slot++)
    bytes.writeUInt32BE(bytes.readUInt32BE(28 + 12 * slot) + 7 * slot, 28 + 12 * slot);
  writeFileSync(path, bytes);
}

/** A mix of average and max with an hour and a half of minutes. */
function makeMix(path: string): void {
  using database = create(path, {
    retentions: '1m:1d,5m:2d',
    format: 'compressed',
    aggregation: 'mix',
    mix: ['average', 'max'],
    pointsPerBlock: 20,
  });
  for (let age = 90; age > 0; age -= 10) {
    const batch = Array.from({ length: 10 }, (_, i) => [MINUTE - 60 * (age - i), (age - i) % 7] as const);
    database.updateMany(batch, { now: batch.at(-1)![0] });
  }
}

function formatOf(path: string): string {
  using database = open(path, { readOnly: true });
  return database.format;
}

/** Every point of a file, bit for bit, as something that can be compared. */
function contentOf(path: string): string {
  using database = open(path, { readOnly: true });
  const archives = database.info.archives.map((_, archive) => {
    const { timestamps, values } = database.points(archive, { now: NOW });
    const columns = [timestamps, values].map(({ buffer, byteOffset, byteLength }) => {
      return new Uint8Array(buffer, byteOffset, byteLength);
    });
    return `${timestamps.length} points ${columns.map(sha256).join(' ')}`;
  });
  return archives.join('\n');
}

/** `748 to 697 bytes (93.2 %)` */
function sizes(before: number, after: number): string {
  return `${before} to ${after} bytes (${((100 * after) / before).toFixed(1)} %)`;
}

/** Files with their sizes and hashes, links left out. */
function expectUnchanged(before: ReturnType<typeof filesHere>): void {
  expect(filesHere()).toEqual(before);
}

describe('convert', () => {
  it('changes the format of a file where it is, and back', async () => {
    make('a.wsp');
    const [bytes, content] = [readFileSync('a.wsp'), contentOf('a.wsp')];
    const there = await print([...TO_COMPRESSED, 'a.wsp']);
    const { size } = statSync('a.wsp');
    expect(there).toBe(`a.wsp: compressed, ${sizes(STANDARD_SIZE, size)}, 3 points\n`);
    expect([formatOf('a.wsp'), contentOf('a.wsp')]).toEqual(['compressed', content]);
    const back = await print([...TO_STANDARD, 'a.wsp']);
    expect(back).toBe(`a.wsp: standard, ${sizes(size, STANDARD_SIZE)}, 3 points\n`);
    expect(readFileSync('a.wsp').length).toBe(bytes.length);
    expect([formatOf('a.wsp'), contentOf('a.wsp')]).toEqual(['standard', content]);
    expect(readdirSync('.')).toEqual(['a.wsp']);
  });

  it('hands owner, mode and time down', async () => {
    make('a.wsp');
    utimesSync('a.wsp', 1_500_000_000, 1_500_000_000);
    const { mode, uid, gid } = statSync('a.wsp');
    await print([...TO_COMPRESSED, 'a.wsp']);
    expect(statSync('a.wsp')).toMatchObject({ mode, uid, gid, mtimeMs: 1_500_000_000_000 });
  });

  it('passes over what has the format already', async () => {
    make('a.wsp', 3, { format: 'compressed' });
    const before = filesHere();
    expect(await sotto([...TO_COMPRESSED, 'a.wsp'])).toEqual({
      exitCode: 0,
      stdout: 'a.wsp: compressed already\n',
      stderr: '',
    });
    expectUnchanged(before);
  });

  it('takes several, and sums them up', async () => {
    make('a.wsp');
    make('b.wsp', 9);
    make('c.wsp', 3, { format: 'compressed' });
    const { exitCode, stdout, stderr } = await sotto([...TO_COMPRESSED, 'a.wsp', 'b.wsp', 'c.wsp']);
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^a\.wsp: compressed, 748 to [0-9]+ bytes \([0-9.]+ %\), 3 points$/),
      expect.stringMatching(/^b\.wsp: compressed, .*, 9 points$/),
      'c.wsp: compressed already',
      '',
    ]);
    const [a, b] = [statSync('a.wsp').size, statSync('b.wsp').size];
    expect(stderr.replace(/[0-9.]+ KiB/g, 'SIZE')).toBe(
      `sotto: 2 files converted, ${sizes(2 * STANDARD_SIZE, a + b)}, on disk SIZE to SIZE, 1 compressed already\n`,
    );
  });

  it('goes into folders where it is told to', async () => {
    make('top/a.wsp');
    make('top/deep/er/b.wsp');
    make('top/c.wsp', 3, { format: 'compressed' });
    writeFileSync('top/notes.txt', 'no database');
    const before = filesHere();
    expect(await sotto([...TO_COMPRESSED, 'top'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: "sotto: 'top' is a folder; expected a file, or --recursive to convert all *.wsp files in it\n",
    });
    expectUnchanged(before);
    const { exitCode, stdout, stderr } = await sotto([...TO_COMPRESSED, '--recursive', 'top']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^top\/a\.wsp: compressed, .*\ntop\/deep\/er\/b\.wsp: compressed, .*\n$/);
    expect(stderr).toMatch(/^sotto: 2 files converted, .*, 1 compressed already\n$/);
    expect(['top/a.wsp', 'top/deep/er/b.wsp', 'top/c.wsp'].map(formatOf)).toEqual(
      Array(3).fill('compressed'),
    );
    expect(await sotto([...TO_COMPRESSED, '-r', 'top'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'sotto: 0 files converted, 3 compressed already\n',
    });
  });

  it('refuses a folder among files before it converts any', async () => {
    make('a.wsp');
    make('top/b.wsp');
    const before = filesHere();
    expect((await sotto([...TO_COMPRESSED, 'a.wsp', 'top'])).exitCode).toBe(2);
    expectUnchanged(before);
  });

  it.each([
    { name: 'no format', args: ['convert', 'a.wsp'] },
    { name: 'an unknown format', args: ['convert', '--to', 'gzip', 'a.wsp'] },
    { name: 'no path', args: TO_COMPRESSED },
    { name: 'no jobs', args: [...TO_COMPRESSED, '--jobs', '0', 'a.wsp'] },
    { name: 'too many jobs', args: [...TO_COMPRESSED, '--jobs', '65', 'a.wsp'] },
    { name: 'jobs that are no number', args: [...TO_COMPRESSED, '--jobs', 'all', 'a.wsp'] },
    { name: 'originals kept of an output', args: [...TO_COMPRESSED, '--keep', '-o', 'b.wsp', 'a.wsp'] },
    { name: 'a time that is none', args: [...TO_COMPRESSED, '--now', 'soon', 'a.wsp'] },
    { name: 'an option that does not exist', args: [...TO_COMPRESSED, '--kep', 'a.wsp'] },
  ])('is refused as usage, and does nothing: $name', async ({ args }) => {
    make('a.wsp');
    const before = filesHere();
    const { exitCode, stdout, stderr } = await sotto(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^sotto: /);
    expectUnchanged(before);
  });

  it('has a help', async () => {
    const help = await print(['convert', '--help']);
    expect(help).toMatch(/^Usage: sotto convert --to FORMAT \[options\] PATH\.\.\.\n/);
    for (const option of [
      '--output',
      '--keep',
      '--no-verify',
      '--recursive',
      '--jobs',
      '--json',
      '--quiet',
    ]) {
      expect(help).toContain(option);
    }
  });
});

describe('convert --output', () => {
  it('writes to a file and leaves the original alone', async () => {
    make('a.wsp');
    const before = readFileSync('a.wsp');
    expect(await print([...TO_COMPRESSED, 'a.wsp', '-o', 'new/folder/b.wsp'])).toMatch(
      /^new\/folder\/b\.wsp: compressed, /,
    );
    expect(readFileSync('a.wsp').equals(before)).toBe(true);
    expect(contentOf('new/folder/b.wsp')).toBe(contentOf('a.wsp'));
  });

  it('writes into a folder that is there, and makes one for several files', async () => {
    make('a.wsp');
    make('sub/b.wsp');
    mkdirSync('there');
    await print([...TO_COMPRESSED, 'sub/b.wsp', '--output', 'there']);
    expect(formatOf('there/b.wsp')).toBe('compressed');
    await sotto([...TO_COMPRESSED, 'a.wsp', 'sub/b.wsp', '--output', 'made']);
    expect(readdirSync('made').sort()).toEqual(['a.wsp', 'b.wsp']);
    expect([formatOf('a.wsp'), formatOf('sub/b.wsp')]).toEqual(['standard', 'standard']);
  });

  it('mirrors a tree', async () => {
    const names = ['a.wsp', 'x/b.wsp', 'x/y/c.wsp', 'z/a.wsp'];
    for (const [i, name] of names.entries()) make(join('top', name), i + 1);
    const before = filesHere();
    const { exitCode, stderr } = await sotto([...TO_COMPRESSED, '-r', 'top', '-o', 'mirror']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(/^sotto: 4 files converted, /),
    });
    expect(filesHere()).toMatchObject(before);
    for (const name of names) {
      expect(formatOf(join('mirror', name))).toBe('compressed');
      expect(contentOf(join('mirror', name))).toBe(contentOf(join('top', name)));
    }
    expect(Object.keys(filesHere())).toHaveLength(8);
  });

  it('does not replace what stands there, unless it is told to', async () => {
    make('a.wsp');
    make('b.wsp', 5);
    const before = filesHere();
    const refused = await sotto([...TO_COMPRESSED, 'a.wsp', '-o', 'b.wsp']);
    expect(refused).toMatchObject({
      exitCode: 4,
      stdout: '',
      stderr: expect.stringMatching(/b\.wsp: .*exists/),
    });
    expectUnchanged(before);
    await print([...TO_COMPRESSED, 'a.wsp', '-o', 'b.wsp', '--overwrite']);
    expect(contentOf('b.wsp')).toBe(contentOf('a.wsp'));
  });

  it('passes over what an earlier run has made, and says which file that is', async () => {
    make('top/a.wsp');
    make('top/b.wsp');
    await sotto([...TO_COMPRESSED, 'top/a.wsp', '-o', 'mirror/a.wsp']);
    const made = readFileSync('mirror/a.wsp');
    const again = await sotto([...TO_COMPRESSED, '-r', 'top', '-o', 'mirror']);
    expect(again.stderr).toMatch(/^sotto: 1 file converted, .*, 1 compressed already\n$/);
    expect(readFileSync('mirror/a.wsp').equals(made)).toBe(true);
    expect(await print([...TO_COMPRESSED, 'top/a.wsp', '-o', 'mirror/a.wsp'])).toBe(
      'mirror/a.wsp: compressed already\n',
    );
  });

  it.each([
    { name: 'of the same name', sources: ['x/a.wsp', 'y/a.wsp'], options: [] },
    { name: 'from trees that are alike', sources: ['x', 'y'], options: ['-r'] },
    {
      name: 'of the same name, also if one may replace the other',
      sources: ['x/a.wsp', 'y/a.wsp'],
      options: ['--overwrite'],
    },
  ])('refuses two files $name, of which one would be lost', async ({ sources, options }) => {
    make('x/a.wsp', 1);
    make('y/a.wsp', 2);
    const before = filesHere();
    const { exitCode, stderr } = await sotto([...TO_COMPRESSED, ...options, ...sources, '-o', 'out']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(/a\.wsp/) });
    expectUnchanged(before);
  });

  it.each([
    { name: 'the file itself', args: ['top/a.wsp', '-o', 'top/a.wsp'] },
    { name: 'its own folder', args: ['top/a.wsp', 'top/b.wsp', '-o', 'top'] },
    { name: 'its own tree', args: ['-r', 'top', '-o', 'top'] },
    { name: 'the file itself by another path', args: ['top/a.wsp', '-o', './top/../top/a.wsp'] },
  ])('leaves the originals alone where it leads to $name', async ({ args }) => {
    make('top/a.wsp');
    make('top/b.wsp');
    const before = filesHere();
    expect((await sotto([...TO_COMPRESSED, ...args])).exitCode).not.toBe(0);
    expectUnchanged(before);
  });
});

describe('convert --keep', () => {
  it('leaves the original beside the new file, with its second name', async () => {
    make('a.wsp');
    const { ino } = statSync('a.wsp');
    const before = readFileSync('a.wsp');
    await print([...TO_COMPRESSED, '--keep', 'a.wsp']);
    expect(formatOf('a.wsp')).toBe('compressed');
    expect(statSync('a.wsp.bak').ino).toBe(ino);
    expect(readFileSync('a.wsp.bak').equals(before)).toBe(true);
    expect(readdirSync('.').sort()).toEqual(['a.wsp', 'a.wsp.bak']);
  });

  it('goes on where a run was stopped between the second name and the new file', async () => {
    make('a.wsp');
    const before = readFileSync('a.wsp');
    linkSync('a.wsp', 'a.wsp.bak');
    await print([...TO_COMPRESSED, '--keep', 'a.wsp']);
    expect(formatOf('a.wsp')).toBe('compressed');
    expect(readFileSync('a.wsp.bak').equals(before)).toBe(true);
  });

  it('has nothing to keep of a file that has the format already', async () => {
    make('a.wsp', 3, { format: 'compressed' });
    await print([...TO_COMPRESSED, '--keep', 'a.wsp']);
    expect(readdirSync('.')).toEqual(['a.wsp']);
  });

  it('does not convert where another file has that name', async () => {
    make('a.wsp');
    writeFileSync('a.wsp.bak', 'of long ago');
    const before = filesHere();
    expect(await sotto([...TO_COMPRESSED, '--keep', 'a.wsp'])).toEqual({
      exitCode: 4,
      stdout: '',
      stderr: expect.stringMatching(/^sotto: a\.wsp\.bak: cannot keep the original there/),
    });
    expectUnchanged(before);
  });

  it('leaves no second name of a file that is not converted', async () => {
    makeUnaligned('a.wsp');
    expect((await sotto([...TO_COMPRESSED, '--keep', '--verify', 'a.wsp'])).exitCode).toBe(3);
    expect(readdirSync('.')).toEqual(['a.wsp']);
    make('b.wsp');
    faults.calls = { renameSync: 'EIO' };
    expect((await sotto([...TO_COMPRESSED, '--keep', 'b.wsp'])).exitCode).toBe(4);
    expect(readdirSync('.').sort()).toEqual(['a.wsp', 'b.wsp']);
  });

  it('keeps the original also where something fails after the new file took its name', async () => {
    make('a.wsp');
    const before = readFileSync('a.wsp');
    faults.calls = { fsyncSync: 'EIO' };
    expect((await sotto([...TO_COMPRESSED, '--keep', '--durable', 'a.wsp'])).exitCode).toBe(4);
    const kept = readdirSync('.').filter((name) => readFileSync(name).equals(before));
    expect(kept).toHaveLength(1);
  });

  it('keeps the file behind a symbolic link, and not the link', async () => {
    make('real/a.wsp');
    const before = readFileSync('real/a.wsp');
    symlinkSync('real/a.wsp', 'link.wsp');
    await print([...TO_COMPRESSED, '--keep', 'link.wsp']);
    expect(lstatSync('link.wsp').isSymbolicLink()).toBe(true);
    expect(formatOf('link.wsp')).toBe('compressed');
    const backups = readdirSync('.', { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.bak'),
    );
    expect(backups).toHaveLength(1);
    expect(readFileSync(backups[0]!).equals(before)).toBe(true);
  });
});

describe('convert --verify', () => {
  it('is what is done if nothing else is said', async () => {
    makeUnaligned('a.wsp');
    const before = filesHere();
    for (const options of [[], ['--verify']]) {
      expect(await sotto([...TO_COMPRESSED, ...options, 'a.wsp'])).toEqual({
        exitCode: 3,
        stdout: '',
        stderr: expect.stringMatching(/^sotto: a\.wsp: archive 0 of the new file differs from the old one/),
      });
      expectUnchanged(before);
    }
    // Who does not want to know gets what the blocks can hold.
    expect((await sotto([...TO_COMPRESSED, '--no-verify', 'a.wsp'])).exitCode).toBe(0);
    expect(formatOf('a.wsp')).toBe('compressed');
  });
});

describe('the files that fail', () => {
  function makeSome(): void {
    make('a.wsp');
    writeFileSync('b.wsp', 'no database, but long enough for a header of one');
    make('c.wsp');
  }

  it.each([
    { name: 'bad data', paths: ['a.wsp', 'b.wsp', 'c.wsp'], exitCode: 3, failed: 1 },
    { name: 'no such file', paths: ['none.wsp', 'a.wsp', 'c.wsp'], exitCode: 4, failed: 1 },
    { name: 'both', paths: ['none.wsp', 'b.wsp', 'a.wsp', 'c.wsp'], exitCode: 4, failed: 2 },
  ])('do not keep the others from it: $name', async ({ paths, exitCode, failed }) => {
    makeSome();
    const junk = readFileSync('b.wsp');
    const run = await sotto([...TO_COMPRESSED, ...paths]);
    expect(run.exitCode).toBe(exitCode);
    expect(run.stdout).toMatch(/^a\.wsp: compressed, .*\nc\.wsp: compressed, .*\n$/);
    const messages = run.stderr.trimEnd().split('\n');
    expect(messages).toHaveLength(failed + 1);
    expect(messages.at(-1)).toMatch(new RegExp(`^sotto: 2 files converted, .*, ${failed} failed$`));
    expect(readFileSync('b.wsp').equals(junk)).toBe(true);
    expect(readdirSync('.').sort()).toEqual(['a.wsp', 'b.wsp', 'c.wsp']);
  });

  it('can be converted once their method is named', async () => {
    make('a.wsp', 3, { aggregation: 'avg_zero' });
    make('b.wsp');
    const { exitCode, stderr } = await sotto([...TO_COMPRESSED, 'a.wsp', 'b.wsp']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(/^sotto: a\.wsp: .*avg_zero/),
    });
    expect([formatOf('a.wsp'), formatOf('b.wsp')]).toEqual(['standard', 'compressed']);
    await print([...TO_COMPRESSED, 'a.wsp', '--agg', 'average']);
    expect(open('a.wsp').info.aggregation).toBe('average');
    make('c.wsp', 3, { aggregation: 'avg_zero' });
    await print([...TO_COMPRESSED, 'c.wsp', '--dialect', 'go']);
    expect(open('c.wsp').info.aggregation).toBe('first');
  });

  it('need a spec if they are mixes', async () => {
    makeMix('a.wsp');
    const { exitCode, stderr } = await sotto([...TO_STANDARD, 'a.wsp']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(/one of average, max/),
    });
    expect(formatOf('a.wsp')).toBe('compressed');
    await print([...TO_STANDARD, 'a.wsp', '--spec', 'max']);
    expect(open('a.wsp').info).toMatchObject({ format: 'standard', aggregation: 'max' });
  });
});

describe('what convert prints', () => {
  it('is JSON on demand, of the files that failed too', async () => {
    make('a.wsp');
    make('c.wsp', 3, { format: 'compressed' });
    writeFileSync('b.wsp', 'no database, but long enough for a header of one');
    const { exitCode, stdout, stderr } = await sotto([...TO_COMPRESSED, '--json', 'a.wsp', 'b.wsp', 'c.wsp']);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^sotto: b\.wsp: .*\nsotto: 1 file converted/);
    expect(JSON.parse(stdout)).toEqual([
      {
        path: 'a.wsp',
        target: 'a.wsp',
        converted: true,
        from: 'standard',
        to: 'compressed',
        sourceSize: STANDARD_SIZE,
        targetSize: statSync('a.wsp').size,
        points: 3,
        sourceDisk: expect.any(Number),
        targetDisk: statSync('a.wsp').blocks * 512,
      },
      {
        path: 'b.wsp',
        error: { code: 'WSP_CORRUPT', message: expect.stringMatching(/^b\.wsp: /) },
      },
      { path: 'c.wsp', target: 'c.wsp', converted: false },
    ]);
  });

  it('is a list as JSON also of a lone file', async () => {
    make('a.wsp');
    expect(await printJson([...TO_COMPRESSED, '--json', 'a.wsp'])).toHaveLength(1);
  });

  it('is an empty list as JSON where a tree has no files', async () => {
    mkdirSync('top');
    expect(await sotto([...TO_COMPRESSED, '--json', '-r', 'top'])).toMatchObject({
      exitCode: 0,
      stdout: '[]\n',
    });
  });

  it('names the new file beside the old one in JSON', async () => {
    make('top/a.wsp');
    const { stdout } = await sotto([...TO_COMPRESSED, '--json', '-r', 'top', '-o', 'out']);
    expect(JSON.parse(stdout)).toMatchObject([{ path: 'top/a.wsp', target: 'out/a.wsp', converted: true }]);
  });

  it.each([{ isErrorTerminal: false }, { isErrorTerminal: true }])(
    'is nothing but errors with --quiet: %j',
    async ({ isErrorTerminal }) => {
      make('a.wsp');
      make('b.wsp');
      make('c.wsp', 3, { format: 'compressed' });
      for (const name of ['x', 'y', 'z']) writeFileSync(name, 'junk');
      const args = [...TO_COMPRESSED, '--quiet', 'x', 'a.wsp', 'y', 'b.wsp', 'z', 'c.wsp'];
      const { exitCode, stdout, stderr } = await sotto(args, { isErrorTerminal });
      expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
      expect(stderr).toMatch(/^sotto: x: .*\nsotto: y: .*\nsotto: z: .*\n$/);
      expect([formatOf('a.wsp'), formatOf('b.wsp')]).toEqual(['compressed', 'compressed']);
    },
  );

  it('is on a terminal also how far it has come, on a line that is gone at the end', async () => {
    for (const name of ['a.wsp', 'b.wsp']) make(name);
    writeFileSync('c.wsp', 'junk');
    const { stdout, stderr } = await sotto([...TO_COMPRESSED, 'a.wsp', 'b.wsp', 'c.wsp'], {
      isErrorTerminal: true,
    });
    expect(stdout).not.toContain('\r');
    const drawn = stderr.split('\r\x1b[K');
    expect(drawn).toContainEqual(expect.stringMatching(/^\[#{8}-{16}\] 1 of 3, .* left$/));
    expect(drawn).toContainEqual(expect.stringMatching(/^sotto: c\.wsp: .*\n$/));
    // Nothing of it stands before the last words.
    expect(drawn.at(-1)).toMatch(/^sotto: 2 files converted, .*\n$/);
    expect(drawn.every((text) => /^(\[.*left)?$/.test(text) || /^sotto: [^[]*\n$/.test(text))).toBe(true);
  });
});

describe('convert --now', () => {
  const DAY = 86_400;

  /** A file of minutes that ended a day ago, but for one point of the very day before. */
  function makeOld(path: string): void {
    using database = create(path, { retentions: '1m:1h' });
    const last = MINUTE - DAY;
    database.updateMany([[last - 3600 - 1800, 1]], { now: last - 3600 - 1800 });
    database.updateMany(
      [
        [last - 600, 2],
        [last, 3],
      ],
      { now: last },
    );
  }

  it.each([
    { name: 'the clock: all is too old, and kept', args: [], count: 3 },
    { name: 'a time', args: ['--now', String(MINUTE - DAY + 3000)], count: 2 },
    { name: 'a time later on', args: ['--now', String(MINUTE - DAY + 3600)], count: 1 },
    { name: 'that of the newest point', args: ['--now', 'newest'], count: 2 },
  ])('says what is too old: $name', async ({ args, count }) => {
    makeOld('a.wsp');
    await print([...TO_COMPRESSED, 'a.wsp', ...args]);
    expect(open('a.wsp').points(0).timestamps).toHaveLength(count);
  });
});

describe('what a run that was killed had begun', () => {
  const GONE = spawnSync(process.execPath, ['--version']).pid;
  const leftover = (pid: number) => `.sotto-${pid}-0123456789ab.tmp`;

  it.each([
    { name: 'in the folders of a tree', args: ['-r', 'top'] },
    { name: 'beside the files that are named', args: ['top/x/a.wsp'] },
  ])('is taken away, $name', async ({ args }) => {
    make('top/x/a.wsp');
    writeFileSync(join('top/x', leftover(GONE)), 'half of a file');
    const { exitCode, stderr } = await sotto([...TO_COMPRESSED, ...args]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^sotto: top\/x: 1 unfinished file of a stopped run removed\n/);
    expect(readdirSync('top/x')).toEqual(['a.wsp']);
  });

  it('stays while somebody is busy with it', async () => {
    make('top/a.wsp');
    writeFileSync(join('top', leftover(process.ppid)), 'half of a file');
    await sotto([...TO_COMPRESSED, '-r', 'top']);
    expect(readdirSync('top').sort()).toEqual([leftover(process.ppid), 'a.wsp']);
  });

  it('is taken away where the new files go', async () => {
    make('top/x/a.wsp');
    mkdirSync('out/x', { recursive: true });
    writeFileSync(join('out/x', leftover(GONE)), 'half of a file');
    await sotto([...TO_COMPRESSED, '-r', 'top', '-o', 'out']);
    expect(readdirSync('out/x')).toEqual(['a.wsp']);
  });
});

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** How a process ended, and what it said. */
async function endOf(child: ChildProcess) {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk) => {
      said[name] += chunk;
    });
  }
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exitCode, signal: child.signalCode, ...said };
}

describe('convert --jobs', () => {
  it('does in several threads what one does, but for the order', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `m${i}.wsp`);
    for (const folder of ['one', 'three']) {
      for (const [i, name] of names.entries()) make(join(folder, name), 1 + 4 * i);
      make(join(folder, 'done.wsp'), 3, { format: 'compressed' });
      writeFileSync(join(folder, 'junk.wsp'), 'no database, but long enough for a header of one');
      make(join(folder, 'zero.wsp'), 3, { aggregation: 'avg_zero' });
      makeUnaligned(join(folder, 'odd.wsp'));
    }
    const runs = [];
    for (const [folder, jobs] of [
      ['one', '1'],
      ['three', '3'],
    ] as const) {
      const args = [...TO_COMPRESSED, '-r', folder, '-j', jobs, '--verify', '--now', String(NOW)];
      const { exitCode, stdout, stderr } = await endOf(start(args));
      const lines = (text: string) => text.replaceAll(`${folder}/`, '').split('\n').sort();
      runs.push({ exitCode, stdout: lines(stdout), stderr: lines(stderr) });
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[0]).toMatchObject({ exitCode: 3 });
    expect(runs[0]!.stderr).toContainEqual(
      expect.stringMatching(/^sotto: 12 files converted, .*, 1 compressed already, 3 failed$/),
    );
    const files = filesHere();
    for (const name of readdirSync('one')) expect(files[`three/${name}`]).toEqual(files[`one/${name}`]);
  });

  it('has no more threads than files, and none for no file', async () => {
    make('top/a.wsp');
    mkdirSync('empty');
    expect(await endOf(start([...TO_COMPRESSED, '-j', '64', 'top/a.wsp']))).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    expect(formatOf('top/a.wsp')).toBe('compressed');
    expect(await endOf(start([...TO_COMPRESSED, '-r', '-j', '64', 'empty']))).toMatchObject({
      exitCode: 0,
      stderr: 'sotto: 0 files converted\n',
    });
  });
});

describe('a run that is killed at any moment', () => {
  /** Sixty standard files of up to some thousand points, in a tree. */
  function makeTree(): string[] {
    return Array.from({ length: 60 }, (_, i) => {
      const path = join('top', `folder${i % 4}`, `metric${i}.wsp`);
      mkdirSync(dirname(path), { recursive: true });
      const slots = 100 + ((i * i * 37) % 9000);
      using database = create(path, { retentions: `10:${slots},1m:${slots}`, xFilesFactor: 0 });
      const length = Math.floor((slots * ((i * 7) % 11)) / 10);
      const timestamps = Float64Array.from({ length }, (_, j) => NOW - 10 * (length - j));
      database.updateMany({ timestamps, values: timestamps.map((_, j) => Math.sin(j) * i) }, { now: NOW });
      return path;
    });
  }

  function unfinished(): string[] {
    return readdirSync('top', { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.includes('.sotto-'),
    );
  }

  it.each([
    { jobs: '1', keep: [] },
    { jobs: '3', keep: ['--keep'] },
  ])('loses nothing, and is gone on with: %j', async ({ jobs, keep }) => {
    const paths = makeTree();
    const before = new Map(
      paths.map((path) => [path, { content: contentOf(path), sha256: sha256(readFileSync(path)) }]),
    );
    const args = [...TO_COMPRESSED, '-r', 'top', '-j', jobs, ...keep, '--now', String(NOW)];
    for (let killed = 0; killed < kills; ) {
      const child = start(args);
      const kill = () => child.kill('SIGKILL');
      // A while after it began to convert, or a while after it began.
      if (killed % 4 === 0) setTimeout(kill, 50 + 150 * Math.random());
      else child.stdout?.once('data', () => setTimeout(kill, 25 * Math.random()));
      const { exitCode, signal, stderr } = await endOf(child);
      if (signal === 'SIGKILL') killed++;
      else {
        expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
        break;
      }
      for (const [path, { content }] of before) expect(contentOf(path) === content, path).toBe(true);
    }
    const { exitCode, stderr } = await endOf(start(args));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringContaining('failed') });
    expect(unfinished()).toEqual([]);
    for (const [path, { content, sha256: original }] of before) {
      expect(formatOf(path)).toBe('compressed');
      expect(contentOf(path) === content, path).toBe(true);
      expect(verify(path, { deep: true, now: NOW })).toEqual([]);
      if (keep.length > 0) expect(sha256(readFileSync(`${path}.bak`))).toBe(original);
      else expect(existsSync(`${path}.bak`)).toBe(false);
    }
    expect(await endOf(start(args))).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: 'sotto: 0 files converted, 60 compressed already\n',
    });
  });
});
