import { unlinkSync } from 'node:fs';

/** Paths of files that are made in a sample and removed after it. */
export class NewPaths {
  readonly #prefix: string;
  readonly #made: string[] = [];
  #count = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  next(): string {
    const path = `${this.#prefix}-${this.#count++}.wsp`;
    this.#made.push(path);
    return path;
  }

  remove(): void {
    for (const path of this.#made.splice(0)) unlinkSync(path);
  }
}
