/** Points that a compressed file is filled with and that a coarser value has yet to be made of, when it is due. */
import { floorTo } from '../bytes/integers.js';
import { loadImage } from '../database/compressed-image.js';
import type { Database } from '../database/database.js';
import { open } from '../database/open.js';
import type { Dialect } from '../format/aggregation-method.js';
import { PointRun } from '../format/point-run.js';
import { putPoints, updateArchive } from './change/put-points.js';
import { indexOfTime, onlyPoints, shownPoints } from './change/shown-points.js';
import type { Content } from './store-contents.js';

/** What is filled, shared out. */
interface Shared {
  /** For each archive what goes to where it belongs, blocks or a unit that waits already. */
  readonly contents: readonly Content[];
  /** For each archive the points that are to come in through its buffer, as those of an update do. */
  readonly due: readonly PointRun[];
}

/**
 * Sets the points apart whose coarser value is filled as well and not over yet, where something waits for its time: stored
 * before that it would come in its way, and of points in blocks nothing would be made.
 */
export function setDueApart(target: Database, contents: readonly Content[], now: number): Shared {
  if (!hasBuffers(target)) return { contents, due: contents.map(() => new PointRun(0)) };
  const { archives } = loadImage(target.toBytes());
  let isAnyWaiting = false;
  const due = contents.map(({ taken }, index) => {
    const { buffer, ring } = archives[index]!;
    const coarser = archives[index + 1];
    if (buffer === undefined || coarser === undefined) return new PointRun(0);
    const newest = Math.max(buffer.base(0), buffer.base(1));
    if (newest !== 0) isAnyWaiting = true;
    const interval = floorTo(now, coarser.step);
    const isFilled = indexOfTime(contents[index + 1]!.taken, interval) !== -1;
    const isNewer = interval > newest && interval > ring.greatestEnd();
    return isAnyWaiting && isFilled && isNewer
      ? onlyPoints(taken, (timestamp) => timestamp >= interval)
      : new PointRun(0);
  });
  const others = contents.map(({ all, taken }, index) => {
    const isOther = (timestamp: number) => indexOfTime(due[index]!, timestamp) === -1;
    return due[index]!.length === 0
      ? { all, taken }
      : { all: onlyPoints(all, isOther), taken: onlyPoints(taken, isOther) };
  });
  return { contents: others, due };
}

/**
 * The file with the points that were set apart, and with every value that it is to show and does not make of what waits.
 *
 * @param contents  for each archive what it is to show, with what it took
 * @returns         beside the bytes, for each archive how many of the points that it took came only by this
 */
export function bringDue(
  filled: Uint8Array,
  contents: readonly Content[],
  due: readonly PointRun[],
  now: number,
  dialect: Dialect,
): { readonly bytes: Uint8Array; readonly brought: readonly number[] } {
  const how = { now, dialect };
  let bytes = filled;
  for (const [index, points] of due.entries()) bytes = updateArchive(bytes, index, points, how);
  const brought = contents.map(({ all, taken }, index) => {
    const missing = missingIn(bytes, index, all, how);
    bytes = putPoints(bytes, index, missing, [], how);
    return (
      due[index]!.length + onlyPoints(missing, (timestamp) => indexOfTime(taken, timestamp) !== -1).length
    );
  });
  return { bytes, brought };
}

function missingIn(
  bytes: Uint8Array,
  index: number,
  wanted: PointRun,
  { now, dialect }: { readonly now: number; readonly dialect: Dialect },
): PointRun {
  using work = open(bytes, { dialect, readOnly: true, late: 'insert' });
  const shown = shownPoints(work, index, now);
  return onlyPoints(wanted, (timestamp) => timestamp <= now && indexOfTime(shown, timestamp) === -1);
}

/** Whether coarser values are made of what leaves buffers. */
export function hasBuffers({ info: { format, aggregation } }: Database): boolean {
  return format === 'compressed' && aggregation !== 'mix';
}
