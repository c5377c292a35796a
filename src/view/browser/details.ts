/** Below the chart: what is known of one file. */
import type { TimeZone } from '../../tools/time-zone.js';
import type { WireBlocks, WireFindings, WireInfo } from '../wire.js';
import * as api from './api.js';
import { type BlockMapHost, blockMap } from './block-map.js';
import { button, element, fill } from './dom.js';
import { facts } from './facts.js';

/** An answer, or why there is none. */
type Known<T> = T | Error;

export class Details {
  readonly element = element('section', { class: 'cards', 'aria-label': 'The file' });
  readonly #host: BlockMapHost;
  readonly #info = card('Info', 'info');
  readonly #findings = card('Findings', 'findings');
  readonly #blocks = card('Blocks', 'blocks');
  #file = '';
  #told: { info: Known<WireInfo>; findings: Known<WireFindings>; blocks: Known<WireBlocks> } | undefined;

  constructor(host: BlockMapHost) {
    this.#host = host;
    this.element.append(this.#info, this.#findings, this.#blocks);
    this.element.hidden = true;
  }

  /** Reads a file and shows it; undefined shows none. */
  async show(file: string | undefined, zone: TimeZone): Promise<void> {
    this.element.hidden = file === undefined;
    if (file === undefined) return;
    const isOther = file !== this.#file;
    this.#file = file;
    if (isOther) {
      for (const part of [this.#info, this.#findings, this.#blocks]) body(part).replaceChildren();
      this.#blocks.hidden = true;
    }
    const wasDeep = !isOther && this.#told !== undefined && isDeep(this.#told.findings);
    // One after the other: what is read first stands there while the rest is read.
    const findings = await known(api.findings(file, wasDeep));
    if (file === this.#file) this.#showFindings(findings);
    const info = await known(api.info(file));
    const blocks = await known(api.blocks(file));
    if (file !== this.#file) return;
    this.#told = { info, findings, blocks };
    this.draw(zone);
  }

  /** Shows again what is known, in another zone. */
  draw(zone: TimeZone): void {
    if (this.#told === undefined) return;
    const { info, findings, blocks } = this.#told;
    fill(
      body(this.#info),
      ...(info instanceof Error ? [refusal(info)] : [path(info), ...facts(info.description, zone)]),
    );
    this.#showFindings(findings);
    const archives = blocks instanceof Error ? [] : blocks.archives;
    const hasFocus = this.#blocks.contains(document.activeElement);
    this.#blocks.hidden = archives.length === 0;
    if (!hasFocus) fill(body(this.#blocks), ...blockMap(archives, zone, this.#host));
  }

  #showFindings(known: Known<WireFindings>): void {
    const parts = known instanceof Error ? [refusal(known)] : [this.#list(known)];
    fill(body(this.#findings), ...parts);
  }

  #list({ findings, isDeep }: WireFindings): HTMLElement {
    const list = element(
      'ul',
      { class: 'findings' },
      ...findings.map(({ level, code, message }) =>
        element(
          'li',
          { class: level },
          element('b', {}, level),
          ` ${message} `,
          element('span', { class: 'faint' }, code),
        ),
      ),
    );
    const none = element(
      'p',
      { class: 'good' },
      isDeep ? 'Nothing is wrong with it.' : 'Nothing is wrong with its header.',
    );
    const deeper = button('Read every slot and block', () => void this.#lookDeeper(), { id: 'deeper' });
    return element('div', {}, findings.length === 0 ? none : list, isDeep ? null : deeper);
  }

  async #lookDeeper(): Promise<void> {
    const file = this.#file;
    const findings = await known(api.findings(file, true));
    if (file !== this.#file) return;
    if (this.#told !== undefined) this.#told.findings = findings;
    this.#showFindings(findings);
  }
}

async function known<T>(answer: Promise<T>): Promise<Known<T>> {
  try {
    return await answer;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function isDeep(findings: Known<WireFindings>): boolean {
  return !(findings instanceof Error) && findings.isDeep;
}

function card(title: string, id: string): HTMLElement {
  return element(
    'article',
    { class: 'card', id },
    element('h2', {}, title),
    element('div', { class: 'body' }),
  );
}

function body(of: HTMLElement): Element {
  return of.querySelector('.body')!;
}

function path({ path }: WireInfo): HTMLElement {
  return element('p', { class: 'path' }, path);
}

function refusal(error: Error): HTMLElement {
  return element('p', { class: 'error', role: 'alert' }, error.message);
}
