/** Finding files by parts of their names. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EXTENSION, kindOf, type Root, realOf } from './roots.js';
import type { WireEntry, WireList } from './wire.js';

/** Matches that are sent. */
const MOST_MATCHES = 200;
/** Files that are kept in mind at most. */
const MOST_FILES = 2_000_000;
/** Milliseconds for which the names of a tree are kept: as long as somebody types. */
const FRESH = 5000;

/** The names of all files below the roots, read when they are asked for. */
export class Search {
  readonly #roots: readonly Root[];
  #names: Promise<string[]> | undefined;
  #readAt = 0;

  constructor(roots: readonly Root[]) {
    this.#roots = roots;
  }

  /**
   * Files whose path holds every word of a question, with `*` for anything between; capitals are free, and the dots of a
   * metric's name may stand for the slashes of its path.
   */
  async find(question: string): Promise<WireList> {
    const words = question
      .toLowerCase()
      .slice(0, 500)
      .split(/\s+/)
      .filter((word) => word !== '');
    const found: WireEntry[] = [];
    let more = 0;
    for (const id of await this.#files()) {
      const name = this.#nameOf(id);
      const path = name.toLowerCase();
      const metric = path
        .slice(0, path.endsWith(EXTENSION) ? -EXTENSION.length : undefined)
        .replaceAll('/', '.');
      if (!words.every((word) => holds(path, word) || holds(metric, word))) continue;
      if (found.length < MOST_MATCHES) found.push({ kind: 'file', id, name });
      else more++;
    }
    return { entries: found, more };
  }

  #nameOf(id: string): string {
    const slash = id.indexOf('/');
    const root = this.#roots[Number(slash === -1 ? id : id.slice(0, slash))]!;
    if (slash === -1) return root.path;
    return this.#roots.length === 1 ? id.slice(slash + 1) : `${root.path}/${id.slice(slash + 1)}`;
  }

  #files(): Promise<string[]> {
    const now = performance.now();
    if (this.#names === undefined || now - this.#readAt > FRESH) {
      this.#names = this.#read();
      this.#readAt = now;
    }
    return this.#names;
  }

  async #read(): Promise<string[]> {
    const ids: string[] = [];
    for (const [index, root] of this.#roots.entries()) {
      if (root.isFolder) await walk(root, root.real, `${index}`, new Set(), ids);
      else ids.push(`${index}`);
    }
    return ids;
  }
}

/** @param walked  folders without links, each of which is walked once however many links lead to it */
async function walk(
  root: Root,
  folder: string,
  id: string,
  walked: Set<string>,
  ids: string[],
): Promise<void> {
  if (walked.has(folder) || ids.length >= MOST_FILES) return;
  walked.add(folder);
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const kind = kindOf(root, folder, entry);
    const path = join(folder, entry.name);
    if (kind === 'file') ids.push(`${id}/${entry.name}`);
    if (kind !== 'folder') continue;
    const real = entry.isSymbolicLink() ? realOf(path) : path;
    if (real !== undefined) await walk(root, real, `${id}/${entry.name}`, walked, ids);
  }
}

/** Whether a text holds a word in which `*` is anything: each piece is looked for behind the one before. */
function holds(text: string, word: string): boolean {
  let from = 0;
  for (const piece of word.split('*')) {
    const at = text.indexOf(piece, from);
    if (at === -1) return false;
    from = at + piece.length;
  }
  return true;
}
