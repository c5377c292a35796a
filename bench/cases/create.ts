/** New files, closed at once. */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { create } from 'sotto';
import { bareCreate } from '../bare.js';
import type { Case } from '../harness.js';
import type { Row } from '../row.js';
import { FILE_SIZE, RETENTIONS } from '../workloads.js';

export function createRows(folder: string): readonly Row[] {
  // The peers' medians are microseconds per file.
  return [
    row(folder, false, 20, { go: 1e6 / 1042, python: 1e6 / 1161 }),
    row(folder, true, 100, { go: 1e6 / 50, python: 1e6 / 44 }),
  ];
}

function row(folder: string, sparse: boolean, calls: number, peers: Row['peers'] & {}): Row {
  return {
    ours: createAndClose(folder, sparse),
    bare: bareCreate(folder, FILE_SIZE, sparse),
    python: { kind: 'create', sparse, calls },
    peers,
  };
}

function createAndClose(folder: string, sparse: boolean): Case {
  return {
    name: `create ${sparse ? 'sparse' : 'dense'} + close`,
    pointsPerOp: 0,
    bytesPerOp: FILE_SIZE,
    start() {
      const options = { retentions: RETENTIONS, sparse };
      const made: string[] = [];
      let k = 0;
      return {
        op() {
          const path = join(folder, `create-${k++}.wsp`);
          create(path, options).close();
          return made.push(path);
        },
        afterSample() {
          for (const path of made.splice(0)) unlinkSync(path);
        },
        stop() {},
      };
    },
  };
}
