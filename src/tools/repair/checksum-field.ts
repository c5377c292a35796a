/** What a damaged field of the metadata was, told by their checksum. */
import { crc32AfterChange } from '../../bytes/crc32.js';
import { computeChecksum, storedChecksum } from '../../format/compressed-header.js';

const BITS = 32;
const FIELD_SIZE = 4;

export class ChecksumSolver {
  readonly #metadata: Uint8Array;
  /** What the checksum lacks. */
  readonly #wanted: number;

  /** @param metadata  as they are; none but the field in question may have been damaged */
  constructor(metadata: Uint8Array) {
    this.#metadata = metadata;
    this.#wanted = (storedChecksum(metadata) ^ computeChecksum(metadata)) >>> 0;
  }

  /**
   * The four bytes with which the metadata have the checksum that is stored.
   *
   * A CRC is linear: each bit of a field changes it by a pattern of its own, whatever the other bytes are, and no two sets
   * of 32 such patterns are alike. So there is always just one answer; whether it makes sense the caller has to see.
   *
   * @param at  byte of the field, outside of the checksum itself
   */
  field(at: number): Uint8Array {
    const behind = this.#metadata.length - at - FIELD_SIZE;
    const patterns = Array.from({ length: BITS }, (_, bit) => {
      return crc32AfterChange(0, fieldOf(0), fieldOf((1 << bit) >>> 0), behind);
    });
    const field = this.#metadata.slice(at, at + FIELD_SIZE);
    const view = new DataView(field.buffer);
    view.setUint32(0, (view.getUint32(0) ^ combinationFor(patterns, this.#wanted)) >>> 0);
    return field;
  }
}

function fieldOf(number: number): Uint8Array {
  const field = new Uint8Array(FIELD_SIZE);
  new DataView(field.buffer).setUint32(0, number);
  return field;
}

/** Which of the patterns, as bits of a number, make `wanted` together: Gaussian elimination over single bits. */
function combinationFor(patterns: readonly number[], wanted: number): number {
  const rows = patterns.map((pattern, bit) => ({ pattern, used: (1 << bit) >>> 0 }));
  let left = wanted;
  let used = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const mask = (1 << bit) >>> 0;
    const at = rows.findIndex(({ pattern }) => (pattern & mask) !== 0);
    if (at === -1) throw new Error('a field of four bytes that a CRC does not tell');
    const [row] = rows.splice(at, 1) as [{ pattern: number; used: number }];
    for (const other of rows) {
      if ((other.pattern & mask) === 0) continue;
      other.pattern = (other.pattern ^ row.pattern) >>> 0;
      other.used = (other.used ^ row.used) >>> 0;
    }
    if ((left & mask) === 0) continue;
    left = (left ^ row.pattern) >>> 0;
    used = (used ^ row.used) >>> 0;
  }
  return used;
}
