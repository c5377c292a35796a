/** Peak resident memory of the suite's work, beyond what Node takes to do nothing. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MEMORY } from './peers.js';
import type { Group } from './row.js';

/** At most so many times as much as go-whisper, for everything. */
export const MEMORY_GOAL = 2;

export interface MemoryPart {
  readonly name: keyof typeof MEMORY;
  /** MiB; of sotto beyond bare Node, of go-whisper in all. */
  readonly ours: number;
  readonly go: number;
}

/** The rows that make up each part. */
const GROUPS_OF: { readonly [P in keyof typeof MEMORY]: readonly Group[] } = {
  codec: ['codec'],
  'single updates': ['update'],
  updateMany: ['updateMany'],
  fetch: ['fetch'],
  create: ['create'],
  convert: ['convert'],
  everything: ['codec', 'update', 'updateMany', 'own', 'fetch', 'create', 'convert'],
};

/** @param folder  for files; those that are there already are not made again */
export function measureMemory(folder: string): MemoryPart[] {
  const program = fileURLToPath(new URL('do-once.js', import.meta.url));
  const bare = peakOf(['-e', 'process.stdout.write(String(process.resourceUsage().maxRSS))']);
  return Object.entries(GROUPS_OF).map(([part, groups]) => {
    const name = part as keyof typeof MEMORY;
    return { name, ours: peakOf([program, folder, ...groups]) - bare, go: MEMORY[name] };
  });
}

/**
 * MiB at most of a Node that prints its own peak in KiB.
 *
 * A process inherits the peak of the one that it was forked from, so between this one and that there is a shell.
 */
function peakOf(args: readonly string[]): number {
  const { status, stdout } = spawnSync('/bin/sh', ['-c', '"$0" "$@"; exit $?', process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return Number(stdout) / 1024;
}
