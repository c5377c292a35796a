/**
 * Who writes: told in a way that lets another process ask later whether it still runs.
 *
 * A process id alone would not do, since it is given to another process before long. With the time at which the process
 * was started and the boot of the machine, both of which Linux tells, it stands for one process only.
 */
import { readFileSync } from 'node:fs';

export interface Writer {
  readonly pid: number;
  /** Number of the thread in its process; 0 is the main one. */
  readonly thread: number;
  /** Ticks from boot to the start of the process; 0 where the system does not tell. */
  readonly startTime: bigint;
  /** 32 hexadecimal digits; all 0 where the system does not tell. */
  readonly bootId: string;
}

const NO_BOOT_ID = '0'.repeat(32);

let own: Writer | undefined;

/** This thread of this process. */
export function presentWriter(): Writer {
  own ??= {
    pid: process.pid,
    // Loaded when it is needed: it takes milliseconds, and hardly any command asks.
    thread: process.getBuiltinModule('node:worker_threads').threadId,
    startTime: statusOf(process.pid)?.startTime ?? 0n,
    bootId: readBootId(),
  };
  return own;
}

/**
 * Whether a writer may be in the middle of a call.
 *
 * Calls are synchronous: of this very thread none is under way while another one asks. Another thread of this process
 * counts as at work, since nobody can ask for it.
 */
export function isAtWork({ pid, thread, startTime, bootId }: Writer): boolean {
  const present = presentWriter();
  if (bootId !== present.bootId) return false;
  if (pid === present.pid) return startTime === present.startTime && thread !== present.thread;
  if (startTime === 0n) return isAlive(pid);
  const status = statusOf(pid);
  return status !== undefined && status.startTime === startTime && !status.isDead;
}

/** What Linux tells of a process; undefined if there is none, or on another system. */
function statusOf(pid: number): { readonly startTime: bigint; readonly isDead: boolean } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program stands in brackets and may hold spaces and brackets itself.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // A killed process that nobody has waited for is still listed, as a zombie.
    return { startTime: BigInt(fields[19]!), isDead: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return undefined;
  }
}

function readBootId(): string {
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '');
    return /^[0-9a-f]{32}$/.test(id) ? id : NO_BOOT_ID;
  } catch {
    return NO_BOOT_ID;
  }
}

/** Whether there is a process of this number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
