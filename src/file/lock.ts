/**
 * flock(2), the lock that Python Whisper's LOCK and go-carbon's flock take and respect.
 *
 * Node has no flock of its own. Whichever of these is there does it: the packages fs-ext-extra-prebuilt or
 * fs-ext, else the command flock(1), which locks a descriptor it inherits; the lock belongs to the open file
 * and so outlives the command. Closing the descriptor gives the lock up, also when the process dies.
 */
import type * as ChildProcess from 'node:child_process';
import { createRequire } from 'node:module';
import { systemError, WhisperError } from '../errors.js';
import { sleep } from './patience.js';

export type LockMode = 'shared' | 'exclusive';

/** How to lock a file for the life of its handle. */
export interface LockRequest {
  readonly mode: LockMode;
  /** Milliseconds to wait for another holder. */
  readonly timeoutMs: number;
}

/** Locks a descriptor, waiting for so many milliseconds at most: false if another holder is in the way till then. */
type Lock = (fd: number, mode: LockMode, waitMs: number) => boolean;

const PACKAGES = ['fs-ext-extra-prebuilt', 'fs-ext'];
const LONGEST_PAUSE_MS = 5;
/** Some ten days: more than a handle waits for, and less than a timer of the system can hold. */
const LONGEST_WAIT_MS = 1e9;

/**
 * Locks a descriptor, waiting for another holder.
 *
 * @param deadline  when to give up, by `performance.now`
 * @throws WhisperError `WSP_LOCKED` when the time is up, `WSP_NO_LOCK` when nothing here can lock, `WSP_SYSTEM`
 */
export function lockDescriptor(fd: number, path: string, request: LockRequest, deadline: number): void {
  const { mode, timeoutMs } = request;
  const lock = findProvider(path);
  const waitMs = Math.min(Math.max(0, deadline - performance.now()), LONGEST_WAIT_MS);
  if (attempt(lock, fd, path, mode, waitMs)) return;
  throw new WhisperError('WSP_LOCKED', {
    path,
    found: `locked by another holder for ${timeoutMs} ms`,
    expected: `${mode === 'shared' ? 'a shared' : 'an exclusive'} lock in that time`,
  });
}

function attempt(lock: Lock, fd: number, path: string, mode: LockMode, waitMs: number): boolean {
  try {
    return lock(fd, mode, waitMs);
  } catch (error) {
    throw systemError(error, path, 'lock it');
  }
}

let provider: Lock | undefined;

function findProvider(path: string): Lock {
  provider ??= packageProvider() ?? commandProvider();
  if (provider !== undefined) return provider;
  throw new WhisperError('WSP_NO_LOCK', {
    path,
    found: 'nothing on this machine that takes an flock',
    expected: `the package ${PACKAGES.join(' or ')}, or the command flock of util-linux, to be installed`,
  });
}

interface FlockPackage {
  flockSync(fd: number, flags: 'shnb' | 'exnb'): void;
}

/** A package's flock waits without end or not at all, so it is asked again and again. */
function packageProvider(): Lock | undefined {
  const require = createRequire(import.meta.url);
  for (const name of PACKAGES) {
    let flock: FlockPackage;
    try {
      flock = require(name) as FlockPackage;
    } catch {
      continue; // Not installed, or not built for this Node: the next one may be.
    }
    return (fd, mode, waitMs) => {
      const deadline = performance.now() + waitMs;
      for (let pauseMs = 1; !isLockedBy(flock, fd, mode); pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
        const leftMs = deadline - performance.now();
        if (leftMs <= 0) return false;
        sleep(Math.min(pauseMs, leftMs));
      }
      return true;
    };
  }
  return undefined;
}

function isLockedBy(flock: FlockPackage, fd: number, mode: LockMode): boolean {
  try {
    flock.flockSync(fd, mode === 'shared' ? 'shnb' : 'exnb');
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN' || code === 'EWOULDBLOCK') return false;
    throw error;
  }
}

/**
 * flock(1) answers 0 when it has the lock and 1 when another holder has it.
 *
 * It waits in the system's own queue. Whoever came only now and then to look would hardly ever find the lock of a busy
 * file free, and each look takes a process.
 */
function commandProvider(): Lock | undefined {
  if (childProcess().spawnSync('flock', ['--version'], { stdio: 'ignore' }).error !== undefined)
    return undefined;
  return (fd, mode, waitMs) => {
    const flag = mode === 'shared' ? '-s' : '-x';
    return runFlock([flag, '-n', '3'], fd) || (waitMs > 0 && runFlock([flag, '3'], fd, waitMs));
  };
}

/** @param timeoutMs  when to stop it; without end if left out */
function runFlock(args: readonly string[], fd: number, timeoutMs?: number): boolean {
  const { status, signal, error, stderr } = childProcess().spawnSync('flock', args, {
    stdio: ['ignore', 'ignore', 'pipe', fd],
    killSignal: 'SIGKILL',
    ...(timeoutMs === undefined ? {} : { timeout: Math.ceil(timeoutMs) }),
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT') return false;
  if (error !== undefined) throw error;
  if (status === 0 || status === 1) return status === 0;
  throw new Error(stderr.toString().trim() || `flock ended with ${status ?? signal}`);
}

/** Loaded when it is needed: it takes milliseconds, which work without a lock need not spend. */
function childProcess(): typeof ChildProcess {
  return process.getBuiltinModule('node:child_process');
}
