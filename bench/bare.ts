/** The system calls alone: a case for each that moves the same bytes as a case of ours. */
import { closeSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './harness.js';
import { createStandard, POINT_SIZE, T0 } from './workloads.js';

/** Writes of `points` points on an open file, one behind the other, round and round in the base archive. */
export function bareWrite(folder: string, points: number): Case {
  return {
    name: `write of ${points * POINT_SIZE} bytes`,
    pointsPerOp: points,
    bytesPerOp: points * POINT_SIZE,
    start() {
      const path = join(folder, 'bare.wsp');
      const next = positions(path, points);
      const bytes = new Uint8Array(points * POINT_SIZE).fill(1);
      const fd = openSync(path, 'r+');
      return {
        op: () => writeSync(fd, bytes, 0, bytes.length, next()),
        stop() {
          closeSync(fd);
          unlinkSync(path);
        },
      };
    },
  };
}

/** One point written to a file that is opened and closed for it. */
export function bareWriteReopened(folder: string): Case {
  return {
    name: `open, write of ${POINT_SIZE} bytes, close`,
    pointsPerOp: 1,
    bytesPerOp: POINT_SIZE,
    start() {
      const path = join(folder, 'bare.wsp');
      const next = positions(path, 1);
      const bytes = new Uint8Array(POINT_SIZE).fill(1);
      return {
        op() {
          const fd = openSync(path, 'r+');
          const written = writeSync(fd, bytes, 0, bytes.length, next());
          closeSync(fd);
          return written;
        },
        stop: () => unlinkSync(path),
      };
    },
  };
}

/** Where to write, call after call, in a new file. */
function positions(path: string, points: number): () => number {
  using database = createStandard(path, { now: T0 });
  const { offset, size } = database.info.archives[0]!;
  const length = points * POINT_SIZE;
  const turns = Math.floor(size / length);
  let k = 0;
  return () => offset + (k++ % turns) * length;
}

/** The span that a fetch reads, from an open file. */
export function bareRead(path: string, locate: () => number, points: number): Case {
  return {
    name: `read of ${points * POINT_SIZE} bytes`,
    pointsPerOp: points,
    bytesPerOp: points * POINT_SIZE,
    start() {
      const position = locate();
      const bytes = new Uint8Array(points * POINT_SIZE);
      const fd = openSync(path, 'r');
      return {
        op: () => readSync(fd, bytes, 0, bytes.length, position),
        stop: () => closeSync(fd),
      };
    },
  };
}

export function bareReadReopened(path: string, locate: () => number, points: number): Case {
  return {
    name: `open, read of ${points * POINT_SIZE} bytes, close`,
    pointsPerOp: points,
    bytesPerOp: points * POINT_SIZE,
    start() {
      const position = locate();
      const bytes = new Uint8Array(points * POINT_SIZE);
      return {
        op() {
          const fd = openSync(path, 'r');
          const read = readSync(fd, bytes, 0, bytes.length, position);
          closeSync(fd);
          return read;
        },
        stop() {},
      };
    },
  };
}

/** A new file of zeros, written or left as a hole. */
export function bareCreate(folder: string, size: number, sparse: boolean): Case {
  return {
    name: `open new, ${sparse ? 'lengthen to' : 'write of'} ${size} bytes, close`,
    pointsPerOp: 0,
    bytesPerOp: size,
    start() {
      const zeros = new Uint8Array(sparse ? 0 : size);
      const made: string[] = [];
      let k = 0;
      return {
        op() {
          const path = join(folder, `bare-${k++}.wsp`);
          const fd = openSync(path, 'wx+');
          made.push(path);
          if (sparse) ftruncateSync(fd, size);
          else writeSync(fd, zeros, 0, size, 0);
          closeSync(fd);
          return fd;
        },
        afterSample() {
          for (const path of made.splice(0)) unlinkSync(path);
        },
        stop() {},
      };
    },
  };
}
