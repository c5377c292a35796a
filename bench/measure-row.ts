/**
 * Measures one row, in a process of its own: code that has met other work is compiled otherwise, and a row should come
 * out the same alone and among others.
 *
 * Reads a {@link RowTask} as JSON from standard input and prints a {@link RowMeasured}.
 */
import { readFileSync } from 'node:fs';
import { type Effort, measure, processorTime, sunk } from './harness.js';
import { nameOf } from './row.js';
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
// One right after the other, so that a change of the machine's mood meets both.
const ours = measure(row.ours, effort);
const bare = measure(row.bare, { ...effort, warmUpMs: effort.warmUpMs * BARE_WARM_UP });
const measured: RowMeasured = { ours, bare, sink: sunk(), time: processorTime() };
process.stdout.write(JSON.stringify(measured));
