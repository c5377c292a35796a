/** A file with other archives, filled from the one it takes the place of. */
import type { Database } from '../../database/database.js';
import type { CompressedInfo } from '../../database/info.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { PointRun } from '../../format/point-run.js';
import { findDonor } from '../donor.js';
import { findGaps, only } from '../fill.js';
import { handOver } from '../hand-over.js';
import { type Content, storeContents } from '../store-contents.js';

/**
 * The whole of a new, empty database with what `source` holds in archives of the same steps, and what is derived from it: also its points of the future, which no fetch shows yet,
 * but where they would take the slot of another one. (Under the go dialect without them, as go-whisper does it, and with nothing derived.)
 *
 * @param derive  is given what each archive takes from the one of its own step, and returns what it shall hold
 */
export function refilled(
  source: Database,
  target: Database,
  now: number,
  dialect: Dialect,
  derive: (contents: readonly Content[]) => readonly Content[],
): Uint8Array {
  const same = findGaps(source, target, now, dialect);
  if (dialect === 'go') return storeContents(target, same, now, dialect);
  for (const [index, content] of same.entries()) takeFuture(content, source, target, index, now);
  const contents = derive(same);
  if (target.format === 'standard') return storeContents(target, contents, now, dialect);
  const { buffers, reached } = handOver(source, target.info as CompressedInfo);
  const stored = contents.map(({ all, taken }, index) => ({
    all: only(all, (timestamp) => timestamp <= reached[index]!),
    taken,
  }));
  return storeContents(target, stored, now, dialect, buffers);
}

function takeFuture(
  { all, taken }: Content,
  source: Database,
  { info }: Database,
  index: number,
  now: number,
): void {
  const donor = findDonor(source.info, info, index);
  if (donor === undefined) return;
  const { step, points: slots } = info.archives[index]!;
  const slotOfTime = (timestamp: number) => (timestamp / step) % slots;
  const held = new Set(all.timestamps.subarray(0, all.length).map(slotOfTime));
  const { timestamps, values } = source.points(donor, { now });
  const offered = PointRun.over(timestamps, values);
  for (let i = 0; i < timestamps.length; i++) {
    const timestamp = timestamps[i]!;
    if (timestamp <= now || held.has(slotOfTime(timestamp))) continue;
    held.add(slotOfTime(timestamp));
    all.pushFrom(offered, i);
    taken.pushFrom(offered, i);
  }
}
