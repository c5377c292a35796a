/** What an archive lacks and another database has. */
import { slotOf } from '../archive/ring.js';
import { HIGH, halvesOf, LOW } from '../bytes/double-bits.js';
import type { Database } from '../database/database.js';
import type { Series } from '../database/series.js';
import type { Dialect } from '../format/aggregation-method.js';
import { PointRun } from '../format/point-run.js';
import type { RangeOptions } from './change/options.js';
import { type IsWaiting, waitingIntervals } from './change/waiting.js';
import { findDonor, soundCopy } from './donor.js';
import type { Content } from './store-contents.js';

/** What counts as a gap. */
export interface GapOptions extends RangeOptions {
  /** A value of 0 is one as well, where the source has another. */
  readonly zeroesAreGaps?: boolean | undefined;
}

/**
 * What each archive of `target` holds up to now, with what it lacks and the archive of the same step in `source` has.
 */
export function findGaps(
  source: Database,
  target: Database,
  now: number,
  dialect: Dialect,
  options: GapOptions = {},
): Content[] {
  const from = soundCopy(source, dialect);
  const into = soundCopy(target, dialect);
  const isWaiting: IsWaiting =
    options.zeroesAreGaps === true && dialect !== 'go' ? waitingIntervals(target) : () => false;
  return target.info.archives.map(({ retention, step }, index) => {
    const have = into.fetch(now - retention, now, { archive: index, now });
    const donor = findDonor(source.info, target.info, index);
    const reach = donor === undefined ? 0 : Math.min(retention, source.info.archives[donor]!.retention);
    const offered = donor === undefined ? null : from.fetch(now - reach, now, { archive: donor, now });
    const mayTake = bothOf(within(options), slotsFor(target, index));
    const isGap = (timestamp: number, value: number) => {
      // A 0 that is made of what waits would be made anew.
      return options.zeroesAreGaps === true && value === 0 && !isWaiting(index, timestamp);
    };
    return fillGaps(have, offered, step, { dialect, mayTake, isGap });
  });
}

type IsMeant = (timestamp: number) => boolean;

function bothOf(one: IsMeant, other: IsMeant): IsMeant {
  return (timestamp) => one(timestamp) && other(timestamp);
}

function within({
  from = Number.NEGATIVE_INFINITY,
  until = Number.POSITIVE_INFINITY,
}: RangeOptions): IsMeant {
  return (timestamp) => timestamp > from && timestamp <= until;
}

/** Tells whether an archive has a slot for a point of the past: in a ring one of the future may have taken it. */
export function slotsFor(target: Database, index: number): IsMeant {
  if (target.format === 'compressed') return () => true;
  const { timestamps } = target.slots(index);
  const base = timestamps[0]!;
  const archive = target.info.archives[index]!;
  return (timestamp) => base === 0 || timestamps[slotOf(archive, base, timestamp)]! <= timestamp;
}

interface Filling {
  readonly dialect: Dialect;
  readonly mayTake: IsMeant;
  /** Whether a value that is there counts for nothing where there is another one. */
  readonly isGap: (timestamp: number, value: number) => boolean;
}

function fillGaps(
  have: Series | null,
  offered: Series | null,
  step: number,
  { dialect, mayTake, isGap }: Filling,
): Content {
  const all = new PointRun();
  const taken = new PointRun();
  for (let i = 0; i < (have?.length ?? 0); i++) {
    const timestamp = have!.from + i * step;
    // Time 0 means no point, in either format.
    if (timestamp <= 0) continue;
    const j = offered === null ? -1 : (timestamp - offered.from) / step;
    const isOffered = isThere(offered, j, dialect) && mayTake(timestamp);
    const isKept = isThere(have, i, dialect);
    const isZero = isKept && isGap(timestamp, have!.values[i]!);
    if (isOffered && (!isKept || (isZero && offered!.values[j] !== 0))) {
      pushValue(all, timestamp, offered!, j);
      pushValue(taken, timestamp, offered!, j);
    } else if (isKept) pushValue(all, timestamp, have!, i);
  }
  return { all, taken };
}

/** To go-whisper a stored NaN is a gap as well (quirk 35). */
function isThere(series: Series | null, i: number, dialect: Dialect): boolean {
  if (series?.known[i] !== 1) return false;
  return dialect !== 'go' || !Number.isNaN(series.values[i]!);
}

function pushValue(into: PointRun, timestamp: number, { values }: Series, i: number): void {
  const halves = halvesOf(values.subarray(i, i + 1));
  into.push(timestamp, halves[HIGH]!, halves[LOW]!);
}
