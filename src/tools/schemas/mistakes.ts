import { WhisperError } from '../../errors.js';

/** What is wrong, as an error says it. */
export type Mistake = Pick<WhisperError, 'found' | 'expected'>;

/**
 * The mistakes of one configuration file. They are gathered, and told in one error: whoever mends a file wants to hear all
 * that is wrong with it at once.
 */
export class Mistakes {
  readonly #path: string;
  readonly #list: { readonly line: number; readonly mistake: Mistake }[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /** @param line  counted from 1 */
  add(line: number, found: string, expected?: string): void {
    this.#list.push({ line, mistake: { found, expected } });
  }

  /** Does a piece of reading; what it refuses is a mistake of this line, and what comes back is undefined. */
  attempt<T>(line: number, section: string, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof WhisperError)) throw error;
      this.add(line, `[${section}]: ${error.found}`, error.expected);
      return undefined;
    }
  }

  /** @throws WhisperError `WSP_BAD_INPUT` if there are any */
  throwIfAny(): void {
    const list = this.#list.toSorted((a, b) => a.line - b.line);
    const [first] = list;
    if (first === undefined) return;
    const { found, expected } = first.mistake;
    if (list.length === 1) {
      throw new WhisperError('WSP_BAD_INPUT', {
        path: this.#path,
        found: `line ${first.line}: ${found}`,
        expected,
      });
    }
    const lines = list.map(({ line, mistake }) => `\n  line ${line}: ${sentence(mistake)}`);
    throw new WhisperError('WSP_BAD_INPUT', {
      path: this.#path,
      found: `${list.length} mistakes:${lines.join('')}`,
    });
  }
}

function sentence({ found, expected }: Mistake): string {
  return expected === undefined ? found : `${found}; expected ${expected}`;
}
