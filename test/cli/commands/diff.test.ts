import { truncateSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { convert, create } from '../../../src/index.js';
import { NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

const HOUR = 3600;

function make(path: string, points: readonly (readonly [number, number])[]): void {
  using database = create(path, { retentions: '10s:1h,1m:1d', xFilesFactor: 0, aggregation: 'max' });
  database.updateMany(points, { now: NOW });
}

/** a.wsp and b.wsp differ at three times of the base and two of the coarser archive. */
beforeEach(() => {
  make('a.wsp', [
    [NOW - 2 * HOUR, 7],
    [NOW - 70, 1],
    [NOW - 10, 2],
    [NOW, Number.NaN],
  ]);
  make('b.wsp', [
    [NOW - 2 * HOUR, 7],
    [NOW - 70, 1.5],
    [NOW - 20, 3],
    [NOW, Number.NaN],
  ]);
});

const REMARKS =
  'sotto: archive 0 (10s:1h): 4 of 4 points differ, 1 only in a.wsp, 1 only in b.wsp\n' +
  'sotto: archive 1 (1m:1d): 2 of 3 points differ, 0 only in a.wsp, 0 only in b.wsp\n';

const LINES = [
  `0\t${NOW - 70}\t1\t1.5\n`,
  `0\t${NOW - 20}\tNone\t3\n`,
  `0\t${NOW - 10}\t2\tNone\n`,
  `0\t${NOW}\tNaN\tNaN\n`,
  '1\t1699999920\t1\t1.5\n',
  '1\t1699999980\t2\t3\n',
];

describe('diff', () => {
  it('says nothing of files that are the same, of whatever format', async () => {
    convert('a.wsp', 'c.wsp', { to: 'compressed', now: NOW });
    expect(await print(['diff', 'a.wsp', 'c.wsp', '--nan-equal'])).toBe('');
    expect(await print(['diff', 'c.wsp', 'a.wsp', '--nan-equal'])).toBe('');
  });

  it('prints a line for each difference, counts them on standard error, and ends with 1', async () => {
    expect(await sotto(['diff', 'a.wsp', 'b.wsp'])).toEqual({
      exitCode: 1,
      stdout: `archive\ttime\ta\tb\n${LINES.join('')}`,
      stderr: REMARKS,
    });
  });

  it.each([
    { options: ['--no-headers'], lines: LINES },
    { options: ['--no-headers', '--nan-equal'], lines: LINES.toSpliced(3, 1) },
    { options: ['--no-headers', '--max-differences', '2'], lines: LINES.slice(0, 2) },
    { options: ['--no-headers', '--max-differences', '5'], lines: LINES.slice(0, 5) },
    { options: ['--max-differences', '0'], lines: [] },
    { options: ['--no-headers', '--archive', '1'], lines: LINES.slice(4) },
    { options: ['--no-headers', '--tolerance', '0.5'], lines: LINES.slice(1, 4).concat(LINES.slice(5)) },
    { options: ['--no-headers', '--ignore-empty', '--archive', '0'], lines: [LINES[0], LINES[3]] },
    { options: ['--no-headers', '--archive', '0', '--from', '-20'], lines: LINES.slice(2, 4) },
    { options: ['--no-headers', '--archive', '0', '--until', 'now-20s'], lines: LINES.slice(0, 2) },
    { options: ['--no-headers', '--archive', '0', '--now', `${NOW - 10}`], lines: LINES.slice(0, 3) },
    { options: ['--no-headers', '--archive', '0', '--now', 'newest', '--from', '-10s'], lines: [LINES[3]] },
  ])('with $options', async ({ options, lines }) => {
    const run = await sotto(['diff', 'a.wsp', 'b.wsp', ...options]);
    expect(run).toMatchObject({ exitCode: 1, stdout: lines.join('') });
  });

  it('lines columns up', async () => {
    const { stdout } = await sotto([
      'diff',
      'a.wsp',
      'b.wsp',
      '--columns',
      '--max-differences',
      '2',
      '--time',
      'iso',
    ]);
    expect(stdout).toBe(
      'archive                  time                        a                        b\n' +
        '      0  2023-11-14T22:12:10Z                        1                      1.5\n' +
        '      0  2023-11-14T22:13:00Z                     None                        3\n',
    );
  });

  it.each([
    { options: [], head: 'archive\tretention\ttotal\tdiffering\tonly in a\tonly in b\n' },
    { options: ['--no-headers'], head: '' },
  ])('counts with --summary $options', async ({ options, head }) => {
    expect(await sotto(['diff', 'a.wsp', 'b.wsp', '--summary', ...options])).toEqual({
      exitCode: 1,
      stdout: `${head}0\t10s:1h\t4\t4\t1\t1\n1\t1m:1d\t3\t2\t0\t0\n`,
      stderr: '',
    });
    expect(await print(['diff', 'a.wsp', 'a.wsp', '--nan-equal', '--summary', ...options])).toBe(
      `${head}0\t10s:1h\t3\t0\t0\t0\n1\t1m:1d\t3\t0\t0\t0\n`,
    );
  });

  it('prints JSON', async () => {
    const run = await sotto(['diff', 'a.wsp', 'b.wsp', '--json', '--max-differences', '5']);
    expect(run).toMatchObject({ exitCode: 1, stderr: '' });
    expect(JSON.parse(run.stdout)).toEqual({
      a: 'a.wsp',
      b: 'b.wsp',
      isEqual: false,
      archives: [
        {
          archive: 0,
          step: 10,
          points: 360,
          total: 4,
          differing: 4,
          onlyInA: 1,
          onlyInB: 1,
          differences: [
            [NOW - 70, 1, 1.5],
            [NOW - 20, null, 3],
            [NOW - 10, 2, null],
            [NOW, 'NaN', 'NaN'],
          ],
        },
        {
          archive: 1,
          step: 60,
          points: 1440,
          total: 3,
          differing: 2,
          onlyInA: 0,
          onlyInB: 0,
          differences: [[1_699_999_920, 1, 1.5]],
        },
      ],
    });
    const summary = await printJson(['diff', 'a.wsp', 'a.wsp', '--nan-equal', '--json', '--summary']);
    expect(summary).toMatchObject({ isEqual: true, archives: [{ total: 3 }, { total: 3 }] });
    expect(summary).not.toHaveProperty('archives.0.differences');
  });

  it('ends with 3 if the archives are unlike, and says which', async () => {
    create('other.wsp', { retentions: '10s:1h,5m:1d' }).close();
    expect(await sotto(['diff', 'a.wsp', 'other.wsp'])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr:
        'sotto: a.wsp and other.wsp are unlike: archive 1 is 1m:1d and 5m:1d; expected the same archives in both\n',
    });
  });

  it.each([
    { args: ['a.wsp'], exitCode: 2, message: "missing required argument 'other'" },
    { args: ['a.wsp', 'b.wsp', 'c.wsp'], exitCode: 2, message: 'too many arguments' },
    {
      args: ['a.wsp', 'b.wsp', '--archive', '2'],
      exitCode: 2,
      message: 'a.wsp: no archive 2; expected 0 to 1',
    },
    {
      args: ['a.wsp', 'b.wsp', '--tolerance', '-1'],
      exitCode: 2,
      message: 'It must be a number of at least 0.',
    },
    {
      args: ['a.wsp', 'b.wsp', '--from', 'now', '--until', '-1h'],
      exitCode: 2,
      message: 'a range from 1700000000',
    },
    { args: ['a.wsp', 'no.wsp'], exitCode: 4, message: 'no.wsp: ' },
    { args: ['no.wsp', 'a.wsp'], exitCode: 4, message: 'no.wsp: ' },
  ])('$args ends with $exitCode', async ({ args, exitCode, message }) => {
    const run = await sotto(['diff', ...args]);
    expect(run).toMatchObject({ exitCode, stdout: '' });
    expect(run.stderr).toContain(message);
  });

  it('compares what there is of a cut-off file with --force', async () => {
    truncateSync('b.wsp', 500);
    expect(await sotto(['diff', 'a.wsp', 'b.wsp'])).toMatchObject({ exitCode: 3, stdout: '' });
    const run = await sotto(['diff', 'a.wsp', 'b.wsp', '--force', '--archive', '1', '--no-headers']);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/^(1\t\d+\t\d\tNone\n){3}$/);
    expect(run.stderr).toMatch(/^sotto: b\.wsp: the file was cut off/);
  });
});
