import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Extent } from '../../src/bytes/extent.js';

const RUNS = { numRuns: Number(process.env['SOTTO_RUNS'] ?? 200) };

type Span = readonly [from: number, to: number];

/** Spans of at least one byte, those that begin at 0 included. */
function spans(): fc.Arbitrary<Span[]> {
  const span = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 20 }));
  return fc.array(
    span.map(([from, length]): Span => [from, from + length]),
    { minLength: 1, maxLength: 8 },
  );
}

function extentOf(list: readonly Span[]): Extent {
  const extent = new Extent();
  for (const [from, to] of list) extent.include(from, to);
  return extent;
}

it('is empty at first, and holds no byte', () => {
  const extent = new Extent();
  expect(extent.isEmpty).toBe(true);
  expect(extent.from).toBeGreaterThanOrEqual(extent.to);
});

it('goes from the first byte of all to behind the last one, in whatever order they came', () => {
  fc.assert(
    fc.property(spans(), (list) => {
      const { isEmpty, from, to } = extentOf(list);
      const expected = [Math.min(...list.map(([from]) => from)), Math.max(...list.map(([, to]) => to))];
      expect({ isEmpty, bytes: [from, to] }).toEqual({ isEmpty: false, bytes: expected });
    }),
    RUNS,
  );
});

it('is not empty with the first byte alone', () => {
  expect(extentOf([[0, 1]])).toMatchObject({ isEmpty: false, from: 0, to: 1 });
});

it('cleared it is as new: nothing of what it held shows in what comes then', () => {
  fc.assert(
    fc.property(spans(), spans(), (before, after) => {
      const extent = extentOf(before);
      extent.clear();
      expect(extent).toEqual(new Extent());
      expect(extent.isEmpty).toBe(true);
      for (const [from, to] of after) extent.include(from, to);
      expect(extent).toEqual(extentOf(after));
    }),
    RUNS,
  );
});
