import { casesOf, type Escape, escapeOf, literal } from './pattern-character.js';

/** RE2's names within a class, `[[:alpha:]]`. */
const POSIX: { readonly [name: string]: string } = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};
const POSIX_NAME = /^\[:(\w+):\]/;

/** Reads a class, `[…]`, of a pattern. */
export class ClassReader {
  /** What keeps it from being read, as the middle of a sentence. */
  problem = "has a '[' that is not closed";
  readonly #pattern: string;
  readonly #start: number;
  readonly #isCaseless: boolean;
  #at: number;

  /** @param start  where its `[` stands */
  constructor(pattern: string, start: number, isCaseless: boolean) {
    this.#pattern = pattern;
    this.#start = start;
    this.#isCaseless = isCaseless;
    this.#at = start + 1;
  }

  /** Of its text in the pattern, once it is read. */
  get length(): number {
    return this.#at - this.#start;
  }

  /** The class for JavaScript; undefined, with a `problem`, if it is none. */
  read(): string | undefined {
    const out = [this.#skip('^') ? '[^' : '['];
    // The first character is one of the class, even if it is the closing bracket.
    for (let isFirst = true; isFirst || this.#pattern[this.#at] !== ']'; isFirst = false) {
      const text = this.#item();
      if (text === undefined) return undefined;
      out.push(text);
    }
    this.#at++;
    return `${out.join('')}]`;
  }

  #skip(sign: string): boolean {
    if (this.#pattern[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  /** A character, a range, or a class within the class. */
  #item(): string | undefined {
    const first = this.#next();
    if (first === undefined) return undefined;
    const isRange =
      this.#pattern[this.#at] === '-' && !['', ']'].includes(this.#pattern.charAt(this.#at + 1));
    if (first.character === undefined || !isRange) return this.#single(first);
    const before = this.#at++;
    const last = this.#next();
    if (last === undefined) return undefined;
    if (last.character === undefined) {
      // `[a-\d]`: a hyphen between the two.
      this.#at = before;
      return this.#single(first);
    }
    return this.#range(first.character, last.character);
  }

  #single({ text, character }: Escape): string {
    if (character === undefined) return text;
    return this.#isCaseless ? casesOf(character).map(literal).join('') : literal(character);
  }

  #range(first: string, last: string): string | undefined {
    if (first.codePointAt(0)! > last.codePointAt(0)!) {
      this.problem = `has the range '${first}-${last}', which ends before it begins`;
      return undefined;
    }
    const range = `${literal(first)}-${literal(last)}`;
    return this.#isCaseless
      ? range + otherCase(first, last, 'a', 'z', -32) + otherCase(first, last, 'A', 'Z', 32)
      : range;
  }

  /** The next piece; undefined at the end of the pattern, or before an escape that nobody knows. */
  #next(): Escape | undefined {
    const rest = this.#pattern.slice(this.#at);
    if (rest === '') return undefined;
    const posix = POSIX_NAME.exec(rest);
    const named = posix === null ? undefined : POSIX[posix[1]!];
    if (named !== undefined) return this.#passed({ length: posix![0].length, text: named });
    if (rest[0] !== '\\') {
      const sign = String.fromCodePoint(rest.codePointAt(0)!);
      return this.#passed({ length: sign.length, text: literal(sign), character: sign });
    }
    const found = escapeOf(rest, 'inside');
    if (found === undefined) this.problem = `has '${rest.slice(0, 2)}', which has no meaning in a class`;
    return found === undefined ? undefined : this.#passed(found);
  }

  #passed(piece: Escape): Escape {
    this.#at += piece.length;
    return piece;
  }
}

/** The part of a range that lies in `from`…`to`, in the other case: ASCII alone, as ranges of metric names are. */
function otherCase(first: string, last: string, from: string, to: string, shift: number): string {
  const start = Math.max(first.codePointAt(0)!, from.charCodeAt(0));
  const end = Math.min(last.codePointAt(0)!, to.charCodeAt(0));
  return start > end ? '' : `${String.fromCharCode(start + shift)}-${String.fromCharCode(end + shift)}`;
}
