import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { create } from '../../../src/index.js';
import { NOW, print, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

const T = NOW - 20;

beforeEach(() => {
  mkdirSync('tree/web 1', { recursive: true });
  for (const [i, path] of ['tree/a.wsp', 'tree/web 1/b.wsp'].entries()) {
    using database = create(path, { retentions: '1m:5,5m:1h', xFilesFactor: 0 });
    for (const age of [900, 60, 0]) database.update(i + age, T - age, { now: T - age });
  }
});

describe('export', () => {
  it('prints every point once, and coarser ones from before the finest archive', async () => {
    expect(await print(['export', 'tree/a.wsp', '--to', 'csv'])).toBe(
      `timestamp,value\n1699998900,900\n${T - 60},60\n${T},0\n`,
    );
  });

  it('prints a range of time, and one archive', async () => {
    const csv = (...options: string[]) => print(['export', 'tree/a.wsp', '--to', 'csv', ...options]);
    expect(await csv('--from', String(T - 60))).toBe(`timestamp,value\n${T},0\n`);
    expect(await csv('--from', '-1h', '--until', String(T - 60))).toBe(
      `timestamp,value\n1699998900,900\n${T - 60},60\n`,
    );
    expect(await csv('--archive', '1')).toBe('timestamp,value\n1699998900,900\n1699999800,30\n');
    // A day later all of it is out of the reach of a fetch, but what the coarsest archive has is there.
    expect(await csv('--now', String(T + 86_400))).toBe('timestamp,value\n1699998900,900\n1699999800,30\n');
  });

  it('names metrics by their paths, by a root, or as it is told', async () => {
    const names = async (...args: string[]) =>
      (await print(['export', '--to', 'graphite', '--until', String(T - 100), ...args]))
        .split('\n')
        .map((line) => line.split(' ')[0]);
    expect(await names('tree/a.wsp')).toEqual(['tree.a', '']);
    expect(await names('-r', 'tree')).toEqual(['a', 'web_1.b', '']);
    expect(await names('-r', 'tree', '--prefix', 'x.')).toEqual(['x.a', 'x.web_1.b', '']);
    expect(await names('tree/web 1/b.wsp', '--root', 'tree/web 1')).toEqual(['b', '']);
    expect(await names(`${process.cwd()}/tree/a.wsp`)).toEqual(['a', '']);
    expect(await names('tree/a.wsp', '--name', 'cpu')).toEqual(['cpu', '']);
    expect(await names('tree/a.wsp', './tree/a.wsp')).toEqual(['tree.a', '']);
  });

  it('has a column for the name where there may be several', async () => {
    const until = ['--until', String(T - 100)];
    expect(await print(['export', '-r', 'tree', '--to', 'csv', ...until])).toBe(
      'metric,timestamp,value\na,1699998900,900\nweb 1.b,1699998900,901\n',
    );
    expect(await print(['export', 'tree/a.wsp', '--to', 'csv', '--long', ...until])).toBe(
      'metric,timestamp,value\ntree.a,1699998900,900\n',
    );
  });

  it('writes a file, or one for each metric in a folder, and replaces none unless told to', async () => {
    expect(await print(['export', '-r', 'tree', '--to', 'ndjson', '-o', 'new/all.ndjson'])).toBe('');
    expect(readFileSync('new/all.ndjson', 'utf8').split('\n')).toHaveLength(7);
    const again = await sotto(['export', '-r', 'tree', '--to', 'csv', '-o', 'new/all.ndjson']);
    expect([again.exitCode, again.stderr]).toEqual([
      4,
      'sotto: new/all.ndjson: the file already exists; expected a new name, or --overwrite\n',
    ]);
    expect(readFileSync('new/all.ndjson', 'utf8')).toContain('"metric"');
    await print(['export', '-r', 'tree', '--to', 'csv', '-o', 'new/all.ndjson', '--overwrite']);
    expect(readFileSync('new/all.ndjson', 'utf8')).toMatch(/^metric,/);
    await print(['export', '-r', 'tree', '--to', 'csv', '-o', 'each/']);
    expect(readdirSync('each', { recursive: true }).sort()).toEqual(['a.csv', 'web 1', 'web 1/b.csv']);
    expect(readFileSync('each/a.csv', 'utf8')).toMatch(/^timestamp,value\n/);
  });

  it('leaves no half file behind', async () => {
    writeFileSync('tree/bad.wsp', 'no database');
    const lone = await sotto(['export', 'tree/bad.wsp', '--to', 'csv', '-o', 'bad.csv']);
    expect([lone.exitCode, lone.stdout]).toEqual([3, '']);
    expect(readdirSync('.')).toEqual(['tree']);
  });

  it('goes on behind a file that cannot be read', async () => {
    writeFileSync('tree/bad.wsp', 'no database');
    const { exitCode, stdout, stderr } = await sotto(['export', '-r', 'tree', '--to', 'graphite']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('tree/bad.wsp: ');
    expect(stdout.split('\n')).toHaveLength(7);
  });

  it('tells of values that Influx lines have no words for', async () => {
    using database = create('nan.wsp', { retentions: '1m:1h' });
    database.update(Number.NaN, T, { now: T });
    const { exitCode, stdout, stderr } = await sotto(['export', 'nan.wsp', '--to', 'influx']);
    expect([exitCode, stdout, stderr]).toEqual([
      0,
      '',
      'sotto: nan.wsp: 1 value that is NaN or infinite is left out\n',
    ]);
    expect((await sotto(['export', 'nan.wsp', '--to', 'influx', '-q'])).stderr).toBe('');
  });

  it.each([
    { name: 'no form', args: ['tree/a.wsp'], words: '--to' },
    { name: 'another form', args: ['tree/a.wsp', '--to', 'xml'], words: 'csv, json' },
    { name: 'a folder without -r', args: ['tree', '--to', 'csv'], words: "'tree' is a folder" },
    {
      name: 'a name for several',
      args: ['-r', 'tree', '--to', 'csv', '--name', 'x'],
      words: '--name for 2 files',
    },
    {
      name: 'a precision of CSV',
      args: ['tree/a.wsp', '--to', 'csv', '--precision', 's'],
      words: '--precision with csv',
    },
    {
      name: 'a column of lines',
      args: ['tree/a.wsp', '--to', 'graphite', '--long'],
      words: '--long with graphite',
    },
    {
      name: 'replacing of nothing',
      args: ['tree/a.wsp', '--to', 'csv', '--overwrite'],
      words: '--overwrite without --output',
    },
    {
      name: 'an archive that is not',
      args: ['tree/a.wsp', '--to', 'csv', '--archive', '2'],
      words: 'no archive 2',
    },
  ])('refuses $name', async ({ args, words }) => {
    const { exitCode, stdout, stderr } = await sotto(['export', ...args]);
    expect(stderr).toContain(words);
    expect([exitCode, stdout]).toEqual([2, '']);
  });
});
