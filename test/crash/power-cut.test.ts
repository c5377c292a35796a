import { describe, expect, it, vi } from 'vitest';
import { UNMARKED } from '../support/crash-check.js';
import { powerCutStates } from '../support/crash-disk.js';
import { SeededRandom } from '../support/crash-random.js';
import { judgeHistories } from '../support/crash-runs.js';
import type { CrashKind } from '../support/crash-verdict.js';

vi.mock('node:fs', async (original) => {
  const { layeredFs } = await import('../support/crash-system.js');
  return layeredFs(await original());
});

/** Histories of each kind; more by `SOTTO_RUNS`. */
const histories = Number(process.env['SOTTO_RUNS'] ?? 3);

/** A ring whose first batch came through without what went to slot 0: none of its points are found. */
const BASELESS = ['missing-base', 'misplaced-points'] as const;

/** All subsets of up to three changes that are not synced; of more those that lack one or end early, and some at random. */
function powerCuts(seed: number): CrashKind {
  const { share } = new SeededRandom(seed + 1);
  return (start, changes) => powerCutStates(start, changes, { exhaustive: 3, samples: 3, random: share });
}

describe.each(['standard', 'compressed'] as const)('a power cut while a %s file is written', (format) => {
  it.each([
    { durable: 'sync', each: 'point' },
    { durable: 'journal', each: 'call' },
  ] as const)('costs nothing of calls that had returned, with durable $durable', ({ durable, each }) => {
    const handle = { durable };
    const states = judgeHistories({
      format,
      handle,
      promised: { each, tolerated: each === 'point' ? [...BASELESS, ...UNMARKED] : [] },
      histories,
      length: 7,
      kindOf: powerCuts,
    });
    expect(states).toBeGreaterThan(25 * histories);
  });
});
