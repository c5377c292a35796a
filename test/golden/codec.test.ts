import { describe, expect, it } from 'vitest';
import { percentileOf } from '../../src/archive/aggregate.js';
import { type Decoded, decodePoints } from '../../src/codec/block-decoder.js';
import { BlockEncoder, type BlockState, EMPTY_BLOCK } from '../../src/codec/block-encoder.js';
import { estimatePointSize } from '../../src/codec/point-size.js';
import { PointRun } from '../../src/format/point-run.js';
import { padded } from '../support/bits.js';
import {
  bitsOf,
  type Columns,
  codecRows,
  type DecodeRow,
  doubles,
  type EncodeRow,
  expandPoints,
  hex32,
  single,
  singleBits,
} from '../support/compressed-vectors.js';

const encodeCases = codecRows('cases').filter((row) => row.kind === 'encode');
const decodeCases = codecRows('cases').filter((row) => row.kind === 'decode');

describe('encode: each call leaves the block, its state and its checksum as go-whisper does', () => {
  it.each(encodeCases)('$name: $note', (row) => {
    const block = new Uint8Array(row.block_size);
    const encoder = new BlockEncoder();
    let state: BlockState = EMPTY_BLOCK;
    let discarded = 0;
    for (const { points: packed, ...recorded } of row.calls) {
      const points = runOf(expandPoints(packed));
      const appended = encoder.append(state, points, 0, points.length, row.seconds_per_point, row.block_size);
      state = appended.state;
      discarded += appended.late;
      block.set(appended.bytes, appended.position);
      const end = appended.position + appended.bytes.length;
      block.fill(0, end, end + appended.zeros);
      expect({
        left: points.length - appended.next,
        rotate: appended.isFull,
        discarded,
        ...stateAsRecorded(state),
        ...(appended.isFull ? lastByteOf(recorded) : {}),
      }).toEqual(recorded);
    }
    expect(Buffer.from(block).toString('hex')).toBe(row.block);
    const { points, damage } = decode(row.block, row.seconds_per_point);
    expect(points).toEqual(readable(expandPoints(row.decoded)));
    // A marker in an empty block reads as a point that is repeated to the end of the block.
    if (state.first.timestamp !== 0) expect(damage).toBeUndefined();
  });
});

function stateAsRecorded({ first, latest, count, crc, at, partial, used }: BlockState) {
  return {
    start: first.timestamp,
    end: latest.timestamp,
    count,
    crc32: hex32(crc),
    last_byte: partial,
    last_byte_offset: at,
    last_byte_bit_pos: 7 - used,
  };
}

/** Of a full block go-whisper tells where the refused point ended, which neither the file nor a later call sees. */
function lastByteOf(call: Omit<EncodeRow['calls'][number], 'points'>) {
  const { last_byte, last_byte_offset, last_byte_bit_pos } = call;
  return { last_byte, last_byte_offset, last_byte_bit_pos };
}

describe('decode: a block reads as it does in go-whisper', () => {
  it.each(decodeCases.filter((row) => !isDamaged(row)))('$name: $note', (row) => {
    const { points, damage } = decode(row.block, row.seconds_per_point, row);
    expect(points).toEqual(readable(expandPoints(row.decoded)));
    expect(damage).toBeUndefined();
  });
});

describe('decode: a damaged block gives its beginning as in go-whisper, and is refused where go-whisper reads on', () => {
  it.each(decodeCases.filter(isDamaged))('$name: $note', (row) => {
    const expected = readable(expandPoints(row.decoded));
    const { points, damage, isRising } = decode(row.block, row.seconds_per_point, row);
    if (damage === undefined && isRising) expect(points).toEqual(expected);
    expect(points).toEqual(expected.slice(0, points.length));
  });
});

describe('estimates: the bytes a point that go-whisper expects', () => {
  it.each(codecRows('estimates'))(
    '$name',
    ({ points, points_per_block, seconds_per_point, estimate_bits }) => {
      const run = runOf(expandPoints(points));
      expect(singleBits(estimatePointSize(run, points_per_block, seconds_per_point))).toBe(estimate_bits);
    },
  );
});

describe('percentiles: of rising values, bit for bit', () => {
  it.each(codecRows('percentiles'))('p$percentile of $sorted_values.length', (row) => {
    const { sorted_values, percentile_bits, result } = row;
    const percentile = percentileOf(doubles(sorted_values), single(percentile_bits));
    expect(bitsOf(Float64Array.of(percentile))).toEqual([result]);
  });
});

/** The names that stand for damaged or empty input, where refusing it is as good as reading it. */
function isDamaged({ name }: { name: string }): boolean {
  return /^decode-(cut|garbage-|ones|zeros|marker-only)/.test(name);
}

function decode(
  block: string,
  step: number,
  { start, end }: Pick<DecodeRow, 'start' | 'end'> = { start: 0, end: -1 },
): Decoded & { points: string[] } {
  const bytes = Buffer.from(block, 'hex');
  const run = new PointRun();
  const decoded = decodePoints(padded(bytes), bytes.length, step, run, {
    from: start,
    ...(end === -1 ? {} : { until: end }),
  });
  const { timestamps, values } = run.part(0, run.length);
  return { ...decoded, points: readable({ timestamps, values }) };
}

function runOf({ timestamps, values }: Columns): PointRun {
  return PointRun.over(timestamps, values);
}

/** A line for each point, with the bits of its value. */
function readable({ timestamps, values }: Columns): string[] {
  return bitsOf(values).map((bits, i) => `${timestamps[i]} ${bits}`);
}
