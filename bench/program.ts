/** Programs of the suite that run in a process of their own. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Runs a program of this folder, which writes to the terminal.
 *
 * @returns  its exit code
 */
export function runProgram(name: string, args: readonly string[] = []): number {
  return run(name, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1;
}

/** Gives a program of this folder a task as JSON, and returns its answer. */
export function askProgram<Answer>(name: string, task: object): Answer {
  const { status, stdout } = run(name, [], {
    stdio: ['pipe', 'pipe', 'inherit'],
    input: JSON.stringify(task),
  });
  if (status !== 0) throw new Error(`${name} ended with ${status} at the task ${JSON.stringify(task)}`);
  return JSON.parse(stdout);
}

function run(
  name: string,
  args: readonly string[],
  options: { stdio: ('ignore' | 'inherit' | 'pipe')[]; input?: string },
): SpawnSyncReturns<string> {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const result = spawnSync(process.execPath, [path, ...args], { ...options, encoding: 'utf8' });
  if (result.signal === 'SIGINT') process.exit(130); // Interrupted at the terminal, which means this program too.
  return result;
}

export function print(text: string): void {
  process.stdout.write(text);
}
