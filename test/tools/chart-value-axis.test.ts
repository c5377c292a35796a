import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOf, tickLabel, valueScale } from '../../src/tools/chart-value-axis.js';

describe('valueScale', () => {
  it.each([
    { name: 'steps of 1', min: 0.3, max: 4.7, ticks: [0, 1, 2, 3, 4, 5] },
    { name: 'steps of 2', min: 0, max: 10, ticks: [0, 2, 4, 6, 8, 10] },
    { name: 'steps of 2.5', min: 1, max: 12, ticks: [0, 2.5, 5, 7.5, 10, 12.5] },
    { name: 'steps of 5', min: 12, max: 33, ticks: [10, 15, 20, 25, 30, 35] },
    { name: 'tenths that are exact', min: 0.1, max: 0.6, ticks: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6] },
    { name: 'a scale across 0', min: -3, max: 5, ticks: [-4, -2, 0, 2, 4, 6] },
    { name: 'room around a constant', min: 42, max: 42, ticks: [37.5, 40, 42.5, 45, 47.5] },
    { name: 'room around a negative constant', min: -1, max: -1, ticks: [-1.1, -1.05, -1, -0.95, -0.9] },
    { name: '0 to 1 for nothing but 0', min: 0, max: 0, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    { name: '0 to 1 for what is all but 0', min: -5e-324, max: 5e-324, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    { name: '0 to 1 without values', min: undefined, max: undefined, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    {
      name: 'steps beyond half the doubles',
      min: -1e308,
      max: 1e308,
      ticks: [-1e308, -5e307, 0, 5e307, 1e308],
    },
  ])('gives $name', ({ min, max, ticks }) => {
    expect(valueScale(min, max, 6).ticks).toEqual(ticks);
  });

  it('ends at the greatest double where the next tick would be beyond it', () => {
    const scale = valueScale(0, Number.MAX_VALUE, 6);
    expect(scale.high).toBe(Number.MAX_VALUE);
    expect(scale.ticks).toEqual([0, 5e307, 1e308, 1.5e308]);
  });

  it('has one tick where there is no number for more', () => {
    const scale = valueScale(-Number.MAX_VALUE, Number.MAX_VALUE, 3);
    expect(scale).toEqual({
      low: -Number.MAX_VALUE,
      high: Number.MAX_VALUE,
      step: Number.MAX_VALUE,
      ticks: [0],
    });
  });

  it('holds any two values, with few ticks, all of them different and within', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(double, double, fc.integer({ min: 3, max: 20 }), (a, b, maxTicks) => {
        const { low, high, ticks } = valueScale(Math.min(a, b), Math.max(a, b), maxTicks);
        // A tick may be missed by the slack with which its multiple was found.
        const slack = (high / 2 - low / 2) * 1e-6 + 1e-290;
        expect(low).toBeLessThan(high);
        expect(low).toBeLessThanOrEqual(Math.min(a, b) + slack);
        expect(high).toBeGreaterThanOrEqual(Math.max(a, b) - slack);
        expect(ticks.length).toBeGreaterThanOrEqual(1);
        expect(ticks.length).toBeLessThanOrEqual(maxTicks);
        expect(new Set(ticks).size).toBe(ticks.length);
        expect(ticks.every((tick) => tick >= low && tick <= high)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('shareOf', () => {
  it.each([
    [0, 0],
    [2.5, 0.25],
    [10, 1],
    [11, 1],
    [-1, 0],
    [Number.POSITIVE_INFINITY, 1],
    [Number.NEGATIVE_INFINITY, 0],
  ])('puts %d on a scale of 0 to 10 at %d', (value, share) => {
    expect(shareOf(valueScale(0, 10, 6), value)).toBe(share);
  });

  it('divides a scale that is wider than the greatest double', () => {
    expect(shareOf(valueScale(-1e308, 1e308, 6), 0)).toBe(0.5);
  });
});

describe('tickLabel', () => {
  it.each([
    { tick: 1200, step: 200, label: '1.2k' },
    { tick: 1000, step: 200, label: '1k' },
    { tick: 1_000_000_500, step: 500, label: '1.0000005G' },
    { tick: 0.30000000000000004, step: 0.1, label: '0.3' },
    { tick: -1e308, step: 5e307, label: '-1e308' },
  ])('labels $tick among steps of $step as $label', ({ tick, step, label }) => {
    expect(tickLabel(tick, step)).toBe(label);
  });

  it('gives up digits where the label would be too long', () => {
    expect(tickLabel(1_000_000_500, 500, 8)).toBe('1G');
    expect(tickLabel(-1.234e-100, 1e-103, 7)).toBe('-1e-100');
  });
});
