/** What a run found, as plain data: the file of `--json`, and what the reports are made of. */
import type { Rates, Result } from './harness.js';
import type { Machine } from './machine.js';
import type { MemoryPart } from './memory.js';
import type { PeerRates } from './peers.js';
import type { Group } from './row.js';
import type { Size } from './sizes.js';

export interface Outcome {
  readonly machine: Machine;
  /** Which Python Whisper, or how to install it. */
  readonly python: string;
  readonly isQuick: boolean;
  readonly lines: readonly Line[];
  readonly sizes: readonly Size[];
  readonly memory: readonly MemoryPart[];
  /** Processor time that others took while rows were measured, in per cent of what the rows took. */
  readonly othersPercent: number;
}

/** A row with what was measured; see row.ts for the words. */
export interface Line {
  readonly name: string;
  readonly group: Group;
  readonly work: string;
  readonly format?: 'standard' | 'compressed';
  readonly ours: Result;
  readonly bare: Result;
  readonly python?: Rates;
  /** How fast the machine was meanwhile; only where Python cannot do the work. */
  readonly machineFactor?: number;
  readonly peers?: PeerRates;
  readonly goal?: number;
  readonly bareGoal?: number;
}
