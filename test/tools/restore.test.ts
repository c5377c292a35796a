import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { create, open, restore, updateFiles, WhisperError } from '../../src/index.js';
import { NOW, print, sotto, useFreshFolder } from '../support/cli.js';
import { compressedFiles, compressedSample } from '../support/compressed-samples.js';
import { damagedFiles, realFiles } from '../support/odd-bytes.js';
import { damagedCompressedFiles, realCompressedFiles } from '../support/odd-compressed-bytes.js';

useFreshFolder();

const VALUES = [0.1, -0, 5e-324, Number.NaN, 1 / 0, -1 / 0, 1 / 3, -1.7976931348623157e308];

/** A file that has gone round its finest ring, with every kind of value. */
function makeFile(format: 'standard' | 'compressed', path = 'a.wsp'): void {
  using database = create(path, { retentions: '1m:10,5m:1h', xFilesFactor: 0, aggregation: 'last', format });
  for (let i = 30; i >= 0; i--)
    database.update(VALUES[i % VALUES.length]!, NOW - 60 * i, { now: NOW - 60 * i });
}

/** The points of every archive. */
function pointsOf(path: string): [number, number][][] {
  using database = open(path, { readOnly: true });
  return database.info.archives.map((_, index) => {
    const { timestamps, values } = database.points(index, { now: NOW });
    return [...timestamps].map((timestamp, i) => [timestamp, values[i]!]);
  });
}

async function restoredBytes(bytes: Uint8Array, ...options: string[]): Promise<Uint8Array | undefined> {
  writeFileSync('file.wsp', bytes);
  const { exitCode, stdout } = await sotto(['dump', 'file.wsp', '--slots', '--json', ...options]);
  // What cannot be opened has no dump.
  if (exitCode !== 0) return undefined;
  restore(stdout, 'again.wsp', { overwrite: true });
  return readFileSync('again.wsp');
}

describe('restore of a dump with every slot', () => {
  it.each(['standard', 'compressed'] as const)('gives a %s file byte for byte', async (format) => {
    makeFile(format);
    const restored = restore(await print(['dump', 'a.wsp', '--slots', '--json']), 'b.wsp');
    expect(readFileSync('b.wsp').equals(readFileSync('a.wsp'))).toBe(true);
    expect(restored).toMatchObject({ format, isExact: true, fileSize: readFileSync('a.wsp').length });
  });

  it('gives any standard file byte for byte, damaged ones too', async () => {
    const files = fc.oneof(realFiles(), damagedFiles());
    await fc.assert(
      fc.asyncProperty(files, async (bytes) => {
        const again = await restoredBytes(bytes);
        if (again !== undefined) expect(Buffer.from(bytes).equals(again)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('gives any compressed file byte for byte, damaged ones too', async () => {
    const files = fc.oneof(compressedFiles(), realCompressedFiles(), damagedCompressedFiles());
    await fc.assert(
      fc.asyncProperty(files, async (bytes) => {
        const again = await restoredBytes(bytes);
        if (again !== undefined) expect(Buffer.from(bytes).equals(again)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('gives the remains of an earlier turn, which no point tells of', async () => {
    const bytes = compressedSample();
    const again = await restoredBytes(bytes);
    expect(Buffer.from(bytes).equals(again!)).toBe(true);
    const dump = JSON.parse(await print(['dump', 'file.wsp', '--slots', '--json'])) as {
      otherBytes: unknown[];
    };
    expect(dump.otherBytes.length).toBeGreaterThan(0);
  });

  it('gives a file that was cut off as it is', async () => {
    makeFile('standard');
    const cut = readFileSync('a.wsp').subarray(0, 100);
    expect(Buffer.from((await restoredBytes(cut, '--force'))!).equals(cut)).toBe(true);
  });

  it('gives a file of the very old format, whose first field is a time', async () => {
    makeFile('standard');
    const bytes = readFileSync('a.wsp');
    bytes.writeUInt32BE(NOW, 0);
    expect(bytes.equals((await restoredBytes(bytes))!)).toBe(true);
  });

  it.each(['standard', 'compressed'] as const)(
    'of a %s file may be edited only where slots stand for themselves',
    async (format) => {
      makeFile(format);
      const dump = JSON.parse(await print(['dump', 'a.wsp', '--slots', '--json']));
      const slots = dump.archives[1].slots as [number, unknown][];
      slots.find(([, value]) => value === 0.1)![1] = 7;
      if (format === 'standard') {
        restore(dump, 'b.wsp');
        expect(pointsOf('b.wsp')[1]!.some(([, value]) => value === 7)).toBe(true);
        return;
      }
      expect(() => restore(dump, 'b.wsp')).toThrow(expect.objectContaining({ code: 'WSP_BAD_INPUT' }));
      expect(existsSync('b.wsp')).toBe(false);
    },
  );
});

describe('restore of a dump without slots', () => {
  it.each(['standard', 'compressed'] as const)(
    'gives the same points in every archive of a %s file',
    async (format) => {
      makeFile(format);
      restore(await print(['dump', 'a.wsp', '--json']), 'b.wsp');
      const [before, after] = [pointsOf('a.wsp'), pointsOf('b.wsp')];
      expect(after).toEqual(before);
      // −0 and 0 are equal to toEqual's eyes only where they stand in a number's place.
      expect(after.flat().some(([, value]) => Object.is(value, -0))).toBe(true);
    },
  );

  it('lets what waited for the end of an interval go on waiting', async () => {
    using whole = create('a.wsp', { retentions: '1m:1h,5m:1d', xFilesFactor: 0.5, format: 'compressed' });
    const points = Array.from({ length: 9 }, (_, i) => [1_700_000_100 + 60 * i, i] as const);
    whole.updateMany(points.slice(0, 7), { now: 1_700_000_460 });
    restore(await print(['dump', 'a.wsp', '--json']), 'b.wsp');
    const rest = [...points.slice(7), [1_700_000_700, 100], [1_700_001_000, 1]] as const;
    whole.updateMany(rest, { now: 1_700_001_000 });
    updateFiles([['b.wsp', rest]], { now: 1_700_001_000 });
    expect(pointsOf('b.wsp')).toEqual(pointsOf('a.wsp'));
    expect(pointsOf('b.wsp')[1]).toContainEqual([1_700_000_400, (5 + 6 + 7 + 8) / 4]);
  });

  it('keeps the aggregations of a mix', async () => {
    using mix = create('a.wsp', {
      format: 'compressed',
      retentions: '1m:1h,5m:1d',
      aggregation: 'mix',
      mix: ['average', 'max', 'p99.9'],
    });
    mix.updateMany(
      Array.from({ length: 60 }, (_, i) => [NOW - 60 * i, i] as const),
      { now: NOW },
    );
    restore(await print(['dump', 'a.wsp', '--json']), 'b.wsp');
    using again = open('b.wsp', { readOnly: true });
    expect(
      again.info.archives.map((archive) => ('spec' in archive ? archive.spec?.name : undefined)),
    ).toEqual(mix.info.archives.map((archive) => ('spec' in archive ? archive.spec?.name : undefined)));
    expect(pointsOf('b.wsp')).toEqual(pointsOf('a.wsp'));
  });
});

describe('restore', () => {
  const HEAD = {
    format: 'standard',
    aggregationMethod: 'sum',
    xFilesFactor: 0.5,
    maxRetention: 120,
    fileSize: 52,
    legacy: false,
  };
  const ARCHIVE = { index: 0, offset: 28, secondsPerPoint: 60, points: 2 };
  const withArchive = (change: object) => ({ ...HEAD, archives: [{ ...ARCHIVE, data: [], ...change }] });

  it.each([
    ['no JSON', '{', 'no JSON'],
    ['no format', {}, 'format is missing'],
    ['a list', [], 'the dump is a list'],
    ['another format', { ...HEAD, format: 'rrd' }, 'format is "rrd"'],
    ['no archives', { ...HEAD, archives: [] }, 'archives is a list of 0'],
    ['one archive of several', withArchive({ index: 1 }), 'archives[0].index is 1'],
    ['no points', withArchive({ data: undefined }), 'archives[0].data is missing'],
    ['a step of 0', withArchive({ secondsPerPoint: 0 }), 'archives[0].secondsPerPoint is 0'],
    ['too few slots', withArchive({ slots: [[60, 1]] }), 'archives[0].slots is a list of 1'],
    ['text for a value', withArchive({ data: [[60, 'x']] }), 'archives[0].data[0][1] is "x"'],
    ['a triple', withArchive({ data: [[60, 1, 2]] }), 'archives[0].data[0] is a list of 3'],
    ['a time of no interval', withArchive({ data: [[61, 1]] }), 'archives[0].data[0][0] is 61'],
    [
      'times that fall',
      withArchive({
        data: [
          [120, 1],
          [60, 1],
        ],
      }),
      'archives[0].data[1][0] is 60',
    ],
    [
      'two points in a slot',
      withArchive({
        data: [
          [60, 1],
          [180, 1],
        ],
      }),
      'archives[0].data[1][0] is 180',
    ],
    ['a share beyond 1', { ...withArchive({}), xFilesFactor: 1.5 }, 'xFilesFactor is 1.5'],
    ['an offset in the header', withArchive({ offset: 4 }), 'a header of no file'],
    [
      'a size out of all proportion',
      {
        ...withArchive({
          slots: [
            [0, 0],
            [0, 0],
          ],
        }),
        fileSize: 2 ** 40,
      },
      '1099511627776',
    ],
    [
      'bytes behind the end',
      {
        ...withArchive({
          slots: [
            [0, 0],
            [0, 0],
          ],
        }),
        otherBytes: [{ offset: 52, hex: '00' }],
      },
      'otherBytes[0]',
    ],
    ['a mix of a standard file', { ...withArchive({}), aggregationMethod: 'mix' }, "'mix'"],
    [
      'steps that do not go together',
      {
        ...withArchive({}),
        format: 'compressed',
        pointsPerBlock: 7200,
        pointSize: 2,
        archives: [
          { ...ARCHIVE, data: [] },
          { ...ARCHIVE, index: 1, secondsPerPoint: 90, data: [] },
        ],
      },
      '60 does not divide 90',
    ],
    [
      'blocks of no points',
      {
        ...withArchive({}),
        format: 'compressed',
        pointsPerBlock: 0,
        pointSize: 2,
        archives: [{ ...ARCHIVE, data: [[60, 1]] }],
      },
      'pointsPerBlock is 0',
    ],
    [
      'buffers that no file can hold',
      {
        ...withArchive({}),
        format: 'compressed',
        pointsPerBlock: 7200,
        pointSize: 2,
        archives: [
          { ...ARCHIVE, secondsPerPoint: 1, points: 2 ** 31, data: [[60, 1]] },
          { ...ARCHIVE, index: 1, secondsPerPoint: 2 ** 31, points: 1, data: [] },
        ],
      },
      'expected',
    ],
  ])('refuses %s, tells where, and makes nothing', (_, dump, found) => {
    const text = typeof dump === 'string' ? dump : JSON.stringify(dump);
    let error: unknown;
    try {
      restore(text, 'b.wsp', { source: 'dump.json' });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(WhisperError);
    expect(error).toMatchObject({ code: 'WSP_BAD_INPUT', path: 'dump.json' });
    expect((error as WhisperError).message).toContain(found);
    expect(existsSync('b.wsp')).toBe(false);
  });

  it('is an error or a file for any change of a dump, and nothing else', async () => {
    makeFile('compressed');
    const text = await print(['dump', 'a.wsp', '--slots', '--json']);
    const change = fc.tuple(
      fc.nat(text.length - 1),
      fc.constantFrom('0', '9', '"', '-', 'null', '}', '[]', '1e99'),
    );
    fc.assert(
      fc.property(change, ([at, put]) => {
        try {
          restore(text.slice(0, at) + put + text.slice(at + 1), 'b.wsp', { overwrite: true });
        } catch (error) {
          expect(error).toBeInstanceOf(WhisperError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('replaces no file unless told to, and then keeps its mode', async () => {
    makeFile('standard');
    const dump = await print(['dump', 'a.wsp', '--json']);
    writeFileSync('b.wsp', 'precious', { mode: 0o600 });
    expect(() => restore(dump, 'b.wsp')).toThrow(expect.objectContaining({ code: 'WSP_EXISTS' }));
    expect(readFileSync('b.wsp', 'utf8')).toBe('precious');
    restore(dump, 'b.wsp', { overwrite: true });
    expect(pointsOf('b.wsp')).toEqual(pointsOf('a.wsp'));
    expect(statSync('b.wsp').mode & 0o777).toBe(0o600);
  });
});
