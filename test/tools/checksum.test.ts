import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { convert, create, type Database, open } from '../../src/index.js';
import { checksum } from '../../src/tools/checksum.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();
const NOW = 1_700_000_000;

/** The digest of nothing: what an empty archive has. */
const OF_NOTHING = createHash('sha256').digest('hex').slice(0, 16);

function databaseOf(points: readonly (readonly [number, number])[]): Database {
  const database = create(null, { retentions: '10s:1h,1m:1d', xFilesFactor: 0, aggregation: 'max' });
  database.updateMany(points, { now: NOW });
  return database;
}

/** Bytes in hexadecimal, the beginning of their SHA-256. */
function sha(hex: string): string {
  return createHash('sha256')
    .update(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
    .digest('hex')
    .slice(0, 16);
}

describe('checksum', () => {
  it('is over timestamps and values as they stand in a slot, oldest first', () => {
    using database = databaseOf([
      [NOW, -2],
      [NOW - 10, 0],
    ]);
    expect(checksum(database, { now: NOW })).toEqual([
      {
        index: 0,
        step: 10,
        points: 360,
        spec: undefined,
        digest: sha('6553f0f6 0000000000000000 6553f100 c000000000000000'),
        values: 2,
        nonZero: 1,
      },
      {
        index: 1,
        step: 60,
        points: 1440,
        spec: undefined,
        digest: sha('6553f0ec 0000000000000000'),
        values: 1,
        nonZero: 0,
      },
    ]);
  });

  it('takes every NaN for the same, and counts it as not 0', () => {
    using database = create(null, { retentions: '10s:1h', format: 'compressed' });
    const odd = new Float64Array(new BigUint64Array([0xfff8_0000_0000_0001n]).buffer);
    database.updateMany({ timestamps: [NOW], values: odd }, { now: NOW });
    expect(checksum(database, { now: NOW })).toMatchObject([
      { digest: sha('6553f100 7ff8000000000000'), values: 1, nonZero: 1 },
    ]);
  });

  it('tells 0 from −0, and values from the same ones at other times', () => {
    const digests = [[[NOW, 0]], [[NOW, -0]], [[NOW - 10, 0]], []].map((points) => {
      using database = databaseOf(points as [number, number][]);
      return checksum(database, { now: NOW, archive: 0 })[0]!.digest;
    });
    expect(new Set(digests).size).toBe(4);
    expect(digests[3]).toBe(OF_NOTHING);
  });

  it.each([
    { offset: 0, values: 3 },
    { offset: 10, values: 2 },
    { offset: 15, values: 1 },
    { offset: 100, values: 0 },
    { offset: 7200, values: 0 },
  ])('leaves out the newest $offset seconds', ({ offset, values }) => {
    using database = databaseOf([NOW, NOW - 10, NOW - 20].map((at) => [at, 5] as const));
    expect(checksum(database, { now: NOW, offset })[0]).toMatchObject({ values });
  });

  it('counts back from now, whatever lies beside in the file', () => {
    using database = databaseOf([[NOW, 5]]);
    expect(checksum(database, { now: NOW + 3590 })[0]).toMatchObject({ values: 1 });
    expect(checksum(database, { now: NOW + 3600 })[0]).toMatchObject({ values: 0, digest: OF_NOTHING });
    expect(checksum(database, { now: NOW - 10 })[0]).toMatchObject({ values: 0 });
  });

  it('is the same for a file and its conversion, of more points than are hashed at once', () => {
    const path = inFolder('standard.wsp');
    using database = create(path, { retentions: '1s:3h,1m:1d' });
    const points = Array.from({ length: 10_000 }, (_, i) => [NOW - i, i % 11] as const);
    database.updateMany(points, { now: NOW });
    convert(path, inFolder('compressed.wsp'), { to: 'compressed', now: NOW });
    using compressed = open(inFolder('compressed.wsp'));
    const sums = checksum(database, { now: NOW });
    expect(checksum(compressed, { now: NOW })).toEqual(sums);
    expect(sums.map(({ values }) => values)).toEqual([10_000, 166]);
    const bytes = new DataView(new ArrayBuffer(120_000));
    for (const [i, [at, value]] of points.toReversed().entries()) {
      bytes.setUint32(12 * i, at);
      bytes.setFloat64(12 * i + 4, value);
    }
    expect(sums[0]!.digest).toBe(sha(Buffer.from(bytes.buffer).toString('hex')));
  });

  it('names the aggregations of a mix file', () => {
    using database = create(null, { retentions: '1s:1h,1m:1d', format: 'compressed', mix: ['max', 'p95'] });
    expect(checksum(database, { now: NOW }).map(({ spec }) => spec)).toEqual([undefined, 'max', 'p95']);
  });

  it('refuses an archive that is not there', () => {
    using database = databaseOf([]);
    expect(() => checksum(database, { now: NOW, archive: 2 })).toThrow(
      expect.objectContaining({ code: 'WSP_NO_SUCH_ARCHIVE' }),
    );
  });
});
