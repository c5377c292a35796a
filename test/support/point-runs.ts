/** Runs of points for a block: values of any bits at all, times that meet every class. */
import fc from 'fast-check';
import { UINT32_MAX } from '../../src/bytes/integers.js';
import { PointRun } from '../../src/format/point-run.js';
import { bitsOf, type Columns, doubles } from './compressed-vectors.js';

/** Points whose times lie whole steps apart and rise. */
export interface Run extends Columns {
  step: number;
}

/** 1, and what an archive may have, up to the longest that 32 bits say. */
const STEPS = [1, 7, 10, 60, 3600, 86_400, 2 ** 31, UINT32_MAX];
const STARTS = [1, 1_599_998_400, 2 ** 31 - 5, UINT32_MAX - 100_000, UINT32_MAX];
/** Distances that change by what stands at the border of a class, and by more than any field holds. */
const DISTANCES = [1, 2, 62, 63, 64, 65, 254, 255, 256, 257, 2046, 2047, 2048, 2049, 5000, 1_000_000];
const SPECIAL = [
  '0000000000000000',
  '8000000000000000',
  '0000000000000001',
  '000fffffffffffff',
  '7ff0000000000000',
  'fff0000000000000',
  '7ff8000000000000',
  'fff8000000000000',
  '7ff0000000000001',
  '7ff80000deadbeef',
  'ffffffffffffffff',
  '3ff0000000000000',
];

/** The bits of a double, as two halves that know nothing of each other. */
export function anyBits(): fc.Arbitrary<string> {
  const half = fc.nat(UINT32_MAX);
  return fc.oneof(
    { weight: 3, arbitrary: fc.tuple(half, half).map(([high, low]) => hex(high) + hex(low)) },
    { weight: 2, arbitrary: fc.constantFrom(...SPECIAL) },
    {
      weight: 3,
      arbitrary: fc
        .integer({ min: -200, max: 200 })
        .map((tenths) => bitsOf(Float64Array.of(tenths / 10))[0]!),
    },
  );
}

/** Runs of up to `longest` points, of at least `fewest`. */
export function runs({ fewest = 1, longest = 40 } = {}): fc.Arbitrary<Run> {
  const distance = fc.oneof(
    { weight: 4, arbitrary: fc.constant(1) },
    { weight: 2, arbitrary: fc.constantFrom(...DISTANCES) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 10_000_000 }) },
  );
  const lists = fc.array(fc.tuple(distance, values()), { minLength: fewest, maxLength: longest });
  const start = fc.oneof(fc.constantFrom(...STARTS), fc.integer({ min: 1, max: UINT32_MAX }));
  return fc
    .tuple(fc.constantFrom(...STEPS), start, lists)
    .map(([step, start, list]) => {
      const timestamps: number[] = [];
      const values: string[] = [];
      let timestamp = start;
      for (const [i, [distance, bits]] of list.entries()) {
        if (i > 0) timestamp += distance * step;
        if (timestamp > UINT32_MAX) break;
        timestamps.push(timestamp);
        // Relative to the one before, so that windows and repeated values come up.
        values.push(bits(values.at(-1) ?? SPECIAL[0]!));
      }
      return { step, timestamps: Float64Array.from(timestamps), values: doubles(values) };
    })
    .filter(({ timestamps }) => timestamps.length >= fewest);
}

type NextBits = (before: string) => string;

/** A value given the one before: the same, one that differs in a few bits, or any other. */
function values(): fc.Arbitrary<NextBits> {
  const change = fc.tuple(fc.nat(0xffff), fc.nat(63));
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant<NextBits>((before) => before) },
    { weight: 4, arbitrary: anyBits().map<NextBits>((bits) => () => bits) },
    {
      weight: 4,
      arbitrary: change.map<NextBits>(([bits, shift]) => (before) => {
        const changed = BigInt(`0x${before}`) ^ BigInt.asUintN(64, BigInt(bits) << BigInt(shift));
        return changed.toString(16).padStart(16, '0');
      }),
    },
  );
}

/** Places to cut a run at, rising. */
export function cuts(): fc.Arbitrary<readonly number[]> {
  return fc.array(fc.nat(40), { maxLength: 6 }).map((places) => places.sort((a, b) => a - b));
}

/** The parts of a run between cuts, some of them empty. */
export function cutAt({ timestamps, values }: Columns, places: readonly number[]): Columns[] {
  const ends = [...places.filter((place) => place <= timestamps.length), timestamps.length];
  return ends.map((end, i) => {
    const start = ends[i - 1] ?? 0;
    return { timestamps: timestamps.slice(start, end), values: values.slice(start, end) };
  });
}

export function runOf({ timestamps, values }: Columns): PointRun {
  return PointRun.over(timestamps, values);
}

/** A line for each point, with the bits of its value, so that a NaN is told from another. */
export function linesOf({ timestamps, values }: Columns): string[] {
  return bitsOf(values).map((bits, i) => `${timestamps[i]} ${bits}`);
}

function hex(half: number): string {
  return half.toString(16).padStart(8, '0');
}
