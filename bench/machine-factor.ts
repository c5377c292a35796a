/**
 * How fast this machine is beside the one of the peers' figures: Python Whisper ran on both.
 *
 * The factor stands in where Python cannot do the work of a row itself.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { geometricMean } from './derive.js';
import type { RunEffort } from './effort.js';
import { rates } from './harness.js';
import type { PythonPeer } from './python.js';
import { nameOf, type Row } from './row.js';
import { writeFullFile } from './workloads.js';

export interface MachineFactor {
  /** The geometric mean of the ratios: above 1 where this machine is the faster one. */
  readonly factor: number;
  /** Python's ops per second here over those there. */
  readonly ratios: readonly { readonly name: string; readonly ratio: number }[];
}

/** Work of every kind: many system calls and few, packing and unpacking, a little of it in a call and much. */
const ROWS = [
  'update, standard',
  'updateMany 60, standard',
  'updateMany 1000, standard',
  'fetch 1h, standard',
  'fetch 24h, standard',
  'fetch 30d, standard',
];

/**
 * @param rows      all there are, whether they are to be measured or not
 * @param occasion  such as 'before'
 */
export function measureFactor(
  rows: readonly Row[],
  peer: PythonPeer,
  folder: string,
  effort: RunEffort,
  occasion: string,
): MachineFactor {
  const file = join(folder, 'full-standard.wsp');
  if (!existsSync(file)) writeFullFile(file, 'gauge');
  const ratios = ROWS.map((name) => {
    const { python, peers } = rows.find((row) => nameOf(row) === name)!;
    const { median } = rates(peer.measure(python!, occasion, effort));
    return { name, ratio: median / peers!.python! };
  });
  return { factor: geometricMean(ratios.map(({ ratio }) => ratio)), ratios };
}
