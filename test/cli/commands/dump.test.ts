import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { create, open } from '../../../src/index.js';
import { dumpArchives } from '../../../src/tools/dump.js';
import { NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

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

describe('dump of a compressed file', () => {
  const T0 = NOW - (NOW % 60);
  const HEADER =
    'path: c.wsp\nformat: compressed\naggregationMethod: average\nxFilesFactor: 0\nmaxRetention: 1200\nfileSize: 995\n';
  const HEADING_0 = '\nArchive 0: 10s:10m, 60 points in 2 blocks of 157 bytes at byte 527\n';
  const HEADING_1 = '\nArchive 1: 1m:20m, 20 points in 2 blocks of 77 bytes at byte 841\n';

  /** c.wsp: four minutes in the blocks of both archives, two more in the buffer of the base. */
  beforeEach(() => {
    using c = create('c.wsp', { format: 'compressed', retentions: '10s:60,1m:20', xFilesFactor: 0 });
    const minutes = [5, 4, 3, 2, 1, 0];
    const points = minutes.flatMap((minute) => {
      return [0, 10].map((second) => [T0 - 60 * minute + second, 10 * minute] as const);
    });
    c.updateMany(points, { now: T0 + 10 });
  });

  it('prints header and points as it does of any file, and how the blocks are laid out', async () => {
    expect(await print(['dump', 'c.wsp', '--header-only'])).toBe(HEADER + HEADING_0 + HEADING_1);
    const archive1 = [5, 4, 3, 2].map((minute) => `${T0 - 60 * minute}\t${10 * minute}\n`).join('');
    expect(await print(['dump', 'c.wsp', '--archive', '1'])).toBe(HEADER + HEADING_1 + archive1);
    expect((await print(['dump', 'c.wsp', '--archive', '0'])).split('\n').slice(-5)).toEqual([
      `${T0 - 60}\t10`,
      `${T0 - 50}\t10`,
      `${T0}\t0`,
      `${T0 + 10}\t0`,
      '',
    ]);
  });

  it('prints with --slots what lies in the blocks and then every slot of the buffer', async () => {
    const lines = (await print(['dump', 'c.wsp', '--slots', '--archive', '0'])).split('\n').slice(8, -1);
    // Eight points in a block, and twice six slots.
    expect(lines).toHaveLength(8 + 12);
    expect(lines[7]).toBe(`7: ${T0 - 110}\t20`);
    expect(lines.slice(8, 11)).toEqual([`8: ${T0 - 60}\t10`, `9: ${T0 - 50}\t10`, '10: 0\t0']);
  });

  it('prints JSON, CSV and lines for update', async () => {
    expect(await printJson(['dump', 'c.wsp', '--json', '--archive', '1'])).toEqual({
      path: 'c.wsp',
      format: 'compressed',
      aggregationMethod: 'average',
      xFilesFactor: 0,
      maxRetention: 1200,
      fileSize: 995,
      legacy: false,
      pointsPerBlock: 7200,
      pointSize: 2,
      archives: [
        {
          index: 1,
          offset: 841,
          secondsPerPoint: 60,
          points: 20,
          retention: 1200,
          blockCount: 2,
          blockSize: 77,
          data: [5, 4, 3, 2].map((minute) => [T0 - 60 * minute, 10 * minute]),
        },
      ],
    });
    const csv = await print(['dump', 'c.wsp', '--format', 'csv']);
    expect(csv.split('\n').slice(0, 2)).toEqual(['archive,timestamp,value', `0,${T0 - 300},50`]);
    await print(['update', 'copy.wsp', '-', '--create', '10s:60,1m:20', '--now', String(T0 + 10)], {
      stdin: await print(['dump', 'c.wsp', '--raw']),
    });
    using copy = open('copy.wsp', { readOnly: true });
    expect(copy.points(0, { now: T0 + 10 }).timestamps).toHaveLength(12);
  });

  it('names the aggregations of a mix file', async () => {
    create('m.wsp', {
      format: 'compressed',
      retentions: '10s:60,1m:20',
      aggregation: 'mix',
      mix: ['max', 'p95'],
    }).close();
    expect((await print(['dump', 'm.wsp', '--header-only'])).match(/^Archive.*:/gm)).toEqual([
      'Archive 0: 10s:',
      'Archive 1 (max): 1m:',
      'Archive 2 (p95): 1m:',
    ]);
    const { mix, archives } = await printJson<{ mix: string[]; archives: { spec?: string }[] }>([
      'dump',
      'm.wsp',
      '--json',
    ]);
    expect(mix).toEqual(['max', 'p95']);
    expect(archives.map(({ spec }) => spec)).toEqual([undefined, 'max', 'p95']);
  });

  it('cannot be printed as whisper-dump prints', async () => {
    const { exitCode, stdout, stderr } = await sotto(['dump', 'c.wsp', '--compat']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('c.wsp: a compressed database');
  });

  describe('--blocks', () => {
    const TABLE_1 =
      'block  byte  size       start         end  points  used  per point  CRC\n' +
      '    0   841    77  1699999680  1699999860       4    24       6.00   ok  current\n' +
      '    1   918    77           -           -       0     0          -    -  empty\n';

    it('shows where each block stands, what it holds and whether it is whole', async () => {
      expect(T0).toBe(1_699_999_980);
      expect(await print(['dump', 'c.wsp', '--blocks', '--archive', '1'])).toBe(HEADER + HEADING_1 + TABLE_1);
      expect(await print(['dump', 'c.wsp', '--blocks'])).toContain(`${HEADING_1}${TABLE_1}`);
      expect(await print(['dump', 'c.wsp', '--blocks', '--time', '%H:%M'])).toContain('22:08  22:11       4');
    });

    it('shows the same as JSON and CSV', async () => {
      const { archives } = await printJson<{ archives: { blocks: { crc: number }[] }[] }>([
        'dump',
        'c.wsp',
        '--blocks',
        '--json',
      ]);
      const [block, other] = archives[1]!.blocks;
      const { crc } = block!;
      expect(block).toEqual({
        block: 0,
        offset: 841,
        size: 77,
        start: T0 - 300,
        end: T0 - 120,
        count: 3,
        points: 4,
        usedBytes: 24,
        bytesPerPoint: 6,
        crc,
        computedCrc: crc,
        isCurrent: true,
        isEmpty: false,
        damage: null,
      });
      expect(other).toMatchObject({ block: 1, isEmpty: true, bytesPerPoint: null });
      expect(await print(['dump', 'c.wsp', '--blocks', '--format', 'csv', '--archive', '1'])).toBe(
        'archive,block,offset,size,start,end,count,points,usedBytes,crc,computedCrc,state\n' +
          `1,0,841,77,${T0 - 300},${T0 - 120},3,4,24,${crc},${crc},current\n1,1,918,77,,,0,0,0,0,0,empty\n`,
      );
    });

    it('marks a damaged block, and shows the others all the same', async () => {
      const bytes = readFileSync('c.wsp');
      bytes[841 + 14]! ^= 0x10;
      writeFileSync('c.wsp', bytes);
      const lines = (await print(['dump', 'c.wsp', '--blocks'])).split('\n');
      expect(lines.filter((line) => line.includes('WRONG'))).toEqual([
        expect.stringMatching(/^ {4}0 {3}841 .* WRONG {2}current, DAMAGED: /),
      ]);
      expect(lines.filter((line) => line.includes(' ok  current'))).toHaveLength(1);
      expect((await sotto(['dump', 'c.wsp', '--archive', '1'])).exitCode).toBe(3);
    });
  });

  describe('--bits', () => {
    const HEADING = 'Archive 1, block 0: 77 bytes at byte 841, steps of 60 s; current\n';
    const LINES = [
      '     0.0    96       0  first point  1699999680  50',
      '    12.0     9       1  time         1699999740  10 0000001  1 step farther',
      '    13.1    17       1  value        40          11 01100 000100 1101  XOR 000d000000000000, 4 bits behind 12 zeros, in a window of its own',
      '    15.2     1       2  time         1699999800  0  as far as the one before',
      '    15.3    19       2  value        30          11 01001 000110 111101  XOR 007a000000000000, 6 bits behind 9 zeros, in a window of its own',
      '    17.6     1       3  time         1699999860  0  as far as the one before',
      '    17.7     8       3  value        20          10 000101  XOR 000a000000000000, 6 bits behind 9 zeros, in the window of the one before',
      `    18.7    36          end marker   1111 ${'0'.repeat(32)}`,
      '    23.3   429          padding      zeros',
    ];

    it('shows each piece of a block with its place, its bits and its meaning', async () => {
      const text = `${HEADING}${LINES.join('\n')}\n`;
      expect(await print(['dump', 'c.wsp', '--bits', '--archive', '1'])).toBe(text);
      expect(await print(['dump', 'c.wsp', '--block', '0', '--archive', '1'])).toBe(text);
      expect(await print(['dump', 'c.wsp', '--bits'])).toMatch(
        /^Archive 0, block 0: 157 bytes at byte 527, steps of 10 s/,
      );
    });

    it('shows the same as JSON and CSV', async () => {
      const { pieces, ...block } = await printJson<{ pieces: object[] }>([
        'dump',
        'c.wsp',
        '--bits',
        '--archive',
        '1',
        '--json',
      ]);
      expect(block).toMatchObject({
        path: 'c.wsp',
        archive: 1,
        step: 60,
        block: 0,
        offset: 841,
        count: 3,
        damage: null,
      });
      expect(pieces).toHaveLength(LINES.length);
      expect(pieces[2]).toEqual({
        kind: 'value',
        bit: 105,
        length: 17,
        bits: '11 01100 000100 1101',
        point: 1,
        value: 40,
        valueBits: '4044000000000000',
        xor: '000d000000000000',
        prefix: '11',
        leading: 12,
        meaningful: 4,
      });
      const csv = await print([
        'dump',
        'c.wsp',
        '--bits',
        '--archive',
        '1',
        '--format',
        'csv',
        '--time',
        'iso',
      ]);
      expect(csv.split('\n').slice(0, 4)).toEqual([
        'bit,length,kind,point,timestamp,value,bits',
        expect.stringMatching(/^0,96,first point,0,2023-11-14T22:08:00Z,50,[01]{32} [01]{64}$/),
        '96,9,time,1,2023-11-14T22:09:00Z,,10 0000001',
        '105,17,value,1,,40,11 01100 000100 1101',
      ]);
    });

    it('shows how far a damaged block can be read, and the remains of an earlier turn', async () => {
      const bytes = readFileSync('c.wsp');
      // The second class of values, which has no window behind the first point.
      bytes[841 + 13] = 0b1_10_00000;
      bytes.fill(0xaa, 527 + 100, 527 + 110);
      writeFileSync('c.wsp', bytes);
      const damaged = (await print(['dump', 'c.wsp', '--bits', '--archive', '1'])).split('\n');
      expect(damaged[0]).toContain('current, DAMAGED: bits at byte 12 that no encoder writes');
      expect(damaged.slice(2, -1)).toEqual([
        expect.stringMatching(
          /^ {4}12\.0 {3}520 {10}damage {7}bits at byte 12 that no encoder writes: 10000000110[01]+…$/,
        ),
      ]);
      expect(await print(['dump', 'c.wsp', '--bits'])).toMatch(
        / padding {6}remains of an earlier turn: 0+…\n$/,
      );
    });

    it('says so where there are no points', async () => {
      create('e.wsp', { format: 'compressed', retentions: '10s:60' }).close();
      expect(await sotto(['dump', 'e.wsp', '--bits'])).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: 'sotto: e.wsp: archive 0 has no points in its blocks\n',
      });
      expect(await sotto(['dump', 'e.wsp', '--block', '1'])).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: 'sotto: e.wsp: block 1 of archive 0 is empty\n',
      });
    });

    it('shows a lone end marker in a block that counts as empty', async () => {
      using e = create('e.wsp', { format: 'compressed', retentions: '10s:60', dialect: 'go' });
      const bytes = e.toBytes();
      bytes[e.info.archives[0]!.offset] = 0xf0;
      writeFileSync('e.wsp', bytes);
      const lines = (await print(['dump', 'e.wsp', '--block', '0', '--time', 'iso'])).split('\n');
      expect(lines[0]).toMatch(/; current, empty$/);
      expect(lines[1]).toBe('     0.0    96       0  first point  2097-08-05T09:04:00Z  0');
    });
  });

  it.each([
    {
      args: ['a.wsp', '--blocks'],
      exitCode: 3,
      stderr: 'sotto: a.wsp: a standard file; expected one with blocks\n',
    },
    {
      args: ['a.wsp', '--bits'],
      exitCode: 3,
      stderr: 'sotto: a.wsp: a standard file; expected one with blocks\n',
    },
    {
      args: ['c.wsp', '--block', '2'],
      exitCode: 2,
      stderr: 'sotto: c.wsp: archive 0 has no block 2; expected 0 to 1\n',
    },
    {
      args: ['c.wsp', '--bits', '--archive', '2'],
      exitCode: 2,
      stderr: 'sotto: c.wsp: no archive 2; expected 0 to 1\n',
    },
    {
      args: ['c.wsp', '--blocks', '--bits'],
      exitCode: 2,
      stderr: "option '--bits' cannot be used with option '--blocks'",
    },
    { args: ['c.wsp', '--blocks', '--raw'], exitCode: 2, stderr: 'cannot be used with option' },
    { args: ['c.wsp', '--block', '0', '--slots'], exitCode: 2, stderr: 'cannot be used with option' },
    { args: ['c.wsp', '--bits', '--compat'], exitCode: 2, stderr: 'cannot be used with option' },
    { args: ['c.wsp', '--block', 'one'], exitCode: 2, stderr: 'It must be a whole number of at least 0.' },
  ])('refuses $args', async ({ args, exitCode, stderr }) => {
    const run = await sotto(['dump', ...args]);
    expect(run).toMatchObject({ exitCode, stdout: '' });
    expect(run.stderr).toContain(stderr);
  });
});
