import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importGraphite, importJson, importNdjson, loadStorageRules, open } from '../../../src/index.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const file = temporaryFolder();
const T = 1_699_999_980;
const clock = () => T;
const options = { retentions: '1m:1d,1h:30d', clock };

function pointsOf(path: string, archive = 0): [number, number][] {
  using database = open(file(path), { readOnly: true });
  const { timestamps, values } = database.points(archive, { now: T });
  return [...timestamps].map((at, i) => [at, values[i]!]);
}

describe('importGraphite', () => {
  it('stores each metric in the file that carbon has for it', () => {
    const text = `a.b.c 1 ${T}\n\n# a comment\na.b.d\t2.5  ${T}\n a.b.c -3e2 ${T - 60} \r\nx;h=1;d=2 4 ${T}\nx;d=2;h=1 5 ${T - 60}\nn.o.w 6 -1\n`;
    const { files, bad } = importGraphite(text, file(), options);
    expect(bad).toBe(0);
    expect(files.map(({ path }) => path.slice(file().length + 1))).toEqual([
      'a/b/c.wsp',
      'a/b/d.wsp',
      expect.stringMatching(/^_tagged\/...\/...\/x;d=2;h=1\.wsp$/),
      'n/o/w.wsp',
    ]);
    expect(pointsOf('a/b/c.wsp')).toEqual([
      [T - 60, -300],
      [T, 1],
    ]);
    expect(pointsOf(files[2]!.path.slice(file().length + 1)).map(([, value]) => value)).toEqual([5, 4]);
    expect(pointsOf('n/o/w.wsp')).toEqual([[T, 6]]);
  });

  it('lays files out as the configuration of carbon says, each in its format', () => {
    writeFileSync(
      file('schemas.conf'),
      '[a]\npattern = ^a\\.\nretentions = 10s:1h\ncompressed = true\n[rest]\npattern = ^b\\.\nretentions = 1m:1d\n',
    );
    writeFileSync(
      file('aggregation.conf'),
      '[max]\npattern = \\.max$\nxFilesFactor = 0\naggregationMethod = max\n',
    );
    const rules = loadStorageRules({ schemas: file('schemas.conf'), aggregation: file('aggregation.conf') });
    const text = `a.max 1 ${T}\nb.mean 1 ${T}\nc.none 1 ${T}\n`;
    const { files, failures } = importGraphite(text, file('tree'), { rules, clock });
    expect(files).toHaveLength(2);
    expect(failures).toMatchObject([{ metric: 'c.none', error: { path: file('tree/c/none.wsp') } }]);
    using a = open(file('tree/a/max.wsp'), { readOnly: true });
    using b = open(file('tree/b/mean.wsp'), { readOnly: true });
    expect(a.info).toMatchObject({
      format: 'compressed',
      aggregation: 'max',
      xFilesFactor: 0,
      maxRetention: 3600,
    });
    expect(b.info).toMatchObject({ format: 'standard', aggregation: 'average', xFilesFactor: 0.5 });
    expect(() => importGraphite(text, file('tree'), { rules, ...options })).toThrow(
      'both retentions and schemas',
    );
  });

  it.each([
    { name: 'too few words', line: 'a.b 1', found: "line 2: 'a.b 1'" },
    { name: 'too many', line: `a.b 1 ${T} x`, found: 'line 2' },
    { name: 'a value that is none', line: `a.b one ${T}`, found: "line 2: value 'one'" },
    { name: 'a path in a name', line: `../../a 1 ${T}`, found: 'line 2: metric "../../a"' },
    { name: 'a time in milliseconds', line: `a.b 1 ${T}000`, found: 'milliseconds?' },
    { name: 'half a tag', line: `a;b 1 ${T}`, found: 'line 2: metric "a;b"' },
  ])('refuses $name, with the line, and writes nothing', ({ line, found }) => {
    const text = `ok 1 ${T}\n${line}\n`;
    expect(() => importGraphite(text, file('tree'), { ...options, source: 'lines.txt' })).toThrow(
      expect.objectContaining({
        code: 'WSP_BAD_INPUT',
        path: 'lines.txt',
        message: expect.stringContaining(found),
      }),
    );
    expect(existsSync(file('tree'))).toBe(false);
    const { files, bad } = importGraphite(text, file('tree'), { ...options, skipBad: true });
    expect([files.length, bad]).toEqual([1, 1]);
  });

  it('takes pieces of text that end anywhere, and metrics in any order', () => {
    const lines = Array.from(
      { length: 600 },
      (_, i) => `m${i % 3} ${i} ${T - 60 * Math.floor(i / 3)}\n`,
    ).join('');
    const pieces = lines.match(/.{1,37}/gs)!;
    importGraphite(pieces, file(), options);
    for (const m of [0, 1, 2]) {
      const expected = Array.from({ length: 200 }, (_, i) => [T - 60 * (199 - i), 3 * (199 - i) + m]);
      expect(pointsOf(`m${m}.wsp`)).toEqual(expected);
    }
  });

  it('goes on with other metrics where one cannot be stored, and tells of each', () => {
    writeFileSync(file('a.wsp'), 'no database');
    const told: string[] = [];
    const { files, failures } = importGraphite(`a 1 ${T}\nb 1 ${T}\n`, file(), {
      ...options,
      onFile: ({ path }, total) => told.push(`${path.slice(file().length + 1)} of ${total}`),
      onFailed: ({ metric }, total) => told.push(`${metric} failed of ${total}`),
    });
    expect(files).toHaveLength(1);
    expect(failures).toMatchObject([{ metric: 'a', error: { code: 'WSP_CORRUPT' } }]);
    expect(told).toEqual(['a failed of 2', 'b.wsp of 2']);
    expect(() => importGraphite(`a 1 ${T}\n`, file(), options)).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT' }),
    );
  });

  it('stops between two files when it is told to', () => {
    const stop = new AbortController();
    const text = `a 1 ${T}\nb 1 ${T}\n`;
    expect(() =>
      importGraphite(text, file(), { ...options, signal: stop.signal, onFile: () => stop.abort() }),
    ).toThrow('abort');
    expect(readdirSync(file())).toEqual(['a.wsp']);
  });
});

describe('importNdjson and importJson', () => {
  it('read what export prints of the same', () => {
    const ndjson = `{"metric":"a.b","timestamp":${T - 60},"value":-0}\n{"metric":"a.b","timestamp":${T},"value":"NaN"}\n{"metric":"c","timestamp":${T},"value":null}\n`;
    const json = JSON.stringify([
      {
        metric: 'a.b',
        path: 'x',
        points: [
          [T - 60, '-Infinity'],
          [T, 'NaN'],
        ],
      },
    ]);
    importNdjson(ndjson, file('n'), options);
    expect(pointsOf('n/a/b.wsp')).toEqual([
      [T - 60, -0],
      [T, Number.NaN],
    ]);
    expect(existsSync(file('n/c.wsp'))).toBe(false);
    importJson(json, file('j'), options);
    expect(pointsOf('j/a/b.wsp')).toEqual([
      [T - 60, -1 / 0],
      [T, Number.NaN],
    ]);
  });

  it.each([
    { text: '{', found: 'no JSON' },
    { text: '[{"metric":"a"}]', found: '[0].points is missing' },
    { text: '[{"metric":"a","points":[[1,2],[3]]}]', found: '[0].points[1] is a list of 1' },
    { text: '[{"metric":"../a","points":[]}]', found: 'metric "../a"' },
  ])('refuse $text, with the place', ({ text, found }) => {
    expect(() => importJson(text, file('j'), { ...options, source: 'x.json' })).toThrow(
      expect.objectContaining({
        code: 'WSP_BAD_INPUT',
        path: 'x.json',
        message: expect.stringContaining(found),
      }),
    );
    expect(() => importNdjson('[1,2]\n', file('j'), options)).toThrow('line 1');
  });
});
