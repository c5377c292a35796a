/** A line on a terminal that tells how far a long piece of work has come. */
import type { Io } from './io.js';

const WIDTH = 24;
/** Drawing more often than this costs more than it tells. */
const PAUSE_MS = 100;

export class Progress {
  readonly #io: Io;
  readonly #total: number;
  readonly #start = performance.now();
  #drawn = Number.NEGATIVE_INFINITY;
  #done = 0;

  /** @param total  how many things there are to do; nothing is drawn for none, or where messages go to no terminal */
  constructor(io: Io, total: number) {
    this.#io = io;
    this.#total = total;
  }

  /** One more thing is done. */
  advance(): void {
    this.#done++;
    if (!this.#isShown) return;
    const now = performance.now();
    if (now - this.#drawn < PAUSE_MS) return;
    this.#drawn = now;
    this.#draw(formatProgress(this.#done, this.#total, (now - this.#start) / 1000, this.#io.columns));
  }

  /** Takes the line away, so that something else can be printed; the next advance brings it back. */
  clear(): void {
    if (this.#drawn === Number.NEGATIVE_INFINITY) return;
    this.#draw('');
    this.#drawn = Number.NEGATIVE_INFINITY;
  }

  get #isShown(): boolean {
    return this.#io.isErrorTerminal && this.#total > 0;
  }

  #draw(line: string): void {
    this.#io.err(`\r\x1b[K${line}`);
  }
}

/** `[#####-----] 120 of 1000, 45/s, 20 s left`, cut to a terminal's width. */
export function formatProgress(done: number, total: number, seconds: number, columns: number): string {
  const filled = Math.floor((WIDTH * done) / Math.max(total, 1));
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}]`;
  const rate = done / Math.max(seconds, 0.001);
  const left = Math.ceil((total - done) / rate);
  const line = `${bar} ${done} of ${total}, ${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s, ${left} s left`;
  return line.slice(0, columns - 1);
}
