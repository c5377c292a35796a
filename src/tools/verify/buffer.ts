/** What `verify` finds in the buffer of an archive. */
import type { WriteBuffer } from '../../archive/write-buffer.js';
import { floorTo } from '../../bytes/integers.js';
import { RAW_POINT_SIZE } from '../../format/raw-point.js';
import type { ArchiveView } from './archive-view.js';

/** A point of the buffer with its slot, both units counted through. */
interface BufferedPoint {
  readonly slot: number;
  readonly timestamp: number;
}

/**
 * Looks whether each unit holds one interval of the next archive, and each of its points its own slot.
 *
 * @param coarseStep  seconds, of the next archive
 */
export function checkBuffer(view: ArchiveView, buffer: WriteBuffer, coarseStep: number): void {
  const { archive, findings, index } = view;
  const points = [...buffer.slotsInOrder()].flatMap(({ timestamp }, slot) => {
    return timestamp === 0 ? [] : [{ slot, timestamp }];
  });
  const intervalOf = ({ timestamp }: BufferedPoint) => floorTo(timestamp, coarseStep);
  const units = [0, 1].map((unit) => points.filter(({ slot }) => Math.floor(slot / buffer.slots) === unit));
  const bases = units.map(([first]) => (first === undefined ? undefined : intervalOf(first)));
  for (const [unit, inUnit] of units.entries()) {
    const base = bases[unit];
    if (base === undefined) continue;
    const foreign = inUnit.filter((point) => intervalOf(point) !== base);
    if (foreign.length > 0) {
      const text = `unit ${unit} of the buffer holds the interval of ${base}, and ${foreign[0]!.timestamp} is of another`;
      findings.add('buffer-unit', text, placeOf(view, foreign));
    }
    const astray = inUnit.filter((point) => {
      const place = (point.timestamp - base) / archive.step;
      return intervalOf(point) === base && place !== point.slot - unit * buffer.slots;
    });
    if (astray.length === 0) continue;
    const text = `the point of ${astray[0]!.timestamp} belongs into another slot of unit ${unit} of the buffer`;
    findings.add('buffer-slot', text, placeOf(view, astray));
  }
  if (bases[0] === undefined || bases[0] !== bases[1]) return;
  findings.add('buffer-unit', `both units of the buffer hold the interval of ${bases[0]}`, {
    archive: index,
    offset: view.place.buffer,
    timestamp: bases[0],
  });
}

/** The first of several points that are wrong alike, and how many there are. */
function placeOf({ index, place }: ArchiveView, points: readonly BufferedPoint[]) {
  const { slot, timestamp } = points[0]!;
  const offset = place.buffer + slot * RAW_POINT_SIZE;
  return { archive: index, slot, offset, timestamp, points: points.length };
}
