import { describe, expect, it } from 'vitest';
import {
  aggregationFromNumber,
  aggregationMethods,
  aggregationNumber,
  checkAggregationMethod,
} from '../../src/format/aggregation-method.js';

describe('the numbers of the methods', () => {
  it.each([
    { dialect: 'python', names: ['average', 'sum', 'last', 'max', 'min', 'avg_zero', 'absmax', 'absmin'] },
    { dialect: 'go', names: ['average', 'sum', 'last', 'max', 'min', 'first'] },
  ] as const)('$dialect counts them from 1: $names', ({ dialect, names }) => {
    for (const [i, name] of names.entries()) {
      expect(aggregationNumber(name, dialect)).toBe(i + 1);
      expect(aggregationFromNumber(i + 1, dialect)).toBe(name);
    }
    expect(aggregationFromNumber(0, dialect)).toBeUndefined();
    expect(aggregationFromNumber(names.length + 1, dialect)).toBeUndefined();
  });
});

it('offers the eight methods of Python Whisper', () => {
  expect(aggregationMethods).toEqual([
    'average',
    'sum',
    'last',
    'max',
    'min',
    'avg_zero',
    'absmax',
    'absmin',
  ]);
});

describe('an unknown name is refused with a word on why', () => {
  it.each([
    { name: 'median', dialect: 'python', says: "unknown aggregation method 'median'" },
    { name: 'Average', dialect: 'python', says: "'Average'" },
    { name: 'avg', dialect: 'python', says: "the name is 'average'" },
    { name: 'average_zero', dialect: 'python', says: "the name is 'avg_zero'" },
    { name: 'first', dialect: 'python', says: "dialect: 'go' has it" },
    { name: 'absmax', dialect: 'go', says: "dialect: 'python' has it" },
    { name: 'mix', dialect: 'go', says: 'only compressed files have it' },
    { name: 'percentile', dialect: 'python', says: 'only compressed files have it' },
    { name: 1, dialect: 'python', says: 'unknown aggregation method 1' },
    { name: undefined, dialect: 'python', says: 'unknown aggregation method undefined' },
    { name: 'toString', dialect: 'python', says: "'toString'" },
  ] as const)('$name in the $dialect dialect', ({ name, dialect, says }) => {
    expect(() => checkAggregationMethod(name, dialect)).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_AGGREGATION', message: expect.stringContaining(says) }),
    );
  });
});
