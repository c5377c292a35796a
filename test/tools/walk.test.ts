import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { WhisperError } from '../../src/errors.js';
import { findDatabases } from '../../src/tools/walk.js';
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

/** The paths, and what was reported and said on the way. */
function walk(...paths: readonly string[]): { found: string[]; errors: WhisperError[]; said: string[] } {
  const errors: WhisperError[] = [];
  const said: string[] = [];
  const listener = {
    failed: (error: WhisperError) => void errors.push(error),
    passedOver: (link: string, root: string) => void said.push(`${link} out of ${root}`),
  };
  return { found: [...findDatabases(paths, listener)], errors, said };
}

describe('the databases behind paths', () => {
  it('are paths that are no folders, as they were given: others may say what they are', () => {
    put('a.wsp', 'no-extension');
    const paths = ['no-extension', './a.wsp', 'missing.wsp', 'a.wsp', ''];
    expect(walk(...paths)).toEqual({ found: paths, errors: [], said: [] });
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
      said: [],
    });
    expect(walk('t/b/', 'x.wsp', 't/c').found).toEqual(['t/b/10.wsp', 't/b/2.wsp', 'x.wsp', 't/c/d/e.wsp']);
  });

  it('are not those whose names, or whose folders, begin with a dot, unless they were asked for', () => {
    put('t/.hidden.wsp', 't/.git/a.wsp', 't/b.wsp', '.c/d.wsp');
    expect(walk('t').found).toEqual(['t/b.wsp']);
    expect(walk('.').found).toEqual(['t/b.wsp']);
    expect(walk('.c', 't/.hidden.wsp').found).toEqual(['.c/d.wsp', 't/.hidden.wsp']);
  });

  it('are also behind links, to files and to folders of the same tree', () => {
    put('t/plain', 't/b/c.wsp', 't/real/a.wsp');
    symlinkSync('../plain', 't/real/linked.wsp');
    symlinkSync('../plain', 't/real/linked');
    symlinkSync('../b', 't/real/more');
    expect(walk('t').found).toEqual(['t/b/c.wsp', 't/real/a.wsp', 't/real/linked.wsp']);
    symlinkSync(resolve('t/b'), 't/a');
    expect(walk('t').found).toEqual(['t/a/c.wsp', 't/real/a.wsp', 't/real/linked.wsp']);
  });

  it('are not behind links that lead out of the folder that was named, which is said', () => {
    put('t/a.wsp', 't/sub/b.wsp', 'elsewhere/c.wsp', 'tt/d.wsp', '..e/f.wsp', 't/..g/h.wsp');
    symlinkSync('../elsewhere', 't/folder');
    symlinkSync('../elsewhere/c.wsp', 't/file.wsp');
    symlinkSync('../elsewhere/c.wsp', 't/no-database');
    symlinkSync(resolve('elsewhere'), 't/absolute');
    symlinkSync('../tt', 't/alike');
    symlinkSync('../../elsewhere', 't/sub/further');
    symlinkSync('..', 't/sub/up');
    symlinkSync('sub/further', 't/twice');
    symlinkSync('..g/h.wsp', 't/inside.wsp');
    const { found, errors, said } = walk('t');
    expect(found).toEqual(['t/a.wsp', 't/inside.wsp', 't/sub/b.wsp']);
    expect(errors).toEqual([]);
    expect(said).toEqual(
      ['absolute', 'alike', 'file.wsp', 'folder', 'sub/further', 'twice'].map((name) => `t/${name} out of t`),
    );
    expect(walk('t/sub').said).toEqual(['t/sub/further out of t/sub', 't/sub/up out of t/sub']);
  });

  it('are behind a link that was named itself, and behind links in what it leads to', () => {
    put('real/a.wsp', 'real/b/c.wsp');
    symlinkSync('real', 'named');
    symlinkSync('b', 'real/inner');
    expect(walk('named')).toEqual({ found: ['named/a.wsp', 'named/b/c.wsp'], errors: [], said: [] });
    symlinkSync('real/a.wsp', 'file');
    expect(walk('file')).toEqual({ found: ['file'], errors: [], said: [] });
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
    expect(walk('t')).toEqual({ found: ['t/a.wsp', 't/broken.wsp'], errors: [], said: [] });
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

  it('are those of a lone path as well, and of nothing else', () => {
    put('t/a.wsp');
    expect([...findDatabases('t')]).toEqual(['t/a.wsp']);
    expect(() => [...findDatabases(undefined as unknown as string)]).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_OPTION' }),
    );
  });
});
