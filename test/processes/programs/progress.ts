/** How far the writer has come, in a small file of its own: told after each call that has returned. */
import { openSync, readSync, writeSync } from 'node:fs';

export interface Told {
  /** Number of the file that is written to, and how many batches it holds. */
  readonly file: number;
  readonly count: number;
  readonly isDone: boolean;
}

/** Three numbers, twice: a reader that comes between them sees that they differ. */
const COUNT = 3;
const SIZE = 2 * 8 * COUNT;

export class Progress {
  readonly #fd: number;
  readonly #numbers = new Float64Array(2 * COUNT);
  readonly #bytes = new Uint8Array(this.#numbers.buffer);

  constructor(folder: string, access: 'r' | 'w+') {
    this.#fd = openSync(`${folder}/progress`, access);
  }

  tell({ file, count, isDone }: Told): void {
    this.#numbers.set([file, count, Number(isDone), file, count, Number(isDone)]);
    writeSync(this.#fd, this.#bytes, 0, SIZE, 0);
  }

  read(): Told {
    for (;;) {
      const size = readSync(this.#fd, this.#bytes, 0, SIZE, 0);
      const [file, count, done, ...again] = this.#numbers as unknown as number[];
      if (size === SIZE && [file, count, done].every((number, i) => number === again[i])) {
        return { file: file!, count: count!, isDone: done === 1 };
      }
    }
  }
}
