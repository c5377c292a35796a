/** Batches, each of the points that follow the batch before: rounds on a new file, in which compressed ones grow. */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, type Format, open, type Points } from 'sotto';
import { bareUpdate } from '../bare/updates.js';
import { UPDATE_MANY } from '../peers.js';
import { type Handle, nameOf, type Row } from '../row.js';
import {
  type BatchSize,
  CALLS,
  columnBatches,
  createFile,
  type Frozen,
  POINT_SIZE,
  pairBatches,
  storeBatches,
  T0,
} from '../workloads.js';

/** Python's are so slow that fewer will do. */
const PYTHON_CALLS = { 1: 2000, 60: 300, 1000: 30, 14400: 6 } as const;

const GOALS = {
  standard: { 60: 40, 1000: 150, 14400: 100 },
  compressed: { 1: 10, 60: 60, 1000: 60, 14400: 40 },
} as const satisfies { readonly [F in Format]: { readonly [N in BatchSize]?: number } };

export function updateManyRows(folder: string): readonly Row[] {
  const sizes = [1, 60, 1000, 14400] as const;
  const open = sizes.flatMap((n) => [
    { ...row(folder, n, 'standard', 'open'), ...python(n, 'open'), ...goal('standard', n) },
    { ...row(folder, n, 'compressed', 'open'), ...goal('compressed', n) },
  ]);
  return [
    ...open,
    { ...row(folder, 1, 'standard', 'exclusive'), ...python(1, 'open') },
    row(folder, 1, 'compressed', 'exclusive'),
    { ...row(folder, 60, 'standard', 'exclusive'), ...python(60, 'open') },
    row(folder, 60, 'compressed', 'exclusive'),
    { ...row(folder, 1, 'standard', 'reopened'), ...python(1, 'reopened') },
    row(folder, 1, 'compressed', 'reopened'),
    { ...row(folder, 1000, 'standard', 'open', 'pairs'), ...python(1000, 'open') },
    row(folder, 1000, 'compressed', 'open', 'pairs'),
  ];
}

type Form = 'columns' | 'pairs';

function row(folder: string, n: BatchSize, format: Format, handle: Handle, form: Form = 'columns'): Row {
  const named = { work: workOf(n, handle, form), format };
  return {
    group: 'updateMany',
    ...named,
    ours: {
      name: nameOf(named),
      pointsPerOp: n,
      bytesPerOp: n * POINT_SIZE,
      opsPerRun: CALLS[n],
      isRound: true,
      start() {
        const path = join(folder, 'update-many.wsp');
        const clock = { now: T0 };
        const batches = form === 'pairs' ? pairBatches(n) : columnBatches(n);
        let database: Database;
        return {
          before() {
            database = createFile(path, clock, { format, exclusive: handle === 'exclusive' });
            if (handle === 'reopened') database.close();
          },
          run() {
            if (handle === 'reopened') return storeReopened(path, clock, n, batches);
            return storeBatches(database, clock, n, batches);
          },
          after() {
            database.close();
            unlinkSync(path);
          },
          stop() {},
        };
      },
    },
    bare: bareUpdate(folder, format, handle, n, CALLS[n]),
    ...peers(format, handle, n),
  };
}

function workOf(n: BatchSize, handle: Handle, form: Form): string {
  if (handle === 'reopened') return `open + updateMany ${n} + close`;
  return [`updateMany ${n}`, handle === 'exclusive' && handle, form === 'pairs' && form]
    .filter((word) => word !== false)
    .join(', ');
}

function peers(format: Format, handle: Handle, n: BatchSize): Pick<Row, 'peers'> {
  if (handle !== 'reopened') return { peers: UPDATE_MANY[format].open[n] };
  return n === 1 ? { peers: UPDATE_MANY[format].reopened[n] } : {};
}

function python(n: BatchSize, handle: Handle): Pick<Row, 'python'> {
  const reopen = handle === 'reopened';
  return { python: { kind: 'updateMany', reopen, points: n, calls: PYTHON_CALLS[n] } };
}

function goal(format: Format, n: BatchSize): Pick<Row, 'goal'> {
  const found = (GOALS[format] as { readonly [N in BatchSize]?: number })[n];
  return found === undefined ? {} : { goal: found };
}

/** As {@link storeBatches}, with the file opened and closed for each batch. */
export function storeReopened(path: string, clock: Frozen, n: BatchSize, batches: readonly Points[]): number {
  const options = { clock: () => clock.now };
  let written = 0;
  for (let k = 0; k < batches.length; k++) {
    clock.now = T0 + (k + 1) * n - 1;
    const database = open(path, options);
    written += database.updateMany(batches[k]!).written;
    database.close();
  }
  return written;
}
