/**
 * Points of the compressed format where they stand uncompressed: in headers, buffers and at the beginning of a block.
 *
 *   OFFSET  SIZE  FIELD
 *        0     4  timestamp  uint32, Unix seconds; 0 for no point
 *        4     8  value      float64, all its bits kept
 */
import { POINT_SIZE } from './point.js';

/** A point with the bits of its value as two halves. */
export interface RawPoint {
  /** Unix seconds; 0 for no point. */
  readonly timestamp: number;
  readonly high: number;
  readonly low: number;
}

export const NO_POINT: RawPoint = Object.freeze({ timestamp: 0, high: 0, low: 0 });

export function encodeRawPoint(view: DataView, at: number, { timestamp, high, low }: RawPoint): void {
  view.setUint32(at, timestamp);
  view.setUint32(at + 4, high);
  view.setUint32(at + 8, low);
}

export function decodeRawPoint(view: DataView, at: number): RawPoint {
  return { timestamp: view.getUint32(at), high: view.getUint32(at + 4), low: view.getUint32(at + 8) };
}

/** Bytes of a raw point. */
export const RAW_POINT_SIZE = POINT_SIZE;
