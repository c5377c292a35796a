import { MemoryFile } from '../../file/memory-file.js';
import type { RepairedImage } from './report.js';

/** A repaired file as it will stand on the disk, without memory for the zeros behind its beginning. */
export class PaddedFile extends MemoryFile {
  readonly #size: number;

  constructor({ bytes, size }: Pick<RepairedImage, 'bytes' | 'size'>) {
    super(bytes);
    this.#size = size;
  }

  override size(): number {
    return this.#size;
  }

  override readAt(into: Uint8Array, length: number, position: number): number {
    const read = super.readAt(into, length, position);
    const available = Math.max(0, Math.min(length, this.#size - position));
    into.fill(0, read, available);
    return available;
  }
}
