/** What a step costs: time of the processor, which a busy machine does not lengthen, and memory. */
import { readFileSync, writeFileSync } from 'node:fs';

export interface Cost {
  /** Milliseconds of the processor, all threads of the process together. */
  readonly cpuMs: number;
  /** Bytes by which memory grew, at its end or at its highest where the system tells that. */
  readonly growth: number;
}

/** Measures from its making to {@link stop}. */
export class Meter {
  readonly #cpu = process.cpuUsage();
  readonly #taken = takenBytes();
  readonly #resident = resetPeak();

  /** @param _held  what must not be collected before: its memory counts */
  stop(_held?: unknown): Cost {
    const { user, system } = process.cpuUsage(this.#cpu);
    const peak = this.#resident === undefined ? 0 : (readStatus('VmHWM') ?? 0) - this.#resident;
    return { cpuMs: (user + system) / 1000, growth: Math.max(peak, takenBytes() - this.#taken) };
  }
}

/** Bytes of the heap and of buffers, those included that wait to be collected. */
function takenBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Begins to look for the highest memory from here; returns the present one, or undefined where there is no such thing. */
function resetPeak(): number | undefined {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return readStatus('VmRSS');
  } catch {
    return undefined;
  }
}

function readStatus(name: string): number | undefined {
  const line = new RegExp(`^${name}:\\s+([0-9]+) kB`, 'm').exec(readFileSync('/proc/self/status', 'latin1'));
  return line === null ? undefined : Number(line[1]) * 1024;
}
