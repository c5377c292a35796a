/** The options that `create` and `open` share. */
import { describeValue } from '../errors.js';
import type { LockRequest } from '../file/disk-file.js';
import { type Dialect, dialects } from '../format/aggregation-method.js';
import { badOption, checkChoice, checkFlag } from '../options.js';
import type { Durability } from './database.js';
import { type Clock, systemClock } from './time.js';

/** What becomes of points that come too late for the order of a compressed file's blocks. */
export type Late = 'insert' | 'discard';

const LATE = ['insert', 'discard'] as const satisfies readonly Late[];

export interface HandleOptions {
  /** Whose reading of a standard file's method numbers and of a few semantics; Python Whisper's by default. */
  readonly dialect?: Dialect | undefined;
  /**
   * `'sync'` or true: every call that changes the file returns once that is on the disk. `'journal'`: and one that is cut
   * short, by a power cut even, is whole or not at all. `'none'` by default (doc/durability.md).
   */
  readonly durable?: Durability | boolean | undefined;
  /** Hold an flock(2) for the life of the handle: shared if it only reads, else exclusive. */
  readonly lock?: boolean | undefined;
  /** Milliseconds to wait for another holder of the lock; 10,000 by default. */
  readonly lockTimeoutMs?: number | undefined;
  /**
   * Nobody else writes to the file while this handle is open: what it has read once it need not read again. A lock,
   * which keeps others out, says so by itself.
   */
  readonly exclusive?: boolean | undefined;
  /**
   * Points that come too late for the order of a compressed file's blocks: by default they are inserted into the blocks,
   * which are encoded anew for it; `'discard'`, the default of the go dialect, only counts them. Standard files take any.
   */
  readonly late?: Late | undefined;
  /** Tells this handle's time in Unix seconds; the machine's by default. */
  readonly clock?: Clock | undefined;
}

/** Those that also mean something to a tool, which opens a file for one piece of work. */
export type ToolOptions = Omit<HandleOptions, 'exclusive' | 'late'>;

export const toolOptionNames = ['dialect', 'durable', 'lock', 'lockTimeoutMs', 'clock'] as const;
export const handleOptionNames = [...toolOptionNames, 'exclusive', 'late'] as const;

const LOCK_TIMEOUT_MS = 10_000;

/** Checked options, with their defaults. */
export interface CheckedHandleOptions {
  readonly dialect: Dialect;
  readonly durable: Durability;
  readonly clock: Clock;
  readonly lock: LockRequest | undefined;
  /** Nobody else writes to the file. */
  readonly isExclusive: boolean;
  readonly late: Late;
}

/** @throws WhisperError `WSP_BAD_OPTION` */
export function checkHandleOptions(options: HandleOptions, isReadOnly: boolean): CheckedHandleOptions {
  const timeoutMs = options.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
  if (!(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
    throw badOption(`option lockTimeoutMs is ${describeValue(timeoutMs)}`, 'milliseconds, 0 or more');
  }
  const clock = options.clock ?? systemClock;
  if (typeof clock !== 'function') {
    throw badOption(`option clock is ${describeValue(clock)}`, 'a function that returns Unix seconds');
  }
  const dialect = checkChoice('dialect', options.dialect, dialects);
  return {
    dialect,
    durable: checkDurable(options.durable),
    clock,
    lock: checkFlag('lock', options.lock)
      ? { mode: isReadOnly ? 'shared' : 'exclusive', timeoutMs }
      : undefined,
    isExclusive: checkFlag('exclusive', options.exclusive),
    late: checkChoice('late', options.late ?? (dialect === 'go' ? 'discard' : 'insert'), LATE),
  };
}

function checkDurable(durable: unknown): Durability {
  if (typeof durable === 'boolean') return durable ? 'sync' : 'none';
  return checkChoice('durable', durable, ['none', 'sync', 'journal']);
}
