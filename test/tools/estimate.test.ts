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
