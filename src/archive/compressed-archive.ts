/**
 * One archive of a compressed file: points in through the buffer to the blocks, and out of both.
 *
 * It works on the metadata of one call, in memory, and on the blocks in the file. Whoever made it writes the metadata
 * back when the call is done.
 */
import { floorTo } from '../bytes/integers.js';
import type { BlockEncoder } from '../codec/block-encoder.js';
import type { ByteFile } from '../file/byte-file.js';
import type { AggregationSpec } from '../format/aggregation-spec.js';
import { BLOCK_RANGE_SIZE } from '../format/block-range.js';
import type { ArchivePlace, CompressedArchiveInfo } from '../format/compressed-header.js';
import { PointRun } from '../format/point-run.js';
import { RAW_POINT_SIZE } from '../format/raw-point.js';
import type { Retention } from '../format/retention.js';
import { aggregateList } from './aggregate.js';
import { type Appended, BlockRing } from './block-ring.js';
import { WriteBuffer } from './write-buffer.js';

/** How values become a coarser one, in a file that is no mix. */
export interface RollUp {
  readonly method: AggregationSpec['method'];
  readonly percentile: number;
  /** Single precision. */
  readonly xFilesFactor: number;
}

export class CompressedArchive implements Retention {
  readonly info: CompressedArchiveInfo;
  readonly step: number;
  readonly points: number;
  /** Seconds that the archive reaches back. */
  readonly retention: number;
  readonly spec: AggregationSpec | undefined;
  readonly ring: BlockRing;
  /** Absent in the last archive and in mix files. */
  readonly buffer: WriteBuffer | undefined;
  /** Late points since creation. */
  discarded: number;

  /**
   * @param metadata    of the whole file; block ranges and buffer are changed there
   * @param coarseStep  seconds, of the next archive; undefined for the last
   */
  constructor(
    file: ByteFile,
    info: CompressedArchiveInfo,
    metadata: Uint8Array,
    { ranges, buffer, unitSlots }: ArchivePlace,
    coarseStep: number | undefined,
    encoder: BlockEncoder,
  ) {
    this.info = info;
    this.step = info.step;
    this.points = info.points;
    this.retention = info.step * info.points;
    this.spec = info.spec;
    this.discarded = info.discarded;
    this.ring = new BlockRing(
      file,
      info,
      metadata.subarray(ranges, ranges + BLOCK_RANGE_SIZE * info.blockCount),
      encoder,
    );
    if (unitSlots > 0 && coarseStep !== undefined) {
      const bytes = metadata.subarray(buffer, buffer + 2 * RAW_POINT_SIZE * unitSlots);
      this.buffer = new WriteBuffer(bytes, info.step, coarseStep);
    }
  }

  /** The archive as its header is to be written. */
  get present(): CompressedArchiveInfo {
    return { ...this.info, current: this.ring.current, discarded: this.discarded };
  }

  /** Appends aligned points to the blocks, and counts those that come too late. */
  append(points: PointRun): Appended {
    const appended = this.ring.append(points);
    this.discarded += appended.late;
    return appended;
  }

  /**
   * Every point of the blocks and of the buffer, by rising time; of equal times the block's counts, since what waits
   * beside it will come too late.
   */
  allPoints(isLenient: boolean): PointRun {
    const all = this.buffer?.points() ?? new PointRun();
    this.ring.read(0, Number.POSITIVE_INFINITY, all, isLenient);
    return lastOfEach(all.sorted(), 1);
  }
}

/**
 * The points aligned to a step, one for each interval: the last value of an interval, at the place of the first.
 *
 * @param points  by rising time
 */
export function lastOfEach(points: PointRun, step: number): PointRun {
  const aligned = new PointRun(points.length);
  for (let i = 0; i < points.length; i++) {
    const interval = floorTo(points.timestamps[i]!, step);
    const latest = aligned.length - 1;
    if (latest >= 0 && aligned.timestamps[latest] === interval) aligned.setValueFrom(latest, points, i);
    else {
      aligned.pushFrom(points, i);
      aligned.timestamps[latest + 1] = interval;
    }
  }
  return aligned;
}

/**
 * Stores points in archive `index` of a file that is no mix, and rolls up what leaves its buffer.
 *
 * @param points  by rising time
 * @returns       how many of them came too late; what is discarded as it leaves the buffer is only counted
 */
export function storePoints(
  archives: readonly CompressedArchive[],
  index: number,
  points: PointRun,
  how: RollUp,
): number {
  const archive = archives[index]!;
  const aligned = lastOfEach(points, archive.step);
  const coarser = archives[index + 1];
  const { buffer } = archive;
  if (buffer === undefined || coarser === undefined) return archive.append(aligned).late;
  return storeInBuffer(archive, buffer, coarser.step, aligned, (interval, flushed) => {
    archive.append(flushed);
    if (Math.fround(flushed.length / buffer.slots) < how.xFilesFactor) return;
    const rolledUp = new PointRun(1);
    rolledUp.pushValue(interval, aggregateList(flushed.values.slice(0, flushed.length), how));
    storePoints(archives, index + 1, rolledUp, how);
  });
}

/**
 * Puts points into the buffer. A third interval takes the unit of the older one, which is flushed before.
 *
 * Which unit is the newer one, and how old a point may be, is looked at once for the call and not again as the buffer
 * moves on: one call with many points and many with one each can leave different files (doc/format.md, quirks 13 to
 * 16).
 *
 * @param flush  is given the interval of a unit and its points in the order of time
 * @returns      how many points came too late
 */
function storeInBuffer(
  archive: CompressedArchive,
  buffer: WriteBuffer,
  coarseStep: number,
  points: PointRun,
  flush: (interval: number, points: PointRun) => void,
): number {
  const bases: [number, number] = [buffer.base(0), buffer.base(1)];
  let current: 0 | 1 = bases[1] > bases[0] ? 1 : 0;
  const oldest = buffer.oldestAllowed();
  let late = 0;
  for (let i = 0; i < points.length; ) {
    const interval = floorTo(points.timestamps[i]!, coarseStep);
    if (oldest !== 0 && interval < oldest) {
      late++;
      i++;
      continue;
    }
    if (bases[current] === 0 && interval !== bases[0] && interval !== bases[1]) bases[current] = interval;
    const unit = interval === bases[0] ? 0 : interval === bases[1] ? 1 : undefined;
    if (unit !== undefined) {
      buffer.put(unit, interval, points, i);
      i++;
      continue;
    }
    current = current === 0 ? 1 : 0;
    const base = bases[current];
    bases[current] = 0;
    const flushed = buffer.take(current);
    if (flushed.length > 0) flush(base, flushed);
  }
  archive.discarded += late;
  return late;
}
