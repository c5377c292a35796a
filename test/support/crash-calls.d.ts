export const STEP: number;
export const POINTS: number;
export function callOf(
  n: number,
  tick: number,
  writer: number,
  writers: number,
): { now: number; points: [timestamp: number, value: number][] };
