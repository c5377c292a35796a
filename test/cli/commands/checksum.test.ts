import { beforeEach, describe, expect, it } from 'vitest';
import { convert, create, open } from '../../../src/index.js';
import { checksum } from '../../../src/tools/checksum.js';
import { NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

/** Points from 5000 s ago: those older than an hour stand in the coarser archive alone, the last of each minute, a 0. */
beforeEach(() => {
  using database = create('a.wsp', { retentions: '10s:1h,1m:1d', xFilesFactor: 0 });
  const points = Array.from({ length: 500 }, (_, i) => [NOW - 10 * i, i % 3] as const);
  database.updateMany(points, { now: NOW });
  create('empty.wsp', { retentions: '1m:1h' }).close();
});

/** The digests of a file. */
function digestsOf(path: string, options: object = {}): string[] {
  using database = open(path, { readOnly: true });
  return checksum(database, { now: NOW, ...options }).map(({ digest }) => digest);
}

describe('checksum', () => {
  it('prints a line for each file: of each archive a digest, the values and those that are not 0', async () => {
    const [base, coarse] = digestsOf('a.wsp');
    const [nothing] = digestsOf('empty.wsp');
    expect(await print(['checksum', 'a.wsp', 'empty.wsp'])).toBe(
      `a.wsp\t${base} 360 240\t${coarse} 84 61\nempty.wsp\t${nothing} 0 0\n`,
    );
    expect(base).toMatch(/^[0-9a-f]{16}$/);
  });

  it('prints the same for a compressed conversion', async () => {
    convert('a.wsp', 'c.wsp', { to: 'compressed', now: NOW });
    const [a, c] = (await print(['checksum', 'a.wsp', 'c.wsp'])).split('\n');
    expect(c).toBe(a!.replace('a.wsp', 'c.wsp'));
  });

  it.each([
    { options: ['--archive', '1'], fields: () => [digestsOf('a.wsp')[1], '84', '61'] },
    {
      options: ['--archive', '0', '--offset', '60'],
      fields: () => [digestsOf('a.wsp', { offset: 60 })[0], '354', '236'],
    },
    {
      options: ['--archive', '0', '--offset', '1m'],
      fields: () => [digestsOf('a.wsp', { offset: 60 })[0], '354', '236'],
    },
    {
      options: ['--archive', '0', '--now', `${NOW + 1800}`],
      fields: () => [digestsOf('a.wsp', { now: NOW + 1800 })[0], '180', '120'],
    },
    { options: ['--archive', '0', '--now', 'newest'], fields: () => [digestsOf('a.wsp')[0], '360', '240'] },
  ])('with $options', async ({ options, fields }) => {
    expect(await print(['checksum', 'a.wsp', ...options])).toBe(`a.wsp\t${fields().join(' ')}\n`);
  });

  it('prints JSON, a record for one file and a list for several', async () => {
    const [base, coarse] = digestsOf('a.wsp');
    const record = {
      path: 'a.wsp',
      archives: [
        { archive: 0, step: 10, points: 360, digest: base, values: 360, nonZero: 240 },
        { archive: 1, step: 60, points: 1440, digest: coarse, values: 84, nonZero: 61 },
      ],
    };
    expect(await printJson(['checksum', 'a.wsp', '--json'])).toEqual(record);
    expect(await printJson(['checksum', 'a.wsp', 'empty.wsp', '--json'])).toMatchObject([
      record,
      { path: 'empty.wsp' },
    ]);
  });

  it.each([
    { args: ['a.wsp', '--archive', '2'], message: 'a.wsp: no archive 2; expected 0 to 1' },
    { args: ['a.wsp', '--offset', 'soon'], message: "duration 'soon'" },
    { args: ['a.wsp', '--offset', '-5'], message: "duration '-5'" },
  ])('refuses $args with 2', async ({ args, message }) => {
    const run = await sotto(['checksum', ...args]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/^sotto: /);
    expect(run.stderr).toContain(message);
  });
});
