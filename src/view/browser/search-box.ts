/** The search above the tree, whose matches stand in the tree's place. */
import * as api from './api.js';
import { byId, element } from './dom.js';
import { openMenu } from './menu.js';
import { Tree, type TreeHost } from './tree.js';
import { plural } from './words.js';

/** Milliseconds after the last letter. */
const TYPING = 120;

export class SearchBox {
  readonly #box = byId('search') as HTMLInputElement;
  readonly #found = byId('found');
  readonly #list = element('div', { id: 'matches', role: 'tree', 'aria-label': 'Matches', hidden: true });
  readonly #matches: Tree;
  readonly #tree: Tree;
  #selected: ReadonlySet<string> = new Set();
  #asked: AbortController | undefined;
  #typing: ReturnType<typeof setTimeout> | undefined;

  /** @param tree  that of all files */
  constructor(tree: Tree, host: TreeHost) {
    this.#tree = tree;
    this.#matches = new Tree(byId('side').appendChild(this.#list), host);
    this.#box.addEventListener('input', () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => void this.#find(), TYPING);
    });
    this.#box.addEventListener('keydown', (event) => this.#onKey(event));
    document.addEventListener('keydown', (event) => this.#onSlash(event));
  }

  select(ids: ReadonlySet<string>): void {
    this.#selected = ids;
    this.#matches.select(ids);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.#box.value !== '') {
      event.preventDefault();
      this.#box.value = '';
      void this.#find();
    }
    if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
    event.preventDefault();
    clearTimeout(this.#typing);
    void this.#find().then(() => (this.#box.value.trim() === '' ? this.#tree : this.#matches).focus());
  }

  /** From anywhere on the page, as people are used to. */
  #onSlash(event: KeyboardEvent): void {
    if (event.key !== '/' || event.target === this.#box) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    openMenu();
    this.#box.focus();
    this.#box.select();
  }

  async #find(): Promise<void> {
    this.#asked?.abort();
    const question = this.#box.value.trim();
    byId('tree').hidden = question !== '';
    this.#list.hidden = question === '';
    this.#found.textContent = '';
    if (question === '') return;
    this.#asked = new AbortController();
    try {
      const found = await api.search(question, this.#asked.signal);
      const count = found.entries.length + found.more;
      const first = found.more > 0 ? `, the first ${found.entries.length}` : '';
      this.#found.textContent = count === 0 ? 'no file' : `${plural(count, 'file')}${first}`;
      this.#matches.showMatches(found);
      this.#matches.select(this.#selected);
    } catch (error) {
      // One that was given up for the next has nothing to say.
      if (!(error instanceof DOMException)) this.#found.textContent = 'the search failed';
    }
  }
}
