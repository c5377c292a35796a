/** Python, and Python Whisper with its LOCK on, as another process that locks the file of a test. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Program, startedPrograms } from './processes.js';
import { interpreter } from './python-whisper.js';

const DRIVER = fileURLToPath(new URL('python-locks.py', import.meta.url));

/** What it is to do: see the driver. */
export type PythonJob =
  | { do: 'hold' | 'try'; path: string; mode: 'shared' | 'exclusive' }
  | { do: 'hold update' | 'update'; path: string; time: number; now: number }
  | { do: 'write'; path: string; times: readonly number[]; now: number; begin: number; end: number }
  | { do: 'read'; path: string; now: number; since: number; coarse: number };

/** Whether there is a Python Whisper that can lock, and something here that can. */
export const canLockWithPython = interpreter !== undefined && spawnSync('flock', ['--version']).status === 0;
export const withoutLocks =
  'needs Python Whisper (the Debian package python3-whisper) and flock(1) of util-linux';

export function pythonPrograms(): (job: PythonJob) => Program {
  const start = startedPrograms();
  return (job) => start(interpreter!, [DRIVER, JSON.stringify(job)]);
}
