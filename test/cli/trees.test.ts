/** Commands that walk folders, in trees that somebody has put odd things into. */
import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { create, open } from '../../src/index.js';
import { NOW, sotto, useFreshFolder } from '../support/cli.js';

useFreshFolder();

function make(path: string): void {
  using database = create(path, { retentions: '1s:60,10s:10m' });
  database.updateMany([[NOW - 2, 1]], { now: NOW });
}

function formatOf(path: string): string {
  using database = open(path, { readOnly: true });
  return database.format;
}

/**
 * A tree with two databases in it, a damaged one, and links of all kinds to others beside it. They all end in the folder of
 * the test: these commands change what they walk to, and would do so on the day that this fails.
 */
function plant(): void {
  for (const folder of ['tree/sub', 'outside/sub']) mkdirSync(folder, { recursive: true });
  for (const path of ['tree/a.wsp', 'tree/sub/b.wsp', 'outside/c.wsp', 'outside/sub/d.wsp']) make(path);
  for (const folder of ['tree', 'outside']) {
    writeFileSync(`${folder}/cut.wsp`, readFileSync('tree/a.wsp').subarray(0, 900));
  }
  symlinkSync('../outside', 'tree/folder');
  symlinkSync('../outside/c.wsp', 'tree/file.wsp');
  symlinkSync('../../outside/sub/d.wsp', 'tree/sub/deep.wsp');
  symlinkSync('../outside/cut.wsp', 'tree/damaged.wsp');
  symlinkSync(resolve('outside/sub'), 'tree/root');
  symlinkSync('sub/b.wsp', 'tree/within.wsp');
}

/** Every file below a folder: what it is and what it holds. */
function contentOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = `${folder}/${name}`;
      return lstatSync(path).isFile() ? `${name} ${readFileSync(path).toString('hex')}` : name;
    });
}

const LINKS_OUT = ['damaged.wsp', 'file.wsp', 'folder', 'root', 'sub/deep.wsp'];

describe('links that lead out of a tree', () => {
  it.each([
    { name: 'convert, in place', words: ['convert', '--to', 'compressed', '--recursive', '--keep', 'tree'] },
    { name: 'convert, elsewhere', words: ['convert', '--to', 'compressed', '-r', '--output', 'new', 'tree'] },
    { name: 'verify', words: ['verify', '--deep', 'tree'] },
    { name: 'repair', words: ['repair', '--recursive', '--backup', 'tree'] },
  ])('are not followed by $name, which says so, and nothing outside has changed', async ({ words }) => {
    plant();
    const before = contentOf('outside');
    const { stdout, stderr } = await sotto(words);
    expect(contentOf('outside')).toEqual(before);
    for (const link of LINKS_OUT) {
      expect(stderr).toContain(`sotto: tree/${link}: a link that leads out of tree, not followed\n`);
    }
    for (const name of ['outside', 'folder/', 'file.wsp', 'deep.wsp', 'root/']) {
      expect(stdout).not.toContain(name);
    }
    expect(stdout).toContain('tree/a.wsp'.slice(words.includes('new') ? 5 : 0));
  });

  it('keep neither the files nor the links of the tree from being converted', async () => {
    plant();
    const { exitCode } = await sotto(['convert', '--to', 'compressed', '-r', 'tree']);
    // The damaged one.
    expect(exitCode).toBe(3);
    expect(['tree/a.wsp', 'tree/sub/b.wsp', 'tree/within.wsp'].map(formatOf)).toEqual(
      Array.from({ length: 3 }, () => 'compressed'),
    );
    expect(lstatSync('tree/within.wsp').isSymbolicLink()).toBe(true);
    expect(['outside/c.wsp', 'outside/sub/d.wsp'].map(formatOf)).toEqual(['standard', 'standard']);
  });

  it('are followed where they are named', async () => {
    plant();
    const { exitCode, stderr } = await sotto(['convert', '--to', 'compressed', 'tree/file.wsp']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(formatOf('outside/c.wsp')).toBe('compressed');
    const walked = await sotto(['verify', 'tree/folder']);
    expect(walked.stdout).toContain('tree/folder/sub/d.wsp: ok');
  });
});

describe.runIf(process.platform !== 'win32')('what is no file in a tree', () => {
  it.each([
    { words: ['convert', '--to', 'compressed', '-r', 'tree'] },
    { words: ['verify', 'tree'] },
    { words: ['repair', '-r', '--backup', 'tree'] },
  ])('is told and left alone, and the others are worked on: sotto $words', async ({ words }) => {
    mkdirSync('tree/folder.wsp', { recursive: true });
    make('tree/a.wsp');
    make('tree/z.wsp');
    execFileSync('mkfifo', ['tree/pipe.wsp']);
    symlinkSync('pipe.wsp', 'tree/to-pipe.wsp');
    symlinkSync('loop.wsp', 'tree/loop.wsp');
    const { exitCode, stdout, stderr } = await sotto(words);
    expect(exitCode).toBe(4);
    for (const name of ['pipe.wsp', 'to-pipe.wsp', 'loop.wsp']) expect(stderr).toContain(`tree/${name}: `);
    expect(stderr).not.toContain('internal error');
    for (const name of ['a.wsp', 'z.wsp']) expect(stdout).toContain(`tree/${name}: `);
    expect(statSync('tree/pipe.wsp').isFIFO()).toBe(true);
    expect(readdirSync('tree')).toHaveLength(6);
  });
});

describe('a file under several names', () => {
  it('is changed once: behind a link, under a hard link, named twice', async () => {
    mkdirSync('tree');
    make('tree/a.wsp');
    symlinkSync('a.wsp', 'tree/b.wsp');
    linkSync('tree/a.wsp', 'tree/c.wsp');
    const value = () => open('tree/a.wsp', { readOnly: true }).fetch(NOW - 3, NOW, { now: NOW })!.values[0];
    const { stderr } = await sotto(['map', '-r', 'tree', '--expr', 'v * 10', '--now', `${NOW}`]);
    expect(stderr).toBe('sotto: 1 file changed\n');
    expect(value()).toBe(10);
    await sotto(['map', 'tree/a.wsp', 'tree/b.wsp', './tree/a.wsp', '--expr', 'v * 10', '--now', `${NOW}`]);
    expect(value()).toBe(100);
  });
});
