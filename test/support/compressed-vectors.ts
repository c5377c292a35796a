/** Golden vectors of the compressed format and of its codec: their shapes, and doubles moved bit for bit. */
import { readdirSync, readFileSync } from 'node:fs';

/** A double as 16 hex digits, most significant first; a single as 8. */
export type Bits = string;

/** A point, or `count` points of one value, `step` seconds apart. */
export type PackedPoint = [timestamp: number, value: Bits, count?: number, step?: number];

/** Points as the library takes them; the bits of every value are those of the vector. */
export interface Columns {
  timestamps: Float64Array;
  values: Float64Array;
}

export interface MixSpecRow {
  method: string;
  percentile?: number;
  percentile_bits?: Bits;
  name: string;
}

export interface Configuration {
  retentions: [step: number, points: number][];
  aggregation: string;
  xff: number;
  xff_bits: Bits;
  points_per_block?: number;
  point_size?: number;
  point_size_bits?: Bits;
  mix_specs?: MixSpecRow[];
}

/** A fetched series: slots not listed are gaps, a listed NaN was stored as one. */
export interface RecordedSeries {
  from: number;
  until: number;
  step: number;
  count: number;
  points: [slot: number, value: Bits, count?: number][];
}

export interface FetchStep {
  op: 'fetch';
  now: number;
  from: number;
  until: number;
  /** Name of a mix spec. */
  spec?: string;
  /** Null for no series; absent if the fetch was refused. */
  result?: RecordedSeries | null;
  /** `range`: from after until; `spec`: no archive of that spec. */
  error?: 'range' | 'spec';
}

/** An operation; `sha` begins the SHA-256 of the whole file after it. */
export type CompressedStep =
  | { op: 'update_many'; now: number; points: PackedPoint[]; target_retention?: number; sha: string }
  | {
      op: 'update_each';
      chunk: number;
      now_offset: number;
      points: PackedPoint[];
      shas: [calls: number, sha: string][];
    }
  | { op: 'reopen' }
  | FetchStep
  | { op: 'compress_to'; now: number; source: string; source_size: number; sha: string }
  | {
      op: 'fill';
      now: number;
      source: string;
      source_size: number;
      source_kind: 'standard' | 'compressed';
      sha: string;
    }
  | { op: 'update_config'; now: number; config: Configuration; sha: string };

export type RawPointRow = [timestamp: number, value: Bits];

export interface RecordedBlock {
  start: number;
  end: number;
  count: number;
  crc32: Bits;
  decoded_points?: number;
  decoded_sha256?: string;
}

export interface RecordedArchive {
  offset: number;
  seconds_per_point: number;
  points: number;
  block_size: number;
  block_count: number;
  point_size_bits: Bits;
  discarded: number;
  extended: number;
  spec?: { method: number; percentile_bits: Bits; name: string };
  cblock: {
    index: number;
    p0: RawPointRow;
    pn1: RawPointRow;
    pn2: RawPointRow;
    last_byte: number;
    last_byte_offset: number;
    last_byte_bit_pos: number;
    count: number;
    crc32: Bits;
  };
  buffer_size: number;
  buffer?: [slot: number, timestamp: number, value: Bits][];
  blocks: RecordedBlock[];
}

/** Everything that the headers of a file say, and what its blocks decode to. */
export interface RecordedInfo {
  version: number;
  aggregation: number;
  max_retention: number;
  xff_bits: Bits;
  points_per_block: number;
  point_size_bits: Bits;
  archive_count: number;
  crc32: Bits;
  metadata_size: number;
  size: number;
  archives: RecordedArchive[];
}

export interface CompressedCase {
  name: string;
  note: string;
  tags: string[];
  create?: Configuration & { now: number; sha256: string };
  steps: CompressedStep[];
  final: { file: string; size: number; sha256: string; info: RecordedInfo; integrity: 'ok' | 'mismatch' };
}

/** Calls that append to one block; after each, how the block stands. */
export interface EncodeRow {
  kind: 'encode';
  name: string;
  note: string;
  seconds_per_point: number;
  block_size: number;
  calls: {
    points: PackedPoint[];
    left: number;
    rotate: boolean;
    last_byte: number;
    last_byte_offset: number;
    last_byte_bit_pos: number;
    count: number;
    crc32: Bits;
    discarded: number;
    start: number;
    end: number;
  }[];
  block: string;
  decoded: PackedPoint[];
}

/** A block and what it reads as between `start` and `end`; −1 is no upper limit. */
export interface DecodeRow {
  kind: 'decode';
  name: string;
  note: string;
  seconds_per_point: number;
  start: number;
  end: number;
  block: string;
  decoded: PackedPoint[];
}

export interface CodecVectors {
  cases: (EncodeRow | DecodeRow)[];
  estimates: {
    name: string;
    seconds_per_point: number;
    points_per_block: number;
    points: PackedPoint[];
    estimate_bits: Bits;
  }[];
  percentiles: { sorted_values: Bits[]; percentile: string; percentile_bits: Bits; result: Bits }[];
}

const FOLDER = new URL('../../fixtures/vectors/', import.meta.url);

/** Every case over all vector files of the compressed format. */
export function compressedCases(): CompressedCase[] {
  return parseAll<{ cases: CompressedCase[] }>(/^cwhisper.*\.json$/).flatMap(({ cases }) => cases);
}

/** The rows of one list over all vector files of the codec. */
export function codecRows<L extends keyof CodecVectors>(list: L): CodecVectors[L] {
  const all = parseAll<Partial<CodecVectors>>(/^codec.*\.json$/);
  return all.flatMap<CodecVectors[L][number]>((vectors) => vectors[list] ?? []) as CodecVectors[L];
}

function parseAll<T>(name: RegExp): T[] {
  const names = readdirSync(FOLDER).filter((file) => name.test(file));
  return names.map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as T);
}

/** Doubles from their bits, through integers: no NaN is ever a number on the way. */
export function doubles(bits: readonly Bits[]): Float64Array {
  return new Float64Array(BigUint64Array.from(bits, (digits) => BigInt(`0x${digits}`)).buffer);
}

/** The bits of each value. */
export function bitsOf(values: Float64Array): Bits[] {
  const words = new BigUint64Array(values.buffer, values.byteOffset, values.length);
  return Array.from(words, (word) => word.toString(16).padStart(16, '0'));
}

/** A single from its bits. */
export function single(bits: Bits): number {
  return Buffer.from(bits, 'hex').readFloatBE();
}

/** The bits of a number rounded to single precision. */
export function singleBits(value: number): Bits {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return bytes.toString('hex');
}

export function hex32(value: number): Bits {
  return value.toString(16).padStart(8, '0');
}

/** A compacted list, point by point. */
export function expandPoints(packed: readonly PackedPoint[]): Columns {
  const timestamps: number[] = [];
  const values: Bits[] = [];
  for (const [timestamp, value, count = 1, step = 0] of packed) {
    for (let i = 0; i < count; i++) {
      timestamps.push(timestamp + i * step);
      values.push(value);
    }
  }
  return { timestamps: Float64Array.from(timestamps), values: doubles(values) };
}

/** The points from `start` up to but not including `end`. */
export function slicePoints({ timestamps, values }: Columns, start: number, end?: number): Columns {
  return { timestamps: timestamps.slice(start, end), values: values.slice(start, end) };
}

/** A series slot by slot. */
export function expandSeries({ count, points }: RecordedSeries): { values: Float64Array; known: Uint8Array } {
  const slots = new Array<Bits>(count).fill('7ff8000000000000');
  const known = new Uint8Array(count);
  for (const [slot, value, run = 1] of points) {
    slots.fill(value, slot, slot + run);
    known.fill(1, slot, slot + run);
  }
  return { values: doubles(slots), known };
}

/** Points as they are hashed: 12 bytes each, big-endian. */
export function rawPoints({ timestamps, values }: Columns): Uint8Array {
  const bytes = Buffer.alloc(12 * timestamps.length);
  const words = new BigUint64Array(values.buffer, values.byteOffset, values.length);
  for (const [i, timestamp] of timestamps.entries()) {
    bytes.writeUInt32BE(timestamp, 12 * i);
    bytes.writeBigUInt64BE(words[i]!, 12 * i + 4);
  }
  return bytes;
}
