import { describe, expect, it } from 'vitest';
import { formatNumber } from '../../src/tools/chart-number.js';

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [7, '7'],
    [999, '999'],
    [1200, '1.2k'],
    [-1200, '-1.2k'],
    [3_400_000, '3.4M'],
    [5e9, '5G'],
    [2.5e12, '2.5T'],
    [1e15, '1P'],
    [1e18, '1e18'],
    [1.2e300, '1.2e300'],
    [0.25, '0.25'],
    [0.0012, '0.0012'],
    [0.0001, '0.0001'],
    [0.000012, '1.2e-5'],
    [1.2e-9, '1.2e-9'],
    [5e-324, '4.941e-324'],
    [0.1 + 0.2, '0.3'],
    [1234.5678, '1.235k'],
    [999_999, '1M'],
    [Number.MAX_VALUE, '1.798e308'],
    [Number.POSITIVE_INFINITY, '∞'],
    [Number.NEGATIVE_INFINITY, '-∞'],
    [Number.NaN, 'NaN'],
  ])('writes %d as %s', (value, label) => {
    expect(formatNumber(value)).toBe(label);
  });

  it('keeps to the digits asked for', () => {
    expect([1, 2, 7].map((digits) => formatNumber(1_234_567, digits))).toEqual(['1M', '1.2M', '1.234567M']);
  });
});
