/** The words of an expression. */
import { WhisperError } from '../../errors.js';

export interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
  /** Where it begins: characters from the beginning of the expression. */
  readonly at: number;
}

/** Longer ones are no expressions that somebody wrote. */
const LONGEST = 1000;

const WHITE = /\s*/y;
const TOKENS: readonly (readonly [kind: Token['kind'], form: RegExp])[] = [
  ['number', /0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['sign', /\*\*|<=|>=|==|!=|&&|\|\||[-+*/%^()?:,<>!]/y],
];

/** @throws WhisperError `WSP_BAD_OPTION` */
export function readTokens(expression: string): Token[] {
  if (expression.length > LONGEST) {
    throw new WhisperError('WSP_BAD_OPTION', {
      found: `an expression of ${expression.length} characters`,
      expected: `at most ${LONGEST}`,
    });
  }
  const tokens: Token[] = [];
  for (let at = skip(expression, 0); at < expression.length; ) {
    const token = readToken(expression, at);
    tokens.push(token);
    at = skip(expression, at + token.text.length);
  }
  return [...tokens, { kind: 'end', text: '', at: expression.length }];
}

function readToken(expression: string, at: number): Token {
  for (const [kind, form] of TOKENS) {
    const text = match(form, expression, at);
    if (text === '') continue;
    // 12abc and 1.2.3 are no two words beside one another.
    const next = expression[at + text.length] ?? '';
    if (kind === 'number' && /[A-Za-z0-9_.]/.test(next))
      throw badExpression(expression, at + text.length, `'${next}' in a number`, 'digits, or a sign');
    return { kind, text, at };
  }
  throw badExpression(expression, at, `'${expression[at]}'`, 'a number, a name or a sign');
}

function skip(expression: string, at: number): number {
  return at + match(WHITE, expression, at).length;
}

function match(form: RegExp, text: string, at: number): string {
  form.lastIndex = at;
  return form.exec(text)?.[0] ?? '';
}

/** The refusal of an expression, with a mark below the place. */
export function badExpression(expression: string, at: number, found: string, expected: string): WhisperError {
  const line = expression.replace(/\s/g, ' ');
  return new WhisperError('WSP_BAD_OPTION', {
    found: `${found} at character ${at + 1} of the expression; expected ${expected}\n  ${line}\n  ${' '.repeat(at)}^`,
  });
}
