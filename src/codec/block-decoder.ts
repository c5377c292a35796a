/** The points of a block, up to its end marker or to where it is damaged. */
import { BitReader, READ_AHEAD } from '../bytes/bit-reader.js';
import { UINT32_MAX } from '../bytes/integers.js';
import { firstAtLeast } from '../bytes/rising.js';
import { POINT_SIZE } from '../format/point.js';
import type { PointSink } from '../format/point-run.js';
import { CHUNK, type CodecState, type Kernel } from '../kernel/kernel.js';
import { decodeInterval, END_OF_BLOCK } from './interval-codec.js';
import { decodeValue, ValueState } from './value-codec.js';

/** Which points of a block to keep, and how many there may be. */
export interface DecodeLimits {
  /** Keep points from this time on. */
  readonly from?: number;
  /** Keep points up to this time, and stop at the first one that reaches it. */
  readonly until?: number;
  /** Stop after so many points, whether the end marker has come or not. */
  readonly most?: number;
  /** Stop where a time is not later than the one before it. */
  readonly isStrict?: boolean;
  /** Places in the block that were found before: decoding begins at the last one before `from`, and adds new ones. */
  readonly marks?: BlockMark[];
}

/** A place in a block at which decoding can begin: behind a point. */
export interface BlockMark {
  readonly state: CodecState;
  /** Points up to there. */
  readonly count: number;
}

/** Points from one mark to the next. */
const MARK_DISTANCE = 512;

/** How the decoding of a block ended. */
export interface Decoded {
  /** Points that were decoded, kept or not. */
  readonly count: number;
  /** The bit after the last one read: behind the end marker if that was reached. */
  readonly end: number;
  /** True if the end marker was reached. */
  readonly isComplete: boolean;
  /** True if each time was later than the one before it. */
  readonly isRising: boolean;
  /** What is wrong with the bits, as the middle of a sentence; the points before that place were kept. */
  readonly damage?: string;
}

/** Room that must stand behind a block's bytes in memory. */
export const DECODER_SLACK = READ_AHEAD;

/**
 * Decodes a block.
 *
 * @param bytes   the block, with at least {@link DECODER_SLACK} bytes behind `length`
 * @param length  bytes of the block
 * @param step    seconds between points
 * @param into    receives the points that are kept, behind those it has
 * @param kernel  if the bytes are those of its memory: does the runs of usual points
 */
export function decodePoints(
  bytes: Uint8Array,
  length: number,
  step: number,
  into: PointSink,
  limits: DecodeLimits = {},
  kernel: Kernel | null = null,
): Decoded {
  if (length < POINT_SIZE) {
    return { count: 0, end: 0, isComplete: false, isRising: true, damage: `only ${length} bytes` };
  }
  const decoder = new Decoder(bytes, length, step, into, limits, kernel);
  return decoder.decode();
}

/** The decoding of one block. */
class Decoder {
  readonly #length: number;
  readonly #step: number;
  readonly #into: PointSink;
  readonly #kernel: Kernel | null;
  readonly #from: number;
  readonly #until: number;
  readonly #most: number;
  readonly #isStrict: boolean;
  readonly #marks: BlockMark[] | undefined;
  readonly #reader: BitReader;
  readonly #values = new ValueState();
  /** Points decoded so far. */
  #count = 0;
  /** Time of the last one, and of the one before it. */
  #latest = 0;
  #previous = 0;
  #isRising = true;

  constructor(
    bytes: Uint8Array,
    length: number,
    step: number,
    into: PointSink,
    { from = 0, until = UINT32_MAX, most = Number.POSITIVE_INFINITY, isStrict = false, marks }: DecodeLimits,
    kernel: Kernel | null,
  ) {
    this.#reader = new BitReader(bytes, 0);
    this.#length = length;
    this.#step = step;
    this.#into = into;
    this.#kernel = kernel;
    this.#from = from;
    this.#until = until;
    this.#most = most;
    this.#isStrict = isStrict;
    this.#marks = marks;
  }

  decode(): Decoded {
    const reader = this.#reader;
    const values = this.#values;
    const last = this.#length * 8;
    const mark = this.#marks?.findLast(({ state }) => state.latest < this.#from);
    if (mark !== undefined) {
      this.#goOn(mark.state);
      this.#count = mark.count;
    } else if (!this.#begin()) return this.#stop(reader.position, false, 'a first point of time 0');
    for (;;) {
      if (this.#latest >= this.#until || this.#count >= this.#most) return this.#stop(reader.position, false);
      if (this.#kernel !== null && this.#decodeRun(this.#kernel)) continue;
      const start = reader.position;
      const next = decodeInterval(reader, this.#latest, this.#previous, this.#step);
      if (reader.position > last) return this.#stop(start, false, this.#noEnd);
      if (next === END_OF_BLOCK) return this.#stop(reader.position, true);
      const isWritten = decodeValue(reader, values);
      // Behind the last point there is always the marker, so one that ends with the block was cut off or made up.
      if (reader.position >= last) return this.#stop(start, false, this.#noEnd);
      if (!isWritten) return this.#stop(start, false, `bits at byte ${start >>> 3} that no encoder writes`);
      if (next <= this.#latest) {
        this.#isRising = false;
        if (this.#isStrict) return this.#stop(reader.position, false);
      }
      this.#take(next);
    }
  }

  /** Reads the first point; false if there is none. */
  #begin(): boolean {
    const time = this.#reader.readBits(32);
    const high = this.#reader.readBits(32);
    const low = this.#reader.readBits(32);
    if (time === 0) return false;
    this.#values.begin(high, low, high, low);
    this.#latest = time;
    this.#take(time);
    return true;
  }

  /** Takes a point: the one in `values`, of this time. */
  #take(time: number): void {
    this.#previous = this.#count === 0 ? time : this.#latest;
    this.#latest = time;
    this.#count++;
    const { high, low } = this.#values;
    if (time >= this.#from && time <= this.#until) this.#into.push(time, high, low);
  }

  /** Decodes usual points by the kernel; false if the next one is none. */
  #decodeRun(kernel: Kernel): boolean {
    // It takes for granted that time goes on.
    if (this.#latest <= this.#previous) return false;
    kernel.begin(this.#state());
    const before = this.#count;
    // Distances change by whole steps, so such as began so stay multiples of the step.
    const isAligned = (this.#latest - this.#previous) % this.#step === 0;
    const piece = this.#marks === undefined ? CHUNK : MARK_DISTANCE;
    for (let count = piece; count === piece && this.#count < this.#most; ) {
      count = kernel.decode(this.#length, this.#step, this.#until, Math.min(piece, this.#most - this.#count));
      if (count > 0) this.#takeRun(kernel, count, isAligned);
      if (count === piece) this.#mark(kernel);
    }
    if (this.#count === before) return false;
    this.#goOn(kernel.state);
    return true;
  }

  /** Takes the points in the kernel's columns; all of them rise. */
  #takeRun({ times, values }: Kernel, count: number, isAligned: boolean): void {
    const last = times[count - 1]!;
    const start = firstAtLeast(times, this.#from, count);
    const end = last > this.#until ? count - 1 : count;
    const isEven = isAligned && last - times[0]! === (count - 1) * this.#step;
    if (start < end) this.#into.pushAll(times, values, start, end, isEven);
    this.#count += count;
  }

  /** Remembers the place that the kernel has come to, if it is behind all that are remembered. */
  #mark(kernel: Kernel): void {
    const marks = this.#marks;
    if (marks === undefined || this.#count <= (marks.at(-1)?.count ?? 0)) return;
    marks.push({ state: kernel.state, count: this.#count });
  }

  #goOn({ bit, latest, previous, high, low, xorHigh, xorLow }: CodecState): void {
    this.#reader.seek(bit);
    this.#values.resume(high, low, xorHigh, xorLow);
    this.#latest = latest;
    this.#previous = previous;
  }

  #state(): CodecState {
    const { high, low, xorHigh, xorLow } = this.#values;
    return {
      bit: this.#reader.position,
      latest: this.#latest,
      previous: this.#previous,
      high,
      low,
      xorHigh,
      xorLow,
    };
  }

  #stop(end: number, isComplete: boolean, damage?: string): Decoded {
    const decoded = { count: this.#count, end, isComplete, isRising: this.#isRising };
    return damage === undefined ? decoded : { ...decoded, damage };
  }

  get #noEnd(): string {
    return `no end marker before byte ${this.#length}`;
  }
}
