import { mkdirSync, readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { create } from '../../../src/index.js';
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
    expect(lines(chart)).toHaveLength(1 + 4 + 2 + 1);
    expect(Math.max(...lines(chart).map((line) => line.length))).toBe(50);
    expect(chart).toMatch(BLOCKS);
    expect(chart).not.toMatch(BRAILLE);
  });

  it('draws several files one below the other', async () => {
    const charts = await print(['plot', 'a.wsp', 'b.wsp', '--from', '-2h', '--height', '3']);
    expect(lines(charts).filter((line) => /^[ab]\.wsp$/.test(line))).toEqual(['a.wsp', 'b.wsp']);
  });

  it.each([
    { name: 'on a terminal', around: { isTerminal: true }, options: [], isColored: true },
    { name: 'not into a pipe', around: {}, options: [], isColored: false },
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
    expect(await print(range)).toMatch(/2023-11-14 UTC\n$/);
    expect(await print([...range, '--time', 'local'])).toMatch(/2023-11-15 local time\n$/);
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
  it('draws a line for each file, its name before it and all as wide as the terminal', async () => {
    create('longer-name.wsp', { retentions: '1m:6h' }).close();
    const files = ['a.wsp', 'longer-name.wsp'];
    const run = await sotto(['plot', ...files, '--spark', '--from', '-2h'], { columns: 60 });
    expect(run.stderr).toBe('sotto: longer-name.wsp: no values in this range; the file has no points\n');
    const drawn = lines(run.stdout);
    expect(drawn.map((line) => line.slice(0, 16))).toEqual(['a.wsp           ', 'longer-name.wsp ']);
    expect(drawn.map((line) => line.length)).toEqual([60, 60]);
    expect(drawn[0]!.slice(16)).toMatch(/^[▁-█]+$/);
    expect(drawn[1]!.slice(16)).toMatch(/^ +$/);
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
