import type { ByteFile } from './byte-file.js';
import type { Span } from './journal.js';

/** Bytes that wait for [position, position + length). */
interface Piece {
  readonly position: number;
  length: number;
  /** With room behind `length`, so that it need not be copied for every few bytes more. */
  bytes: Uint8Array;
}

const NO_BYTES: Uint8Array = new Uint8Array(0);
/** Bytes of a piece at most whose memory is used again. */
const LARGEST_SPARE = 256 * 1024;
/** Bytes of room at most that a piece has for what may follow it. */
const MOST_SPARE = 16 * 1024;

/**
 * A file whose changes wait in memory: whoever reads through it sees them, the file itself does not have them until
 * they are committed. A call that is refused half-way so leaves the file as it was.
 */
export class StagedFile implements ByteFile {
  /** The file itself. */
  readonly below: ByteFile;
  /** By position; no two of them overlap. */
  readonly #pieces: Piece[] = [];
  /** Memory for the next piece. */
  #spare = NO_BYTES;

  constructor(file: ByteFile) {
    this.below = file;
  }

  get path(): string | undefined {
    return this.below.path;
  }

  get name(): string {
    return this.below.name;
  }

  size(): number {
    return this.below.size();
  }

  readAt(into: Uint8Array, length: number, position: number): number {
    const read = this.below.readAt(into, length, position);
    const end = position + read;
    for (let i = this.#firstEndingAfter(position); i < this.#pieces.length; i++) {
      const piece = this.#pieces[i]!;
      if (piece.position >= end) break;
      const from = Math.max(piece.position, position);
      const to = Math.min(piece.position + piece.length, end);
      into.set(piece.bytes.subarray(from - piece.position, to - piece.position), from - position);
    }
    return read;
  }

  writeAt(from: Uint8Array, length: number, position: number): void {
    if (length === 0) return;
    const end = position + length;
    const first = this.#firstEndingAfter(position);
    let last = first;
    while (last < this.#pieces.length && this.#pieces[last]!.position < end) last++;
    if (first === last) this.#pieces.splice(first, 0, this.#makePiece(position, length));
    else this.#join(first, last, position, end);
    const piece = this.#pieces[first]!;
    piece.bytes.set(from.subarray(0, length), position - piece.position);
  }

  /** Makes one piece of those from `first` up to `last` and the room from `position` to `end`. */
  #join(first: number, last: number, position: number, end: number): void {
    const [head, tail] = [this.#pieces[first]!, this.#pieces[last - 1]!];
    const from = Math.min(head.position, position);
    const length = Math.max(tail.position + tail.length, end) - from;
    // The usual case: a few bytes more behind a piece that has room for them.
    if (last - first === 1 && from === head.position && length <= head.bytes.length) {
      head.length = length;
      return;
    }
    const joined = this.#makePiece(from, length);
    for (const piece of this.#pieces.slice(first, last)) {
      joined.bytes.set(piece.bytes.subarray(0, piece.length), piece.position - from);
    }
    this.#pieces.splice(first, last - first, joined);
  }

  /** Index of the first piece that reaches behind a position. */
  #firstEndingAfter(position: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { position: start, length } = this.#pieces[middle]!;
      if (start + length <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** What waits, by position; good until it is committed or discarded. */
  get spans(): Span[] {
    return this.#pieces.map(({ position, length, bytes }) => ({
      position,
      bytes: bytes.subarray(0, length),
    }));
  }

  /** Writes what waits to the file, by position. */
  commit(): void {
    for (const { bytes, length, position } of this.#pieces) this.below.writeAt(bytes, length, position);
    this.discard();
  }

  /** Lets go of what waits. */
  discard(): void {
    for (const { bytes } of this.#pieces) {
      if (bytes.length <= LARGEST_SPARE && bytes.length > this.#spare.length) this.#spare = bytes;
    }
    this.#pieces.length = 0;
  }

  /** In memory that a piece written before has left, if that will do. */
  #makePiece(position: number, length: number): Piece {
    let bytes = this.#spare;
    if (bytes.length < length) bytes = new Uint8Array(length + Math.min(length, MOST_SPARE));
    else this.#spare = NO_BYTES;
    return { position, length, bytes };
  }

  wasWrittenLately(): boolean {
    return this.below.wasWrittenLately();
  }

  isReplaced(): boolean {
    return this.below.isReplaced();
  }

  sync(): void {
    this.below.sync();
  }

  close(): void {
    this.below.close();
  }
}
