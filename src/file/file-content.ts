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

const ZEROS_SIZE = 256 * 1024;
/** What a file system keeps a hole of at the least. */
const PAGE_SIZE = 4096;
const ZERO_PAGE = new Uint8Array(PAGE_SIZE);

/** Writes a file that is empty so far; `fd` is its descriptor. */
export function writeContent(file: DiskFile, fd: number, { size, start, sparse }: FileContent): void {
  if (sparse) {
    writePages(file, start);
    lengthen(file, fd, size);
    return;
  }
  file.writeAt(start, start.length, 0);
  const zeros = new Uint8Array(Math.min(ZEROS_SIZE, size - start.length));
  for (let position = start.length; position < size; position += zeros.length) {
    file.writeAt(zeros, Math.min(zeros.length, size - position), position);
  }
}

function lengthen(file: DiskFile, fd: number, size: number): void {
  try {
    ftruncateSync(fd, size);
  } catch (error) {
    throw systemError(error, file.path, `lengthen it to ${size} bytes`);
  }
}

/** Writes the pages that hold anything, each unbroken run of them at once. */
function writePages(file: DiskFile, bytes: Uint8Array): void {
  let start = 0;
  while (start < bytes.length) {
    let end = start;
    while (end < bytes.length && !isZeroPage(bytes, end)) end += PAGE_SIZE;
    if (end > start) {
      const run = bytes.subarray(start, end);
      file.writeAt(run, run.length, start);
    }
    start = end + PAGE_SIZE;
  }
}

function isZeroPage(bytes: Uint8Array, at: number): boolean {
  const page = bytes.subarray(at, at + PAGE_SIZE);
  return Buffer.compare(page, ZERO_PAGE.subarray(0, page.length)) === 0;
}
