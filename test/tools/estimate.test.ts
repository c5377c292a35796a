import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert, create, type LayoutOptions, open, WhisperError } from '../../src/index.js';
import { estimateSize } from '../../src/tools/estimate.js';
import { archiveLists } from '../support/histories.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();
const NOW = 1_700_000_000;

describe('estimateSize', () => {
  it.each([
    { retentions: '10s:6h', fileSize: 25_948, diskSize: 28_672 },
    { retentions: '10s:6h,1m:7d,10m:5y', fileSize: 3_300_532, diskSize: 3_301_376 },
    { retentions: '1s:339', fileSize: 4096, diskSize: 4096 },
    { retentions: '1s:340', fileSize: 4108, diskSize: 8192 },
  ])('tells what $retentions takes, in whole blocks on the disk', ({ retentions, fileSize, diskSize }) => {
    expect(estimateSize(retentions)).toMatchObject({ fileSize, diskSize });
  });

  it('tells the size that a database then has', () => {
    using database = create(null, { retentions: '7s:11,21s:30' });
    expect(estimateSize('7s:11,21s:30').fileSize).toBe(database.info.fileSize);
  });

  it('takes any list in its order, whether or not a database can have it', () => {
    expect(estimateSize(['5m:1d', '1m:1d']).retentions).toEqual([
      { step: 300, points: 288 },
      { step: 60, points: 1440 },
    ]);
  });

  it('refuses a definition that cannot be read', () => {
    expect(() => estimateSize('1x:1d')).toThrow(expect.objectContaining({ code: 'WSP_BAD_RETENTION' }));
  });
});

/** Layouts of either format, of archives from a few points to some thousands; some are such as nobody can have. */
function layouts(): fc.Arbitrary<LayoutOptions> {
  const lists = fc.tuple(archiveLists(), fc.constantFrom(1, 50, 700)).map(([archives, times]) => {
    return archives.map(([step, points]) => ({ step, points: points * times }));
  });
  const compressed = fc.record(
    {
      retentions: lists,
      format: fc.constant('compressed' as const),
      mix: fc.constantFrom(['average'] as const, ['max', 'p95', 'p99.9'] as const),
      pointsPerBlock: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 20_000 })),
      pointSize: fc.double({ min: 0.01, max: 15, noNaN: true }),
    },
    { requiredKeys: ['retentions', 'format'] },
  );
  return fc.oneof(
    { weight: 1, arbitrary: lists.map((retentions) => ({ retentions })) },
    { weight: 4, arbitrary: compressed },
  );
}

/** Bytes, or the code of a refusal. */
function sizeOr(work: () => number): number | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof WhisperError) return error.code;
    throw error;
  }
}

describe('estimateSize and create', () => {
  it('come to the same size, or to the same refusal', () => {
    fc.assert(
      fc.property(layouts(), ({ retentions, ...options }) => {
        const made = sizeOr(() => {
          using database = create(null, { retentions, ...options });
          return database.info.fileSize;
        });
        expect(sizeOr(() => estimateSize(retentions, options).fileSize)).toBe(made);
      }),
      { numRuns: 300 },
    );
  });

  it('come to the same archives of a compressed file', () => {
    const options = { format: 'compressed', mix: ['max', 'p95'], pointsPerBlock: 100, pointSize: 3 } as const;
    using database = create(null, { retentions: '1m:1d,10s:6h', ...options });
    const { info } = database;
    if (info.format === 'standard') throw new Error('a standard file');
    expect(estimateSize(['1m:1d', '10s:6h'], options)).toEqual({
      format: 'compressed',
      retentions: [
        { step: 10, points: 2160 },
        { step: 60, points: 1440 },
      ],
      fileSize: info.fileSize,
      diskSize: Math.ceil(info.fileSize / 4096) * 4096,
      metadataSize: info.metadataSize,
      archives: info.archives.map(({ step, points, size, pointSize, blockSize, blockCount, spec }) => {
        const archive = { step, points, size, pointSize, blockSize, blockCount };
        return spec === undefined ? archive : { ...archive, spec };
      }),
    });
  });

  it('come to the same archives of a standard file', () => {
    using database = create(null, { retentions: '10s:6h,1m:1d' });
    const { archives, fileSize } = database.info;
    const estimate = estimateSize('10s:6h,1m:1d');
    expect(estimate).toMatchObject({ format: 'standard', metadataSize: archives[0]!.offset });
    expect(estimate.archives).toEqual(
      archives.map(({ step, points, size }) => ({ step, points, size, pointSize: 12 })),
    );
    expect(estimate.metadataSize + archives.reduce((sum, { size }) => sum + size, 0)).toBe(fileSize);
  });
});

describe('estimateSize by a sample', () => {
  const RETENTIONS = '10s:1d,1m:7d,10m:1y';

  /** Values of which the base takes a few bits a point, the coarser archives more and fewer than 30 points. */
  function makeSample(name: string): string {
    const path = inFolder(name);
    using database = create(path, { retentions: RETENTIONS });
    const points = Array.from({ length: 1500 }, (_, i) => [NOW - 10 * i, Math.floor(i / 40) % 5] as const);
    database.updateMany(points, { now: NOW });
    return path;
  }

  it('is what a conversion of the sample takes', () => {
    const source = makeSample('source.wsp');
    const { targetSize } = convert(source, inFolder('converted.wsp'), { to: 'compressed', now: NOW });
    const options = { format: 'compressed', now: NOW } as const;
    expect(estimateSize(RETENTIONS, { ...options, sample: source }).fileSize).toBe(targetSize);
    using sample = open(source);
    expect(estimateSize(RETENTIONS, { ...options, sample }).fileSize).toBe(targetSize);
    expect(estimateSize(RETENTIONS, { format: 'compressed' }).fileSize).not.toBe(targetSize);
  });

  it('counts the points that are not too old for their archive, or if all are, all', () => {
    using sample = create(null, { retentions: '1s:100' });
    // Two thirds of random bits, and one third of zeros after them.
    const values = Array.from({ length: 99 }, (_, i) => (i < 66 ? Math.sin(i) : 0));
    sample.updateMany(
      values.map((value, i) => [NOW - 98 + i, value] as const),
      { now: NOW },
    );
    const sizeAt = (now: number) => {
      return estimateSize('1s:100', { format: 'compressed', sample, now }).archives[0]!.pointSize;
    };
    expect(sizeAt(NOW + 67)).toBeLessThan(2);
    expect(sizeAt(NOW)).toBeGreaterThan(5);
    expect(sizeAt(NOW + 1000)).toBe(sizeAt(NOW));
  });

  it('measures an archive on that of the same step, or the nearest, and in a mix of the same aggregation', () => {
    using sample = create(null, { retentions: '1s:1h,1m:1d', format: 'compressed', mix: ['min', 'max'] });
    const noise = (i: number) => (i % 60 === 0 ? 0 : Math.abs(Math.sin(i)) + 1);
    for (let i = 0; i < 40; i++) {
      const points = Array.from(
        { length: 120 },
        (_, j) => [NOW - 4800 + 120 * i + j, noise(NOW + 120 * i + j)] as const,
      );
      sample.updateMany(points, { now: NOW });
    }
    const options = { format: 'compressed', sample, now: NOW } as const;
    const sizesOf = (retentions: string, mix?: readonly ('min' | 'max' | 'sum')[]) => {
      return estimateSize(retentions, { ...options, mix }).archives.map(({ pointSize }) => pointSize);
    };
    const [base, min, max] = sizesOf('1s:1h,1m:1d', ['min', 'max']);
    expect(base).toBeGreaterThan(8);
    expect(max).toBeGreaterThan(min! + 1);
    expect(sizesOf('2s:1h,30s:1d', ['max'])).toEqual([base, max]);
    expect(sizesOf('1s:1h,1m:1d', ['sum'])).toEqual([base, min]);
  });
});

describe('estimateSize refuses', () => {
  it.each([
    {
      name: 'an option of compressed files for a standard one',
      options: { pointSize: 2 },
      code: 'WSP_BAD_OPTION',
    },
    { name: 'a sample for a standard one', options: { sample: 'a.wsp' }, code: 'WSP_BAD_OPTION' },
    {
      name: 'a sample beside a point size',
      options: { format: 'compressed', sample: 'a.wsp', pointSize: 2 },
      code: 'WSP_BAD_OPTION',
    },
    {
      name: 'a sample that is not there',
      options: { format: 'compressed', sample: 'no.wsp' },
      code: 'WSP_NOT_FOUND',
    },
    { name: 'an option that does not exist', options: { pointsize: 2 }, code: 'WSP_BAD_OPTION' },
    {
      name: 'a method that compressed files lack',
      options: { format: 'compressed', aggregation: 'absmax' },
      code: 'WSP_BAD_AGGREGATION',
    },
  ])('$name', ({ options, code }) => {
    expect(() => estimateSize('1m:1h', options as object)).toThrow(expect.objectContaining({ code }));
  });

  it('a list that no compressed file can have', () => {
    expect(() => estimateSize('5m:1d,1m:1d', { format: 'compressed' })).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_ARCHIVE_LIST' }),
    );
  });
});
