/** Where in a compressed file the points go that it takes: to blocks, or to what waits in a buffer. */
import type { CompressedArchive } from '../archive/compressed-archive.js';
import { mergePoints } from '../archive/sorted-points.js';
import { floorTo } from '../bytes/integers.js';
import { loadImage } from '../database/compressed-image.js';
import type { Database } from '../database/database.js';
import type { CompressedInfo } from '../database/info.js';
import { onlyPoints } from './change/shown-points.js';
import { type Buffers, greatestEnd } from './hand-over.js';
import type { Content } from './store-contents.js';

/** What the archives will hold, and their buffers. */
export interface Placed {
  readonly contents: readonly Content[];
  /** Undefined for a file without buffers. */
  readonly buffers: Buffers | undefined;
}

/**
 * What blocks end with decides what they take from then on. So what waits in buffers goes on waiting, and points of the
 * same intervals wait with it, unless something newer is filled; and a coarser interval that is not over yet is rolled up
 * in its time. (Quirk 27: go-whisper stores both, and what is rolled up later comes too late.)
 */
export function leaveWaiting(target: Database, contents: readonly Content[], now: number): Placed {
  if (target.format === 'standard') return { contents, buffers: undefined };
  const { archives } = loadImage(target.toBytes());
  const info = target.info as CompressedInfo;
  const placed = withOlder(contents, info, archives[0]!, now).map((content, index) => {
    return leaveInArchive(content, info, index, now, unitsOf(archives, index));
  });
  for (const [index, { waiting }] of placed.entries()) archives[index]!.buffer?.replace(waiting);
  return { contents: placed, buffers: archives.map(({ buffer }) => buffer) };
}

/**
 * The base of a mix with what it holds beyond its reach as well: the coarser archives may have yet to be made of that.
 *
 * @param archive  the base that holds it
 */
export function withOlder(
  contents: readonly Content[],
  { aggregation }: CompressedInfo,
  archive: CompressedArchive,
  now: number,
): readonly Content[] {
  const { step, retention } = archive;
  const [base, ...others] = contents;
  if (aggregation !== 'mix' || base === undefined) return contents;
  const oldest = floorTo(now - retention, step) + step;
  const older = onlyPoints(archive.allPoints(false), (timestamp) => timestamp < oldest);
  return [{ ...base, all: mergePoints(older, base.all).points }, ...others];
}

/** Tells whether the interval of a time has its place in a buffer. */
function unitsOf(archives: readonly CompressedArchive[], index: number): (timestamp: number) => boolean {
  const { buffer } = archives[index]!;
  const coarser = archives[index + 1];
  if (buffer === undefined || coarser === undefined) return () => false;
  const bases = [buffer.base(0), buffer.base(1)].filter((base) => base !== 0);
  return (timestamp) => bases.includes(floorTo(timestamp, coarser.step));
}

function leaveInArchive(
  { all, taken }: Content,
  info: CompressedInfo,
  index: number,
  now: number,
  isInUnit: (timestamp: number) => boolean,
): Content & { readonly waiting: Content['taken'] } {
  const { step, ranges } = info.archives[index]!;
  const reached = greatestEnd(ranges);
  const isRolledUp = info.archives.slice(0, index).some(({ buffered, ranges: finer }) => {
    return buffered > 0 || (info.aggregation === 'mix' && greatestEnd(finer) > 0);
  });
  const isDone = (timestamp: number) => timestamp <= reached || !isRolledUp || timestamp + step <= now;
  const kept = onlyPoints(taken, isDone);
  const waiting = onlyPoints(kept, isInUnit);
  const settled = onlyPoints(kept, (timestamp) => timestamp > reached && !isInUnit(timestamp));
  return {
    all: onlyPoints(all, settled.length > 0 ? isDone : (timestamp) => timestamp <= reached),
    taken: kept,
    waiting,
  };
}
