import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HIGH, halvesOf, LOW } from '../../src/bytes/double-bits.js';
import { type Decoded, type DecodeLimits, decodePoints } from '../../src/codec/block-decoder.js';
import { type Appended, BlockEncoder, type BlockState, EMPTY_BLOCK } from '../../src/codec/block-encoder.js';
import { SMALLEST_SOUND_BLOCK } from '../../src/format/block-size.js';
import { decodeSlots, encodePoint, makeColumns, POINT_SIZE } from '../../src/format/point.js';
import { PointRun } from '../../src/format/point-run.js';
import { CHUNK, Kernel, loadKernel } from '../../src/kernel/kernel.js';
import { padded } from '../support/bits.js';
import type { Columns } from '../support/compressed-vectors.js';
import { linesOf, runOf, runs } from '../support/point-runs.js';

const kernel = loadKernel()!;

/** More runs by `SOTTO_RUNS`. */
const RUNS = { numRuns: Number(process.env['SOTTO_RUNS'] ?? 300) };

it('is there on every Node that is supported', () => {
  expect(kernel).toBeInstanceOf(Kernel);
});

describe('its memory', () => {
  it('grows as far as a large block needs, and takes none that is larger', () => {
    const own = new Kernel();
    for (const size of [1, 500_000, 3_000_000, 10]) expect(own.bytes(size)!.length).toBeGreaterThan(size);
    expect(own.bytes(64 * 1024 * 1024)).toBe(null);
  });

  it('still works on its columns when it has grown', () => {
    const own = new Kernel();
    own.bytes(3_000_000);
    own.values[CHUNK - 1] = 1.5;
    expect(halvesOf(own.values)[2 * (CHUNK - 1) + HIGH]).toBe(0x3ff8_0000);
  });
});

/** All that a call of an encoder tells, with what it writes. */
function told(done: Appended): unknown {
  return { ...done, bytes: Buffer.from(done.bytes).toString('hex') };
}

/** Appends a run in two calls, each into as many blocks as it takes. */
function encodeAll(
  encoder: BlockEncoder,
  points: PointRun,
  cut: number,
  step: number,
  size: number,
): unknown[] {
  const calls: unknown[] = [];
  let state: BlockState = EMPTY_BLOCK;
  for (const [start, end] of [
    [0, cut],
    [cut, points.length],
  ] as const) {
    for (let next = start; next < end; ) {
      const done = encoder.append(state, points, next, end, step, size);
      calls.push(told(done));
      state = done.isFull ? EMPTY_BLOCK : done.state;
      next = done.next;
    }
  }
  return calls;
}

/** Runs long enough for the kernel, some with points that are late or of time 0. */
function longRuns(): fc.Arbitrary<Columns & { step: number }> {
  const odd = fc.array(fc.tuple(fc.nat(199), fc.constantFrom(0, 1)), { maxLength: 4 });
  return fc.tuple(runs({ fewest: 20, longest: 200 }), odd).map(([run, places]) => {
    const timestamps = run.timestamps.slice();
    for (const [place, kind] of places) {
      if (place < timestamps.length) timestamps[place] = kind === 0 ? 0 : (run.timestamps[place - 1] ?? 1);
    }
    return { ...run, timestamps };
  });
}

/** A day of a usual series: evenly spaced, now and then with gaps. */
function series(length: number): PointRun {
  const points = new PointRun();
  let time = 1_599_998_400;
  for (let i = 0; i < length; i++) {
    time += i % 997 === 0 ? 600 * (1 + (i % 5)) : 60;
    points.pushValue(time, i % 50 < 10 ? 42.5 : Math.round(5000 + 3000 * Math.sin(i / 300) + (i % 17)) / 100);
  }
  return points;
}

describe('its encoder', () => {
  it('writes what the one in TypeScript writes', () => {
    const size = fc.oneof(fc.integer({ min: SMALLEST_SOUND_BLOCK, max: 400 }), fc.constant(1e6));
    fc.assert(
      fc.property(longRuns(), fc.nat(200), size, (run, place, size) => {
        const points = runOf(run);
        const cut = Math.min(place, points.length);
        const expected = encodeAll(new BlockEncoder(null), points, cut, run.step, size);
        expect(encodeAll(new BlockEncoder(kernel), points, cut, run.step, size)).toEqual(expected);
      }),
      RUNS,
    );
  });

  it.each([1e5, Number.POSITIVE_INFINITY])(
    'writes the same of more points than one piece, in blocks of %d bytes',
    (size) => {
      const points = series(3 * CHUNK + 100);
      const expected = encodeAll(new BlockEncoder(null), points, 500, 60, size);
      expect(encodeAll(new BlockEncoder(kernel), points, 500, 60, size)).toEqual(expected);
    },
  );

  it('leaves the block to TypeScript that is larger than its memory', () => {
    const points = series(300_000);
    const bytes = (encoder: BlockEncoder) =>
      Buffer.from(encoder.append(EMPTY_BLOCK, points, 0, points.length, 60, Number.POSITIVE_INFINITY).bytes);
    expect(bytes(new BlockEncoder(kernel)).equals(bytes(new BlockEncoder(null)))).toBe(true);
  });
});

interface Outcome {
  readonly decoded: Decoded;
  readonly lines: readonly string[];
}

function decode(bytes: Uint8Array, step: number, limits: DecodeLimits, by: Kernel | null): Outcome {
  const memory = by?.bytes(bytes.length) ?? padded(bytes);
  memory.set(bytes);
  // What lies behind a block must not matter.
  memory.fill(0x5a, bytes.length, bytes.length + 32);
  const points = new PointRun();
  const decoded = decodePoints(memory, bytes.length, step, points, limits, by);
  return { decoded, lines: linesOf(points.columns()) };
}

describe('its decoder', () => {
  const time = fc.oneof(fc.constant(0), fc.nat(199), fc.constant(Number.POSITIVE_INFINITY));
  const limits = fc.record({
    from: time,
    until: time,
    most: fc.integer({ min: 1, max: 300 }),
    isStrict: fc.boolean(),
  });

  it('reads what the one in TypeScript reads, up to any limits', () => {
    fc.assert(
      fc.property(runs({ fewest: 3, longest: 200 }), limits, (run, places) => {
        const points = runOf(run);
        const bytes = new BlockEncoder(null)
          .append(EMPTY_BLOCK, points, 0, points.length, run.step, 1e6)
          .bytes.slice();
        const at = (place: number) => run.timestamps[place] ?? place;
        const asked = { ...places, from: at(places.from), until: at(places.until) };
        expect(decode(bytes, run.step, asked, kernel)).toEqual(decode(bytes, run.step, asked, null));
      }),
      RUNS,
    );
  });

  it('finds the same damage in bits that were changed, cut off or made up', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        runs({ fewest: 3, longest: 60 }),
        changes,
        fc.nat(20),
        limits,
        (run, places, cut, { most, isStrict }) => {
          const points = runOf(run);
          const whole = new BlockEncoder(null).append(
            EMPTY_BLOCK,
            points,
            0,
            points.length,
            run.step,
            1e6,
          ).bytes;
          const bytes = whole.slice(0, Math.max(12, whole.length - cut));
          for (const [place, byte] of places) bytes[12 + (place % Math.max(1, bytes.length - 12))] = byte;
          const asked = { until: Number.POSITIVE_INFINITY, most, isStrict };
          expect(decode(bytes, run.step, asked, kernel)).toEqual(decode(bytes, run.step, asked, null));
        },
      ),
      RUNS,
    );
  });

  it('reads more points than its columns hold', () => {
    const points = series(3 * CHUNK + 100);
    const bytes = new BlockEncoder(null).append(EMPTY_BLOCK, points, 0, points.length, 60, 1e7).bytes.slice();
    const { decoded, lines } = decode(bytes, 60, {}, kernel);
    expect(decoded).toMatchObject({ count: points.length, isComplete: true, isRising: true });
    expect(lines).toEqual(linesOf(points.columns()));
  });
});

describe('its slots', () => {
  const slot = fc.tuple(fc.constantFrom('there', 'stale', 'empty'), fc.double());

  it('are those that TypeScript finds', () => {
    const first = fc.oneof(fc.constantFrom(0, 60, 2 ** 31 - 120, 2 ** 32 - 600), fc.nat(2 ** 32 - 1));
    fc.assert(
      fc.property(
        fc.array(slot, { maxLength: 70 }),
        first,
        fc.constantFrom(1, 60, 86_400),
        (list, start, step) => {
          const bytes = kernel.bytes(list.length * POINT_SIZE)!;
          const view = new DataView(bytes.buffer, bytes.byteOffset);
          for (const [i, [kind, value]] of list.entries()) {
            const interval = (start + i * step) % 2 ** 32;
            const time = kind === 'there' ? interval : kind === 'stale' ? (interval + 2 ** 31) % 2 ** 32 : 0;
            encodePoint(view, i * POINT_SIZE, time, value);
          }
          const last = start + (list.length - 1) * step;
          fc.pre(last < 2 ** 32);
          const expected = makeColumns(list.length);
          decodeSlots(view, list.length, start, step, expected, 0);
          kernel.decodeSlots(list.length, start, step);
          expect(kernel.known.slice(0, list.length)).toEqual(expected.known);
          expect(kernel.values.slice(0, list.length)).toEqual(expected.values);
        },
      ),
      RUNS,
    );
  });

  it('are as they stand, in whatever number', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (given) => {
        const count = Math.floor(given.length / POINT_SIZE);
        kernel.bytes(given.length)!.set(given);
        kernel.splitSlots(count);
        const view = new DataView(given.buffer, given.byteOffset);
        const slots = Array.from({ length: count }, (_, i) => [
          view.getUint32(i * POINT_SIZE),
          view.getUint32(i * POINT_SIZE + 4),
          view.getUint32(i * POINT_SIZE + 8),
        ]);
        const { slotTimes } = kernel;
        const halves = halvesOf(kernel.values);
        expect(slots.map((_, i) => [slotTimes[i], halves[2 * i + HIGH], halves[2 * i + LOW]])).toEqual(slots);
      }),
      RUNS,
    );
  });
});
