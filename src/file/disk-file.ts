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
import { type LockMode, lockDescriptor } from './lock.js';

/** Bytes of one call: Node takes no 2³¹ at once. */
const LONGEST_CALL = 2 ** 30;

/** How to lock a file for the life of its handle. */
export interface LockRequest {
  readonly mode: LockMode;
  /** Milliseconds to wait for another holder. */
  readonly timeoutMs: number;
}

/** A file on disk, by `node:fs`; every refusal of the system comes out as a WhisperError with the path. */
export class DiskFile implements ByteFile {
  readonly path: string;
  readonly name: string;
  /** Bytes it had when it was opened; undefined for a new file, and for one that others may have changed since. */
  sizeAtOpen: number | undefined;
  #fd: number | undefined;

  /** Takes over an open descriptor, of a new file if no size is given. */
  constructor(path: string, fd: number, sizeAtOpen?: number) {
    this.path = path;
    this.name = path;
    this.sizeAtOpen = sizeAtOpen;
    this.#fd = fd;
  }

  /**
   * Opens an existing file.
   *
   * @throws WhisperError `WSP_NOT_FOUND`, `WSP_NOT_A_FILE`, `WSP_LOCKED`, `WSP_NO_LOCK`, `WSP_SYSTEM`
   */
  static open(path: string, access: 'read' | 'write', lock?: LockRequest): DiskFile {
    for (;;) {
      const file = openExisting(path, access);
      try {
        if (lock === undefined) return file;
        file.lock(lock);
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

  /** Locks the file until it is closed. */
  lock(request: LockRequest): void {
    // While it is waited for, its holder may change the file.
    this.sizeAtOpen = undefined;
    lockDescriptor(this.#descriptor, this.path, request.mode, request.timeoutMs);
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

  readAt(into: Uint8Array, length: number, position: number): number {
    let done = 0;
    try {
      while (done < length) {
        const piece = Math.min(length - done, LONGEST_CALL);
        const read = readSync(this.#descriptor, into, done, piece, position + done);
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
        done += writeSync(this.#descriptor, from, done, piece, position + done);
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

// Without O_NONBLOCK, opening a named pipe would wait for its other end.
const ACCESS = {
  read: constants.O_RDONLY | (constants.O_NONBLOCK ?? 0),
  write: constants.O_RDWR | (constants.O_NONBLOCK ?? 0),
};

function openExisting(path: string, access: 'read' | 'write'): DiskFile {
  let fd: number | undefined;
  try {
    fd = openSync(path, ACCESS[access]);
    const stat = fstatSync(fd);
    if (stat.isFile()) return new DiskFile(path, fd, stat.size);
    const found = stat.isDirectory() ? 'a folder' : 'a pipe or a device';
    throw new WhisperError('WSP_NOT_A_FILE', { path, found, expected: 'a file' });
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw error instanceof WhisperError ? error : systemError(error, path, 'open it');
  }
}
