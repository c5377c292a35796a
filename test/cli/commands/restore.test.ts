import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { create } from '../../../src/index.js';
import { NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

beforeEach(async () => {
  using a = create('a.wsp', { retentions: '10s:5,20s:5', xFilesFactor: 0 });
  a.updateMany(
    [
      [NOW, -0],
      [NOW - 10, Number.NaN],
    ],
    { now: NOW },
  );
  writeFileSync('a.json', await print(['dump', 'a.wsp', '--slots', '--json']));
});

describe('restore', () => {
  it('makes the dumped file again', async () => {
    expect(await print(['restore', 'a.json', 'b.wsp'])).toBe(
      'b.wsp: restored byte for byte, standard, 160 bytes, 4 points\n',
    );
    expect(readFileSync('b.wsp').equals(readFileSync('a.wsp'))).toBe(true);
  });

  it('reads standard input, and tells what it came to as JSON', async () => {
    const stdin = await print(['dump', 'a.wsp', '--json']);
    expect(await printJson(['restore', '-', 'b.wsp', '--json'], { stdin })).toEqual({
      path: 'b.wsp',
      dryRun: false,
      format: 'standard',
      fileSize: 160,
      isExact: false,
      points: [2, 2],
    });
  });

  it('writes nothing in a dry run', async () => {
    expect(await print(['restore', 'a.json', 'b.wsp', '--dry-run'])).toContain('would be restored');
    expect(existsSync('b.wsp')).toBe(false);
  });

  it.each([
    {
      name: 'a file that is there',
      args: ['a.json', 'a.wsp'],
      exitCode: 4,
      words: 'a.wsp: the file already exists',
    },
    {
      name: 'a dump that is not',
      args: ['none.json', 'b.wsp'],
      exitCode: 4,
      words: 'none.json: cannot read it',
    },
    { name: 'what is no dump', args: ['a.wsp', 'b.wsp'], exitCode: 3, words: 'a.wsp: text that is no JSON' },
    { name: 'a terminal', args: ['-', 'b.wsp'], exitCode: 2, words: '- at a terminal' },
  ])('refuses $name', async ({ args, exitCode, words }) => {
    const run = await sotto(['restore', ...args]);
    expect(run.exitCode).toBe(exitCode);
    expect(run.stderr).toContain(words);
    expect(run.stdout).toBe('');
  });
});
