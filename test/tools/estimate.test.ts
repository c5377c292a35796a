import { describe, expect, it } from 'vitest';
import { create } from '../../src/index.js';
import { estimateSize } from '../../src/tools/estimate.js';

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

  it('lists the archives finest first', () => {
    expect(estimateSize(['5m:1d', '1m:1h']).retentions).toEqual([
      { step: 60, points: 60 },
      { step: 300, points: 288 },
    ]);
  });

  it.each([
    { retentions: '1x:1d', code: 'WSP_BAD_RETENTION' },
    { retentions: '10s:2m,15s:1h', code: 'WSP_BAD_ARCHIVE_LIST' },
    { retentions: [], code: 'WSP_BAD_ARCHIVE_LIST' },
  ])('refuses $retentions with $code', ({ retentions, code }) => {
    expect(() => estimateSize(retentions)).toThrow(expect.objectContaining({ code }));
  });
});
