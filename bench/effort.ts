import type { Effort } from './harness.js';

/** How much a run measures: of sotto and the bare system, and beside them of Python. */
export interface RunEffort extends Effort {
  /**
   * How often each row has its turn, in processes of its own: sotto, the bare system and Python one after the other, so
   * that a change of the machine's mood meets all of them.
   */
  readonly passes: number;
  /** Rounds of Python in a pass, and the share of its calls in each. */
  readonly rounds: number;
  readonly shareOfCalls: number;
  /** Files of the row with many. */
  readonly files: number;
}

export const NORMAL: RunEffort = {
  passes: 3,
  samples: 10,
  sampleMs: 50,
  warmUpMs: 800,
  roundsMs: 1000,
  rounds: 4,
  shareOfCalls: 1,
  files: 100_000,
};

export const QUICK: RunEffort = {
  passes: 1,
  samples: 5,
  sampleMs: 20,
  warmUpMs: 200,
  roundsMs: 150,
  rounds: 3,
  shareOfCalls: 0.25,
  files: 2000,
};
