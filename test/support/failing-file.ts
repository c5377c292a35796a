import { WhisperError } from '../../src/errors.js';
import type { ByteFile } from '../../src/file/byte-file.js';

/** A file in memory, as long as it was, that fails at a certain call: what a full disk or a broken one does. */
export class FailingFile implements ByteFile {
  readonly path = undefined;
  readonly name = '<failing>';
  /** What stands in the file. */
  readonly bytes: Uint8Array;
  /** Reads and writes that still succeed before one fails, and all after it. */
  readsLeft: number;
  writesLeft: number;
  /** Of the write that fails this part is written. */
  readonly #torn: number;

  /** @param torn  0…1 */
  constructor(bytes: Uint8Array, { reads = Infinity, writes = Infinity, torn = 0 }) {
    this.bytes = Uint8Array.from(bytes);
    this.readsLeft = reads;
    this.writesLeft = writes;
    this.#torn = torn;
  }

  size(): number {
    return this.bytes.length;
  }

  readAt(into: Uint8Array, length: number, position: number): number {
    if (this.readsLeft-- <= 0) throw new WhisperError('WSP_SYSTEM', { found: 'a read that failed' });
    const there = this.bytes.subarray(position, position + length);
    into.set(there);
    return there.length;
  }

  writeAt(from: Uint8Array, length: number, position: number): void {
    const hasFailed = this.writesLeft-- <= 0;
    const done = hasFailed ? Math.floor(this.#torn * length) : length;
    this.bytes.set(from.subarray(0, done), position);
    if (hasFailed) throw new WhisperError('WSP_SYSTEM', { found: 'a write that failed' });
  }

  wasWrittenLately(): boolean {
    return false;
  }

  isReplaced(): boolean {
    return false;
  }

  sync(): void {}

  close(): void {}
}
