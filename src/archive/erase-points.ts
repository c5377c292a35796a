/**
 * Takes a range of time out of the archives of a compressed file: out of buffers, and out of blocks, which are encoded anew.
 *
 * Values that wait in a buffer for a coarser archive are made of what is left in it whenever they are looked at. A coarser
 * value that stands there already and of which a part goes is made anew, as late points make it.
 */
import { WhisperError } from '../errors.js';
import { PointRun } from '../format/point-run.js';
import { aggregateList } from './aggregate.js';
import type { CompressedArchive, RollUp } from './compressed-archive.js';
import type { ErasedSpan } from './erasure.js';
import { RingEdit } from './ring-edit.js';
import { mergePoints, pointsWithin } from './sorted-points.js';

export interface EraseOptions {
  /** Unix seconds. */
  readonly now: number;
  /** Pass over damaged blocks. */
  readonly isLenient: boolean;
}

/** How many points went; or the index of an archive in whose ring the points that are left find no room. */
export type Erased = { readonly erased: number } | { readonly crowded: number };

/**
 * Everything is decoded and made before anything is written. Fewer points can take more room: such as follow one another
 * step by step take least.
 *
 * @param plan    the finest archive first
 * @param making  how coarser values are made in a file that is no mix; in a mix the method is the archive's own
 * @throws WhisperError `WSP_CORRUPT` for a damaged block that may hold points of the range, or of a value to be made anew
 */
export function erasePoints(
  archives: readonly CompressedArchive[],
  plan: readonly ErasedSpan[],
  making: RollUp,
  { now, isLenient }: EraseOptions,
): Erased {
  const changes = new Map<number, ArchiveErasure>();
  for (const { index, first, last, source, parted } of plan) {
    const change = new ArchiveErasure(archives[index]!, isLenient);
    changes.set(index, change);
    change.erase(first, last);
    const finer = source === undefined ? undefined : changes.get(source);
    if (finer === undefined) continue;
    const how = { ...making, ...archives[index]!.spec };
    for (const interval of parted) {
      if (finer.reachesTo(interval, now)) change.makeAnew(interval, finer, how);
    }
  }
  for (const [index, change] of changes) {
    if (!change.commit(now)) return { crowded: index };
  }
  return { erased: [...changes.values()].reduce((sum, { erased }) => sum + erased, 0) };
}

/** What is taken out of one archive. */
class ArchiveErasure {
  readonly #archive: CompressedArchive;
  readonly #edit: RingEdit;
  readonly #isLenient: boolean;
  erased = 0;

  constructor(archive: CompressedArchive, isLenient: boolean) {
    this.#archive = archive;
    this.#edit = new RingEdit(archive.ring);
    this.#isLenient = isLenient;
  }

  /** Takes the points of the intervals from `first` to `last` out. */
  erase(first: number, last: number): void {
    const waited = this.#archive.buffer?.erase(first, last) ?? new PointRun(0);
    // A point that waits to take the place of one in a block is the same point.
    for (let i = 0; i < waited.length; i++) {
      const timestamp = waited.timestamps[i]!;
      if (timestamp > this.#archive.ring.latest || this.#inBlocks(timestamp, timestamp).length === 0) {
        this.erased++;
      }
    }
    const { erased, damaged } = this.#edit.erase(first, last);
    this.erased += erased;
    if (damaged > 0) this.#refuseDamaged(damaged);
  }

  /**
   * Makes the value of an interval anew, if there is one: of the finer points as they are by now, or of none if too few of
   * them are known, and then it goes as well.
   */
  makeAnew(interval: number, finer: ArchiveErasure, how: RollUp): void {
    const { buffer, step } = this.#archive;
    const isWaiting = buffer?.holds(interval) ?? false;
    const isInBlocks = this.#inBlocks(interval, interval).length > 0;
    if (!isWaiting && !isInBlocks) return;
    const points = finer.#points(interval, interval + step - 1);
    if (points === undefined) return;
    const ratio = step / finer.#archive.step;
    if (points.length === 0 || Math.fround(points.length / ratio) < how.xFilesFactor) {
      this.erase(interval, interval);
      return;
    }
    const made = new PointRun(1);
    made.pushValue(interval, aggregateList(points.values.slice(0, points.length), how));
    if (isWaiting) buffer?.replace(made);
    if (isInBlocks) this.#edit.insert(made);
  }

  /** Whether all is there yet that was stored from a time on. */
  reachesTo(time: number, now: number): boolean {
    return time >= now - this.#archive.retention && this.#edit.reachesTo(time);
  }

  /** Writes the blocks that have changed; false if there is no room for them, and nothing is written then. */
  commit(now: number): boolean {
    return this.#edit.commit(now - this.#archive.retention);
  }

  /** The points of the times [from, until] as they shall be; undefined if they cannot all be read. */
  #points(from: number, until: number): PointRun | undefined {
    const stored = this.#edit.gather(from, until);
    if (stored === undefined) {
      this.#refuseDamaged(1);
      return undefined;
    }
    const waiting = pointsWithin(this.#archive.buffer?.points().sorted() ?? new PointRun(0), from, until);
    const [former, later] = this.#archive.keepsLate ? [stored, waiting] : [waiting, stored];
    return mergePoints(former, later).points;
  }

  /** The points of the times [from, until] in blocks, as they shall be; none of damaged ones. */
  #inBlocks(from: number, until: number): PointRun {
    const found = this.#edit.gather(from, until);
    if (found === undefined) this.#refuseDamaged(1);
    return found ?? new PointRun(0);
  }

  #refuseDamaged(count: number): void {
    if (this.#isLenient) return;
    const blocks = count === 1 ? 'a block' : `${count} blocks`;
    throw new WhisperError('WSP_CORRUPT', {
      found: `damage in ${blocks} of the ${this.#archive.step} s archive with points of the range, or of a value to be made anew`,
      expected: 'whole blocks',
    });
  }
}
