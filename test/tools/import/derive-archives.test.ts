import { describe, expect, it } from 'vitest';
import { PointRun } from '../../../src/format/point-run.js';
import { deriveArchives, type HistoryRules } from '../../../src/tools/import/derive-archives.js';

/** A multiple of a day. */
const DAY = 86_400 * 19_000;
const ARCHIVES = [
  { step: 60, points: 120 },
  { step: 3600, points: 240 },
];
const RULES: HistoryRules = { aggregation: 'average', xFilesFactor: 0.5 };

type Pair = [timestamp: number, value: number];

function run(points: readonly Pair[]): PointRun {
  const made = new PointRun();
  for (const [at, value] of points) made.pushValue(at, value);
  return made;
}

const every = (step: number, count: number, from: number, value: number): Pair[] =>
  Array.from({ length: count }, (_, i) => [from + step * i, value]);

function derive(points: readonly Pair[], rules = RULES): Pair[][] {
  const end = points.at(-1)![0];
  const empty = ARCHIVES.map(() => new PointRun(0));
  return deriveArchives(run(points), empty, ARCHIVES, rules, end).map(({ timestamps, values, length }) =>
    Array.from({ length }, (_, i) => [timestamps[i]!, values[i]!]),
  );
}

describe('deriveArchives', () => {
  it.each([1, 2, 25, 59])(
    'takes an hour before the reach of minutes that begin %i minutes into it for the whole of it',
    (late) => {
      // Hours, and then the last two hours as minutes, as an export has them.
      const first = DAY + 48 * 3600 + 60 * late;
      const [, hours] = derive([...every(3600, 49, DAY, 7), ...every(60, 120, first, 1)]);
      expect(hours!.slice(0, 49)).toEqual(every(3600, 49, DAY, 7));
      expect(hours![49]).toEqual([DAY + 49 * 3600, 1]);
    },
  );

  it('does not take the first of even minutes for its hour, wherever their reach begins', () => {
    const [, hours] = derive(every(60, 121, DAY, 1).map(([at], i) => [at, i]));
    expect(hours!.slice(0, 2)).toEqual([
      [DAY, 29.5],
      [DAY + 3600, 89.5],
    ]);
  });

  it('does not take the first of even points of five minutes for its hour either', () => {
    const [, hours] = derive(every(300, 25, DAY, 1).map(([at], i) => [at, i]));
    expect(hours![0]).toEqual([DAY, 5.5]);
  });

  it('weighs points that stand for unlike times by these', () => {
    // Half an hour of fives, told every ten minutes, and half an hour of ones.
    const points = [...every(600, 60, DAY - 36_000 + 1800, 5), ...every(60, 30, DAY + 1800, 1)];
    const [, hours] = derive(points);
    expect(hours!.at(-1)).toEqual([DAY, 3]);
    expect(derive(points, { ...RULES, aggregation: 'sum' })[1]!.at(-1)![1]).toBe(3 * 5 + 30);
  });
});
