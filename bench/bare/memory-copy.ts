import type { Case } from '../harness.js';

/** Bytes copied in memory. */
export function bareMemoryCopy(bytes: number, pointsPerOp: number): Case {
  return {
    name: `copy ${bytes} in memory`,
    pointsPerOp,
    bytesPerOp: bytes,
    start() {
      const source = new Uint8Array(bytes).fill(1);
      const target = new Uint8Array(bytes);
      return {
        run() {
          target.set(source);
          return target[0]!;
        },
        stop() {},
      };
    },
  };
}
