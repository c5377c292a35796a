/** Text in pieces, line by line. */
import { describeValue } from '../../errors.js';
import { badOption } from '../../options.js';
import { badInput } from './point-text.js';

/** Text as it may be given: whole, or in pieces that need not end where lines do. */
export type TextSource = string | Iterable<string>;

/** @throws WhisperError `WSP_BAD_OPTION` for what is no text, such as the bytes of one */
export function checkText(text: unknown): string {
  if (typeof text === 'string') return text;
  throw badOption(`the text is ${describeValue(text)}`, 'a string');
}

/** The pieces of a text; that each is a string is looked at when it comes. */
function* piecesOf(source: TextSource): Generator<string> {
  if (typeof source !== 'string' && typeof source?.[Symbol.iterator] !== 'function')
    throw badOption(`the text is ${describeValue(source)}`, 'a string, or strings');
  for (const piece of typeof source === 'string' ? [source] : source) yield checkText(piece);
}

export interface Line {
  /** Without what ends it. */
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
}

/** No line of numbers is longer; what is, is no text. */
const LONGEST_LINE = 16 * 1024 * 1024;

/**
 * The lines of a text, ended by `\n`, `\r\n` or `\r`; a byte order mark before the first is left out, and so is an empty
 * last one.
 *
 * @throws WhisperError `WSP_BAD_INPUT` for a line of more than 16 Mi characters
 */
export function* linesOf(source: TextSource): Generator<Line> {
  let number = 0;
  let rest = '';
  let isFirst = true;
  for (const piece of piecesOf(source)) {
    if (piece === '') continue;
    const text = isFirst ? piece.replace(/^\uFEFF/, '') : rest + piece;
    isFirst = false;
    // Whether a line feed follows a last carriage return the next piece tells.
    const isOpen = text.endsWith('\r');
    const lines = (isOpen ? text.slice(0, -1) : text).split(/\r\n|\n|\r/);
    rest = lines.pop()! + (isOpen ? '\r' : '');
    if (rest.length > LONGEST_LINE)
      throw badInput(`a line of over ${LONGEST_LINE} characters`, 'lines of text');
    for (const line of lines) yield { text: line, number: ++number };
  }
  const last = rest.endsWith('\r') ? rest.slice(0, -1) : rest;
  if (last !== '' || rest.endsWith('\r')) yield { text: last, number: ++number };
}
