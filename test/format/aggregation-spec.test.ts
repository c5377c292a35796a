import { describe, expect, it } from 'vitest';
import {
  checkCompressedMethod,
  parseSpec,
  specFromNumber,
  specNumber,
} from '../../src/format/aggregation-spec.js';

const P95 = { method: 'percentile', percentile: 95, name: 'p95' };
/** Single precision has no 99.9. */
const P999 = { method: 'percentile', percentile: Math.fround(99.9), name: 'p99.900002' };

describe('a spec', () => {
  it.each([
    { given: 'average', spec: { method: 'average', percentile: 0, name: 'average' } },
    { given: { method: 'first' }, spec: { method: 'first', percentile: 0, name: 'first' } },
    { given: 'p95', spec: P95 },
    { given: { method: 'percentile', percentile: 95 }, spec: P95 },
    { given: 'p99.9', spec: P999 },
    { given: P999, spec: P999 },
    { given: 'p.5', spec: { method: 'percentile', percentile: 0.5, name: 'p0.500000' } },
    { given: 'p0', spec: { method: 'percentile', percentile: 0, name: 'p0' } },
    { given: 'p100', spec: { method: 'percentile', percentile: 100, name: 'p100' } },
  ])('is read from $given', ({ given, spec }) => {
    expect(parseSpec(given)).toEqual(spec);
  });

  it.each([
    { given: 'median', found: "unknown aggregation method 'median'" },
    { given: 'avg', found: "'avg' (the name is 'average')" },
    { given: 'absmax', found: "aggregation method 'absmax' (only standard files have it)" },
    { given: 'mix', found: "unknown aggregation method 'mix'" },
    { given: 'percentile', found: 'percentile undefined' },
    { given: 'p101', found: 'percentile 101' },
    { given: 'p-1', found: "'p-1'" },
    { given: 'p', found: "'p'" },
    { given: 'P95', found: "'P95'" },
    { given: { method: 'percentile', percentile: Number.NaN }, found: 'percentile NaN' },
    { given: { method: 'percentile', percentile: '95' }, found: "percentile '95'" },
    { given: {}, found: 'unknown aggregation method' },
    { given: null, found: 'unknown aggregation method' },
    { given: 5, found: 'unknown aggregation method' },
  ])('is not read from $given', ({ given, found }) => {
    expect(() => parseSpec(given)).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_AGGREGATION', found: expect.stringContaining(found) }),
    );
  });
});

describe('the numbers in an archive’s header', () => {
  it.each([
    [1, 'average'],
    [2, 'sum'],
    [3, 'last'],
    [4, 'max'],
    [5, 'min'],
    [6, 'first'],
  ] as const)('%i is %s', (number, method) => {
    expect(specNumber(parseSpec(method))).toBe(number);
    expect(specFromNumber(number, 0)).toEqual(parseSpec(method));
  });

  it('8 is a percentile, which stands beside it', () => {
    expect(specNumber(parseSpec('p99.9'))).toBe(8);
    expect(specFromNumber(8, Math.fround(99.9))).toEqual(P999);
  });

  it.each([
    { number: 0, percentile: 0 },
    { number: 7, percentile: 0 },
    { number: 9, percentile: 0 },
    { number: 8, percentile: -1 },
    { number: 8, percentile: 100.5 },
    { number: 8, percentile: Number.NaN },
  ])('$number with percentile $percentile is none', ({ number, percentile }) => {
    expect(specFromNumber(number, percentile)).toBeUndefined();
  });
});

it('a compressed file has six methods of its own', () => {
  const known = ['average', 'sum', 'last', 'max', 'min', 'first'];
  for (const method of known) expect(checkCompressedMethod(method)).toBe(method);
  for (const method of ['avg_zero', 'absmax', 'absmin', 'mix', 'percentile', '', undefined]) {
    expect(() => checkCompressedMethod(method)).toThrow(
      expect.objectContaining({
        code: 'WSP_BAD_AGGREGATION',
        expected: `one of ${known.join(', ')}, or in a mix a percentile such as p95`,
      }),
    );
  }
});
