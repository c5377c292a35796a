/** What a writer that will be killed does in its calls, told alike to it and to the test. */

/** Seconds a point of the base. */
export const STEP = 10;
/** Points of the base. */
export const POINTS = 90;
const START = 1_700_000_000;

/**
 * The `n`th call of a writer, at a time counted in steps: a point now, a batch, or late points that replace others, by
 * turns. Of several writers each has intervals of its own, and a value tells its call.
 */
export function callOf(n, tick, writer, writers) {
  const newest = START / STEP + tick;
  const own = newest - ((newest - writer) % writers);
  const ages = [[0], [0, 1, 2, 3, 4, 5], [0, 7, 19], [0], [1, 2], [25, 11, 0]][n % 6];
  const reach = Math.floor(POINTS / writers) - 2;
  const points = ages
    .filter((back) => back < reach)
    .map((back) => [(own - back * writers) * STEP, valueOfCall(n, back)]);
  return { now: newest * STEP, points };
}

/** Of all bits, so that blocks fill soon. */
function valueOfCall(n, back) {
  return (n + 1) * Math.PI + back / 64;
}
