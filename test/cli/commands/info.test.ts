import { writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { create } from '../../../src/index.js';
import { NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

const MINUTE = NOW - (NOW % 60);

beforeEach(() => {
  using a = create('a.wsp', { retentions: '1m:1h,5m:1d', aggregation: 'sum', xFilesFactor: 0.3 });
  a.update(5, MINUTE - 300, { now: NOW });
  a.update(6, MINUTE, { now: NOW });
  create('b.wsp', { retentions: '1s:1d' }).close();
});

const INFO_A = {
  path: 'a.wsp',
  format: 'standard',
  aggregationMethod: 'sum',
  xFilesFactor: Math.fround(0.3),
  maxRetention: 86_400,
  retentions: '1m:1h,5m:1d',
  fileSize: 4216,
  legacy: false,
  archives: [
    {
      offset: 40,
      secondsPerPoint: 60,
      points: 60,
      retention: 3600,
      size: 720,
      first: MINUTE - 300,
      last: MINUTE,
      known: 2,
    },
    {
      offset: 760,
      secondsPerPoint: 300,
      points: 288,
      retention: 86_400,
      size: 3456,
      first: null,
      last: null,
      known: 0,
    },
  ],
  warnings: [],
};

describe('info', () => {
  it('prints the header, and of each archive the layout, the oldest and the newest point', async () => {
    expect(await print(['info', 'a.wsp'])).toBe(
      'path: a.wsp\nformat: standard\naggregationMethod: sum\nxFilesFactor: 0.3\nmaxRetention: 86400\n' +
        'retentions: 1m:1h,5m:1d\nfileSize: 4216\nlegacy: false\n\n' +
        'Archive 0\noffset: 40\nsecondsPerPoint: 60\npoints: 60\nretention: 3600\nsize: 720\n' +
        `first: ${MINUTE - 300}\nlast: ${MINUTE}\nknown: 2\n\n` +
        'Archive 1\noffset: 760\nsecondsPerPoint: 300\npoints: 288\nretention: 86400\nsize: 3456\n' +
        'first: none\nlast: none\nknown: 0\n',
    );
  });

  it('prints the same as JSON, one record for one file and a list for several', async () => {
    expect(await printJson(['info', 'a.wsp', '--json'])).toEqual(INFO_A);
    expect(await printJson(['info', 'a.wsp', 'b.wsp', '--json'])).toEqual([
      INFO_A,
      expect.objectContaining({ path: 'b.wsp', retentions: '1s:1d' }),
    ]);
  });

  it.each([
    { field: 'xFilesFactor', text: '0.3\n' },
    { field: 'aggregationMethod', text: 'sum\n' },
    { field: 'retentions', text: '1m:1h,5m:1d\n' },
    { field: 'fileSize', text: '4216\n' },
    { field: 'archives', text: `${JSON.stringify(INFO_A.archives, null, 2)}\n` },
  ])('prints $field alone', async ({ field, text }) => {
    expect(await print(['info', 'a.wsp', field])).toBe(text);
  });

  it('prints a field of several files beside their names', async () => {
    expect(await print(['info', 'a.wsp', 'b.wsp', 'fileSize'])).toBe('a.wsp\t4216\nb.wsp\t1036828\n');
    expect(await printJson(['info', 'a.wsp', 'b.wsp', 'fileSize', '--json'])).toEqual([
      { path: 'a.wsp', fileSize: 4216 },
      { path: 'b.wsp', fileSize: 1_036_828 },
    ]);
    expect(await printJson(['info', 'a.wsp', 'fileSize', '--json'])).toBe(4216);
  });

  it('ends with 1 at a field that does not exist, and lists those that do', async () => {
    expect(await sotto(['info', 'a.wsp', 'colour'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        "sotto: a.wsp: unknown field 'colour'; fields are path, format, aggregationMethod, xFilesFactor, " +
        'maxRetention, retentions, fileSize, legacy, archives, warnings\n',
    });
  });

  it('takes the last word for a file if there is one of that name', async () => {
    create('legacy', { retentions: '1m:1h' }).close();
    expect(await print(['info', 'a.wsp', 'legacy'])).toMatch(/^path: a\.wsp\n.*\npath: legacy\n/s);
  });

  it('tells what is odd about a file on standard error', async () => {
    writeFileSync('b.wsp', 'more', { flag: 'a' });
    const run = await sotto(['info', 'b.wsp', '--json']);
    expect(run).toMatchObject({
      exitCode: 0,
      stderr: 'sotto: b.wsp: 4 bytes stand after the last archive\n',
    });
    expect(JSON.parse(run.stdout)).toMatchObject({ warnings: ['4 bytes stand after the last archive'] });
  });

  it('reads the very old format, whose first field is the time of the last update', async () => {
    const header = Buffer.alloc(28 + 12 * 60);
    for (const [i, field] of [NOW, 3600, 0, 1, 28, 60, 60].entries()) header.writeUInt32BE(field, 4 * i);
    writeFileSync('old.wsp', header);
    expect(await printJson(['info', 'old.wsp', '--json'])).toMatchObject({
      legacy: true,
      lastUpdate: NOW,
      aggregationMethod: 'average',
    });
    expect(await print(['info', 'old.wsp', 'lastUpdate'])).toBe(`${NOW}\n`);
  });
});
