/** The files that rounds of updates leave, and those of go-whisper. */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, Format } from 'sotto';
import { updateOpen } from '../cases/update.js';
import { storeReopened } from '../cases/update-many.js';
import {
  BATCH_SIZES,
  type BatchSize,
  CALLS,
  columnBatches,
  createFile,
  FILE_SIZE,
  type Frozen,
  pairBatches,
  storeBatches,
  T0,
} from '../workloads.js';
import { type Expected, report, verifyBytes, verifyFile } from './checks.js';
import { asGrownByGo } from './grown-by-go.js';

const SUMS: { readonly [N in BatchSize]: { readonly [F in Format]: Expected } } = {
  1: {
    standard: {
      size: FILE_SIZE,
      sum: 'e0b59f34f02510e6f26774b69d35dc67d62859cf021b06dd7561315c9407ca4d',
    },
    compressed: {
      size: 874_764,
      sum: '4d376c80292dfbd667a550892d710843e9e3c2aff9233c72b744d1bbb0b21a3b',
    },
  },
  60: {
    standard: {
      size: FILE_SIZE,
      sum: 'aed7f6d21a8cec70502b89352ec59bd1a9010221a09497a42d33fcb235933bd5',
    },
    compressed: {
      size: 936_800,
      sum: 'fa1783daeaa99270123682a0dd81b2f3dbc046a441d7d2342eb55aa78f1eac78',
    },
  },
  1000: {
    standard: {
      size: FILE_SIZE,
      sum: '7507e60e5b6581013d8f3c12f54e0bc299210ca874eaa384f102a2b565a208b9',
    },
    compressed: {
      size: 936_800,
      sum: '08a3f0c92eb21d9c399277e7506e59e9ea65c701ddd052b496fbade09c4fd7cf',
    },
  },
  14400: {
    standard: {
      size: FILE_SIZE,
      sum: '3bc52b3b09b3600df3d5e022e82c2b828a5b172c1eaca593526853c3359a17ec',
    },
    compressed: {
      size: 1_210_763,
      sum: 'c80b53de4832b748e29b83bbb28334be766bb6cd52c15603abdb8d580d89f646',
    },
  },
};

/** How often go-whisper's file grew while archives of it were empty, and got something that sotto's does not get. */
const GROWTHS_OF_EMPTY: { readonly [N in BatchSize]?: 1 | 2 } = { 1: 1, 60: 2 };

export function verifyUpdates(folder: string): void {
  for (const n of BATCH_SIZES) {
    for (const format of ['standard', 'compressed'] as const)
      verifyRounds(join(folder, 'round.wsp'), n, format);
  }
}

/** The same round in every way that is measured. */
function verifyRounds(path: string, n: BatchSize, format: Format): void {
  const [columns, pairs] = [columnBatches(n), pairBatches(n)];
  const ways: Record<string, Work> = {
    columns: (database, clock) => storeBatches(database, clock, n, columns),
    pairs: (database, clock) => storeBatches(database, clock, n, pairs),
    exclusive: (database, clock) => storeBatches(database, clock, n, columns),
    reopened(database, clock) {
      database.close();
      return storeReopened(path, clock, n, columns);
    },
    ...(n === 1 ? { 'single updates': (database, clock) => updateOpen(database, clock, CALLS[n]) } : {}),
  };
  const name = `updateMany ${n} × ${CALLS[n]}, ${format}`;
  for (const [way, work] of Object.entries(ways)) {
    verifyRound(path, `${name}, ${way}`, n, format, way === 'exclusive', work);
  }
  const quirk = goGrowths(n, format) === undefined ? '' : ", with go-whisper's quirk 24";
  report(`${name}: ${Object.keys(ways).join(', ')}${quirk}`);
}

type Work = (database: Database, clock: Frozen) => number;

function verifyRound(
  path: string,
  name: string,
  n: BatchSize,
  format: Format,
  exclusive: boolean,
  work: Work,
): void {
  const clock = { now: T0 };
  const database = createFile(path, clock, { format, exclusive });
  work(database, clock);
  database.close();
  const growths = goGrowths(n, format);
  const expected = SUMS[n][format];
  if (growths === undefined) verifyFile(name, path, expected);
  else verifyBytes(name, asGrownByGo(path, growths), expected);
  unlinkSync(path);
}

function goGrowths(n: BatchSize, format: Format): 1 | 2 | undefined {
  return format === 'compressed' ? GROWTHS_OF_EMPTY[n] : undefined;
}
