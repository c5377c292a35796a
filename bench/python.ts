/** Python Whisper as a peer in the same run, where it is installed. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRetentions } from 'sotto';
import { bigEndian } from './data-sets.js';
import type { RunEffort } from './effort.js';
import { CYCLE_VALUES, FULL_FILE_NOW, RETENTIONS, T0 } from './workloads.js';

/** A workload that the driver knows; `calls` are those of one round. */
export type PythonTask = { readonly calls: number } & (
  | { readonly kind: 'update'; readonly reopen: boolean }
  | { readonly kind: 'updateMany'; readonly reopen: boolean; readonly points: number }
  | {
      readonly kind: 'fetch';
      readonly reopen: boolean;
      readonly path: string;
      readonly seconds: number;
      readonly points: number;
    }
  | { readonly kind: 'create'; readonly sparse: boolean }
  /** A batch for each of the files that stand in `list`, a path a line. */
  | { readonly kind: 'files'; readonly list: string; readonly points: number; readonly step: number }
);

/** Debian's package is only seen by the system's own Python. */
const COMMANDS = ['/usr/bin/python3', 'python3'];

export const HOW_TO_INSTALL = 'Python Whisper is not installed (Debian: apt-get install python3-whisper)';

export class PythonPeer {
  /** Which Whisper on which Python. */
  readonly version: string;
  readonly #command: string;
  readonly #folder: string;
  readonly #measured = new Map<string, readonly number[]>();

  private constructor(command: string, version: string, folder: string) {
    this.#command = command;
    this.version = version;
    this.#folder = folder;
    writeFileSync(join(folder, VALUES), bigEndian(CYCLE_VALUES));
  }

  /** @returns undefined where it is not installed */
  static find(folder: string): PythonPeer | undefined {
    for (const command of COMMANDS) {
      if (spawnSync(command, ['-c', 'import whisper'], { stdio: 'ignore' }).status !== 0) continue;
      const { whisper, python } = drive(command, { kind: 'version' }) as Record<string, string>;
      return new PythonPeer(command, `Whisper ${whisper} on Python ${python}`, folder);
    }
    return undefined;
  }

  /**
   * Measures a task for some occasion; what was measured for it already is not measured again.
   *
   * @returns  seconds per call, one entry a round
   */
  measure(
    task: PythonTask,
    occasion: string,
    { rounds, shareOfCalls }: Pick<RunEffort, 'rounds' | 'shareOfCalls'>,
  ): readonly number[] {
    const key = `${occasion}: ${JSON.stringify(task)}`;
    const known = this.#measured.get(key);
    if (known !== undefined) return known;
    const { seconds } = drive(this.#command, {
      folder: this.#folder,
      values: join(this.#folder, VALUES),
      t0: T0,
      now: FULL_FILE_NOW,
      retentions: parseRetentions(RETENTIONS).map(({ step, points }) => [step, points]),
      rounds,
      ...task,
      calls: Math.ceil(task.calls * shareOfCalls),
    }) as { seconds: number[] };
    this.#measured.set(key, seconds);
    return seconds;
  }
}

const VALUES = 'gauge.f64';

/** The driver is not compiled, so it is found from the package's root. */
const DRIVER = fileURLToPath(new URL('bench/python-whisper.py', import.meta.resolve('sotto/package.json')));

function drive(command: string, task: object): unknown {
  const { status, signal, stdout, error } = spawnSync(command, [DRIVER], {
    input: JSON.stringify(task),
    stdio: ['pipe', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (signal === 'SIGINT') process.exit(130); // Interrupted at the terminal, which means this program too.
  if (status !== 0) throw new Error(`${DRIVER} ended with ${status}`);
  return JSON.parse(stdout);
}
