import { spawnSync } from 'node:child_process';
import { mkdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { create } from '../../../src/index.js';
import { NOW, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

const BIN = fileURLToPath(new URL('../../../dist/cli/bin.js', import.meta.url));

const DAY = 86_400;

function make(
  path: string,
  age: number | undefined,
  options: { retentions?: string; format?: 'compressed' } = {},
): void {
  using database = create(path, { retentions: '1m:1h,1h:90d', ...options });
  const at = NOW - (age ?? 0);
  if (age !== undefined) database.update(1, at, { now: at });
  utimesSync(path, at, at);
}

beforeEach(() => {
  mkdirSync('tree/web', { recursive: true });
  make('tree/web/cpu.wsp', 30);
  make('tree/web/old.wsp', 70 * DAY, { format: 'compressed' });
  make('tree/empty.wsp', undefined);
});

/** What a list printed, line by line, and its exit code. */
async function lines(...args: string[]): Promise<{ lines: string[]; exitCode: number }> {
  const { stdout, exitCode } = await sotto(['list', '--quiet', ...args]);
  return { lines: stdout.split('\n').slice(0, -1), exitCode };
}

const ALL = ['tree/empty.wsp', 'tree/web/cpu.wsp', 'tree/web/old.wsp'];

describe('list', () => {
  it('prints a path a line, and a summary beside it', async () => {
    expect(await sotto(['list', 'tree'])).toEqual({
      exitCode: 0,
      stdout: ALL.map((path) => `${path}\n`).join(''),
      stderr: expect.stringMatching(/^sotto: 3 files, 5\d\.\d KiB, \d+\.\d KiB on the disk\n$/),
    });
  });

  it.each([
    { args: ['--names'], found: ['empty', 'web.cpu', 'web.old'] },
    { args: ['--names', '--root', '.'], found: ['tree.empty', 'tree.web.cpu', 'tree.web.old'] },
    { args: ['--stale', '60d'], found: ['tree/web/old.wsp'] },
    { args: ['--stale', '60d', '--now', 'now+61d'], found: ALL },
    { args: ['--match', 'web.*'], found: ALL.slice(1) },
    { args: ['--match', '/^e|old/'], found: ['tree/empty.wsp', 'tree/web/old.wsp'] },
    { args: ['--kind', 'compressed, empty'], found: ['tree/empty.wsp', 'tree/web/old.wsp'] },
    { args: ['--sort', 'last'], found: ['tree/web/old.wsp', 'tree/web/cpu.wsp', 'tree/empty.wsp'] },
    {
      args: ['--sort', 'size', '--reverse', '--kind', 'standard'],
      found: ['tree/web/cpu.wsp', 'tree/empty.wsp'],
    },
    { args: ['--reverse'], found: ALL.toReversed() },
    { args: ['tree/web', './tree/web/cpu.wsp'], found: ALL },
  ])('with $args prints $found', async ({ args, found }) => {
    expect(await lines('tree', ...args)).toEqual({ lines: found, exitCode: 0 });
  });

  it('prints them in their order also where several threads look at them', () => {
    for (let i = 0; i < 20; i++) make(`tree/web/m${i}.wsp`, i);
    const args = (jobs: string) => [
      BIN,
      'list',
      '--format',
      'ndjson',
      '--now',
      `${NOW}`,
      '--jobs',
      jobs,
      'tree',
    ];
    const [one, three] = ['1', '3'].map((jobs) =>
      spawnSync(process.execPath, args(jobs), { encoding: 'utf8' }),
    );
    expect(three).toMatchObject({ status: 0, stdout: one!.stdout, stderr: one!.stderr });
    expect(one!.stdout.split('\n')).toHaveLength(24);
  });

  it('ends each with a zero byte for xargs -0', async () => {
    expect((await sotto(['list', '-q', '-0', 'tree'])).stdout).toBe(ALL.map((path) => `${path}\0`).join(''));
  });

  it('prints more of each with --long, the time of the last change marked', async () => {
    const { lines: rows } = await lines('--long', 'tree');
    expect(
      rows.map((row) => row.replace(/ +/g, ' ').replace(/[\d.]+ [KM]?i?B [\d.]+ [KM]?i?B/, 'SIZES')),
    ).toEqual([
      '2023-11-14T22:13:20Z* SIZES standard average 0.5 1m:1h,1h:90d tree/empty.wsp',
      '2023-11-14T22:12:00Z SIZES standard average 0.5 1m:1h,1h:90d tree/web/cpu.wsp',
      '2023-09-05T22:13:00Z SIZES compressed average 0.5 1m:1h,1h:90d tree/web/old.wsp',
    ]);
    expect((await lines('-l', '--time', 'unix', '--names', 'tree')).lines[1]).toMatch(
      /^1699999920 .* web\.cpu$/,
    );
    expect((await lines('-l', '--fast', 'tree')).lines[1]).toMatch(/^2023-11-14T22:12:50Z\* /);
  });

  const record = {
    path: 'tree/web/cpu.wsp',
    name: 'web.cpu',
    format: 'standard',
    retentions: '1m:1h,1h:90d',
    aggregation: 'average',
    xFilesFactor: 0.5,
    newest: 1_699_999_920,
    modified: NOW - 30,
    size: 40 + 12 * (60 + 2160),
    diskSize: expect.any(Number),
  };

  it('prints JSON, also of nothing', async () => {
    const run = await sotto(['list', '--json', 'tree']);
    expect((JSON.parse(run.stdout) as unknown[])[1]).toEqual(record);
    expect(await sotto(['list', '--json', '--match', 'x', 'tree'])).toMatchObject({
      stdout: '[]\n',
      exitCode: 1,
    });
    const { lines: rows } = await lines('--format', 'ndjson', 'tree');
    expect(rows.map((row) => JSON.parse(row))[1]).toEqual(record);
  });

  it('prints CSV', async () => {
    const { lines: rows } = await lines('--format', 'csv', 'tree/web', '--root', 'tree', '--time', 'unix');
    expect(rows[0]).toBe(
      'path,name,format,retentions,aggregation,xFilesFactor,newest,modified,size,diskSize,schema,mismatches,problem',
    );
    expect(rows[1]).toMatch(
      /^tree\/web\/cpu\.wsp,web\.cpu,standard,"1m:1h,1h:90d",average,0\.5,1699999920,1699999970,26680,\d+,,,$/,
    );
  });

  it('reports what is damaged, goes on, and lists it on demand', async () => {
    truncateSync('tree/web/cpu.wsp', 100);
    const run = await sotto(['list', 'tree']);
    expect(run).toMatchObject({ exitCode: 3, stdout: 'tree/empty.wsp\ntree/web/old.wsp\n' });
    expect(run.stderr).toMatch(/^sotto: tree\/web\/cpu\.wsp: a file of 100 bytes that was cut off/);
    expect(run.stderr).toContain('sotto: 2 of 3 files, ');
    expect(await lines('--damaged', 'tree')).toEqual({ lines: ['tree/web/cpu.wsp'], exitCode: 0 });
    expect((await lines('--damaged', '--long', 'tree')).lines[0]).toMatch(
      / damaged .* tree\/web\/cpu\.wsp {2}\(a file of 100 bytes that was cut off;/,
    );
    const { stdout, exitCode } = await sotto(['list', '--json', 'tree']);
    expect([(JSON.parse(stdout) as { problem?: object }[])[1]!.problem, exitCode]).toEqual([
      { code: 'WSP_CORRUPT', message: expect.any(String) },
      3,
    ]);
  });

  it('compares with the configuration, and counts what no section is for', async () => {
    writeFileSync(
      's.conf',
      '[web]\npattern = ^web\\.\nretentions = 1m:1h,1h:90d\n[none]\nretentions = 1m:1d\n',
    );
    writeFileSync('g.conf', '[cpu]\npattern = cpu$\nxFilesFactor = 0.1\n');
    const rules = ['--schemas', 's.conf', '--aggregation', 'g.conf'];
    const run = await sotto(['list', '--schema-mismatch', ...rules, '--long', 'tree']);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/^.* tree\/web\/cpu\.wsp {2}\[xFilesFactor 0\.1\]\n$/);
    expect(run.stderr).toBe(
      'sotto: s.conf: line 4: [none] has no pattern, so it is for no metric\n' +
        `sotto: 1 of 3 files, 26.1 KiB, ${run.stderr.match(/KiB, (.*) on/)![1]} on the disk; 1 of no schema\n`,
    );
    const { lines: rows } = await lines('--schema-mismatch', ...rules, '--format', 'ndjson', 'tree');
    expect(rows.map((row) => JSON.parse(row))).toEqual([
      {
        ...record,
        schema: 'web',
        aggregationSchema: 'cpu',
        mismatches: [{ field: 'xFilesFactor', is: 0.5, shouldBe: 0.1 }],
      },
    ]);
    expect(await lines('--schema-mismatch', '--schemas', 's.conf', 'tree')).toEqual({
      lines: [],
      exitCode: 1,
    });
    expect(await lines('--schema-mismatch', '--schemas', 's.conf', '--default', 'tree')).toMatchObject({
      lines: ['tree/empty.wsp'],
    });
    expect(await lines('--schema-mismatch', ...rules, '--root', 'tree', 'tree/web/cpu.wsp')).toMatchObject({
      lines: ['tree/web/cpu.wsp'],
    });
  });

  it.each([
    { args: ['tree', '--match', 'x'], exitCode: 1, message: 'sotto: 0 of 3 files, 0 B, 0 B on the disk' },
    { args: ['none'], exitCode: 4, message: 'sotto: none: cannot look at it: ENOENT' },
    { args: ['.', '--match', '['], exitCode: 1, message: '0 of 3 files' },
    { args: ['tree', '--stale', '60 years'], exitCode: 2, message: 'It must be a duration such as 60d' },
    { args: ['tree', '--kind', 'odd'], exitCode: 2, message: 'It must be some of standard, compressed' },
    { args: ['tree', '--match', '/(/'], exitCode: 2, message: 'Invalid regular expression' },
    { args: ['tree', '--match', '{a'], exitCode: 2, message: "the glob '{a' has a '{' that is not closed" },
    { args: ['tree', '--schema-mismatch'], exitCode: 2, message: 'expected --schemas or --aggregation' },
    { args: ['tree', '--fast', '--kind', 'empty'], exitCode: 2, message: '--kind empty and --fast' },
    { args: ['tree', '--schemas', 'no.conf'], exitCode: 4, message: 'no.conf: cannot read it: ENOENT' },
    { args: ['tree', '-0', '--long'], exitCode: 2, message: "option '-0, --null' cannot be used with" },
    { args: [], exitCode: 2, message: "missing required argument 'paths'" },
    { args: ['tree/empty.wsp', '--schemas', 's'], exitCode: 2, message: "'tree/empty.wsp' is no folder" },
  ])('ends with $exitCode at $args', async ({ args, exitCode, message }) => {
    const run = await sotto(['list', ...args]);
    expect(run).toMatchObject({ stdout: '', stderr: expect.stringContaining(message) });
    expect(run.exitCode).toBe(exitCode);
  });

  it('says that a folder has no such files', async () => {
    mkdirSync('bare');
    expect(await sotto(['list', 'bare'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'sotto: bare: no .wsp files\n',
    });
  });
});
