import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { databasePaths } from '../../src/cli/walk.js';
import type { WhisperError } from '../../src/errors.js';
import { useFreshFolder } from '../support/cli.js';

// Nothing is forbidden to root, so a folder of this name is.
vi.mock('node:fs', async (load) => {
  const fs = await load<typeof import('node:fs')>();
  const readdirSync = (path: string, options: { withFileTypes: true }) => {
    if (!path.endsWith('locked')) return fs.readdirSync(path, options);
    throw Object.assign(new Error(`EACCES: permission denied, scandir '${path}'`), { code: 'EACCES' });
  };
  return { ...fs, readdirSync };
});

useFreshFolder();

function put(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
  }
}

/** The paths, and what was reported on the way. */
function walk(...paths: readonly string[]): { found: string[]; errors: WhisperError[] } {
  const errors: WhisperError[] = [];
  const found = [...databasePaths(paths, { fail: (error) => void errors.push(error) })];
  return { found, errors };
}

describe('the databases behind paths', () => {
  it('are paths that are no folders, as they were given: others may say what they are', () => {
    put('a.wsp', 'no-extension');
    const paths = ['no-extension', './a.wsp', 'missing.wsp', 'a.wsp', ''];
    expect(walk(...paths)).toEqual({ found: paths, errors: [] });
  });

  it('are in a folder all that end with .wsp, at any depth, by name', () => {
    put(
      't/b/2.wsp',
      't/b/10.wsp',
      't/a.wsp',
      't/b.wsp',
      't/c/d/e.wsp',
      't/b/notes.txt',
      't/a.wsp.bak',
      't/wsp',
    );
    expect(walk('t')).toEqual({
      found: ['t/a.wsp', 't/b/10.wsp', 't/b/2.wsp', 't/b.wsp', 't/c/d/e.wsp'],
      errors: [],
    });
    expect(walk('t/b/', 'x.wsp', 't/c').found).toEqual(['t/b/10.wsp', 't/b/2.wsp', 'x.wsp', 't/c/d/e.wsp']);
  });

  it('are not those whose names, or whose folders, begin with a dot, unless they were asked for', () => {
    put('t/.hidden.wsp', 't/.git/a.wsp', 't/b.wsp', '.c/d.wsp');
    expect(walk('t').found).toEqual(['t/b.wsp']);
    expect(walk('.').found).toEqual(['t/b.wsp']);
    expect(walk('.c', 't/.hidden.wsp').found).toEqual(['.c/d.wsp', 't/.hidden.wsp']);
  });

  it('are also behind links, to files and to folders', () => {
    put('real/a.wsp', 'elsewhere/b/c.wsp', 'plain');
    symlinkSync('../plain', 'real/linked.wsp');
    symlinkSync('../plain', 'real/linked');
    symlinkSync('../elsewhere', 'real/more');
    expect(walk('real').found).toEqual(['real/a.wsp', 'real/linked.wsp', 'real/more/b/c.wsp']);
  });

  it('are found once in each folder, wherever links lead', () => {
    put('t/a/1.wsp', 't/b/2.wsp');
    symlinkSync('..', 't/a/up');
    symlinkSync('../b', 't/a/b');
    symlinkSync('.', 't/b/here');
    expect(walk('t', 't/b').found).toEqual(['t/a/1.wsp', 't/a/b/2.wsp']);
  });

  it('are also links that lead nowhere, to be told by whoever opens them', () => {
    put('t/a.wsp');
    symlinkSync('gone', 't/broken.wsp');
    symlinkSync('loop', 't/loop');
    symlinkSync('gone', 't/broken');
    expect(walk('t')).toEqual({ found: ['t/a.wsp', 't/broken.wsp'], errors: [] });
  });

  it('are a folder of such a name no more than what is in it', () => {
    put('t/folder.wsp/a.wsp');
    expect(walk('t').found).toEqual(['t/folder.wsp/a.wsp']);
  });

  it('are those of all other folders when one cannot be read', () => {
    put('t/a/1.wsp', 't/locked/2.wsp', 't/z/3.wsp');
    const { found, errors } = walk('t');
    expect(found).toEqual(['t/a/1.wsp', 't/z/3.wsp']);
    expect(errors.map(({ code, message }) => ({ code, message }))).toEqual([
      { code: 'WSP_SYSTEM', message: 't/locked: cannot read the folder: EACCES: permission denied' },
    ]);
  });
});
