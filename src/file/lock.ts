/**
 * flock(2), the lock that Python Whisper's LOCK and go-carbon's flock take and respect.
 *
 * Node has no flock of its own. Whichever of these is there does it: the packages fs-ext-extra-prebuilt or
 * fs-ext, else the command flock(1), which locks a descriptor it inherits; the lock belongs to the open file
 * and so outlives the command. Closing the descriptor gives the lock up, also when the process dies.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { systemError, WhisperError } from '../errors.js';

export type LockMode = 'shared' | 'exclusive';

/** Tries to lock a descriptor without waiting: false when another holder is in the way. */
type TryLock = (fd: number, mode: LockMode) => boolean;

const PACKAGES = ['fs-ext-extra-prebuilt', 'fs-ext'];
const LONGEST_PAUSE_MS = 50;

/**
 * Locks a descriptor, waiting up to `timeoutMs` for another holder.
 *
 * @throws WhisperError `WSP_LOCKED` when the time is up, `WSP_NO_LOCK` when nothing here can lock
 */
export function lockDescriptor(fd: number, path: string, mode: LockMode, timeoutMs: number): void {
  const tryLock = findProvider(path);
  const deadline = performance.now() + timeoutMs;
  for (
    let pauseMs = 1;
    !attempt(tryLock, fd, path, mode);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
  ) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) {
      throw new WhisperError('WSP_LOCKED', {
        path,
        found: `locked by another holder for ${timeoutMs} ms`,
        expected: `${mode === 'shared' ? 'a shared' : 'an exclusive'} lock in that time`,
      });
    }
    sleep(Math.min(pauseMs, leftMs));
  }
}

function attempt(tryLock: TryLock, fd: number, path: string, mode: LockMode): boolean {
  try {
    return tryLock(fd, mode);
  } catch (error) {
    throw systemError(error, path, 'lock it');
  }
}

let provider: TryLock | undefined;

function findProvider(path: string): TryLock {
  provider ??= packageProvider() ?? commandProvider();
  if (provider !== undefined) return provider;
  throw new WhisperError('WSP_NO_LOCK', {
    path,
    found: 'nothing on this machine that takes an flock',
    expected: `the package ${PACKAGES.join(' or ')}, or the command flock of util-linux`,
  });
}

interface FlockPackage {
  flockSync(fd: number, flags: 'shnb' | 'exnb'): void;
}

function packageProvider(): TryLock | undefined {
  const require = createRequire(import.meta.url);
  for (const name of PACKAGES) {
    let flock: FlockPackage;
    try {
      flock = require(name) as FlockPackage;
    } catch {
      continue; // Not installed, or not built for this Node: the next one may be.
    }
    return (fd, mode) => {
      try {
        flock.flockSync(fd, mode === 'shared' ? 'shnb' : 'exnb');
        return true;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN' || code === 'EWOULDBLOCK') return false;
        throw error;
      }
    };
  }
  return undefined;
}

/** flock(1) answers 0 when it has the lock and 1 when another holder has it. */
function commandProvider(): TryLock | undefined {
  if (spawnSync('flock', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  return (fd, mode) => {
    const { status, error } = spawnSync('flock', [mode === 'shared' ? '-sn' : '-xn', '3'], {
      stdio: ['ignore', 'ignore', 'ignore', fd],
    });
    if (error !== undefined) throw error;
    if (status !== 0 && status !== 1) throw new Error(`flock ended with ${status}`);
    return status === 0;
  };
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
