import { mkdirSync, readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { create } from '../../../src/index.js';
import type { WirePage } from '../../../src/view/wire.js';
import { filesHere, NOW, print, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

const HOUR = 3600;
const BRAILLE = /[\u2801-\u28ff]/;
const BLOCKS = /[▁-█]/;
const ESCAPE = '\u001b[';

beforeEach(() => {
  for (const [name, level] of [
    ['a.wsp', 1],
    ['b.wsp', 100],
  ] as const) {
    using database = create(name, { retentions: '1m:6h,5m:7d', xFilesFactor: 0 });
    const points = Array.from({ length: 120 }, (_, i): [number, number] => [
      NOW - 60 * i,
      level * Math.sin(i / 20),
    ]);
    database.updateMany(points, { now: NOW });
  }
});

function lines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

describe('plot', () => {
  it('draws the range within the terminal, under the name of the file and over a summary', async () => {
    const chart = await print(['plot', 'a.wsp', '--from', '-2h'], { columns: 70 });
    expect(lines(chart)[0]).toBe('a.wsp');
    expect(lines(chart).at(-1)).toMatch(
      /^min -0\.9999 {2}avg 0\.0078\d* {2}max 0\.9998 {2}last 0 +2023-11-14 UTC$/,
    );
    expect(chart).toMatch(BRAILLE);
    expect(Math.max(...lines(chart).map((line) => line.length))).toBeLessThanOrEqual(70);
    expect(chart.endsWith('\n')).toBe(true);
  });

  it.each([
    { columns: 10, width: 20 },
    { columns: 100, width: 100 },
    { columns: 300, width: 120 },
  ])('is $width wide on a terminal of $columns columns', async ({ columns, width }) => {
    const chart = await print(['plot', 'a.wsp', '--from', '-2h'], { columns });
    expect(Math.max(...lines(chart).map((line) => line.length))).toBe(width);
  });

  it('has the width, the height, the title and the glyphs that are asked for', async () => {
    const options = ['--width', '50', '--height', '4', '--title', 'Load', '--glyphs', 'block'];
    const chart = await print(['plot', 'a.wsp', '--from', '-2h', ...options]);
    expect(lines(chart)[0]).toBe('Load');
    expect(lines(chart)).toHaveLength(1 + 4 + 2 + 2);
    expect(Math.max(...lines(chart).map((line) => line.length))).toBe(50);
    expect(chart).toMatch(BLOCKS);
    expect(chart).not.toMatch(BRAILLE);
  });

  const SEVERAL = ['plot', 'a.wsp', 'b.wsp', '--from', '-2h', '--height', '3'];

  it.each([
    { name: 'without colours', options: [], around: {} },
    { name: 'if asked to', options: ['--separate'], around: { isTerminal: true } },
    { name: 'of bars', options: ['--glyphs', 'block'], around: { isTerminal: true } },
  ])('draws several files one below the other $name', async ({ options, around }) => {
    const charts = await print([...SEVERAL, ...options], around);
    expect(lines(charts).filter((line) => /^[ab]\.wsp$/.test(line))).toEqual(['a.wsp', 'b.wsp']);
    expect(lines(charts).filter((line) => line.includes('└'))).toHaveLength(2);
  });

  it.each([
    { name: 'on a terminal', options: [], around: { isTerminal: true } },
    { name: 'with --color', options: ['--color'], around: {} },
  ])(
    'draws several files in one chart $name, each in its colour and with a line of its own',
    async ({ options, around }) => {
      const chart = await print([...SEVERAL, ...options], around);
      expect(lines(chart).filter((line) => line.includes('└'))).toHaveLength(1);
      const legend = lines(chart).slice(-2);
      expect(legend[0]).toContain(`${ESCAPE}36m━━${ESCAPE}39m a.wsp  min -0.9999  avg`);
      expect(legend[1]).toContain(`${ESCAPE}33m━━${ESCAPE}39m b.wsp  min -99.99   avg`);
      expect(legend[1]).toMatch(/last 0 .*2023-11-14 UTC$/);
      expect(lines(chart)[0]).toMatch(/┤/);
    },
  );

  it.each([
    { name: 'on a terminal', around: { isTerminal: true }, options: [], isColored: true },
    { name: 'not into a pipe', around: {}, options: [], isColored: false },
    { name: 'into a pipe with --color', around: {}, options: ['--color'], isColored: true },
    { name: 'not with --no-color', around: { isTerminal: true }, options: ['--no-color'], isColored: false },
    {
      name: 'not where NO_COLOR is set',
      around: { isTerminal: true, allowsColor: false },
      options: [],
      isColored: false,
    },
  ])('is coloured $name', async ({ around, options, isColored }) => {
    const chart = await print(['plot', 'a.wsp', '--from', '-2h', ...options], around);
    expect(chart.includes(ESCAPE)).toBe(isColored);
  });

  it('shows the time of the zone that is asked for', async () => {
    vi.stubEnv('TZ', 'Asia/Tokyo');
    const range = ['plot', 'a.wsp', '--from', '-2h'];
    expect(await print(range)).toMatch(/2023-11-15 Asia\/Tokyo\n$/);
    expect(await print([...range, '--time', 'local'])).toBe(await print(range));
    expect(await print([...range, '--time', 'utc'])).toMatch(/2023-11-14 UTC\n$/);
  });

  it('draws the archive that is asked for, at the time of its newest point', async () => {
    const chart = await print(['plot', 'a.wsp', '--archive', '1', '--now', 'newest'], {
      now: NOW + 90 * 86_400,
    });
    expect(chart).toMatch(BRAILLE);
    expect(chart).toMatch(/Nov 8 .* Nov 14/);
  });

  it('ends with 1 if there can be no data', async () => {
    expect(await sotto(['plot', 'a.wsp', '--from', '-30d', '--until', '-29d'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'sotto: a.wsp: no data in the selected range\n',
    });
  });
});

describe('plot --spark', () => {
  it('draws a line for each file: name, bars, last value, all as wide as the terminal', async () => {
    create('longer-name.wsp', { retentions: '1m:6h' }).close();
    const files = ['a.wsp', 'b.wsp', 'longer-name.wsp'];
    const range = ['--from', '-2h', '--until', '-10m'];
    const run = await sotto(['plot', ...files, '--spark', ...range], { columns: 60 });
    expect(run.stderr).toBe('sotto: longer-name.wsp: no values in this range; the file has no points\n');
    const drawn = lines(run.stdout);
    expect(drawn[0]).toMatch(/^a\.wsp {11}[▁-█]{37} 0\.4794$/);
    expect(drawn[1]).toMatch(/^b\.wsp {11}[▁-█]{37} {2}47\.94$/);
    expect(drawn[2]).toMatch(/^longer-name\.wsp +-$/);
    expect(drawn.map((line) => line.length)).toEqual([60, 60, 60]);
  });

  it('cuts long names on a terminal alone, at their beginning', async () => {
    const path = `${'a-long-folder/'.repeat(5)}c.wsp`;
    mkdirSync('a-long-folder/'.repeat(5), { recursive: true });
    create(path, { retentions: '1m:6h' }).close();
    const args = ['plot', path, '--spark'];
    expect((await sotto(args, { columns: 60 })).stdout).toContain(path);
    const shown = (await sotto(args, { columns: 60, isTerminal: true, allowsColor: false })).stdout;
    expect(shown).toMatch(/^….*\/c\.wsp /);
    expect(lines(shown)[0]).toHaveLength(60);
  });

  it('has colours on a terminal', async () => {
    const run = await print(['plot', 'a.wsp', '--spark', '--from', '-2h'], { isTerminal: true });
    expect(run.startsWith(`a.wsp ${ESCAPE}36m`)).toBe(true);
    expect(run.endsWith(`${ESCAPE}39m 0\n`)).toBe(true);
  });
});

describe('plot --svg', () => {
  const RANGE = ['--from', String(NOW - 2 * HOUR)];

  it('writes one picture of all files and prints nothing', async () => {
    expect(await print(['plot', 'a.wsp', 'b.wsp', ...RANGE, '--svg', 'both.svg'])).toBe('');
    const svg = readFileSync('both.svg', 'utf8');
    expect(svg).toMatch(/^<svg [^>]*width="900" height="320"/);
    expect(svg).toContain('<title>a.wsp, b.wsp</title>');
    expect(svg).toMatch(/<\/svg>\s*$/);
  });

  it('prints it with -, of the size and the title that are asked for', async () => {
    const options = ['--width', '400', '--height', '200', '--title', 'CPU & <load>'];
    const svg = await print(['plot', 'a.wsp', ...RANGE, '--svg', '-', ...options]);
    expect(svg).toMatch(/^<svg [^>]*width="400" height="200"/);
    expect(svg).toContain('<title>CPU &amp; &lt;load&gt;</title>');
    expect(Object.keys(filesHere())).toEqual(['a.wsp', 'b.wsp']);
  });

  it.each(['no/a.svg', 'folder'])('ends with 4 if %s cannot be written', async (file) => {
    mkdirSync('folder');
    const run = await sotto(['plot', 'a.wsp', ...RANGE, '--svg', file]);
    expect(run).toMatchObject({ exitCode: 4, stdout: '' });
    expect(run.stderr).toMatch(new RegExp(`^sotto: ${file}: cannot write it`));
  });
});

it('plot --svg replaces a picture, and nothing else', async () => {
  const before = readFileSync('a.wsp');
  const run = await sotto(['plot', '--svg', 'a.wsp', 'b.wsp']);
  expect(run).toMatchObject({ exitCode: 4, stdout: '' });
  expect(run.stderr).toContain('a.wsp: a file that is no SVG');
  expect(readFileSync('a.wsp')).toEqual(before);
  for (let i = 0; i < 2; i++) await print(['plot', 'a.wsp', '--svg', 'a.svg']);
});

it('plot --title takes any text, also one that looks like a point', async () => {
  expect(lines(await print(['plot', 'a.wsp', '--from', '-2h', '--title', '-5:30 h']))[0]).toBe('-5:30 h');
});

describe('plot --html', () => {
  /** What the page was given to show. */
  function dataOf(html: string): WirePage {
    return JSON.parse(
      /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!,
    ) as WirePage;
  }

  async function page(...args: string[]): Promise<WirePage> {
    return dataOf(await print(['plot', ...args, '--html', '-']));
  }

  it('writes one page of all files, in which nothing is to be loaded', async () => {
    expect(await print(['plot', 'a.wsp', 'b.wsp', '--html', 'both.html'])).toBe('');
    const html = readFileSync('both.html', 'utf8');
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain('<title>a.wsp, b.wsp</title>');
    expect(html).toContain('uPlot 1.6.32');
    expect(html).toContain('The MIT License (MIT)');
    expect(html).toContain('Copyright (c) 2022 Leon Sorokin');
    expect(html).not.toMatch(/(src|href)=/);
    expect(html).toContain("default-src 'none'");
    expect(dataOf(html).files.map(({ label }) => label)).toEqual(['a.wsp', 'b.wsp']);
  });

  it('has all archives, each with what it has, from the first to the last value', async () => {
    const { files, range, zone } = await page('a.wsp');
    expect(zone).toBe('local');
    const [fine, coarse] = files[0]!.series;
    expect(files[0]!.series.map(({ name }) => name)).toEqual(['1m:6h', '5m:1w']);
    expect(fine).toMatchObject({ archive: 0, step: 60, from: 1_699_992_840, slots: 120, known: 120 });
    expect(fine!.values).toHaveLength(120);
    expect(coarse).toMatchObject({ archive: 1, step: 300, known: 25 });
    expect(range).toEqual({ from: coarse!.from, until: 1_699_999_980 });
    expect(files[0]!.description).toMatchObject({
      format: 'standard',
      retentions: '1m:6h,5m:1w',
      aggregation: 'average',
    });
  });

  it('has the range and the archive that are asked for', async () => {
    const asked = await page('a.wsp', '--from', '-1h', '--until', '-30m', '--time', 'utc', '--title', 'Load');
    expect(asked).toMatchObject({ title: 'Load', zone: 'utc' });
    expect(asked.files[0]!.series.map(({ slots }) => slots)).toEqual([30, 6]);
    for (const option of [
      ['--archive', '1'],
      ['--step', '5m'],
    ]) {
      const one = await page('a.wsp', ...option);
      expect(one.files[0]!.series.map(({ name }) => name)).toEqual(['5m:1w']);
    }
    const old = await sotto(['plot', 'a.wsp', '--from', '-6d', '--until', '-5d', '--html', '-']);
    expect(old.stderr).toBe(
      'sotto: a.wsp: no values in this range; the newest point is of 2023-11-14T22:13:00Z\n',
    );
    const [coarse, ...others] = dataOf(old.stdout).files[0]!.series;
    expect(coarse).toMatchObject({ name: '5m:1w', slots: 288, known: 0 });
    expect(others).toEqual([]);
  });

  it('has of a mix file the archives of the method that is asked for', async () => {
    using database = create('mix.wsp', {
      retentions: '1m:1h,5m:1d',
      aggregation: 'mix',
      mix: ['max', 'p95'],
      format: 'compressed',
    });
    database.updateMany(
      [
        [NOW - 600, 1],
        [NOW, 2],
      ],
      { now: NOW },
    );
    const names = async (...args: string[]) =>
      (await page('mix.wsp', ...args)).files[0]!.series.map(({ name }) => name);
    expect(await names()).toEqual(['1m:1h', '5m:1d max', '5m:1d p95']);
    expect(await names('--spec', 'p95')).toEqual(['1m:1h', '5m:1d p95']);
  });

  it('takes any value and any name', async () => {
    const name = `</script><img src=x onerror=alert(1)>&"'.wsp`.replaceAll('/', '');
    using database = create(name, { retentions: '1m:1h' });
    const values = [Number.NaN, Infinity, -Infinity, 1e308, -1e308, 5e-324];
    database.updateMany(
      values.map((value, i): [number, number] => [NOW - 60 * i, value]),
      { now: NOW },
    );
    const html = await print(['plot', name, '--html', '-']);
    expect(html.match(/<script/g)).toHaveLength(3);
    expect(html).not.toContain('<img');
    const [series] = dataOf(html).files[0]!.series;
    expect(series!.values).toEqual([5e-324, -1e308, 1e308, '-Infinity', 'Infinity', 'NaN']);
    expect(series!.summary).toMatchObject({ min: -1e308, max: 1e308, nan: 1, infinite: 2 });
    expect(dataOf(html).files[0]!.label).toBe(name);
  });

  it('ends with 1 where there can be no data, and shows the other files', async () => {
    create('short.wsp', { retentions: '1m:1h' }).close();
    const run = await sotto(['plot', 'short.wsp', 'b.wsp', '--from', '-3d', '--until', '-2d', '--html', '-']);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('sotto: short.wsp: no data in the selected range\n');
    expect(dataOf(run.stdout).files.map(({ label }) => label)).toEqual(['b.wsp']);
    const none = await sotto(['plot', 'short.wsp', '--from', '-3d', '--until', '-2d', '--html', 'none.html']);
    expect(none).toMatchObject({ exitCode: 1, stdout: '' });
    expect(Object.keys(filesHere())).not.toContain('none.html');
  });

  it('replaces a page, and nothing else', async () => {
    const before = readFileSync('a.wsp');
    const run = await sotto(['plot', 'b.wsp', '--html', 'a.wsp']);
    expect(run).toMatchObject({ exitCode: 4, stdout: '' });
    expect(run.stderr).toContain('a.wsp: a file that is no HTML page');
    expect(readFileSync('a.wsp')).toEqual(before);
    for (let i = 0; i < 2; i++) await print(['plot', 'a.wsp', '--html', 'a.html']);
  });

  it.each([['--svg', 'a.svg'], ['--spark'], ['--separate']])(
    'does not go together with %s',
    async (...other) => {
      expect(await sotto(['plot', 'a.wsp', '--html', 'a.html', ...other])).toMatchObject({
        exitCode: 2,
        stdout: '',
      });
    },
  );
});
