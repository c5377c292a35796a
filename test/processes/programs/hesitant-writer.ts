/**
 * As the writer, on a system that is never in a hurry: between two writes, and between two pages of one, it leaves others time to
 * read. That is when a busy machine lets them, only more often.
 */
import fs, { type PathLike } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const PAGE_SIZE = 4096;
const PAUSE_MS = 0.3;

type WriteBytes = (fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => number;
const write = fs.writeSync as WriteBytes;

const hesitate: WriteBytes = (fd, bytes, offset, length, position) => {
  // Progress is told without delay, and so is what goes to the end of a file.
  if (!isDatabase(fd)) return write(fd, bytes, offset, length, position);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  // The rest is another write, as after any that did less than was asked.
  return write(fd, bytes, offset, Math.min(length, PAGE_SIZE - (position % PAGE_SIZE)), position);
};

function isDatabase(fd: number): boolean {
  const path: PathLike = fs.readlinkSync(`/proc/self/fd/${fd}`);
  return path.endsWith('.wsp');
}

fs.writeSync = hesitate as typeof fs.writeSync;
syncBuiltinESMExports();
await import('./writer.js');
