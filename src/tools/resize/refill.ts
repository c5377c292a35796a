/** A file with other archives, filled from the one it takes the place of. */
import { loadImage } from '../../database/compressed-image.js';
import type { Database } from '../../database/database.js';
import type { CompressedInfo } from '../../database/info.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { PointRun } from '../../format/point-run.js';
import { onlyPoints } from '../change/shown-points.js';
import { findDonor } from '../donor.js';
import { findGaps } from '../fill-gaps.js';
import { withOlder } from '../fill-waiting.js';
import { handOver } from '../hand-over.js';
import { type Content, storeContents } from '../store-contents.js';

/**
 * The whole of a new, empty database with what `source` holds in archives of the same steps, and what is derived from it:
 * also its points of the future, which no fetch shows yet, but where they would take the slot of another one. (Under the go
 * dialect without them, as go-whisper does it, and with nothing derived.)
 *
 * @param derive     is given what each archive takes from the one of its own step, and returns what it shall hold
 * @param isDerived  what archives of the same step had is made anew: so nothing waits as it did
 */
export function refilled(
  source: Database,
  target: Database,
  now: number,
  dialect: Dialect,
  derive: (contents: readonly Content[]) => readonly Content[],
  isDerived: boolean,
): Uint8Array {
  const same = findGaps(source, target, now, dialect);
  if (dialect === 'go') return storeContents(target, same, now, dialect);
  for (const [index, content] of same.entries()) takeFuture(content, source, target, index, now);
  const contents = derive(same);
  if (target.format === 'standard') return storeContents(target, contents, now, dialect);
  const info = target.info as CompressedInfo;
  if (isDerived && info.aggregation !== 'mix') return storeContents(target, contents, now, dialect);
  const whole = withUnrolled(contents, source, info, now);
  const points = whole.map(({ all }) => all);
  const { buffers, reached } = handOver(source, info, points, now);
  const stored = whole.map(({ all, taken }, index) => ({
    all: onlyPoints(all, (timestamp) => timestamp <= reached[index]!),
    taken,
  }));
  return storeContents(target, stored, now, dialect, buffers);
}

/** Of a mix with the same base as before, or a longer one, what the coarser archives are still to be made of. */
function withUnrolled(
  contents: readonly Content[],
  source: Database,
  info: CompressedInfo,
  now: number,
): readonly Content[] {
  const from = source.info as CompressedInfo;
  const [before, after] = [from.archives[0]!, info.archives[0]!];
  if (from.aggregation !== 'mix' || before.step !== after.step) return contents;
  // A shorter one lacks the points between, and what was before them could not be told from a gap.
  if (after.retention < before.retention) return contents;
  return withOlder(contents, info, loadImage(source.toBytes()).archives[0]!, now);
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
