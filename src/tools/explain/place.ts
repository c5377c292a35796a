/** Where in its file an interval stands, or would stand. */
import { slotOf } from '../../archive/ring.js';
import { floorTo } from '../../bytes/integers.js';
import type { CompressedArchiveDescription } from '../../database/info.js';
import { POINT_SIZE } from '../../format/point.js';
import { RAW_POINT_SIZE } from '../../format/raw-point.js';
import type { SelectedArchive } from '../dump.js';
import type { BufferedPoint, ExplainedBlock, ExplainedSlot } from './explanation.js';
import type { Question } from './question.js';

/** The slot of an interval in an archive of a standard file. */
export function slotAt(
  question: Question,
  { index, archive }: SelectedArchive,
  interval: number,
): ExplainedSlot {
  const { timestamps, values } = question.slots(index);
  const base = timestamps[0]!;
  // In an empty ring the first point takes the first slot.
  const slot = base === 0 ? 0 : slotOf(archive, base, interval);
  const timestamp = timestamps[slot]!;
  return {
    slot,
    offset: archive.offset + slot * POINT_SIZE,
    holds:
      timestamp === 0
        ? 'nothing'
        : timestamp === interval
          ? 'this'
          : timestamp < interval
            ? 'older'
            : 'newer',
    timestamp,
    value: values[slot]!,
  };
}

/** The block whose range an interval falls in; null if none does. */
export function blockAt(
  question: Question,
  { index, archive }: SelectedArchive,
  interval: number,
): ExplainedBlock | null {
  const found = question.blocks(index).find(({ isEmpty, start, end }) => {
    return !isEmpty && floorTo(start, archive.step) <= interval && end >= interval;
  });
  if (found === undefined) return null;
  const { offset, start, end, isCurrent, points, damage } = found;
  const at = points.timestamps.findLastIndex((timestamp) => floorTo(timestamp, archive.step) === interval);
  return {
    block: found.index,
    offset,
    start,
    end,
    isCurrent,
    value: points.values[at] ?? null,
    ...(damage === undefined ? {} : { damage }),
  };
}

/**
 * The point of an interval that waits in the buffer of a compressed archive; null if none does.
 *
 * The buffer holds two intervals of the next coarser archive: a point of a third one pushes out the older of them.
 */
export function bufferedAt(
  question: Question,
  { index, archive }: SelectedArchive,
  interval: number,
  coarseStep: number | undefined,
): BufferedPoint | null {
  const { bufferSize } = archive as CompressedArchiveDescription;
  if (bufferSize === 0 || coarseStep === undefined) return null;
  const { timestamps, values } = question.slots(index);
  // The buffer stands behind the blocks, free slots as time 0.
  const start = timestamps.length - bufferSize / RAW_POINT_SIZE;
  const at = timestamps.findLastIndex((timestamp, i) => {
    return i >= start && timestamp !== 0 && floorTo(timestamp, archive.step) === interval;
  });
  if (at === -1) return null;
  const held = [...timestamps.subarray(start)].filter((timestamp) => timestamp !== 0);
  const newest = floorTo(Math.max(...held), coarseStep);
  const own = floorTo(interval, coarseStep);
  return { value: values[at]!, until: newest + (own === newest ? 2 : 1) * coarseStep };
}

/** How many points of the times from `start` up to `end` an archive may have had, in whose places there are newer ones by now. */
export function lostIn(question: Question, index: number, start: number, end: number): number {
  const { step, points } = question.info.archives[index]!;
  if (question.info.format === 'compressed') {
    const past = Math.min(oldestKept(question, index), end) - start;
    return Math.max(0, Math.ceil(past / step));
  }
  let lost = 0;
  // Of a range longer than the ring the last turn tells enough: what has the place of one of its points has all of them.
  for (let interval = Math.max(start, end - points * step); interval < end; interval += step) {
    if (isOverwritten(question, index, interval)) lost++;
  }
  return lost;
}

/** A slot with an older interval, or none, says that this one was never written. */
function isOverwritten(question: Question, index: number, interval: number): boolean {
  const { timestamps } = question.slots(index);
  const base = timestamps[0]!;
  return base !== 0 && timestamps[slotOf(question.info.archives[index]!, base, interval)]! > interval;
}

/** From when on an archive of blocks has all that it was given: 0 as long as it has blocks that were never used. */
function oldestKept(question: Question, index: number): number {
  const blocks = question.blocks(index);
  if (blocks.some(({ isEmpty }) => isEmpty)) return 0;
  return Math.min(...blocks.map(({ start }) => start));
}
