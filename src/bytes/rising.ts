/** Numbers that rise. */

/**
 * Index of the first of the numbers [start, end) that is not below a bound; `end` if all are.
 *
 * @param numbers  rising
 */
export function firstAtLeast(
  numbers: ArrayLike<number>,
  bound: number,
  end: number = numbers.length,
  start = 0,
): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
