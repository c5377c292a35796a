import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Series } from '../../src/database/series.js';
import { consolidate } from '../../src/tools/consolidate.js';

/** A series from `from` on, null where nothing is known. */
function seriesOf(from: number, step: number, values: (number | null)[]): Series {
  return new Series({
    from,
    until: from + step * values.length,
    step,
    values: Float64Array.from(values, (value) => value ?? Number.NaN),
    known: Uint8Array.from(values, (value) => (value === null ? 0 : 1)),
    archive: 1,
    isClamped: true,
  });
}

const cells = () => fc.array(fc.option(fc.integer({ min: -99, max: 99 })), { minLength: 1, maxLength: 40 });

describe('consolidate', () => {
  it.each([
    { method: 'average', values: [2, 5.5] },
    { method: 'sum', values: [6, 11] },
    { method: 'last', values: [3, 6] },
    { method: 'max', values: [3, 6] },
    { method: 'min', values: [1, 5] },
    { method: 'avg_zero', values: [2, 11 / 3] },
    { method: 'first', values: [1, 5] },
  ] as const)('makes one value of every three by $method, over the known ones', ({ method, values }) => {
    const three = consolidate(seriesOf(540, 60, [1, 2, 3, 5, null, 6]), 3, method);
    expect([...three]).toEqual([
      [540, values[0]],
      [720, values[1]],
    ]);
  });

  it('leaves a gap where no value of a window is known, and keeps a NaN that is', () => {
    const two = consolidate(seriesOf(600, 60, [null, null, Number.NaN, null, 4, null]), 2, 'last');
    expect([...two]).toEqual([
      [600, null],
      [720, Number.NaN],
      [840, 4],
    ]);
  });

  it('aligns windows to the epoch, so the first and the last may be short', () => {
    const four = consolidate(seriesOf(660, 60, [1, 2, 3, 4, 5, 6]), 4, 'sum');
    expect([...four]).toEqual([
      [480, 1],
      [720, 2 + 3 + 4 + 5],
      [960, 6],
    ]);
    expect([four.from, four.until, four.step]).toEqual([480, 1200, 240]);
  });

  it('keeps which archive answered and whether the range was cut', () => {
    expect(consolidate(seriesOf(0, 60, [1]), 5, 'max')).toMatchObject({ archive: 1, isClamped: true });
  });

  it('changes nothing where every window is one step', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1000 }), cells(), (start, values) => {
        const series = seriesOf(start * 60, 60, values);
        expect(consolidate(series, 1, 'sum')).toEqual(series);
      }),
    );
  });

  it('gives a whole window the same value whatever range was fetched', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 1000 }),
        cells(),
        fc.integer({ min: 1, max: 9 }),
        fc.nat({ max: 9 }),
        (start, values, count, cut) => {
          const whole = new Map(consolidate(seriesOf(start * 60, 60, values), count, 'sum'));
          const rest = values.slice(cut);
          if (rest.length === 0) return;
          for (const [timestamp, value] of consolidate(
            seriesOf((start + cut) * 60, 60, rest),
            count,
            'sum',
          )) {
            if (timestamp >= (start + cut) * 60) expect(value).toBe(whole.get(timestamp));
          }
        },
      ),
    );
  });
});
