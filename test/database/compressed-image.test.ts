import { describe, expect, it } from 'vitest';
import {
  archivesOver,
  CompressedImage,
  loadImage,
  settingsAnew,
} from '../../src/database/compressed-image.js';
import { checkCompressedLayout, type LayoutOptions } from '../../src/database/layout.js';
import { MemoryFile } from '../../src/file/memory-file.js';
import { planMetadata } from '../../src/format/compressed-header.js';
import { PointRun } from '../../src/format/point-run.js';
import { create, open } from '../../src/index.js';
import { compressedInfo, pointsInBlocks } from '../support/recorded-info.js';

const T0 = 1_599_955_200;

const LAYOUTS: readonly (LayoutOptions & { name: string; format: 'compressed' })[] = [
  { name: 'one archive', format: 'compressed', retentions: '1m:1d' },
  {
    name: 'three archives',
    format: 'compressed',
    retentions: '10s:6h,1m:7d,1h:1y',
    pointsPerBlock: 100,
    pointSize: 3.3,
  },
  { name: 'a mix', format: 'compressed', retentions: '10s:6h,1m:7d', mix: ['max', 'p95'], xFilesFactor: 0.1 },
];

function imageOf(layout: LayoutOptions): CompressedImage {
  const { settings, planned } = checkCompressedLayout(layout, 'python');
  return new CompressedImage(settings, planned);
}

function run(count: number, step: number, first = 0): PointRun {
  const points = new PointRun();
  for (let i = first; i < first + count; i++) points.pushValue(T0 + i * step, Math.sin(i));
  return points;
}

it.each(LAYOUTS)('without points it is the file that create makes: $name', ({ name, ...layout }) => {
  using made = create(null, layout);
  expect(Buffer.compare(imageOf(layout).finish(), made.toBytes())).toBe(0);
});

describe('a finished image', () => {
  const image = imageOf({ retentions: '10s:6h,1m:7d', pointsPerBlock: 50, pointSize: 10 });
  image.archives[0]!.append(run(200, 10));
  image.archives[1]!.append(run(3, 60));
  image.archives[0]!.buffer!.put(0, T0 + 2040, run(1, 10, 204), 0);
  image.setCounters(0, 4, 2);
  image.archives[0]!.append(run(5, 10));
  const bytes = image.finish();

  it('is a file with a checksum that is right, and holds what was appended', () => {
    using database = open(bytes);
    const { isChecksumRight, warnings, archives } = compressedInfo(database);
    expect({ isChecksumRight, warnings }).toEqual({ isChecksumRight: true, warnings: [] });
    expect(pointsInBlocks(database, 0)).toHaveLength(200);
    expect(pointsInBlocks(database, 1)).toHaveLength(3);
    expect(archives[0]!.ranges.filter(({ start }) => start !== 0).length).toBeGreaterThan(1);
  });

  it('has the counters that it was given, and what came late since then', () => {
    using database = open(bytes);
    const { archives } = compressedInfo(database);
    expect(archives.map(({ discarded, growths }) => [discarded, growths])).toEqual([
      [4 + 5, 2],
      [0, 0],
    ]);
  });

  it('is loaded as it is, header and archives', () => {
    const { header, archives } = loadImage(bytes);
    using database = open(bytes);
    expect(header).toMatchObject({ aggregation: 'average', pointsPerBlock: 50, pointSize: 10 });
    expect(archives.map(({ info }) => info)).toEqual(header.archives);
    for (const [i, archive] of archives.entries()) {
      const all = archive.allPoints(false);
      const { timestamps } = database.points(i);
      expect([...all.timestamps.subarray(0, all.length)]).toEqual([...timestamps]);
    }
  });

  it('stays as it is when archives over a copy of its metadata change', () => {
    const before = bytes.slice();
    const { header } = loadImage(bytes);
    const { size } = planMetadata(header.archives, false);
    const [base] = archivesOver(new MemoryFile(bytes), header.archives, bytes.slice(0, size), false);
    base!.append(run(50, 1000));
    expect(Buffer.compare(bytes, before)).toBe(0);
  });
});

it('what a file is made anew with is its own, but for the hint and the point size (quirk 21)', () => {
  const { name, ...layout } = LAYOUTS[1]!;
  using database = create(null, layout);
  const { header } = loadImage(database.toBytes());
  const { archives, ...before } = header;
  expect([name, archives.length]).toEqual(['three archives', 3]);
  expect(settingsAnew(header)).toEqual({ ...before, pointsPerBlock: 7200, pointSize: 2 });
});

it('a file that 32 bits do not reach through is refused', () => {
  const planned = [{ step: 1, points: 100, blockCount: 1_000_000 }];
  const { settings } = checkCompressedLayout({ retentions: '1s:100', pointsPerBlock: 5000 }, 'python');
  expect(
    () => new CompressedImage({ ...settings, pointSize: 14 }, [{ ...planned[0]!, points: 20_000 }]),
  ).toThrow(
    expect.objectContaining({
      code: 'WSP_BAD_ARCHIVE_LIST',
      message: expect.stringContaining('at most 4294967296'),
    }),
  );
});

it('bytes that are no compressed file are refused', () => {
  expect(() => loadImage(new Uint8Array(10))).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT' }));
});
