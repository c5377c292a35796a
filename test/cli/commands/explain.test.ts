import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { create, explain, open } from '../../../src/index.js';
import { NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

const FORMATS = ['standard', 'compressed'] as const;

/** A point a minute for two hours, where the schema expects one every ten seconds. */
beforeEach(() => {
  for (const format of FORMATS) {
    using database = create(`${format}.wsp`, { retentions: '10s:1h,1m:1d', format });
    for (let age = 7200; age >= 0; age -= 60) database.update(age / 60, NOW - age, { now: NOW - age });
  }
});

describe('explain', () => {
  it('says first why there is no value, then what that rests on, and what could be done', async () => {
    expect(await print(['explain', 'standard.wsp', '--at', '-90m'])).toBe(
      'standard.wsp: no value: archive 1 (1m:1d) answers, and of 6 finer points at most 1 was known where xFilesFactor ' +
        '0.5 needs 3\n' +
        '  asked   2023-11-14T20:43:20Z, 1h30m ago\n' +
        '  archive 0 (10s:1h): does not reach back so far, since 2023-11-14T21:43:20Z\n' +
        '    the 10s from 2023-11-14T20:43:20Z on: not shown\n' +
        '    slot 180, byte 2200: holds a newer interval, 2023-11-14T21:43:20Z, 30, which took its place\n' +
        '    has 60 points, 2023-11-14T21:14:20Z to 2023-11-14T22:13:20Z\n' +
        '  archive 1 (1m:1d): answers, until 2023-11-15T20:43:00Z\n' +
        '    the 1m from 2023-11-14T20:43:00Z on: no value\n' +
        '    slot 0, byte 4360: was never written\n' +
        '    0 of 6 points of archive 0 known (newer points have the places of 1 more), 3 needed (xFilesFactor 0.5): ' +
        'too few to roll up\n' +
        '    has 0 points\n' +
        '  advice: an xFilesFactor of at most 0.16 takes 1 of 6 for enough, and 0 takes any: sotto tune standard.wsp ' +
        '--xff 0.16 --recompute\n' +
        '  advice: points come every 1m, and archive 0 (10s:1h) has a place for every 10s: the first step of a schema ' +
        'should be as long as points are apart\n',
    );
  });

  it('says that there is one', async () => {
    expect(await print(['explain', 'standard.wsp', '--at', `${NOW - 60}`, '--time', 'unix'])).toBe(
      'standard.wsp: a value: archive 0 (10s:1h) answers with 1\n' +
        `  asked   ${NOW - 60}, 1m ago\n  before  ${NOW - 120}  2\n  after   ${NOW}  0\n` +
        `  archive 0 (10s:1h): answers, until ${NOW + 3540}\n    the 10s from ${NOW - 60} on: 1\n` +
        `    slot 354, byte 4288: holds this interval, 1\n    has 60 points, ${NOW - 3540} to ${NOW}\n` +
        `  archive 1 (1m:1d): reaches back so far, until ${NOW - 80 + 86_400}\n    the 1m from ${NOW - 80} on: no value\n` +
        '    slot 0, byte 4360: was never written\n' +
        '    1 of 6 points of archive 0 known, 3 needed (xFilesFactor 0.5): too few to roll up\n    has 0 points\n',
    );
  });

  it('tells of blocks, and of what waits', async () => {
    const text = await print(['explain', 'compressed.wsp', '--at', 'now']);
    expect(text).toContain('compressed.wsp: a value: archive 0 (10s:1h) answers with 0, from its buffer\n');
    expect(text).toContain('\n  asked   2023-11-14T22:13:20Z, now\n');
    expect(text).toContain(
      '\n    in the range of no block\n    waits in the buffer, 0, until a point of 2023-11-14T22:15:00Z or later\n',
    );
    const older = await print(['explain', 'compressed.wsp', '--at', '-30m']);
    expect(older).toMatch(/\n {4}block 0(, the current one)?, byte \d+, of 2023-.*Z to 2023-.*Z: holds 30\n/);
  });

  it('prints JSON, a list for several, and as text the values that JSON has not', async () => {
    using database = open('standard.wsp');
    database.update(Number.NaN, NOW - 10, { now: NOW });
    database.close();
    const at = ['--at', `${NOW - 10}`, '--json'];
    const record = await printJson<object>(['explain', 'standard.wsp', ...at]);
    expect(record).toEqual({
      ...explain('standard.wsp', NOW - 10, { now: NOW }),
      value: 'NaN',
      archives: expect.any(Array),
    });
    expect(Object.keys(record).slice(0, 2)).toEqual(['path', 'verdict']);
    expect(await printJson(['explain', 'standard.wsp', 'compressed.wsp', ...at])).toMatchObject([
      { path: 'standard.wsp', value: 'NaN', archives: [{ slot: { value: 'NaN' } }, {}] },
      { path: 'compressed.wsp', value: null, format: 'compressed' },
    ]);
  });

  it('explains several files, one after the other, and goes on after one that cannot be read', async () => {
    const run = await sotto(['explain', 'standard.wsp', 'none.wsp', 'compressed.wsp', '--at', '-10s']);
    expect(run).toMatchObject({ exitCode: 4, stderr: expect.stringMatching(/^sotto: none\.wsp: /) });
    expect(run.stdout.match(/^\S+\.wsp: /gm)).toEqual(['standard.wsp: ', 'compressed.wsp: ']);
    expect(run.stdout).toMatch(/\n\ncompressed\.wsp: /);
  });

  it('works at --now, also at that of the newest point', async () => {
    const newest = await printJson(['explain', 'standard.wsp', '--at', 'now', '--now', 'newest', '--json'], {
      now: NOW + 9999,
    });
    expect(newest).toMatchObject({ now: NOW, timestamp: NOW, value: 0 });
    const old = await printJson(['explain', 'standard.wsp', '--at', '-1h', '--now', `${NOW - 60}`, '--json']);
    expect(old).toMatchObject({ now: NOW - 60, timestamp: NOW - 3660 });
  });

  it('asks one aggregation of a mix file', async () => {
    using database = create('mix.wsp', {
      retentions: '10s:10m,1m:1h',
      format: 'compressed',
      mix: ['max', 'min'],
    });
    database.updateMany(
      Array.from({ length: 59 }, (_, i) => [NOW - 10 * i, i]),
      { now: NOW },
    );
    database.close();
    const args = ['explain', 'mix.wsp', '--at', `${NOW - 300}`, '--now', `${NOW + 400}`];
    expect(await print(args)).toContain(
      'mix.wsp: a value: archive 1 (1m:1h, max) answers with 32, made of what waits',
    );
    expect(await print([...args, '--spec', 'min'])).toContain('archive 2 (1m:1h, min) answers with 27,');
  });

  it('explains what is damaged', async () => {
    using database = open('compressed.wsp', { readOnly: true });
    const bytes = readFileSync('compressed.wsp');
    bytes[database.blocks(0)[0]!.offset + 14]! ^= 0xff;
    writeFileSync('compressed.wsp', bytes);
    const text = await print(['explain', 'compressed.wsp', '--at', `${NOW - 6600}`, '--now', '-90m']);
    expect(text).toContain('is damaged: ');
    expect(text).toContain('advice: sotto verify --deep compressed.wsp tells');
    truncateSync('standard.wsp', 3000);
    expect((await sotto(['explain', 'standard.wsp', '--at', '-5m'])).exitCode).toBe(3);
    const cut = await sotto(['explain', 'standard.wsp', '--at', '-5m', '--force']);
    expect(cut).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('the file was cut off') });
  });

  it.each([
    { args: ['standard.wsp'], exitCode: 2, message: "required option '--at <time>' not specified" },
    { args: ['--at', 'now'], exitCode: 2, message: "missing required argument 'paths'" },
    { args: ['standard.wsp', '--at', 'soon'], exitCode: 2, message: "time 'soon'" },
    {
      args: ['standard.wsp', '--at', 'now', '--spec', 'max'],
      exitCode: 2,
      message: 'standard.wsp: an aggregation was',
    },
    { args: ['none.wsp', '--at', 'now'], exitCode: 4, message: 'none.wsp: ' },
    { args: ['empty', '--at', 'now'], exitCode: 3, message: 'empty: ' },
  ])('refuses $args with $exitCode', async ({ args, exitCode, message }) => {
    writeFileSync('empty', '');
    const run = await sotto(['explain', ...args]);
    expect(run).toMatchObject({ stdout: '', stderr: expect.stringContaining(message) });
    expect(run.exitCode).toBe(exitCode);
  });
});
