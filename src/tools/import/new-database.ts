/** The bytes of a new database of either format, given what its archives shall hold. */
import { StandardArchive } from '../../archive/standard-archive.js';
import { WriteBuffer } from '../../archive/write-buffer.js';
import { floorTo } from '../../bytes/integers.js';
import { Scratch } from '../../bytes/scratch.js';
import type { ImageSettings } from '../../database/compressed-image.js';
import { checkCompressedLayout, type LayoutOptions, planFile } from '../../database/layout.js';
import { MemoryFile } from '../../file/memory-file.js';
import type { Dialect } from '../../format/aggregation-method.js';
import type { PlannedArchive } from '../../format/block-plan.js';
import type { PointRun } from '../../format/point-run.js';
import { RAW_POINT_SIZE } from '../../format/raw-point.js';
import { decodeHeader } from '../../format/standard-header.js';
import { fillBlocks } from '../fill-blocks.js';

/**
 * @param points   for each archive by rising time, one for each interval, no more than it holds
 * @param isLive   false: everything is to stand in the blocks of a compressed file, and nothing is made of it
 * @throws WhisperError what `create` throws for the layout
 */
export function newDatabase(
  layout: LayoutOptions,
  points: readonly PointRun[],
  dialect: Dialect,
  isLive = true,
): Uint8Array {
  if (layout.format !== 'compressed') return newStandard(layout, points, dialect);
  // Checked as `create` checks it, so that what it refuses is refused here.
  planFile(layout, dialect);
  const { settings, planned } = checkCompressedLayout(layout, dialect);
  return isLive
    ? newCompressed(settings, planned, points, dialect)
    : fillBlocks(settings, planned, points, dialect);
}

function newStandard(layout: LayoutOptions, points: readonly PointRun[], dialect: Dialect): Uint8Array {
  const { start, fileSize } = planFile(layout, dialect);
  const bytes = new Uint8Array(fileSize);
  bytes.set(start);
  writeRings(bytes, decodeHeader(bytes, fileSize, dialect).archives, points);
  return bytes;
}

/** Writes points into the rings of a standard file. */
export function writeRings(
  bytes: Uint8Array,
  archives: readonly { readonly offset: number; readonly step: number; readonly points: number }[],
  points: readonly PointRun[],
): void {
  const file = new MemoryFile(bytes, 'owned');
  const scratch = new Scratch();
  for (const [i, archive] of archives.entries()) {
    const { timestamps, values, length } = points[i]!;
    if (length > 0) new StandardArchive(file, archive, scratch).write(timestamps, values, 0, length);
  }
}

/**
 * A compressed file as one that its points came to one by one: those of an interval that the next archive has no value of
 * yet wait in the buffer, so that what comes after them counts with them.
 */
export function newCompressed(
  settings: ImageSettings,
  planned: readonly PlannedArchive[],
  points: readonly PointRun[],
  dialect: Dialect,
): Uint8Array {
  const isMix = settings.aggregation === 'mix';
  const split = points.map((run, i) => {
    const next = planned[i + 1];
    return isMix || next === undefined
      ? { stored: run, buffer: undefined }
      : splitWaiting(run, planned[i]!, next, points[i + 1]!);
  });
  return fillBlocks(
    settings,
    planned,
    split.map(({ stored }) => stored),
    dialect,
    { buffers: split.map(({ buffer }) => buffer) },
  );
}

/** A buffer has two units, each for an interval of the next archive. */
const UNITS = [1, 0] as const;

function splitWaiting(
  points: PointRun,
  { step }: PlannedArchive,
  { step: coarseStep }: PlannedArchive,
  coarser: PointRun,
): { stored: PointRun; buffer: WriteBuffer | undefined } {
  const rolledUp = coarser.length === 0 ? 0 : coarser.timestamps[coarser.length - 1]!;
  const slots = coarseStep / step;
  const buffer = new WriteBuffer(new Uint8Array(2 * RAW_POINT_SIZE * slots), step, coarseStep);
  let left = points.length;
  for (const unit of UNITS) {
    const interval = left === 0 ? 0 : floorTo(points.timestamps[left - 1]!, coarseStep);
    // The interval of time 0 cannot be told from an empty unit.
    if (interval === 0 || interval <= rolledUp) break;
    while (left > 0 && points.timestamps[left - 1]! >= interval) buffer.put(unit, interval, points, --left);
  }
  return left === points.length
    ? { stored: points, buffer: undefined }
    : { stored: points.part(0, left), buffer };
}

/** Without the value of an interval that is not over yet, which a compressed file makes when it is. */
export function withoutUnfinished(points: PointRun, step: number, until: number): PointRun {
  let { length } = points;
  while (length > 0 && points.timestamps[length - 1]! + step > until) length--;
  return points.part(0, length);
}
