/** How often points come: the commonest reason for too few known ones is a schema that expects more. */
import type { TimedPoints } from '../../archive/current-points.js';
import type { ExplainedRollUp } from './explanation.js';
import type { Facts } from './verdict.js';

/** A median of so many newest points tells how often they come. */
const MOST_SPACINGS = 1000;
/** Fewer tell nothing. */
const FEWEST_SPACINGS = 3;

/** The median of how far neighbouring points are apart, in seconds; null where there are too few. */
export function typicalSpacing({ timestamps }: TimedPoints, now: number): number | null {
  const newest = timestamps.filter((timestamp) => timestamp <= now).slice(-MOST_SPACINGS - 1);
  const spacings = newest.subarray(1).map((timestamp, i) => timestamp - newest[i]!);
  return spacings.length < FEWEST_SPACINGS ? null : spacings.sort()[spacings.length >> 1]!;
}

/**
 * How many of the points that make one coarser value are known as a rule, where points come more seldom than their archive
 * has room for; undefined where they do not, or where that cannot be told.
 */
export function usuallyKnown({ archives, spacing }: Facts, rollUp: ExplainedRollUp): number | undefined {
  const { step } = archives[0]!;
  if (rollUp.archive !== 0 || spacing === null || spacing <= step) return undefined;
  return Math.max(1, Math.floor((rollUp.of * step) / spacing));
}
