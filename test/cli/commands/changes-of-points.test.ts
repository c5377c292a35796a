/** merge, fill, tune, map and erase: single files and trees, dry runs, words and exit codes. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { create, type Format, open } from '../../../src/index.js';
import { filesHere, NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

type Aged = readonly [age: number, value: number];

function make(
  path: string,
  points: readonly Aged[],
  format: Format = 'standard',
  retentions = '10s:1h,1m:1d',
): void {
  using database = create(path, { retentions, format, xFilesFactor: 0 });
  database.updateMany(
    points.map(([age, value]) => [NOW - age, value] as const),
    { now: NOW },
  );
}

/** Values of an archive by age, oldest first. */
function aged(path: string, archive = 0): Aged[] {
  using database = open(path, { readOnly: true });
  const { retention } = database.info.archives[archive]!;
  const series = database.fetch(NOW - retention, NOW, { now: NOW, archive })!;
  return [...series.knownPoints()].map(([timestamp, value]) => [NOW - timestamp, value] as const);
}

/** Two trees: what both have, in mixed formats, one file of the source alone, and one that is no database. */
beforeEach(() => {
  for (const folder of ['one', 'one/sub', 'two', 'two/sub']) mkdirSync(folder);
  make('one/a.wsp', [
    [20, 1],
    [10, 2],
  ]);
  make(
    'one/sub/b.wsp',
    [
      [20, 1],
      [10, 2],
    ],
    'compressed',
  );
  make('one/only.wsp', [[20, 1]]);
  make(
    'two/a.wsp',
    [
      [10, 9],
      [30, 0],
    ],
    'compressed',
  );
  make('two/sub/b.wsp', [
    [10, 9],
    [30, 0],
  ]);
});

describe('merge', () => {
  it('brings points into a file, by line and by JSON', async () => {
    const before = filesHere();
    const dry = await print(['merge', 'one/a.wsp', 'two/a.wsp', '--dry-run']);
    expect(dry).toMatch(/^two\/a\.wsp: 1 point would be added, \d replaced/);
    expect(filesHere()).toEqual(before);
    expect(await print(['merge', 'one/a.wsp', 'two/a.wsp'])).toBe(dry.replace('would be ', ''));
    expect(aged('two/a.wsp')).toEqual([
      [30, 0],
      [20, 1],
      [10, 2],
    ]);
    const [record] = await printJson<object[]>(['merge', 'one/a.wsp', 'two/a.wsp', '--json']);
    expect(record).toMatchObject({ path: 'one/a.wsp', target: 'two/a.wsp', isChanged: false, isNew: false });
    expect(await print(['merge', 'one/a.wsp', 'two/a.wsp'])).toBe('two/a.wsp: nothing to merge\n');
  });

  it('into a folder goes to the file of its name', async () => {
    await print(['merge', 'one/a.wsp', 'two', '--quiet', '--prefer', 'target']);
    expect(aged('two/a.wsp')).toEqual([
      [30, 0],
      [20, 1],
      [10, 9],
    ]);
  });

  it('of trees tells what is missing, or makes it', async () => {
    const run = await sotto(['merge', '--recursive', 'one', 'two', '--jobs', '1']);
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.stderr).toBe(
      'sotto: two: 1 of 3 files are not there (--create makes them)\nsotto: 2 files merged\n',
    );
    expect(existsSync('two/only.wsp')).toBe(false);
    const created = await sotto(['merge', '-r', 'one', 'three', '--create']);
    expect(created.stdout.split('\n').filter((line) => line.includes('created'))).toHaveLength(3);
    expect(readFileSync('three/sub/b.wsp').equals(readFileSync('one/sub/b.wsp'))).toBe(true);
    expect(aged('two/sub/b.wsp')).toEqual([
      [30, 0],
      [20, 1],
      [10, 2],
    ]);
  });

  it('goes on after a file that fails, and ends with its code', async () => {
    writeFileSync('two/a.wsp', 'no database');
    const run = await sotto(['merge', '-r', 'one', 'two', '--create']);
    expect(run).toMatchObject({ exitCode: 3 });
    expect(run.stderr).toContain('two/a.wsp: ');
    expect(run.stderr).toContain('2 files merged, 1 failed');
    expect(aged('two/sub/b.wsp')).toHaveLength(3);
  });

  it('takes a range and another time, as of the newest point', async () => {
    const late = { now: NOW + 86_400 * 30 };
    await print(['merge', 'one/a.wsp', 'two/a.wsp', '-q', '--now', 'newest', '--from', '-5s'], late);
    expect(aged('two/a.wsp')).toEqual([
      [30, 0],
      [10, 2],
    ]);
  });

  it.each([
    { args: ['one/a.wsp', 'none.wsp'], exitCode: 4, words: 'none.wsp' },
    { args: ['none.wsp', 'two/a.wsp'], exitCode: 4, words: 'none.wsp' },
    { args: ['one', 'two'], exitCode: 2, words: '--recursive' },
    { args: ['-r', 'one', 'one/a.wsp'], exitCode: 2, words: 'two files or two folders' },
    {
      args: ['one/a.wsp', 'unlike.wsp'],
      exitCode: 3,
      words: 'unlike.wsp: archives 10s:1h, unlike 10s:1h, 1m:1d of one/a.wsp',
    },
    { args: ['one/a.wsp', 'two/a.wsp', '--from', 'now', '--until', '-1h'], exitCode: 2, words: 'a range' },
    { args: ['one/a.wsp', 'two/a.wsp', '--prefer', 'both'], exitCode: 2, words: '--prefer' },
    { args: ['one/a.wsp', 'two/a.wsp', '--from', 'soon'], exitCode: 2, words: "time 'soon'" },
    { args: ['one/a.wsp'], exitCode: 2, words: 'target' },
  ])('refuses $args', async ({ args, exitCode, words }) => {
    make('unlike.wsp', [], 'standard', '10s:1h');
    const before = filesHere();
    const run = await sotto(['merge', ...args]);
    expect(run).toMatchObject({ exitCode, stdout: '' });
    expect(run.stderr).toContain(words);
    expect(filesHere()).toEqual(before);
  });
});

describe('fill', () => {
  it('fills gaps, by line and by JSON', async () => {
    expect(await print(['fill', 'one/a.wsp', 'two/sub/b.wsp', '--dry-run'])).toBe(
      'two/sub/b.wsp: 1 point would be filled (archive 0: 1 filled)\n',
    );
    const [record] = await printJson<object[]>(['fill', 'one/a.wsp', 'two/sub/b.wsp', '--json', '--roll-up']);
    expect(record).toMatchObject({ isChanged: true, archives: [{ filled: 1, rolledUp: 0 }, { filled: 0 }] });
    expect(aged('two/sub/b.wsp')).toEqual([
      [30, 0],
      [20, 1],
      [10, 9],
    ]);
    expect(await print(['fill', 'one/a.wsp', 'two/sub/b.wsp'])).toBe('two/sub/b.wsp: no gaps to fill\n');
  });

  it('of trees fills what both have, and makes the others if asked to', async () => {
    const run = await sotto(['fill', '-r', 'one', 'two', '--create', '--zeroes-are-gaps']);
    expect(run).toMatchObject({ exitCode: 0, stderr: 'sotto: 3 files filled\n' });
    expect(run.stdout).toContain('two/only.wsp: created, ');
    expect(aged('two/only.wsp')).toEqual([[20, 1]]);
  });
});

describe('tune', () => {
  it('tells what was and what is, of files and trees', async () => {
    const text = 'aggregation method average -> max, xFilesFactor 0 -> 0.1';
    expect(await print(['tune', 'one/a.wsp', '--agg', 'max', '--xff', '0.1', '--dry-run'])).toBe(
      `one/a.wsp: ${text} (not written)\n`,
    );
    const run = await sotto(['tune', '-r', 'one', '--agg', 'max', '--xff', '0.1']);
    expect(run).toMatchObject({ exitCode: 0, stderr: 'sotto: 3 files tuned\n' });
    expect(run.stdout).toBe(['a', 'only', 'sub/b'].map((name) => `one/${name}.wsp: ${text}\n`).join(''));
    expect(await print(['tune', 'one/a.wsp', '--xff', '.1'])).toBe('one/a.wsp: xFilesFactor 0.1 already\n');
  });

  it('makes values anew, and tells how many', async () => {
    expect(await print(['tune', 'one/a.wsp', '--agg', 'sum', '--recompute'])).toBe(
      'one/a.wsp: aggregation method average -> sum, 1 point made anew (archive 1: 1 made anew)\n',
    );
    expect(aged('one/a.wsp', 1).map(([, value]) => value)).toEqual([3]);
    expect(await print(['tune', 'one/a.wsp', '--xff', '1', '--recompute'])).toBe(
      'one/a.wsp: xFilesFactor 0 -> 1, no coarser value changes, 1 kept for which too few finer ones are known\n',
    );
    await print(['tune', 'one/a.wsp', '--recompute', '--strict', '-q']);
    expect(aged('one/a.wsp', 1)).toEqual([]);
  });

  it.each([
    { args: ['one/a.wsp'], words: '--agg, --xff or --recompute' },
    { args: ['one/a.wsp', '--agg', 'median'], words: "'median'" },
    { args: ['one/a.wsp', '--xff', '2'], words: "xFilesFactor '2'" },
    { args: ['one/a.wsp', '--xff', '1', '--strict'], words: 'strict without recompute' },
    { args: ['one', '--xff', '1'], words: '--recursive' },
  ])('refuses $args', async ({ args, words }) => {
    const before = filesHere();
    const run = await sotto(['tune', ...args]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain(words);
    expect(filesHere()).toEqual(before);
  });
});

describe('map', () => {
  it('changes values, and takes points out', async () => {
    const args = ['map', 'one/a.wsp', 'two/a.wsp', '-e', 'v > 5 ? null : v * 10', '--archive', '0'];
    const run = await sotto(args);
    expect(run).toEqual({
      exitCode: 0,
      stdout:
        'one/a.wsp: 2 points changed (archive 0: 2 changed)\ntwo/a.wsp: 1 point taken out (archive 0: 1 taken out)\n',
      stderr: 'sotto: 2 files changed\n',
    });
    expect(aged('one/a.wsp')).toEqual([
      [20, 10],
      [10, 20],
    ]);
    expect(aged('two/a.wsp')).toEqual([[30, 0]]);
  });

  it('in a dry run tells of each file of a tree', async () => {
    const before = filesHere();
    const records = await sotto(['map', '-r', 'one', '--expr', '-v', '--dry-run', '--json']);
    const told = JSON.parse(records.stdout) as { path: string; isChanged: boolean }[];
    expect(told.map(({ path }) => path)).toEqual(['one/a.wsp', 'one/only.wsp', 'one/sub/b.wsp']);
    expect(told.every(({ isChanged }) => isChanged)).toBe(true);
    expect(filesHere()).toEqual(before);
  });

  it('shows the place of a mistake, once for all files', async () => {
    const run = await sotto(['map', '-r', 'one', '--expr', 'v +* 2']);
    expect(run).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: "sotto: '*' at character 4 of the expression; expected a value\n  v +* 2\n     ^\n",
    });
  });
});

describe('erase', () => {
  it('takes a range out of several files and of trees', async () => {
    const range = ['--from', '-25s', '--until', '-15s', '--archive', '0'];
    const run = await sotto(['erase', '-r', 'one', 'two/a.wsp', ...range]);
    expect(run.stdout).toBe(
      'one/a.wsp: 1 point erased\none/only.wsp: 1 point erased\none/sub/b.wsp: 1 point erased\n',
    );
    expect(run.stderr).toBe('sotto: 3 files changed, 1 as they were\n');
    expect(aged('one/sub/b.wsp')).toEqual([[10, 2]]);
    const again = await sotto(['erase', 'one/a.wsp', 'two/a.wsp', ...range, '--json', '--dry-run']);
    expect(JSON.parse(again.stdout)).toEqual([
      { path: 'one/a.wsp', erased: 0, dryRun: true },
      { path: 'two/a.wsp', erased: 0, dryRun: true },
    ]);
  });
});
