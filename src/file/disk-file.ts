import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { systemError, WhisperError } from '../errors.js';
import type { ByteFile } from './byte-file.js';
import { type LockRequest, lockDescriptor } from './lock.js';

export type { LockRequest } from './lock.js';

/** Bytes of one call: Node takes no 2³¹ at once. */
const LONGEST_CALL = 2 ** 30;

/** Far more than a write takes, and than what the times of files are rounded to. */
const LATELY_MS = 400;

/** A file on disk, by `node:fs`; every refusal of the system comes out as a WhisperError with the path. */
export class DiskFile implements ByteFile {
  readonly path: string;
  readonly name: string;
  /** Bytes it had when it was opened; undefined for a new file, and for one that others may have changed since. */
  sizeAtOpen: number | undefined;
  /** Whether the path is surely that of the file itself, and not of a symbolic link to it. */
  readonly isDirect: boolean;
  #fd: number | undefined;

  /** Takes over an open descriptor, of a new file if no size is given. */
  constructor(path: string, fd: number, sizeAtOpen?: number, isDirect = false) {
    this.path = path;
    this.name = path;
    this.sizeAtOpen = sizeAtOpen;
    this.isDirect = isDirect;
    this.#fd = fd;
  }

  /**
   * Opens an existing file.
   *
   * @throws WhisperError `WSP_NOT_FOUND`, `WSP_NOT_A_FILE`, `WSP_LOCKED`, `WSP_NO_LOCK`, `WSP_SYSTEM`
   */
  static open(path: string, access: 'read' | 'write', lock?: LockRequest): DiskFile {
    if (lock === undefined) return openExisting(path, access);
    const deadline = performance.now() + lock.timeoutMs;
    for (;;) {
      const file = openExisting(path, access);
      try {
        file.lock(lock, deadline);
        if (!file.isReplaced()) return file;
      } catch (error) {
        file.close();
        throw error;
      }
      // Whoever held the lock has put another file in this one's place: that one is meant.
      file.close();
    }
  }

  get #descriptor(): number {
    if (this.#fd === undefined)
      throw new WhisperError('WSP_CLOSED', { path: this.path, found: 'a closed file' });
    return this.#fd;
  }

  /**
   * Locks the file until it is closed.
   *
   * @param deadline  when to give up, by `performance.now`
   */
  lock(request: LockRequest, deadline = performance.now() + request.timeoutMs): void {
    // While it is waited for, its holder may change the file.
    this.sizeAtOpen = undefined;
    lockDescriptor(this.#descriptor, this.path, request, deadline);
  }

  /** True if the path does not stand for this file any more: another took its place, or none did. */
  isReplaced(): boolean {
    return this.#attempt('look for it', (fd) => {
      const mine = fstatSync(fd);
      const there = statSync(this.path, { throwIfNoEntry: false });
      return there?.ino !== mine.ino || there.dev !== mine.dev;
    });
  }

  size(): number {
    return this.#attempt('ask its size', (fd) => fstatSync(fd).size);
  }

  wasWrittenLately(): boolean {
    return this.#attempt('look when it was changed', (fd) => {
      return Math.abs(Date.now() - fstatSync(fd).mtimeMs) < LATELY_MS;
    });
  }

  readAt(into: Uint8Array, length: number, position: number): number {
    let done = 0;
    try {
      while (done < length) {
        const piece = Math.min(length - done, LONGEST_CALL);
        const read = untilUninterrupted(readSync, this.#descriptor, into, done, piece, position + done);
        if (read === 0) break;
        done += read;
      }
    } catch (error) {
      throw this.#refusal(error, `read ${length} bytes at byte ${position}`);
    }
    return done;
  }

  writeAt(from: Uint8Array, length: number, position: number): void {
    let done = 0;
    try {
      while (done < length) {
        const piece = Math.min(length - done, LONGEST_CALL);
        done += untilUninterrupted(writeSync, this.#descriptor, from, done, piece, position + done);
      }
    } catch (error) {
      throw this.#refusal(error, `write ${length} bytes at byte ${position}`);
    }
  }

  sync(): void {
    this.#attempt('sync it to disk', fdatasyncSync);
  }

  close(): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#fd = undefined;
    try {
      closeSync(fd);
    } catch (error) {
      throw this.#refusal(error, 'close it');
    }
  }

  #attempt<T>(action: string, work: (fd: number) => T): T {
    try {
      return work(this.#descriptor);
    } catch (error) {
      throw this.#refusal(error, action);
    }
  }

  #refusal(error: unknown, action: string): WhisperError {
    return error instanceof WhisperError ? error : systemError(error, this.path, action);
  }
}

type Transfer = (fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => number;

/** Makes a call again that a signal has interrupted: of read(2) Node hands that on, where a file system tells of it. */
function untilUninterrupted(transfer: Transfer, ...call: Parameters<Transfer>): number {
  for (;;) {
    try {
      return transfer(...call);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EINTR') throw error;
    }
  }
}

// Without O_NONBLOCK, opening a named pipe would wait for its other end.
const ACCESS = {
  read: constants.O_RDONLY | (constants.O_NONBLOCK ?? 0),
  write: constants.O_RDWR | (constants.O_NONBLOCK ?? 0),
};

function openExisting(path: string, access: 'read' | 'write'): DiskFile {
  let fd: number | undefined;
  try {
    fd = openDirectly(path, access);
    const isDirect = fd !== undefined;
    fd ??= openSync(path, ACCESS[access]);
    const stat = fstatSync(fd);
    if (stat.isFile()) return new DiskFile(path, fd, stat.size, isDirect);
    const found = stat.isDirectory() ? 'a folder' : 'a pipe or a device';
    throw new WhisperError('WSP_NOT_A_FILE', { path, found, expected: 'a file' });
  } catch (error) {
    if (fd !== undefined) closeQuietly(fd);
    throw error instanceof WhisperError ? error : systemError(error, path, 'open it');
  }
}

/** A descriptor; undefined for a symbolic link, and where the system cannot tell one. */
function openDirectly(path: string, access: 'read' | 'write'): number | undefined {
  if (constants.O_NOFOLLOW === undefined) return undefined;
  try {
    return openSync(path, ACCESS[access] | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // What the systems answer for a link: Linux and macOS, FreeBSD, NetBSD.
    if (code === 'ELOOP' || code === 'EMLINK' || code === 'EFTYPE') return undefined;
    throw error;
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // The error that made it useless is the one to hear of.
  }
}
