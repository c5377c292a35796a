import type { ByteFile } from './byte-file.js';

/**
 * A file in memory. The bytes it is opened over stay the caller's: they are read where they are, and copied
 * before the first write.
 */
export class MemoryFile implements ByteFile {
  readonly path = undefined;
  readonly name = '<memory>';
  #bytes: Uint8Array;
  #isOwned: boolean;

  /** @param whose  bytes that are `owned` may be written where they are */
  constructor(bytes: Uint8Array, whose: 'owned' | 'borrowed' = 'borrowed') {
    this.#bytes = bytes;
    this.#isOwned = whose === 'owned';
  }

  /** The whole content, as long as nobody writes. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  size(): number {
    return this.#bytes.length;
  }

  readAt(into: Uint8Array, length: number, position: number): number {
    const available = this.#bytes.subarray(position, position + length);
    into.set(available);
    return available.length;
  }

  writeAt(from: Uint8Array, length: number, position: number): void {
    if (!this.#isOwned) {
      // Not slice(): that of a Buffer is a view of the same bytes.
      this.#bytes = new Uint8Array(this.#bytes);
      this.#isOwned = true;
    }
    this.#bytes.set(from.subarray(0, length), position);
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
