/**
 * Measures one row, in a process of its own: code that has met other work is compiled otherwise, and a row should come
 * out the same alone and among others.
 *
 * Reads a {@link RowTask} as JSON from standard input and prints a {@link RowMeasured}.
 */
import { readFileSync } from 'node:fs';
import { type Effort, measure, processorTime, sunk } from './harness.js';
import { nameOf, type Row } from './row.js';
import { allRows } from './rows.js';

export interface RowTask {
  readonly name: string;
  readonly folder: string;
  readonly files: number;
  readonly effort: Effort;
}

export interface RowMeasured {
  /** Seconds per op, one entry a sample. */
  readonly ours: readonly number[];
  readonly bare: readonly number[];
  readonly sink: number;
  /** Milliseconds of processor time meanwhile: of the process, and of everybody. */
  readonly time: { readonly own: number; readonly all: number };
}

/** A few lines of code are soon compiled. */
const BARE_WARM_UP = 0.25;

const { name, folder, files, effort }: RowTask = JSON.parse(readFileSync(0, 'utf8'));
const row = allRows(folder, files).find((each) => nameOf(each) === name);
if (row === undefined) throw new Error(`there is no row '${name}'`);
const { ours, bare } = row.isSpawned === true ? measurePairs(row, effort) : measureBoth(row, effort);
const time = row.isSpawned === true ? { own: 0, all: 0 } : processorTime();
const measured: RowMeasured = { ours, bare, sink: sunk(), time };
process.stdout.write(JSON.stringify(measured));

/** One right after the other, so that a change of the machine's mood meets both. */
function measureBoth({ ours, bare }: Row, effort: Effort): Pick<RowMeasured, 'ours' | 'bare'> {
  return {
    ours: measure(ours, effort),
    bare: measure(bare, { ...effort, warmUpMs: effort.warmUpMs * BARE_WARM_UP }),
  };
}

/** In turns, a sample each: a process has nothing to warm up but the system's cache. */
function measurePairs({ ours, bare }: Row, effort: Effort): Pick<RowMeasured, 'ours' | 'bare'> {
  const one = { ...effort, samples: 1, sampleMs: 1, warmUpMs: 0 };
  const found: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  for (let pair = 0; pair < effort.samples; pair++) {
    found.bare.push(...measure(bare, one));
    found.ours.push(...measure(ours, one));
  }
  return found;
}
