/** One point a call, each a second after the one before: rounds of 20,000 on a new file. */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, type Format, open } from 'sotto';
import { bareUpdate } from '../bare/updates.js';
import { UPDATE } from '../peers.js';
import { type Handle, nameOf, type Row } from '../row.js';
import { createFile, type Frozen, POINT_SIZE, T0, UPDATES, valueAt } from '../workloads.js';

const PYTHON = {
  open: { kind: 'update', reopen: false, calls: 5000 },
  reopened: { kind: 'update', reopen: true, calls: 5000 },
} as const;

export function updateRows(folder: string): readonly Row[] {
  return [
    {
      ...row(folder, 'standard', 'open'),
      python: PYTHON.open,
      peers: UPDATE.open,
      goal: 1.5,
    },
    row(folder, 'compressed', 'open'),
    { ...row(folder, 'standard', 'exclusive'), python: PYTHON.open, peers: UPDATE.open },
    row(folder, 'compressed', 'exclusive'),
    {
      ...row(folder, 'standard', 'reopened'),
      python: PYTHON.reopened,
      peers: UPDATE.reopened,
      goal: 1,
    },
  ];
}

const WORK = { open: 'update', exclusive: 'update, exclusive', reopened: 'open + update + close' };

function row(folder: string, format: Format, handle: Handle): Row {
  const named = { work: WORK[handle], format };
  return {
    group: 'update',
    ...named,
    ours: {
      name: nameOf(named),
      pointsPerOp: 1,
      bytesPerOp: POINT_SIZE,
      opsPerRun: UPDATES,
      isRound: true,
      start() {
        const path = join(folder, 'update.wsp');
        const clock = { now: T0 };
        let database: Database;
        return {
          before() {
            database = createFile(path, clock, { format, exclusive: handle === 'exclusive' });
            if (handle === 'reopened') database.close();
          },
          run: () => (handle === 'reopened' ? updateReopened(path, clock) : updateOpen(database, clock)),
          after() {
            database.close();
            unlinkSync(path);
          },
          stop() {},
        };
      },
    },
    bare: bareUpdate(folder, format, handle, 1, UPDATES),
  };
}

export function updateOpen(database: Database, clock: Frozen, calls = UPDATES): number {
  for (let k = 0; k < calls; k++) {
    clock.now = T0 + k;
    database.update(valueAt(k), clock.now);
  }
  return calls;
}

function updateReopened(path: string, clock: Frozen): number {
  const options = { clock: () => clock.now };
  for (let k = 0; k < UPDATES; k++) {
    clock.now = T0 + k;
    const database = open(path, options);
    database.update(valueAt(k), clock.now);
    database.close();
  }
  return UPDATES;
}
