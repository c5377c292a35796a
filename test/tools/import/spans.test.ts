import { describe, expect, it } from 'vitest';
import { spansOf } from '../../../src/tools/import/spans.js';

const every = (step: number, count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => from + step * (i + 1));
const spans = (times: number[]) => [...spansOf(Float64Array.from(times), 60, 7)];

describe('spansOf', () => {
  it.each([
    { name: 'a lone point, as it is told', times: [600], expected: [7] },
    { name: 'two points', times: [600, 900], expected: [300, 300] },
    { name: 'an even run', times: every(300, 40), expected: Array(40).fill(300) },
    { name: 'points as dense as the base', times: every(60, 40), expected: Array(40).fill(60) },
    {
      name: 'an even run with a gap',
      times: [...every(300, 30), ...every(300, 30, 90_000)],
      expected: Array(60).fill(300),
    },
    {
      name: 'hours, and then minutes',
      times: [...every(3600, 30), ...every(60, 60, 111_540)],
      expected: [...Array(30).fill(3600), ...Array(60).fill(60)],
    },
  ])('tells for $name', ({ times, expected }) => {
    expect(spans(times)).toEqual(expected);
  });

  it('counts stragglers at the end as what was usual before', () => {
    const times = [...every(60, 40), 2400 + 1200, 2400 + 2400];
    expect(spans(times)).toEqual(Array(42).fill(60));
  });

  it('counts lone points within a gap of a dense run as one of it each', () => {
    const times = [...every(60, 40), 2400 + 1200, 2400 + 2400, 2400 + 3600, ...every(60, 40, 7200)];
    expect(spans(times)).toEqual(Array(83).fill(60));
  });
});
