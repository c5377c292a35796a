/** The system calls that late points cannot do without. */
import type { Format } from 'sotto';
import type { Case } from '../harness.js';
import { COMPRESSED_METADATA, LATE_CALLS, LATE_POINTS, POINT_SIZE } from '../workloads.js';
import { bareCalls, type Region, type SystemCall } from './system-calls.js';

/** Bytes of a block of 7200 minutes. */
const BLOCK = 50_700;
const HOUR_OF_MINUTES = 60 * POINT_SIZE;
const RINGS: Region = { offset: COMPRESSED_METADATA, size: 350_000 };

/**
 * @param blocks  into so many of them the points of a call fall
 */
export function bareLate(folder: string, format: Format, blocks: number): Case {
  return bareCalls({
    folder,
    format,
    calls: format === 'standard' ? slots(blocks) : rewritten(blocks),
    turns: LATE_CALLS,
    pointsPerOp: LATE_POINTS,
  });
}

/** Each point, each hour that it falls into, and the hour's value: which are fewer where the points lie close. */
function slots(blocks: number): SystemCall[] {
  const hours = blocks === 1 ? 117 : 717;
  return [
    ...repeated(LATE_POINTS, { kind: 'write', bytes: POINT_SIZE, region: RINGS }),
    ...repeated(hours, { kind: 'read', bytes: HOUR_OF_MINUTES, region: RINGS }),
    ...repeated(blocks === 1 ? 1 : hours, { kind: 'write', bytes: POINT_SIZE, region: RINGS }),
  ];
}

/** Each block and the metadata, there and back; and the block of the hours. */
function rewritten(blocks: number): SystemCall[] {
  const metadata: Region = { offset: 0, size: COMPRESSED_METADATA };
  return [
    { kind: 'read', bytes: COMPRESSED_METADATA, region: metadata },
    ...repeated(blocks, { kind: 'read', bytes: BLOCK, region: RINGS }),
    { kind: 'read', bytes: 720 * 8, region: RINGS },
    ...repeated(blocks, { kind: 'write', bytes: BLOCK, region: RINGS }),
    { kind: 'write', bytes: 720 * 8, region: RINGS },
    { kind: 'write', bytes: COMPRESSED_METADATA, region: metadata },
  ];
}

function repeated(times: number, call: SystemCall): SystemCall[] {
  return Array.from({ length: times }, () => call);
}
