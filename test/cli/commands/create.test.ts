import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Database, open } from '../../../src/index.js';
import { filesHere, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

function infoOf(path: string): Database['info'] {
  using database = open(path, { readOnly: true });
  return database.info;
}

describe('create', () => {
  it('makes a database of the defaults and prints its size', async () => {
    expect(await print(['create', 'a.wsp', '10s:6h', '1m:7d'])).toBe('Created: a.wsp (146920 bytes)\n');
    expect(infoOf('a.wsp')).toMatchObject({
      aggregation: 'average',
      xFilesFactor: 0.5,
      archives: [
        { step: 10, points: 2160 },
        { step: 60, points: 10_080 },
      ],
    });
  });

  it.each([
    { name: 'as several words', definitions: ['1m:1h', '5m:1d'] },
    { name: 'joined by commas', definitions: ['1m:1h,5m:1d'] },
    { name: 'as steps and points', definitions: ['60:60', '300:288'] },
    { name: 'in any order', definitions: ['5m:1d', '1m:1h'] },
  ])('takes the definitions $name', async ({ definitions }) => {
    await print(['create', 'a.wsp', ...definitions]);
    expect(infoOf('a.wsp').archives).toMatchObject([
      { step: 60, points: 60 },
      { step: 300, points: 288 },
    ]);
  });

  it.each([
    { options: ['--xff', '0', '--agg', 'sum'], xFilesFactor: 0, aggregation: 'sum' },
    { options: ['-x', '1', '-a', 'absmax'], xFilesFactor: 1, aggregation: 'absmax' },
    { options: ['--xFilesFactor=0.25', '--aggregationMethod=last'], xFilesFactor: 0.25, aggregation: 'last' },
    { options: ['--fallocate'], xFilesFactor: 0.5, aggregation: 'average' },
    { options: ['--durable'], xFilesFactor: 0.5, aggregation: 'average' },
    { options: ['--dialect', 'go', '--agg', 'first'], xFilesFactor: 0.5, aggregation: 'avg_zero' }, // 6, as Python reads it
  ])('$options is kept in the header', async ({ options, xFilesFactor, aggregation }) => {
    await print(['create', 'a.wsp', '1m:1h', ...options]);
    expect(infoOf('a.wsp')).toMatchObject({ xFilesFactor, aggregation });
  });

  it('prints JSON with --json and nothing with --quiet', async () => {
    expect(await printJson(['create', 'a.wsp', '60:60,5m:1d', '--json'])).toEqual({
      path: 'a.wsp',
      format: 'standard',
      fileSize: 4216,
      retentions: ['1m:1h', '5m:1d'],
    });
    expect(await print(['create', 'b.wsp', '1m:1h', '--quiet'])).toBe('');
    expect(infoOf('b.wsp').fileSize).toBe(748);
  });

  it('takes room on the disk only as it is written with --sparse', async () => {
    await print(['create', 'sparse.wsp', '1s:1d', '--sparse']);
    await print(['create', 'full.wsp', '1s:1d']);
    const [sparse, full] = [statSync('sparse.wsp'), statSync('full.wsp')];
    expect(sparse.size).toBe(full.size);
    expect(sparse.blocks).toBeLessThan(full.blocks / 10);
    expect(filesHere()['sparse.wsp']).toEqual(filesHere()['full.wsp']);
  });

  it('replaces a file only with --overwrite', async () => {
    writeFileSync('a.wsp', 'precious');
    const before = filesHere();
    const run = await sotto(['create', 'a.wsp', '1m:1h']);
    expect(run).toEqual({
      exitCode: 4,
      stdout: '',
      stderr: 'sotto: a.wsp: the file already exists; expected a new name, or overwrite\n',
    });
    expect(filesHere()).toEqual(before);
    await print(['create', 'a.wsp', '1m:1h', '--overwrite']);
    expect(infoOf('a.wsp').fileSize).toBe(748);
  });

  it('makes missing folders only with --mkdir', async () => {
    const run = await sotto(['create', 'servers/a/cpu.wsp', '1m:1h']);
    expect(run).toMatchObject({ exitCode: 4, stdout: '' });
    expect(run.stderr).toMatch(/^sotto: servers\/a\/cpu\.wsp: /);
    await print(['create', 'servers/a/cpu.wsp', '1m:1h', '--mkdir']);
    await print(['create', 'servers/a/mem.wsp', '1m:1h', '--mkdir']);
    expect(Object.keys(filesHere())).toEqual(['servers/a/cpu.wsp', 'servers/a/mem.wsp']);
  });

  it.each([
    { name: 'no definition', args: ['a.wsp'], message: 'a.wsp: no retentions; expected at least one' },
    {
      name: 'an unknown unit',
      args: ['a.wsp', '10x:1d'],
      message:
        "a.wsp: retention '10x:1d': its step has the unknown unit 'x'; expected STEP:POINTS or STEP:DURATION",
    },
    { name: 'no colon', args: ['a.wsp', '10s'], message: "a.wsp: retention '10s': there is no ':'" },
    {
      name: 'no points',
      args: ['a.wsp', '1h:10s'],
      message: "a.wsp: retention '1h:10s': it comes to 0 points",
    },
    {
      name: 'steps that do not divide',
      args: ['a.wsp', '10s:2m', '15s:1h'],
      message: 'a.wsp: 10s:2m and 15s:1h: 10 does not divide 15; expected each step to divide the next',
    },
    {
      name: 'a coarse archive that is too short',
      args: ['a.wsp', '1m:1d', '5m:1h'],
      message: 'expected the coarser archive to reach further back',
    },
    {
      name: 'an unknown method',
      args: ['a.wsp', '1m:1h', '--agg', 'median'],
      message:
        "a.wsp: unknown aggregation method 'median'; expected one of average, sum, last, max, min, avg_zero, absmax, absmin",
    },
    {
      name: "another dialect's method",
      args: ['a.wsp', '1m:1h', '--agg', 'absmax', '--dialect', 'go'],
      message: "unknown aggregation method 'absmax' (dialect: 'python' has it)",
    },
    {
      name: 'too great a share',
      args: ['a.wsp', '1m:1h', '--xff', '50'],
      message: "a.wsp: xFilesFactor '50'; expected a number from 0 to 1",
    },
    {
      name: 'a share that is no number',
      args: ['a.wsp', '1m:1h', '--xff', 'half'],
      message: "a.wsp: xFilesFactor 'half'",
    },
  ])(
    'refuses $name with 2, leaves no file and keeps the one that --overwrite names',
    async ({ args, message }) => {
      const expected = { exitCode: 2, stdout: '', stderr: expect.stringContaining(message) };
      expect(await sotto(['create', ...args])).toEqual(expected);
      expect(filesHere()).toEqual({});
      writeFileSync('a.wsp', 'precious');
      const before = filesHere();
      expect(await sotto(['create', '--overwrite', ...args])).toEqual(expected);
      expect(filesHere()).toEqual(before);
    },
  );

  it.each([
    { name: 'a folder of that name', path: 'folder' },
    { name: 'a file where a folder should be', path: 'file/a.wsp' },
    { name: 'a file where --mkdir would make a folder', path: 'file/a.wsp', options: ['--mkdir'] },
    { name: 'a folder to overwrite', path: 'folder', options: ['--overwrite'] },
  ])('ends with 4 at $name', async ({ path, options = [] }) => {
    mkdirSync('folder');
    writeFileSync('file', 'precious');
    const before = filesHere();
    const run = await sotto(['create', path, '1m:1h', ...options]);
    expect(run).toMatchObject({ exitCode: 4, stdout: '' });
    expect(run.stderr).toMatch(new RegExp(`^sotto: ${path}: `));
    expect(filesHere()).toEqual(before);
  });
});

describe('create --estimate', () => {
  it('prints what databases would take, and makes none', async () => {
    expect(await print(['create', '--estimate', '10s:1d,1m:30d'])).toBe(
      'Archive 0: 8640 points of 10s precision\n' +
        'Archive 1: 43200 points of 60s precision\n\n' +
        'Estimated Whisper DB Size: 607.539KB (622592 bytes on disk with 4k blocks)\n\n' +
        'Estimated storage requirement for 1k metrics: 593.750MB\n' +
        'Estimated storage requirement for 5k metrics: 2.899GB\n' +
        'Estimated storage requirement for 10k metrics: 5.798GB\n' +
        'Estimated storage requirement for 50k metrics: 28.992GB\n' +
        'Estimated storage requirement for 100k metrics: 57.983GB\n' +
        'Estimated storage requirement for 500k metrics: 289.917GB\n',
    );
    expect(filesHere()).toEqual({});
  });

  it('takes several definitions and prints JSON', async () => {
    expect(await printJson(['create', '--estimate', '--json', '1m:1h', '5m:1d'])).toEqual({
      retentions: [
        { step: 60, points: 60 },
        { step: 300, points: 288 },
      ],
      fileSize: 4216,
      diskSize: 8192,
    });
  });

  it('refuses a path among the definitions', async () => {
    const run = await sotto(['create', '--estimate', 'a.wsp', '1m:1h']);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain("retention 'a.wsp': there is no ':'");
  });
});

it('create --mkdir makes no folders for a database that cannot be', async () => {
  expect((await sotto(['create', '--mkdir', 'q/w/e.wsp', '10x:1d'])).exitCode).toBe(2);
  expect(filesHere()).toEqual({});
  await print(['create', '--mkdir', 'q/w/e.wsp', '10s:1d']);
});

describe('create of compressed files', () => {
  it.each([['--compressed'], ['--format', 'compressed']])(
    'makes one with %s %s and says so',
    async (...options) => {
      expect(await print(['create', 'a.wsp', '10s:6h', '1m:7d', ...options])).toBe(
        'Created: a.wsp (31353 bytes, compressed)\n',
      );
      expect(infoOf('a.wsp')).toMatchObject({
        format: 'compressed',
        aggregation: 'average',
        fileSize: 31_353,
        pointsPerBlock: 7200,
        pointSize: 2,
      });
    },
  );

  it('makes a standard one with --format standard', async () => {
    expect(await print(['create', 'a.wsp', '1m:1h', '--format', 'standard'])).toBe(
      'Created: a.wsp (748 bytes)\n',
    );
    expect(infoOf('a.wsp').format).toBe('standard');
  });

  it('hands the sizes of blocks on', async () => {
    const options = ['--compressed', '--points-per-block', '100', '--point-size', '3.5', '--xff', '0.25'];
    await print(['create', 'a.wsp', '10s:6h', ...options, '--agg', 'first']);
    expect(infoOf('a.wsp')).toMatchObject({
      aggregation: 'first',
      xFilesFactor: 0.25,
      pointsPerBlock: 100,
      pointSize: 3.5,
      archives: [{ blockSize: 355, blockCount: 23 }],
    });
  });

  it.each([
    { options: ['--agg', 'mix', '--mix', 'average,max,p99.9'] },
    { options: ['--mix', 'average, max', '--mix', 'p99.9'] },
    { options: ['--aggregationMethod', 'mix', '--mix', 'average', '--mix', 'max,p99.9'] },
  ])('makes a mix file with $options, and JSON tells what was made', async ({ options }) => {
    const made = await printJson([
      'create',
      'a.wsp',
      '10s:6h',
      '1m:7d',
      '--compressed',
      ...options,
      '--json',
    ]);
    expect(made).toEqual({
      path: 'a.wsp',
      format: 'compressed',
      fileSize: infoOf('a.wsp').fileSize,
      retentions: ['10s:6h', '1m:1w'],
      mix: ['average', 'max', 'p99.900002'],
      pointsPerBlock: 7200,
      pointSize: 2,
    });
    expect(infoOf('a.wsp').archives).toMatchObject([
      { step: 10 },
      { step: 60, spec: { name: 'average' } },
      { step: 60, spec: { name: 'max' } },
      { step: 60, spec: { name: 'p99.900002' } },
    ]);
  });

  it.each([
    { options: ['--agg', 'mix'], message: '--agg mix without --compressed; expected both, or neither' },
    { options: ['--mix', 'max'], message: '--mix without --compressed' },
    { options: ['--points-per-block', '60'], message: '--points-per-block without --compressed' },
    { options: ['--point-size', '2'], message: '--point-size without --compressed' },
    {
      options: ['--compressed', '--agg', 'mix'],
      message: '--agg mix without --mix; expected the methods of the mix, such as --mix average,max,p95',
    },
    {
      options: ['--compressed', '--agg', 'sum', '--mix', 'max'],
      message: "a.wsp: option mix with aggregation 'sum'",
    },
    { options: ['--compressed', '--mix', 'max,max'], message: "a.wsp: 'max' twice in a mix" },
    {
      options: ['--compressed', '--mix', 'max,,p95'],
      message: 'It must be methods, such as average,max,p95.',
    },
    {
      options: ['--compressed', '--mix', 'p101'],
      message: 'a.wsp: percentile 101; expected a number from 0 to 100',
    },
    { options: ['--compressed', '--agg', 'absmax'], message: "a.wsp: aggregation method 'absmax'" },
    {
      options: ['--compressed', '--point-size', 'two'],
      message: 'It must be a number of bytes, such as 2.5.',
    },
    { options: ['--compressed', '--point-size', '15'], message: 'a.wsp: option pointSize is 15' },
    {
      options: ['--compressed', '--points-per-block', '0'],
      message: 'It must be a whole number of at least 1.',
    },
    {
      options: ['--compressed', '--points-per-block', '2', '--point-size', '1'],
      message: 'a.wsp: blocks of 7 bytes, for 60 points of 1 bytes; expected at least 32',
    },
    { options: ['--compressed', '--format', 'standard'], message: "'--format <name>' cannot be used with" },
    { options: ['--format', 'cwhisper'], message: 'Allowed choices are standard, compressed.' },
  ])('refuses $options with 2 and leaves no file', async ({ options, message }) => {
    const run = await sotto(['create', 'a.wsp', '1m:1h', ...options]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/^sotto: /);
    expect(run.stderr).toContain(message);
    expect(filesHere()).toEqual({});
  });

  it('estimates them in the words for standard ones', async () => {
    const options = ['--compressed', '--points-per-block', '3600'];
    const { fileSize } = await printJson<{ fileSize: number }>([
      'create',
      'a.wsp',
      '1m:7d',
      ...options,
      '--json',
    ]);
    const estimate = await print(['create', '--estimate', '1m:7d', ...options]);
    expect(estimate).toContain(`Estimated Whisper DB Size: ${(fileSize / 1024).toFixed(3)}KB (`);
    expect(estimate).toMatch(/^Archive 0: 10080 points of 60s precision\n/);
  });
});
