/**
 * A tree of folders and files, or of the matches of a search. A folder is read when it is opened, a page of its entries at
 * a time. One row has the focus, which the arrows move.
 */
import type { WireEntry, WireFolder, WireList } from '../wire.js';
import * as api from './api.js';
import { element } from './dom.js';
import { whole } from './words.js';

export interface TreeHost {
  /** A file was chosen, alone or (with Ctrl, Shift or the Space bar) beside those that are shown. */
  onChoose(entry: WireEntry, isBeside: boolean): void;
}

interface Row {
  readonly element: HTMLElement;
  readonly entry: WireEntry | undefined;
}

/** A folder that is open. */
export interface OpenFolder {
  /** By which it is read again; of the root empty. */
  readonly id: string;
  /** By which changes of it are asked for. */
  readonly watched: string;
  readonly stamp: string | null;
}

export class Tree {
  readonly #host: TreeHost;
  readonly #root: HTMLElement;
  readonly #rows = new WeakMap<Element, Row>();
  /** By the element that holds their rows. */
  readonly #folders = new WeakMap<Element, OpenFolder>();
  #selected: ReadonlySet<string> = new Set();

  constructor(root: HTMLElement, host: TreeHost) {
    this.#root = root;
    this.#host = host;
    root.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** Folders that are open, as they were when they were read. */
  get openFolders(): OpenFolder[] {
    const groups = [this.#root, ...this.#root.querySelectorAll('[role="group"]')];
    return groups.flatMap((group) => this.#folders.get(group) ?? []);
  }

  /** @returns  names of the entries at the top, by id */
  async showRoot(): Promise<Map<string, string>> {
    await this.#load(this.#root, '', 1);
    const rows = this.#visible();
    const names = new Map(rows.map((row) => [row.dataset['id'] ?? '', row.title]));
    // A single folder has nothing beside it that opening it would hide.
    if (rows.length === 1 && rows[0]!.getAttribute('aria-expanded') === 'false') await this.#open(rows[0]!);
    return names;
  }

  showMatches(found: WireList): void {
    this.#root.replaceChildren(...found.entries.map((entry) => this.#item(entry, 1)));
    this.#settle();
  }

  /** Reads an open folder again: what is new in it appears, what is gone goes, all else stays as it is. */
  async refresh(folder: string): Promise<void> {
    const row = folder === '' ? undefined : this.#rowOf(folder);
    if (folder !== '' && row === undefined) return;
    const group = row === undefined ? this.#root : groupOf(row);
    if (group !== null) await this.#load(group, folder, levelOf(row) + 1, true);
  }

  select(ids: ReadonlySet<string>): void {
    this.#selected = ids;
    for (const row of this.#root.querySelectorAll<HTMLElement>('[role="treeitem"]')) this.#mark(row);
  }

  focus(): void {
    (this.#root.querySelector<HTMLElement>('[tabindex="0"]') ?? this.#visible()[0])?.focus();
  }

  /** @param isAgain  as many entries as stand there already, and those rows are kept */
  async #load(group: HTMLElement, folder: string, level: number, isAgain = false): Promise<void> {
    const kept = new Map<string, HTMLElement>();
    if (isAgain) {
      for (const child of group.children) {
        const { id } = (child.querySelector('[role="treeitem"]') as HTMLElement | null)?.dataset ?? {};
        if (id !== undefined) kept.set(id, child as HTMLElement);
      }
    }
    let found: WireFolder;
    try {
      found = await api.list(folder);
      while (found.more > 0 && found.entries.length < kept.size) {
        const next = await api.list(folder, found.entries.length);
        found = { ...found, entries: [...found.entries, ...next.entries], more: next.more };
      }
    } catch (error) {
      group.replaceChildren(
        element('p', { class: 'faint note' }, error instanceof Error ? error.message : 'unreadable'),
      );
      return;
    }
    const { watched, stamp } = found;
    if (watched !== null) this.#folders.set(group, { id: folder, watched, stamp });
    const hadFocus = group.contains(document.activeElement) ? document.activeElement : null;
    const items = found.entries.map((entry) => kept.get(entry.id) ?? this.#item(entry, level));
    const isSame =
      isAgain &&
      items.length === group.children.length &&
      items.every((item, i) => group.children[i] === item);
    if (!isSame) group.replaceChildren(...items, ...this.#rest(found, folder, level, group));
    if (items.length === 0) group.append(element('p', { class: 'faint note' }, 'empty'));
    if (hadFocus instanceof HTMLElement && hadFocus.isConnected) hadFocus.focus();
    this.#settle();
  }

  /** The row that brings more of a long folder. */
  #rest({ more }: WireList, folder: string, level: number, group: HTMLElement): HTMLElement[] {
    if (more === 0) return [];
    const row = this.#row(`${whole(more)} more …`, level, 'more');
    const item = element('div', { role: 'none' }, row);
    this.#rows.set(row, { element: row, entry: undefined });
    row.addEventListener('click', async () => {
      const found = await api.list(folder, group.querySelectorAll(':scope > [role="none"]').length - 1);
      const isFocused = row.tabIndex === 0;
      const items = found.entries.map((entry) => this.#item(entry, level));
      item.replaceWith(...items, ...this.#rest(found, folder, level, group));
      if (isFocused) items[0]?.querySelector<HTMLElement>('[role="treeitem"]')?.focus();
      this.#settle();
    });
    return [item];
  }

  #item(entry: WireEntry, level: number): HTMLElement {
    const row = this.#row(entry.name, level, entry.kind);
    row.dataset['id'] = entry.id;
    row.title = entry.name;
    const item = element('div', { role: 'none' }, row);
    this.#rows.set(row, { element: row, entry });
    if (entry.kind === 'folder') {
      row.setAttribute('aria-expanded', 'false');
      row.addEventListener('click', () => void this.#toggle(row));
    } else {
      row.addEventListener('click', (event) => {
        this.#host.onChoose(entry, event.ctrlKey || event.metaKey || event.shiftKey);
      });
      this.#mark(row);
    }
    return item;
  }

  #row(text: string, level: number, kind: string): HTMLElement {
    const row = element(
      'div',
      { role: 'treeitem', 'aria-level': level, tabindex: -1, class: `row ${kind}` },
      element('span', { class: 'mark', 'aria-hidden': 'true' }),
      element('span', { class: 'name' }, text),
    );
    row.style.paddingLeft = `${6 + (level - 1) * 14}px`;
    row.addEventListener('focus', () => this.#moveStop(row));
    return row;
  }

  #mark(row: HTMLElement): void {
    const { id } = row.dataset;
    if (id === undefined || row.classList.contains('folder')) return;
    row.setAttribute('aria-selected', String(this.#selected.has(id)));
  }

  async #toggle(row: HTMLElement): Promise<void> {
    if (row.getAttribute('aria-expanded') === 'false') await this.#open(row);
    else this.#close(row);
  }

  async #open(row: HTMLElement): Promise<void> {
    row.setAttribute('aria-expanded', 'true');
    const group = element('div', { role: 'group' });
    row.after(group);
    await this.#load(group, row.dataset['id']!, levelOf(row) + 1);
  }

  #close(row: HTMLElement): void {
    row.setAttribute('aria-expanded', 'false');
    groupOf(row)?.remove();
    this.#settle();
  }

  #onKey(event: KeyboardEvent): void {
    const row = event.target as HTMLElement;
    if (row.getAttribute('role') !== 'treeitem') return;
    const action = this.#actions(row)[event.key];
    if (action === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    action();
  }

  #actions(row: HTMLElement): Readonly<Record<string, () => void>> {
    const rows = this.#visible();
    const at = rows.indexOf(row);
    const isOpen = row.getAttribute('aria-expanded');
    return {
      ArrowDown: () => rows[at + 1]?.focus(),
      ArrowUp: () => rows[at - 1]?.focus(),
      PageDown: () => rows[Math.min(rows.length - 1, at + 15)]?.focus(),
      PageUp: () => rows[Math.max(0, at - 15)]?.focus(),
      Home: () => rows[0]?.focus(),
      End: () => rows.at(-1)?.focus(),
      ArrowRight: () => {
        if (isOpen === 'false') void this.#open(row);
        else if (isOpen === 'true') groupOf(row)?.querySelector<HTMLElement>('[role="treeitem"]')?.focus();
      },
      ArrowLeft: () => {
        if (isOpen === 'true') this.#close(row);
        else parentOf(row)?.focus();
      },
      Enter: () => row.click(),
      ' ': () => {
        const entry = this.#rows.get(row)?.entry;
        if (entry?.kind === 'file') this.#host.onChoose(entry, true);
        else row.click();
      },
    };
  }

  #visible(): HTMLElement[] {
    return [...this.#root.querySelectorAll<HTMLElement>('[role="treeitem"]')];
  }

  #rowOf(id: string): HTMLElement | undefined {
    return this.#visible().find((row) => row.dataset['id'] === id);
  }

  /** Tab stops at one row alone. */
  #moveStop(row: HTMLElement): void {
    for (const other of this.#root.querySelectorAll<HTMLElement>('[tabindex="0"]')) other.tabIndex = -1;
    row.tabIndex = 0;
  }

  #settle(): void {
    if (this.#root.querySelector('[tabindex="0"]') !== null) return;
    const [first] = this.#visible();
    if (first !== undefined) first.tabIndex = 0;
  }
}

function groupOf(row: HTMLElement): HTMLElement | null {
  const { nextElementSibling: next } = row;
  return next?.getAttribute('role') === 'group' ? (next as HTMLElement) : null;
}

function parentOf(row: HTMLElement): HTMLElement | null {
  const group = row.closest('[role="group"]');
  return (group?.previousElementSibling as HTMLElement | null | undefined) ?? null;
}

function levelOf(row: HTMLElement | undefined): number {
  return row === undefined ? 0 : Number(row.getAttribute('aria-level'));
}
