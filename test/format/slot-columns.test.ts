import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PointRun } from '../../src/format/point-run.js';
import { SlotColumns } from '../../src/format/slot-columns.js';
import { halves } from '../support/bits.js';
import { bitsOf, doubles } from '../support/compressed-vectors.js';
import { anyBits } from '../support/point-runs.js';

const RUNS = { numRuns: Number(process.env['SOTTO_RUNS'] ?? 400) };
const FIRST = 600;
const STEP = 60;
const ONE = '3ff0000000000000';
const GAP = 'gap';

/** What a slot has: the bits of its value, `gap` if there is none. */
function slotsOf({ values, known }: SlotColumns): string[] {
  return bitsOf(values).map((bits, i) => (known[i] === 1 ? bits : GAP));
}

interface Given {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly isEven: boolean;
}

/** Points as one of three callers would bring them. */
type Way = 'one by one' | 'as a run' | 'as columns';

function bring(slots: SlotColumns, { timestamps, values, isEven }: Given, way: Way): void {
  const bits = bitsOf(values);
  if (way === 'one by one') {
    for (const [i, timestamp] of timestamps.entries()) slots.push(timestamp, ...halves(bits[i]!));
  } else if (way === 'as a run') slots.pushRun(PointRun.over(timestamps, values));
  else {
    // Something before and behind that must not come along.
    const [times, all] = [new Float64Array(timestamps.length + 4), doubles([ONE, ONE, ...bits, ONE, ONE])];
    times.fill(FIRST).set(timestamps, 2);
    slots.pushAll(times, all, 2, 2 + timestamps.length, isEven);
  }
}

/** Runs of points side by side, with gaps or off the step, within the range, around its ends or far away. */
function runs(step: number, first: number, count: number): fc.Arbitrary<Given> {
  const span = step * count;
  const start = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -3, max: count + 2 }).map((slot) => first + slot * step) },
    { weight: 1, arbitrary: fc.nat(2 * span + 10).map((by) => first - Math.floor(span / 2) + by) },
    { weight: 1, arbitrary: fc.constantFrom(first - 1000 * step, first + 1000 * step, 1, 2 ** 32 - 1) },
  );
  const points = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 * step }), anyBits()), { maxLength: 30 });
  return fc.tuple(start, points, fc.boolean()).map(([start, points, isEven]) => {
    let time = start;
    const timestamps = points.map(([distance], i) => {
      time += i === 0 ? 0 : isEven ? step : distance;
      return time;
    });
    return {
      timestamps: Float64Array.from(timestamps),
      values: doubles(points.map(([, bits]) => bits)),
      isEven,
    };
  });
}

const cases = fc
  .record({
    step: fc.constantFrom(1, 7, 60),
    slot: fc.nat(100),
    count: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(0)),
  })
  .chain(({ step, slot, count }) => {
    const first = step * (slot + 1);
    const way = fc.constantFrom<Way>('one by one', 'as a run', 'as columns', 'as columns');
    const list = fc.array(fc.tuple(runs(step, first, count), way), { maxLength: 5 });
    return list.map((given) => ({ step, first, count, given }));
  });

describe('for any runs, brought in any way', () => {
  it('each slot has the last point that fell into it, bit for bit, and every other is a gap', () => {
    fc.assert(
      fc.property(cases, ({ step, first, count, given }) => {
        const expected = new Map<number, string>();
        const slots = new SlotColumns(first, step, count);
        for (const [run, way] of given) {
          bring(slots, run, way);
          for (const [i, bits] of bitsOf(run.values).entries()) {
            expected.set(Math.floor((run.timestamps[i]! - first) / step), bits);
          }
        }
        slots.finish();
        expect(slotsOf(slots)).toEqual(Array.from({ length: count }, (_, i) => expected.get(i) ?? GAP));
        const gaps = [...slots.known.keys()].filter((i) => slots.known[i] !== 1);
        expect(gaps.every((i) => slots.known[i] === 0 && Number.isNaN(slots.values[i]))).toBe(true);
      }),
      RUNS,
    );
  });

  it('the latest is the time of the last point of all, in the range or not', () => {
    fc.assert(
      fc.property(cases, ({ step, first, count, given }) => {
        const slots = new SlotColumns(first, step, count);
        let latest: number | undefined;
        for (const [run, way] of given) {
          bring(slots, run, way);
          latest = run.timestamps.at(-1) ?? latest;
          expect(slots.latest).toBe(latest);
        }
      }),
      RUNS,
    );
  });
});

describe('a run of points side by side', () => {
  it.each([
    { name: 'that fills the range', start: 0, count: 4, slots: [0, 1, 2, 3] },
    { name: 'that ends with the range', start: 2, count: 2, slots: [GAP, GAP, 0, 1] },
    { name: 'one too long for the range', start: 1, count: 4, slots: [GAP, 0, 1, 2] },
    { name: 'that begins before the range', start: -2, count: 4, slots: [2, 3, GAP, GAP] },
    { name: 'that reaches over both ends', start: -1, count: 6, slots: [1, 2, 3, 4] },
    { name: 'that ends where the range begins', start: -3, count: 3, slots: [GAP, GAP, GAP, GAP] },
    { name: 'that begins where the range ends', start: 4, count: 3, slots: [GAP, GAP, GAP, GAP] },
    { name: 'of no points', start: 1, count: 0, slots: [GAP, GAP, GAP, GAP] },
  ])('$name', ({ start, count, slots }) => {
    const columns = new SlotColumns(FIRST, STEP, 4);
    const timestamps = Float64Array.from({ length: count }, (_, i) => FIRST + (start + i) * STEP);
    const values = Float64Array.from({ length: count }, (_, i) => i);
    columns.pushAll(timestamps, values, 0, count, true);
    columns.finish();
    expect(Array.from(columns.values, (value, i) => (columns.known[i] === 1 ? value : GAP))).toEqual(slots);
    expect(columns.latest).toBe(timestamps.at(-1));
  });

  it('that lie between the slots each go to the one before them', () => {
    const columns = new SlotColumns(FIRST, STEP, 3);
    const timestamps = Float64Array.of(FIRST - 1, FIRST + 59, FIRST + 119);
    columns.pushAll(timestamps, Float64Array.of(7, 8, 9), 0, 3, true);
    columns.finish();
    expect([...columns.known]).toEqual([1, 1, 0]);
    expect([...columns.values]).toEqual([8, 9, Number.NaN]);
  });
});

describe('gaps', () => {
  it.each([
    { name: 'before and behind what is known', known: [3, 4], of: 8 },
    { name: 'between', known: [0, 3, 7], of: 8 },
    { name: 'none', known: [0, 1, 2], of: 3 },
    { name: 'all', known: [], of: 5 },
    { name: 'none of none', known: [], of: 0 },
  ])('become NaN, whatever the memory held: $name', ({ known, of }) => {
    const columns = new SlotColumns(FIRST, STEP, of);
    columns.values.fill(42);
    for (const slot of known) columns.push(FIRST + slot * STEP, ...halves(ONE));
    columns.finish();
    const expected = Array.from({ length: of }, (_, i) => (known.includes(i as never) ? 1 : Number.NaN));
    expect([...columns.values]).toEqual(expected);
  });

  it('a NaN that came is none, and keeps its payload', () => {
    const columns = new SlotColumns(FIRST, STEP, 3);
    columns.pushAll(Float64Array.of(FIRST + STEP), doubles(['7ff80000deadbeef']), 0, 1, true);
    columns.push(FIRST + 2 * STEP, 0xfff0_0000, 1);
    columns.finish();
    expect(slotsOf(columns)).toEqual([GAP, '7ff80000deadbeef', 'fff0000000000001']);
  });
});

it('more slots than memory are refused', () => {
  expect(() => new SlotColumns(FIRST, STEP, 2 ** 52)).toThrow(
    expect.objectContaining({
      code: 'WSP_SYSTEM',
      message: expect.stringContaining('do not fit into memory'),
    }),
  );
});
