/**
 * The machine code of assembly/ and its memory, loaded when they are first asked for.
 *
 * There is one for the process: what stands in its memory is good until the next call of whoever else uses it, and no
 * call waits for anything in between.
 */
import { UINT32_MAX } from '../bytes/integers.js';
import {
  BYTES,
  CHUNK,
  KNOWN,
  SLACK,
  STATE_BIT,
  STATE_DELTA,
  STATE_LATEST,
  STATE_VALUE,
  STATE_XOR,
  TIMES,
  VALUES,
} from './layout.js';
import { MODULE } from './module.js';

export { CHUNK } from './layout.js';

/** Fewer points are faster done without: a call and its copies take as long as some ten of them. */
export const FEWEST_POINTS = 16;

/** Bytes of a block, or of slots, that the kernel's memory takes: it grows as far, and never becomes smaller. */
const MOST_BYTES = 4 * 1024 * 1024;
const PAGE_SIZE = 64 * 1024;
/** Points that a run begins with. */
const FIRST_PIECE = 512;

/** What the machine code has to offer: see assembly/. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  decodePoints(block: number, lastBit: number, step: number, until: number, capacity: number): number;
  encodePoints(block: number, limit: number, step: number, count: number): number;
  decodeSlots(count: number, first: number, step: number): void;
  splitSlots(count: number): void;
}

/** WebAssembly as far as it is used here: Node's types leave it to those of the browser. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** Points as columns. */
export interface Columns {
  /** Unix seconds. */
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

/** A point in the middle of a block: where the next one begins, and what that one is told by. */
export interface CodecState {
  /** Bits from the beginning of the block. */
  readonly bit: number;
  /** Times of the last point and of the one before it. */
  readonly latest: number;
  readonly previous: number;
  /** The value of the last point. */
  readonly high: number;
  readonly low: number;
  /** Its XOR with the value before. */
  readonly xorHigh: number;
  readonly xorLow: number;
}

export class Kernel {
  readonly #exports: Exports;
  #state!: DataView;
  /** The columns, of CHUNK points each. */
  times!: Float64Array;
  /** In the place of the times, those of slots. */
  slotTimes!: Uint32Array;
  values!: Float64Array;
  /** 1 for each slot that is known. */
  known!: Uint8Array;
  #bytes!: Uint8Array;

  constructor() {
    const module = new WebAssembly.Module(Buffer.from(MODULE, 'base64'));
    this.#exports = new WebAssembly.Instance(module).exports as Exports;
    this.#look();
  }

  /** Memory that grows is other memory to JavaScript. */
  #look(): void {
    const { buffer } = this.#exports.memory;
    this.#state = new DataView(buffer);
    this.times = new Float64Array(buffer, TIMES, CHUNK);
    this.slotTimes = new Uint32Array(buffer, TIMES, CHUNK);
    this.values = new Float64Array(buffer, VALUES, CHUNK);
    this.known = new Uint8Array(buffer, KNOWN, CHUNK);
    this.#bytes = new Uint8Array(buffer, BYTES);
  }

  /**
   * Room for a block or for slots, with some behind it that may be read and written; it may hold more than asked for.
   *
   * @returns  null for more than the kernel takes
   */
  bytes(size: number): Uint8Array | null {
    const needed = size + SLACK;
    if (needed > MOST_BYTES) return null;
    if (needed > this.#bytes.length) {
      try {
        this.#exports.memory.grow(Math.ceil((needed - this.#bytes.length) / PAGE_SIZE));
      } catch {
        // No memory for it: the plain code may still find what it needs.
        return null;
      }
      this.#look();
    }
    return this.#bytes;
  }

  /** Where {@link decode} or {@link encode} has come to. */
  get state(): CodecState {
    const view = this.#state;
    const latest = view.getFloat64(STATE_LATEST, true);
    return {
      bit: view.getUint32(STATE_BIT, true),
      latest,
      previous: latest - view.getFloat64(STATE_DELTA, true),
      high: view.getUint32(STATE_VALUE + 4, true),
      low: view.getUint32(STATE_VALUE, true),
      xorHigh: view.getUint32(STATE_XOR + 4, true),
      xorLow: view.getUint32(STATE_XOR, true),
    };
  }

  /** Says where {@link decode} and {@link encode} begin. */
  begin(state: CodecState): void {
    const view = this.#state;
    view.setUint32(STATE_BIT, state.bit, true);
    view.setFloat64(STATE_LATEST, state.latest, true);
    view.setFloat64(STATE_DELTA, state.latest - state.previous, true);
    view.setUint32(STATE_VALUE, state.low, true);
    view.setUint32(STATE_VALUE + 4, state.high, true);
    view.setUint32(STATE_XOR, state.xorLow, true);
    view.setUint32(STATE_XOR + 4, state.xorHigh, true);
  }

  /**
   * Decodes points of the block in `bytes` into the columns, behind at least two that were decoded before; up to the
   * first that reaches `until`, or that only the decoder in TypeScript takes.
   *
   * @param length  bytes of the block
   * @param most    points to decode at most; more than CHUNK are never done at once
   * @returns       how many were decoded
   */
  decode(length: number, step: number, until: number, most: number): number {
    return this.#exports.decodePoints(BYTES, length * 8, step, until, Math.min(CHUNK, most));
  }

  /**
   * Encodes the points [start, end) into the block in `bytes`, behind at least two that were encoded before; up to the first
   * that is not later than the one before it, or that reaches byte `limit`.
   *
   * @param points  as columns, of which CHUNK points at a time are brought into the kernel's memory
   * @returns       index of the first point that was not encoded
   */
  encode(points: Columns, start: number, end: number, step: number, limit: number): number {
    const bound = Math.max(0, Math.min(limit, UINT32_MAX));
    let next = start;
    // A few at first, so that little was copied in vain where a run is short.
    for (let piece = FIRST_PIECE; next < end; piece = Math.min(CHUNK, 4 * piece)) {
      const count = Math.min(piece, end - next);
      this.times.set(points.timestamps.subarray(next, next + count));
      this.values.set(points.values.subarray(next, next + count));
      const done = this.#exports.encodePoints(BYTES, bound, step, count);
      next += done;
      if (done < count) break;
    }
    return next;
  }

  /** Reads slots in `bytes`, at most CHUNK of them, into values and known: see `decodeSlots` in format/point.ts. */
  decodeSlots(count: number, first: number, step: number): void {
    this.#exports.decodeSlots(count, first, step);
  }

  /** Reads slots in `bytes`, at most CHUNK of them, into slotTimes and values, as they stand. */
  splitSlots(count: number): void {
    this.#exports.splitSlots(count);
  }
}

/** Undefined until it was asked for; null where it cannot be had. */
let loaded: Kernel | null | undefined;

/** The kernel; null where the engine that this runs in has no WebAssembly, or none with vectors. */
export function loadKernel(): Kernel | null {
  if (loaded === undefined) {
    try {
      loaded = new Kernel();
    } catch {
      // The plain code does the same, only slower.
      loaded = null;
    }
  }
  return loaded;
}
