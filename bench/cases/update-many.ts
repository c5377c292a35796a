/** Batches on an open file, each of new points that follow the batch before. */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bareWrite } from '../bare.js';
import type { Case } from '../harness.js';
import type { Row } from '../row.js';
import { columnCalls, createStandard, POINT_SIZE, pairCalls, T0 } from '../workloads.js';

const BATCHES = [
  { n: 1, pythonCalls: 2000, peers: { go: 218_400, python: 36_300 } },
  { n: 60, pythonCalls: 300, peers: { go: 2947, python: 13_800 } },
  { n: 1000, pythonCalls: 30, peers: { go: 151, python: 1139 } },
  { n: 14_400, pythonCalls: 6, peers: { go: 10.2, python: 8.9 } },
] as const;

export function updateManyRows(folder: string): readonly Row[] {
  // Pairs come last: code that has met both forms is slower than code that has met one.
  return [...BATCHES.map((batch) => row(folder, batch, false)), row(folder, BATCHES[2], true)];
}

function row(folder: string, { n, pythonCalls, peers }: (typeof BATCHES)[number], asPairs: boolean): Row {
  return {
    ours: updateMany(folder, n, asPairs),
    bare: bareWrite(folder, n),
    python: { kind: 'updateMany', points: n, calls: pythonCalls },
    peers,
  };
}

function updateMany(folder: string, n: number, asPairs: boolean): Case {
  return {
    name: `updateMany ${n}${asPairs ? ', pairs' : ''}`,
    pointsPerOp: n,
    bytesPerOp: n * POINT_SIZE,
    start() {
      const path = join(folder, 'update-many.wsp');
      const clock = { now: T0 };
      const database = createStandard(path, clock);
      return {
        op: asPairs ? pairCalls(database, clock, n) : columnCalls(database, clock, n),
        stop() {
          database.close();
          unlinkSync(path);
        },
      };
    },
  };
}
