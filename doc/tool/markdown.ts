/** The part of Markdown that the pages of commands are written in, taken apart. */

export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'code'; readonly language: string; readonly text: string }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

/** A stretch of text in one font. */
export interface Span {
  readonly font: 'plain' | 'code' | 'strong' | 'emphasis';
  readonly text: string;
}

const FENCE = /^```(\w*)$/;
const ITEM = /^(?:[-*]|\d+\.) +/;

export function parseBlocks(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; ) {
    const line = lines[i]!;
    if (line.trim() === '') {
      i++;
    } else if (FENCE.test(line)) {
      const end = lines.indexOf('```', i + 1);
      if (end === -1) throw new Error(`a code block that does not end: line ${i + 1}`);
      blocks.push({
        kind: 'code',
        language: FENCE.exec(line)![1]!,
        text: lines.slice(i + 1, end).join('\n'),
      });
      i = end + 1;
    } else {
      const end = endOfBlock(lines, i);
      blocks.push(parseLines(lines.slice(i, end)));
      i = end;
    }
  }
  return blocks;
}

/** Blocks end at a blank line, a heading with its own, and all before a code block. */
function endOfBlock(lines: readonly string[], start: number): number {
  if (lines[start]!.startsWith('#')) return start + 1;
  let end = start + 1;
  while (end < lines.length && lines[end]!.trim() !== '' && !/^(```|#)/.test(lines[end]!)) end++;
  return end;
}

function parseLines(lines: readonly string[]): Block {
  const first = lines[0]!;
  if (first.startsWith('#')) return { kind: 'heading', text: first.replace(/^#+ */, '') };
  if (first.startsWith('|')) {
    const [head = [], , ...rows] = lines.map(cellsOf);
    return { kind: 'table', head, rows };
  }
  if (!ITEM.test(first)) return { kind: 'paragraph', text: joined(lines) };
  const items: string[][] = [];
  for (const line of lines) {
    if (ITEM.test(line)) items.push([line.replace(ITEM, '')]);
    else items.at(-1)!.push(line);
  }
  return { kind: 'list', items: items.map(joined) };
}

function cellsOf(line: string): string[] {
  return line
    .replace(/^\|/, '')
    .replace(/\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => line.trim()).join(' ');
}

/** Code, strong, emphasis; of a link its text. */
export function parseSpans(text: string): Span[] {
  const spans: Span[] = [];
  const pattern = /`([^`]+)`|\*\*([^*]+)\*\*|(?<![\w*\\])\*([^*]+)\*(?!\w)|\[([^\]]+)\]\([^)]*\)/g;
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    spans.push(...plain(text.slice(at, found.index)));
    const [whole, code, strong, emphasis, link] = found;
    if (code !== undefined) spans.push({ font: 'code', text: code });
    else if (strong !== undefined) spans.push({ font: 'strong', text: withoutEscapes(strong) });
    else if (emphasis !== undefined) spans.push({ font: 'emphasis', text: withoutEscapes(emphasis) });
    else spans.push(...parseSpans(link!));
    at = found.index + whole.length;
  }
  return [...spans, ...plain(text.slice(at))];
}

function plain(text: string): Span[] {
  return text === '' ? [] : [{ font: 'plain', text: withoutEscapes(text) }];
}

function withoutEscapes(text: string): string {
  return text.replace(/\\([\\`*_<>|[\]#])/g, '$1');
}

/** Lines of no more than `width` characters, but for words that are longer. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
