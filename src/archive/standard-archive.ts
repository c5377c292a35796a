import { floorTo, UINT32_MAX } from '../bytes/integers.js';
import type { Scratch } from '../bytes/scratch.js';
import { WhisperError } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import { readSteadily } from '../file/steady-read.js';
import {
  type Columns,
  decodeSlots,
  decodeTimestamp,
  decodeValue,
  encodePoint,
  POINT_SIZE,
} from '../format/point.js';
import type { ArchiveInfo } from '../format/standard-header.js';
import { CHUNK, type Kernel, loadKernel } from '../kernel/kernel.js';
import { RecentSlots } from './recent-slots.js';
import { slotOf, slotsBeforeSeam } from './ring.js';

/** What a ring holds, slot by slot and stale points included. */
export interface Slots {
  /** Seconds; 0 where nothing was ever written. */
  readonly timestamps: Uint32Array;
  readonly values: Float64Array;
}

/** What is known of an archive. */
export interface StandardArchiveOptions {
  /** The file was cut off: what lies behind its end is read as never written. */
  readonly isCutOff?: boolean;
  /** Nobody else writes to the file. */
  readonly isExclusive?: boolean;
  /** Base interval, where it has been read already. */
  readonly base?: number | undefined;
}

/** Base interval of a ring that nothing was written to. */
const EMPTY = 0;
/** Slots of one read without the kernel, or of one write: 768 KiB, which are still in the processor's cache when they are decoded. */
export const LONGEST_PIECE = 2 ** 16;

/** Slots of which the kernel is worth its call and the copies. */
const FEWEST_SLOTS = 128;

/** One archive of a standard file: runs of points in and out of a ring of 12-byte slots. */
export class StandardArchive implements ArchiveInfo {
  readonly offset: number;
  readonly step: number;
  readonly points: number;
  /** Seconds that the archive reaches back. */
  readonly retention: number;
  readonly #file: ByteFile;
  readonly #scratch: Scratch;
  readonly #isCutOff: boolean;
  readonly #isExclusive: boolean;
  readonly #recent: RecentSlots | undefined;
  /** Kept once it is known not to be EMPTY: see ring.ts for why it need not be read again. */
  #base: number;

  /** @param scratch  shared with other archives; used within single calls only */
  constructor(
    file: ByteFile,
    { offset, step, points }: ArchiveInfo,
    scratch: Scratch,
    { isCutOff = false, isExclusive = false, base = EMPTY }: StandardArchiveOptions = {},
  ) {
    this.offset = offset;
    this.step = step;
    this.points = points;
    this.retention = step * points;
    this.#file = file;
    this.#scratch = scratch;
    this.#isCutOff = isCutOff;
    this.#isExclusive = isExclusive;
    this.#recent = isExclusive ? new RecentSlots() : undefined;
    this.#base = base;
  }

  /** True while slot 0 holds no point. */
  isEmpty(): boolean {
    return this.#readBase() === EMPTY;
  }

  /** The slot of an interval; undefined in an empty archive. */
  slotOf(interval: number): number | undefined {
    const base = this.#readBase();
    return base === EMPTY ? undefined : slotOf(this, base, interval);
  }

  /**
   * Reads the intervals `first`, `first + step`, … that are in the ring.
   *
   * @param count  at most `points`
   * @param into   receives `count` values from index 0
   */
  read(first: number, count: number, into: Columns): void {
    this.#collect(first, count, into, true);
  }

  #collect(first: number, count: number, into: Columns, isForAnswer: boolean): void {
    // An empty ring is read as well, from its first slot: it can hold points yet, after one of interval 0.
    let slot = this.slotOf(first) ?? 0;
    const kernel = this.#kernelFor(first, count);
    for (let done = 0; done < count; ) {
      const interval = first + done * this.step;
      const piece = slotsBeforeSeam(
        this,
        slot,
        Math.min(count - done, kernel === null ? LONGEST_PIECE : CHUNK),
      );
      if (kernel === null) {
        this.#readSlots(slot, piece, isForAnswer);
        decodeSlots(this.#scratch.view, piece, interval, this.step, into, done);
      } else {
        this.#readInto(kernel.bytes(piece * POINT_SIZE)!, slot, piece, isForAnswer);
        kernel.decodeSlots(piece, interval, this.step);
        into.values.set(kernel.values.subarray(0, piece), done);
        into.known.set(kernel.known.subarray(0, piece), done);
      }
      done += piece;
      slot = (slot + piece) % this.points;
    }
  }

  /** The kernel, if it takes these intervals: it knows none outside of 32 bits. */
  #kernelFor(first: number, count: number): Kernel | null {
    if (count < FEWEST_SLOTS || first < 0 || first + (count - 1) * this.step > UINT32_MAX) return null;
    return loadKernel();
  }

  /** As {@link read}, for a writer, into columns that the database's next such call uses again. */
  peek(first: number, count: number): Columns {
    const columns = this.#scratch.columns(count);
    this.#collect(first, count, columns, false);
    return columns;
  }

  /**
   * Reads the intervals `first`, `first + step`, … that are in the ring, and keeps the values that are there.
   *
   * What one coarser value is made of: few enough that they are decoded straight into a list.
   *
   * @param count  at most `points`
   * @param into   receives the values in the order of time, from index 0
   * @returns      how many there are
   */
  readKnown(first: number, count: number, into: Float64Array): number {
    let slot = this.slotOf(first) ?? 0;
    let known = 0;
    for (let done = 0; done < count; ) {
      const piece = slotsBeforeSeam(this, slot, Math.min(count - done, LONGEST_PIECE));
      known = decodeKnown(this.#viewOf(slot, piece), piece, first + done * this.step, this.step, into, known);
      done += piece;
      slot = (slot + piece) % this.points;
    }
    return known;
  }

  /** The slots from `slot` on, at the beginning of a view. */
  #viewOf(slot: number, count: number): DataView {
    const kept = this.#recent?.find(slot, count);
    if (kept !== undefined) return kept;
    this.#readSlots(slot, count);
    this.#recent?.offer(slot, count, this.#scratch.bytes);
    return this.#scratch.view;
  }

  /** Writes one point; as {@link write}, of which it is the shortest case. */
  writeOne(interval: number, value: number): void {
    const base = this.#readBase();
    const slot = base === EMPTY ? 0 : slotOf(this, base, interval);
    const { bytes, view } = this.#scratch;
    encodePoint(view, 0, interval, value);
    try {
      this.#file.writeAt(bytes, POINT_SIZE, this.offset + slot * POINT_SIZE);
      this.#recent?.put(slot, interval, value);
    } catch (error) {
      this.#recent?.forget();
      throw error;
    }
    if (interval === EMPTY) this.#base = EMPTY;
    else if (base === EMPTY) this.#base = interval;
  }

  /**
   * Writes the points [start, end) of two columns, in their order, one write for each unbroken run.
   *
   * @param intervals  seconds, rising, each a multiple of the step
   */
  write(intervals: Float64Array, values: Float64Array, start: number, end: number): void {
    this.#recent?.forget();
    let base = this.#readBase();
    let next = start;
    if (base === EMPTY) {
      // Interval 0 in slot 0 leaves the ring empty, so the following point takes its place.
      if (intervals[next] === EMPTY && next + 1 < end) next++;
      base = intervals[next]!;
    }
    this.#scratch.reserve(Math.min(end - next, this.points, LONGEST_PIECE) * POINT_SIZE);
    while (next < end) next += this.#writeRun(intervals, values, next, end, base);
    // Interval 0 may just have emptied the ring by landing in slot 0: look again next time.
    this.#base = intervals[start] === EMPTY ? EMPTY : base;
  }

  /** Writes points while they follow one another, up to the seam; returns how many. */
  #writeRun(intervals: Float64Array, values: Float64Array, start: number, end: number, base: number): number {
    const { bytes, view } = this.#scratch;
    const slot = slotOf(this, base, intervals[start]!);
    const limit = Math.min(end, start + slotsBeforeSeam(this, slot, LONGEST_PIECE));
    const stop = endOfRun(intervals, start, limit, this.step);
    for (let i = start, offset = 0; i < stop; i++, offset += POINT_SIZE) {
      encodePoint(view, offset, intervals[i]!, values[i]!);
    }
    this.#file.writeAt(bytes, (stop - start) * POINT_SIZE, this.offset + slot * POINT_SIZE);
    return stop - start;
  }

  /** Whether there is a point of an interval. */
  holds(interval: number): boolean {
    return interval !== EMPTY && this.readKnown(interval, 1, new Float64Array(1)) === 1;
  }

  /** Whether a later turn of the ring has taken a slot of the intervals `first`, `first + step`, … */
  isOvertaken(first: number, count: number): boolean {
    let slot = this.slotOf(first) ?? 0;
    for (let done = 0; done < count; ) {
      const piece = slotsBeforeSeam(this, slot, Math.min(count - done, LONGEST_PIECE));
      this.#readSlots(slot, piece);
      for (let i = 0; i < piece; i++) {
        const interval = first + (done + i) * this.step;
        if (decodeTimestamp(this.#scratch.view, i * POINT_SIZE) > interval) return true;
      }
      done += piece;
      slot = (slot + piece) % this.points;
    }
    return false;
  }

  /**
   * Empties the slots that hold one of the intervals from `first` to `last`: one write for each unbroken run of them.
   *
   * @returns  how many there were
   */
  erase(first: number, last: number): number {
    if (first > last) return 0;
    this.#recent?.forget();
    const count = Math.min((last - first) / this.step + 1, this.points);
    let slot = slotOf(this, this.#readBase(), first);
    let erased = 0;
    for (let done = 0; done < count; ) {
      const piece = slotsBeforeSeam(this, slot, Math.min(count - done, LONGEST_PIECE));
      this.#readSlots(slot, piece);
      erased += this.#eraseRead(slot, piece, first + done * this.step, first, last);
      done += piece;
      slot = (slot + piece) % this.points;
    }
    return erased;
  }

  /** Empties those of `count` slots, just read, that hold one of the intervals; `interval` is one that belongs in the first. */
  #eraseRead(slot: number, count: number, interval: number, first: number, last: number): number {
    const { bytes, view } = this.#scratch;
    let erased = 0;
    for (let start = 0, end = 0; start < count; start = end + 1) {
      for (end = start; end < count; end++) {
        const at = end * POINT_SIZE;
        const timestamp = decodeTimestamp(view, at);
        const isThere = timestamp !== EMPTY && timestamp >= first && timestamp <= last;
        // Of a range longer than the ring a slot may hold any turn; in a sound ring none holds another's interval.
        if (!isThere || (timestamp - interval - end * this.step) % this.retention !== 0) break;
        if (slot + end > 0) bytes.fill(0, at, at + POINT_SIZE);
        else if (!this.#blankBase(view, timestamp)) break;
      }
      if (end === start) continue;
      const from = start * POINT_SIZE;
      const run = bytes.subarray(from, end * POINT_SIZE);
      this.#file.writeAt(run, run.length, this.offset + slot * POINT_SIZE + from);
      erased += end - start;
    }
    return erased;
  }

  /**
   * Makes a point of slot 0 one that no read finds: without a timestamp there the whole ring would count as never written.
   * It is of the first turn after 1970, which leaves every slot where it is.
   *
   * In a ring longer than all time since then there is no other turn: the point stays, without a value. False if that is so
   * already.
   */
  #blankBase(view: DataView, timestamp: number): boolean {
    const oldest = timestamp - floorTo(timestamp - 1, this.retention);
    if (oldest === timestamp && Number.isNaN(decodeValue(view, 0))) return false;
    encodePoint(view, 0, oldest, Number.NaN);
    return true;
  }

  /** The whole ring in the file's order. */
  slots(): Slots {
    const { points } = this;
    const { timestamps, values } = makeSlots(points);
    const kernel = points < FEWEST_SLOTS ? null : loadKernel();
    const longest = kernel === null ? LONGEST_PIECE : CHUNK;
    for (let start = 0; start < points; start += longest) {
      const count = Math.min(points - start, longest);
      if (kernel === null) this.#splitSlots(start, count, timestamps, values);
      else {
        this.#readInto(kernel.bytes(count * POINT_SIZE)!, start, count, true);
        kernel.splitSlots(count);
        timestamps.set(kernel.slotTimes.subarray(0, count), start);
        values.set(kernel.values.subarray(0, count), start);
      }
    }
    return { timestamps, values };
  }

  #splitSlots(start: number, count: number, timestamps: Uint32Array, values: Float64Array): void {
    this.#readSlots(start, count, true);
    const { view } = this.#scratch;
    for (let slot = start, offset = 0; slot < start + count; slot++, offset += POINT_SIZE) {
      timestamps[slot] = decodeTimestamp(view, offset);
      values[slot] = decodeValue(view, offset);
    }
  }

  #readBase(): number {
    if (this.#base !== EMPTY) return this.#base;
    this.#readSlots(0, 1);
    this.#base = decodeTimestamp(this.#scratch.view, 0);
    return this.#base;
  }

  /** Brings `count` slots from `slot` on into the scratch bytes. */
  #readSlots(slot: number, count: number, isForAnswer = false): void {
    this.#scratch.reserve(count * POINT_SIZE);
    this.#readInto(this.#scratch.bytes, slot, count, isForAnswer);
  }

  /** @param isForAnswer  no slot may be half of what another process writes meanwhile; writers keep each other out by a lock */
  #readInto(bytes: Uint8Array, slot: number, count: number, isForAnswer: boolean): void {
    const length = count * POINT_SIZE;
    const position = this.offset + slot * POINT_SIZE;
    const read =
      isForAnswer && !this.#isExclusive
        ? readSteadily(this.#file, bytes, length, position, POINT_SIZE)
        : this.#file.readAt(bytes, length, position);
    if (read === length) return;
    if (!this.#isCutOff) {
      throw new WhisperError('WSP_CORRUPT', {
        path: this.#file.name,
        found: `the file ends at byte ${position + read}`,
        expected: `${length} bytes at byte ${position}`,
      });
    }
    // A slot that is there in part says nothing either.
    bytes.fill(0, read - (read % POINT_SIZE), length);
  }
}

/** Index after the last of the intervals [start, end) that follow one another without a gap. */
function endOfRun(intervals: Float64Array, start: number, end: number, step: number): number {
  // They rise, so that those without any gap, which most batches are, are told by their ends.
  if (intervals[end - 1]! - intervals[start]! === (end - 1 - start) * step) return end;
  let stop = start + 1;
  while (stop < end && intervals[stop]! - intervals[stop - 1]! === step) stop++;
  return stop;
}

/**
 * Appends the values of the slots that hold exactly the interval expected there; see `decodeSlots`.
 *
 * @param first  not before 1970
 * @param at     where in `into` the first of them goes
 * @returns      where the next one goes
 */
function decodeKnown(
  view: DataView,
  count: number,
  first: number,
  step: number,
  into: Float64Array,
  at: number,
): number {
  // No slot holds a time beyond 32 bits; the others are compared as signed numbers, which takes least time.
  const end = Math.min(count, Math.floor((UINT32_MAX - first) / step) + 1) * POINT_SIZE;
  let interval = first | 0;
  let known = at;
  for (let offset = 0; offset < end; offset += POINT_SIZE) {
    if (view.getInt32(offset) === interval) {
      into[known] = decodeValue(view, offset);
      known++;
    }
    interval = (interval + step) | 0;
  }
  return known;
}

function makeSlots(points: number): Slots {
  try {
    return { timestamps: new Uint32Array(points), values: new Float64Array(points) };
  } catch (error) {
    throw new WhisperError('WSP_SYSTEM', { found: `${points} slots do not fit into memory`, cause: error });
  }
}
