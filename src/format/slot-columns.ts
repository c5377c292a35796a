/** Points in the slots of a range: what a compressed archive is read into. */
import { HIGH, halvesOf, LOW } from '../bytes/double-bits.js';
import { type Columns, makeColumns } from './point.js';
import type { PointRun, PointSink } from './point-run.js';

export class SlotColumns implements PointSink, Columns {
  /** NaN in gaps, once all is done. */
  readonly values: Float64Array;
  /** 1 where there is a value, 0 in gaps. */
  readonly known: Uint8Array;
  /** Time of the last point that was pushed, whether there is a slot for it or not. */
  latest: number | undefined;
  readonly #halves: Uint32Array;
  readonly #first: number;
  readonly #step: number;

  /**
   * @param first  interval of slot 0
   * @param step   seconds
   * @throws WhisperError `WSP_SYSTEM` for more slots than the machine's memory takes
   */
  constructor(first: number, step: number, count: number) {
    const { values, known } = makeColumns(count);
    this.values = values;
    this.known = known;
    this.#halves = halvesOf(values);
    this.#first = first;
    this.#step = step;
  }

  /** Puts a point into the slot of its interval, bit for bit; one outside of the range is passed over. */
  push(timestamp: number, high: number, low: number): void {
    this.latest = timestamp;
    const slot = Math.floor((timestamp - this.#first) / this.#step);
    if (slot < 0 || slot >= this.known.length) return;
    this.#halves[2 * slot + HIGH] = high;
    this.#halves[2 * slot + LOW] = low;
    this.known[slot] = 1;
  }

  pushRun({ timestamps, values, length }: PointRun): void {
    this.pushAll(timestamps, values, 0, length, false);
  }

  pushAll(timestamps: Float64Array, values: Float64Array, start: number, end: number, isEven: boolean): void {
    if (start === end) return;
    const slot = (timestamps[start]! - this.#first) / this.#step;
    // Nearly always the points belong in slots side by side, which is one copy.
    if (isEven && Number.isInteger(slot) && slot >= 0 && slot + end - start <= this.known.length) {
      this.values.set(values.subarray(start, end), slot);
      this.known.fill(1, slot, slot + end - start);
      this.latest = timestamps[end - 1]!;
      return;
    }
    const halves = halvesOf(values);
    for (let i = start; i < end; i++) this.push(timestamps[i]!, halves[2 * i + HIGH]!, halves[2 * i + LOW]!);
  }

  /** Makes NaN of the slots that no point came to. */
  finish(): void {
    const { values, known } = this;
    for (let gap = known.indexOf(0); gap !== -1; ) {
      const next = known.indexOf(1, gap);
      const end = next === -1 ? known.length : next;
      values.fill(Number.NaN, gap, end);
      gap = known.indexOf(0, end);
    }
  }
}
