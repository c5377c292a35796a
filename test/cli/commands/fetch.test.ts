import { beforeEach, describe, expect, it, vi } from 'vitest';
import { create } from '../../../src/index.js';
import { NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

const MINUTE = NOW - (NOW % 60);
const HOUR = 3600;

/** a.wsp: 1m:1h and 5m:1d with a point each 4 minutes ago, 2 minutes ago and now, and one 3 hours ago. */
beforeEach(() => {
  using a = create('a.wsp', { retentions: '1m:1h,5m:1d', xFilesFactor: 0, aggregation: 'last' });
  a.updateMany(
    [
      [MINUTE - 240, 1.25],
      [MINUTE - 180, 0],
      [MINUTE - 120, Number.NaN],
      [MINUTE, -1e-7],
      [NOW - 3 * HOUR, 7],
    ],
    { now: NOW },
  );
  using b = create('b.wsp', { retentions: '1m:1h' });
  b.updateMany(
    [
      [MINUTE - 120, 20],
      [MINUTE - 60, 1 / 0],
    ],
    { now: NOW },
  );
});

/** Timestamps of the lines of text. */
function timestamps(text: string): number[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [Number(line.split('\t')[0])]));
}

describe('fetch', () => {
  it('prints a line for each step, None for a gap and the shortest form of a value', async () => {
    expect(await print(['fetch', 'a.wsp', '--from', '-5m'])).toBe(
      '1699999740\t1.25\n1699999800\t0\n1699999860\tNaN\n1699999920\tNone\n1699999980\t-1e-7\n',
    );
  });

  it('goes back 24 hours by default', async () => {
    const times = timestamps(await print(['fetch', 'a.wsp']));
    expect([times[0], times.at(-1), times.length]).toEqual([NOW - 86_400 + 100, 1_699_999_800, 288]);
  });

  it.each([
    ['--from', '-10m'],
    ['--from=-10m'],
    ['--from', 'now-10m'],
    ['--from', '-600'],
    ['--from', String(NOW - 600)],
    ['--from', '2023-11-14T22:03:20Z'],
    ['--from', '2023-11-14 23:03:20+01:00'],
    ['--from', 'Tue, 14 Nov 2023 22:03:20 GMT'],
  ])('begins after the time of %s %s', async (...from) => {
    expect(timestamps(await print(['fetch', 'a.wsp', ...from]))[0]).toBe(MINUTE - 540);
  });

  it('ends with the time of --until, which counts from --now as --from does', async () => {
    const range = ['--now', String(NOW - 60), '--from', '-3m', '--until', '-1m'];
    expect(timestamps(await print(['fetch', 'a.wsp', ...range]))).toEqual([MINUTE - 180, MINUTE - 120]);
  });

  it.each([
    { options: ['--step', '5m'], step: 300, count: 288 },
    { options: ['--step', '300'], step: 300, count: 288 },
    { options: ['--archive', '1'], step: 300, count: 288 },
    { options: ['--archive', '0'], step: 60, count: 60 },
    { options: ['--archive', '1', '--from', '-10m'], step: 300, count: 2 },
  ])('asks the archive of $options, all of it unless there is a range', async ({ options, step, count }) => {
    const times = timestamps(await print(['fetch', 'a.wsp', ...options]));
    expect([times.length, times[1]! - times[0]!]).toEqual([count, step]);
  });

  it('works at the time of the newest point with --now newest', async () => {
    const { start, end } = await printJson<{ start: number; end: number }>(
      ['fetch', 'b.wsp', '--now', 'newest', '--from', '-2m', '--json'],
      { now: NOW + 30 * 86_400 },
    );
    expect([start, end]).toEqual([MINUTE - 120, MINUTE]);
  });

  it.each([
    { range: ['--from', 'now+1h', '--until', 'now+2h'] },
    { range: ['--from', '-3d', '--until', '-2d'] },
  ])('ends with 1 if there can be no data $range', async ({ range }) => {
    expect(await sotto(['fetch', 'a.wsp', ...range])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'sotto: a.wsp: no data in the selected range\n',
    });
  });

  it('prints the files that have data beside one that has none, in the form of several', async () => {
    const run = await sotto(['fetch', 'a.wsp', 'b.wsp', '--from', '-3h', '--until', '-2h', '--json']);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('sotto: b.wsp: no data in the selected range\n');
    expect(JSON.parse(run.stdout)).toMatchObject([{ path: 'a.wsp' }]);
  });
});

describe('fetch --drop', () => {
  it.each([
    { drop: 'nulls', kept: ['1.25', '0', 'NaN', '-1e-7'] },
    { drop: 'zeroes', kept: ['1.25', 'NaN', 'None', '-1e-7'] },
    { drop: 'empty', kept: ['1.25', 'NaN', '-1e-7'] },
    { drop: 'nulls,zeroes', kept: ['1.25', 'NaN', '-1e-7'] },
  ])('$drop leaves $kept, each at its own time', async ({ drop, kept }) => {
    const all = await print(['fetch', 'a.wsp', '--from', '-5m']);
    const expected = all.split('\n').filter((line) => kept.includes(line.split('\t')[1] ?? ''));
    expect(await print(['fetch', 'a.wsp', '--from', '-5m', '--drop', drop])).toBe(`${expected.join('\n')}\n`);
    expect(expected).toHaveLength(kept.length);
  });

  it('keeps the times in JSON too', async () => {
    expect(await printJson(['fetch', 'a.wsp', '--from', '-5m', '--drop', 'nulls', '--json'])).toEqual({
      path: 'a.wsp',
      start: MINUTE - 240,
      end: MINUTE + 60,
      step: 60,
      points: [
        [MINUTE - 240, 1.25],
        [MINUTE - 180, 0],
        [MINUTE - 120, 'NaN'],
        [MINUTE, -1e-7],
      ],
    });
  });
});

describe('fetch of one file', () => {
  it.each([
    { format: 'csv', text: 'timestamp,value\n1699999860,NaN\n1699999920,\n1699999980,-1e-7\n' },
    { format: 'tsv', text: 'timestamp\tvalue\n1699999860\tNaN\n1699999920\t\n1699999980\t-1e-7\n' },
    {
      format: 'ndjson',
      text:
        '{"path":"a.wsp","timestamp":1699999860,"value":"NaN"}\n' +
        '{"path":"a.wsp","timestamp":1699999920,"value":null}\n' +
        '{"path":"a.wsp","timestamp":1699999980,"value":-1e-7}\n',
    },
    {
      format: 'json',
      text: '{"path":"a.wsp","start":1699999860,"end":1700000040,"step":60,"values":["NaN",null,-1e-7]}\n',
    },
    { format: 'text', text: '1699999860\tNaN\n1699999920\tNone\n1699999980\t-1e-7\n' },
  ])('as $format', async ({ format, text }) => {
    expect(await print(['fetch', 'a.wsp', '--from', '-3m', '--format', format])).toBe(text);
  });

  it('prints pairs with --points, which is JSON', async () => {
    const { points, values } = await printJson<{ points: unknown; values?: unknown }>([
      'fetch',
      'a.wsp',
      '--from',
      '-2m',
      '--points',
    ]);
    expect(points).toEqual([
      [MINUTE - 60, null],
      [MINUTE, -1e-7],
    ]);
    expect(values).toBeUndefined();
  });
});

describe('fetch of several files', () => {
  const ARGS = ['fetch', 'a.wsp', 'b.wsp', '--from', '-3m'];

  it.each([
    {
      format: 'text',
      text:
        '==> a.wsp <==\n1699999860\tNaN\n1699999920\tNone\n1699999980\t-1e-7\n' +
        '\n==> b.wsp <==\n1699999860\t20\n1699999920\tInfinity\n1699999980\tNone\n',
    },
    {
      format: 'csv',
      text: 'timestamp,a.wsp,b.wsp\n1699999860,NaN,20\n1699999920,,Infinity\n1699999980,-1e-7,\n',
    },
    {
      format: 'tsv',
      text: 'timestamp\ta.wsp\tb.wsp\n1699999860\tNaN\t20\n1699999920\t\tInfinity\n1699999980\t-1e-7\t\n',
    },
  ])('as $format', async ({ format, text }) => {
    expect(await print([...ARGS, '--format', format])).toBe(text);
  });

  it('as a list in JSON', async () => {
    expect(await printJson([...ARGS, '--json'])).toMatchObject([
      { path: 'a.wsp', values: ['NaN', null, -1e-7] },
      { path: 'b.wsp', values: [20, 'Infinity', null] },
    ]);
  });

  it('as lines of one after the other in NDJSON', async () => {
    const lines = (await print([...ARGS, '--format', 'ndjson', '--drop', 'nulls'])).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { path: 'a.wsp', timestamp: MINUTE - 120, value: 'NaN' },
      { path: 'a.wsp', timestamp: MINUTE, value: -1e-7 },
      { path: 'b.wsp', timestamp: MINUTE - 120, value: 20 },
      { path: 'b.wsp', timestamp: MINUTE - 60, value: 'Infinity' },
    ]);
  });

  it('puts files of different steps into one table, and quotes a path with a comma', async () => {
    using odd = create('x,y.wsp', { retentions: '2m:1h' });
    odd.update(5, MINUTE - 60, { now: NOW });
    expect(
      await print(['fetch', 'a.wsp', 'x,y.wsp', '--from', '-3m', '--format', 'csv', '--drop', 'nulls']),
    ).toBe('timestamp,a.wsp,"x,y.wsp"\n1699999860,NaN,\n1699999920,,5\n1699999980,-1e-7,\n');
  });
});

describe('fetch --time', () => {
  it.each([
    { form: 'unix', times: ['1699999920', '1699999980'] },
    { form: 'iso', times: ['2023-11-14T22:12:00Z', '2023-11-14T22:13:00Z'] },
    { form: 'local', times: ['2023-11-15T03:57:00+05:45', '2023-11-15T03:58:00+05:45'] },
    { form: '%d.%m.%Y %H:%M', times: ['14.11.2023 22:12', '14.11.2023 22:13'] },
  ])('$form prints $times in text and in tables', async ({ form, times }) => {
    vi.stubEnv('TZ', 'Asia/Kathmandu');
    const range = ['fetch', 'a.wsp', '--from', '-2m', '--time', form];
    expect(await print(range)).toBe(`${times[0]}\tNone\n${times[1]}\t-1e-7\n`);
    expect(await print([...range, '--format', 'csv'])).toBe(
      `timestamp,value\n${times[0]},\n${times[1]},-1e-7\n`,
    );
  });

  it('quotes a form with a comma in CSV', async () => {
    expect(await print(['fetch', 'a.wsp', '--from', '-1m', '--time', '%a, %H:%M', '--format', 'csv'])).toBe(
      'timestamp,value\n"Tue, 22:13",-1e-7\n',
    );
  });
});

describe('fetch --precision', () => {
  it.each([
    {
      format: 'text',
      text: '1699999740\t1.2\n1699999800\t0.0\n1699999860\tNaN\n1699999920\tNone\n1699999980\t-0.0\n',
    },
    {
      format: 'csv',
      text: 'timestamp,value\n1699999740,1.2\n1699999800,0.0\n1699999860,NaN\n1699999920,\n1699999980,-0.0\n',
    },
  ])('rounds the values of $format', async ({ format, text }) => {
    expect(await print(['fetch', 'a.wsp', '--from', '-5m', '--precision', '1', '--format', format])).toBe(
      text,
    );
  });

  it('rounds the numbers of JSON', async () => {
    const { values } = await printJson<{ values: unknown[] }>([
      'fetch',
      'a.wsp',
      '--from',
      '-5m',
      '--precision',
      '1',
      '--json',
    ]);
    expect(values.slice(0, 4)).toEqual([1.2, 0, 'NaN', null]);
  });
});

describe('fetch --consolidate', () => {
  it.each([
    { how: '5:max', lines: ['1699999500\t1.25', '1699999800\t0'] },
    { how: '2:sum', lines: ['1699999680\t1.25', '1699999800\tNaN', '1699999920\t-1e-7'] },
    { how: '2:last', lines: ['1699999680\t1.25', '1699999800\tNaN', '1699999920\t-1e-7'] },
    { how: '10:min', lines: ['1699999200\t1.25', '1699999800\t-1e-7'] },
    {
      how: '1:average',
      lines: [
        '1699999740\t1.25',
        '1699999800\t0',
        '1699999860\tNaN',
        '1699999920\tNone',
        '1699999980\t-1e-7',
      ],
    },
  ])('$how makes one value of each window', async ({ how, lines }) => {
    expect(await print(['fetch', 'a.wsp', '--from', '-5m', '--consolidate', how])).toBe(
      `${lines.join('\n')}\n`,
    );
  });

  it('tells the wider step in JSON', async () => {
    expect(await printJson(['fetch', 'b.wsp', '--from', '-4m', '--consolidate', '2:last', '--json'])).toEqual(
      {
        path: 'b.wsp',
        start: MINUTE - 180,
        end: MINUTE + 60,
        step: 120,
        values: [20, 'Infinity'],
      },
    );
  });
});

describe('what fetch remarks on, beside the values', () => {
  it('a range without a value, and where the newest point is', async () => {
    const run = await sotto(['fetch', 'a.wsp', '--now', '2030-01-01']);
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toMatch(
      /^sotto: a\.wsp: no values in this range; the newest point is of 2023-11-14T\d\d:\d\d:\d\dZ\n$/,
    );
  });

  it('a range that the chosen archive does not reach', async () => {
    const run = await sotto(['fetch', 'a.wsp', '--archive', '0', '--from', '-5h']);
    expect(run.stderr).toBe('sotto: a.wsp: archive 0 does not reach back further\n');
  });
});

it('fetch with --until alone begins 24 hours before it', async () => {
  const times = timestamps(await print(['fetch', 'a.wsp', '--until', '-1h']));
  // Further back than a day before now the file does not reach.
  const first = NOW - 86_400 - ((NOW - 86_400) % 300) + 300;
  expect([times[0], times.at(-1)]).toEqual([first, NOW - HOUR - ((NOW - HOUR) % 300)]);
});

describe('fetch of compressed files', () => {
  /** Ten minutes of rising values, a base of which the oldest have been rolled up. */
  const RISING = Array.from({ length: 600 }, (_, i) => [MINUTE - 599 + i, i] as const);

  it.each([
    { options: [] },
    { options: ['--compat'] },
    { options: ['--compat', '--json'] },
    { options: ['--json'] },
    { options: ['--format', 'csv'] },
    { options: ['--step', '1m'] },
  ])('prints the same as of a standard file with the same points, with $options', async ({ options }) => {
    const [standard, compressed] = await Promise.all(
      (['standard', 'compressed'] as const).map((format) => {
        using database = create(`${format}.wsp`, { retentions: '1s:15m,1m:1h', format });
        database.updateMany(RISING, { now: MINUTE });
        const range = ['--now', String(MINUTE), '--from', '-4m'];
        return print(['fetch', `${format}.wsp`, ...range, ...options]);
      }),
    );
    expect(compressed).toBe(standard!.replace('standard.wsp', 'compressed.wsp'));
    expect(compressed!.length).toBeGreaterThan(50);
  });

  it.each([
    { spec: 'max', value: 59 },
    { spec: 'p50', value: 29.5 },
  ])('--spec $spec reads that aggregation of a mix file', async ({ spec, value }) => {
    using database = create('mix.wsp', {
      retentions: '1s:15m,1m:1h',
      format: 'compressed',
      mix: ['max', 'p50'],
    });
    database.updateMany(
      RISING.map(([at]) => [at, at % 60] as const),
      { now: MINUTE },
    );
    database.close();
    const range = ['--now', String(MINUTE), '--from', '-5m', '--until', '-4m', '--step', '1m'];
    expect(await print(['fetch', 'mix.wsp', ...range, '--spec', spec])).toBe(`${MINUTE - 240}\t${value}\n`);
    expect(await print(['plot', 'mix.wsp', ...range, '--spec', spec, '--spark'])).toMatch(/^mix\.wsp /);
  });

  it.each([
    { file: 'mix.wsp', spec: ['--spec', 'p95'], message: "'p95'; expected one of max, p50" },
    { file: 'mix.wsp', spec: ['--spec', 'median'], message: "unknown aggregation method 'median'" },
    { file: 'a.wsp', spec: ['--spec', 'max'], message: "a file that is no mix; expected 'last', or none" },
    {
      file: 'mix.wsp',
      spec: ['--spec', 'max', '--archive', '1'],
      message: "'--spec <method>' cannot be used with option '--archive <n>'",
    },
  ])('refuses $spec of $file with 2', async ({ file, spec, message }) => {
    create('mix.wsp', { retentions: '1s:15m,1m:1h', format: 'compressed', mix: ['max', 'p50'] }).close();
    const run = await sotto(['fetch', file, ...spec]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/^sotto: /);
    expect(run.stderr).toContain(message);
  });
});
