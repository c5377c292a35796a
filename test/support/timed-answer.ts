import { expect } from 'vitest';
import { WhisperError } from '../../src/index.js';

/** What a call answers, a refusal included, in time; any other error is the test's failure. */
export function timedAnswer(name: string, longestMs: number, call: () => unknown): unknown {
  const start = performance.now();
  try {
    return call();
  } catch (error) {
    if (error instanceof WhisperError) return error;
    throw error;
  } finally {
    expect(performance.now() - start, name).toBeLessThan(longestMs);
  }
}
