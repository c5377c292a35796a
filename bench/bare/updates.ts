/** The system calls that an update cannot do without. */
import type { Format } from 'sotto';
import type { Case } from '../harness.js';
import type { Handle } from '../row.js';
import { COMPRESSED_METADATA, POINT_SIZE, standardArchives } from '../workloads.js';
import { bareCalls, type Region, type SystemCall } from './system-calls.js';

/** Bytes that a point of the gauge takes in a block, on average. */
const GAUGE_BYTES = 7.04;
/** Steps of each archive in one of the next; the points of a minute and of an hour. */
const RATIO = 60;

/**
 * @param calls  in a round
 * @param ops    what a call counts as: one op, or one for each of its points
 */
export function bareUpdate(
  folder: string,
  format: Format,
  handle: Handle,
  points: number,
  calls: number,
  ops: 'calls' | 'points' = 'calls',
): Case {
  const opsPerTurn = ops === 'calls' ? 1 : points;
  return bareCalls({
    folder,
    format,
    calls: format === 'standard' ? standardCalls(points, handle) : compressedCalls(points, handle),
    reopen: handle === 'reopened',
    turns: calls,
    opsPerTurn,
    pointsPerOp: points / opsPerTurn,
  });
}

/**
 * The points, and what they are rolled up to. A coarser value is written once half of the points below it are known;
 * one point after the other that is so for every second one, and for the hours for every second one of these. What
 * a batch brings itself need not be read.
 */
function standardCalls(points: number, handle: Handle): SystemCall[] {
  const [base, minutes, hours] = standardArchives() as [Region, Region, Region];
  const perMinute = Math.max(1, RATIO / points);
  const perHour = Math.max(1, RATIO ** 2 / points);
  const write = (region: Region, count: number, stays: number, every = 1): SystemCall => {
    return { kind: 'write', bytes: count * POINT_SIZE, region, stays, every };
  };
  const read = (region: Region, stays: number, every = 1): SystemCall => {
    return { kind: 'read', bytes: RATIO * POINT_SIZE, region, stays, every };
  };
  const head: SystemCall = { kind: 'read', bytes: base.offset, region: { offset: 0, size: base.offset } };
  const opening = handle === 'reopened' ? [head] : [];
  if (points === 1) {
    return [
      ...opening,
      write(base, 1, 1),
      read(base, perMinute),
      write(minutes, 1, perMinute, 2),
      read(minutes, perHour, 2),
      write(hours, 1, perHour, 4),
    ];
  }
  return [
    ...opening,
    write(base, points, 1),
    ...(points % RATIO === 0 ? [] : [read(base, perMinute)]),
    write(minutes, Math.ceil(points / RATIO), perMinute),
    ...(points % RATIO ** 2 === 0 ? [] : [read(minutes, perHour)]),
    write(hours, Math.ceil(points / RATIO ** 2), perHour, points < RATIO ** 2 / 2 ? 2 : 1),
  ];
}

/**
 * The metadata, which hold the buffers and how far each block has been written, and the bits of the points, which go to
 * a block once a minute of them is complete. Whoever is not alone has to look whether others have written.
 */
function compressedCalls(points: number, handle: Handle): SystemCall[] {
  const metadata = { bytes: COMPRESSED_METADATA, region: { offset: 0, size: COMPRESSED_METADATA } };
  const blocks = { offset: COMPRESSED_METADATA, size: 700_000 };
  const flushed = Math.ceil(Math.max(points, RATIO) * GAUGE_BYTES);
  return [
    ...(handle === 'exclusive' ? [] : [{ kind: 'read', ...metadata } as const]),
    { kind: 'write', ...metadata },
    { kind: 'write', bytes: flushed, region: blocks, every: points === 1 ? RATIO : 1 },
  ];
}
