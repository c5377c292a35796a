/** What a range of a database holds. */
export class Series implements Iterable<readonly [timestamp: number, value: number | null]> {
  /** Timestamp of the first value, Unix seconds. */
  readonly from: number;
  /** Timestamp after the last value: exclusive. */
  readonly until: number;
  /** Seconds from one value to the next. */
  readonly step: number;
  /** One for each step; NaN in gaps. */
  readonly values: Float64Array;
  /** 1 where there is a value, 0 in gaps; this tells a stored NaN from a gap. */
  readonly known: Uint8Array;
  /** Which archive answered; 0 is the finest. */
  readonly archive: number;
  /** True if the archive that was asked for does not reach back to the range's beginning, and cut it. */
  readonly isClamped: boolean;

  constructor(content: {
    from: number;
    until: number;
    step: number;
    values: Float64Array;
    known: Uint8Array;
    archive: number;
    isClamped: boolean;
  }) {
    this.from = content.from;
    this.until = content.until;
    this.step = content.step;
    this.values = content.values;
    this.known = content.known;
    this.archive = content.archive;
    this.isClamped = content.isClamped;
  }

  /** How many values there are, gaps included. */
  get length(): number {
    return this.values.length;
  }

  /** Every timestamp with its value, null in gaps. */
  *points(): Generator<readonly [timestamp: number, value: number | null]> {
    for (let i = 0, timestamp = this.from; i < this.length; i++, timestamp += this.step) {
      yield [timestamp, this.known[i] === 1 ? this.values[i]! : null];
    }
  }

  /** Only the timestamps that have a value, with it: what `updateMany` of another database takes. */
  *knownPoints(): Generator<readonly [timestamp: number, value: number]> {
    for (let i = 0, timestamp = this.from; i < this.length; i++, timestamp += this.step) {
      if (this.known[i] === 1) yield [timestamp, this.values[i]!];
    }
  }

  /** For JSON.stringify: null in gaps, and the text `NaN` or `Infinity` for values that JSON has not. */
  toJSON(): { from: number; until: number; step: number; values: (number | string | null)[] } {
    const { from, until, step } = this;
    const values = Array.from(this.values, (value, i) => {
      if (this.known[i] === 0) return null;
      return Number.isFinite(value) ? value : String(value);
    });
    return { from, until, step, values };
  }

  [Symbol.iterator](): Generator<readonly [timestamp: number, value: number | null]> {
    return this.points();
  }
}
