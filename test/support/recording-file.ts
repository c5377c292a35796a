import type { ByteFile } from '../../src/file/byte-file.js';
import { MemoryFile } from '../../src/file/memory-file.js';

/** A file in memory that keeps count of what is asked of it. */
export class RecordingFile implements ByteFile {
  readonly path = undefined;
  readonly name = '<recorded>';
  readonly calls: {
    readonly call: 'read' | 'write' | 'sync';
    readonly position: number;
    readonly length: number;
  }[] = [];
  readonly #memory: MemoryFile;

  constructor(bytes: Uint8Array) {
    this.#memory = new MemoryFile(bytes);
  }

  size(): number {
    return this.#memory.size();
  }

  readAt(into: Uint8Array, length: number, position: number): number {
    this.calls.push({ call: 'read', position, length });
    return this.#memory.readAt(into, length, position);
  }

  writeAt(from: Uint8Array, length: number, position: number): void {
    this.calls.push({ call: 'write', position, length });
    this.#memory.writeAt(from, length, position);
  }

  wasWrittenLately(): boolean {
    return false;
  }

  isReplaced(): boolean {
    return false;
  }

  sync(): void {
    this.calls.push({ call: 'sync', position: 0, length: 0 });
  }

  close(): void {}

  /** The calls since the last time this was asked. */
  takeCalls(): string[] {
    return this.calls.splice(0).map(({ call, position, length }) => `${call} ${length} at ${position}`);
  }
}
