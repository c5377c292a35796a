import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Database, open, type Series, WhisperError } from '../../src/index.js';
import { codesOf } from './vectors.js';

/** One call, as sotto and Python Whisper can both make it. */
export type Step =
  | {
      do: 'create';
      archives: [step: number, points: number][];
      xFilesFactor: number;
      aggregation: string;
      sparse?: boolean;
    }
  | { do: 'update'; timestamp: number; value: number; now: number }
  | { do: 'updateMany'; points: (readonly [timestamp: number, value: number])[]; now: number }
  | { do: 'setXFilesFactor'; xFilesFactor: number }
  | { do: 'setAggregation'; aggregation: string; xFilesFactor?: number }
  | { do: 'info' }
  | { do: 'fetch'; from: number; until?: number; now: number; step?: number };

/** Steps on one file. */
export interface Job {
  path: string;
  steps: readonly Step[];
}

/** What came of a step, values as plain JSON; an error by the name that Python has for it. */
export type Outcome = { value: unknown } | { error: string };

/** Debian's own interpreter comes second: its package is for that one, whatever else `python3` means. */
const INTERPRETERS = [process.env['SOTTO_PYTHON'] ?? 'python3', '/usr/bin/python3'];
const DRIVER = fileURLToPath(new URL('python-whisper.py', import.meta.url));

export const interpreter = INTERPRETERS.find(
  (name) => spawnSync(name, ['-c', 'import whisper']).status === 0,
);

export const hasPythonWhisper = interpreter !== undefined;
export const withoutPythonWhisper =
  'needs Python Whisper: install the Debian package python3-whisper, or name an interpreter in SOTTO_PYTHON';

/** Has Python Whisper do all jobs, in their order, in one process. */
export function runPython(jobs: readonly Job[]): Outcome[][] {
  if (interpreter === undefined) throw new Error(withoutPythonWhisper);
  const input = JSON.stringify(jobs.map(({ path, steps }) => ({ path, steps: steps.map(forPython) })));
  const { status, stdout, stderr } = spawnSync(interpreter, [DRIVER], { input, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`Python ended with ${status}: ${stderr.toString()}`);
  return JSON.parse(stdout.toString()) as Outcome[][];
}

function forPython(step: Step): object {
  if (step.do === 'update') return { ...step, value: hexOfDouble(step.value) };
  if (step.do !== 'updateMany') return step;
  return { ...step, points: step.points.map(([timestamp, value]) => [timestamp, hexOfDouble(value)]) };
}

const eight = Buffer.alloc(8);

/** The bytes of a double, which tell −0 from 0 and survive JSON. */
export function hexOfDouble(value: number): string {
  eight.writeDoubleBE(value);
  return eight.toString('hex');
}

/** Does one step with sotto; an outcome that cannot be Python's comes back as sotto's own error code. */
export function runSotto(database: Database, step: Step): { value: unknown } | { code: string } {
  try {
    return { value: call(database, step) };
  } catch (error) {
    if (error instanceof WhisperError) return { code: error.code };
    throw error;
  }
}

function call(database: Database, step: Step): unknown {
  switch (step.do) {
    case 'create':
      throw new Error('a database is there already');
    case 'update':
      database.update(step.value, step.timestamp, { now: step.now });
      return null;
    case 'updateMany':
      database.updateMany(step.points, { now: step.now });
      return null;
    case 'setXFilesFactor':
      return database.setXFilesFactor(step.xFilesFactor);
    case 'setAggregation':
      return database.setAggregation(step.aggregation as never, step.xFilesFactor);
    case 'info': {
      const { aggregation, maxRetention, xFilesFactor, archives } = database.info;
      const list = archives.map(({ offset, step, points }) => [offset, step, points]);
      return [aggregation, maxRetention, xFilesFactor, list];
    }
    case 'fetch':
      return answerOf(
        database.fetch(step.from, step.until, { now: step.now, step: step.step, clamp: false }),
      );
  }
}

/** A series in the driver's form. */
export function answerOf(series: Series | null): object | null {
  if (series === null) return null;
  const { from, until, step, length, values } = series;
  const known: string[] = [];
  for (let i = 0; i < length; i++) if (series.known[i] === 1) known.push(`${i}: ${hexOfDouble(values[i]!)}`);
  return { from, until, step, length, known };
}

/** Whether both had the same outcome: equal values, or errors that mean the same. */
export function isSameOutcome(sotto: ReturnType<typeof runSotto>, python: Outcome): boolean {
  if ('error' in python) {
    return 'code' in sotto && codesOf({ type: python.error, message: '' }).includes(sotto.code);
  }
  return 'value' in sotto && JSON.stringify(sotto.value) === JSON.stringify(python.value ?? null);
}

/** What the rings of a file hold, whatever slot each began at: a line for a point, by archive and time. */
export function pointsOf(bytes: Uint8Array): string[][] {
  using database = open(bytes);
  return database.info.archives.map((_, archive) => {
    const { timestamps, values } = database.slots(archive);
    const written = [...timestamps.keys()].filter((slot) => timestamps[slot] !== 0);
    written.sort((a, b) => timestamps[a]! - timestamps[b]!);
    return written.map((slot) => `${timestamps[slot]}: ${hexOfDouble(values[slot]!)}`);
  });
}
