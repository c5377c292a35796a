import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { create, open } from '../../../src/index.js';
import { filesHere, NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

function make(path: string, points = 600): void {
  using database = create(path, { retentions: '10s:1h,1m:1d' });
  database.updateMany(
    Array.from({ length: points }, (_, i) => [NOW - 10 * i, i] as const),
    { now: NOW },
  );
}

function stepsOf(path: string): number[] {
  using database = open(path, { readOnly: true });
  return database.info.archives.map(({ step }) => step);
}

beforeEach(() => make('a.wsp'));

describe('resize', () => {
  it('tells what became of the file: layouts, sizes, points', async () => {
    const { stdout } = await sotto(['resize', 'a.wsp', '10s:2h', '5m:1d']);
    expect(stdout).toMatch(
      /^a\.wsp: 10s:1h,1m:1d -> 10s:2h,5m:1d, 21640 to \d+ bytes, 360 points copied, 20 made of finer ones, 2 without a place\n$/,
    );
    expect(stepsOf('a.wsp')).toEqual([10, 300]);
  });

  it('takes definitions with commas as well, and method and xFilesFactor alone', async () => {
    await print(['resize', 'a.wsp', '10s:2h,1m:2d']);
    expect(stepsOf('a.wsp')).toEqual([10, 60]);
    expect(await print(['resize', 'a.wsp', '--agg', 'max', '--xff', '0.1'])).toBe(
      'a.wsp: average -> max, xFilesFactor 0.5 -> 0.1\n',
    );
    expect(await print(['resize', 'a.wsp', '--agg', 'max'])).toBe('a.wsp: as it is\n');
  });

  it('changes nothing in a dry run, and tells the same', async () => {
    const before = filesHere();
    const told = await print(['resize', 'a.wsp', '10s:2h', '1m:2d', '--dry-run']);
    expect(filesHere()).toEqual(before);
    expect(await print(['resize', 'a.wsp', '10s:2h', '1m:2d'])).toBe(told);
  });

  it('leaves the file alone with an output, and replaces what stands there only if told to', async () => {
    const before = readFileSync('a.wsp');
    expect(await print(['resize', 'a.wsp', '1m:2d', '-o', 'b.wsp'])).toMatch(/^a\.wsp: as b\.wsp: /);
    expect(readFileSync('a.wsp')).toEqual(before);
    expect((await sotto(['resize', 'a.wsp', '1m:3d', '-o', 'b.wsp'])).exitCode).toBe(4);
    await print(['resize', 'a.wsp', '1m:3d', '-o', 'b.wsp', '--overwrite']);
    expect(stepsOf('b.wsp')).toEqual([60]);
  });

  it('keeps the old file with --backup', async () => {
    const before = readFileSync('a.wsp');
    await print(['resize', 'a.wsp', '1m:2d', '--backup']);
    expect(readFileSync('a.wsp.bak')).toEqual(before);
  });

  it('says where intervals are left empty', async () => {
    create('thin.wsp', { retentions: '10s:1h' }).updateMany(
      [
        [NOW - 60, 1],
        [NOW - 600, 2],
      ],
      { now: NOW },
    );
    const { stdout, stderr, exitCode } = await sotto(['resize', 'thin.wsp', '1m:1d', '--now', `${NOW}`]);
    expect(stdout).toMatch(/0 points copied, 2 without a place\n$/);
    expect(stderr).toMatch(/archive 0 \(60 s\): 2 intervals are left empty.*xFilesFactor 0\.5 asks for/);
    expect(exitCode).toBe(0);
  });

  it('prints JSON', async () => {
    const [told] = await printJson<[{ change: string; archives: object[]; lost: number }]>([
      ...['resize', 'a.wsp', '10s:2h', '--json'],
    ]);
    expect(told).toMatchObject({
      path: 'a.wsp',
      change: 'archives',
      before: { retentions: '10s:1h,1m:1d' },
      after: { retentions: '10s:2h' },
      archives: [{ step: 10, copied: 360 }],
    });
  });

  it('goes through a tree: a line for each file that is changed, and a sum', async () => {
    mkdirSync('t/sub', { recursive: true });
    make('t/x.wsp');
    make('t/sub/y.wsp');
    create('t/z.wsp', { retentions: '1m:2d' }).close();
    writeFileSync('t/bad.wsp', 'nothing');
    const { stdout, stderr, exitCode } = await sotto(['resize', '-r', 't', '1m:2d', '--backup']);
    expect(stdout.split('\n').map((line) => line.split(':')[0])).toEqual(['t/sub/y.wsp', 't/x.wsp', '']);
    expect(stderr).toMatch(/^sotto: t\/bad\.wsp: .*\nsotto: 2 files resized, 1 as they were, 1 failed\n$/);
    expect(exitCode).toBe(3);
    expect([stepsOf('t/x.wsp'), stepsOf('t/sub/y.wsp')]).toEqual([[60], [60]]);
  });

  it.each([
    [['resize', 'a.wsp'], 2, /not told what to change/],
    [['resize', '.', '1m:1d'], 2, /'\.' is a folder/],
    [['resize', 'a.wsp', '10x:1d'], 2, /10x/],
    [['resize', 'a.wsp', '7s:1d', '10s:2d'], 2, /divide/],
    [['resize', 'a.wsp', '7s:1d'], 2, /no place for the/],
    [['resize', 'a.wsp', '1m:1d', '--agg', 'mean'], 2, /mean/],
    [['resize', 'a.wsp', '1m:1d', '--xff', '2'], 2, /xFilesFactor/],
    [['resize', 'none.wsp', '1m:1d'], 4, /none\.wsp/],
    [['resize', 'a.wsp', '1m:1d', '-o', 'a.wsp'], 2, /itself/],
    [['resize', 'a.wsp', '1m:1d', '--mix', 'max,p95'], 2, /mix/],
  ])('%j is refused with %i, and nothing is changed', async (args, code, words) => {
    const before = filesHere();
    const { exitCode, stderr } = await sotto(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: code, stderr: expect.stringMatching(words) });
    expect(filesHere()).toEqual(before);
    expect(existsSync('a.wsp.bak')).toBe(false);
    expect(statSync('a.wsp').size).toBe(21_640);
  });
});
