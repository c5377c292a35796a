import type { Format } from 'sotto';
import type { Case } from './harness.js';
import type { PeerRates } from './peers.js';
import type { PythonTask } from './python.js';

/** The parts of the suite, in the order in which they run, each with its heading. */
export const GROUPS = {
  codec: 'Codec: blocks of 7200 points in memory',
  update: 'Single points',
  updateMany: 'Batches',
  late: 'Late points',
  own: "go-whisper's own benchmarks",
  fetch: 'Ranges',
  create: 'New files',
  convert: 'Conversion of a full file',
  files: 'Many files',
  start: 'Starting the command',
} as const;

export type Group = keyof typeof GROUPS;

/** What one line of the report compares. */
export interface Row {
  readonly group: Group;
  /** What is done; rows of both formats that do the same have the same words here. */
  readonly work: string;
  /** The files it is done to; nothing for blocks in memory. */
  readonly format?: Format;
  readonly ours: Case;
  /** What the system alone takes to move the same bytes. */
  readonly bare: Case;
  /** The same work for Python Whisper, where that can do it. */
  readonly python?: PythonTask;
  /** Where the peers did the same work. */
  readonly peers?: PeerRates;
  /** The goal: so many times as fast as go-whisper. */
  readonly goal?: number;
  /** A goal of its own: at most so many times as long as bare. */
  readonly bareGoal?: number;
  /**
   * Both sides are processes of their own: they are measured in turns, one sample each, and their time on the processor, which
   * is not that of the process that measures, is left out of the account.
   */
  readonly isSpawned?: boolean;
}

/** How the file of an update is held: open, open and nobody else writes to it, or opened and closed for each call. */
export type Handle = 'open' | 'exclusive' | 'reopened';

export function nameOf({ work, format }: Pick<Row, 'work' | 'format'>): string {
  return format === undefined ? work : `${work}, ${format}`;
}
