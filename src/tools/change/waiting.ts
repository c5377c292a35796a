/** Intervals of a compressed file whose values are still to be made, of what waits in buffers or in the base of a mix. */
import { floorTo } from '../../bytes/integers.js';
import { loadImage } from '../../database/compressed-image.js';
import type { Database } from '../../database/database.js';

/** Whether what an archive shows of an interval is made anew whenever it is looked at. */
export type IsWaiting = (index: number, interval: number) => boolean;

export function waitingIntervals(database: Database): IsWaiting {
  if (database.format === 'standard') return () => false;
  const { header, archives } = loadImage(database.toBytes());
  if (header.aggregation === 'mix') {
    return (index, interval) => index > 0 && interval > archives[index]!.ring.greatestEnd();
  }
  return (index, interval) => {
    const { step } = archives[index]!;
    return archives.slice(0, index).some(({ buffer }) => {
      const bases = buffer === undefined ? [] : [buffer.base(0), buffer.base(1)];
      return bases.some((base) => base !== 0 && floorTo(base, step) === interval);
    });
  };
}

/** The intervals of the next archive, rising, whose points wait in the buffer of archive `index`. */
export function bufferedIntervals(database: Database, index: number): number[] {
  if (database.format === 'standard') return [];
  const { buffer } = loadImage(database.toBytes()).archives[index]!;
  const bases = buffer === undefined ? [] : [buffer.base(0), buffer.base(1)];
  return bases.filter((base) => base !== 0).sort((a, b) => a - b);
}
