import { beforeEach, describe, expect, it } from 'vitest';
import { create } from '../../../src/index.js';
import { NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

const MINUTE = NOW - (NOW % 60);

beforeEach(() => {
  using a = create('a.wsp', { retentions: '1m:1h,5m:1d', xFilesFactor: 0 });
  a.updateMany(
    [
      [NOW - 7200, 7],
      [MINUTE - 180, 1 / 0],
      [MINUTE, 2.5],
    ],
    { now: NOW },
  );
  using b = create('b.wsp', { retentions: '1m:1h' });
  b.update(-1, MINUTE - 60, { now: NOW });
  create('empty.wsp', { retentions: '1m:1h' }).close();
});

describe('first and last', () => {
  it.each([
    { command: 'first', options: [], line: '1699992600\t7\n' },
    { command: 'last', options: [], line: '1699999980\t2.5\n' },
    { command: 'first', options: ['--archive', '0'], line: '1699999800\tInfinity\n' },
    { command: 'last', options: ['--archive', '1'], line: '1699999800\tInfinity\n' },
    { command: 'last', options: ['--time', 'iso'], line: '2023-11-14T22:13:00Z\t2.5\n' },
    { command: 'last', options: ['--time', '%H:%M'], line: '22:13\t2.5\n' },
  ])('$command $options prints a time and a value', async ({ command, options, line }) => {
    expect(await print([command, 'a.wsp', ...options])).toBe(line);
  });

  it('print a line for each of several files, with its name', async () => {
    expect(await print(['last', 'a.wsp', 'b.wsp'])).toBe('a.wsp\t1699999980\t2.5\nb.wsp\t1699999920\t-1\n');
  });

  it('print JSON: a record for one file, a list for several', async () => {
    expect(await printJson(['first', 'a.wsp', '--archive', '0', '--json'])).toEqual({
      path: 'a.wsp',
      archive: 0,
      timestamp: MINUTE - 180,
      value: 'Infinity',
    });
    expect(await printJson(['last', 'a.wsp', 'b.wsp', '--json'])).toEqual([
      { path: 'a.wsp', archive: 0, timestamp: MINUTE, value: 2.5 },
      { path: 'b.wsp', archive: 0, timestamp: MINUTE - 60, value: -1 },
    ]);
  });

  it.each(['first', 'last'])('%s ends with 1 if there are no points', async (command) => {
    const expected = { exitCode: 1, stdout: '', stderr: 'sotto: empty.wsp: no points\n' };
    expect(await sotto([command, 'empty.wsp'])).toEqual(expected);
    expect(await sotto([command, 'empty.wsp', '--json'])).toEqual(expected);
  });

  it('print the files that have points beside one that has none', async () => {
    expect(await sotto(['last', 'empty.wsp', 'b.wsp'])).toEqual({
      exitCode: 1,
      stdout: 'b.wsp\t1699999920\t-1\n',
      stderr: 'sotto: empty.wsp: no points\n',
    });
  });
});

describe('first and last of a compressed file', () => {
  beforeEach(() => {
    using database = create('c.wsp', {
      retentions: '1m:1h,5m:1d',
      format: 'compressed',
      mix: ['max', 'p50'],
    });
    for (let at = MINUTE - 3540; at <= MINUTE; at += 60) database.update((MINUTE - at) / 60, at, { now: at });
  });

  it.each([
    { command: 'first', options: [], line: `${MINUTE - 3540}\t59\n` },
    { command: 'last', options: [], line: `${MINUTE}\t0\n` },
    { command: 'last', options: ['--archive', '0'], line: `${MINUTE}\t0\n` },
  ])('$command $options prints a time and a value', async ({ command, options, line }) => {
    expect(await print([command, 'c.wsp', ...options])).toBe(line);
  });

  it('end with 1 for an archive that holds nothing yet', async () => {
    expect(await sotto(['last', 'c.wsp', '--archive', '2'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'sotto: c.wsp: no points\n',
    });
  });
});
