/** An outcome of a run, as small as it can be. */
import { type Result, rates } from '../../bench/harness.js';
import type { Line, Outcome } from '../../bench/outcome.js';

/** Ten samples of the same rate. */
export function steady(name: string, opsPerSecond: number, pointsPerOp = 1): Result {
  const samples = rates(new Array<number>(10).fill(1 / opsPerSecond));
  return { name, opsPerSecond, pointsPerOp, bytesPerOp: 12 * pointsPerOp, ...samples };
}

export function lineOf(line: Partial<Line> & Pick<Line, 'work'>, ours: number, bare = ours): Line {
  const name = line.format === undefined ? line.work : `${line.work}, ${line.format}`;
  return { name, group: 'fetch', ours: steady(name, ours), bare: steady('bare', bare), ...line };
}

export function outcomeOf(lines: readonly Line[], more: Partial<Outcome> = {}): Outcome {
  return {
    machine: {
      cpu: 'a processor',
      cores: 2,
      system: 'linux 6.1',
      node: 'v20.19.0',
      date: '2026-01-02T03:04:05.000Z',
      seed: 12_345,
      idlePercent: 99,
      load: 0.1,
    },
    python: 'Whisper 1.1.4 on Python 3.11.2',
    isQuick: false,
    lines,
    sizes: [{ name: 'gauge', points: 100, bytesPerPoint: 7, fileShare: 0.7 }],
    memory: [{ name: 'the largest of these', ours: 60, go: 36, goal: 72 }],
    othersPercent: 1,
    ...more,
  };
}
