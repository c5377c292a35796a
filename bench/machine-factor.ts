/**
 * How fast this machine is beside the one of the peers' figures: Python Whisper ran on both.
 *
 * The factor stands in where Python cannot do the work of a row itself. A shared machine changes its speed from minute to
 * minute, so it is measured in turns with the row.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { geometricMean } from './derive.js';
import { rates } from './harness.js';
import type { PythonPeer } from './python.js';
import { nameOf, type Row } from './row.js';
import { writeFullFile } from './workloads.js';

/** Work of every kind: many system calls and few, packing and unpacking, a little of it in a call and much. */
const ROWS = [
  'update, standard',
  'updateMany 60, standard',
  'updateMany 1000, standard',
  'fetch 1h, standard',
  'fetch 24h, standard',
  'fetch 30d, standard',
];

/** A fifth of a usual round, all six some 0.3 s: what counts is that they are taken at the same time as the row. */
const EFFORT = { rounds: 2, shareOfCalls: 0.2 };

/** The works that stand for the speed of the machine, measured from pass to pass of a row. */
export class MachineFactor {
  readonly #peer: PythonPeer;
  readonly #works: readonly { readonly row: Row; readonly seconds: number[] }[];

  /** @param rows  all there are, whether they are to be measured or not */
  constructor(rows: readonly Row[], peer: PythonPeer, folder: string) {
    const file = join(folder, 'full-standard.wsp');
    if (!existsSync(file)) writeFullFile(file, 'gauge');
    this.#peer = peer;
    this.#works = ROWS.map((name) => ({ row: rows.find((row) => nameOf(row) === name)!, seconds: [] }));
  }

  /** @param occasion  the row and the pass */
  measure(occasion: string): void {
    for (const { row, seconds } of this.#works) {
      seconds.push(...this.#peer.measure(row.python!, occasion, EFFORT));
    }
  }

  /** The geometric mean of the ratios of Python's speed here to that there: above 1 where this machine is the faster one. */
  get value(): number {
    return geometricMean(this.#works.map(({ row, seconds }) => rates(seconds).median / row.peers!.python!));
  }
}
