/**
 * For how much time a point of a history stands.
 *
 * Whisper asks how many of the slots of the finer archive are known. A history may be sparser than the finest archive of the
 * file that it goes to, and denser again later; a point of it then stands for the usual distance of the points around it,
 * so that five-minute values fill an hour of a file of one-minute slots, and two lone values in an hour of one-minute ones
 * do not.
 */

/** Points to either side by which the usual distance is told. */
const NEIGHBOURS = 25;
/** Fewer points than these to come may be stragglers at the end, and tell nothing. */
const FEWEST_TO_COME = 5;

const room = new Float64Array(NEIGHBOURS);

/**
 * @param timestamps  rising, each a multiple of `least`
 * @param least       seconds: the step of the finest archive
 * @param lone        what a point stands for that has no other
 * @returns           seconds for each: the distance to its nearer neighbour, but no more than is usual before or after it
 */
export function spansOf(timestamps: Float64Array, least: number, lone: number): Float64Array {
  const { length } = timestamps;
  const spans = new Float64Array(length);
  for (let i = 1; i < length; i++) {
    const before = timestamps[i]! - timestamps[i - 1]!;
    const after = i === length - 1 ? Number.POSITIVE_INFINITY : timestamps[i + 1]! - timestamps[i]!;
    const nearest = Math.min(before, after);
    if (nearest <= least) spans[i] = least;
    // In the midst of an even run it is what it was.
    else if (before === after && spans[i - 1] === nearest) spans[i] = nearest;
    else spans[i] = Math.max(least, Math.min(nearest, usualDistance(timestamps, i)));
  }
  // The first point has no past to be judged by, and stands for no more than the second.
  if (length > 1) spans[0] = Math.max(least, Math.min(timestamps[1]! - timestamps[0]!, spans[1]!));
  else if (length === 1) spans[0] = lone;
  return spans;
}

/** What is usual before a point or after it: the greater of both. */
function usualDistance(timestamps: Float64Array, i: number): number {
  const last = Math.min(i + NEIGHBOURS, timestamps.length - 1);
  const before = medianDistance(timestamps, Math.max(i - NEIGHBOURS, 0), i);
  return last - i < FEWEST_TO_COME ? before : Math.max(before, medianDistance(timestamps, i, last));
}

/** The lower median of the distances between the points from index `first` to `last`. */
function medianDistance(timestamps: Float64Array, first: number, last: number): number {
  const count = last - first;
  for (let i = 0; i < count; i++) room[i] = timestamps[first + i + 1]! - timestamps[first + i]!;
  return room.subarray(0, count).sort()[(count - 1) >>> 1]!;
}
