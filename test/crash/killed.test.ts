import { describe, expect, it, vi } from 'vitest';
import { UNMARKED } from '../support/crash-check.js';
import { killedStates } from '../support/crash-disk.js';
import { judgeHistories } from '../support/crash-runs.js';

vi.mock('node:fs', async (original) => {
  const { layeredFs } = await import('../support/crash-system.js');
  return layeredFs(await original());
});

/** Histories of each kind, or some times as many where each has few states; more by `SOTTO_RUNS`. */
const histories = Number(process.env['SOTTO_RUNS'] ?? 3);

describe.each(['standard', 'compressed'] as const)(
  'a process that is killed as it writes a %s file',
  (format) => {
    it.each([
      { durable: 'none', each: 'point', share: 3 },
      { durable: 'sync', each: 'point', share: 2 },
      { durable: 'journal', each: 'call', share: 1 },
    ] as const)('loses nothing of earlier calls, with durable $durable', ({ durable, each, share }) => {
      const handle = { durable };
      const states = judgeHistories({
        format,
        handle,
        promised: { each, tolerated: each === 'point' ? UNMARKED : [] },
        histories: share * histories,
        length: 20,
        kindOf: () => killedStates,
      });
      expect(states).toBeGreaterThan(25 * share * histories);
    });
  },
);
