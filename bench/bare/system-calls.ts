/**
 * The system calls alone: what no engine can do without that moves the same bytes, on a file of the same size.
 *
 * An engine may well need more of them, to see what others have written meanwhile, or fewer, if it remembers.
 */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Format } from 'sotto';
import type { Case } from '../harness.js';
import { createFile, T0 } from '../workloads.js';
import { withFile } from './with-file.js';

/** A part of the file, `[offset, offset + size)`, in which calls follow one another round and round. */
export interface Region {
  readonly offset: number;
  readonly size: number;
}

/** One system call of an op. */
export interface SystemCall {
  readonly kind: 'read' | 'write';
  readonly bytes: number;
  readonly region: Region;
  /** Only in every so manyeth op; in each if left out. */
  readonly every?: number;
  /** So many ops go to the same place, one after the other; each to the next if left out. */
  readonly stays?: number;
}

/** How the calls of an op are made. */
interface Sequence {
  readonly folder: string;
  /** Of the new file. */
  readonly format: Format;
  readonly calls: readonly SystemCall[];
  /** The file is opened and closed for each turn through the calls. */
  readonly reopen?: boolean;
  /** How many turns a round has, which begins with a new file. */
  readonly turns: number;
  /** Ops that one turn stands for. */
  readonly opsPerTurn?: number;
  readonly pointsPerOp: number;
}

/**
 * Rounds of calls, each on a new file, as the cases of ours are. It is made by sotto too: how long the system takes for a
 * small write depends on the pieces in which the file came to be, and on whether it has begun to bring it to the disk.
 */
export function bareCalls(sequence: Sequence): Case {
  const { folder, format, calls, reopen = false, turns, opsPerTurn = 1, pointsPerOp } = sequence;
  const moved = calls.reduce((sum, { bytes, every = 1 }) => sum + bytes / every, 0);
  return {
    name: reopen ? `open, ${describe(calls)}, close` : describe(calls),
    pointsPerOp,
    bytesPerOp: moved / opsPerTurn,
    opsPerRun: turns * opsPerTurn,
    isRound: true,
    start() {
      const path = join(folder, 'bare.wsp');
      const turn = turnOf(calls);
      let fd = -1;
      return {
        before() {
          createFile(path, { now: T0 }, { format }).close();
          if (!reopen) fd = openSync(path, 'r+');
        },
        run() {
          let moved = 0;
          for (let i = 0; i < turns; i++) moved += reopen ? withFile(path, turn) : turn(fd);
          return moved;
        },
        after() {
          if (!reopen) closeSync(fd);
          unlinkSync(path);
        },
        stop() {},
      };
    },
  };
}

/** What one turn through the calls does. */
function turnOf(calls: readonly SystemCall[]): (fd: number) => number {
  const steps = calls.map(stepOf);
  return (fd) => {
    let moved = 0;
    for (const step of steps) moved += step(fd);
    return moved;
  };
}

function stepOf({ kind, bytes, region, every = 1, stays = 1 }: SystemCall): (fd: number) => number {
  const buffer = new Uint8Array(bytes).fill(1);
  const places = Math.max(1, Math.floor(region.size / bytes));
  let turn = 0;
  return (fd) => {
    if (++turn % every !== 0) return 0;
    const position = region.offset + (Math.floor(turn / stays) % places) * bytes;
    return kind === 'read'
      ? readSync(fd, buffer, 0, bytes, position)
      : writeSync(fd, buffer, 0, bytes, position);
  };
}

/** `write 12, read 720, every 2nd time write 12` */
function describe(calls: readonly SystemCall[]): string {
  const parts: string[] = [];
  let last = 1;
  for (let i = 0, end = 0; i < calls.length; i = end) {
    end = i + 1;
    while (calls[end] === calls[i]) end++;
    const { kind, bytes, every = 1 } = calls[i]!;
    const when = every === last ? '' : `every ${every}${every === 2 ? 'nd' : 'th'} time `;
    parts.push(`${when}${kind} ${bytes}${end - i === 1 ? '' : ` ×${end - i}`}`);
    last = every;
  }
  return parts.join(', ');
}
