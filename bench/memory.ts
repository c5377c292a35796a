/** Peak resident memory of the suite's work, beyond what Node takes to do nothing. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MEMORY } from './peers.js';
import type { Group } from './row.js';

/** At most so many times as much as go-whisper, the largest part beside the largest. */
const MEMORY_GOAL = 2;

export interface MemoryPart {
  readonly name: string;
  /** MiB; of sotto beyond bare Node, of go-whisper in all. */
  readonly ours: number;
  readonly go?: number;
  /** MiB at most. */
  readonly goal?: number;
}

type Part = keyof typeof MEMORY;

/** The rows that make up each part. */
const GROUPS_OF: { readonly [P in Part]: readonly Group[] } = {
  codec: ['codec'],
  'single updates': ['update'],
  updateMany: ['updateMany'],
  fetch: ['fetch'],
  create: ['create'],
  convert: ['convert'],
};
const EVERYTHING: readonly Group[] = ['codec', 'update', 'updateMany', 'own', 'fetch', 'create', 'convert'];

/**
 * Each part in a process of its own, as the peers' were, and everything one after the other in one.
 *
 * @param folder  for files; those that are there already are not made again
 */
export function measureMemory(folder: string): MemoryPart[] {
  const program = fileURLToPath(new URL('do-once.js', import.meta.url));
  const bare = peakOf(['-e', 'process.stdout.write(String(process.resourceUsage().maxRSS))']);
  const beyondBare = (groups: readonly Group[]) => peakOf([program, folder, ...groups]) - bare;
  const parts = (Object.keys(GROUPS_OF) as Part[]).map((name) => {
    return { name, ours: beyondBare(GROUPS_OF[name]), go: MEMORY[name] };
  });
  return withLargest(parts, beyondBare(EVERYTHING));
}

function withLargest(parts: readonly Required<Omit<MemoryPart, 'goal'>>[], everything: number): MemoryPart[] {
  const go = Math.max(...parts.map((part) => part.go));
  const largest = { name: 'the largest of these', ours: Math.max(...parts.map(({ ours }) => ours)), go };
  return [
    ...parts,
    { ...largest, goal: MEMORY_GOAL * go },
    { name: 'everything in one process', ours: everything },
  ];
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
