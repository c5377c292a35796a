/** What the tools that change points in place of a file have in common: options, and the writing of the result. */
import { checkHandleOptions, type ToolOptions, toolOptionNames } from '../../database/handle-options.js';
import type { OpenOptions } from '../../database/open.js';
import { checkEnd, checkTime } from '../../database/time.js';
import { WhisperError } from '../../errors.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { checkFlag, checkOptionNames } from '../../options.js';
import type { RewriteOptions } from '../rewrite.js';

/** Options of a tool that changes a file where it is. A new file is synced before it takes the place, unless `durable` is `'none'`. */
export interface ChangeOptions extends ToolOptions {
  /** Unix seconds; the clock if left out. */
  readonly now?: number | undefined;
  /** Write nothing: the result tells what would change. */
  readonly dryRun?: boolean | undefined;
  /** Keep the file as it was under a second name, with `.bak` after the first. */
  readonly backup?: boolean | undefined;
}

/** Of a tool that changes points of a time alone. */
export interface RangeOptions {
  /** Unix seconds: only what is after this time … */
  readonly from?: number | undefined;
  /** … and up to and with this one. */
  readonly until?: number | undefined;
}

export const changeOptionNames = ['now', 'dryRun', 'backup', ...toolOptionNames] as const;
export const rangeOptionNames = ['from', 'until'] as const;

/** Checked {@link ChangeOptions}. */
export interface Change {
  readonly now: number;
  readonly dialect: Dialect;
  readonly isDry: boolean;
  readonly handle: Pick<OpenOptions, 'dialect' | 'lock' | 'lockTimeoutMs'>;
  /** How the file is made anew. */
  readonly rewriting: RewriteOptions;
}

/** @param call  how messages call the function */
export function checkChange(options: ChangeOptions, names: readonly string[], call: string): Change {
  checkOptionNames(options, [...names, ...changeOptionNames], call);
  const synced = { ...options, durable: options.durable ?? 'sync' };
  const { durable, clock, dialect } = checkHandleOptions(synced, false);
  const { lock, lockTimeoutMs } = options;
  const handle = { dialect, lock, lockTimeoutMs };
  const isDry = checkFlag('dryRun', options.dryRun);
  return {
    now: checkTime(options.now ?? clock(), 'now'),
    dialect,
    isDry,
    handle,
    rewriting: {
      handle,
      durable: durable !== 'none',
      overwrite: true,
      backup: checkFlag('backup', options.backup),
      dryRun: isDry,
      times: 'new',
    },
  };
}

/** @throws WhisperError `WSP_BAD_RANGE`, `WSP_BAD_TIMESTAMP` */
export function checkRange({ from, until }: RangeOptions): RangeOptions {
  const range = {
    from: from === undefined ? undefined : checkTime(from, 'from'),
    until: until === undefined ? undefined : checkEnd(until, 'until'),
  };
  if (range.from === undefined || range.until === undefined || range.from <= range.until) return range;
  throw new WhisperError('WSP_BAD_RANGE', {
    found: `a range from ${range.from} until ${range.until}`,
    expected: 'one that begins before it ends',
  });
}
