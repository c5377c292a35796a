/**
 * The index of an archive's blocks: one record for each, in the order of the blocks; big-endian.
 *
 *   OFFSET  SIZE  FIELD
 *        0     4  start  uint32, time of the first point; 0 for an empty block
 *        4     4  end    uint32, time of the last point
 *        8     4  count  uint32, points after the first (doc/format.md, quirk 1)
 *       12     4  crc    uint32, CRC-32 of the whole block; of the current one, of its complete bytes
 */

export const BLOCK_RANGE_SIZE = 16;

export interface BlockRange {
  readonly start: number;
  readonly end: number;
  readonly count: number;
  readonly crc: number;
}

export function encodeBlockRange(view: DataView, at: number, { start, end, count, crc }: BlockRange): void {
  view.setUint32(at, start);
  view.setUint32(at + 4, end);
  view.setUint32(at + 8, count);
  view.setUint32(at + 12, crc);
}

export function decodeBlockRange(view: DataView, at: number): BlockRange {
  return {
    start: view.getUint32(at),
    end: view.getUint32(at + 4),
    count: view.getUint32(at + 8),
    crc: view.getUint32(at + 12),
  };
}
