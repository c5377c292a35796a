import { WhisperError } from '../../src/errors.js';

/** The refusal of a call that must be refused; any other error goes through. */
export function errorOf(work: () => unknown): WhisperError {
  try {
    work();
  } catch (error) {
    if (error instanceof WhisperError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
