import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { create, type Database, open } from '../../../src/index.js';
import { dumpArchives } from '../../../src/tools/dump.js';
import { filesHere, NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

/** A minute's boundary, so that intervals are round. */
const MINUTE = NOW - (NOW % 60);

beforeEach(() => create('a.wsp', { retentions: '1m:1h,5m:1d', xFilesFactor: 0 }).close());

type Point = [timestamp: number, value: number];

function openInfo(path: string): Database['info'] {
  using database = open(path, { readOnly: true });
  return database.info;
}

/** The points of an archive, oldest first. */
function pointsOf(path: string, archive = 0): Point[] {
  using database = open(path, { readOnly: true });
  const [dumped] = dumpArchives(database, archive, 'time', NOW);
  return Array.from(dumped!.timestamps, (timestamp, i) => [timestamp, dumped!.values[i]!]);
}

describe('update with points as arguments', () => {
  it.each([
    { point: 'N:0.5', stored: [MINUTE, 0.5] },
    { point: 'now:-0.5', stored: [MINUTE, -0.5] },
    { point: 'now-10m:3', stored: [MINUTE - 600, 3] },
    { point: `${MINUTE - 120}:1e-7`, stored: [MINUTE - 120, 1e-7] },
    { point: '2023-11-14T22:00:00Z:7', stored: [1_699_999_200, 7] },
    { point: 'N:nan', stored: [MINUTE, Number.NaN] },
  ])('stores $point', async ({ point, stored }) => {
    expect(await print(['update', 'a.wsp', point])).toBe('');
    expect(pointsOf('a.wsp')).toEqual([stored]);
  });

  it('takes a point that begins with a minus after --', async () => {
    await print(['update', 'a.wsp', '--', '-10m:3']);
    expect(pointsOf('a.wsp')).toEqual([[MINUTE - 600, 3]]);
  });

  it('stores several at once and rolls them up', async () => {
    await print(['update', 'a.wsp', `${MINUTE}:1`, `${MINUTE - 60}:3`]);
    expect(pointsOf('a.wsp')).toEqual([
      [MINUTE - 60, 3],
      [MINUTE, 1],
    ]);
    expect(pointsOf('a.wsp', 1)).toEqual([[1_699_999_800, 2]]);
  });

  it.each([
    { point: 'now-1d:1', found: 'a point 86400 s old' },
    { point: 'now+1m:1', found: 'a point 60 s in the future' },
  ])('refuses a single $point with 3', async ({ point, found }) => {
    const before = filesHere();
    const run = await sotto(['update', 'a.wsp', point]);
    expect(run).toMatchObject({ exitCode: 3, stdout: '' });
    expect(run.stderr).toMatch(`sotto: a.wsp: ${found}; expected an age of 0 to 86399 s`);
    expect(filesHere()).toEqual(before);
  });

  it.each([
    { points: ['abc'], message: "point 'abc': 'abc' has no ':'; expected time:value" },
    { points: ['N:1', 'N:abc'], message: "point 'N:abc': value 'abc'; expected a number" },
    { points: ['soon:1'], message: "point 'soon:1': time 'soon'; expected now, now-7d" },
    {
      points: ['1700000000000:1'],
      message: "point '1700000000000:1': time '1700000000000': it is too far away (are these milliseconds?)",
    },
    { points: ['-1x:3'], message: "point 'now-1x:3': time 'now-1x'" },
    { points: ['-y:3'], message: "unknown option '-y:3'" },
    { points: ['N:1', '-'], message: 'points from two places; expected arguments, a file or standard input' },
    { points: ['N:1', '--file', 'a.csv'], message: 'points from two places' },
    { points: ['--stdin', '--file', 'a.csv'], message: 'points from two places' },
    { points: [], message: 'no points; expected TIME:VALUE arguments, --file, or - for standard input' },
    {
      points: ['N:1', '--input', 'xml'],
      message: 'Allowed choices are auto, colon, csv, tsv, ndjson, graphite.',
    },
    { points: ['N:-constructor'], message: "value '-constructor'; expected a number" },
    { points: ['N:1', '--agg', 'sum'], message: '--agg without --create' },
    { points: ['N:1', '--xff', '0'], message: '--xff without --create' },
  ])('refuses $points with 2 and stores none of them', async ({ points, message }) => {
    const before = filesHere();
    const run = await sotto(['update', 'a.wsp', ...points]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/^sotto: /);
    expect(run.stderr).toContain(message);
    expect(filesHere()).toEqual(before);
  });
});

describe('update with points as lines', () => {
  const LINES = [
    { form: 'colon', text: `${MINUTE - 60}:1\nN:2\n` },
    { form: 'csv', text: `time,value\r\n${MINUTE - 60},1\r\n${MINUTE},2\r\n` },
    { form: 'ndjson', text: `[${MINUTE - 60},1]\n{"timestamp":${MINUTE},"value":2}\n` },
    { form: 'graphite', text: `a.b 1 ${MINUTE - 60}\na.b 2 ${MINUTE}\n` },
  ];
  const STORED = [
    [MINUTE - 60, 1],
    [MINUTE, 2],
  ];

  it.each(LINES)('reads $form from a pipe, and knows the form by the first line', async ({ text }) => {
    await print(['update', 'a.wsp'], { stdin: text });
    expect(pointsOf('a.wsp')).toEqual(STORED);
  });

  it.each(LINES)('reads $form from a file', async ({ form, text }) => {
    writeFileSync('points', text);
    await print(['update', 'a.wsp', '--file', 'points', '--input', form]);
    expect(pointsOf('a.wsp')).toEqual(STORED);
  });

  it.each(['-', '--stdin'])('reads standard input with %s', async (word) => {
    await print(['update', 'a.wsp', word], { stdin: LINES[0]!.text });
    expect(pointsOf('a.wsp')).toEqual(STORED);
  });

  it('takes the columns that are asked for', async () => {
    const stdin = `when,cpu,mem\n${MINUTE - 60},9,1\n${MINUTE},9,2\n`;
    await print(['update', 'a.wsp', '--time-column', 'when', '--value-column', '3'], { stdin });
    expect(pointsOf('a.wsp')).toEqual(STORED);
  });

  it('reads what fetch prints as CSV and NDJSON, gaps and odd numbers included', async () => {
    await print(['update', 'a.wsp', 'N:inf', 'now-2m:nan', 'now-5m:1e-300', 'now-6m:-0.1']);
    for (const format of ['csv', 'ndjson']) {
      const stdin = await print(['fetch', 'a.wsp', '--from', '-30m', '--format', format]);
      await print(['update', `${format}.wsp`, '--create', '1m:1h'], { stdin });
      expect(pointsOf(`${format}.wsp`)).toEqual(pointsOf('a.wsp'));
    }
  });

  it('stores nothing of an empty text, and -v says so', async () => {
    const before = filesHere();
    const run = await sotto(['update', 'a.wsp', '-v'], { stdin: '# nothing\n' });
    expect(run).toEqual({ exitCode: 0, stdout: '', stderr: 'sotto: a.wsp: 0 points written, 0 dropped\n' });
    expect(filesHere()).toEqual(before);
  });

  it.each([
    { name: 'a file', args: ['--file', 'points.csv'], source: 'points.csv' },
    { name: 'standard input', args: ['-'], source: '<stdin>' },
  ])(
    'names the line of $name that cannot be read, ends with 3 and stores nothing',
    async ({ args, source }) => {
      const text = `time,value\n${MINUTE},1\n${MINUTE},high\n`;
      writeFileSync('points.csv', text);
      const before = filesHere();
      expect(await sotto(['update', 'a.wsp', ...args], { stdin: text })).toEqual({
        exitCode: 3,
        stdout: '',
        stderr: `sotto: ${source}: line 3: value 'high'; expected a number\n`,
      });
      expect(filesHere()).toEqual(before);
    },
  );

  it.each(['nope.csv', '.'])('ends with 4 if %s cannot be read', async (file) => {
    const run = await sotto(['update', 'a.wsp', '--file', file]);
    expect(run).toMatchObject({ exitCode: 4, stdout: '' });
    expect(run.stderr).toContain(`sotto: ${file}: cannot read it`);
  });
});

describe('update with points that no archive covers', () => {
  const POINTS = ['now-2d:1', 'N:2', 'now+10m:3'];

  it('drops the old ones of several, says so and stores the others', async () => {
    const run = await sotto(['update', 'a.wsp', 'now-2d:1', 'N:2']);
    expect(run).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'sotto: a.wsp: 1 of 2 points dropped: too old for every archive\n',
    });
    expect(pointsOf('a.wsp')).toEqual([[MINUTE, 2]]);
  });

  it.each([
    { options: ['--quiet'], stdout: '', stderr: '' },
    { options: ['--verbose'], stdout: '', stderr: 'sotto: a.wsp: 1 point written, 1 dropped\n' },
    {
      options: ['--json', '-q'],
      stdout: '{\n  "path": "a.wsp",\n  "written": 1,\n  "dropped": 1\n}\n',
      stderr: '',
    },
  ])('tells of them with $options', async ({ options, stdout, stderr }) => {
    expect(await sotto(['update', 'a.wsp', 'now-2d:1', 'N:2', ...options])).toEqual({
      exitCode: 0,
      stdout,
      stderr,
    });
  });

  it.each([
    {
      options: ['--on-old', 'error'],
      message: 'a.wsp: 1 of 3 points are too old, such as 1699827200; expected none before 1699913600',
    },
    {
      options: ['--on-future', 'error'],
      message: 'a.wsp: 1 of the points in the future, the latest by 600 s; expected none after now',
    },
  ])('refuses all with $options', async ({ options, message }) => {
    const before = filesHere();
    const run = await sotto(['update', 'a.wsp', ...POINTS, ...options]);
    expect(run).toMatchObject({ exitCode: 3, stdout: '' });
    expect(run.stderr).toMatch(/^sotto: /);
    expect(run.stderr).toContain(message);
    expect(filesHere()).toEqual(before);
  });

  it.each([
    { options: [], stored: [MINUTE, MINUTE + 600], dropped: 1 },
    { options: ['--on-future', 'store'], stored: [MINUTE, MINUTE + 600], dropped: 1 },
    { options: ['--on-future', 'drop'], stored: [MINUTE], dropped: 2 },
    { options: ['--on-old', 'drop', '--on-future', 'drop'], stored: [MINUTE], dropped: 2 },
  ])('with $options drops $dropped', async ({ options, stored, dropped }) => {
    const { stdout } = await sotto(['update', 'a.wsp', ...POINTS, '--json', ...options]);
    expect(JSON.parse(stdout)).toEqual({ path: 'a.wsp', written: 3 - dropped, dropped });
    using database = open('a.wsp', { readOnly: true });
    const timestamps = [...database.slots(0).timestamps].filter((timestamp) => timestamp !== 0);
    expect(timestamps.sort()).toEqual(stored);
  });

  it.each([
    { options: ['--on-old', 'drop'], point: 'now-2d:1', why: 'too old for every archive' },
    { options: ['--on-future', 'drop'], point: 'now+1h:1', why: 'too old for every archive, or after now' },
  ])('drops a single one too with $options', async ({ options, point, why }) => {
    const before = filesHere();
    const { exitCode, stderr } = await sotto(['update', 'a.wsp', point, ...options]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: `sotto: a.wsp: 1 of 1 points dropped: ${why}\n`,
    });
    expect(filesHere()).toEqual(before);
  });
});

describe('update --duplicates', () => {
  it.each([
    { options: [], value: 1 },
    { options: ['--duplicates', 'first'], value: 1 },
    { options: ['--duplicates', 'last'], value: 2 },
    { options: ['--dialect', 'go'], value: 2 },
  ])('with $options counts $value of 1 and 2', async ({ options, value }) => {
    await print(['update', 'a.wsp', `${MINUTE}:1`, `${MINUTE}:2`, ...options]);
    expect(pointsOf('a.wsp')).toEqual([[MINUTE, value]]);
  });
});

describe('update --now', () => {
  it('works at another time', async () => {
    await print(['update', 'a.wsp', 'N:5', '--now', '2020-01-01T00:00:30Z']);
    expect(pointsOf('a.wsp')).toEqual([[1_577_836_800, 5]]);
  });

  it('newest is the time of the newest point, so that old data fits', async () => {
    const stdin = '1500000000,1\n1500000600,2\n1499990000,3\n';
    expect(await printJson(['update', 'a.wsp', '--now', 'newest', '--json'], { stdin })).toMatchObject({
      written: 3,
    });
    expect(pointsOf('a.wsp')).toEqual([
      [1_500_000_000, 1],
      [1_500_000_600, 2],
    ]);
  });

  it('newest leaves relative times relative to the clock', async () => {
    await print(['update', 'a.wsp', 'now-1h:3', '--now', 'newest']);
    expect(pointsOf('a.wsp')).toEqual([[MINUTE - 3600, 3]]);
  });
});

describe('update --create', () => {
  it('makes a missing database with the settings given', async () => {
    await print(['update', 'new.wsp', 'N:5', '--create', '1m:1h,5m:1d', '--agg', 'max', '--xff', '0.25']);
    expect(pointsOf('new.wsp')).toEqual([[MINUTE, 5]]);
    using database = open('new.wsp', { readOnly: true });
    expect(database.info).toMatchObject({
      aggregation: 'max',
      xFilesFactor: 0.25,
      archives: [
        { step: 60, points: 60 },
        { step: 300, points: 288 },
      ],
    });
  });

  it('leaves the settings of one that is there', async () => {
    await print(['update', 'a.wsp', 'N:5', '--create', '1s:1h', '--agg', 'max']);
    using database = open('a.wsp', { readOnly: true });
    expect(database.info).toMatchObject({ aggregation: 'average', archives: [{ step: 60 }, { step: 300 }] });
    expect(pointsOf('a.wsp')).toEqual([[MINUTE, 5]]);
  });

  it.each([
    { name: 'the definition', args: ['N:1', '--create', '1m'], exitCode: 2 },
    { name: 'the method', args: ['N:1', '--create', '1m:1h', '--agg', 'median'], exitCode: 2 },
    { name: 'a point as an argument', args: ['N:high', '--create', '1m:1h'], exitCode: 2 },
    { name: 'a point that is too old', args: ['now-2h:1', '--create', '1m:1h'], exitCode: 3 },
    {
      name: 'one of several points',
      args: ['N:1', 'now-2h:1', '--create', '1m:1h', '--on-old', 'error'],
      exitCode: 3,
    },
  ])('makes no file if $name is refused', async ({ args, exitCode }) => {
    const run = await sotto(['update', 'new.wsp', ...args]);
    expect(run).toMatchObject({ exitCode, stdout: '' });
    expect(run.stderr).not.toBe('');
    expect(Object.keys(filesHere())).toEqual(['a.wsp']);
  });
});

it.each([['--durable', '--lock'], ['--journal']])('update %s stores the same bytes', async (...options) => {
  create('b.wsp', { retentions: '1m:1h,5m:1d', xFilesFactor: 0 }).close();
  await print(['update', 'a.wsp', 'N:1', 'now-3m:2']);
  await print(['update', 'b.wsp', 'N:1', 'now-3m:2', ...options]);
  expect(readFileSync('b.wsp').equals(readFileSync('a.wsp'))).toBe(true);
  expect(Object.keys(filesHere())).toEqual(['a.wsp', 'b.wsp']);
});

describe('update with what other commands print', () => {
  it('reads the output of fetch back', async () => {
    await print(['update', 'a.wsp', 'N:5', 'now-2m:7']);
    const fetched = await print(['fetch', 'a.wsp', '--from', '-10m']);
    await print(['create', 'copy.wsp', '1m:1h']);
    await print(['update', 'copy.wsp', '-'], { stdin: fetched });
    expect(await print(['fetch', 'copy.wsp', '--from', '-10m'])).toBe(fetched);
  });

  it('takes a time that begins with a minus for a time and not for an option', async () => {
    await print(['update', 'a.wsp', '-2m:7', '-1m:-3']);
    expect(await print(['fetch', 'a.wsp', '--from', '-3m', '--drop', 'nulls'])).toMatch(
      /^\d+\t7\n\d+\t-3\n$/,
    );
  });

  it('reads standard input for a file named -', async () => {
    await print(['update', 'a.wsp', '--file', '-'], { stdin: 'N:5\n' });
    expect(await print(['last', 'a.wsp'])).toMatch(/\t5\n$/);
  });
});

it('update says so when eight digits, which are Unix seconds, look like a date', async () => {
  const args = ['update', 'dates.wsp', '--create', '1m:1y', '--now', 'newest', '-'];
  const run = await sotto(args, { stdin: 'Date,Value\n20231114,2\n20231115,3\n' });
  expect(run).toMatchObject({ exitCode: 0, stdout: '' });
  expect(run.stderr).toBe(
    'sotto: dates.wsp: some times are of 1970: a bare number is Unix seconds, a date is written 2023-11-14\n',
  );
});

describe('update of a compressed file', () => {
  beforeEach(() => {
    create('c.wsp', { retentions: '1m:1h,5m:1d', format: 'compressed', xFilesFactor: 0 }).close();
  });

  /** Three intervals of the coarser archive one after the other: the first goes from the buffer to the blocks. */
  const POINTS = [MINUTE - 1200, MINUTE - 600, MINUTE].map((at) => `${at}:1`);

  it('stores points, and JSON tells how many were inserted, replaced and discarded', async () => {
    expect(await printJson(['update', 'c.wsp', ...POINTS, '--json'])).toEqual({
      path: 'c.wsp',
      written: 3,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 0,
    });
    expect(pointsOf('c.wsp').map(([timestamp]) => timestamp)).toEqual([MINUTE - 1200, MINUTE - 600, MINUTE]);
  });

  it.each([
    { name: 'one', points: [`${MINUTE - 1500}:5`], discarded: '1 point', late: 1, written: 0 },
    {
      name: 'several',
      points: [`${MINUTE - 1500}:5`, `${MINUTE - 1800}:6`, `${MINUTE - 60}:7`],
      discarded: '2 points',
      late: 2,
      written: 1,
    },
  ])('tells of $name that came too late to be kept, and ends with 0', async (row) => {
    const { points, discarded, late, written } = row;
    await print(['update', 'c.wsp', ...POINTS]);
    const run = await sotto(['update', 'c.wsp', ...points, '--late', 'discard', '--json']);
    expect(run).toMatchObject({
      exitCode: 0,
      stderr: `sotto: c.wsp: ${discarded} discarded: late, and the compressed file has no place for them any more\n`,
    });
    const counts = { written, inserted: 0, replaced: 0, dropped: 0, discarded: late };
    expect(JSON.parse(run.stdout)).toEqual({ path: 'c.wsp', ...counts });
    using database = open('c.wsp', { readOnly: true });
    expect(database.info.archives[0]).toMatchObject({ discarded: late });
  });

  it.each([
    { name: 'one', points: [`${MINUTE - 1500}:5`], counts: { written: 1, inserted: 1, replaced: 0 } },
    {
      name: 'one of a time that a block has',
      points: [`${MINUTE - 1200}:5`],
      counts: { written: 1, inserted: 1, replaced: 1 },
    },
    {
      name: 'one of a time that waits',
      points: [`${MINUTE}:5`],
      counts: { written: 1, inserted: 0, replaced: 1 },
    },
    {
      name: 'several',
      points: [`${MINUTE - 1500}:5`, `${MINUTE - 1200}:6`, `${MINUTE - 60}:7`],
      counts: { written: 3, inserted: 2, replaced: 1 },
    },
  ])('inserts late points, and tells of $name', async ({ points, counts }) => {
    await print(['update', 'c.wsp', ...POINTS]);
    const told = { path: 'c.wsp', ...counts, dropped: 0, discarded: 0 };
    expect(await printJson(['update', 'c.wsp', ...points, '--json'])).toEqual(told);
    const given = new Map([...POINTS, ...points].map((point) => point.split(':').map(Number) as Point));
    expect(pointsOf('c.wsp')).toEqual([...given].toSorted(([a], [b]) => a - b));
  });

  it('takes late points in by word, also under the go dialect, which else discards them', async () => {
    await print(['update', 'c.wsp', ...POINTS]);
    const late = [`${MINUTE - 1500}:5`, '--dialect', 'go'];
    const { stdout, stderr } = await sotto(['update', 'c.wsp', ...late, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ written: 0, inserted: 0, discarded: 1 });
    expect(stderr).toMatch(/^sotto: c\.wsp: 1 point discarded: late, and the compressed file has no place/);
    const told = await printJson(['update', 'c.wsp', ...late, '--late', 'insert', '--json']);
    expect(told).toMatchObject({ written: 1, inserted: 1, discarded: 0 });
  });

  it('tells of a late point that is lost since its block is damaged', async () => {
    await print(['update', 'c.wsp', ...POINTS]);
    const bytes = readFileSync('c.wsp');
    const { offset } = openInfo('c.wsp').archives[0]!;
    bytes[offset + 5]! ^= 1;
    writeFileSync('c.wsp', bytes);
    const run = await sotto(['update', 'c.wsp', `${MINUTE - 1500}:5`, '--json']);
    expect(JSON.parse(run.stdout)).toMatchObject({ written: 0, inserted: 0, discarded: 1 });
    expect(run).toMatchObject({
      exitCode: 0,
      stderr:
        'sotto: c.wsp: 1 point discarded: late, and the block where they belong is damaged, or has no room for them\n',
    });
  });

  it('refuses another word for what becomes of late points with 2', async () => {
    const run = await sotto(['update', 'c.wsp', 'N:1', '--late', 'keep']);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('says nothing of discarded ones with --quiet, and counts them with --verbose', async () => {
    await print(['update', 'c.wsp', ...POINTS]);
    const late = [`${MINUTE - 1500}:5`, '--late', 'discard'];
    expect(await print(['update', 'c.wsp', ...late, '--quiet'])).toBe('');
    expect(await sotto(['update', 'c.wsp', ...late, '--verbose'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'sotto: c.wsp: 0 points written, 0 dropped, 1 discarded\n',
    });
  });

  it('says nothing of inserted ones, and counts them with --verbose', async () => {
    await print(['update', 'c.wsp', ...POINTS]);
    const late = [`${MINUTE - 1500}:5`, `${MINUTE}:6`];
    expect(await print(['update', 'c.wsp', ...late])).toBe('');
    expect(await sotto(['update', 'c.wsp', ...late, '--verbose'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'sotto: c.wsp: 2 points written (1 inserted, 2 replaced), 0 dropped\n',
    });
  });

  it.each([
    { point: 'now-1d:1', found: 'a point 86400 s old' },
    { point: 'now+1m:1', found: 'a point 60 s in the future' },
  ])('refuses a single $point with 3, as of a standard file', async ({ point, found }) => {
    const before = filesHere();
    const run = await sotto(['update', 'c.wsp', point]);
    expect(run).toMatchObject({ exitCode: 3, stdout: '' });
    expect(run.stderr).toContain(`sotto: c.wsp: ${found}; expected an age of 0 to 86399 s`);
    expect(filesHere()).toEqual(before);
  });

  it('refuses with --on-old error what the base of a mix file does not reach', async () => {
    create('mix.wsp', { retentions: '1m:1h,5m:1d', format: 'compressed', mix: ['max'] }).close();
    const run = await sotto(['update', 'mix.wsp', 'now-2h:1', 'N:2', '--on-old', 'error']);
    expect(run).toMatchObject({ exitCode: 3, stdout: '' });
    expect(run.stderr).toContain(`mix.wsp: 1 of 2 points are too old, such as ${NOW - 7200}`);
  });

  it.each([
    { point: 'now-2d:1', written: 0, dropped: 1 },
    { point: 'now+1h:1', written: 1, dropped: 0 },
  ])(
    'drops or takes a single $point under the go dialect, as go-whisper does',
    async ({ point, ...counts }) => {
      const { exitCode, stdout } = await sotto(['update', 'c.wsp', point, '--dialect', 'go', '--json']);
      expect(exitCode).toBe(0);
      const told = { path: 'c.wsp', ...counts, inserted: 0, replaced: 0, discarded: 0 };
      expect(JSON.parse(stdout)).toEqual(told);
    },
  );
});

describe('update --retention', () => {
  it.each([
    { retention: '1d', archive: 1, stored: [[1_699_999_800, 5]] },
    { retention: '86400', archive: 1, stored: [[1_699_999_800, 5]] },
    { retention: '60m', archive: 0, stored: [[MINUTE, 5]] },
  ])('$retention stores in the archive of that retention', async ({ retention, archive, stored }) => {
    for (const format of ['standard', 'compressed'] as const) {
      create(`${format}.wsp`, { retentions: '1m:1h,5m:1d', format, xFilesFactor: 1 }).close();
      await print(['update', `${format}.wsp`, 'N:5', '--retention', retention]);
      expect(pointsOf(`${format}.wsp`, archive)).toEqual(stored);
      expect(pointsOf(`${format}.wsp`, 1 - archive)).toEqual([]);
    }
  });

  it('refuses a single point older than that archive, and drops it among several', async () => {
    const refused = await sotto(['update', 'a.wsp', 'now-2h:1', '--retention', '1h']);
    expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
    expect(refused.stderr).toContain('a.wsp: 1 of 1 points are too old, such as 1699992800');
    expect(await sotto(['update', 'a.wsp', 'now-2h:1', 'N:2', '--retention', '1h'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'sotto: a.wsp: 1 of 2 points dropped: too old for the archive of 1h\n',
    });
  });

  it.each([
    { args: ['a.wsp'], name: 'a file' },
    { args: ['new.wsp', '--create', '1m:1h,5m:1d'], name: 'one to be made' },
  ])('refuses a retention that $name does not have with 2', async ({ args }) => {
    const before = filesHere();
    const run = await sotto(['update', ...args, 'N:1', '--retention', '2h']);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toBe(
      `sotto: ${args[0]}: no archive that reaches back '2h'; expected 3600 (1m:1h), 86400 (5m:1d)\n`,
    );
    expect(filesHere()).toEqual(before);
  });

  it('goes with --create', async () => {
    await print(['update', 'new.wsp', 'now-2h:1', '--retention', '1d', '--create', '1m:1h,5m:1d']);
    expect(pointsOf('new.wsp', 1)).toEqual([[1_699_992_600, 1]]);
  });
});

describe('update --create of a compressed file', () => {
  it('makes it as create does', async () => {
    const layout = ['--compressed', '--points-per-block', '50', '--point-size', '4', '--mix', 'max,p95'];
    await print(['update', 'new.wsp', 'N:5', '--create', '1m:1h,5m:1d', ...layout]);
    await print(['create', 'twin.wsp', '1m:1h,5m:1d', ...layout]);
    await print(['update', 'twin.wsp', 'N:5']);
    expect(filesHere()['new.wsp']).toEqual(filesHere()['twin.wsp']);
  });

  it.each([
    { name: 'a point that is too old', args: ['now-2d:1'], exitCode: 3 },
    { name: 'a point in the future', args: ['now+1h:1'], exitCode: 3 },
    { name: 'a point too old for the base of a mix file', args: ['now-2h:1', '--mix', 'max'], exitCode: 3 },
    { name: 'a method', args: ['N:1', '--agg', 'absmax'], exitCode: 2 },
    { name: 'a size of blocks', args: ['N:1', '--points-per-block', '2', '--point-size', '1'], exitCode: 2 },
    { name: 'a mix of nothing', args: ['N:1', '--agg', 'mix'], exitCode: 2 },
  ])('makes no file if $name is refused', async ({ args, exitCode }) => {
    const run = await sotto(['update', 'new.wsp', '--create', '1m:1h,5m:1d', '--compressed', ...args]);
    expect(run).toMatchObject({ exitCode, stdout: '' });
    expect(run.stderr).toMatch(/^sotto: /);
    expect(Object.keys(filesHere())).toEqual(['a.wsp']);
  });

  it.each([['--compressed'], ['--mix', 'max'], ['--points-per-block', '50'], ['--point-size', '3']])(
    'refuses %s %s without --create',
    async (...options) => {
      const run = await sotto(['update', 'a.wsp', 'N:1', ...options.filter((word) => word !== undefined)]);
      expect(run).toMatchObject({ exitCode: 2, stdout: '' });
      expect(run.stderr).toBe(`sotto: ${options[0]} without --create; expected both, or neither\n`);
    },
  );
});
