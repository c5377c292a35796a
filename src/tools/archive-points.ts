import { lastOfEach } from '../archive/compressed-archive.js';
import { waitingMixValues, waitingValues } from '../archive/live-values.js';
import { UINT32_MAX } from '../bytes/integers.js';
import { rollUpOf } from '../database/compressed-fetch.js';
import { loadImage } from '../database/compressed-image.js';
import type { Database } from '../database/database.js';
import { PointRun } from '../format/point-run.js';

/**
 * Everything that each archive of a compressed file shows to a reader: what stands in its blocks and its buffer, and
 * what waits in the finer archives for it.
 *
 * @param insertsLate  whether late points are inserted, so that what waits counts over what is stored
 * @returns            for each archive its points by rising time, one for each interval
 * @throws WhisperError `WSP_CORRUPT` for a damaged block
 */
export function shownPoints(database: Database, insertsLate: boolean): PointRun[] {
  const { header, archives } = loadImage(database.toBytes(), insertsLate);
  return archives.map((archive, i) => {
    const shown = lastOfEach(archive.allPoints(false), archive.step);
    if (i === 0) return shown;
    const latest = shown.length === 0 ? 0 : shown.timestamps[shown.length - 1]! + archive.step;
    const waiting =
      header.aggregation === 'mix'
        ? waitingMixValues(archives, i, latest, UINT32_MAX, header.xFilesFactor, false)
        : waitingValues(archives, i, rollUpOf(header));
    for (let j = 0; j < waiting.length; j++) shown.pushFrom(waiting, j);
    return lastOfEach(shown.sorted(), archive.step);
  });
}

/**
 * What a conversion to the compressed format takes of an archive: its points from a time on, by rising time, or, if there
 * is none, all of them (doc/format.md, quirk 25). Of a ring that is every slot that was written, stale ones too.
 */
export function pointsInReach(database: Database, archive: number, oldest: number): PointRun {
  const { timestamps, values } = database.slots(archive);
  const all = PointRun.over(new Float64Array(timestamps), values).sorted();
  let written = 0;
  while (written < all.length && all.timestamps[written] === 0) written++;
  let first = written;
  while (first < all.length && all.timestamps[first]! < oldest) first++;
  return all.part(first === all.length ? written : first, all.length);
}
