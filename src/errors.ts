/**
 * The one error family of sotto.
 *
 * Codes are stable and may be tested by callers; messages may change. Codes are grouped by whose fault
 * it is, and the command line turns that group into its exit code.
 */

/** Whose fault an error is: the caller's argument, the file's content, or the system underneath. */
export type Fault = 'argument' | 'file' | 'system';

const FAULTS = {
  // The caller's argument.
  /** An option that does not exist, or a value of the wrong kind. */
  WSP_BAD_OPTION: 'argument',
  /** A retention definition that cannot be read, such as `10x:1d`. */
  WSP_BAD_RETENTION: 'argument',
  /** Retentions that do not go together in one database, or that the format cannot hold. */
  WSP_BAD_ARCHIVE_LIST: 'argument',
  /** An aggregation method that does not exist in this format and dialect. */
  WSP_BAD_AGGREGATION: 'argument',
  /** An xFilesFactor outside 0…1. */
  WSP_BAD_X_FILES_FACTOR: 'argument',
  /** A timestamp that is not a number or that 32 bits cannot hold. */
  WSP_BAD_TIMESTAMP: 'argument',
  /** A value that is not a number. */
  WSP_BAD_VALUE: 'argument',
  /** A range that ends before it begins, or is too long to answer. */
  WSP_BAD_RANGE: 'argument',
  /** An archive was asked for that the database does not have. */
  WSP_NO_SUCH_ARCHIVE: 'argument',
  /** A handle opened for reading only, or over a cut-off file, was asked to write. */
  WSP_READ_ONLY: 'argument',
  /** The handle is closed. */
  WSP_CLOSED: 'argument',

  // The file's content, or what was to be put into it.
  /** A point in the future, or older than every archive. */
  WSP_TIME_NOT_COVERED: 'file',
  /** The bytes are no Whisper database, or a damaged one. */
  WSP_CORRUPT: 'file',
  /** A database in a version that is not known, or of a format that has no such thing. */
  WSP_UNSUPPORTED_FORMAT: 'file',
  /** Two databases that are to be compared or combined, and whose archives do not match. */
  WSP_UNLIKE_ARCHIVES: 'file',
  /** Points in text, or a configuration file, that cannot be read. */
  WSP_BAD_INPUT: 'file',

  // The system underneath.
  /** There is no such file, or no such folder to create it in. */
  WSP_NOT_FOUND: 'system',
  /** A file of that name is already there. */
  WSP_EXISTS: 'system',
  /** The path is a folder, a pipe or a device. */
  WSP_NOT_A_FILE: 'system',
  /** Another handle holds the lock, in this process or another. */
  WSP_LOCKED: 'system',
  /** A lock was asked for and nothing on this machine can take one. */
  WSP_NO_LOCK: 'system',
  /** A journal stands beside the file that cannot be applied, or is another writer's. */
  WSP_JOURNAL: 'system',
  /** Any other refusal of the operating system; `cause` holds Node's own error. */
  WSP_SYSTEM: 'system',
} as const satisfies Record<string, Fault>;

/** A stable error code. */
export type WhisperErrorCode = keyof typeof FAULTS;

/** Every code there is, in the order of the table above. */
export const errorCodes: readonly WhisperErrorCode[] = Object.freeze(
  Object.keys(FAULTS) as WhisperErrorCode[],
);

/** What a {@link WhisperError} tells beside its code. */
export interface ErrorDetails {
  /** The database concerned; absent below the floors that know paths. */
  readonly path?: string | undefined;
  /** What was found, as the middle of a sentence. */
  readonly found: string;
  /** What would have been right; left out where `found` says it all. */
  readonly expected?: string | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** Every error that sotto throws on purpose. */
export class WhisperError extends Error {
  override readonly name = 'WhisperError';
  readonly code: WhisperErrorCode;
  readonly fault: Fault;
  readonly path: string | undefined;
  readonly found: string;
  readonly expected: string | undefined;

  constructor(code: WhisperErrorCode, details: ErrorDetails) {
    super(describe(details), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.fault = FAULTS[code];
    this.path = details.path;
    this.found = details.found;
    this.expected = details.expected;
  }
}

function describe({ path, found, expected }: ErrorDetails): string {
  const place = path === undefined ? '' : `${path}: `;
  return place + found + (expected === undefined ? '' : `; expected ${expected}`);
}

/** A value as a message shows it: text in quotes, a number as it is, everything else by its kind. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value}'`;
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'a list' : value instanceof Date ? 'a Date' : 'an object';
    case 'function':
      return 'a function';
    case 'bigint':
      return `${value}n`;
    default:
      return String(value);
  }
}

/**
 * Runs `work` and adds `path` to any {@link WhisperError} that has none yet, so that the floors which know
 * only bytes can refuse them in words of their own.
 */
export function withPath<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    const error = firstOf(thrown);
    if (!(error instanceof WhisperError) || error.path !== undefined) throw error;
    const { code, found, expected, cause } = error;
    const named = new WhisperError(code, { path, found, expected, cause });
    // Where it was refused says more than where the path was added.
    if (error.stack !== undefined) named.stack = error.stack.replace(error.message, () => named.message);
    throw named;
  }
}

/**
 * The error that came first: where a file that is closed by `using` cannot be closed after its work has failed, both come as
 * one.
 */
function firstOf(thrown: unknown): unknown {
  const isPair = thrown instanceof Error && thrown.name === 'SuppressedError' && 'suppressed' in thrown;
  return isPair ? firstOf(thrown.suppressed) : thrown;
}

/** Turns an error of `node:fs` into one of ours, with what was being done in its message. */
export function systemError(cause: unknown, path: string, action: string): WhisperError {
  const errno = (cause as NodeJS.ErrnoException | undefined)?.code;
  // Node's message ends with the call and a path, which may be that of a temporary file.
  const reason = cause instanceof Error ? cause.message.replace(/, \w+( '.*)?$/s, '') : String(cause);
  const found = `cannot ${action}: ${reason}`;
  switch (errno) {
    case 'ENOENT':
      return new WhisperError('WSP_NOT_FOUND', { path, found, cause });
    case 'EEXIST':
      return new WhisperError('WSP_EXISTS', { path, found, cause });
    case 'ENXIO':
      return new WhisperError('WSP_NOT_A_FILE', { path, found: `cannot ${action}: it is a socket`, cause });
    case 'EISDIR':
      return new WhisperError('WSP_NOT_A_FILE', { path, found: `cannot ${action}: it is a folder`, cause });
    default:
      return new WhisperError('WSP_SYSTEM', { path, found, cause });
  }
}
