import type { Case } from './harness.js';
import type { PythonTask } from './python.js';

/** What one line of the report compares. */
export interface Row {
  readonly ours: Case;
  /** What the system alone takes to move the same bytes, in one call. */
  readonly bare: Case;
  /** The same work for Python Whisper. */
  readonly python: PythonTask;
  /** Where go-whisper did the same work. */
  readonly peers?: PeerMedians;
}

/**
 * Ops per second of the two peers, measured side by side: medians of 8 interleaved rounds on an idle machine of
 * 2 virtual Xeon cores; go-whisper built with Go 1.19.8, Whisper 1.1.4 on Python 3.11.2. They serve as a ratio
 * only; differences under 20 % mean nothing.
 */
export interface PeerMedians {
  readonly go: number;
  readonly python: number;
}
