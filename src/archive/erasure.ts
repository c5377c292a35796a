/** Which intervals a range of time takes out of every archive, and which of them have to be made anew. */
import { floorTo } from '../bytes/integers.js';

/** What is erased of one archive. */
export interface ErasedSpan {
  /** Which archive; 0 is the finest. */
  readonly index: number;
  /** The first and the last interval that goes; none does if `first` is the greater. */
  readonly first: number;
  readonly last: number;
  /** The archive that its values are made of; undefined where nothing is made anew. */
  readonly source: number | undefined;
  /** Intervals of which a part goes: the one at either end at most. */
  readonly parted: readonly number[];
}

/** Intervals that are not as they were, from the first to the last of them. */
interface Touched {
  readonly from: number;
  readonly to: number;
}

/**
 * What the range (from, until] takes out of the archives, the finest first.
 *
 * Of the finest archive those intervals go that a fetch of the range shows; of a coarser one those all of whose seconds
 * lie in the range. An interval of which only a part does is made anew.
 *
 * @param steps  seconds, of each archive
 * @param isMix  every coarser archive is made of the finest one, and not of the next finer
 */
export function planErasure(
  steps: readonly number[],
  from: number,
  until: number,
  isMix: boolean,
): ErasedSpan[] {
  const base = planShown(0, steps[0]!, from, until);
  // Between two intervals of the finest archive nothing is stored that could be told apart.
  if (base.first > base.last) return [];
  const plan = [base];
  const touched: Touched[] = [{ from: base.first, to: base.last }];
  for (const [index, step] of steps.entries()) {
    if (index === 0) continue;
    const source = isMix ? 0 : index - 1;
    const { from: lowest, to: highest } = touched[source]!;
    const first = floorTo(from, step) + step;
    const last = floorTo(until + 1, step) - step;
    const ends = [floorTo(lowest, step), floorTo(highest, step)];
    const parted = [...new Set(ends)].filter((interval) => interval < first || interval > last);
    plan.push({ index, first, last, source, parted });
    touched.push({ from: ends[0]!, to: ends[1]! });
  }
  return plan;
}

/** What the range (from, until] takes out of one archive alone: the intervals that a fetch of it shows. */
export function planShown(index: number, step: number, from: number, until: number): ErasedSpan {
  return {
    index,
    first: floorTo(from, step) + step,
    last: floorTo(until, step),
    source: undefined,
    parted: [],
  };
}
