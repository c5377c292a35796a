/** One point a call, each a second after the one before. */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'sotto';
import { bareWrite, bareWriteReopened } from '../bare.js';
import type { Case } from '../harness.js';
import type { Row } from '../row.js';
import { createStandard, POINT_SIZE, T0, valueAt } from '../workloads.js';

export function updateRows(folder: string): readonly Row[] {
  return [
    {
      ours: updateOpen(folder),
      bare: bareWrite(folder, 1),
      python: { kind: 'update', reopen: false, calls: 5000 },
      peers: { go: 239_000, python: 42_900 },
    },
    {
      ours: updateReopened(folder),
      bare: bareWriteReopened(folder),
      python: { kind: 'update', reopen: true, calls: 5000 },
      peers: { go: 119_400, python: 41_700 },
    },
  ];
}

function updateOpen(folder: string): Case {
  return {
    name: 'update',
    pointsPerOp: 1,
    bytesPerOp: POINT_SIZE,
    start() {
      const path = join(folder, 'update.wsp');
      const clock = { now: T0 };
      const database = createStandard(path, clock);
      let k = 0;
      return {
        op() {
          clock.now = T0 + k;
          database.update(valueAt(k), clock.now);
          return k++;
        },
        stop() {
          database.close();
          unlinkSync(path);
        },
      };
    },
  };
}

function updateReopened(folder: string): Case {
  return {
    name: 'open + update + close',
    pointsPerOp: 1,
    bytesPerOp: POINT_SIZE,
    start() {
      const path = join(folder, 'update.wsp');
      const clock = { now: T0 };
      createStandard(path, clock).close();
      const options = { clock: () => clock.now };
      let k = 0;
      return {
        op() {
          clock.now = T0 + k;
          const database = open(path, options);
          database.update(valueAt(k), clock.now);
          database.close();
          return k++;
        },
        stop: () => unlinkSync(path),
      };
    },
  };
}
