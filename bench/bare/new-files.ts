import { existsSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from '../harness.js';
import { NewPaths } from '../new-paths.js';
import { withFile } from './with-file.js';

/** Bytes of one write: with larger ones the system takes longer for all of them. */
const PIECE_SIZE = 64 * 1024;

/** A new file of which the first bytes are written and the rest, if there is any, is left as a hole. */
export function bareCreate(folder: string, size: number, written: number): Case {
  const hole = size > written ? [`lengthen to ${size}`] : [];
  return {
    name: ['open new', ...hole, `write ${written}`, 'close'].join(', '),
    pointsPerOp: 0,
    bytesPerOp: size,
    start() {
      const bytes = new Uint8Array(written);
      const made = new NewPaths(join(folder, 'bare'));
      const fill = (fd: number) => {
        if (hole.length > 0) ftruncateSync(fd, size);
        return writeInPieces(fd, bytes);
      };
      return {
        run: () => withFile(made.next(), fill, 'wx+'),
        after: () => made.remove(),
        stop() {},
      };
    },
  };
}

/** A file read and another written. */
export function bareCopy(folder: string, path: string, make: () => void, from: number, to: number): Case {
  return {
    name: `open, read ${from}, close, open new, write ${to}, close`,
    pointsPerOp: 0,
    bytesPerOp: from,
    start() {
      if (!existsSync(path)) make();
      const made = new NewPaths(join(folder, 'bare'));
      const [source, target] = [new Uint8Array(from), new Uint8Array(to)];
      return {
        run() {
          withFile(path, (fd) => readSync(fd, source, 0, from, 0), 'r');
          return withFile(made.next(), (fd) => writeInPieces(fd, target), 'wx');
        },
        after: () => made.remove(),
        stop() {},
      };
    },
  };
}

function writeInPieces(fd: number, bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; at += PIECE_SIZE) {
    writeSync(fd, bytes, at, Math.min(PIECE_SIZE, bytes.length - at), at);
  }
  return bytes.length;
}
