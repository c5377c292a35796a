import { expect, it } from 'vitest';
import { formatFigure, formatRate } from '../../bench/figures.js';

it.each([
  [1_234_567, '1.23 M'],
  [123_456, '123.5 k'],
  [1234, '1234'],
  [99.96, '100'],
  [12.34, '12.3'],
])('writes the rate %d as %s', (rate, text) => {
  expect(formatRate(rate)).toBe(text);
});

it.each([
  [1234.5, '1235'],
  [99.96, '100'],
  [9.996, '10.0'],
  [9.99, '9.99'],
  [0.123, '0.12'],
])('writes the figure %d as %s', (figure, text) => {
  expect(formatFigure(figure)).toBe(text);
});
