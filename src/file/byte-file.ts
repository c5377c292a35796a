/** Where bytes live: the one interface through which everything above touches a database's bytes. */
export interface ByteFile {
  /** The path as the caller gave it; undefined in memory. */
  readonly path: string | undefined;
  /** How messages call it. */
  readonly name: string;

  /** Bytes of the file now. */
  size(): number;

  /**
   * Fills `length` bytes of `into`, from its beginning, with the file's bytes at `position`.
   *
   * @returns how many were there; fewer than `length` only where the file ends
   * @throws WhisperError `WSP_SYSTEM`
   */
  readAt(into: Uint8Array, length: number, position: number): number;

  /**
   * Writes the first `length` bytes of `from` at `position`, all of them or none that is reported as done.
   *
   * @throws WhisperError `WSP_SYSTEM`
   */
  writeAt(from: Uint8Array, length: number, position: number): void;

  /** Whether somebody may have written to it within the last moments; in memory nobody but the caller does. */
  wasWrittenLately(): boolean;

  /** True if the path does not stand for this file any more; in memory never. */
  isReplaced(): boolean;

  /** Returns once what was written is on the disk. */
  sync(): void;

  /** Gives the file up; a second call does nothing. */
  close(): void;
}

/** The first `size` bytes of a file, or as many as there are. */
export function readStart(file: ByteFile, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  return bytes.subarray(0, file.readAt(bytes, size, 0));
}
