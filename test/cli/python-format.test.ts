import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFixed, formatGeneral, formatRepr } from '../../src/cli/python-format.js';

/** Any double at all, from its 64 bits. */
const doubles = () => fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(fromBits);
const finiteDoubles = () => doubles().filter(Number.isFinite);
/** Metrics as they are: no more than a few decimals. */
const shortDecimals = () =>
  fc.tuple(fc.integer(), fc.integer({ min: 0, max: 9 })).map(([n, places]) => n / 10 ** places);
/** Odd multiples of a power of two, which are the exact ties of some number of decimals. */
const dyadics = () =>
  fc.tuple(fc.integer(), fc.integer({ min: 0, max: 40 })).map(([n, places]) => n / 2 ** places);

const PYTHON = findPython();

describe('formatFixed', () => {
  it.each([
    { name: 'pads with zeros', value: 1, digits: 6, text: '1.000000' },
    { name: 'rounds to the nearest', value: 0.1234567, digits: 6, text: '0.123457' },
    { name: 'carries through nines', value: 9.9999999, digits: 6, text: '10.000000' },
    { name: 'takes the even neighbour of a tie, downward', value: 2.5, digits: 0, text: '2' },
    { name: 'takes the even neighbour of a tie, upward', value: 3.5, digits: 0, text: '4' },
    { name: 'takes the even neighbour of zero', value: 0.5, digits: 0, text: '0' },
    {
      name: 'takes the even neighbour of a tie of six decimals',
      value: 2 ** -7,
      digits: 6,
      text: '0.007812',
    },
    { name: 'sees that 1.005 lies below its tie', value: 1.005, digits: 2, text: '1.00' },
    { name: 'keeps the sign of minus zero', value: -0, digits: 6, text: '-0.000000' },
    { name: 'keeps the sign of what rounds to zero', value: -1e-9, digits: 6, text: '-0.000000' },
    { name: 'prints the smallest double as zero', value: 5e-324, digits: 6, text: '0.000000' },
    { name: 'prints all digits of 1e22', value: 1e22, digits: 1, text: '10000000000000000000000.0' },
    { name: 'prints all digits of 1e23', value: 1e23, digits: 0, text: '99999999999999991611392' },
    { name: 'prints nan', value: Number.NaN, digits: 6, text: 'nan' },
    { name: 'prints inf', value: Infinity, digits: 6, text: 'inf' },
    { name: 'prints -inf', value: -Infinity, digits: 6, text: '-inf' },
  ])('$name', ({ value, digits, text }) => {
    expect(formatFixed(value, digits)).toBe(text);
  });

  it('prints 1e300 in 301 digits that read back as the same double', () => {
    const text = formatFixed(1e300, 0);
    expect(text).toHaveLength(301);
    expect(Number(text)).toBe(1e300);
  });

  it('prints every finite double exactly when it is given 1074 decimals', () => {
    fc.assert(
      fc.property(finiteDoubles(), (value) => {
        expect(Number(formatFixed(value, 1074))).toBe(value);
      }),
    );
  });

  it('is never further than half a unit from the value, and even at exactly half', () => {
    const digits = fc.integer({ min: 0, max: 120 });
    fc.assert(
      fc.property(fc.oneof(finiteDoubles(), dyadics(), shortDecimals()), digits, (value, digits) => {
        const exact = unscaled(formatFixed(value, 1074));
        const unit = 10n ** BigInt(1074 - digits);
        const rounded = unscaled(formatFixed(value, digits));
        const error = exact - rounded * unit;
        const size = error < 0n ? -error : error;
        expect(size * 2n <= unit).toBe(true);
        if (size * 2n === unit) expect(rounded % 2n).toBe(0n);
      }),
    );
  });

  it('agrees with toFixed where there is no tie and no exponent', () => {
    // Nine decimals, the last of them 1; a tie of six has seven at most.
    const values = fc.integer({ min: -(2 ** 43), max: 2 ** 43 }).map((n) => (10 * n + 1) / 1e9);
    fc.assert(
      fc.property(values, (value) => {
        expect(formatFixed(value, 6)).toBe(value.toFixed(6));
      }),
    );
  });

  it('prints a negated value with a sign and the same digits', () => {
    fc.assert(
      fc.property(finiteDoubles().map(Math.abs), fc.integer({ min: 0, max: 40 }), (value, digits) => {
        expect(formatFixed(-value, digits)).toBe(`-${formatFixed(value, digits)}`);
      }),
    );
  });
});

describe('formatGeneral', () => {
  it.each([
    { name: 'drops trailing zeros', value: 100, precision: 35, text: '100' },
    { name: 'drops a bare point', value: 2, precision: 6, text: '2' },
    {
      name: 'prints every digit that a double has',
      value: 0.1,
      precision: 35,
      text: '0.1000000000000000055511151231257827',
    },
    { name: 'rounds to significant digits', value: 123456789, precision: 6, text: '1.23457e+08' },
    { name: 'keeps whole numbers plain below the precision', value: 123456, precision: 6, text: '123456' },
    { name: 'takes the exponent form after a carry', value: 999999.5, precision: 6, text: '1e+06' },
    { name: 'carries into a new digit', value: 99.96, precision: 3, text: '100' },
    { name: 'stays plain at an exponent of -4', value: 0.0001, precision: 6, text: '0.0001' },
    { name: 'takes the exponent form at -5', value: 0.00001, precision: 6, text: '1e-05' },
    { name: 'stays plain when a carry lifts it to -4', value: 0.000099999999, precision: 6, text: '0.0001' },
    { name: 'takes the even neighbour of a tie', value: 0.125, precision: 2, text: '0.12' },
    { name: 'counts a precision of 0 as 1', value: 25, precision: 0, text: '2e+01' },
    { name: 'prints zero', value: 0, precision: 35, text: '0' },
    { name: 'keeps the sign of minus zero', value: -0, precision: 35, text: '-0' },
    {
      name: 'prints the smallest double',
      value: 5e-324,
      precision: 35,
      text: '4.9406564584124654417656879286822137e-324',
    },
    {
      name: 'prints a three-digit exponent',
      value: 1e300,
      precision: 35,
      text: '1.0000000000000000525047602552044202e+300',
    },
    { name: 'prints nan', value: Number.NaN, precision: 35, text: 'nan' },
    { name: 'prints inf', value: Infinity, precision: 35, text: 'inf' },
    { name: 'prints -inf', value: -Infinity, precision: 35, text: '-inf' },
  ])('$name', ({ value, precision, text }) => {
    expect(formatGeneral(value, precision)).toBe(text);
  });

  it('reads back as the same double from 17 digits on', () => {
    fc.assert(
      fc.property(finiteDoubles(), fc.integer({ min: 17, max: 900 }), (value, precision) => {
        expect(Number(formatGeneral(value, precision))).toBe(value);
      }),
    );
  });

  it('has at most the digits asked for, and no zero at their end', () => {
    fc.assert(
      fc.property(finiteDoubles(), fc.integer({ min: 1, max: 40 }), (value, precision) => {
        const [mantissa = ''] = formatGeneral(value, precision).split('e');
        const digits = mantissa.replace(/[-.]/g, '').replace(/^0+(?=\d)/, '');
        expect(digits.length).toBeLessThanOrEqual(precision);
        if (mantissa.includes('.')) expect(mantissa).toMatch(/[1-9]$/);
      }),
    );
  });
});

describe('formatRepr', () => {
  it.each([
    { name: 'ends whole numbers in .0', value: 1, text: '1.0' },
    { name: 'prints the shortest digits', value: 0.1, text: '0.1' },
    { name: 'stays plain at 0.0001', value: 0.0001, text: '0.0001' },
    { name: 'takes the exponent form below it', value: 0.00001, text: '1e-05' },
    { name: 'has two digits of exponent', value: 1e-7, text: '1e-07' },
    { name: 'keeps the digits before the exponent', value: 1.5e-7, text: '1.5e-07' },
    { name: 'stays plain below 1e16', value: 9999999999999998, text: '9999999999999998.0' },
    { name: 'takes the exponent form at 1e16', value: 1e16, text: '1e+16' },
    { name: 'keeps all digits above it', value: 1.2345678901234567e19, text: '1.2345678901234567e+19' },
    {
      name: 'prints a three-digit exponent',
      value: -1.7976931348623157e308,
      text: '-1.7976931348623157e+308',
    },
    { name: 'prints the smallest double', value: 5e-324, text: '5e-324' },
    { name: 'prints zero', value: 0, text: '0.0' },
    { name: 'keeps the sign of minus zero', value: -0, text: '-0.0' },
    { name: 'prints nan', value: Number.NaN, text: 'nan' },
    { name: 'prints inf', value: Infinity, text: 'inf' },
    { name: 'prints -inf', value: -Infinity, text: '-inf' },
  ])('$name', ({ value, text }) => {
    expect(formatRepr(value)).toBe(text);
  });

  it('reads back as the same double', () => {
    fc.assert(
      fc.property(fc.oneof(finiteDoubles(), shortDecimals()), (value) => {
        expect(Number(formatRepr(value))).toBe(value); // toBe is Object.is, which tells −0 from 0
      }),
    );
  });

  it('always shows that the number is a float', () => {
    fc.assert(
      fc.property(doubles(), (value) => {
        expect(formatRepr(value)).toMatch(/^(-?\d+\.\d+|-?\d(\.\d+)?e[-+]\d{2,3}|nan|-?inf)$/);
      }),
    );
  });
});

describe('beside a live Python', () => {
  it.skipIf(PYTHON === undefined)(
    PYTHON === undefined
      ? 'prints what Python prints (skipped: no python3 on this machine)'
      : 'prints what Python prints, for thousands of bit patterns',
    () => {
      const values = [
        ...fc.sample(doubles(), { seed: 1, numRuns: 4000 }),
        ...fc.sample(shortDecimals(), { seed: 2, numRuns: 2000 }),
        ...fc.sample(dyadics(), { seed: 3, numRuns: 2000 }),
        ...Array.from({ length: 2098 }, (_, i) => 2 ** (i - 1074)),
        ...Array.from({ length: 640 }, (_, i) => Number(`1e${i - 325}`)),
        ...[0, -0, Infinity, -Infinity, Number.NaN, 2 ** 53, 2 ** 53 - 1, Number.MAX_VALUE],
      ];
      const ours = values.map((value) => [
        formatFixed(value, 6),
        formatFixed(value, 0),
        formatFixed(value, 110),
        formatGeneral(value, 35),
        formatGeneral(value, 6),
        formatGeneral(value, 1),
        formatRepr(value),
      ]);
      expect(ours).toEqual(askPython(values));
    },
    60_000,
  );
});

function fromBits(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function toHex(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

/** The digits of a plain decimal as one whole number. */
function unscaled(text: string): bigint {
  const digits = BigInt(text.replace(/[-.]/g, ''));
  return text.startsWith('-') ? -digits : digits;
}

function findPython(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((name) => spawnSync(name, ['-c', '']).status === 0);
}

function askPython(values: readonly number[]): unknown {
  const script = `
import json, struct, sys
values = [struct.unpack('>d', bytes.fromhex(text))[0] for text in json.load(sys.stdin)]
forms = ['%f', '%.0f', '%.110f', '%.35g', '%g', '%.1g']
json.dump([[form % value for form in forms] + [repr(value)] for value in values], sys.stdout)
`;
  const input = JSON.stringify(values.map(toHex));
  const run = spawnSync(PYTHON ?? '', ['-c', script], { input, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (run.status !== 0) throw new Error(`${PYTHON} failed: ${run.stderr}`);
  return JSON.parse(run.stdout);
}
