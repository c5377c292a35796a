import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { type CompressedInfo, create, open } from '../../../src/index.js';
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

describe('info of a compressed file', () => {
  beforeEach(() => {
    const handling = { format: 'compressed', late: 'discard' } as const;
    using database = create('c.wsp', { retentions: '1m:1h,5m:1d', xFilesFactor: 0.3, ...handling });
    for (let at = MINUTE - 1200; at <= MINUTE; at += 60) database.update((at / 60) % 7, at, { now: NOW });
    // Too late by now.
    database.update(1, MINUTE - 1500, { now: NOW });
  });

  it('prints all that the headers say, the blocks in short', async () => {
    const text = await print(['info', 'c.wsp']);
    using database = open('c.wsp', { readOnly: true });
    const { checksum, archives } = database.info as CompressedInfo;
    const [next, nextOfCoarse] = archives.map(({ current: { lastByteOffset, bitPosition } }) => {
      return `next at byte ${lastByteOffset} bit ${bitPosition}`;
    });
    expect(text).toBe(
      'path: c.wsp\nformat: compressed\nversion: 1\naggregationMethod: average\nxFilesFactor: 0.3\n' +
        'maxRetention: 86400\nretentions: 1m:1h,5m:1d\nfileSize: 1650\nlegacy: false\npointsPerBlock: 7200\n' +
        `pointSize: 2\nmetadataSize: 551\nchecksum: ${checksum.toString(16).padStart(8, '0')}\n` +
        'isChecksumRight: true\n\n' +
        'Archive 0\noffset: 551\nsecondsPerPoint: 60\npoints: 60\nretention: 3600\nsize: 314\n' +
        `first: ${MINUTE - 1200}\nlast: ${MINUTE}\nknown: 21\nblockSize: 157\nblockCount: 2\npointSize: 2\n` +
        `current: block 0, 12 points from ${MINUTE - 1200} to ${MINUTE - 540}, ${next}\n` +
        'ranges: 1 of 2 blocks in use\nbufferSize: 120\nbuffered: 9\ndiscarded: 1\ngrowths: 0\n\n' +
        'Archive 1\noffset: 865\nsecondsPerPoint: 300\npoints: 288\nretention: 86400\nsize: 785\n' +
        `first: ${1_699_998_600}\nlast: ${1_699_999_200}\nknown: 3\nblockSize: 157\nblockCount: 5\npointSize: 2\n` +
        `current: block 0, 3 points from 1699998600 to 1699999200, ${nextOfCoarse}\n` +
        'ranges: 1 of 5 blocks in use\nbufferSize: 0\nbuffered: 0\ndiscarded: 0\ngrowths: 0\n',
    );
  });

  it('prints as JSON all that the library tells', async () => {
    using database = open('c.wsp', { readOnly: true });
    const info = database.info as CompressedInfo;
    const { archives, aggregation: aggregationMethod, ...header } = info;
    expect(await printJson(['info', 'c.wsp', '--json'])).toEqual({
      path: 'c.wsp',
      ...header,
      aggregationMethod,
      retentions: '1m:1h,5m:1d',
      archives: archives.map(({ step: secondsPerPoint, ...archive }, i) => ({
        secondsPerPoint,
        ...archive,
        first: database.points(i).timestamps[0],
        last: database.points(i).timestamps.at(-1),
        known: database.points(i).timestamps.length,
      })),
    });
  });

  it('names the aggregations of a mix file, and each retention once', async () => {
    create('m.wsp', { retentions: '1m:1h,5m:1d', format: 'compressed', mix: ['max', 'p95'] }).close();
    const text = await print(['info', 'm.wsp']);
    expect(text).toContain('aggregationMethod: mix\nmix: max,p95\n');
    expect(text).toContain('retentions: 1m:1h,5m:1d\n');
    expect(text).toContain('spec: p95\n');
    expect(text).toContain('current: block 0, empty, next at byte');
    expect(await printJson(['info', 'm.wsp', '--json'])).toMatchObject({
      mix: ['max', 'p95'],
      archives: [{ secondsPerPoint: 60 }, { spec: 'max' }, { spec: 'p95' }],
    });
  });

  it.each([
    { field: 'metadataSize', text: '551\n' },
    { field: 'pointsPerBlock', text: '7200\n' },
    { field: 'isChecksumRight', text: 'true\n' },
  ])('prints $field alone', async ({ field, text }) => {
    expect(await print(['info', 'c.wsp', field])).toBe(text);
  });

  it('prints values that JSON has not as text', async () => {
    create('nan.wsp', { retentions: '1m:1h', format: 'compressed' }).close();
    using database = open('nan.wsp');
    database.update(Number.NaN, MINUTE, { now: NOW });
    expect(await printJson(['info', 'nan.wsp', '--json'])).toMatchObject({
      archives: [{ current: { first: { value: 'NaN', bits: '7ff8000000000000' } } }],
    });
  });

  it('warns of a checksum that is wrong', async () => {
    const bytes = readFileSync('c.wsp');
    bytes[43]! ^= 1;
    writeFileSync('c.wsp', bytes);
    const run = await sotto(['info', 'c.wsp', 'isChecksumRight']);
    expect(run).toEqual({
      exitCode: 0,
      stdout: 'false\n',
      stderr: 'sotto: c.wsp: the checksum of the metadata is wrong or stale\n',
    });
  });

  it('refuses a damaged block with 3, and reads what there is of it with --force', async () => {
    const bytes = readFileSync('c.wsp');
    bytes.fill(0xff, 551 + 20, 551 + 60);
    writeFileSync('c.wsp', bytes);
    const run = await sotto(['info', 'c.wsp']);
    expect(run).toMatchObject({ exitCode: 3, stdout: '' });
    expect(run.stderr).toMatch(/^sotto: c\.wsp: block 0 of the 60 s archive, at byte 551: /);
    expect(await print(['info', 'c.wsp', '--force'])).toContain('ranges: 1 of 2 blocks in use\n');
  });
});
