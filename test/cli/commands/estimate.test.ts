import { describe, expect, it } from 'vitest';
import { create } from '../../../src/index.js';
import { estimateSize } from '../../../src/tools/estimate.js';
import { filesHere, NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

describe('estimate', () => {
  it('prints what a standard file takes, archive by archive', async () => {
    expect(await print(['estimate', '10m:5y', '10s:6h,1m:7d'])).toBe(
      'archive  step   points       size  bytes/point\n' +
        '0        10s     2,160   25.3 KiB        12.00\n' +
        '1        1m     10,080  118.1 KiB        12.00\n' +
        '2        10m   262,800    3.0 MiB        12.00\n' +
        'header                       52 B\n' +
        'file                      3.1 MiB\n' +
        'on disk                   3.1 MiB\n',
    );
    expect(filesHere()).toEqual({});
  });

  it('prints a compressed one beside it, and what many take', async () => {
    const table = await print([
      'estimate',
      '10s:6h',
      '1m:7d',
      '10m:5y',
      '--compressed',
      '--metrics',
      '100000',
    ]);
    expect(table).toBe(
      'archive    step   points   standard  compressed  bytes/point  saving\n' +
        '0          10s     2,160   25.3 KiB     5.3 KiB         2.53   78.9%\n' +
        '1          1m     10,080  118.1 KiB    24.7 KiB         2.51   79.1%\n' +
        '2          10m   262,800    3.0 MiB   534.6 KiB         2.08   82.6%\n' +
        'header                         52 B     1.6 KiB\n' +
        'file                        3.1 MiB   566.1 KiB                82.4%\n' +
        'on disk                     3.1 MiB   568.0 KiB\n' +
        '× 100,000                 307.5 GiB    54.2 GiB\n',
    );
  });

  it.each([
    {
      options: ['--points-per-block', '500', '--point-size', '9.5'],
      layout: { pointsPerBlock: 500, pointSize: 9.5 },
    },
    { options: ['--agg', 'mix', '--mix', 'average,p99.9'], layout: { mix: ['average', 'p99.9'] } },
    { options: ['--agg', 'sum', '--compressed'], layout: {} },
  ] as const)(
    'prints JSON of both with $options, which stand for --compressed',
    async ({ options, layout }) => {
      const standard = estimateSize('10s:6h,1m:7d');
      const compressed = estimateSize('10s:6h,1m:7d', { format: 'compressed', ...layout });
      expect(await printJson(['estimate', '10s:6h,1m:7d', ...options, '--json'])).toEqual({
        metrics: 1,
        standard,
        compressed,
        saving: 1 - compressed.fileSize / standard.fileSize,
      });
    },
  );

  it('shows the archives of a mix beside the one of a standard file, within 80 columns', async () => {
    const table = await print(['estimate', '1s:1y,1m:10y', '--mix', 'average,p99.9', '--metrics', '1000000']);
    const lines = table.split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines[2]).toMatch(/^1 average +1m +5,256,000 +60\.2 MiB +\d+\.\d MiB +\d+\.\d\d +\d+\.\d%$/);
    expect(lines[3]).toMatch(/^2 p99\.900002 +1m +5,256,000 +\d+\.\d MiB +\d+\.\d\d$/);
    expect(lines[7]).toMatch(/^× 1,000,000 +\d+\.\d TiB +\d+\.\d TiB$/);
  });

  it('prints a standard one alone as JSON', async () => {
    expect(await printJson(['estimate', '1m:1h', '--metrics', '7', '--json'])).toEqual({
      metrics: 7,
      standard: estimateSize('1m:1h'),
    });
  });

  it('sizes blocks by a sample, whose retentions it takes if none are given', async () => {
    using sample = create('sample.wsp', { retentions: '10s:6h,1m:7d' });
    const points = Array.from({ length: 1000 }, (_, i) => [NOW - 10 * i, Math.sin(i)] as const);
    sample.updateMany(points, { now: NOW });
    const options = { format: 'compressed', sample, now: NOW } as const;
    expect(await printJson(['estimate', '--sample', 'sample.wsp', '--json'])).toMatchObject({
      standard: { fileSize: sample.info.fileSize },
      compressed: estimateSize('10s:6h,1m:7d', options),
    });
    expect(await printJson(['estimate', '10s:1d', '--sample', 'sample.wsp', '--json'])).toMatchObject({
      compressed: estimateSize('10s:1d', options),
    });
    const later = await printJson(['estimate', '--sample', 'sample.wsp', '--now', `${NOW + 5000}`, '--json']);
    expect(later).toMatchObject({
      compressed: estimateSize('10s:6h,1m:7d', { ...options, now: NOW + 5000 }),
    });
  });

  it.each([
    { args: [], message: 'no retentions; expected at least one DEF, or --sample' },
    { args: ['5m:1d', '1m:1d'], message: '1m:1d and 5m:1d' },
    { args: ['1m'], message: "retention '1m': there is no ':'" },
    { args: ['1m:1h', '--metrics', '0'], message: 'It must be a whole number of at least 1.' },
    { args: ['1m:1h', '--agg', 'mix'], message: '--agg mix without --mix' },
    { args: ['1m:1h', '--points-per-block', '1', '--point-size', '1'], message: 'blocks of 6 bytes' },
    {
      args: ['1m:1h', '--sample', 'a.wsp', '--point-size', '2'],
      message: "cannot be used with option '--point-size",
    },
    { args: ['1m:1h', '--dialect', 'perl'], message: 'Allowed choices are python, go.' },
    { args: ['1m:1h', '--fast'], message: "unknown option '--fast'" },
  ])('refuses $args with 2', async ({ args, message }) => {
    const run = await sotto(['estimate', ...args]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/^sotto: /);
    expect(run.stderr).toContain(message);
  });

  it('ends with 4 for a sample that is not there', async () => {
    const run = await sotto(['estimate', '1m:1h', '--sample', 'no.wsp']);
    expect(run).toMatchObject({ exitCode: 4, stdout: '' });
    expect(run.stderr).toMatch(/^sotto: no\.wsp: /);
  });
});
