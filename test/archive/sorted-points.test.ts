import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstAfter, mergePoints, pointsOutside, pointsWithin } from '../../src/archive/sorted-points.js';
import { PointRun } from '../../src/format/point-run.js';

type Pair = readonly [timestamp: number, value: number];

const rising = fc
  .uniqueArray(fc.tuple(fc.nat(40), fc.nat(9)), { selector: ([timestamp]) => timestamp, maxLength: 20 })
  .map((pairs) => pairs.toSorted(([a], [b]) => a - b));

function run(pairs: readonly Pair[]): PointRun {
  const points = new PointRun();
  for (const [timestamp, value] of pairs) points.pushValue(timestamp, value);
  return points;
}

function pairsOf(points: PointRun): Pair[] {
  return Array.from({ length: points.length }, (_, i) => [points.timestamps[i]!, points.values[i]!] as const);
}

describe('points by rising time', () => {
  it('are cut at a time', () => {
    fc.assert(
      fc.property(rising, fc.nat(41), (pairs, time) => {
        const first = firstAfter(run(pairs), time);
        expect(pairsOf(run(pairs)).slice(first)).toEqual(pairs.filter(([timestamp]) => timestamp > time));
      }),
    );
  });

  it('fall apart into those of a range and the others', () => {
    fc.assert(
      fc.property(rising, fc.nat(41), fc.nat(41), (pairs, from, until) => {
        const isWithin = ([timestamp]: Pair) => timestamp >= from && timestamp <= until;
        expect(pairsOf(pointsWithin(run(pairs), from, until))).toEqual(pairs.filter(isWithin));
        expect(pairsOf(pointsOutside(run(pairs), from, until))).toEqual(
          pairs.filter((pair) => !isWithin(pair)),
        );
      }),
    );
  });

  it('are merged with later ones, which count where both have a time', () => {
    fc.assert(
      fc.property(rising, rising, (former, later) => {
        const { points, common } = mergePoints(run(former), run(later));
        const both = new Map([...former, ...later]);
        expect(pairsOf(points)).toEqual([...both].toSorted(([a], [b]) => a - b));
        expect(common).toBe(former.length + later.length - both.size);
      }),
    );
  });

  it('keep the payload of a NaN', () => {
    const odd = new PointRun();
    odd.push(5, 0x7ff8_0000, 0xdead_beef);
    const { points } = mergePoints(run([[1, 1]]), odd);
    expect(
      [points.halves[2]! >>> 0, points.halves[3]! >>> 0].map((half) => half.toString(16)).toSorted(),
    ).toEqual(['7ff80000', 'deadbeef']);
  });
});
