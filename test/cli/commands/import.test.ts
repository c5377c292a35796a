import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { open } from '../../../src/index.js';
import { print, printJson, sotto, useFreshFolder } from '../../support/cli.js';
import { counted, rrdDump } from '../../support/rrd-dumps.js';

useFreshFolder();

const T = 1_699_999_980;

function pointsOf(path: string, archive = 0): [number, number][] {
  using database = open(path, { readOnly: true });
  const { timestamps, values } = database.points(archive, { now: T });
  return [...timestamps].map((at, i) => [at, values[i]!]);
}

const RRD = rrdDump({
  lastUpdate: T,
  sources: ['in', 'out'],
  archives: [
    { cf: 'AVERAGE', perRow: 1, rows: counted(3).map(([value]) => [value!, -value!]) },
    { cf: 'AVERAGE', perRow: 7, rows: counted(9).map(([value]) => [value!, -value!]) },
    { cf: 'AVERAGE', perRow: 10, rows: counted(9).map(([value]) => [value!, -value!]) },
  ],
});

describe('import rrd', () => {
  it.each(['rrd', 'rrd-xml'])('makes a file of each data source beside the dump, called %s', async (form) => {
    mkdirSync('rrds');
    writeFileSync('rrds/eth0.rrd.xml', RRD);
    const { exitCode, stdout, stderr } = await sotto(['import', form, 'rrds/eth0.rrd.xml']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      'rrds/eth0_in.wsp: made, 12 points, 2023-11-14T21:17:00Z to 2023-11-14T22:13:00Z; 1m:7m takes 3, 7m:63m takes 9\n' +
        'rrds/eth0_out.wsp: made, 12 points, 2023-11-14T21:17:00Z to 2023-11-14T22:13:00Z; 1m:7m takes 3, 7m:63m takes 9\n',
    );
    expect(stderr).toBe(
      'sotto: rrds/eth0.rrd.xml: archive 2 is left out: its step is no multiple of that of archive 1 (7m:63m)\n' +
        'sotto: 2 files written, 24 points\n',
    );
    expect(pointsOf('rrds/eth0_out.wsp').map(([, value]) => value)).toEqual([-1, -2, -3]);
  });

  it('reads standard input, and writes the one file that is asked for', async () => {
    await print(['import', 'rrd', '-', 'out.wsp', '--ds', 'out', '--archives', '0,2', '--xff', '0'], {
      stdin: RRD,
    });
    expect(pointsOf('out.wsp', 1)).toHaveLength(9);
    using database = open('out.wsp', { readOnly: true });
    expect(database.info).toMatchObject({ format: 'standard', xFilesFactor: 0 });
  });

  it('puts the files of several dumps into a folder, and goes on behind a bad one', async () => {
    writeFileSync('a.xml', RRD);
    writeFileSync('b.xml', 'no xml');
    writeFileSync('c.xml', RRD);
    const { exitCode, stderr } = await sotto([
      'import',
      'rrd',
      'a.xml',
      'b.xml',
      'c.xml',
      '-o',
      'new',
      '--compressed',
      '-q',
    ]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("b.xml: line 1: 'no xml' outside of any element");
    expect(readdirSync('new')).toEqual(['a_in.wsp', 'a_out.wsp', 'c_in.wsp', 'c_out.wsp']);
    using database = open('new/a_in.wsp', { readOnly: true });
    expect(database.format).toBe('compressed');
  });

  it('tells of a binary rrd what to do', async () => {
    writeFileSync('load.rrd', Buffer.from('RRD\u00000003\u00ff', 'latin1'));
    const { exitCode, stderr } = await sotto(['import', 'rrd', 'load.rrd']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('rrdtool dump FILE | sotto import rrd -');
  });
});

describe('import csv', () => {
  it('makes a file, adds to it, and says what each archive takes', async () => {
    writeFileSync('a.csv', `time,value\n${T - 60},1\n${T},2\n`);
    expect(
      await print([
        'import',
        'csv',
        'a.csv',
        'cpu.wsp',
        '1m:1d',
        '5m:7d,1h:1y',
        '--agg',
        'max',
        '--xff',
        '0',
      ]),
    ).toBe(
      'cpu.wsp: made, 2 points, 2023-11-14T22:12:00Z to 2023-11-14T22:13:00Z; 1m:1d takes 2, 5m:1w takes 1, 1h:1y takes 1\n',
    );
    const run = await sotto(['import', 'csv', '-', 'cpu.wsp', '1m:2d'], {
      stdin: `${T - 120};3,5\n1400000000;1\n`,
    });
    expect(run.stdout).toBe(
      'cpu.wsp: added to, 2 points, 2014-05-13T16:53:20Z to 2023-11-14T22:11:00Z; 1m:1d takes 1, 5m:1w takes 1, 1h:1y takes 1; 1 too old for any\n',
    );
    expect(run.stderr).toBe('sotto: cpu.wsp: is there already, and keeps its retentions 1m:1d,5m:1w,1h:1y\n');
    expect(pointsOf('cpu.wsp').map(([, value]) => value)).toEqual([3.5, 1, 2]);
    expect(pointsOf('cpu.wsp', 2).map(([, value]) => value)).toEqual([3.5]);
  });

  it('makes a file of each column in a folder', async () => {
    writeFileSync('wide.csv', `when\tcpu\tmem\n${T}000\t1\tNaN\n`);
    const options = ['--retentions', '1m:1d', '--time-unit', 'ms', '--nan-is-gap', '--prefix', 'web1'];
    await sotto([
      'import',
      'csv',
      'wide.csv',
      '--into',
      'tree',
      '--time-column',
      'when',
      '--delimiter',
      'tab',
      ...options,
    ]);
    expect(readdirSync('tree', { recursive: true }).sort()).toEqual(['web1', 'web1/cpu.wsp']);
    await print([
      'import',
      'csv',
      'wide.csv',
      'tree/',
      '1m:1d',
      '--time-unit',
      'ms',
      '--value-column',
      'cpu',
      '-q',
    ]);
    expect(existsSync('tree/cpu.wsp')).toBe(true);
  });

  it('prints JSON, and writes nothing in a dry run', async () => {
    const args = ['import', 'csv', '-', 'cpu.wsp', '1m:1d', '--dry-run', '--skip-bad', '--json'];
    const { stdout, exitCode } = await sotto(args, { stdin: `${T},1\nx,2\n` });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      dryRun: true,
      files: [
        {
          path: 'cpu.wsp',
          isNew: true,
          points: 1,
          dropped: 0,
          overtaken: 0,
          future: 0,
          from: T,
          until: T,
          archives: [{ step: 60, points: 1440, taken: 1 }],
        },
      ],
      skippedArchives: [],
      skippedLines: 1,
      failures: [],
    });
    expect(existsSync('cpu.wsp')).toBe(false);
    expect(
      await print(['import', 'csv', '-', 'cpu.wsp', '1m:1d', '--dry-run'], { stdin: `${T},1\n` }),
    ).toContain('would be made');
  });

  it('says how many points of the future are left out, and stores or refuses them if told to', async () => {
    const stdin = `${T - 120},1\n${T - 180},2\n4102444800,3\n`;
    const args = ['import', 'csv', '-', 'cpu.wsp', '60s:1d,1h:30d'];
    const { exitCode, stdout, stderr } = await sotto(args, { stdin, now: T });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('1m:1d takes 2, 1h:30d takes 0; 1 in the future\n');
    expect(stderr).toBe(
      'sotto: <stdin>: 1 point in the future is left out, the latest of 2100-01-01T00:00:00Z (--on-future store takes such points)\n',
    );
    expect(pointsOf('cpu.wsp').map(([, value]) => value)).toEqual([2, 1]);
    const refused = await sotto([...args, '--on-future', 'error', '--overwrite'], { stdin, now: T });
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain('cpu.wsp: 1 of the points in the future');
    await print([...args, '--on-future', 'store', '--overwrite', '-q'], { stdin, now: T });
    expect(pointsOf('cpu.wsp').map(([, value]) => value)).toEqual([2, 1, 3]);
    const given = await sotto(['import', 'rrd', 'a.xml', '--on-future', 'store']);
    expect([given.exitCode, given.stderr]).toEqual([2, expect.stringContaining('--on-future with rrd')]);
  });

  it('says of points whose slots a point of the future has that they are dropped', async () => {
    const args = ['import', 'csv', '-', 'cpu.wsp', '1m:1h'];
    await print([...args, '--on-future', 'store'], { stdin: `${T},1\n${T + 7200},2\n`, now: T + 60 });
    const { stdout } = await sotto(args, { stdin: `${T},3\n${T - 86_400},3\n`, now: T + 60 });
    expect(stdout).toContain('takes 0; 1 too old for any; 1 whose slot one of the future has\n');
  });

  it('says no where there are no points', async () => {
    const { exitCode, stderr } = await sotto(['import', 'csv', '-', 'cpu.wsp', '1m:1d'], {
      stdin: 'time,value\n',
    });
    expect([exitCode, stderr]).toEqual([1, 'sotto: <stdin>: no points\n']);
    expect(existsSync('cpu.wsp')).toBe(false);
  });

  it('reads a file in UTF-16, as spreadsheets write it', async () => {
    writeFileSync('a.csv', Buffer.from(`\uFEFFtime\tvalue\r\n${T}\t1\r\n`, 'utf16le'));
    await print(['import', 'csv', 'a.csv', 'cpu.wsp', '1m:1d']);
    expect(pointsOf('cpu.wsp')).toEqual([[T, 1]]);
  });

  it('imports daily weather of four years into the archives that reach back to it', async () => {
    const text = readFileSync(new URL('../../../fixtures/seattle-weather.csv', import.meta.url), 'utf8');
    const rows = text
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    const days = rows.map(([date, value]) => [Date.parse(date!) / 1000, Number(value)] as [number, number]);
    await print(['import', 'csv', '-', 'w.wsp', '1h:7d', '1d:5y', '--xff', '1'], { stdin: text });
    expect(pointsOf('w.wsp', 1)).toEqual(days);
    expect(pointsOf('w.wsp', 0)).toEqual(days.slice(-7));
  });
});

describe('import graphite, ndjson and json', () => {
  it('lay out what is missing by the files of carbon', async () => {
    writeFileSync('schemas.conf', '[all]\npattern = .*\nretentions = 10s:1d\n');
    writeFileSync('aggregation.conf', '[sum]\npattern = \\.count$\naggregationMethod = sum\n');
    const files = ['--schemas', 'schemas.conf', '--aggregation', 'aggregation.conf'];
    await print(['import', 'graphite', '-', '--into', 'tree', ...files, '-q'], {
      stdin: `a.count 1 ${T}\nb 2 ${T}\n`,
    });
    expect(await print(['info', 'tree/a/count.wsp', 'aggregationMethod'])).toBe('sum\n');
    expect(await print(['info', 'tree/b.wsp', 'aggregationMethod'])).toBe('average\n');
    const run = await sotto(['import', 'graphite', '-', '--into', 'tree', ...files, '--compressed', '-q'], {
      stdin: `c 1 ${T}\n`,
    });
    expect(run.exitCode).toBe(0);
    expect(await print(['info', 'tree/c.wsp', 'format'])).toBe('compressed\n');
  });

  it('take what export prints', async () => {
    await print(['import', 'graphite', '-', '--into', 'one', '1m:1d', '-q'], {
      stdin: `a.b 1 ${T}\na.c -0 ${T}\n`,
    });
    for (const form of ['graphite', 'ndjson', 'json', 'csv']) {
      const stdin = await print(['export', '-r', 'one', '--to', form]);
      await print(['import', form, '-', '--into', form, '1m:1d', '-q'], { stdin });
      expect(await print(['export', '-r', form, '--to', 'graphite'])).toBe(`a.b 1 ${T}\na.c -0 ${T}\n`);
    }
  });

  it('tell of metrics that could not be stored, and go on', async () => {
    writeFileSync('schemas.conf', '[a]\npattern = ^a\nretentions = 10s:1d\n');
    const stdin = `a 1 ${T}\nb 1 ${T}\n`;
    const { exitCode, stdout, stderr } = await sotto(
      ['import', 'graphite', '-', '--into', 'tree', '--schemas', 'schemas.conf'],
      { stdin },
    );
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/^tree\/a.wsp: made, 1 point, /);
    expect(stderr).toContain('tree/b.wsp: no such file, and no retentions to make it with');
    expect(stderr).toContain('1 file written, 1 point, 1 failed');
    const { failures } = JSON.parse(
      (
        await sotto(['import', 'graphite', '-', '--into', 'tree', '--schemas', 'schemas.conf', '--json'], {
          stdin,
        })
      ).stdout,
    );
    expect(failures).toMatchObject([{ metric: 'b', code: 'WSP_BAD_OPTION' }]);
  });
});

describe('import', () => {
  it.each([
    { name: 'a form that there is not', args: ['xml', 'a.xml'], words: "there is no form 'xml'" },
    {
      name: 'options of another form',
      args: ['csv', 'a.csv', 'b.wsp', '--cf', 'MAX'],
      words: '--cf with csv',
    },
    { name: 'retentions of an rrd', args: ['rrd', 'a.xml', '1m:1d'], words: "retentions '1m:1d' for an rrd" },
    { name: 'no source', args: ['csv', '1m:1d'], words: 'no source' },
    { name: 'no target', args: ['csv', 'a.csv', '1m:1d'], words: 'no database to write' },
    { name: 'no folder', args: ['graphite', 'a.txt', '1m:1d'], words: 'no folder to write' },
    {
      name: 'two targets',
      args: ['csv', 'a.csv', '--into', 'x', '--output', 'y'],
      words: '--into with --output',
    },
    {
      name: 'two sources for one file',
      args: ['csv', 'a.csv', 'b.csv', 'c.wsp'],
      words: '2 sources for one database',
    },
    { name: 'a terminal', args: ['csv', '-', 'c.wsp', '1m:1d'], words: '- at a terminal' },
    { name: 'a function that there is not', args: ['rrd', 'a.xml', '--cf', 'SUM'], words: 'SUM' },
    { name: 'numbers that are none', args: ['rrd', 'a.xml', '--archives', 'x'], words: "--archives 'x'" },
    {
      name: 'a delimiter of two characters',
      args: ['csv', 'a.csv', 'c.wsp', '--delimiter', '::'],
      words: "--delimiter '::'",
    },
  ])('refuses $name', async ({ args, words }) => {
    const { exitCode, stdout, stderr } = await sotto(['import', ...args]);
    expect(stderr).toContain(words);
    expect([exitCode, stdout]).toEqual([2, '']);
  });

  it('has its options in JSON, whatever the form', async () => {
    const { files } = await printJson<{ files: unknown[] }>(
      ['import', 'ndjson', '-', '--into', 't', '1m:1d', '--json'],
      {
        stdin: `{"metric":"a","timestamp":${T},"value":1}\n`,
      },
    );
    expect(files).toHaveLength(1);
  });
});
