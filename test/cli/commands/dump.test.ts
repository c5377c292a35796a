import { beforeEach, describe, expect, it } from 'vitest';
import { create, open } from '../../../src/index.js';
import { dumpArchives } from '../../../src/tools/dump.js';
import { NOW, print, printJson, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

/** a.wsp: in archive 0 a point that a fetch no longer sees beside three that it sees; one slot was never written. */
beforeEach(() => {
  using a = create('a.wsp', { retentions: '10s:5,20s:5', xFilesFactor: 0, aggregation: 'max' });
  a.update(9, NOW - 80, { now: NOW - 80 });
  a.updateMany(
    [
      [NOW - 20, 0.1],
      [NOW - 10, Number.NaN],
      [NOW, -1 / 0],
    ],
    { now: NOW },
  );
});

const HEADER = 'path: a.wsp\naggregationMethod: max\nxFilesFactor: 0\nmaxRetention: 100\nfileSize: 160\n';
const HEADING_0 = '\nArchive 0: 10s:50s, 5 points at byte 40\n';
const HEADING_1 = '\nArchive 1: 20s:100s, 5 points at byte 100\n';

describe('dump', () => {
  it('prints the header and the points of every archive, oldest first', async () => {
    expect(await print(['dump', 'a.wsp'])).toBe(
      `${HEADER}${HEADING_0}1699999980\t0.1\n1699999990\tNaN\n1700000000\t-Infinity\n` +
        `${HEADING_1}1699999920\t9\n1699999980\t0.1\n1700000000\t-Infinity\n`,
    );
  });

  it('prints every slot as it lies in the file with --slots', async () => {
    expect(await print(['dump', 'a.wsp', '--slots', '--archive', '0'])).toBe(
      `${HEADER}${HEADING_0}0: 1699999920\t9\n1: 1699999980\t0.1\n2: 1699999990\tNaN\n3: 1700000000\t-Infinity\n4: 0\t0\n`,
    );
  });

  it('prints one archive with --archive', async () => {
    expect(await print(['dump', 'a.wsp', '--archive', '1', '--time', 'iso'])).toBe(
      `${HEADER}${HEADING_1}2023-11-14T22:12:00Z\t9\n2023-11-14T22:13:00Z\t0.1\n2023-11-14T22:13:20Z\t-Infinity\n`,
    );
  });

  it('prints no points with --header-only', async () => {
    expect(await print(['dump', 'a.wsp', '--header-only'])).toBe(HEADER + HEADING_0 + HEADING_1);
    const { archives } = await printJson<{ archives: object[] }>([
      'dump',
      'a.wsp',
      '--header-only',
      '--json',
    ]);
    expect(archives.map((archive) => Object.keys(archive))).toEqual([
      ['index', 'offset', 'secondsPerPoint', 'points', 'retention'],
      ['index', 'offset', 'secondsPerPoint', 'points', 'retention'],
    ]);
    expect(await print(['dump', 'a.wsp', '--header-only', '--format', 'csv'])).toBe(
      'archive,timestamp,value\n',
    );
  });

  it('prints CSV with the number of the archive, and of the slot with --slots', async () => {
    expect(await print(['dump', 'a.wsp', '--format', 'csv', '--archive', '1'])).toBe(
      'archive,timestamp,value\n1,1699999920,9\n1,1699999980,0.1\n1,1700000000,-Infinity\n',
    );
    expect(
      await print(['dump', 'a.wsp', '--format', 'csv', '--slots', '--archive', '0', '--time', '%H:%M:%S']),
    ).toBe(
      'archive,slot,timestamp,value\n0,0,22:12:00,9\n0,1,22:13:00,0.1\n0,2,22:13:10,NaN\n0,3,22:13:20,-Infinity\n0,4,00:00:00,0\n',
    );
  });

  it.each([['--json'], ['--format', 'json']])('prints everything as JSON with %s %s', async (...options) => {
    expect(await printJson(['dump', 'a.wsp', ...options])).toEqual({
      path: 'a.wsp',
      format: 'standard',
      aggregationMethod: 'max',
      xFilesFactor: 0,
      maxRetention: 100,
      fileSize: 160,
      legacy: false,
      archives: [
        {
          index: 0,
          offset: 40,
          secondsPerPoint: 10,
          points: 5,
          retention: 50,
          data: [
            [NOW - 20, 0.1],
            [NOW - 10, 'NaN'],
            [NOW, '-Infinity'],
          ],
        },
        {
          index: 1,
          offset: 100,
          secondsPerPoint: 20,
          points: 5,
          retention: 100,
          data: [
            [NOW - 80, 9],
            [NOW - 20, 0.1],
            [NOW, '-Infinity'],
          ],
        },
      ],
    });
  });

  it('tells the slots of JSON by another name', async () => {
    const { archives } = await printJson<{ archives: { slots: [number, unknown][] }[] }>([
      'dump',
      'a.wsp',
      '--slots',
      '--json',
    ]);
    expect(archives.map(({ slots }) => slots.length)).toEqual([5, 5]);
    expect(archives[0]!.slots[4]).toEqual([0, 0]);
  });
});

describe('dump --raw', () => {
  it('prints each point once: coarse ones only from before the fine ones', async () => {
    expect(await print(['dump', 'a.wsp', '--raw'])).toBe(
      '1699999920:9\n1699999980:0.1\n1699999990:NaN\n1700000000:-Infinity\n',
    );
  });

  it('prints one archive alone with --archive', async () => {
    expect(await print(['dump', 'a.wsp', '-r', '--archive', '1'])).toBe(
      '1699999920:9\n1699999980:0.1\n1700000000:-Infinity\n',
    );
  });

  it('is what update reads: a copy has the same points in every archive', async () => {
    const values = [0.1, -1e300, 5e-324, 1 / 3, 1 / 0, Number.NaN];
    using old = create('old.wsp', { retentions: '1m:1h,5m:1d,1h:7d', xFilesFactor: 0, aggregation: 'last' });
    for (let age = 3 * 86_400; age >= 0; age -= 60) {
      old.update(values[(age / 60) % values.length]!, NOW - age, { now: NOW - age });
    }
    const points = await print(['dump', 'old.wsp', '--raw']);
    await print(['update', 'new.wsp', '-', '--create', '1m:1h,5m:1d,1h:7d', '--xff', '0', '--agg', 'last'], {
      stdin: points,
    });
    using copy = open('new.wsp', { readOnly: true });
    expect(dumpArchives(copy, undefined, 'time', NOW)).toEqual(dumpArchives(old, undefined, 'time', NOW));
  });
});

it('dump --raw loses nothing to a stray point of the future', async () => {
  using database = create('stray.wsp', { retentions: '10s:1h' });
  database.updateMany(
    [...Array(100).keys()].map((i) => [NOW - i * 10, i] as const),
    { now: NOW },
  );
  database.updateMany([[NOW + 7205, 1]], { now: NOW });
  const lines = (await print(['dump', 'stray.wsp', '--raw'])).trim().split('\n');
  expect(lines).toHaveLength(100);
  expect(lines.at(-1)).toBe(`${NOW + 7200}:1`);
});
