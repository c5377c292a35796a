/**
 * A small reader of XML, for documents that programs write: elements, attributes, text, CDATA, comments, instructions.
 *
 * It is strict where a document would mean something else otherwise (tags that do not match, entities that are not
 * declared), and reads no document type: it fetches nothing, and no entity grows.
 */
import { badInput } from './point-text.js';

/** What comes next in a document. */
export type XmlEvent =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string };

const DEEPEST = 64;
const LONGEST_MARKUP = 64 * 1024;
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

const NAME = '[A-Za-z_:][-A-Za-z0-9_:.]*';
const TAG = new RegExp(`<(/?)(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>`, 'y');
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'g');
const NAMED: { readonly [name: string]: string } = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

export class XmlReader {
  readonly #text: string;
  readonly #open: string[] = [];
  #at: number;
  #hasRoot = false;
  /** The second half of an element that has no content. */
  #pending: XmlEvent | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.startsWith('\uFEFF') ? 1 : 0;
  }

  /** Line of the place reached, counted from 1. */
  get line(): number {
    let line = 1;
    for (let at = this.#text.indexOf('\n'); at !== -1 && at < this.#at; at = this.#text.indexOf('\n', at + 1))
      line++;
    return line;
  }

  /**
   * The next event; undefined at the end of the document. Text of nothing but blanks is passed over.
   *
   * @throws WhisperError `WSP_BAD_INPUT`
   */
  next(): XmlEvent | undefined {
    if (this.#pending !== undefined) {
      const event = this.#pending;
      this.#pending = undefined;
      return event;
    }
    while (this.#at < this.#text.length) {
      const event = this.#text[this.#at] === '<' ? this.#markup() : this.#plainText();
      if (event !== undefined) return event;
    }
    const open = this.#open.at(-1);
    if (open !== undefined) throw this.refuse(`the text ends within <${open}>`, `</${open}>`);
    if (!this.#hasRoot) throw this.refuse('no element', 'an XML document');
    return undefined;
  }

  /** Passes over the rest of the element that was opened last. */
  skip(): void {
    for (let depth = 1; depth > 0; ) {
      const event = this.next();
      if (event?.kind === 'open') depth++;
      else if (event?.kind === 'close') depth--;
    }
  }

  /** The text of the element that was opened last, which holds no other element; without blanks at its ends. */
  text(): string {
    let text = '';
    for (;;) {
      const event = this.next();
      if (event?.kind === 'text') text += event.text;
      else if (event?.kind === 'close') return text.trim();
      else throw this.refuse(`an element <${event?.name}>`, 'text');
    }
  }

  refuse(found: string, expected: string) {
    return badInput(`line ${this.line}: ${found}`, expected);
  }

  #plainText(): XmlEvent | undefined {
    const end = this.#text.indexOf('<', this.#at);
    const raw = this.#text.slice(this.#at, end === -1 ? undefined : end);
    if (raw.trim() === '') {
      this.#at += raw.length;
      return undefined;
    }
    if (this.#open.length === 0)
      throw this.refuse(`'${shorten(raw.trim())}' outside of any element`, 'an XML document');
    const text = this.#decode(raw);
    this.#at += raw.length;
    return { kind: 'text', text };
  }

  #markup(): XmlEvent | undefined {
    if (this.#startsWith('<!--')) return this.#pass('<!--', '-->');
    if (this.#startsWith('<?')) return this.#pass('<?', '?>');
    if (this.#startsWith('<![CDATA[')) return this.#cdata();
    if (this.#startsWith('<!')) return this.#doctype();
    TAG.lastIndex = this.#at;
    const match = TAG.exec(this.#text);
    if (match === null) {
      throw this.refuse(
        `'${shorten(this.#text.slice(this.#at, this.#at + 40))}'`,
        'a tag with quoted attributes',
      );
    }
    const [whole, slash, name = '', attributes = '', selfClosing] = match;
    const event =
      slash === '/' ? this.#close(name, attributes + selfClosing) : this.#openElement(name, attributes);
    this.#at += whole.length;
    if (selfClosing === '/' && slash === '') {
      this.#open.pop();
      this.#pending = { kind: 'close', name };
    }
    return event;
  }

  #openElement(name: string, attributes: string): XmlEvent {
    if (this.#open.length === 0 && this.#hasRoot) throw this.refuse(`a second document, <${name}>`, 'one');
    if (this.#open.length >= DEEPEST) throw this.refuse(`elements ${DEEPEST + 1} deep`, `at most ${DEEPEST}`);
    this.#hasRoot = true;
    this.#open.push(name);
    return {
      kind: 'open',
      name,
      attributes: attributes === '' ? NO_ATTRIBUTES : this.#attributes(attributes),
    };
  }

  #close(name: string, rest: string): XmlEvent {
    const open = this.#open.pop();
    if (open === name && rest === '') return { kind: 'close', name };
    throw this.refuse(`</${name}${rest}>`, open === undefined ? 'no more tags' : `</${open}>`);
  }

  #attributes(text: string): Map<string, string> {
    const attributes = new Map<string, string>();
    for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) {
      if (attributes.has(name)) throw this.refuse(`the attribute ${name} twice`, 'once');
      attributes.set(name, this.#decode(double ?? single ?? ''));
    }
    return attributes;
  }

  #cdata(): XmlEvent {
    const start = this.#at + '<![CDATA['.length;
    const end = this.#text.indexOf(']]>', start);
    if (end === -1 || this.#open.length === 0) throw this.refuse('CDATA that is not closed', ']]>');
    this.#at = end + 3;
    return { kind: 'text', text: this.#text.slice(start, end) };
  }

  /** Without a subset of its own, which could declare entities. */
  #doctype(): undefined {
    const declared = /<!DOCTYPE\s[^<>[\]"']*(?:"[^"]*"[^<>[\]"']*|'[^']*'[^<>[\]"']*)*>/y;
    declared.lastIndex = this.#at;
    const match = declared.exec(this.#text.slice(0, this.#at + LONGEST_MARKUP));
    if (match === null || this.#hasRoot)
      throw this.refuse('a declaration', 'elements, comments, or a plain DOCTYPE');
    this.#at += match[0].length;
    return undefined;
  }

  #pass(start: string, end: string): undefined {
    const found = this.#text.indexOf(end, this.#at + start.length);
    if (found === -1) throw this.refuse(`a ${start} that is not closed`, end);
    this.#at = found + end.length;
    return undefined;
  }

  #decode(raw: string): string {
    if (!raw.includes('&')) return raw;
    return raw.replace(/&([^;&]*);?/g, (whole, name: string) => {
      const number = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
      const code =
        number === null
          ? undefined
          : Number.parseInt(number[1] ?? number[2]!, number[1] === undefined ? 10 : 16);
      const text =
        code === undefined ? (Object.hasOwn(NAMED, name) ? NAMED[name] : undefined) : characterOf(code);
      if (text === undefined || !whole.endsWith(';'))
        throw this.refuse(`'${shorten(whole)}'`, '&lt; &gt; &amp; &quot; &apos; or a number');
      return text;
    });
  }

  #startsWith(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }
}

function characterOf(code: number): string | undefined {
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    ? String.fromCodePoint(code)
    : undefined;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
