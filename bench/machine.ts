/** What the figures were measured on, and how quiet it was there. */
import { availableParallelism, cpus, loadavg, platform, release } from 'node:os';
import { SEED } from './generator.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly system: string;
  readonly node: string;
  readonly date: string;
  readonly seed: number;
  /** Share of all cores that was idle before anything was measured. */
  readonly idlePercent: number;
  /** The system's own average of the last minute. */
  readonly load: number;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    system: `${platform()} ${release()}`,
    node: process.version,
    date: new Date().toISOString(),
    seed: SEED,
    idlePercent: idlePercent(1000),
    load: loadavg()[0]!,
  };
}

/** Milliseconds that all cores together have been busy with anything. */
export function busyMs(): number {
  let busy = 0;
  for (const { times } of cpus()) busy += times.user + times.nice + times.sys + times.irq;
  return busy;
}

/** Watches for so long, doing nothing. */
function idlePercent(milliseconds: number): number {
  const before = busyMs();
  const start = performance.now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  const all = (performance.now() - start) * cpus().length;
  return Math.max(0, 100 * (1 - (busyMs() - before) / all));
}
