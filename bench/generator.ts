/** The random numbers behind every data set: mulberry32, the same in every run. */

export const SEED = 12_345;

/** Draws whole numbers in [0, 2³²). */
export type Generator = () => number;

/** A generator at its beginning; each data set takes its own. */
export function mulberry32(seed = SEED): Generator {
  let state = seed;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}
