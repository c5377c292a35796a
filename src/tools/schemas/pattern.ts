/**
 * Patterns of carbon (Python's `re`) and go-carbon (RE2), as regular expressions of JavaScript.
 *
 * The two are read alike for what both have; what only one has is taken as it means it. Flags hold where they stand
 * (`(?i)` from there to the end of its group, `(?i:…)` inside), so they are worked into the text and not given to RegExp.
 * `\w`, `\d`, `\s` and `\b` are those of ASCII, as in RE2. Refused is what JavaScript has no like of: possessive and
 * atomic parts, conditions, named characters.
 */
import { WhisperError } from '../../errors.js';
import { bothCases, escapeOf, literal } from './pattern-character.js';
import { ClassReader } from './pattern-class.js';

/**
 * The test for "is found anywhere in it".
 *
 * @throws WhisperError `WSP_BAD_INPUT`
 */
export function compilePattern(pattern: string): RegExp {
  const source = new Translation(pattern).translate();
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*\/u?: /s, '') : String(error);
    throw badPattern(pattern, `cannot be compiled (${reason})`);
  }
}

function badPattern(pattern: string, problem: string): WhisperError {
  return new WhisperError('WSP_BAD_INPUT', {
    found: `pattern '${pattern}' ${problem}`,
    expected: 'a regular expression of Python or RE2, such as ^servers\\.[^.]+\\.cpu\\.',
  });
}

/** What `(?imsx)` asks for. */
interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly x: boolean;
}

const NO_FLAGS: Flags = { i: false, m: false, s: false, x: false };
const QUANTIFIER = /^(?:[*+?]|\{(\d*)(?:(,)(\d*))?\})/;
const FLAG_GROUP = /^\(\?([aiLmsux]*)(?:-([imsx]+))?([:)])/;

class Translation {
  readonly #pattern: string;
  #at = 0;
  #flags = NO_FLAGS;
  /** The flags outside of each group that is open. */
  readonly #outer: Flags[] = [];

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  translate(): string {
    const out: string[] = [];
    while (this.#at < this.#pattern.length) out.push(this.#next());
    if (this.#outer.length > 0) throw this.#refuse("has a '(' that is not closed");
    return out.join('');
  }

  /** The next piece, for JavaScript. */
  #next(): string {
    const rest = this.#pattern.slice(this.#at);
    const ignored = (this.#flags.x ? /^(?:\s+|#[^\n]*|\(\?#[^)]*\))/ : /^\(\?#[^)]*\)/).exec(rest)?.[0];
    if (ignored !== undefined) return this.#passed(ignored.length, '');
    const sign = String.fromCodePoint(rest.codePointAt(0)!);
    if (sign === '(') return this.#open(rest);
    if (sign === ')') return this.#close();
    if (sign === '[') return this.#class();
    if (sign === '\\') return this.#escape(rest);
    if (QUANTIFIER.test(rest)) return this.#quantifier(rest);
    return this.#passed(sign.length, this.#plain(sign));
  }

  /** Goes on behind `length` characters, which come to `text`. */
  #passed(length: number, text: string): string {
    this.#at += length;
    return text;
  }

  #plain(sign: string): string {
    const { m, s } = this.#flags;
    if (sign === '.') return s ? '[^]' : '[^\\n]';
    if (sign === '^') return m ? '(?<![^\\n])' : '^';
    if (sign === '$') return m ? '(?![^\\n])' : '$';
    return sign === '|' ? sign : this.#character(sign);
  }

  #character(sign: string): string {
    return this.#flags.i ? bothCases(sign) : literal(sign);
  }

  #open(rest: string): string {
    const flags = FLAG_GROUP.exec(rest);
    if (flags !== null && flags[0] !== '(?:') return this.#flagGroup(flags);
    const repeated = /^\(\?P=([A-Za-z_]\w*)\)/.exec(rest);
    if (repeated !== null) return this.#reference(repeated[0].length, `\\k<${repeated[1]}>`);
    const [named, name] = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest) ?? [];
    const opening = named ?? /^\((?:\?(?:[:=!]|<[=!]))?/.exec(rest)![0];
    if (opening === '(' && rest[1] === '?') throw this.#refuse(unknownGroup(rest));
    this.#outer.push(this.#flags);
    return this.#passed(opening.length, name === undefined ? opening : `(?<${name}>`);
  }

  #flagGroup([text, on = '', off = '', end]: RegExpExecArray): string {
    const isOn = (flag: keyof Flags) => (this.#flags[flag] || on.includes(flag)) && !off.includes(flag);
    if (end === ':') this.#outer.push(this.#flags);
    this.#flags = { i: isOn('i'), m: isOn('m'), s: isOn('s'), x: isOn('x') };
    return this.#passed(text.length, end === ':' ? '(?:' : '');
  }

  #close(): string {
    const flags = this.#outer.pop();
    if (flags === undefined) throw this.#refuse("has a ')' without its '('");
    this.#flags = flags;
    return this.#passed(1, ')');
  }

  #class(): string {
    const reader = new ClassReader(this.#pattern, this.#at, this.#flags.i);
    const text = reader.read();
    if (text === undefined) throw this.#refuse(reader.problem);
    return this.#passed(reader.length, text);
  }

  #escape(rest: string): string {
    const [quoted, inside = ''] = /^\\Q(.*?)(?:\\E|$)/s.exec(rest) ?? [];
    if (quoted !== undefined)
      return this.#passed(quoted.length, Array.from(inside, (sign) => this.#character(sign)).join(''));
    const reference = /^\\([1-9][0-9]?)(?![0-7])/.exec(rest);
    if (reference !== null) return this.#reference(reference[0].length, `\\${reference[1]}`);
    const found = escapeOf(rest, 'outside');
    if (found === undefined) throw this.#refuse(`has '${rest.slice(0, 2)}', which has no meaning here`);
    const { length, text, character } = found;
    return this.#passed(length, character === undefined ? text : this.#character(character));
  }

  #reference(length: number, text: string): string {
    if (this.#flags.i) throw this.#refuse('has a reference to a group where case does not count');
    // In a group of its own, so that a digit after it does not become a part of it.
    return this.#passed(length, `(?:${text})`);
  }

  #quantifier(rest: string): string {
    const [text, least, comma, most] = QUANTIFIER.exec(rest)!;
    const isOpen = text.startsWith('{') && least === '';
    // Braces around nothing are braces; `{,5}` counts from 0.
    if (isOpen && comma === undefined) return this.#passed(1, '\\{');
    const after = rest[text.length];
    if (after === '+') throw this.#refuse(`has the possessive '${text}+', which is not known here`);
    const lazy = after === '?' ? '?' : '';
    return this.#passed(text.length + lazy.length, (isOpen ? `{0,${most}}` : text) + lazy);
  }

  #refuse(problem: string): WhisperError {
    return badPattern(this.#pattern, problem);
  }
}

function unknownGroup(rest: string): string {
  if (rest.startsWith('(?>')) return "has an atomic group '(?>', which is not known here";
  if (rest.startsWith('(?(')) return "has a condition '(?(', which is not known here";
  return `has '${rest.slice(0, 4)}', which begins no group that is known here`;
}
