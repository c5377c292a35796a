import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Before, checkPoints } from '../../src/codec/block-points.js';
import { WhisperError } from '../../src/errors.js';

const RUNS = { numRuns: Number(process.env['SOTTO_RUNS'] ?? 1000) };
const MOST = 2 ** 32 - 1;
const NOTHING: Before = { first: 0, latest: 0 };

/** The times that are taken, or why they are refused. */
function checked(timestamps: ArrayLike<number>, before: Before, step: number): readonly number[] | string {
  try {
    const run = checkPoints({ timestamps, values: new Float64Array(timestamps.length) }, before, step);
    return [...run.timestamps];
  } catch (error) {
    if (error instanceof WhisperError) return `${error.code}: ${error.found}; ${error.expected}`;
    throw error;
  }
}

/** The index of the first time that a block cannot hold, by the rules alone; -1 if it can hold all. */
function firstWrong(timestamps: readonly number[], { first, latest }: Before, step: number): number {
  const begin = first || timestamps[0]!;
  return timestamps.findIndex((time, i) => {
    const former = i === 0 ? latest : timestamps[i - 1]!;
    const isTime = Number.isInteger(time) && time >= 1 && time <= MOST;
    return !(isTime && time > former && (time - begin) % step === 0);
  });
}

/** Times that are mostly as far apart as the two before them, here and there with something wrong. */
function times(): fc.Arbitrary<{ step: number; before: Before; timestamps: number[] }> {
  const step = fc.constantFrom(1, 2, 60, 86_400, 2 ** 31);
  const distance = fc.oneof(
    { weight: 20, arbitrary: fc.constant('again' as const) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 3 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, -1, 0.5, 1 / 60, 1e-9, Number.NaN, 2 ** 31, Infinity) },
  );
  const start = fc.oneof(
    fc.constantFrom(0, 1, 100, 1_599_998_400, MOST - 10, MOST),
    fc.integer({ min: 1, max: MOST }),
  );
  return fc
    .record({
      step,
      start,
      ahead: fc.option(fc.nat(3), { nil: undefined }),
      distances: fc.array(distance, { maxLength: 24, size: 'max' }),
    })
    .map(({ step, start, ahead, distances }) => {
      const timestamps = [start];
      let steps = 1;
      for (const given of distances) {
        if (given !== 'again') steps = given;
        timestamps.push(timestamps.at(-1)! + steps * step);
        if (given !== 'again' && !(given > 0 && Number.isInteger(given))) steps = 1;
      }
      const latest = ahead === undefined ? 0 : Math.max(0, start - ahead * step);
      return { step, before: { first: latest, latest }, timestamps };
    });
}

describe('times in a column of doubles', () => {
  it('are taken or refused as they are one by one, however many are as far apart as the ones before', () => {
    fc.assert(
      fc.property(times(), ({ step, before, timestamps }) => {
        const wrong = firstWrong(timestamps, before, step);
        for (const column of [timestamps, Float64Array.from(timestamps)]) {
          const found = checked(column, before, step);
          if (wrong === -1) expect(found).toEqual(timestamps);
          else
            expect(found).toMatch(new RegExp(`^WSP_BAD_TIMESTAMP: .*\\(point ${wrong}\\)|after the first;`));
        }
        expect(checked(Float64Array.from(timestamps), before, step)).toEqual(
          checked(timestamps, before, step),
        );
      }),
      RUNS,
    );
  });

  it.each([
    {
      name: 'as far from the first as that is from 0, off the step',
      times: [100, 200, 300],
      step: 60,
      wrong: 200,
    },
    {
      name: 'evenly over the end of 32 bits',
      times: [MOST - 2, MOST - 1, MOST, MOST + 1],
      step: 1,
      wrong: MOST + 1,
    },
    { name: 'with fractions that are evenly apart', times: [1, 1.5, 2], step: 1, wrong: 1.5 },
    { name: 'all the same', times: [5, 5, 5], step: 1, wrong: 5 },
    { name: 'falling evenly', times: [50, 40, 30], step: 10, wrong: 40 },
    { name: 'with a NaN among even ones', times: [10, 20, Number.NaN, 40], step: 10, wrong: Number.NaN },
  ])('are refused: $name', ({ times, step, wrong }) => {
    const found = checked(Float64Array.from(times), NOTHING, step);
    expect(found).toEqual(checked(times, NOTHING, step));
    expect(found).toMatch(new RegExp(`^WSP_BAD_TIMESTAMP: timestamp ${wrong}\\b`));
  });

  it('go on behind a block at its distance, and not at another that is no whole step from its first', () => {
    const before = { first: 60, latest: 120 };
    expect(checked(Float64Array.of(180, 240, 300), before, 60)).toEqual([180, 240, 300]);
    expect(checked(Float64Array.of(180, 210, 240), before, 60)).toMatch(
      /timestamp 210, 150 s after the first/,
    );
    expect(checked(Float64Array.of(120, 180), before, 60)).toMatch(
      /timestamp 120 \(point 0\); one after 120/,
    );
  });
});

describe('columns', () => {
  it('of doubles are used where they are, others are copied, and none is changed', () => {
    const doubles = { timestamps: Float64Array.of(1, 2), values: Float64Array.of(3, 4) };
    const run = checkPoints(doubles, NOTHING, 1);
    expect([run.timestamps, run.values]).toEqual([doubles.timestamps, doubles.values]);
    expect(run.timestamps).toBe(doubles.timestamps);
    expect(run.values).toBe(doubles.values);
    const lists = { timestamps: [1, 2], values: [3, 4] };
    const copy = checkPoints(lists, NOTHING, 1);
    copy.timestamps.fill(0);
    expect(lists).toEqual({ timestamps: [1, 2], values: [3, 4] });
  });

  it('without points are taken, whatever stands before them', () => {
    for (const before of [NOTHING, { first: 5, latest: 9 }]) {
      expect(checked(new Float64Array(0), before, 60)).toEqual([]);
      expect(checked([], before, 60)).toEqual([]);
    }
  });
});
