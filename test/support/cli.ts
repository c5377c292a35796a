import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import { main } from '../../src/cli/main.js';
import { sha256 } from './vectors.js';

/** The frozen clock unless a test says otherwise: 2023-11-14 22:13:20 UTC. */
export const NOW = 1_700_000_000;

/** What a command finds around it. */
export interface Surroundings {
  /** What is piped in; without it standard input is a terminal. */
  readonly stdin?: string;
  /** Unix seconds of the clock. */
  readonly now?: number;
  /** Standard output is a terminal. */
  readonly isTerminal?: boolean;
  /** Standard error is a terminal. */
  readonly isErrorTerminal?: boolean;
  readonly columns?: number;
  readonly allowsColor?: boolean;
}

/** What came of a command. */
export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `sotto` with these arguments inside this process. */
export async function sotto(args: readonly string[], around: Surroundings = {}): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  const {
    stdin,
    now = NOW,
    isTerminal = false,
    isErrorTerminal = false,
    columns = 80,
    allowsColor = true,
  } = around;
  const exitCode = await main(args, {
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    readInput: () =>
      stdin === undefined ? Promise.reject(new Error('reads from a terminal')) : Promise.resolve(stdin),
    ask: (question) => {
      stderr += question;
      return Promise.resolve((stdin ?? '').split('\n')[0]!);
    },
    isInputTerminal: stdin === undefined,
    isOutputTerminal: isTerminal,
    isErrorTerminal,
    columns,
    allowsColor,
    startWork: () => new AbortController().signal,
    clock: () => now,
  });
  return { exitCode, stdout, stderr };
}

/** Runs `sotto` where all must go well; returns what it printed. */
export async function print(args: readonly string[], around: Surroundings = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await sotto(args, around);
  if (exitCode !== 0 || stderr !== '') throw new Error(`exit code ${exitCode}: ${stderr}`);
  return stdout;
}

/** Runs `sotto` where all must go well; returns the JSON it printed. */
export async function printJson<T = unknown>(args: readonly string[], around: Surroundings = {}): Promise<T> {
  return JSON.parse(await print(args, around)) as T;
}

/** Every test of the file works in an empty folder of its own, at UTC; `process.chdir` needs the forks pool. */
export function useFreshFolder(): void {
  const home = process.cwd();
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-cli-'));
    process.chdir(folder);
    vi.stubEnv('TZ', 'UTC');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    process.chdir(home);
    rmSync(folder, { recursive: true });
  });
}

/** Hash and size of every file of the working folder, by name. */
export function filesHere(): { [name: string]: { size: number; sha256: string } } {
  const files = readdirSync('.', { recursive: true, encoding: 'utf8' }).filter((name) => {
    return statSync(name).isFile();
  });
  return Object.fromEntries(
    files.sort().map((name) => {
      const bytes = readFileSync(name);
      return [name, { size: bytes.length, sha256: sha256(bytes) }];
    }),
  );
}
