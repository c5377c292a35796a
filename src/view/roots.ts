/**
 * The files and folders that `view` was given, and the only way to anything in them.
 *
 * A page knows them by ids: the number of a root, and behind it the path in that, `0/carbon/agents/a.wsp`. Whatever an id
 * says, what comes of it is a folder or a .wsp file inside its root, links resolved, or a refusal.
 */
import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { systemError, WhisperError } from '../errors.js';
import { notFound } from './refusal.js';
import type { WireEntry, WireFolder, WireList } from './wire.js';

export const EXTENSION = '.wsp';
/** Entries that are sent at once. */
const PAGE_SIZE = 500;
const ORDER = new Intl.Collator('en', { numeric: true });

/** One of the paths that were given. */
export interface Root {
  /** As it was typed. */
  readonly path: string;
  /** Without links. */
  readonly real: string;
  readonly isFolder: boolean;
}

/** @throws WhisperError `WSP_NOT_FOUND`, `WSP_NOT_A_FILE`, `WSP_SYSTEM` */
export function openRoots(paths: readonly string[]): Root[] {
  return paths.map((path) => {
    try {
      const real = realpathSync(path);
      const stats = statSync(real);
      if (stats.isDirectory() || stats.isFile()) return { path, real, isFolder: stats.isDirectory() };
    } catch (error) {
      throw systemError(error, path, 'look at it');
    }
    throw new WhisperError('WSP_NOT_A_FILE', { path, found: 'neither a file nor a folder' });
  });
}

/** A file or folder that an id stands for. */
export interface Place {
  readonly id: string;
  /** Path on the disk, without links. */
  readonly real: string;
  /** As a person would name it. */
  readonly label: string;
  readonly isFolder: boolean;
}

/** @throws Refusal 404, whatever is wrong with the id: nobody learns what lies outside */
export function findPlace(roots: readonly Root[], id: string): Place {
  const [number = '', ...segments] = id.split('/');
  const root = /^\d{1,6}$/.test(number) ? roots[Number(number)] : undefined;
  if (root === undefined || !segments.every(isPlainName)) throw notFound('file or folder');
  if (!root.isFolder && segments.length > 0) throw notFound('file or folder');
  const real = realOf(join(root.real, ...segments));
  const stats = real === undefined ? undefined : statOf(real);
  if (real === undefined || stats === undefined || !isInside(root.real, real))
    throw notFound('file or folder');
  const isFolder = stats.isDirectory();
  // A file that was named itself may have any name.
  const isNamed = segments.length === 0;
  const isDatabase = [segments.at(-1) ?? '', real].every((name) => name.endsWith(EXTENSION));
  if (!isFolder && !isNamed && !(stats.isFile() && isDatabase)) throw notFound('file or folder');
  return { id, real, label: [root.path.replace(/(?<=.)\/+$/, ''), ...segments].join('/'), isFolder };
}

/** What stands in a folder, folders first, a page of it; of the empty id the roots, or what stands in the only one. */
export function listFolder(roots: readonly Root[], id: string, skip: number): WireFolder {
  const [only] = roots;
  if (id === '' && (roots.length > 1 || !only!.isFolder)) {
    return { ...pageOf(roots.map(rootEntry), skip), watched: null, stamp: null };
  }
  const place = findPlace(roots, id === '' ? '0' : id);
  // Before it is read: what comes after it is told by the next question.
  const stamp = stampOf(roots, place.id);
  if (!place.isFolder) throw notFound('folder');
  const root = roots[Number(place.id.split('/')[0])]!;
  const entries = entriesOf(place.real).flatMap((entry): WireEntry[] => {
    const kind = kindOf(root, place.real, entry);
    return kind === undefined ? [] : [{ kind, id: `${place.id}/${entry.name}`, name: entry.name }];
  });
  const inOrder = entries.sort((a, b) =>
    a.kind === b.kind ? ORDER.compare(a.name, b.name) : a.kind === 'folder' ? -1 : 1,
  );
  return { ...pageOf(inOrder, skip), watched: place.id, stamp };
}

/** What an entry of a folder is to a page: undefined is nothing to show. A link counts as what it leads to, inside the root. */
export function kindOf(root: Root, folder: string, entry: Dirent): WireEntry['kind'] | undefined {
  if (!isPlainName(entry.name)) return undefined;
  const isDatabase = entry.name.endsWith(EXTENSION);
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return isDatabase ? 'file' : undefined;
  if (!entry.isSymbolicLink()) return undefined;
  const real = realOf(join(folder, entry.name));
  if (real === undefined || !isInside(root.real, real)) return undefined;
  const stats = statOf(real);
  if (stats?.isDirectory()) return 'folder';
  return stats?.isFile() && isDatabase && real.endsWith(EXTENSION) ? 'file' : undefined;
}

/** Tells one state of a file or folder from the next; null if it is gone. */
export function stampOf(roots: readonly Root[], id: string): string | null {
  try {
    const { mtimeNs, size, ino } = statSync(findPlace(roots, id).real, { bigint: true });
    return `${mtimeNs}:${size}:${ino}`;
  } catch {
    return null;
  }
}

function pageOf(entries: readonly WireEntry[], skip: number): WireList {
  const end = skip + PAGE_SIZE;
  return { entries: entries.slice(skip, end), more: Math.max(0, entries.length - end) };
}

function rootEntry({ path, isFolder }: Root, index: number): WireEntry {
  const name = /^[./\\]*$/.test(path) ? resolve(path) : path;
  return { kind: isFolder ? 'folder' : 'file', id: `${index}`, name: isFolder ? name : basename(name) };
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    throw notFound('folder that can be read');
  }
}

/** Names that begin with a dot are nobody's metrics, and two of them lead elsewhere. */
function isPlainName(name: string): boolean {
  return (
    name !== '' && !name.startsWith('.') && !name.includes('\0') && !name.includes('/') && !name.includes(sep)
  );
}

function isInside(root: string, real: string): boolean {
  const way = relative(root, real);
  return way !== '..' && !way.startsWith(`..${sep}`) && resolve(root, way) === real;
}

export function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
