/**
 * The language of manual pages, as much of it as they need: the macros of man(7), which groff and mandoc both read.
 *
 * A line that begins with a dot or an apostrophe is a request, a backslash begins an escape, and a bare hyphen may become a
 * typographic one, which nobody finds by searching and no shell takes for an option.
 */
import { type Block, parseSpans, type Span, wrap } from './markdown.js';

/** Characters of a line of the source. */
const SOURCE_WIDTH = 78;
/** Characters of a line of an example: 80 without the indent of the section and of the example. */
const EXAMPLE_WIDTH = 68;

const SPECIAL: { readonly [character: string]: string } = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '"': '\\(dq',
};

/** Text that is to be read as it stands. */
export function escapeRoff(text: string): string {
  return [...text]
    .map((character) => {
      const code = character.codePointAt(0)!;
      if (code > 0x7e) return `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
      return SPECIAL[character] ?? character;
    })
    .join('');
}

/** A paragraph's text in its fonts, wrapped; no line of it is a request. */
export function textLines(markdown: string): string[] {
  return wrap(spansText(parseSpans(markdown)), SOURCE_WIDTH).map(guard);
}

export function spansText(spans: readonly Span[]): string {
  return spans
    .map(({ font, text }) => {
      if (font === 'plain') return escapeRoff(text);
      return inFont(font === 'emphasis' ? 'I' : 'B', text);
    })
    .join('');
}

export function inFont(font: 'B' | 'I', text: string): string {
  return `\\f${font}${escapeRoff(text)}\\fR`;
}

/** A definition list's entry. */
export function termLines(term: string, text: readonly string[]): string[] {
  return ['.TP', guard(term), ...text];
}

export function blockLines(block: Block): string[] {
  switch (block.kind) {
    case 'paragraph':
      return ['.PP', ...textLines(block.text)];
    case 'heading':
      return [`.SS ${escapeRoff(block.text)}`];
    case 'list':
      return block.items.flatMap((item) => ['.IP \\(bu 2', ...textLines(item)]);
    case 'code':
      return exampleLines(block.text.split('\n'));
    case 'table':
      return block.rows.flatMap(([term = '', ...cells]) => {
        return termLines(
          spansText(parseSpans(term)),
          textLines(cells.filter((cell) => cell !== '').join('; ')),
        );
      });
  }
}

/** Lines as they are, folded where they would not fit. */
export function exampleLines(lines: readonly string[]): string[] {
  const folded = lines.flatMap(fold).map((line) => guard(escapeRoff(line)));
  return ['.PP', '.RS 4', '.EX', ...folded, '.EE', '.RE'];
}

/** A command goes on behind a backslash, as in a shell; what is printed goes on further to the right. */
function fold(line: string): string[] {
  if ([...line].length <= EXAMPLE_WIDTH) return [line];
  const isCommand = line.startsWith('$ ');
  const width = EXAMPLE_WIDTH - (isCommand ? 2 : 0);
  const parts: string[] = [];
  let rest = line;
  while ([...rest].length > width) {
    const at = breakOf(rest, width, isCommand);
    if (at === undefined) break;
    parts.push(rest.slice(0, at).trimEnd());
    rest = `    ${rest.slice(at).trimStart()}`;
  }
  return [...parts.map((part) => (isCommand ? `${part} \\` : part)), rest];
}

/** Where to break: before an option, or behind the last blank or comma that fits; what is printed anywhere if there is none. */
function breakOf(text: string, width: number, isCommand: boolean): number | undefined {
  const head = text.slice(0, width);
  const least = head.length - head.trimStart().length;
  const option = head.lastIndexOf(' -');
  if (isCommand && option > width / 2) return option + 1;
  const blank = head.lastIndexOf(' ');
  if (blank > least) return blank + 1;
  if (isCommand) {
    const next = text.indexOf(' ', width);
    return next === -1 ? undefined : next + 1;
  }
  const comma = head.lastIndexOf(',');
  return comma > least ? comma + 1 : width;
}

/** Keeps a line of text from being a request. */
function guard(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}
