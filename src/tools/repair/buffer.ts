/** The buffer of a compressed archive, slot by slot: what stands in its place stays, what can be brought there is. */
import { floorTo } from '../../bytes/integers.js';
import { decodeRawPoint, encodeRawPoint, RAW_POINT_SIZE, type RawPoint } from '../../format/raw-point.js';

export interface RepairedBuffer {
  readonly kept: number;
  readonly moved: number;
  readonly dropped: number;
}

/** A point of a buffer with its unit and the slot it stands in. */
interface BufferedPoint {
  readonly point: RawPoint;
  readonly unit: number;
  readonly slot: number;
  /** Of the next archive. */
  readonly interval: number;
}

/**
 * Gives each unit the interval that most of its points are of, and each point the slot of its time in one of them.
 *
 * @param bytes       both units; changed where they are
 * @param step        seconds, of the archive
 * @param coarseStep  seconds, of the next one
 */
export function repairBuffer(bytes: Uint8Array, step: number, coarseStep: number): RepairedBuffer {
  const slots = bytes.length / (2 * RAW_POINT_SIZE);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const points = Array.from({ length: 2 * slots }, (_, i): BufferedPoint => {
    const point = decodeRawPoint(view, i * RAW_POINT_SIZE);
    const unit = Math.floor(i / slots);
    return { point, unit, slot: i - unit * slots, interval: floorTo(point.timestamp, coarseStep) };
  }).filter(({ point }) => point.timestamp !== 0);
  const bases = [0, 1].map((unit) =>
    intervalOf(
      points.filter((point) => point.unit === unit),
      step,
    ),
  );
  // Two units of one interval would be rolled up one after the other: the first one is for both.
  if (bases[1] === bases[0]) bases[1] = undefined;
  const after = new Map<number, RawPoint>();
  let kept = 0;
  let moved = 0;
  for (const isAtHome of [true, false]) {
    for (const { point, unit, slot, interval } of points) {
      const target = bases.indexOf(interval);
      const offset = (point.timestamp - interval) / step;
      const isHere = target === unit && offset === slot;
      if (isHere !== isAtHome || target === -1 || !Number.isInteger(offset)) continue;
      const place = target * slots + offset;
      if (after.has(place)) continue;
      after.set(place, point);
      if (isHere) kept++;
      else moved++;
    }
  }
  bytes.fill(0);
  for (const [place, point] of after) encodeRawPoint(view, place * RAW_POINT_SIZE, point);
  return { kept, moved, dropped: points.length - kept - moved };
}

/** The interval of most points that stand in their slots, of several the newest; of all if none do. */
function intervalOf(points: readonly BufferedPoint[], step: number): number | undefined {
  const aligned = points.filter(({ point }) => point.timestamp % step === 0);
  const inPlace = aligned.filter(({ point, slot, interval }) => point.timestamp === interval + slot * step);
  const counts = new Map<number, number>();
  for (const { interval } of inPlace.length > 0 ? inPlace : aligned) {
    counts.set(interval, (counts.get(interval) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([a, inA], [b, inB]) => inB - inA || b - a);
  return ranked[0]?.[0];
}
