import { expect } from 'vitest';
import { decodePoints } from '../../src/codec/block-decoder.js';
import { PointRun } from '../../src/format/point-run.js';
import { padded } from './bits.js';
import type { Columns } from './compressed-vectors.js';

/** The points of a block, which must be a good one. */
export function decodeAll(bytes: Uint8Array, step: number): Columns {
  const points = new PointRun();
  const decoded = decodePoints(padded(bytes), bytes.length, step, points, {
    until: Number.POSITIVE_INFINITY,
  });
  expect(decoded).toMatchObject({ isComplete: true, isRising: true, count: points.length });
  const { timestamps, values } = points.part(0, points.length);
  return { timestamps: timestamps.slice(), values: values.slice() };
}
