/** Points put in and taken out of one archive, also such as are newer than all that waits in its buffer. */
import { loadImage } from '../../database/compressed-image.js';
import { open } from '../../database/open.js';
import type { Dialect } from '../../format/aggregation-method.js';
import type { PointRun } from '../../format/point-run.js';
import { editPoints } from './edit-points.js';
import { onlyPoints } from './shown-points.js';

/**
 * @param put    points that take the place of those of their times, or are new
 * @param taken  times of the points that go, rising
 * @param now    Unix seconds
 * @returns      the changed file; the bytes given stay as they are
 */
export function putPoints(
  bytes: Uint8Array,
  index: number,
  put: PointRun,
  taken: readonly number[],
  { now, dialect }: { readonly now: number; readonly dialect: Dialect },
): Uint8Array {
  const isBehind = newerThanAll(bytes, index, dialect);
  const inPlace = onlyPoints(put, (timestamp) => !isBehind(timestamp));
  const edited = editPoints(bytes, [{ index, put: inPlace, taken }], now, dialect);
  return updateArchive(edited, index, onlyPoints(put, isBehind), { now, dialect });
}

/** The file after an update of one archive: what its buffer gives off for the new points is rolled up. */
export function updateArchive(
  bytes: Uint8Array,
  index: number,
  points: PointRun,
  { now, dialect }: { readonly now: number; readonly dialect: Dialect },
): Uint8Array {
  if (points.length === 0) return bytes;
  using work = open(bytes, { dialect, late: 'insert' });
  work.updateMany(points.columns(), { now, retention: work.info.archives[index]!.retention });
  return work.toBytes();
}

/**
 * Tells whether a value is newer than all that waits in the buffer of its archive: it has to come in through the buffer,
 * since what waits would be too late for the blocks otherwise.
 */
function newerThanAll(bytes: Uint8Array, index: number, dialect: Dialect): (timestamp: number) => boolean {
  using database = open(bytes, { dialect, readOnly: true });
  if (database.format === 'standard') return () => false;
  const { archives } = loadImage(bytes);
  const { ring, buffer } = archives[index]!;
  const coarser = archives[index + 1];
  if (buffer === undefined || coarser === undefined) return () => false;
  const units = Math.max(buffer.base(0), buffer.base(1));
  const waiting = units === 0 ? 0 : units + coarser.step - 1;
  return (timestamp) => timestamp > Math.max(ring.greatestEnd(), waiting);
}
