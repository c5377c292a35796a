/**
 * A block taken apart: every piece of its bits, where it stands and what it means.
 *
 * For people who look at a file, and for tests. The bits are read by the decoder's own functions, so that a trace
 * cannot tell another story than the decoder: what a piece spans is where the reader stood before and after.
 */
import { BitReader } from '../bytes/bit-reader.js';
import { HIGH, LOW } from '../bytes/double-bits.js';
import { PointRun } from '../format/point-run.js';
import { RAW_POINT_SIZE } from '../format/raw-point.js';
import { DECODER_SLACK, decodePoints } from './block-decoder.js';
import { type BlockOptions, checkBytes, checkOptions } from './block-options.js';
import { decodeInterval } from './interval-codec.js';
import { decodeValue, ValueState } from './value-codec.js';

/** What every piece tells. */
interface Span {
  /** Bits of the block before it. */
  readonly bit: number;
  /** Bits. */
  readonly length: number;
  /** The bits as they stand, parted where a field begins: `10 0000001`. Of what is no point only the first 64. */
  readonly bits: string;
}

/** The first point, 12 bytes as they are. */
export interface FirstPointPiece extends Span {
  readonly kind: 'first point';
  readonly point: 0;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly value: number;
  /** The bits of the value, 16 hexadecimal digits. */
  readonly valueBits: string;
}

export interface TimePiece extends Span {
  readonly kind: 'time';
  /** Number of the point that it belongs to. */
  readonly point: number;
  /** Unix seconds. */
  readonly timestamp: number;
  /** Which class it is written in. */
  readonly prefix: '0' | '10' | '110' | '1110' | '1111';
  /** Steps by which the distance to the point before has changed; undefined in the last class, which has the time. */
  readonly deltaOfDelta: number | undefined;
  /** False where it is not after the time before, which no encoder writes. */
  readonly isRising: boolean;
}

export interface ValuePiece extends Span {
  readonly kind: 'value';
  /** Number of the point that it belongs to. */
  readonly point: number;
  readonly value: number;
  /** The bits of the value, 16 hexadecimal digits. */
  readonly valueBits: string;
  /** Which class it is written in. */
  readonly prefix: '0' | '10' | '11';
  /** The XOR with the value before, 16 hexadecimal digits. */
  readonly xor: string;
  /** Zero bits of the XOR before those that are written, as the class tells them; 64 for the same value. */
  readonly leading: number;
  /** Bits of the XOR that are written. */
  readonly meaningful: number;
}

/** What ends a block. */
export interface EndPiece extends Span {
  readonly kind: 'end marker';
}

/** What follows the end marker. */
export interface PaddingPiece extends Span {
  readonly kind: 'padding';
  /** True if no bit is set; in a block that is still written to, there may be remains of an earlier turn. */
  readonly isZero: boolean;
}

/** All from the first point on that cannot be read. */
export interface DamagePiece extends Span {
  readonly kind: 'damage';
  /** What is wrong, as the middle of a sentence. */
  readonly reason: string;
}

export type BlockPiece = FirstPointPiece | TimePiece | ValuePiece | EndPiece | PaddingPiece | DamagePiece;

/** How wide each class of times is, with its prefix. */
const TIME_PREFIXES: { readonly [bits: number]: TimePiece['prefix'] } = {
  1: '0',
  9: '10',
  12: '110',
  16: '1110',
  36: '1111',
};
const TIME_PREFIX_BITS = 4;
const VALUE_PREFIX_BITS = 2;
const LEADING_BITS = 5;
const LENGTH_BITS = 6;
const MOST_SHOWN = 64;

/**
 * The pieces of a block's bits, end to end and to the end of the bytes. No bytes have no pieces.
 *
 * @throws WhisperError `WSP_BAD_OPTION`; damage is a piece, not an error
 */
export function traceBlock(bytes: Uint8Array, options: BlockOptions): IterableIterator<BlockPiece> {
  checkOptions(options, ['step'], 'traceBlock');
  checkBytes(bytes, 'traceBlock');
  return tracePieces(bytes, options.step);
}

function* tracePieces(bytes: Uint8Array, step: number): Generator<BlockPiece, void> {
  if (bytes.length === 0) return;
  const padded = new Uint8Array(bytes.length + DECODER_SLACK);
  padded.set(bytes);
  const points = new PointRun();
  const until = Number.POSITIVE_INFINITY;
  const { count, end, damage } = decodePoints(padded, bytes.length, step, points, { until });
  const last = count === 0 ? 0 : yield* tracePoints(padded, points, step);
  if (damage === undefined) yield { kind: 'end marker', ...span(padded, last, end, TIME_PREFIX_BITS) };
  const start = damage === undefined ? end : last;
  const rest = span(padded, start, bytes.length * 8);
  if (damage !== undefined) yield { kind: 'damage', ...rest, reason: damage };
  else if (rest.length > 0) yield { kind: 'padding', ...rest, isZero: isZero(padded, start) };
}

/** The pieces of points that can be decoded; returns the bit behind them. */
function* tracePoints(bytes: Uint8Array, points: PointRun, step: number): Generator<BlockPiece, number> {
  const reader = new BitReader(bytes, RAW_POINT_SIZE);
  const values = new ValueState();
  const { high, low } = halvesAt(points, 0);
  values.begin(high, low, high, low);
  let latest = points.timestamps[0]!;
  let previous = latest;
  yield {
    kind: 'first point',
    ...span(bytes, 0, reader.position, 32),
    point: 0,
    timestamp: latest,
    value: points.values[0]!,
    valueBits: hex(high, low),
  };
  for (let point = 1; point < points.length; point++) {
    const timePiece = traceTime(bytes, reader, latest, previous, step);
    yield { kind: 'time', ...timePiece, point };
    yield { kind: 'value', ...traceValue(bytes, reader, values), point, value: points.values[point]! };
    previous = latest;
    latest = timePiece.timestamp;
  }
  return reader.position;
}

function traceTime(
  bytes: Uint8Array,
  reader: BitReader,
  latest: number,
  previous: number,
  step: number,
): Omit<TimePiece, 'kind' | 'point'> {
  const start = reader.position;
  const timestamp = decodeInterval(reader, latest, previous, step);
  const prefix = TIME_PREFIXES[reader.position - start]!;
  return {
    ...span(bytes, start, reader.position, prefix.length),
    timestamp,
    prefix,
    deltaOfDelta: prefix === '1111' ? undefined : deltaOfDeltaAt(bytes, start),
    isRising: timestamp > latest,
  };
}

/** Read as a distance of 0 in steps of 1 s, a time is its own delta of delta. */
function deltaOfDeltaAt(bytes: Uint8Array, bit: number): number {
  const reader = new BitReader(bytes, bit >>> 3);
  reader.skip(bit & 7);
  return decodeInterval(reader, 0, 0, 1) | 0;
}

function traceValue(
  bytes: Uint8Array,
  reader: BitReader,
  state: ValueState,
): Omit<ValuePiece, 'kind' | 'point' | 'value'> {
  const start = reader.position;
  const { high, low, leading, trailing } = state;
  decodeValue(reader, state);
  const [xorHigh, xorLow] = [high ^ state.high, low ^ state.low];
  const told = { valueBits: hex(state.high, state.low), xor: hex(xorHigh, xorLow) };
  const length = reader.position - start;
  if (length === 1) {
    return { ...span(bytes, start, reader.position), ...told, prefix: '0', leading: 64, meaningful: 0 };
  }
  const end = reader.position;
  if (bitsOf(bytes, start, start + VALUE_PREFIX_BITS) === '10') {
    const window = span(bytes, start, end, VALUE_PREFIX_BITS);
    return { ...window, ...told, prefix: '10', leading, meaningful: 64 - leading - trailing };
  }
  const fields = start + VALUE_PREFIX_BITS + LEADING_BITS;
  return {
    ...span(bytes, start, end, VALUE_PREFIX_BITS, LEADING_BITS, LENGTH_BITS),
    ...told,
    prefix: '11',
    leading: Number.parseInt(bitsOf(bytes, start + VALUE_PREFIX_BITS, fields), 2),
    meaningful: end - fields - LENGTH_BITS,
  };
}

function halvesAt({ halves }: PointRun, i: number): { high: number; low: number } {
  return { high: halves[2 * i + HIGH]!, low: halves[2 * i + LOW]! };
}

function hex(high: number, low: number): string {
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/** The bits [start, end), parted behind fields of these widths. */
function span(bytes: Uint8Array, start: number, end: number, ...widths: number[]): Span {
  const groups: string[] = [];
  let at = start;
  for (const width of widths) {
    groups.push(bitsOf(bytes, at, Math.min(at + width, end)));
    at += width;
  }
  groups.push(bitsOf(bytes, at, Math.min(at + MOST_SHOWN, end)));
  return { bit: start, length: end - start, bits: groups.filter((group) => group !== '').join(' ') };
}

function bitsOf(bytes: Uint8Array, start: number, end: number): string {
  let bits = '';
  for (let at = start; at < end; at++) bits += (bytes[at >>> 3]! >>> (7 - (at & 7))) & 1;
  return bits;
}

/** True if no bit from this one on is set. */
function isZero(bytes: Uint8Array, bit: number): boolean {
  if ((bytes[bit >>> 3]! & (0xff >>> (bit & 7))) !== 0) return false;
  return bytes.subarray((bit >>> 3) + 1).every((byte) => byte === 0);
}
