/**
 * The merge of two databases in memory, archive by archive as Python's merge does it: what is written to a finer archive
 * is rolled up into the coarser ones, and then the source's own coarser values come on top.
 *
 * Two things are looked at that Python does not look at. A coarser value of the target that its own finer points do not
 * account for (they are gone, or never were there) is kept from being overwritten by what a few points of the source
 * come to. And in a compressed file, values that wait for the rest of their interval go on waiting.
 */
import { mergePoints } from '../archive/sorted-points.js';
import { floorTo } from '../bytes/integers.js';
import type { Database } from '../database/database.js';
import type { DatabaseInfo } from '../database/info.js';
import { open } from '../database/open.js';
import { WhisperError } from '../errors.js';
import type { Dialect } from '../format/aggregation-method.js';
import { PointRun } from '../format/point-run.js';
import { formatRetention } from '../format/retention.js';
import { makingOf } from './change/coarser-value.js';
import { editPoints } from './change/edit-points.js';
import type { RangeOptions } from './change/options.js';
import { indexOfTime, onlyPoints, shownPoints, valueAt } from './change/shown-points.js';
import { bufferedIntervals, type IsWaiting, waitingIntervals } from './change/waiting.js';
import { soundCopy, specOf } from './donor.js';
import { slotsFor } from './fill-gaps.js';
import { greatestEnd } from './hand-over.js';

/** Whose value counts where both have one. */
export type Winner = 'source' | 'target';

/** How two databases are merged; checked. */
export interface Merging extends RangeOptions {
  readonly now: number;
  readonly prefer: Winner;
  readonly dialect: Dialect;
}

/** What became of one archive of the target. */
export interface MergedArchive {
  /** Seconds per point. */
  readonly step: number;
  readonly points: number;
  /** Below the base of a mix file: the name of its aggregation. */
  readonly spec?: string;
  /** Points of the source that the target lacked. */
  readonly added: number;
  /** Those that took the place of another value. */
  readonly replaced: number;
  /** Those that changed nothing: the target has the same value, or keeps its own. */
  readonly unchanged: number;
  /** Values that were made anew of finer points that came. */
  readonly rolledUp: number;
}

export class MergeRun {
  readonly #merging: Merging;
  readonly #dialect: Dialect;
  readonly #source: Database;
  readonly #info: DatabaseInfo;
  /** What the target showed of each archive before. */
  readonly #before: readonly PointRun[];
  /** Which of that was made of what waits. */
  readonly #waited: IsWaiting;
  /** What the source shows of each archive, within the range. */
  readonly #offered: readonly PointRun[];
  /** What was written to each archive so far. */
  readonly #written: PointRun[];
  readonly #original: Uint8Array;
  /** The target as it becomes. */
  #work: Database;

  /** @throws WhisperError `WSP_UNLIKE_ARCHIVES`, `WSP_CORRUPT` */
  constructor(source: Database, target: Database, merging: Merging) {
    checkLikeness(source, target);
    this.#merging = merging;
    this.#info = target.info;
    // Numbers of methods are a matter of dialect in standard files alone; how go-whisper reads a compressed one would show
    // less than there is.
    this.#dialect = target.format === 'standard' ? merging.dialect : 'python';
    const { now } = merging;
    this.#source = soundCopy(source, source.format === 'standard' ? merging.dialect : 'python');
    const copy = soundCopy(target, this.#dialect);
    this.#original = copy.toBytes();
    this.#work = this.#opened(this.#original);
    const indices = [...this.#info.archives.keys()];
    this.#before = indices.map((index) => shownPoints(this.#work, index, now));
    this.#waited = waitingIntervals(this.#work);
    this.#offered = indices.map((index) => {
      return onlyPoints(shownPoints(this.#source, index, now, merging), slotsFor(this.#work, index));
    });
    this.#written = indices.map(() => new PointRun(0));
  }

  finish(): { readonly bytes: Uint8Array; readonly archives: MergedArchive[]; readonly isChanged: boolean } {
    if (this.#info.aggregation === 'mix') this.#mergeMix();
    else for (const index of byRetention(this.#info)) this.#mergeArchive(index);
    const archives = this.#info.archives.map((_, index) => this.#told(index));
    const bytes = this.#work.toBytes();
    const isShown = archives.some(({ added, replaced, rolledUp }) => added + replaced + rolledUp > 0);
    const isChanged = isShown || (this.#info.format === 'standard' && !isSame(bytes, this.#original));
    return { bytes, archives, isChanged };
  }

  #opened(bytes: Uint8Array): Database {
    return open(bytes, { dialect: this.#dialect, late: 'insert' });
  }

  #shownNow(index: number): PointRun {
    return shownPoints(this.#work, index, this.#merging.now);
  }

  #mergeArchive(index: number): void {
    const given = this.#given(index);
    const points = mergePoints(this.#kept(index, given), given).points;
    if (points.length === 0) return;
    this.#settle(index, points);
    this.#store(index, points);
    this.#written[index] = points;
  }

  #store(index: number, points: PointRun): void {
    const { now } = this.#merging;
    const { retention } = this.#info.archives[index]!;
    if (points.length > 0) this.#work.updateMany(points.columns(), { now, retention });
  }

  /**
   * Before values come into intervals that wait for finer points still, these go to the blocks, with what is older, and
   * what they come to is stored: else it would take the place of the values later.
   */
  #settle(index: number, points: PointRun): void {
    const isWaiting = waitingIntervals(this.#work);
    const last = points.timestamps.subarray(0, points.length).findLast((time) => isWaiting(index, time));
    if (last === undefined || this.#info.aggregation === 'mix') return;
    const { now } = this.#merging;
    const end = last + this.#info.archives[index]!.step;
    for (let finer = 0; finer < index; finer++) {
      const settled = bufferedIntervals(this.#work, finer).filter((interval) => interval < end);
      if (settled.length === 0) continue;
      const made = onlyPoints(this.#shownNow(finer + 1), (timestamp) => settled.includes(timestamp));
      const edit = { index: finer, put: new PointRun(0), taken: [], settled };
      this.#work = this.#opened(editPoints(this.#work.toBytes(), [edit], now, this.#dialect));
      this.#store(finer + 1, made);
    }
  }

  /** The source's points that are to be written to an archive. */
  #given(index: number): PointRun {
    const { prefer, now } = this.#merging;
    const { step } = this.#info.archives[index]!;
    const before = this.#before[index]!;
    const lacking = (timestamp: number) => prefer === 'source' || valueAt(before, timestamp) === undefined;
    // Python writes all, also what is there already: its intervals are rolled up anew.
    if (this.#info.format === 'standard') return onlyPoints(this.#offered[index]!, lacking);
    const isWaiting = waitingIntervals(this.#work);
    const present = this.#shownNow(index);
    return onlyPoints(this.#offered[index]!, (timestamp, value) => {
      if (!lacking(timestamp)) return false;
      const there = valueAt(present, timestamp);
      if (there !== undefined && Object.is(there, value)) return false;
      // Stored now, the value of an interval that is not over yet would stay what it is by now.
      return !isWaiting(index, timestamp) || timestamp + step <= now;
    });
  }

  /**
   * Values of the target that stay although finer points of their intervals were written: all of them, if the target is
   * preferred, or those that are not what the finer points came to before.
   */
  #kept(index: number, given: PointRun): PointRun {
    const making = makingOf(this.#info, index, this.#dialect);
    const kept = new PointRun(0);
    if (making === undefined) return kept;
    const before = this.#before[index]!;
    for (const interval of this.#touched(index)) {
      const at = indexOfTime(before, interval);
      if (at === -1 || indexOfTime(given, interval) !== -1 || this.#waited(index, interval)) continue;
      if (this.#merging.prefer === 'source') {
        if (indexOfTime(this.#offered[index]!, interval) !== -1) continue;
        const made = making.value(this.#before[making.finer]!, interval);
        if (made !== undefined && Object.is(made, before.values[at])) continue;
      }
      kept.pushFrom(before, at);
    }
    return kept;
  }

  /** The intervals of an archive in which finer points were written; rising. */
  #touched(index: number): number[] {
    const { archives, aggregation } = this.#info;
    const { step } = archives[index]!;
    const touched = new Set<number>();
    for (const [finer, { timestamps, length }] of this.#written.entries()) {
      if (archives[finer]!.step >= step || (aggregation === 'mix' && finer > 0)) continue;
      for (let i = 0; i < length; i++) touched.add(floorTo(timestamps[i]!, step));
    }
    return [...touched].sort((a, b) => a - b);
  }

  /** A mix makes its coarser values of the base alone, and takes none: they are put into its blocks. */
  #mergeMix(): void {
    this.#mergeArchive(0);
    const end = this.#madeUpTo();
    const edits = this.#info.archives.flatMap((_, index) => {
      return index === 0 ? [] : [{ index, put: this.#mixPoints(index, end), taken: [] }];
    });
    const { now } = this.#merging;
    this.#work = this.#opened(editPoints(this.#work.toBytes(), edits, now, this.#dialect));
  }

  /** The time up to which the source has made its coarser values: what comes after is told by its base. */
  #madeUpTo(): number {
    const { now, from = -1, until = now } = this.#merging;
    const ends = this.#info.archives.map(({ step }, index) => {
      if (index === 0) return 0;
      const { timestamps } = this.#source.points(index, { now });
      const last = timestamps.findLast((timestamp) => timestamp > from && timestamp <= until);
      return last === undefined ? 0 : last + step;
    });
    return Math.max(...ends);
  }

  /**
   * What is put into a coarser archive of a mix. Behind the last of its values all are put that are made by now, since the
   * archive takes none any more that is older than its last.
   */
  #mixPoints(index: number, end: number): PointRun {
    const { archives } = this.#work.info as Extract<DatabaseInfo, { format: 'compressed' }>;
    const { step, ranges } = archives[index]!;
    const reached = greatestEnd(ranges);
    const present = this.#shownNow(index);
    const before = this.#before[index]!;
    const given = onlyPoints(this.#offered[index]!, (timestamp, value) => {
      if (timestamp > reached && timestamp + step > end) return false;
      if (this.#merging.prefer === 'target' && valueAt(before, timestamp) !== undefined) return false;
      const there = timestamp > reached ? undefined : valueAt(present, timestamp);
      return there === undefined || !Object.is(there, value);
    });
    const kept = onlyPoints(this.#kept(index, given), (timestamp) => timestamp <= reached);
    const isBehind = given.length > 0 && given.timestamps[given.length - 1]! > reached;
    const made = onlyPoints(
      present,
      (timestamp) => isBehind && timestamp > reached && timestamp + step <= end,
    );
    return mergePoints(mergePoints(made, kept).points, given).points;
  }

  #told(index: number): MergedArchive {
    const { step, points } = this.#info.archives[index]!;
    const spec = specOf(this.#info, index);
    const [before, after, offered] = [this.#before[index]!, this.#shownNow(index), this.#offered[index]!];
    const counts = { added: 0, replaced: 0, unchanged: 0, rolledUp: 0 };
    for (let i = 0; i < offered.length; i++) {
      const timestamp = offered.timestamps[i]!;
      const [former, present] = [valueAt(before, timestamp), valueAt(after, timestamp)];
      if (present === undefined || Object.is(former, present)) counts.unchanged++;
      else if (former === undefined) counts.added++;
      else counts.replaced++;
    }
    for (let i = 0; i < after.length; i++) {
      const timestamp = after.timestamps[i]!;
      if (valueAt(offered, timestamp) !== undefined) continue;
      if (!Object.is(valueAt(before, timestamp), after.values[i])) counts.rolledUp++;
    }
    return { step, points, ...(spec === undefined ? {} : { spec }), ...counts };
  }
}

/** The archives in the order in which Python merges them. */
function byRetention({ archives }: DatabaseInfo): number[] {
  const indices = [...archives.keys()].sort((a, b) => archives[a]!.retention - archives[b]!.retention);
  const isRepeated = indices.some((index, i) => {
    return i > 0 && archives[index]!.retention === archives[indices[i - 1]!]!.retention;
  });
  if (!isRepeated) return indices;
  throw new WhisperError('WSP_UNSUPPORTED_FORMAT', {
    found: 'two archives that reach back equally far',
    expected: 'archives of which each reaches back further than the finer ones',
  });
}

/** @throws WhisperError `WSP_UNLIKE_ARCHIVES` */
function checkLikeness(source: Database, target: Database): void {
  const [offered, there] = [describeArchives(source.info), describeArchives(target.info)];
  if (offered.join() === there.join()) return;
  throw new WhisperError('WSP_UNLIKE_ARCHIVES', {
    found: `archives ${there.join(', ')}, unlike ${offered.join(', ')} of ${source.path ?? 'the source'}`,
    expected: 'the same archives in both (resize changes them)',
  });
}

function describeArchives(info: DatabaseInfo): string[] {
  return info.archives.map((archive, index) => {
    const spec = specOf(info, index);
    return formatRetention(archive) + (spec === undefined ? '' : ` ${spec}`);
  });
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
