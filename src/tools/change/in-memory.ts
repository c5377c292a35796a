import { WhisperError } from '../../errors.js';

/** Runs work on a copy in memory: its errors leave their path to whoever knows the file that was copied. */
export function inMemory<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof WhisperError) || error.path !== '<memory>') throw error;
    const { code, found, expected, cause } = error;
    throw new WhisperError(code, { found, expected, cause });
  }
}
