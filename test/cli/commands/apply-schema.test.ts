import { mkdirSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { create, open } from '../../../src/index.js';
import { filesHere, NOW, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

const SCHEMAS = `# the agents' own
[carbon]
pattern = ^carbon\\.
retentions = 60:90d

[cpu #1; first]
pattern = ^servers\\.[a-z0-9#;]+\\.cpu
retentions = 10s:2h,1m:7d

[servers]
pattern = ^servers\\.
retentions = 1m:30d
`;
const AGGREGATION = `[max]
pattern = \\.max$
xFilesFactor = 0
aggregationMethod = max
`;

beforeEach(() => {
  mkdirSync('t/servers/web#1;a', { recursive: true });
  mkdirSync('t/carbon');
  const layouts = { retentions: '10s:1h,1m:1d' };
  for (const name of ['servers/web#1;a/cpu', 'servers/web#1;a/mem', 'servers/load.max', 'other'])
    create(`t/${name}.wsp`, layouts).updateMany(
      [
        [NOW - 30, 1],
        [NOW, 2],
      ],
      { now: NOW },
    );
  create('t/carbon/points.wsp', { retentions: '60:90d' }).close();
  writeFileSync('schemas.conf', SCHEMAS);
  writeFileSync('aggregation.conf', AGGREGATION);
});

const layoutOf = (name: string) => {
  using database = open(`t/${name}.wsp`, { readOnly: true });
  const { archives, aggregation, xFilesFactor } = database.info;
  return `${archives.map(({ step, points }) => `${step}:${points}`)} ${aggregation} ${xFilesFactor}`;
};

describe('apply-schema', () => {
  it('gives each file what the first section says whose pattern is in its name', async () => {
    const { stdout, stderr, exitCode } = await sotto([
      ...['apply-schema', '--schemas', 'schemas.conf', '--aggregation', 'aggregation.conf', 't'],
    ]);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('sotto: 3 files changed, 1 as they should be, 1 of no schema\n');
    expect(stdout).toMatch(/^t\/servers\/web#1;a\/cpu\.wsp: \[cpu #1; first\] \[default\] 10s:1h,1m:1d -> /m);
    expect(layoutOf('servers/web#1;a/cpu')).toBe('10:720,60:10080 average 0.5');
    expect(layoutOf('servers/web#1;a/mem')).toBe('60:43200 average 0.5');
    expect(layoutOf('servers/load.max')).toBe('60:43200 max 0');
    expect(layoutOf('other')).toBe('10:360,60:1440 average 0.5');
    expect(layoutOf('carbon/points')).toBe('60:129600 average 0.5');
  });

  it('finds nothing to do the second time, and writes no file', async () => {
    const args = ['apply-schema', '--schemas', 'schemas.conf', '--aggregation', 'aggregation.conf', 't'];
    await sotto(args);
    const before = filesHere();
    const { stdout, stderr } = await sotto(args);
    expect({ stdout, stderr }).toEqual({
      stdout: '',
      stderr: 'sotto: 0 files changed, 4 as they should be, 1 of no schema\n',
    });
    expect(filesHere()).toEqual(before);
  });

  it('leaves what is not to be changed, and metrics of no section', async () => {
    await sotto([
      ...['apply-schema', '--schemas', 'schemas.conf', '--aggregation', 'aggregation.conf'],
      ...['--only', 'xff,agg', 't'],
    ]);
    expect(layoutOf('servers/load.max')).toBe('10:360,60:1440 max 0');
    expect(layoutOf('other')).toBe('10:360,60:1440 average 0.5');
  });

  it('gives them the default of carbon where that is asked for', async () => {
    await sotto(['apply-schema', '--schemas', 'schemas.conf', '--default', 't']);
    expect(layoutOf('other')).toBe('60:10080 average 0.5');
  });

  it('counts names from a root for a folder within, and for a file', async () => {
    await sotto(['apply-schema', '--schemas', 'schemas.conf', '--root', 't', 't/servers/load.max.wsp']);
    expect(layoutOf('servers/load.max')).toBe('60:43200 average 0.5');
    expect(layoutOf('servers/web#1;a/mem')).toBe('10:360,60:1440 average 0.5');
    await sotto(['apply-schema', '--schemas', 'schemas.conf', '--root', 't', 't/servers']);
    expect(layoutOf('servers/web#1;a/mem')).toBe('60:43200 average 0.5');
  });

  it('changes the format where a section says so and that is asked for', async () => {
    writeFileSync('go.conf', '[all]\npattern = .*\nretentions = 10s:2h,1m:2d\ncompressed = true\n');
    const formatOf = (name: string) => open(`t/${name}.wsp`, { readOnly: true }).format;
    const [record] = await printJson<[object]>([
      ...[
        'apply-schema',
        '--schemas',
        'go.conf',
        '--convert',
        '--quiet',
        '--json',
        '--root',
        't',
        't/other.wsp',
      ],
    ]);
    expect(record).toMatchObject({
      metric: 'other',
      format: { before: 'standard', after: 'compressed' },
      change: 'archives',
    });
    expect([formatOf('other'), formatOf('carbon/points')]).toEqual(['compressed', 'standard']);
    using database = open('t/other.wsp');
    expect([...database.fetch(NOW - 40, NOW, { now: NOW })!.knownPoints()]).toEqual([
      [NOW - 30, 1],
      [NOW, 2],
    ]);
  });

  it('changes neither format nor archives of a file where one of them is refused', async () => {
    writeFileSync('odd.conf', '[all]\npattern = ^other$\nretentions = 7s:1d\ncompressed = true\n');
    const args = ['apply-schema', '--schemas', 'odd.conf', '--convert', 't'];
    const before = filesHere();
    const dry = await sotto([...args, '--dry-run']);
    const real = await sotto(args);
    expect([dry.exitCode, real.exitCode]).toEqual([2, 2]);
    expect(real.stderr).toMatch(/has no place for the \d+ points/);
    expect(filesHere()).toEqual(before);
    expect((await sotto([...args, '--backup'])).exitCode).toBe(0);
    expect(Object.keys(filesHere())).toContain('t/other.wsp.bak');
  });

  it('tells in a dry run, file by file, and touches none', async () => {
    const before = filesHere();
    const { stdout, stderr } = await sotto(['apply-schema', '--schemas', 'schemas.conf', '--dry-run', 't']);
    expect(stdout.split('\n')).toHaveLength(4);
    expect(stderr).toBe('sotto: 3 files would be changed, 1 as they should be, 1 of no schema\n');
    expect(filesHere()).toEqual(before);
  });

  it.each([
    ['y\n', 0, '60:43200 average 0.5'],
    ['\n', 1, '10:360,60:1440 average 0.5'],
    ['', 1, '10:360,60:1440 average 0.5'],
  ])('asks first with --confirm: %j', async (stdin, exitCode, layout) => {
    const run = await sotto(['apply-schema', '--schemas', 'schemas.conf', '--confirm', 't'], { stdin });
    expect(run.exitCode).toBe(exitCode);
    expect(run.stderr).toMatch(/sotto: t: change 3 files\? \[y\/N\] /);
    expect(layoutOf('servers/web#1;a/mem')).toBe(layout);
  });

  it.each([
    [['t'], 2, /neither --schemas nor --aggregation/],
    [['--schemas', 'none.conf', 't'], 4, /none\.conf/],
    [['--schemas', 'bad.conf', 't'], 3, /bad\.conf.*line 3/],
    [['--schemas', 'schemas.conf', 't/other.wsp'], 2, /--root/],
    [['--schemas', 'schemas.conf', '--only', 'steps', 't'], 2, /retentions, agg, xff/],
  ])('%j is refused with %i, and nothing is changed', async (args, code, words) => {
    writeFileSync('bad.conf', '[a]\npattern = x\nretentions = 10q:1d\n');
    const before = filesHere();
    const { exitCode, stderr } = await sotto(['apply-schema', ...args]);
    expect({ exitCode, stderr }).toEqual({ exitCode: code, stderr: expect.stringMatching(words) });
    expect(filesHere()).toEqual(before);
  });
});
