/**
 * A run of points in memory: two columns that grow.
 *
 * Values go in and out as the two halves of their bits as well, so that no payload of a NaN is lost on the way.
 */
import { HIGH, halvesOf, LOW } from '../bytes/double-bits.js';
import { WhisperError } from '../errors.js';

const FEWEST = 64;
/** Numbers that take longer to clear than such memory takes to be had. */
const WORTH_LEAVING = 1024;

/** Takes points, one behind the other. */
export interface PointSink {
  push(timestamp: number, high: number, low: number): void;
  /**
   * Takes the points [start, end) of two columns, bit for bit.
   *
   * @param isEven  each is known to come a step of the archive after the one before it
   */
  pushAll(timestamps: Float64Array, values: Float64Array, start: number, end: number, isEven: boolean): void;
}

export class PointRun implements PointSink {
  /** How many points there are; the columns are longer. */
  length = 0;
  /** Unix seconds. */
  timestamps: Float64Array;
  values: Float64Array;
  /** The values' halves, two for each: see double-bits.ts. */
  halves: Uint32Array;

  /** @param room  points that the columns hold before they must grow */
  constructor(room = FEWEST, timestamps = allocate(room), values = allocate(room)) {
    this.timestamps = timestamps;
    this.values = values;
    this.halves = halvesOf(values);
  }

  /** Points of two columns; the columns themselves are used, not copied. */
  static over(timestamps: Float64Array, values: Float64Array): PointRun {
    const { length } = timestamps;
    const run = new PointRun(length, timestamps, values);
    run.length = length;
    return run;
  }

  push(timestamp: number, high: number, low: number): void {
    const at = this.#next();
    this.timestamps[at] = timestamp;
    this.halves[2 * at + HIGH] = high;
    this.halves[2 * at + LOW] = low;
  }

  pushValue(timestamp: number, value: number): void {
    const at = this.#next();
    this.timestamps[at] = timestamp;
    this.values[at] = value;
  }

  pushAll(timestamps: Float64Array, values: Float64Array, start: number, end: number): void {
    const at = this.length;
    this.#reserve(at + end - start);
    this.timestamps.set(timestamps.subarray(start, end), at);
    this.values.set(values.subarray(start, end), at);
    this.length = at + end - start;
  }

  /** Appends all points of another run. */
  pushRun({ timestamps, values, length }: PointRun): void {
    this.pushAll(timestamps, values, 0, length);
  }

  /** Appends point `i` of another run. */
  pushFrom(other: PointRun, i: number): void {
    this.push(other.timestamps[i]!, other.halves[2 * i + HIGH]!, other.halves[2 * i + LOW]!);
  }

  /** Puts the value of point `i` of another run in the place of that of point `at`. */
  setValueFrom(at: number, other: PointRun, i: number): void {
    this.halves[2 * at] = other.halves[2 * i]!;
    this.halves[2 * at + 1] = other.halves[2 * i + 1]!;
  }

  /** The points as columns of just their number, in memory that holds nothing else. */
  columns(): { timestamps: Float64Array; values: Float64Array } {
    const { timestamps, values, length } = this;
    if (isFilledBy(timestamps, length) && isFilledBy(values, length)) return { timestamps, values };
    return { timestamps: timestamps.slice(0, length), values: values.slice(0, length) };
  }

  clear(): void {
    this.length = 0;
  }

  /** The points [start, end), over the same memory. */
  part(start: number, end: number): PointRun {
    return PointRun.over(this.timestamps.subarray(start, end), this.values.subarray(start, end));
  }

  /** The same points by rising time; of equal times those that came first stay first. */
  sorted(): PointRun {
    const { length, timestamps } = this;
    let isRising = true;
    for (let i = 1; i < length && isRising; i++) isRising = timestamps[i]! >= timestamps[i - 1]!;
    if (isRising) return this.part(0, length);
    const order = Uint32Array.from({ length }, (_, i) => i);
    order.sort((a, b) => timestamps[a]! - timestamps[b]! || a - b);
    const sorted = new PointRun(length);
    for (const i of order) sorted.pushFrom(this, i);
    return sorted;
  }

  #next(): number {
    this.#reserve(this.length + 1);
    return this.length++;
  }

  #reserve(count: number): void {
    if (count > this.timestamps.length) this.#grow(Math.max(FEWEST, count, 2 * this.length));
  }

  #grow(room: number): void {
    const timestamps = allocate(room);
    const values = allocate(room);
    timestamps.set(this.timestamps);
    // A copy of the same kind of array is one of its bytes.
    values.set(this.values);
    this.timestamps = timestamps;
    this.values = values;
    this.halves = halvesOf(values);
  }
}

function isFilledBy(column: Float64Array, length: number): boolean {
  return column.length === length && column.byteLength === column.buffer.byteLength;
}

/** What the memory held is left in it: only what was pushed is ever looked at. */
function allocate(count: number): Float64Array {
  try {
    if (count < WORTH_LEAVING) return new Float64Array(count);
    return new Float64Array(Buffer.allocUnsafeSlow(count * Float64Array.BYTES_PER_ELEMENT).buffer);
  } catch (error) {
    throw new WhisperError('WSP_SYSTEM', { found: `${count} points do not fit into memory`, cause: error });
  }
}
