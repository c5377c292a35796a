import { closeSync, openSync } from 'node:fs';

/** Runs with a file, and closes it. */
export function withFile(path: string, work: (fd: number) => number, flags = 'r+'): number {
  const fd = openSync(path, flags);
  const result = work(fd);
  closeSync(fd);
  return result;
}
