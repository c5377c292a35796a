import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  csvField,
  formatCount,
  formatSingle,
  formatSize,
  formatTable,
  formatValue,
  jsonValue,
} from '../../src/cli/output.js';

describe('formatValue', () => {
  it.each([
    { value: null, text: 'None' },
    { value: 0, text: '0' },
    { value: -0, text: '-0' },
    { value: 0.1, text: '0.1' },
    { value: 1e-7, text: '1e-7' },
    { value: 1e22, text: '1e+22' },
    { value: Number.NaN, text: 'NaN' },
    { value: -1 / 0, text: '-Infinity' },
    { value: 2.345, precision: 2, text: '2.35' },
    { value: 2.5, precision: 0, text: '2' },
    { value: -0, precision: 1, text: '-0.0' },
    { value: 1e21, precision: 1, text: '1000000000000000000000.0' },
    { value: Number.NaN, precision: 2, text: 'NaN' },
    { value: 1 / 0, precision: 2, text: 'Infinity' },
    { value: null, precision: 2, text: 'None' },
  ])('prints $value with precision $precision as $text', ({ value, precision, text }) => {
    expect(formatValue(value, precision)).toBe(text);
  });

  it('prints text that reads back as the same number', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(Number(formatValue(value))).toBe(value);
      }),
    );
  });
});

describe('jsonValue', () => {
  it.each([
    { value: null, json: 'null' },
    { value: 1.25, json: '1.25' },
    { value: Number.NaN, json: '"NaN"' },
    { value: 1 / 0, json: '"Infinity"' },
    { value: -1 / 0, json: '"-Infinity"' },
    { value: 1 / 3, precision: 3, json: '0.333' },
    { value: 5, precision: 3, json: '5' },
    { value: Number.NaN, precision: 3, json: '"NaN"' },
  ])('writes $value with precision $precision as $json', ({ value, precision, json }) => {
    expect(JSON.stringify(jsonValue(value, precision))).toBe(json);
  });
});

describe('csvField', () => {
  it.each([
    { text: 'cpu.wsp', field: 'cpu.wsp' },
    { text: 'a,b', field: '"a,b"' },
    { text: 'say "hi"', field: '"say ""hi"""' },
    { text: 'two\nlines', field: '"two\nlines"' },
  ])('writes $text as $field', ({ text, field }) => {
    expect(csvField(text)).toBe(field);
  });
});

describe('formatSingle', () => {
  it.each([
    { typed: 0, text: '0' },
    { typed: 1, text: '1' },
    { typed: 0.5, text: '0.5' },
    { typed: 0.3, text: '0.3' },
    { typed: 0.000001, text: '0.000001' },
    { typed: 1 / 3, text: '0.33333334' },
  ])('prints what single precision made of $typed as $text', ({ typed, text }) => {
    expect(formatSingle(Math.fround(typed))).toBe(text);
  });
});

describe('formatTable', () => {
  it('makes columns as wide as their longest cell, the first to the left and numbers to the right', () => {
    const rows = [
      ['name', 'unit', 'count'],
      ['a', 's', '1,000'],
      ['longer', '', ''],
    ];
    expect(formatTable(rows, 2)).toBe('name    unit  count\na       s     1,000\nlonger\n');
  });
});

describe('formatSize and formatCount', () => {
  it.each([
    { bytes: 0, text: '0 B' },
    { bytes: 1023, text: '1023 B' },
    { bytes: 1024, text: '1.0 KiB' },
    { bytes: 25_948, text: '25.3 KiB' },
    { bytes: 2 ** 20, text: '1.0 MiB' },
    { bytes: 1.5 * 2 ** 40, text: '1.5 TiB' },
    { bytes: 2 ** 63, text: '8192.0 PiB' },
  ])('print $bytes bytes as $text', ({ bytes, text }) => {
    expect(formatSize(bytes)).toBe(text);
  });

  it('part the thousands', () => {
    expect([7, 1000, 52_560_000].map(formatCount)).toEqual(['7', '1,000', '52,560,000']);
  });
});
