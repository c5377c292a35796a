import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSpec } from '../../src/format/aggregation-spec.js';
import { planBlocks, sanePointSize, suitablePointsPerBlock } from '../../src/format/block-plan.js';
import { SMALLEST_SOUND_BLOCK } from '../../src/format/block-size.js';

describe('points of a block', () => {
  it.each([
    { points: 1, hint: 7200, suitable: 17 },
    { points: 256, hint: 7200, suitable: 272 },
    { points: 257, hint: 7200, suitable: 68 },
    { points: 1440, hint: 7200, suitable: 364 },
    { points: 21_599, hint: 7200, suitable: 5403 },
    { points: 21_600, hint: 7200, suitable: 7200 },
    { points: 1_000_000, hint: 7200, suitable: 7200 },
    { points: 30, hint: 10, suitable: 10 },
    { points: 29, hint: 10, suitable: 45 },
  ])('of an archive of $points, asked for $hint: $suitable', ({ points, hint, suitable }) => {
    expect(suitablePointsPerBlock(points, hint)).toBe(suitable);
  });
});

it.each([
  { asked: 2, size: 2 },
  { asked: 0.25, size: 0.25 },
  { asked: 14, size: 14 },
  { asked: 14.5, size: 14 },
  { asked: Number.POSITIVE_INFINITY, size: 14 },
  { asked: 0, size: 2 },
  { asked: -1, size: 2 },
  { asked: Number.NaN, size: 2 },
])('a point size of $asked is taken for $size', ({ asked, size }) => {
  expect(sanePointSize(asked)).toBe(size);
});

describe('the layout', () => {
  it('has the metadata first, then the blocks of each archive', () => {
    const { archives, metadataSize, fileSize } = planBlocks(
      [
        { step: 60, points: 1440 },
        { step: 300, points: 2016 },
      ],
      7200,
      2,
    );
    // 63 + 2 · 128 of headers, 16 for each block, and a buffer of 24 · 5 for the first archive.
    expect(metadataSize).toBe(63 + 256 + 16 * 5 + 120 + 16 * 5);
    expect(archives).toMatchObject([
      { offset: metadataSize, blockSize: 364 * 2 + 5, blockCount: 5, pointSize: 2, discarded: 0, growths: 0 },
      { offset: metadataSize + 5 * 733, blockSize: 508 * 2 + 5, blockCount: 5 },
    ]);
    expect(fileSize).toBe(metadataSize + 5 * 733 + 5 * 1021);
    expect(archives[1]!.current).toEqual({
      index: 0,
      first: { timestamp: 0, high: 0, low: 0 },
      latest: { timestamp: 0, high: 0, low: 0 },
      previous: { timestamp: 0, high: 0, low: 0 },
      lastByte: 0,
      lastByteOffset: archives[1]!.offset,
      bitPosition: 7,
      count: 0,
      crc: 0,
    });
  });

  it('takes an archive’s own point size and block count before those of the file', () => {
    const { archives } = planBlocks([{ step: 1, points: 100, pointSize: 3.5, blockCount: 9 }], 7200, 2);
    expect(archives[0]).toMatchObject({ pointSize: 3.5, blockSize: 116 * 3.5 + 5, blockCount: 9 });
  });

  it('sizes the blocks below the base of a mix file for the hint, and their points as they come', () => {
    const spec = parseSpec('max');
    const { archives, metadataSize } = planBlocks(
      [
        { step: 60, points: 100 },
        { step: 300, points: 100, spec },
        { step: 3600, points: 100, spec, pointSize: 20 },
      ],
      50,
      2,
    );
    expect(archives.map(({ blockSize, blockCount }) => [blockSize, blockCount])).toEqual([
      [116 * 2 + 5, 2],
      [50 * 2 + 5, 2],
      [50 * 20 + 5, 2],
    ]);
    expect(archives.map((archive) => archive.spec)).toEqual([undefined, spec, spec]);
    // No buffers in a mix file.
    expect(metadataSize).toBe(63 + 3 * 128 + 6 * 16);
  });

  it.each([
    { name: 'a small one', pointSize: Math.fround(0.001) },
    { name: 'what is hardly a number', pointSize: 2 ** -140 },
    { name: 'less than none', pointSize: -3, spec: parseSpec('max') },
  ])('has blocks that hold points in a file made anew, of an estimate that is $name', (given) => {
    const archive = { step: 1, points: 100_000, blockCount: 14, ...given };
    expect(planBlocks([archive], 7200, 2).archives).toEqual([
      expect.objectContaining({ blockSize: SMALLEST_SOUND_BLOCK, blockCount: 14 }),
    ]);
  });

  it('refuses a file that 32 bits do not reach through', () => {
    const archive = { step: 1, points: 4_000_000_000 };
    expect(() => planBlocks([archive], 7200, 2)).toThrow(
      expect.objectContaining({
        code: 'WSP_BAD_ARCHIVE_LIST',
        found: expect.stringMatching(/^a file of \d+ bytes$/),
      }),
    );
  });

  it('leaves no room between its parts, and has blocks for all points of an archive', () => {
    const retention = fc.tuple(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 50_000 }));
    const sizes = fc.double({ min: 0.1, max: 16, noNaN: true }).map(Math.fround);
    fc.assert(
      fc.property(
        fc.array(retention, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 9000 }),
        sizes,
        (list, hint, pointSize) => {
          let step = 1;
          const planned = list.map(([ratio, points]) => {
            step *= ratio;
            return { step, points };
          });
          const { archives, metadataSize, fileSize } = planBlocks(planned, hint, pointSize);
          let end = metadataSize;
          for (const [i, { offset, blockSize, blockCount }] of archives.entries()) {
            const { points } = planned[i]!;
            const suitable = suitablePointsPerBlock(points, hint);
            expect(offset).toBe(end);
            expect((blockCount - 1) * suitable).toBeGreaterThanOrEqual(points);
            expect(blockSize).toBeGreaterThanOrEqual(suitable * Math.min(pointSize, 14));
            end += blockSize * blockCount;
          }
          expect(fileSize).toBe(end);
        },
      ),
    );
  });
});
