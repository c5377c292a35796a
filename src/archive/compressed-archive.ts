/**
 * One archive of a compressed file: points in through the buffer to the blocks, and out of both.
 *
 * It works on the metadata in memory, and on the blocks in the file. Whoever made it writes what has changed of the metadata
 * when a call is done.
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
import { type Appended, BlockRing } from './block-ring.js';
import { Passage } from './passage.js';
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
  /** Whether late points are kept to be inserted, or discarded and counted. */
  readonly keepsLate: boolean;
  /** Those of the present call, in the order in which they came: the caller's own, and such as are rolled up. */
  readonly late = { own: new PointRun(0), rolledUp: new PointRun(0) };
  /** Whether what is stored now is the caller's own. */
  isOwn = false;
  /** Intervals of the next archive of which a part left the buffer in an earlier call: their values are of both parts. */
  readonly parted = new Set<number>();
  /** Late points since creation. */
  discarded: number;
  #writtenDiscarded: number;
  #passage: Passage | undefined;

  /**
   * @param metadata    of the whole file; block ranges and buffer are changed there
   * @param coarseStep  seconds, of the next archive; undefined for the last
   * @param keepsLate   false in files that are made anew, in which no point comes late
   */
  constructor(
    file: ByteFile,
    info: CompressedArchiveInfo,
    metadata: Uint8Array,
    { ranges, buffer, unitSlots }: ArchivePlace,
    coarseStep: number | undefined,
    encoder: BlockEncoder,
    keepsLate = false,
  ) {
    this.info = info;
    this.step = info.step;
    this.points = info.points;
    this.retention = info.step * info.points;
    this.spec = info.spec;
    this.keepsLate = keepsLate;
    this.discarded = info.discarded;
    this.#writtenDiscarded = info.discarded;
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

  /** Whether its header has to be written anew. */
  get isChanged(): boolean {
    return this.ring.isChanged || this.discarded !== this.#writtenDiscarded;
  }

  /** What was changed has been written. */
  settle(): void {
    this.#writtenDiscarded = this.discarded;
    this.ring.settle();
    this.buffer?.touched.clear();
  }

  /** The way through its buffer, for one batch. */
  passage(buffer: WriteBuffer, coarseStep: number): Passage {
    this.#passage ??= new Passage(this, buffer, coarseStep);
    this.#passage.begin();
    return this.#passage;
  }

  /** The archive as its header is to be written. */
  get present(): CompressedArchiveInfo {
    return { ...this.info, current: this.ring.current, discarded: this.discarded };
  }

  /** Appends aligned points to the blocks; those that come too late are kept or counted. */
  append(points: PointRun): Appended {
    const before = this.ring.latest;
    const appended = this.ring.append(points);
    if (appended.late === 0) return appended;
    if (!this.keepsLate) {
      this.discarded += appended.late;
      return appended;
    }
    this.#keepLateOf(points, before);
    return { ...appended, late: 0 };
  }

  /** Keeps point `i` of a run, which comes too late. */
  keepLate(points: PointRun, i: number): void {
    (this.isOwn ? this.late.own : this.late.rolledUp).pushFrom(points, i);
  }

  /** Keeps the points that are not later than all before them, beginning with `latest`. */
  #keepLateOf(points: PointRun, latest: number): void {
    let newest = latest;
    for (let i = 0; i < points.length; i++) {
      const timestamp = points.timestamps[i]!;
      if (timestamp > newest) newest = timestamp;
      else if (timestamp !== 0) this.keepLate(points, i);
    }
  }

  /**
   * Every point of the blocks and of the buffer, by rising time; of equal times the buffer's counts, or, where that will be
   * discarded as late, the block's.
   */
  allPoints(isLenient: boolean): PointRun {
    const waiting = this.buffer?.points() ?? new PointRun(0);
    const all = this.keepsLate ? new PointRun() : waiting;
    this.ring.read(0, Number.POSITIVE_INFINITY, all, isLenient);
    if (this.keepsLate) all.pushRun(waiting);
    return lastOfEach(all.sorted(), 1);
  }
}

/**
 * The points aligned to a step, one for each interval: the last value of an interval, at the place of the first.
 *
 * @param points  by rising time
 * @returns       the run itself if it is so already
 */
export function lastOfEach(points: PointRun, step: number): PointRun {
  if (isOneForEach(points, step)) return points;
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

/** Whether points are aligned to a step, and each is later than the one before it. */
function isOneForEach({ timestamps, length }: PointRun, step: number): boolean {
  let latest = -1;
  for (let i = 0; i < length; i++) {
    const timestamp = timestamps[i]!;
    // As far from an aligned one as a step: no need to divide.
    if (timestamp - latest !== step || i === 0) {
      if (timestamp <= latest || floorTo(timestamp, step) !== timestamp) return false;
    }
    latest = timestamp;
  }
  return true;
}
