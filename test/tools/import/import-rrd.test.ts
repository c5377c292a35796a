import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importRrd, open } from '../../../src/index.js';
import { counted, rrdDump } from '../../support/rrd-dumps.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const file = temporaryFolder();

/** A time that no step of the tests divides. */
const LAST = 1_700_000_123;

/** The points of an archive as pairs. */
function pointsOf(path: string, archive: number): [number, number][] {
  using database = open(path, { readOnly: true });
  const { timestamps, values } = database.points(archive, { now: LAST });
  return [...timestamps].map((timestamp, i) => [timestamp, values[i]!]);
}

/** What rows counted from 1 should be: each at the multiple of the step that it ends at. */
function rowsAt(step: number, count: number, first = 1): [number, number][] {
  const last = Math.floor(LAST / step) * step;
  return counted(count, first).map(([value], i) => [last - (count - 1 - i) * step, value!]);
}

const TWO = rrdDump({
  lastUpdate: LAST,
  archives: [
    { cf: 'AVERAGE', perRow: 1, rows: counted(10) },
    { cf: 'AVERAGE', perRow: 5, rows: counted(8, 100), xff: 0 },
  ],
});

describe('importRrd', () => {
  it.each(['standard', 'compressed'] as const)(
    'keeps every row of every archive at its time, in a %s file',
    (format) => {
      const { files, skipped } = importRrd(TWO, file('a.wsp'), { format });
      expect(pointsOf(file('a.wsp'), 0)).toEqual(rowsAt(60, 10));
      expect(pointsOf(file('a.wsp'), 1)).toEqual(rowsAt(300, 8, 100));
      expect(skipped).toEqual([]);
      expect(files).toEqual([
        {
          path: file('a.wsp'),
          isNew: true,
          points: 18,
          dropped: 0,
          overtaken: 0,
          future: 0,
          from: rowsAt(300, 8)[0]![0],
          until: rowsAt(60, 1)[0]![0],
          archives: [
            { step: 60, points: 10, taken: 10 },
            { step: 300, points: 8, taken: 8 },
          ],
        },
      ]);
    },
  );

  it('keeps an xFilesFactor of 0, and takes one that is given', () => {
    importRrd(TWO, file('a.wsp'));
    importRrd(TWO, file('b.wsp'), { xFilesFactor: 0.25 });
    using a = open(file('a.wsp'), { readOnly: true });
    using b = open(file('b.wsp'), { readOnly: true });
    expect([a.info.xFilesFactor, b.info.xFilesFactor]).toEqual([0, 0.25]);
  });

  it.each([
    ['AVERAGE', 'average'],
    ['MAX', 'max'],
    ['MIN', 'min'],
    ['LAST', 'last'],
  ] as const)('makes a file of %s that goes on as %s', (cf, method) => {
    const archives = ['AVERAGE', 'MAX', 'MIN', 'LAST'].map((one, i) => ({
      cf: one,
      perRow: 1,
      rows: counted(3, 10 * i),
    }));
    importRrd(rrdDump({ lastUpdate: LAST, archives }), file('a.wsp'), { cf });
    using database = open(file('a.wsp'), { readOnly: true });
    expect(database.info.aggregation).toBe(method);
    expect(pointsOf(file('a.wsp'), 0)).toEqual(
      rowsAt(60, 3, 10 * archives.findIndex((one) => one.cf === cf)),
    );
  });

  it('takes AVERAGE, or else the only function there is, and asks where there are several', () => {
    const of = (...functions: string[]) =>
      rrdDump({ lastUpdate: LAST, archives: functions.map((cf) => ({ cf, perRow: 1, rows: counted(2) })) });
    importRrd(of('MAX', 'HWPREDICT'), file('max.wsp'));
    using database = open(file('max.wsp'), { readOnly: true });
    expect(database.info.aggregation).toBe('max');
    expect(() => importRrd(of('MAX', 'MIN'), file('b.wsp'))).toThrow('archives of MAX, MIN, none of AVERAGE');
    expect(() => importRrd(of('HWPREDICT'), file('b.wsp'))).toThrow('archives of HWPREDICT');
    expect(() => importRrd(of('MAX'), file('b.wsp'), { cf: 'MIN' })).toThrow('no archive of MIN');
  });

  it.each(['0001', '0003', '0004', '0005'])('reads version %s', (version) => {
    const xml = rrdDump({
      version,
      lastUpdate: LAST,
      archives: [{ cf: 'AVERAGE', perRow: 1, rows: counted(2), xff: '0.25' }],
    });
    importRrd(xml, file('a.wsp'));
    using database = open(file('a.wsp'), { readOnly: true });
    expect(database.info.xFilesFactor).toBe(0.25);
  });

  it('leaves unknown rows as gaps, and keeps infinities', () => {
    const rows = [['NaN'], ['U'], ['-nan'], ['nan'], ['Inf'], ['-inf'], ['1.5e+00']];
    importRrd(rrdDump({ lastUpdate: LAST, archives: [{ cf: 'LAST', perRow: 1, rows }] }), file('a.wsp'));
    expect(pointsOf(file('a.wsp'), 0).map(([, value]) => value)).toEqual([1 / 0, -1 / 0, 1.5]);
    expect(pointsOf(file('a.wsp'), 0)[0]![0]).toBe(rowsAt(60, 3)[0]![0]);
  });

  it('makes a file of each data source, and of those alone that are asked for', () => {
    const rows = [
      [1, 2],
      [3, 'NaN'],
    ];
    const xml = rrdDump({
      lastUpdate: LAST,
      sources: ['in', 'out'],
      archives: [{ cf: 'AVERAGE', perRow: 1, rows }],
    });
    const { files } = importRrd(xml, { folder: file('new/folder'), name: 'eth0' });
    expect(files.map(({ path }) => path)).toEqual([
      file('new/folder/eth0_in.wsp'),
      file('new/folder/eth0_out.wsp'),
    ]);
    expect(pointsOf(file('new/folder/eth0_out.wsp'), 0)).toEqual([[rowsAt(60, 2)[0]![0], 2]]);
    importRrd(xml, file('out.wsp'), { sources: ['out'] });
    expect(pointsOf(file('out.wsp'), 0)).toEqual([[rowsAt(60, 2)[0]![0], 2]]);
    expect(() => importRrd(xml, file('b.wsp'))).toThrow('2 data sources (in, out) for one file');
    expect(() => importRrd(xml, file('b.wsp'), { sources: ['up'] })).toThrow("no data source 'up'");
  });

  it('leaves out what does not go with the finer archives, and says why', () => {
    const archive = (perRow: number, rows: number) => ({ cf: 'AVERAGE', perRow, rows: counted(rows) });
    const archives = [
      archive(7, 50),
      archive(1, 20),
      archive(1, 10),
      archive(5, 3),
      archive(2, 20),
      archive(10, 30),
    ];
    const xml = rrdDump({ lastUpdate: LAST, archives });
    const { files, skipped } = importRrd(xml, file('a.wsp'));
    expect(files[0]!.archives.map(({ step, points }) => [step, points])).toEqual([
      [60, 20],
      [120, 20],
      [600, 30],
    ]);
    expect(skipped).toEqual([
      { index: 2, reason: 'archive 1 (1m:20m) has the same step and reaches as far back' },
      { index: 3, reason: 'its step is no multiple of that of archive 4 (2m:40m)' },
      { index: 0, reason: 'its step is no multiple of that of archive 4 (2m:40m)' },
    ]);
    importRrd(xml, file('b.wsp'), { archives: [1, 0] });
    expect(pointsOf(file('b.wsp'), 1)).toEqual(rowsAt(420, 50));
    expect(() => importRrd(xml, file('c.wsp'), { archives: [1, 4, 3] })).toThrow('archive 3 (5m:15m)');
    expect(() => importRrd(xml, file('c.wsp'), { archives: [9] })).toThrow('no archive 9');
    expect(existsSync(file('c.wsp'))).toBe(false);
  });

  it('gives an archive room for one interval of the next where it has too few rows', () => {
    const archives = [
      { cf: 'AVERAGE', perRow: 1, rows: counted(10) },
      { cf: 'AVERAGE', perRow: 60, rows: counted(5) },
    ];
    const { files } = importRrd(rrdDump({ lastUpdate: LAST, archives }), file('a.wsp'));
    expect(files[0]!.archives.map(({ points, taken }) => [points, taken])).toEqual([
      [60, 10],
      [5, 5],
    ]);
    expect(pointsOf(file('a.wsp'), 0)).toEqual(rowsAt(60, 10));
  });

  it('keeps several functions in a mix', () => {
    const archives = [
      { cf: 'AVERAGE', perRow: 1, rows: counted(10) },
      { cf: 'MAX', perRow: 5, rows: counted(8, 200) },
      { cf: 'AVERAGE', perRow: 5, rows: counted(6, 100) },
      { cf: 'AVERAGE', perRow: 60, rows: counted(6) },
    ];
    const { skipped } = importRrd(rrdDump({ lastUpdate: LAST, archives }), file('a.wsp'), {
      format: 'compressed',
      aggregation: 'mix',
      mix: ['max', 'average'],
    });
    expect(pointsOf(file('a.wsp'), 0)).toEqual(rowsAt(60, 10));
    expect(pointsOf(file('a.wsp'), 1)).toEqual(rowsAt(300, 8, 200));
    expect(pointsOf(file('a.wsp'), 2)).toEqual(rowsAt(300, 6, 100));
    expect(skipped).toEqual([{ index: 3, reason: 'there is none of MAX with its step' }]);
  });

  it.each([
    { name: 'no rrd', xml: '<xml/>', found: 'line 1: no <rrd>' },
    { name: 'the binary file', xml: 'RRD\u00000003', found: 'rrdtool dump' },
    { name: 'a later version', xml: TWO.replace('0003', '0009'), found: 'line 5: version 0009' },
    {
      name: 'no last update',
      xml: TWO.replace(/<lastupdate>.*<\/lastupdate>/, ''),
      found: 'no <lastupdate>',
    },
    { name: 'a step of 0', xml: TWO.replace('<step>60', '<step>0'), found: "line 6: <step> '0'" },
    {
      name: 'a row of two values',
      xml: TWO.replace('</v></row>', '</v><v>1</v></row>'),
      found: 'a row of 2 values',
    },
    { name: 'a value that is none', xml: TWO.replace('1.0000000000e+0', 'one'), found: "value 'one'" },
    { name: 'an xff of 2', xml: TWO.replace('5.0000000000e-01', '2'), found: "<xff> '2'" },
    { name: 'an end in the middle', xml: TWO.slice(0, 1500), found: 'the text ends within' },
    { name: 'no archives', xml: TWO.replace(/<rra>.*<\/rra>/s, ''), found: 'no <rra>' },
  ])('refuses $name, with the line, and makes nothing', ({ xml, found }) => {
    expect(() => importRrd(xml, file('a.wsp'), { source: 'load.xml' })).toThrow(
      expect.objectContaining({
        code: 'WSP_BAD_INPUT',
        path: 'load.xml',
        message: expect.stringContaining(found),
      }),
    );
    expect(existsSync(file('a.wsp'))).toBe(false);
  });

  it('makes none of several files if one is there, unless told to', () => {
    const xml = rrdDump({
      lastUpdate: LAST,
      sources: ['a', 'b'],
      archives: [{ cf: 'AVERAGE', perRow: 1, rows: [[1, 2]] }],
    });
    writeFileSync(file('x_b.wsp'), 'precious');
    expect(() => importRrd(xml, { folder: file(), name: 'x' })).toThrow(
      expect.objectContaining({ code: 'WSP_EXISTS' }),
    );
    expect(existsSync(file('x_a.wsp'))).toBe(false);
    importRrd(xml, { folder: file(), name: 'x' }, { overwrite: true });
    expect(pointsOf(file('x_b.wsp'), 0)).toEqual(rowsAt(60, 1, 2));
  });

  it('writes nothing in a dry run, and stops between two files', () => {
    const xml = rrdDump({
      lastUpdate: LAST,
      sources: ['a', 'b'],
      archives: [{ cf: 'AVERAGE', perRow: 1, rows: [[1, 2]] }],
    });
    expect(importRrd(xml, { folder: file(), name: 'x' }, { dryRun: true }).files).toHaveLength(2);
    expect(existsSync(file('x_a.wsp'))).toBe(false);
    const stop = new AbortController();
    const onFile = () => stop.abort();
    expect(() => importRrd(xml, { folder: file(), name: 'x' }, { signal: stop.signal, onFile })).toThrow(
      'abort',
    );
    expect([existsSync(file('x_a.wsp')), existsSync(file('x_b.wsp'))]).toEqual([true, false]);
  });
});

/** Whether rrdtool is installed on this machine. */
function hasRrdtool(): boolean {
  try {
    execFileSync('rrdtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasRrdtool())('importRrd beside rrdtool itself', () => {
  const rrdtool = (...args: string[]) => execFileSync('rrdtool', args, { encoding: 'utf8' });

  it('has every row that rrdtool fetch prints, at the same time', () => {
    const rrd = file('load.rrd');
    const start = 1_699_990_000;
    const archives = ['RRA:AVERAGE:0.5:1:60', 'RRA:AVERAGE:0.5:5:50', 'RRA:MAX:0.5:5:50'];
    rrdtool('create', rrd, '--start', String(start), '--step', '60', 'DS:load:GAUGE:120:U:U', ...archives);
    const updates: string[] = [];
    for (let at = start + 60; at <= LAST; at += 60)
      if (at % 1260 > 300) updates.push(`${at}:${Math.sin(at)}`);
    rrdtool('update', rrd, ...updates);
    importRrd(rrdtool('dump', rrd), file('a.wsp'));
    for (const [index, step, rows] of [
      [0, 60, 60],
      [1, 300, 50],
    ] as const) {
      const newest = Math.floor(Number(rrdtool('last', rrd)) / step) * step;
      const range = ['-r', String(step), '-s', String(newest - rows * step), '-e', String(newest - 1)];
      const printed = rrdtool('fetch', rrd, 'AVERAGE', ...range).matchAll(/^(\d+): (\S+)$/gm);
      const known = [...printed]
        .filter(([, , value]) => !value!.includes('nan'))
        .map(([, at, value]) => [Number(at), Number(value)]);
      const mine = pointsOf(file('a.wsp'), index);
      expect(known.length).toBeGreaterThan(20);
      expect(mine.map(([at]) => at)).toEqual(known.map(([at]) => at));
      for (const [i, [, value]] of mine.entries()) expect(value).toBeCloseTo(known[i]![1]!, 8);
    }
  });
});
