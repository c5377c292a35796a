import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type AggregationMethod, create } from '../../src/index.js';
import { type CliRun, NOW, sotto, useFreshFolder } from '../support/cli.js';

useFreshFolder();

const HOUR = 3600;
const run = promisify(execFile);

/** Runs scripts one after the other in one interpreter, whose start takes longer than they do. */
const DRIVER = `
import contextlib, io, json, runpy, sys
results = []
for name, args in json.loads(sys.argv[1]):
    sys.argv = [name, *args]
    out, err, code = io.StringIO(), '', 0
    with contextlib.redirect_stdout(out):
        try:
            runpy.run_path('/usr/bin/' + name, run_name='__main__')
        except SystemExit as end:
            code = end.code or 0
    if isinstance(code, str):
        err, code = code + '\\n', 1
    results.append({'exitCode': code, 'stdout': out.getvalue(), 'stderr': err})
print(json.dumps(results))
`;

type Call = readonly [name: string, args: readonly string[]];

/** Runs Debian's scripts, Whisper 1.1.4, in the working folder. */
async function scripts(calls: readonly Call[]): Promise<CliRun[]> {
  const options = { maxBuffer: 1 << 28 };
  const { stdout } = await run('/usr/bin/python3', ['-c', DRIVER, JSON.stringify(calls)], options);
  return JSON.parse(stdout) as CliRun[];
}

/** Expects of our command, with --compat, whatever the script of that name does. */
async function expectSame(calls: readonly Call[], compat = ['--compat']): Promise<void> {
  const theirs = await scripts(calls);
  for (const [i, [name, args]] of calls.entries()) {
    const command = name.replace('whisper-', '');
    expect(await sotto([command, ...compat, ...args], { now })).toEqual(theirs[i]);
  }
}

/** Seconds of the real clock, which the scripts read; every range below keeps well clear of it. */
const now = Math.floor(Date.now() / 1000);

const RINGS = [
  { definitions: ['10s:6h'], method: 'average', xFilesFactor: 0.5 },
  { definitions: ['60:90', '5m:1d', '1h:30d'], method: 'sum', xFilesFactor: 0.3 },
  { definitions: ['1s:2h', '1h:7d'], method: 'absmin', xFilesFactor: 0 },
  { definitions: ['7s:1100', '21s:7h'], method: 'avg_zero', xFilesFactor: 1 },
] as const satisfies { definitions: string[]; method: AggregationMethod; xFilesFactor: number }[];

const SPECIAL = [0, -0, Number.NaN, 1 / 0, -1 / 0, 5e-324, 1.7e308, 1e16, 1e22, 0.1, 2.5, -1e-7, 123456789.5];

/** Numbers from 0 to 1 that are the same in every run. */
function* randoms(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** A database with points, gaps and every odd value of the last hours. */
function makeRandom(path: string, { definitions, method, xFilesFactor }: (typeof RINGS)[number]): void {
  using database = create(path, { retentions: [...definitions], aggregation: method, xFilesFactor });
  const random = randoms(definitions[0].length);
  const next = () => random.next().value as number;
  const points: [number, number][] = [];
  for (let age = 0; age < 20 * HOUR; age += 1 + Math.floor(next() * 400)) {
    const value =
      next() < 0.4 ? SPECIAL[Math.floor(next() * SPECIAL.length)]! : (next() - 0.3) * 10 ** (next() * 24);
    points.push([now - age, value]);
  }
  database.updateMany(points, { now });
}

const FETCHES = [
  [],
  ['--json'],
  ['--json', '--drop=nulls'],
  ['--json', '--drop', 'zeroes'],
  ['--json', '--drop', 'empty'],
  ['--pretty'],
  ['--pretty', '-t', '%a %d %b %Y %H:%M:%S %Z %j%%'],
];
const RANGES = [
  { fromHours: 1, untilHours: 0.1 },
  { fromHours: 5, untilHours: 1 },
];

// In the list of results these are shown as skipped where the Debian package python3-whisper is missing.
describe.skipIf(!existsSync('/usr/bin/whisper-fetch'))('beside the scripts of python3-whisper', () => {
  beforeEach(() => {
    vi.stubEnv('TZ', 'America/New_York');
    vi.stubEnv('LC_ALL', 'C');
  });

  describe.each(RINGS)('on a file of $definitions by $method', (ring) => {
    it.each(RANGES)(
      'fetch prints what whisper-fetch prints, from $fromHours to $untilHours hours ago',
      async (range) => {
        makeRandom('a.wsp', ring);
        const [from, until] = [now - range.fromHours * HOUR, now - range.untilHours * HOUR];
        const place = [`--from=${from}`, `--until=${until}`, 'a.wsp'];
        await expectSame(FETCHES.map((options) => ['whisper-fetch', [...options, ...place]]));
      },
    );

    it('info prints what whisper-info prints', async () => {
      makeRandom('a.wsp', ring);
      const fields = ['xFilesFactor', 'aggregationMethod', 'maxRetention', 'archives', 'fileSize', 'no_such'];
      const calls = [['a.wsp'], ['--json', 'a.wsp'], ...fields.map((field) => ['a.wsp', field])];
      await expectSame(calls.map((args) => ['whisper-info', args]));
    });

    it('dump prints what whisper-dump prints', async () => {
      makeRandom('a.wsp', ring);
      const calls = [
        ['a.wsp'],
        ['--pretty', 'a.wsp'],
        ['--pretty', '--time-format', '%d %B %I:%M %p', 'a.wsp'],
      ];
      await expectSame(calls.map((args) => ['whisper-dump', args]));
    });

    it('an estimate is that of whisper-create', async () => {
      await expectSame([['whisper-create', ['--estimate', ring.definitions.join(',')]]], []);
    });
  });

  it('what fails there fails here in the same words', async () => {
    makeRandom('a.wsp', RINGS[0]);
    await expectSame([
      ['whisper-fetch', ['nope.wsp']],
      ['whisper-fetch', ['--json', 'nope.wsp']],
      ['whisper-fetch', [`--from=${now + 2 * HOUR}`, `--until=${now + 3 * HOUR}`, 'a.wsp']],
      ['whisper-dump', ['nope.wsp']],
    ]);
  });
});

describe('--compat', () => {
  it.each([
    ['fetch', '--format', 'csv'],
    ['fetch', '--points'],
    ['fetch', '--precision', '2'],
    ['fetch', '--time', 'iso'],
    ['fetch', '--consolidate', '2:max'],
    ['dump', '--slots'],
    ['dump', '--header-only'],
    ['dump', '--archive', '0'],
    ['dump', '--format', 'csv'],
    ['dump', '--json'],
  ])('of %s refuses %s, which the script has not', async (command, ...options) => {
    create('a.wsp', { retentions: '1m:1h' }).close();
    const run = await sotto([command, 'a.wsp', '--compat', ...options]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain(`sotto: option '--compat' cannot be used with option '${options[0]}`);
  });

  it('is meant by --pretty, whose times are local and in words', async () => {
    vi.stubEnv('TZ', 'Asia/Kathmandu');
    create('a.wsp', { retentions: '1m:1h' }).close();
    const { stdout } = await sotto(['fetch', 'a.wsp', '--pretty', '--from', '-1m'], { now: NOW });
    expect(stdout).toBe('Wed Nov 15 03:58:00 2023\tNone\n');
  });

  it('prints every slot of every archive with dump --raw, the empty ones too', async () => {
    using database = create('a.wsp', { retentions: '1m:2,2m:2', xFilesFactor: 0.5 });
    database.update(0.1, NOW, { now: NOW });
    expect(await sotto(['dump', 'a.wsp', '--compat', '--raw'])).toEqual({
      exitCode: 0,
      stdout:
        '1699999980:0.1000000000000000055511151231257827\n0:0\n' +
        '1699999920:0.1000000000000000055511151231257827\n0:0\n',
      stderr: '',
    });
  });

  it('leaves a time that cannot be read a matter of usage', async () => {
    create('a.wsp', { retentions: '1m:1h' }).close();
    expect(await sotto(['fetch', 'a.wsp', '--compat', '--from', 'soon'])).toMatchObject({
      exitCode: 2,
      stdout: '',
    });
  });

  it('ends with 1 where the script would, in its form', async () => {
    create('a.wsp', { retentions: '1m:1h' }).close();
    const run = await sotto(['fetch', 'a.wsp', '--compat', '--from', '1700000000', '--until', '1600000000']);
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toMatch(/^\[ERROR\] a\.wsp: a range from 1700000000 until 1600000000/);
  });
});

it.each(['info', 'dump'])('%s --compat of a compressed file says that it cannot be', async (command) => {
  create('c.wsp', { retentions: '1m:1h', format: 'compressed' }).close();
  expect(await sotto([command, '--compat', 'c.wsp'])).toEqual({
    exitCode: 1,
    stdout: '',
    stderr:
      `[ERROR] c.wsp: a compressed database (cwhisper); expected a standard one: whisper-${command} knows no other, ` +
      'so that --compat cannot print it\n',
  });
});
