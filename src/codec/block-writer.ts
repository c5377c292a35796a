/** A block that is written piece by piece, by whoever keeps its bytes. */
import { isUint32 } from '../bytes/integers.js';
import { describeValue } from '../errors.js';
import { END_MARKER_SIZE, SMALLEST_SOUND_BLOCK } from '../format/block-size.js';
import { RAW_POINT_SIZE, type RawPoint } from '../format/raw-point.js';
import { badOption } from '../options.js';
import { BlockEncoder, type BlockState, EMPTY_BLOCK } from './block-encoder.js';
import { type BlockOptions, checkOptions } from './block-options.js';
import { type BlockPoints, checkPoints } from './block-points.js';

export interface BlockWriterOptions extends BlockOptions {
  /** Bytes that the block may take, 32 or more; without end if left out. */
  readonly size?: number | undefined;
  /** What a former writer of the same block had as its `state`; a new block if left out. */
  readonly state?: BlockState | undefined;
}

/** What a call changes in the bytes of a block. */
export interface BlockPatch {
  /** How many of the points given are stored; fewer than all once the block is full. */
  readonly stored: number;
  /** What is to be written, and at which byte of the block. */
  readonly bytes: Uint8Array;
  readonly position: number;
}

/**
 * Appends points to a block in any number of calls.
 *
 * After each of them the block is whole, end marker included. The writer keeps no bytes: apply every patch to yours. A
 * writer that goes on from the `state` of another writes what that one would have written.
 */
export class BlockWriter {
  readonly #encoder = new BlockEncoder();
  readonly #step: number;
  readonly #size: number;
  #state: BlockState;

  /** @throws WhisperError `WSP_BAD_OPTION`, also for a state that no writer with this step and size has had */
  constructor(options: BlockWriterOptions) {
    checkOptions(options, ['step', 'size', 'state'], 'BlockWriter');
    const { step, size = Number.POSITIVE_INFINITY, state = EMPTY_BLOCK } = options;
    if (size !== Number.POSITIVE_INFINITY && !(isUint32(size) && size >= SMALLEST_SOUND_BLOCK)) {
      throw badOption(
        `option size is ${describeValue(size)}`,
        `whole bytes, ${SMALLEST_SOUND_BLOCK} or more`,
      );
    }
    if (!isState(state, step, size)) {
      throw badOption('option state is none that a writer with this step and size has had', 'one of these');
    }
    this.#step = step;
    this.#size = size;
    this.#state = state;
  }

  /** All that is needed to go on later: plain numbers, which JSON can hold. */
  get state(): BlockState {
    return this.#state;
  }

  /** Points in the block. */
  get length(): number {
    return this.#state.first.timestamp === 0 ? 0 : this.#state.count + 1;
  }

  /** True once a point found no room; the block is closed then, zero to its end, and takes no more. */
  get isFull(): boolean {
    return this.#state.at + END_MARKER_SIZE >= this.#size;
  }

  /**
   * Appends points, as many as there is room for. Without points there is nothing to write.
   *
   * @throws WhisperError `WSP_BAD_TIMESTAMP`, `WSP_BAD_VALUE`; nothing is stored then
   */
  append(points: BlockPoints): BlockPatch {
    const { first, latest, at } = this.#state;
    const run = checkPoints(points, { first: first.timestamp, latest: latest.timestamp }, this.#step);
    if (run.length === 0 || this.isFull) return { stored: 0, bytes: new Uint8Array(0), position: at };
    const done = this.#encoder.append(this.#state, run, 0, run.length, this.#step, this.#size);
    this.#state = done.state;
    return { stored: done.next, bytes: withZeros(done.bytes, done.zeros), position: done.position };
  }
}

/** A copy of bytes, with zeros behind them. */
function withZeros(bytes: Uint8Array, zeros: number): Uint8Array {
  if (zeros === 0) return bytes.slice();
  const copy = new Uint8Array(bytes.length + zeros);
  copy.set(bytes);
  return copy;
}

/** True for what may be the state of a block; whether it is that of the caller's bytes nobody can tell. */
function isState(state: unknown, step: number, size: number): state is BlockState {
  const { first, latest, previous, count, crc, at, partial, used } = (state ?? {}) as Partial<BlockState>;
  if (!isPoint(first) || !isPoint(latest) || !isPoint(previous)) return false;
  if (![count, crc, at, partial, used].every(isWhole)) return false;
  if (used! > 7 || partial! > 0xff || (partial! & (0xff >>> used!)) !== 0 || at! >= size) return false;
  if (first.timestamp === 0)
    return latest.timestamp === 0 && previous.timestamp === 0 && at === 0 && used === 0;
  return (
    at! >= RAW_POINT_SIZE &&
    first.timestamp <= previous.timestamp &&
    previous.timestamp <= latest.timestamp &&
    (previous.timestamp - first.timestamp) % step === 0 &&
    (latest.timestamp - first.timestamp) % step === 0
  );
}

function isPoint(point: unknown): point is RawPoint {
  const { timestamp, high, low } = (point ?? {}) as Partial<RawPoint>;
  return [timestamp, high, low].every(isWhole);
}

function isWhole(number: number | undefined): boolean {
  return number !== undefined && isUint32(number);
}
