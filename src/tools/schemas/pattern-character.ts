/** Single characters and escapes of patterns: from Python's and RE2's to those of a JavaScript RegExp with flag `u`. */

/** Whether an escape stands between `[` and `]`. */
export type Place = 'inside' | 'outside';

/** What an escape comes to. */
export interface Escape {
  /** Of the text in the pattern. */
  readonly length: number;
  readonly text: string;
  /** The character, where it stands for one. */
  readonly character?: string;
}

/** Escapes that mean the same: classes, and characters. */
const CLASSES = 'dDwWsS';
const CONTROLS: { readonly [letter: string]: string } = {
  a: '\x07',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const ASSERTIONS: { readonly [letter: string]: string } = {
  A: '^',
  Z: '$',
  z: '$',
  b: '\\b',
  B: '\\B',
};
/** A number: two digits of `\x`, four of `\u`, eight of `\U`, or as many as stand in braces; octal digits of `\0`. */
const HEXADECIMAL = /^\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x\{([0-9A-Fa-f]{1,8})\})/;
const OCTAL = /^\\(0[0-7]{0,2}|[0-7]{3})/;
const PROPERTY = /^\\([pP])(?:\{(\^?)(\w+)\}|(\w))/;

/** The escape that a text begins with; undefined for one that nobody knows. */
export function escapeOf(rest: string, place: Place): Escape | undefined {
  const letter = rest[1];
  if (letter === undefined) return undefined;
  if (CLASSES.includes(letter)) return { length: 2, text: `\\${letter}` };
  if (place === 'outside' && letter in ASSERTIONS) return { length: 2, text: ASSERTIONS[letter]! };
  if (place === 'inside' && letter === 'b') return character(2, '\b');
  const control = CONTROLS[letter];
  if (control !== undefined) return character(2, control);
  const hexadecimal = HEXADECIMAL.exec(rest);
  if (hexadecimal !== null) return numbered(hexadecimal[0], hexadecimal.slice(1).find(Boolean)!, 16);
  const octal = OCTAL.exec(rest);
  if (octal !== null) return numbered(octal[0], octal[1]!, 8);
  const property = PROPERTY.exec(rest);
  if (property !== null) return propertyOf(property);
  if (/[A-Za-z0-9]/.test(letter)) return undefined;
  const sign = String.fromCodePoint(rest.codePointAt(1)!);
  return character(1 + sign.length, sign);
}

function character(length: number, sign: string): Escape {
  return { length, text: literal(sign), character: sign };
}

function numbered(text: string, digits: string, base: number): Escape | undefined {
  const code = Number.parseInt(digits, base);
  return code > 0x10ffff ? undefined : character(text.length, String.fromCodePoint(code));
}

/** RE2's `\pL`, `\p{Greek}`: a category of one or two letters, or a script. */
function propertyOf([text, letter, negated, long, short]: RegExpExecArray): Escape {
  const name = long ?? short!;
  const isNegated = (letter === 'P') !== (negated === '^');
  return {
    length: text.length,
    text: `\\${isNegated ? 'P' : 'p'}{${name.length > 2 ? `Script=${name}` : name}}`,
  };
}

/** A character that stands for itself. */
export function literal(sign: string): string {
  if (/[\^$\\.*+?()[\]{}|/]/.test(sign)) return `\\${sign}`;
  // A hyphen, and what would not show in a message.
  return /[\w ]/.test(sign) || sign >= '\u00a0'
    ? sign
    : `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** A character in either case. */
export function bothCases(sign: string): string {
  const cases = casesOf(sign);
  return cases.length === 1 ? literal(sign) : `[${cases.map(literal).join('')}]`;
}

/** A character and what else it is where case does not count. */
export function casesOf(sign: string): string[] {
  const others = [sign.toLowerCase(), sign.toUpperCase()].filter((other) => [...other].length === 1);
  return [...new Set([sign, ...others])];
}
