import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBlock } from '../../src/codec/block.js';
import {
  type BlockMark,
  DECODER_SLACK,
  type Decoded,
  type DecodeLimits,
  decodePoints,
} from '../../src/codec/block-decoder.js';
import { PointRun, type PointSink } from '../../src/format/point-run.js';
import { loadKernel } from '../../src/kernel/kernel.js';
import { bytesOfBits, padded } from '../support/bits.js';
import type { Columns } from '../support/compressed-vectors.js';
import { linesOf, type Run, runs } from '../support/point-runs.js';

const RUNS = { numRuns: Number(process.env['SOTTO_RUNS'] ?? 100) };
const STEP = 60;
const T0 = 1_599_998_400;
const FIRST = '5f5e09c03ff0000000000000';

function decode(bytes: Uint8Array, step: number, limits?: DecodeLimits): Decoded & { points: Columns } {
  const run = new PointRun();
  const decoded = decodePoints(padded(bytes), bytes.length, step, run, limits);
  const { timestamps, values } = run.part(0, run.length);
  return { ...decoded, points: { timestamps, values } };
}

/** A block of the first point T0 and 1.0, and these bits behind it. */
function blockOf(bits: string): Uint8Array {
  return Uint8Array.from([...Buffer.from(FIRST, 'hex'), ...bytesOfBits(bits)]);
}

const END = `1111${'0'.repeat(32)}`;

describe('a damaged block gives the points before the damage and says what it is', () => {
  it.each([
    { name: 'less than a point', bytes: new Uint8Array(11), count: 0, damage: 'only 11 bytes' },
    { name: 'nothing', bytes: new Uint8Array(0), count: 0, damage: 'only 0 bytes' },
    { name: 'zeros', bytes: new Uint8Array(64), count: 0, damage: 'a first point of time 0' },
    { name: 'a first point alone', bytes: blockOf(''), count: 1, damage: 'no end marker before byte 12' },
    {
      name: 'half an end marker',
      bytes: blockOf(END.slice(0, 24)),
      count: 1,
      damage: 'no end marker before byte 15',
    },
    {
      name: 'a point that ends with the block',
      bytes: blockOf('0 0  0 0  0 0  0 0'.replaceAll(' ', '')),
      count: 4,
      damage: 'no end marker before byte 13',
    },
    {
      name: 'a window where there is none',
      bytes: blockOf(`00 00 0 10 1 ${END}`),
      count: 3,
      damage: 'bits at byte 12 that no encoder writes',
    },
    {
      name: 'a value without bits',
      bytes: blockOf(`10 0000001 11 00000 000000 ${END}`),
      count: 1,
      damage: 'bits at byte 12 that no encoder writes',
    },
  ])('$name', ({ bytes, count, damage }) => {
    const decoded = decode(bytes, STEP);
    expect(decoded).toMatchObject({ count, damage, isComplete: false });
    expect(decoded.points.timestamps).toHaveLength(count);
  });

  it('tells times that do not rise, and reads on', () => {
    // The same distance, then the next point where the one before is: the distance 60 becomes 0.
    const decoded = decode(blockOf(`10 0000001 0  10 1000001 0  0 0 ${END}`), STEP);
    expect(decoded).toMatchObject({ isComplete: true, isRising: false, count: 4 });
    expect([...decoded.points.timestamps]).toEqual([T0, T0 + STEP, T0 + STEP, T0 + STEP]);
  });
});

it('what stands behind the end marker is not looked at', () => {
  const decoded = decode(blockOf(`10 0000001 0 ${END} 1111 1111 1111`), STEP);
  expect(decoded).toMatchObject({ isComplete: true, count: 2, end: 96 + 10 + 36 });
  expect(decoded.damage).toBeUndefined();
});

describe('limits', () => {
  const times = Array.from({ length: 10 }, (_, i) => T0 + i * STEP);
  const bytes = encodeBlock({ timestamps: times, values: times.map((_, i) => i * i) }, { step: STEP });
  it.each([
    { name: 'none', limits: {}, first: 0, last: 9, count: 10, isComplete: true },
    { name: 'from', limits: { from: T0 + 125 }, first: 3, last: 9, count: 10, isComplete: true },
    { name: 'until a point', limits: { until: T0 + 180 }, first: 0, last: 3, count: 4, isComplete: false },
    {
      name: 'until between points',
      limits: { until: T0 + 185 },
      first: 0,
      last: 3,
      count: 5,
      isComplete: false,
    },
    { name: 'most', limits: { most: 4 }, first: 0, last: 3, count: 4, isComplete: false },
    {
      name: 'all',
      limits: { from: T0 + 60, until: T0 + 300, most: 3 },
      first: 1,
      last: 2,
      count: 3,
      isComplete: false,
    },
  ])('$name', ({ limits, first, last, count, isComplete }) => {
    const decoded = decode(bytes, STEP, limits);
    expect(decoded).toMatchObject({ count, isComplete });
    expect([...decoded.points.timestamps]).toEqual(times.slice(first, last + 1));
    expect([...decoded.points.values]).toEqual(times.map((_, i) => i * i).slice(first, last + 1));
  });

  it('give in several calls what one call gives', () => {
    fc.assert(
      fc.property(runs({ fewest: 2 }), fc.nat(40), (run, place) => {
        const block = encodeBlock(run, { step: run.step });
        const cut = run.timestamps[Math.min(place, run.timestamps.length - 2)]!;
        const before = decode(block, run.step, { until: cut });
        const after = decode(block, run.step, { from: cut + 1, until: Number.POSITIVE_INFINITY });
        expect([...linesOf(before.points), ...linesOf(after.points)]).toEqual(linesOf(run));
        const most = decode(block, run.step, { most: place + 1 });
        expect(linesOf(most.points)).toEqual(linesOf(run).slice(0, place + 1));
      }),
    );
  });
});

describe('whatever the bytes', () => {
  /** Good blocks that were cut, overwritten or flipped somewhere; and bytes that never were a block. */
  function blocks(): fc.Arbitrary<{ bytes: Uint8Array; step: number }> {
    const noise = fc.tuple(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(1, 60, 2 ** 31));
    const behindAFirst = fc.uint8Array({ maxLength: 80 }).map((rest) => {
      return { bytes: Uint8Array.from([...Buffer.from(FIRST, 'hex'), ...rest]), step: STEP };
    });
    const harmed = fc
      .tuple(runs(), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.nat(8))
      .map(([run, changes, cut]) => {
        const bytes = encodeBlock(run, { step: run.step });
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return { bytes: bytes.subarray(0, bytes.length - cut), step: run.step };
      });
    return fc.oneof(
      noise.map(([bytes, step]) => ({ bytes, step })),
      behindAFirst,
      harmed,
    );
  }

  it('there is an answer: an end, or damage, and never more points than the bits can hold', () => {
    fc.assert(
      fc.property(blocks(), ({ bytes, step }) => {
        const decoded = decode(bytes, step, { until: Number.POSITIVE_INFINITY });
        expect(decoded.isComplete).toBe(decoded.damage === undefined);
        expect(decoded.points.timestamps).toHaveLength(decoded.count);
        expect(decoded.end).toBeLessThanOrEqual(8 * Math.max(bytes.length, decoded.count === 0 ? 12 : 0));
        // A point takes two bits at least.
        expect(decoded.count).toBeLessThanOrEqual(Math.max(0, (bytes.length - 12) * 4 + 1));
      }),
      { numRuns: 1000 },
    );
  });

  it('the points do not hang on what stands behind the block', () => {
    const behind = fc.uint8Array({ minLength: DECODER_SLACK, maxLength: DECODER_SLACK });
    fc.assert(
      fc.property(blocks(), behind, ({ bytes, step }, rest) => {
        const run = new PointRun();
        const { damage, ...decoded } = decodePoints(Buffer.concat([bytes, rest]), bytes.length, step, run);
        const { points, damage: damageAlone, ...alone } = decode(bytes, step);
        expect(decoded).toEqual(alone);
        expect(damage === undefined).toBe(damageAlone === undefined);
        expect(linesOf(run.part(0, run.length))).toEqual(linesOf(points));
      }),
      { numRuns: 1000 },
    );
  });

  it('cut off anywhere, a block gives a beginning of its points', () => {
    fc.assert(
      fc.property(runs(), fc.nat(400), (run, length) => {
        const bytes = encodeBlock(run, { step: run.step });
        const { points, damage } = decode(bytes.subarray(0, length), run.step, {
          until: Number.POSITIVE_INFINITY,
        });
        const read = linesOf(points);
        expect(read).toEqual(linesOf(run).slice(0, read.length));
        if (damage === undefined) expect(read).toHaveLength(run.timestamps.length);
      }),
    );
  });
});

describe('marks: places in a block from which decoding can go on', () => {
  const kernel = loadKernel()!;
  const LAST = Number.POSITIVE_INFINITY;

  /** Decodes by the kernel, or without it, the first `length` bytes of a block. */
  function decodeBy(
    isByKernel: boolean,
    bytes: Uint8Array,
    limits: DecodeLimits,
    length = bytes.length,
  ): Decoded & { lines: string[] } {
    const memory = isByKernel ? kernel.bytes(bytes.length)! : padded(bytes);
    memory.set(bytes);
    memory.fill(0x5a, length, bytes.length + DECODER_SLACK);
    const run = new PointRun();
    const decoded = decodePoints(memory, length, STEP, run, limits, isByKernel ? kernel : null);
    return { ...decoded, lines: linesOf(run.columns()) };
  }

  /** Up to some thousand points: mostly a step apart, with gaps, some of them longer than the kernel takes. */
  function series(seed: number, length: number, gapEvery: number): Run {
    let state = (seed % 0x7fff_fffe) + 1;
    const random = () => {
      state = (state * 48_271) % 0x7fff_ffff;
      return state;
    };
    const timestamps = new Float64Array(length);
    const values = new Float64Array(length);
    let time = T0;
    let value = 0;
    for (let i = 0; i < length; i++) {
      timestamps[i] = time;
      values[i] = value;
      time += STEP * (random() % gapEvery === 0 ? [2, 100, 3000, 10_000][random() % 4]! : 1);
      const kind = random() % 8;
      if (kind > 4) value = kind === 5 ? Math.sqrt(random()) : (random() % 100) / 10;
    }
    return { timestamps, values, step: STEP };
  }

  const long = fc
    .record({
      seed: fc.nat(),
      length: fc.integer({ min: 500, max: 3000 }),
      gapEvery: fc.constantFrom(10, 700, 2000, 1e9),
    })
    .map(({ seed, length, gapEvery }) => series(seed, length, gapEvery));
  /** Index of a point, and how many seconds beside it. */
  const place = fc.tuple(fc.nat(2999), fc.constantFrom(0, 0, -1, 1, 30));
  const ask = fc.record({
    from: fc.oneof(place, fc.constant(null)),
    until: fc.oneof(place, fc.constant(null)),
    most: fc.oneof(fc.constant(LAST), fc.integer({ min: 1, max: 3001 })),
    isStrict: fc.boolean(),
    isByKernel: fc.constantFrom(true, true, true, false),
  });
  const timeAt = ({ timestamps }: Run, [i, by]: readonly [number, number]) =>
    timestamps[i % timestamps.length]! + by;

  it('tell which points come a step apart: all those that are said to, and not only short runs of them', () => {
    /** Notes the runs that are said to be even, and takes all points. */
    class NotingSink extends PointRun implements PointSink {
      readonly even: Float64Array[] = [];

      override pushAll(
        timestamps: Float64Array,
        values: Float64Array,
        start: number,
        end: number,
        isEven = false,
      ): void {
        if (isEven) this.even.push(timestamps.slice(start, end));
        super.pushAll(timestamps, values, start, end);
      }
    }
    fc.assert(
      fc.property(long, place, place, (run, a, b) => {
        const bytes = encodeBlock(run, { step: STEP });
        const [from = 0, until = 0] = [timeAt(run, a), timeAt(run, b)].sort((a, b) => a - b);
        const memory = kernel.bytes(bytes.length)!;
        memory.set(bytes);
        const sink = new NotingSink();
        decodePoints(memory, bytes.length, STEP, sink, { from, until }, kernel);
        for (const times of sink.even) {
          expect([...times]).toEqual([...times].map((_, i) => times[0]! + i * STEP));
        }
        const gaps = run.timestamps.some((time, i) => i > 0 && time - run.timestamps[i - 1]! !== STEP);
        const evenly = sink.even.reduce((sum, { length }) => sum + length, 0);
        // The first two points of a block are no work of the kernel, nor is the last of the range.
        if (!gaps) expect(evenly).toBeGreaterThanOrEqual(sink.length - 3);
      }),
      RUNS,
    );
  });

  it('change nothing in what is read, in whatever order ranges are asked for', () => {
    fc.assert(
      fc.property(long, fc.array(ask, { minLength: 1, maxLength: 8 }), (run, asks) => {
        const bytes = encodeBlock(run, { step: STEP });
        const marks: BlockMark[] = [];
        for (const { from, until, isByKernel, ...rest } of asks) {
          const limits = {
            ...rest,
            ...(from === null ? {} : { from: timeAt(run, from) }),
            until: until === null ? LAST : timeAt(run, until),
          };
          // Points are asked for up to a time after those from it on.
          if (limits.until < (limits.from ?? 0)) limits.until = LAST;
          const expected = decodeBy(false, bytes, limits);
          const found = decodeBy(isByKernel, bytes, { ...limits, marks });
          // With a mark behind the last point that is asked for, decoding begins there: no point comes either way.
          if (found.count > limits.most) expect([...found.lines, ...expected.lines]).toEqual([]);
          else expect(found).toEqual(expected);
        }
      }),
      RUNS,
    );
  });

  it('stand behind points that were decoded, some hundred apart, each found once', () => {
    fc.assert(
      fc.property(long, fc.array(place, { maxLength: 4 }), (run, places) => {
        const bytes = encodeBlock(run, { step: STEP });
        const marks: BlockMark[] = [];
        for (const from of [...places.map((at) => timeAt(run, at)), 0, 0]) {
          decodeBy(true, bytes, { from, until: LAST, marks });
        }
        const counts = marks.map(({ count }) => count);
        expect(counts.every((count, i) => count - (counts[i - 1] ?? 0) >= 512)).toBe(true);
        for (const { state, count } of marks) {
          expect({ latest: state.latest, previous: state.previous }).toEqual({
            latest: run.timestamps[count - 1],
            previous: run.timestamps[count - 2],
          });
          const { end, lines } = decodeBy(false, bytes, { most: count });
          expect({ end, value: lines.at(-1)!.split(' ')[1] }).toEqual({
            end: state.bit,
            value: [state.high, state.low].map((half) => half.toString(16).padStart(8, '0')).join(''),
          });
        }
      }),
      RUNS,
    );
  });

  it('are used: what stands before the one that a range begins behind is not looked at', () => {
    const run = series(1, 3000, 1e9);
    const bytes = encodeBlock(run, { step: STEP });
    const marks: BlockMark[] = [];
    decodeBy(true, bytes, { until: LAST, marks });
    expect(marks.map(({ count }) => count)).toEqual([514, 1026, 1538, 2050, 2562]);
    for (const isByKernel of [true, false]) {
      for (const { state, count } of marks) {
        const half = bytes.slice().fill(0xff, 0, state.bit >>> 3);
        const kept = { from: state.latest + 1, until: LAST, marks };
        const found = decodeBy(isByKernel, half, kept);
        expect(found).toMatchObject({ count: 3000, isComplete: true, isRising: true });
        expect(found.lines).toEqual(linesOf(run).slice(count));
      }
    }
    expect(marks).toHaveLength(5);
  });

  it('are not used for the points up to them', () => {
    const run = series(2, 1200, 1e9);
    const bytes = encodeBlock(run, { step: STEP });
    const marks: BlockMark[] = [];
    decodeBy(true, bytes, { until: LAST, marks });
    const { latest } = marks[0]!.state;
    const found = decodeBy(true, bytes, { from: latest, until: latest + STEP, marks });
    expect(found.lines).toEqual(linesOf(run).slice(513, 515));
  });

  it('of a range that was read are enough to go on to a later one', () => {
    const run = series(3, 3000, 1e9);
    const bytes = encodeBlock(run, { step: STEP });
    const marks: BlockMark[] = [];
    for (const { until, count } of [
      { until: run.timestamps[1100]!, count: 1026 },
      { until: run.timestamps[2100]!, count: 2050 },
      { until: LAST, count: 2562 },
    ]) {
      decodeBy(true, bytes, { from: run.timestamps[10]!, until, marks });
      expect(marks.at(-1)!.count).toBe(count);
    }
  });

  it('of a block that is cut off at any byte by now lead to damage, and to nothing that is not in it', () => {
    const run = series(4, 2000, 500);
    const bytes = encodeBlock(run, { step: STEP });
    const marks: BlockMark[] = [];
    decodeBy(true, bytes, { until: LAST, marks });
    expect(marks.length).toBeGreaterThan(0);
    const whole = linesOf(run);
    fc.assert(
      fc.property(fc.nat(bytes.length - 6), place, fc.boolean(), (length, at, isByKernel) => {
        const from = timeAt(run, at);
        const limits = { from, until: LAST, marks: [...marks] };
        const found = decodeBy(isByKernel, bytes, limits, length);
        expect(found.damage).toBeDefined();
        const skipped = run.timestamps.findIndex((time) => time >= from);
        expect(found.lines).toEqual(
          whole.slice(skipped === -1 ? 2000 : skipped).slice(0, found.lines.length),
        );
        if (found.count > 0)
          expect(found.end).toBeLessThanOrEqual(8 * Math.max(length, marks.at(-1)!.state.bit));
      }),
      RUNS,
    );
  });

  it('of a block whose bits are others by now lead to an answer, and no further than its end', () => {
    const run = series(5, 2000, 1e9);
    const bytes = encodeBlock(run, { step: STEP });
    const marks: BlockMark[] = [];
    decodeBy(true, bytes, { until: LAST, marks });
    const noise = fc.uint8Array({ minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(fc.nat(bytes.length - 40), noise, place, (position, others, at) => {
        const changed = bytes.slice();
        changed.set(others, position);
        const limits = { from: timeAt(run, at), until: LAST };
        const found = decodeBy(true, changed, { ...limits, marks: [...marks] });
        expect(found).toEqual(decodeBy(false, changed, { ...limits, marks: [...marks] }));
        expect(found.end).toBeLessThanOrEqual(8 * bytes.length);
        expect(found.isComplete).toBe(found.damage === undefined);
      }),
      RUNS,
    );
  });
});
