import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBlock } from '../../src/codec/block.js';
import { estimatePointSize } from '../../src/codec/point-size.js';
import { codecRows, expandPoints, singleBits } from '../support/compressed-vectors.js';
import { cutAt, runOf, runs } from '../support/point-runs.js';

const T0 = 1_599_998_400;

describe('the estimate of bytes a point', () => {
  it.each(codecRows('estimates'))('is the one that go-whisper makes: $name', (row) => {
    const points = runOf(expandPoints(row.points));
    const estimate = estimatePointSize(points, row.points_per_block, row.seconds_per_point);
    expect(singleBits(estimate)).toBe(row.estimate_bits);
  });

  it('is that of blocks of so many points each, and 0.618 on top', () => {
    fc.assert(
      fc.property(
        runs({ fewest: 30, longest: 80 }),
        fc.integer({ min: 8, max: 100 }),
        (run, pointsPerBlock) => {
          const { step, timestamps } = run;
          const ends = [...timestamps.keys()].flatMap((i) => (i > 0 && i % pointsPerBlock === 0 ? [i] : []));
          const blocks = cutAt(run, ends).map((part) => encodeBlock(part, { step }));
          // A trial block that is too small is a story of its own.
          fc.pre(blocks.every(({ length }) => length < 14 * pointsPerBlock));
          const size = blocks.reduce((sum, { length }) => sum + length, 0);
          const perPoint = Math.fround(size / timestamps.length);
          expect(estimatePointSize(runOf(run), pointsPerBlock, step)).toBe(
            Math.fround(perPoint + Math.fround(0.618)),
          );
        },
      ),
    );
  });

  it.each([
    { points: 0, estimate: 2 },
    { points: 29, estimate: 2 },
    // 12 bytes, 9 + 1 + 28 · 2 bits, the marker of 36 and the rest of its byte: 25 of 30.
    { points: 30, estimate: Math.fround(Math.fround(25 / 30) + Math.fround(0.618)) },
  ])('of $points equal points is $estimate', ({ points, estimate }) => {
    const timestamps = Float64Array.from({ length: points }, (_, i) => T0 + 60 * i);
    expect(estimatePointSize(runOf({ timestamps, values: new Float64Array(points) }), 7200, 60)).toBe(
      estimate,
    );
  });
});
