/** The side file that holds a journal: where it lies, and what is found there. */
import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { systemError } from '../errors.js';
import { decodeWriter, type FileIdentity, JOURNAL_SUFFIX } from './journal.js';
import { isAtWork } from './writer.js';

/** A side file as it was found. */
export interface FoundJournal {
  readonly path: string;
  readonly inode: number;
  readonly bytes: Uint8Array;
  /** Whether whoever writes it may be at work on the database. */
  readonly isAtWork: boolean;
}

/** Milliseconds in which a writer that has made its journal writes who it is. */
const BEGINNING_MS = 500;
/** How many times as long as its database a journal may be: of each byte it holds two, and of each span a few more. */
const MOST_TIMES = 16;
const SMALL = 64 * 1024;

/** Where the journal of a database lies: beside the file itself, also if that is reached by a symbolic link. */
export function journalPathOf(path: string): string {
  return `${realpathSync(path)}${JOURNAL_SUFFIX}`;
}

/**
 * Whether there is something to look at.
 *
 * @param isDirect  the path is surely no symbolic link
 * @throws WhisperError `WSP_SYSTEM`
 */
export function hasJournal(path: string, isDirect = false): boolean {
  if (existsSync(`${path}${JOURNAL_SUFFIX}`)) return true;
  if (isDirect) return false;
  try {
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    return isLink && existsSync(journalPathOf(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw systemError(error, path, 'look for its journal');
  }
}

/**
 * Which file a path leads to.
 *
 * @throws WhisperError `WSP_NOT_FOUND`, `WSP_SYSTEM`
 */
export function identityOf(path: string): FileIdentity {
  const { dev, ino, birthtimeNs, ctimeNs, size } = statOf(path);
  // Where no birth is kept, some systems tell the time of the last change in its place.
  const birth = birthtimeNs === ctimeNs || birthtimeNs < 0n ? 0n : birthtimeNs;
  return { device: dev, inode: ino, birth, size: Number(size) };
}

function statOf(path: string): BigIntStats {
  try {
    return statSync(path, { bigint: true });
  } catch (error) {
    throw systemError(error, path, 'look at it');
  }
}

/**
 * Reads the journal of a database.
 *
 * @returns  undefined if there is none, or something that is no file in its place
 */
export function findJournal(path: string): FoundJournal | undefined {
  let fd: number | undefined;
  try {
    const journal = journalPathOf(path);
    fd = openSync(journal, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
    const stat = fstatSync(fd);
    if (!stat.isFile()) return undefined;
    const most = Math.max(SMALL, MOST_TIMES * statSync(path).size);
    const bytes = readAll(fd, Math.min(stat.size, most));
    return { path: journal, inode: stat.ino, bytes, isAtWork: mayBeAtWork(bytes, stat) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENXIO') return undefined;
    throw systemError(error, path, 'read its journal');
  } finally {
    if (fd !== undefined) closeQuietly(fd);
  }
}

function readAll(fd: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let done = 0;
  while (done < size) {
    const read = readSync(fd, bytes, done, size - done, done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}

function mayBeAtWork(bytes: Uint8Array, { mtimeMs }: Stats): boolean {
  const writer = decodeWriter(bytes);
  return writer === undefined ? Math.abs(Date.now() - mtimeMs) < BEGINNING_MS : isAtWork(writer);
}

/**
 * Makes the journal's file; the name is its writer's until it is removed.
 *
 * @returns  a descriptor; undefined if the name is taken
 */
export function makeJournal(journal: string): number | undefined {
  try {
    return openSync(journal, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

export function writeJournal(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, done);
}

/** Removes the journal that a descriptor is of, unless somebody else has done so, and perhaps made another. */
export function removeOwnJournal(journal: string, fd: number): void {
  if (!isRemoved(fd)) unlinkSync(journal);
}

function isRemoved(fd: number): boolean {
  try {
    return fstatSync(fd).nlink === 0;
  } catch {
    // As far as one can tell it is there.
    return false;
  }
}

/** Removes a journal that was found; one that somebody else has removed since is no error, nor is another in its place. */
export function removeFound({ path, inode }: Pick<FoundJournal, 'path' | 'inode'>): void {
  try {
    if (statSync(path).ino === inode) unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** What was to be done with the file is done, or has failed already. */
export function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Linux gives the descriptor up whatever it answers.
  }
}

/** What systems answer that cannot sync a folder. */
const NO_FOLDER_SYNC: readonly unknown[] = ['EPERM', 'EACCES', 'EINVAL', 'EISDIR', 'ENOTSUP', 'EOPNOTSUPP'];

/** Returns once the names in the folder of a file are on the disk, where the system can do that. */
export function syncNames(path: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(dirname(path), 'r');
    fsyncSync(fd);
  } catch (error) {
    if (!NO_FOLDER_SYNC.includes((error as NodeJS.ErrnoException).code)) throw error;
  } finally {
    if (fd !== undefined) closeQuietly(fd);
  }
}
