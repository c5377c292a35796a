/**
 * Configuration files of carbon and go-carbon: sections of `key = value`, in the order of the file.
 *
 * They are read as carbon reads them under Python 3:
 *
 *   [name]            begins a section
 *   key = value       or `key: value`; the first of the two signs counts, keys are in any case
 *     more            a line that is indented further than its key goes on with the value
 *   # text  ; text    whole lines only; behind a value such text belongs to it
 *
 * `%` stands for itself, and a section of the name DEFAULT gives the others what they do not say.
 */
import type { Mistakes } from './mistakes.js';

export interface IniSection {
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
  /** By lower-case key. */
  readonly entries: ReadonlyMap<string, IniEntry>;
}

export interface IniEntry {
  readonly line: number;
  /** Without the blanks around it; the lines of a longer one are parted by `\n`. */
  readonly value: string;
}

export interface IniFile {
  readonly sections: readonly IniSection[];
  /** What is odd though it can be read. */
  readonly warnings: readonly string[];
}

interface OpenEntry {
  readonly line: number;
  readonly lines: string[];
}

const DEFAULTS = 'DEFAULT';
const COMMENT = /^\s*[#;]/;
const HEADER = /^\[([^\]]+)\]\s*([#;].*)?$/;
const ENTRY = /^([^=:]*?)\s*[=:]\s*(.*)$/;

/**
 * @param text   with or without a byte order mark, with line ends of any kind
 * @param known  the keys that matter, in lower case: one that is indented is a key all the same, as go-carbon has it
 */
export function parseIni(text: string, known: readonly string[], mistakes: Mistakes): IniFile {
  const reader = new IniReader(known, mistakes);
  for (const [i, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries())
    reader.read(line, i + 1);
  return reader.finish();
}

class IniReader {
  readonly #known: readonly string[];
  readonly #mistakes: Mistakes;
  readonly #sections: { name: string; line: number; entries: Map<string, OpenEntry> }[] = [];
  readonly #warnings: string[] = [];
  /** What a line that is indented further goes on with. */
  #entry: OpenEntry | undefined;
  #indent = 0;

  constructor(known: readonly string[], mistakes: Mistakes) {
    this.#known = known;
    this.#mistakes = mistakes;
  }

  read(line: string, number: number): void {
    const content = line.trim();
    if (content === '' || COMMENT.test(content)) return;
    const indent = line.length - line.trimStart().length;
    if (this.#entry !== undefined && indent > this.#indent && !this.#isKnownKey(content, number)) {
      this.#entry.lines.push(content);
      return;
    }
    this.#indent = indent;
    const header = HEADER.exec(content);
    if (header !== null) this.#begin(header[1]!, number);
    else this.#take(content, number);
  }

  #isKnownKey(content: string, number: number): boolean {
    const key = ENTRY.exec(content)?.[1]?.toLowerCase();
    if (key === undefined || !this.#known.includes(key)) return false;
    this.#warnings.push(
      `line ${number}: '${key}' is indented further than the line above; carbon takes it for a part of that, go-carbon for a key`,
    );
    return true;
  }

  #begin(name: string, line: number): void {
    const former = this.#sections.find((section) => section.name === name);
    if (former !== undefined) {
      this.#warnings.push(
        `line ${line}: a second section [${name}], after that of line ${former.line}; carbon refuses it under Python 3`,
      );
    }
    this.#sections.push({ name, line, entries: new Map() });
    this.#entry = undefined;
  }

  #take(content: string, line: number): void {
    this.#entry = undefined;
    const [, key = '', value = ''] = ENTRY.exec(content) ?? [];
    const section = this.#sections.at(-1);
    if (key === '') this.#mistakes.add(line, `'${content}'`, '[section], or key = value');
    else if (section === undefined)
      this.#mistakes.add(line, `'${content}' before the first section`, '[section]');
    else {
      const name = key.toLowerCase();
      if (section.entries.has(name))
        this.#warnings.push(`line ${line}: a second '${name}' in [${section.name}], which counts`);
      this.#entry = { line, lines: [value] };
      section.entries.set(name, this.#entry);
    }
  }

  finish(): IniFile {
    const defaults = this.#sections
      .filter(({ name }) => name === DEFAULTS)
      .flatMap(({ entries }) => [...entries]);
    const sections = this.#sections.map(({ name, line, entries }) => {
      const all = [...defaults, ...entries].map(([key, entry]) => [key, closed(entry)] as const);
      return { name, line, entries: new Map(all) };
    });
    return { sections, warnings: this.#warnings };
  }
}

function closed({ line, lines }: OpenEntry): IniEntry {
  return { line, value: lines.join('\n').trim() };
}
