/** Where in a compressed file the points go that it takes: to blocks, or to what waits in a buffer. */
import type { CompressedArchive } from '../archive/compressed-archive.js';
import { mergePoints } from '../archive/sorted-points.js';
import { floorTo } from '../bytes/integers.js';
import { loadImage } from '../database/compressed-image.js';
import type { Database } from '../database/database.js';
import type { CompressedInfo } from '../database/info.js';
import type { PointRun } from '../format/point-run.js';
import { onlyPoints } from './change/shown-points.js';
import { type Buffers, greatestEnd } from './hand-over.js';
import type { Content } from './store-contents.js';
import { lastSettled } from './unfinished.js';

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
  const whole = withOlder(contents, info, archives[0]!, now);
  const points = whole.map(({ all }) => all);
  const shared = whole.map((content, index) => {
    const isDone = doneIn(info, index, points, now);
    return shareOut(content, greatestEnd(info.archives[index]!.ranges), isDone, unitsOf(archives, index));
  });
  // From where the last archive of a mix ends all are made of the base: none of them may be behind it.
  const isOneSettled = info.aggregation === 'mix' && shared.slice(1).some(({ isSettled }) => isSettled);
  const placed = shared.map(({ isSettled, ...share }, index) => {
    return isSettled || (isOneSettled && index > 0) ? share.done : share.reached;
  });
  for (const [index, { waiting }] of shared.entries()) archives[index]!.buffer?.replace(waiting);
  return {
    contents: placed.map((all, index) => ({ all, taken: shared[index]!.taken })),
    buffers: archives.map(({ buffer }) => buffer),
  };
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

type IsMeant = (timestamp: number) => boolean;

/** Tells whether an interval of an archive is over, so that what is filled in it may stand in blocks. */
function doneIn(info: CompressedInfo, index: number, points: readonly PointRun[], now: number): IsMeant {
  const { archives, aggregation } = info;
  const { step } = archives[index]!;
  if (aggregation === 'mix') {
    const last = lastSettled(info, index, points, now);
    return (timestamp) => index === 0 || (timestamp <= last && timestamp + step <= now);
  }
  const isRolledUp = archives.slice(0, index).some(({ buffered }) => buffered > 0);
  return (timestamp) => !isRolledUp || timestamp + step <= now;
}

/** What becomes of the points of an archive. */
interface Share {
  readonly taken: PointRun;
  /** Of these what goes to a buffer. */
  readonly waiting: PointRun;
  /** Whether something is taken that its blocks do not reach. */
  readonly isSettled: boolean;
  /** All that its blocks hold if they take something later than they reach; if not. */
  readonly done: PointRun;
  readonly reached: PointRun;
}

/**
 * @param end       as far as its blocks reach
 * @param isOver    whether the interval of a later point may stand in blocks
 * @param isInUnit  whether it has its place in a buffer
 */
function shareOut({ all, taken }: Content, end: number, isOver: IsMeant, isInUnit: IsMeant): Share {
  const isDone = (timestamp: number) => timestamp <= end || isOver(timestamp);
  const kept = onlyPoints(taken, isDone);
  return {
    taken: kept,
    waiting: onlyPoints(kept, isInUnit),
    isSettled: onlyPoints(kept, (timestamp) => timestamp > end && !isInUnit(timestamp)).length > 0,
    done: onlyPoints(all, isDone),
    reached: onlyPoints(all, (timestamp) => timestamp <= end),
  };
}
