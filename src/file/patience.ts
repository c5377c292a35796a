/** Waiting for a writer that may be in the middle of a change: short pauses, and not for long. */
import { statSync } from 'node:fs';
import type { ByteFile } from './byte-file.js';

/** A file that nobody has written to for so long rests: what is in it then is not half of something. */
const REST_MS = 400;
const FIRST_PAUSE_MS = 0.1;
const LONGEST_PAUSE_MS = 20;

export class Patience {
  readonly #file: ByteFile;
  #pauseMs = FIRST_PAUSE_MS;
  #waitedMs = 0;

  constructor(file: ByteFile) {
    this.#file = file;
  }

  /**
   * Pauses, a little longer each time.
   *
   * @param mostMs  to wait altogether
   * @returns       false, at once, if that is over or the file rests: then there is nothing to wait for
   */
  pause(mostMs: number): boolean {
    if (this.#waitedMs >= mostMs || rests(this.#file)) return false;
    sleep(this.#pauseMs);
    this.#waitedMs += this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
    return true;
  }
}

/** Whether a file was last written to a while ago, by the system's clock; in memory nobody else writes. */
function rests({ path }: ByteFile): boolean {
  if (path === undefined) return true;
  try {
    return Math.abs(Date.now() - statSync(path).mtimeMs) > REST_MS;
  } catch {
    // It may be gone by now. What has been read of it is all that there will be.
    return true;
  }
}

/** The thread does nothing else for so long. */
export function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
