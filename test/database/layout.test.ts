import { describe, expect, it } from 'vitest';
import {
  archivesOf,
  checkCompressedLayout,
  type LayoutOptions,
  planFile,
} from '../../src/database/layout.js';
import type { Dialect } from '../../src/format/aggregation-method.js';
import { parseSpec } from '../../src/format/aggregation-spec.js';
import { decodeCompressedHeader } from '../../src/format/compressed-header.js';
import { detectFormat } from '../../src/format/detect.js';
import { decodeHeader } from '../../src/format/standard-header.js';

const retentions = '10s:6h,1m:7d,1h:5y';
const compressed = { retentions, format: 'compressed' } as const;

function planned(options: LayoutOptions, dialect: Dialect = 'python') {
  const { start, fileSize } = planFile(options, dialect);
  return { ...decodeCompressedHeader(start, fileSize), fileSize };
}

describe('a standard file', () => {
  it('begins with its header, and is the default', () => {
    const { format, start, fileSize } = planFile(
      { retentions, aggregation: 'max', xFilesFactor: 0.25 },
      'python',
    );
    expect([format, detectFormat(start), start.length, fileSize]).toEqual([
      'standard',
      'standard',
      52,
      672_532,
    ]);
    expect(decodeHeader(start, fileSize, 'python')).toMatchObject({
      aggregation: 'max',
      xFilesFactor: 0.25,
      maxRetention: 157_680_000,
    });
  });
});

describe('a compressed file', () => {
  it('begins with all its metadata, in which nothing stands yet', () => {
    const { format, start, fileSize } = planFile(compressed, 'python');
    // The example of doc/format.md.
    expect([format, start.length, fileSize]).toEqual(['compressed', 2319, 2319 + 145_970]);
    const header = decodeCompressedHeader(start, fileSize);
    expect(header).toMatchObject({
      aggregation: 'average',
      xFilesFactor: 0.5,
      maxRetention: 157_680_000,
      pointsPerBlock: 7200,
      pointSize: 2,
      archives: [
        { step: 10, points: 2160, blockCount: 5, blockSize: 1093, pointSize: 2 },
        { step: 60, points: 10_080, blockCount: 5, blockSize: 5053, pointSize: 2 },
        { step: 3600, points: 43_800, blockCount: 8, blockSize: 14_405, pointSize: 2 },
      ],
    });
  });

  it.each([
    { name: 'a hint', options: { pointsPerBlock: 100 }, header: { pointsPerBlock: 100 } },
    {
      name: 'a hint of 0, for the usual one',
      options: { pointsPerBlock: 0 },
      header: { pointsPerBlock: 7200 },
    },
    { name: 'a point size', options: { pointSize: 2.7 }, header: { pointSize: Math.fround(2.7) } },
    { name: 'a point size of 0, for the usual one', options: { pointSize: 0 }, header: { pointSize: 2 } },
    { name: 'the largest point size', options: { pointSize: 14 }, header: { pointSize: 14 } },
    { name: 'first, in either dialect', options: { aggregation: 'first' }, header: { aggregation: 'first' } },
    {
      name: 'an xFilesFactor in text',
      options: { xFilesFactor: '0.1' },
      header: { xFilesFactor: Math.fround(0.1) },
    },
  ] as { name: string; options: object; header: object }[])('takes $name', ({ options, header }) => {
    expect(planned({ ...compressed, ...options })).toMatchObject(header);
  });

  it('is measured by its own size, not by that of a standard one of its retentions', () => {
    // Twelve years of seconds are 4.5 GB there, more than 32 bits say, and 0.8 GB here.
    const { fileSize, archives } = planned({ retentions: '1s:12y', format: 'compressed' });
    expect(archives[0]!.points).toBe(378_432_000);
    expect(fileSize).toBeLessThan(2 ** 30);
  });

  it('is refused where 32 bits do not reach through it', () => {
    expect(() => planned({ retentions: '1s:12y', format: 'compressed', pointSize: 14 })).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_ARCHIVE_LIST' }),
    );
  });
});

describe('a mix file', () => {
  const mix = ['average', 'max', 'p95', { method: 'percentile', percentile: 99.9 }] as const;

  it('has one archive for the base, and below it one for each retention and each aggregation', () => {
    const { aggregation, archives } = planned({ ...compressed, aggregation: 'mix', mix });
    expect(aggregation).toBe('mix');
    expect(archives.map(({ step, spec }) => `${step} ${spec?.name ?? ''}`)).toEqual([
      '10 ',
      '60 average',
      '60 max',
      '60 p95',
      '60 p99.900002',
      '3600 average',
      '3600 max',
      '3600 p95',
      '3600 p99.900002',
    ]);
  });

  it('is what a list of aggregations alone asks for', () => {
    expect(planned({ ...compressed, mix }).aggregation).toBe('mix');
  });

  it('has one archive if there is one retention', () => {
    expect(planned({ retentions: '1m:1d', format: 'compressed', mix }).archives).toHaveLength(1);
  });

  it('has blocks for the whole hint below the base, however few points there are (quirk 11)', () => {
    const { archives } = planned({ retentions: '10s:1h,1m:2h', format: 'compressed', mix: ['max'] });
    expect(archives.map(({ blockSize, blockCount }) => [blockSize, blockCount])).toEqual([
      [94 * 2 + 5, 5],
      [7200 * 2 + 5, 2],
    ]);
  });

  it('takes a point size above 14 below the base as it comes, in the go dialect (quirk 10)', () => {
    const { archives, pointSize } = planned({ ...compressed, mix: ['max'], pointSize: 20 }, 'go');
    expect([pointSize, ...archives.map(({ pointSize }) => pointSize)]).toEqual([20, 14, 20, 20]);
  });

  it.each<Dialect>(['python', 'go'])('has its list: %s', (dialect) => {
    const twice = { ...compressed, mix: ['max', 'max'] } as const;
    if (dialect === 'go') {
      expect(planned(twice, dialect).archives.map(({ spec }) => spec?.name)).toEqual([
        undefined,
        'max',
        'max',
        'max',
        'max',
      ]);
      return;
    }
    expect(() => planFile(twice, dialect)).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_AGGREGATION', found: "'max' twice in a mix" }),
    );
    // In single precision these are one.
    expect(() => planFile({ ...compressed, mix: ['p95', 'p95.000000001'] }, dialect)).toThrow(/'p95' twice/);
  });
});

describe('what go-whisper makes of point sizes that are none', () => {
  it.each([
    { name: 'less than 0', pointSize: -3, header: -3 },
    { name: 'NaN', pointSize: Number.NaN, header: Number.NaN },
    { name: 'above 14', pointSize: 20, header: 20, archives: 14 },
  ])(
    '$name: kept in the header, and something sensible in the archives',
    ({ pointSize, header, archives = 2 }) => {
      const made = planned({ ...compressed, pointSize }, 'go');
      expect(made.pointSize).toBe(header);
      expect(made.archives.map(({ pointSize }) => pointSize)).toEqual([archives, archives, archives]);
    },
  );
});

describe('is refused:', () => {
  const few = { retentions: '1s:5', format: 'compressed' } as const;

  it.each([
    { name: 'a format that is none', options: { retentions, format: 'ceres' }, code: 'WSP_BAD_OPTION' },
    { name: 'no retentions', options: { format: 'compressed' }, code: 'WSP_BAD_OPTION' },
    {
      name: 'a mix in a standard file',
      options: { retentions, mix: ['max'] },
      code: 'WSP_BAD_OPTION',
      says: 'option mix',
    },
    {
      name: 'points per block in a standard file',
      options: { retentions, pointsPerBlock: 60 },
      code: 'WSP_BAD_OPTION',
      says: 'option pointsPerBlock',
    },
    {
      name: 'a point size in a standard file',
      options: { retentions, pointSize: 3 },
      code: 'WSP_BAD_OPTION',
      says: 'option pointSize',
    },
    {
      name: 'the method mix in a standard file',
      options: { retentions, aggregation: 'mix' },
      code: 'WSP_BAD_AGGREGATION',
      says: 'only compressed files have it',
    },
    {
      name: 'mix without a list',
      options: { ...compressed, aggregation: 'mix' },
      code: 'WSP_BAD_OPTION',
      says: 'a mix file of no aggregations',
    },
    {
      name: 'an empty mix',
      options: { ...compressed, mix: [] },
      code: 'WSP_BAD_OPTION',
      says: 'a mix file of a list',
    },
    {
      name: 'a mix that is no list',
      options: { ...compressed, mix: 'max' },
      code: 'WSP_BAD_OPTION',
      says: "a mix file of 'max'",
    },
    {
      name: 'a mix beside a method',
      options: { ...compressed, aggregation: 'max', mix: ['max'] },
      code: 'WSP_BAD_OPTION',
      says: "option mix with aggregation 'max'",
    },
    {
      name: 'an unknown method in a mix',
      options: { ...compressed, mix: ['max', 'median'] },
      code: 'WSP_BAD_AGGREGATION',
      says: "'median'",
    },
    {
      name: 'a percentile above 100',
      options: { ...compressed, mix: ['p101'] },
      code: 'WSP_BAD_AGGREGATION',
      says: 'percentile 101',
    },
    {
      name: 'a method of standard files',
      options: { ...compressed, aggregation: 'absmax' },
      code: 'WSP_BAD_AGGREGATION',
      says: 'only standard files have it',
    },
    {
      name: 'a percentile as the method',
      options: { ...compressed, aggregation: 'p95' },
      code: 'WSP_BAD_AGGREGATION',
    },
    {
      name: 'an unknown method',
      options: { ...compressed, aggregation: 'median' },
      code: 'WSP_BAD_AGGREGATION',
    },
    {
      name: 'an xFilesFactor above 1',
      options: { ...compressed, xFilesFactor: 2 },
      code: 'WSP_BAD_X_FILES_FACTOR',
    },
    {
      name: 'half a point per block',
      options: { ...compressed, pointsPerBlock: 0.5 },
      code: 'WSP_BAD_OPTION',
      says: 'pointsPerBlock is 0.5',
    },
    {
      name: 'fewer points per block than none',
      options: { ...compressed, pointsPerBlock: -1 },
      code: 'WSP_BAD_OPTION',
    },
    {
      name: 'more points per block than 32 bits say',
      options: { ...compressed, pointsPerBlock: 2 ** 32 },
      code: 'WSP_BAD_OPTION',
    },
    {
      name: 'points per block in text',
      options: { ...compressed, pointsPerBlock: '60' },
      code: 'WSP_BAD_OPTION',
      says: "pointsPerBlock is '60'",
    },
    {
      name: 'a point size below 0',
      options: { ...compressed, pointSize: -1 },
      code: 'WSP_BAD_OPTION',
      says: 'pointSize is -1',
    },
    { name: 'a point size above 14', options: { ...compressed, pointSize: 14.5 }, code: 'WSP_BAD_OPTION' },
    { name: 'a point size NaN', options: { ...compressed, pointSize: Number.NaN }, code: 'WSP_BAD_OPTION' },
    {
      name: 'a point size that single precision has not',
      options: { ...compressed, pointSize: 1e-50 },
      code: 'WSP_BAD_OPTION',
    },
    { name: 'a point size in text', options: { ...compressed, pointSize: '2' }, code: 'WSP_BAD_OPTION' },
    {
      name: 'blocks too small for their points',
      options: { ...few, pointSize: 1 },
      code: 'WSP_BAD_OPTION',
      says: 'blocks of 26 bytes',
    },
    {
      name: 'a mix of too many archives',
      options: { ...compressed, mix: Array.from({ length: 600 }, (_, i) => `p${i / 10}`) },
      code: 'WSP_BAD_ARCHIVE_LIST',
      says: '1201 archives',
    },
    {
      name: 'a mix file larger than 32 bits say',
      options: { ...compressed, pointsPerBlock: 2 ** 32 - 1, mix: ['max'] },
      code: 'WSP_BAD_ARCHIVE_LIST',
    },
  ] as { name: string; options: object; code: string; says?: string }[])(
    '$name',
    ({ options, code, says = '' }) => {
      expect(() => planFile(options as never, 'python')).toThrow(
        expect.objectContaining({ code, message: expect.stringContaining(says) }),
      );
    },
  );

  it.each([
    {
      name: 'a size of 0 or less below the base of a mix file',
      options: { ...compressed, mix: ['max'], pointSize: -1 },
    },
    {
      name: 'a size that is no number, below the base of a mix file',
      options: { ...compressed, mix: ['max'], pointSize: Number.NaN },
    },
    { name: 'an endless size', options: { ...compressed, pointSize: Number.POSITIVE_INFINITY } },
    {
      name: 'blocks without room for a point and the end marker',
      options: { ...few, pointsPerBlock: 1, pointSize: 2 },
    },
    { name: 'a list of the wrong kind', options: { ...compressed, mix: {} } },
  ] as { name: string; options: object }[])('in the go dialect too, $name', ({ options }) => {
    expect(() => planFile(options as never, 'go')).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_OPTION' }),
    );
  });
});

it('blocks of 17 to 31 bytes are made in the go dialect alone, which lets points run over', () => {
  const options = { retentions: '1s:5', format: 'compressed', pointSize: 1 } as const;
  expect(planned(options, 'go').archives[0]!.blockSize).toBe(26);
  expect(() => planFile(options, 'python')).toThrow(/blocks of 26 bytes.*at least 32/);
});

it('settings and archives are told without laying them out, for files whose sizes come from elsewhere', () => {
  const { settings, planned } = checkCompressedLayout({ ...compressed, mix: ['p50'] }, 'python');
  expect(settings).toEqual({
    aggregation: 'mix',
    xFilesFactor: 0.5,
    maxRetention: 157_680_000,
    pointsPerBlock: 7200,
    pointSize: 2,
  });
  expect(planned).toEqual(
    archivesOf(
      [
        { step: 10, points: 2160 },
        { step: 60, points: 10_080 },
        { step: 3600, points: 43_800 },
      ],
      [parseSpec('p50')],
    ),
  );
});
