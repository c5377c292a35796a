import type { ByteFile } from './byte-file.js';

interface Piece {
  readonly bytes: Uint8Array;
  readonly position: number;
}

/**
 * A file whose changes wait in memory: whoever reads through it sees them, the file itself does not have them until
 * they are committed. A call that is refused half-way so leaves the file as it was.
 */
export class StagedFile implements ByteFile {
  readonly #file: ByteFile;
  #pieces: Piece[] = [];

  constructor(file: ByteFile) {
    this.#file = file;
  }

  get path(): string | undefined {
    return this.#file.path;
  }

  get name(): string {
    return this.#file.name;
  }

  size(): number {
    return this.#file.size();
  }

  readAt(into: Uint8Array, length: number, position: number): number {
    const read = this.#file.readAt(into, length, position);
    for (const piece of this.#pieces) {
      const start = Math.max(piece.position, position);
      const end = Math.min(piece.position + piece.bytes.length, position + read);
      if (start >= end) continue;
      into.set(piece.bytes.subarray(start - piece.position, end - piece.position), start - position);
    }
    return read;
  }

  writeAt(from: Uint8Array, length: number, position: number): void {
    // Not slice(): that of a Buffer is a view of the same bytes.
    this.#pieces.push({ bytes: new Uint8Array(from.subarray(0, length)), position });
  }

  /** Writes what waits to the file, in the order in which it came. */
  commit(): void {
    for (const { bytes, position } of this.#pieces) this.#file.writeAt(bytes, bytes.length, position);
    this.#pieces = [];
  }

  isReplaced(): boolean {
    return this.#file.isReplaced();
  }

  sync(): void {
    this.#file.sync();
  }

  close(): void {
    this.#file.close();
  }
}
