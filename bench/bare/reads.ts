import { closeSync, openSync, readSync } from 'node:fs';
import type { Case } from '../harness.js';
import { POINT_SIZE } from '../workloads.js';
import type { Region } from './system-calls.js';
import { withFile } from './with-file.js';

/** Pieces of a file that is there, read in turn by each op. */
export interface Pieces {
  readonly name: string;
  readonly path: string;
  readonly pointsPerOp: number;
  /** The file is opened and closed for each op, and its beginning of so many bytes read. */
  readonly reopenWith?: number;
  /** Makes the file if need be, and tells what is to be read. */
  readonly locate: () => readonly Region[];
}

export function bareReads({ name, path, pointsPerOp, reopenWith, locate }: Pieces): Case {
  return {
    name: reopenWith === undefined ? `read ${name}` : `open, read ${reopenWith}, read ${name}, close`,
    pointsPerOp,
    bytesPerOp: pointsPerOp * POINT_SIZE,
    start() {
      const pieces = locate().map(({ offset, size }) => ({ offset, buffer: new Uint8Array(size) }));
      const read = (fd: number) => {
        let moved = 0;
        for (const { offset, buffer } of pieces) moved += readSync(fd, buffer, 0, buffer.length, offset);
        return moved;
      };
      if (reopenWith !== undefined) {
        const head = new Uint8Array(reopenWith);
        const run = () => withFile(path, (fd) => readSync(fd, head, 0, head.length, 0) + read(fd), 'r');
        return { run, stop() {} };
      }
      const fd = openSync(path, 'r');
      return { run: () => read(fd), stop: () => closeSync(fd) };
    },
  };
}
