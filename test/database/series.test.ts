import { expect, it } from 'vitest';
import { Series } from '../../src/database/series.js';

const series = new Series({
  from: 600,
  until: 640,
  step: 10,
  values: Float64Array.of(1, Number.NaN, Number.NaN, 4),
  known: Uint8Array.of(1, 0, 1, 1),
  archive: 0,
  isClamped: false,
});

it('tells a gap from a stored NaN', () => {
  expect([...series.points()]).toEqual([
    [600, 1],
    [610, null],
    [620, Number.NaN],
    [630, 4],
  ]);
});

it('counts gaps in its length, and can be walked itself', () => {
  expect(series.length).toBe(4);
  expect([...series]).toEqual([...series.points()]);
});

it('gives its known points alone, as another database takes them', () => {
  expect([...series.knownPoints()]).toEqual([
    [600, 1],
    [620, Number.NaN],
    [630, 4],
  ]);
});

it('can be put into JSON, with null for gaps and text for what JSON has not', () => {
  expect(JSON.stringify(series)).toBe('{"from":600,"until":640,"step":10,"values":[1,null,"NaN",4]}');
});
