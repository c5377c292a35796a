import { ftruncateSync } from 'node:fs';
import { systemError } from '../errors.js';
import type { DiskFile } from './disk-file.js';

/** What a new file shall hold. */
export interface FileContent {
  /** Bytes that the file will have. */
  readonly size: number;
  /** What it begins with; the rest is zeros. */
  readonly start: Uint8Array;
  /** Leave whole pages of zeros as holes, which take no room on the disk until they are written. */
  readonly sparse: boolean;
}

/**
 * Bytes of one write. Linux may keep pages that were written at once together for good, and then goes through all of
 * them whenever a point is written among them: with pieces of 256 KiB a point takes a fourth longer, with 2 MiB twice
 * as long. Smaller pieces than this make the file itself dearer.
 */
const PIECE_SIZE = 64 * 1024;
/** What a file system keeps a hole of at the least. */
const PAGE_SIZE = 4096;
const ZEROS = new Uint8Array(PIECE_SIZE);

/** Writes a file that is empty so far; `fd` is its descriptor. */
export function writeContent(file: DiskFile, fd: number, { size, start, sparse }: FileContent): void {
  if (sparse) {
    // A file that has its length already takes a page more cheaply than one that ends in that page.
    lengthen(file, fd, size);
    writePages(file, start);
    return;
  }
  file.writeAt(start, start.length, 0);
  for (let position = start.length; position < size; position += PIECE_SIZE) {
    file.writeAt(ZEROS, Math.min(PIECE_SIZE, size - position), position);
  }
}

function lengthen(file: DiskFile, fd: number, size: number): void {
  try {
    ftruncateSync(fd, size);
  } catch (error) {
    throw systemError(error, file.path, `lengthen it to ${size} bytes`);
  }
}

/** Writes the pages that hold anything, as many of them at once as make a piece. */
function writePages(file: DiskFile, bytes: Uint8Array): void {
  let end = 0;
  for (let start = 0; start < bytes.length; start = end) {
    end = start;
    while (end < bytes.length && end - start < PIECE_SIZE && !isZeroPage(bytes, end)) end += PAGE_SIZE;
    if (end > start) {
      const run = bytes.subarray(start, end);
      file.writeAt(run, run.length, start);
    } else end += PAGE_SIZE;
  }
}

function isZeroPage(bytes: Uint8Array, at: number): boolean {
  const page = bytes.subarray(at, at + PAGE_SIZE);
  return Buffer.compare(page, ZEROS.subarray(0, page.length)) === 0;
}
