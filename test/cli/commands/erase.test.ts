import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { create, type Format, open } from '../../../src/index.js';
import { NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

const FORMATS: readonly Format[] = ['standard', 'compressed'];

/** A point every ten seconds of the last ten minutes. */
beforeEach(() => {
  for (const format of FORMATS) {
    using database = create(`${format}.wsp`, { retentions: '10s:1h,1m:1d', format });
    const points = Array.from({ length: 60 }, (_, i) => [NOW - 10 * i, i] as const);
    database.updateMany(points, { now: NOW });
  }
});

/** Times of the finest archive, as ages. */
function ages(path: string): number[] {
  using database = open(path, { readOnly: true });
  return [...database.fetch(NOW - 600, NOW, { now: NOW, archive: 0 })!.knownPoints()].map(([at]) => NOW - at);
}

describe.each(FORMATS)('erase in a %s file', (format) => {
  const path = `${format}.wsp`;

  it('takes the range out and tells how many points that were', async () => {
    const args = ['erase', path, '--from', '-5m', '--until', 'now-4m', '--archive', '0'];
    expect(await print(args)).toBe(`${path}: 6 points erased\n`);
    expect(ages(path).filter((age) => age >= 230 && age <= 310)).toEqual([310, 300, 230]);
    expect(await print(args)).toBe(`${path}: 0 points erased\n`);
  });

  it('takes it out of every archive, as the library does', async () => {
    using database = open(readFileSync(path));
    const { erased } = database.erase(NOW - 300, NOW - 120, { now: NOW });
    expect(erased).toBeGreaterThan(18);
    expect(await print(['erase', '--from', `${NOW - 300}`, '--until', '-2m', path])).toBe(
      `${path}: ${erased} points erased\n`,
    );
    expect(readFileSync(path).equals(database.toBytes())).toBe(true);
  });

  it('with --dry-run only tells', async () => {
    const before = readFileSync(path);
    const range = ['--from', '-1h', '--until', 'now', '--archive', '0'];
    expect(await print(['erase', path, ...range, '--dry-run'])).toBe(`${path}: 60 points would be erased\n`);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('prints JSON', async () => {
    const range = ['--from', '-10s', '--until', 'now', '--archive', '0', '--json'];
    const record = { path, erased: 1 };
    expect(await printJson(['erase', path, ...range, '--dry-run'])).toEqual({ ...record, dryRun: true });
    expect(await printJson(['erase', path, ...range, '--durable'])).toEqual({ ...record, dryRun: false });
  });

  it('counts back from --now, and from the newest point', async () => {
    const range = ['--from', '-20s', '--until', 'now', '--archive', '0', '--json'];
    expect(await printJson(['erase', path, ...range, '--now', `${NOW - 100}`])).toMatchObject({ erased: 2 });
    const late = { now: NOW + 55 };
    expect(await printJson(['erase', path, ...range, '--now', 'newest'], late)).toMatchObject({ erased: 2 });
    expect(ages(path).slice(-3)).toEqual([40, 30, 20]);
  });

  it.each([
    { args: ['--from', '-1h'], exitCode: 2, message: "required option '--until <time>' not specified" },
    { args: ['--until', 'now'], exitCode: 2, message: "required option '--from <time>' not specified" },
    { args: ['--from', 'now', '--until', '-1h'], exitCode: 2, message: `${path}: a range from ${NOW} until` },
    { args: ['--from', 'now', '--until', '-1h', '--dry-run'], exitCode: 2, message: `${path}: a range from` },
    {
      args: ['--from', '-1h', '--until', 'now', '--archive', '2'],
      exitCode: 2,
      message: `${path}: no archive 2; expected 0 to 1`,
    },
    { args: ['--from', 'soon', '--until', 'now'], exitCode: 2, message: "time 'soon'" },
  ])('refuses $args', async ({ args, exitCode, message }) => {
    const before = readFileSync(path);
    const run = await sotto(['erase', path, ...args]);
    expect(run).toMatchObject({ stdout: '' });
    expect(run.stderr).toContain(message);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(run.exitCode).toBe(exitCode);
  });
});

it('ends with 3 for a damaged block, also in a dry run, and with 4 for no file', async () => {
  const bytes = readFileSync('compressed.wsp');
  using database = open(bytes);
  bytes[database.blocks(0)[0]!.offset + 14]! ^= 1;
  writeFileSync('damaged.wsp', bytes);
  const range = ['--from', '-1h', '--until', '-5m'];
  for (const dry of [[], ['--dry-run']]) {
    const run = await sotto(['erase', 'damaged.wsp', ...range, ...dry]);
    expect(run).toMatchObject({ exitCode: 3, stdout: '' });
    expect(run.stderr).toMatch(/^sotto: damaged\.wsp: damage in a block of the 10 s archive/);
  }
  expect(readFileSync('damaged.wsp').equals(bytes)).toBe(true);
  expect(await sotto(['erase', 'none.wsp', ...range])).toMatchObject({ exitCode: 4 });
});
