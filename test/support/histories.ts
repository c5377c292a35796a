/** Random histories of a database, kept to what Python Whisper does without a fault or an accident of hashing. */
import fc from 'fast-check';
import { aggregationMethods } from '../../src/index.js';
import type { Step } from './python-whisper.js';

export type Archives = [step: number, points: number][];

export interface History {
  create: Extract<Step, { do: 'create' }>;
  /** Every coarser archive has its base interval before the first batch, so bytes follow from the history. */
  isAnchored: boolean;
  steps: Step[];
  fetches: Step[];
}

const LAST_TIME = 2 ** 32 - 1;
/** When histories end: an ordinary year, just after January 2038, later, and as late as 32 bits can say. */
const ENDS = [1_500_000_123, 2 ** 31 + 20, 3_000_000_001, LAST_TIME - 1000, LAST_TIME];
const SHARES = [0, 0.1, 0.2, 0.3, 1 / 3, 0.5, 2 / 3, 0.7, 1];

/** Archives that go together, few points each, so that rings turn often. */
export function archiveLists(): fc.Arbitrary<Archives> {
  const level = fc.record({ ratio: fc.integer({ min: 2, max: 6 }), spare: fc.nat(9) });
  const levels = fc.array(level, { minLength: 1, maxLength: 4 });
  return fc.tuple(fc.constantFrom(1, 7, 10, 21, 60), levels).map(([finest, levels]) => {
    const archives: Archives = [];
    let [step, reach] = [finest, 0];
    for (const { ratio, spare } of levels) {
      const points = Math.max(Math.floor(reach / step) + 1, ratio) + spare;
      archives.push([step, points]);
      reach = step * points;
      step *= ratio;
    }
    return archives;
  });
}

/** Doubles of every kind; infinities of one sign, so that no sum of a history makes a NaN of its own. */
function values(infinity: number): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: -2, max: 2 }) },
    { weight: 3, arbitrary: fc.integer({ min: -1000, max: 1000 }) },
    { weight: 4, arbitrary: fc.double({ min: -1e200, max: 1e200, noNaN: true }) },
    { weight: 2, arbitrary: fc.constantFrom(0, -0, Number.NaN, 5e-324, -5e-324, infinity) },
  );
}

/** A history of up to `longest` steps and the fetches to end it with. */
export function histories(longest = 14): fc.Arbitrary<History> {
  return fc.gen().map((gen) => {
    const archives = gen(archiveLists);
    const create = {
      do: 'create' as const,
      archives,
      xFilesFactor: gen(fc.constantFrom, ...SHARES),
      aggregation: gen(fc.constantFrom, ...aggregationMethods),
    };
    const isAnchored = gen(fc.boolean);
    const ticks = gen(fc.array, tick(archives), { minLength: 2, maxLength: longest });
    let now = gen(fc.constantFrom, ...ENDS) - ticks.reduce((sum, seconds) => sum + seconds, 0);
    const steps: Step[] = [];
    if (isAnchored) {
      steps.push({ do: 'update', timestamp: now, value: gen(fc.integer), now });
      steps.push({ do: 'setXFilesFactor', xFilesFactor: create.xFilesFactor });
      create.xFilesFactor = 0;
    }
    const value = values(gen(fc.constantFrom, Infinity, -Infinity));
    for (const seconds of ticks) {
      now += seconds;
      steps.push(step(gen, archives, value, now));
    }
    const fetches: Step[] = [{ do: 'info' }];
    for (const [step] of archives) fetches.push({ do: 'fetch', from: 0, now, step });
    while (fetches.length < 9) fetches.push(fetch(gen, archives, now));
    return { create, isAnchored, steps, fetches };
  });
}

function tick(archives: Archives): fc.Arbitrary<number> {
  const [step, points] = archives[0]!;
  return fc.oneof(fc.nat(2 * step), fc.nat(step * points), fc.nat(3 * greatestRetention(archives)));
}

function step(gen: fc.GeneratorValue, archives: Archives, value: fc.Arbitrary<number>, now: number): Step {
  const kind = gen(fc.nat, 19);
  if (kind === 0) return { do: 'setXFilesFactor', xFilesFactor: gen(fc.constantFrom, ...SHARES, 1.5, -0.25) };
  if (kind === 1) {
    const aggregation = gen(fc.constantFrom, ...aggregationMethods, 'median');
    const xFilesFactor = gen(fc.constantFrom, undefined, ...SHARES, 2);
    return { do: 'setAggregation', aggregation, ...(xFilesFactor === undefined ? {} : { xFilesFactor }) };
  }
  if (kind === 2) return fetch(gen, archives, now);
  if (kind < 10) {
    // A time that 32 bits cannot hold is refused by both, with other words.
    const at = timestamp(gen, Math.min(now - gen(() => age(archives, -2)), LAST_TIME));
    return { do: 'update', timestamp: at, value: gen(() => value), now };
  }
  const isDense = gen(fc.boolean);
  const newest = now - gen(() => age(archives, 0));
  const spread = isDense ? fc.nat(archives[0]![0] * archives[0]![1]) : age(archives, 0);
  const ages = gen(fc.array, spread, { minLength: 0, maxLength: 40 });
  const points = ages.map((seconds) => {
    return [timestamp(gen, (isDense ? newest : now) - seconds), gen(() => value)] as const;
  });
  if (gen(fc.nat, 3) === 0) points.push(...futurePoints(gen, archives, value, now));
  return { do: 'updateMany', points: withoutAccidents(archives, points, now), now };
}

/** A few seconds, the edges of every archive, or anything, in seconds before now. */
function age(archives: Archives, least: number): fc.Arbitrary<number> {
  const edges = archives.flatMap(([step, points]) => [-1, 0, 1].map((by) => step * points + by));
  return fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: least, max: 2 * archives[0]![0] }) },
    { weight: 4, arbitrary: fc.nat(archives[0]![0] * archives[0]![1]) },
    { weight: 1, arbitrary: fc.constantFrom(...edges) },
    { weight: 2, arbitrary: fc.nat(Math.ceil(1.2 * greatestRetention(archives))) },
  );
}

function timestamp(gen: fc.GeneratorValue, whole: number): number {
  return gen(fc.nat, 5) === 0 ? whole + gen(fc.constantFrom, 0.25, 0.5, 0.999) : whole;
}

function futurePoints(
  gen: fc.GeneratorValue,
  archives: Archives,
  value: fc.Arbitrary<number>,
  now: number,
): [number, number][] {
  const [step, points] = archives[0]!;
  const ahead = gen(fc.array, fc.integer({ min: 1, max: Math.ceil((step * points) / 2) }), { maxLength: 6 });
  return ahead
    .filter((seconds) => now + seconds <= LAST_TIME)
    .map((seconds) => [now + seconds, gen(() => value)]);
}

function fetch(gen: fc.GeneratorValue, archives: Archives, now: number): Step {
  const from = now - gen(() => age(archives, -3));
  const until = gen(fc.boolean) ? undefined : from + gen(() => age(archives, -1));
  // Python asks for an unknown step only once the range has something to say; sotto refuses it at the door.
  if (gen(fc.nat, 19) === 0) return { do: 'fetch', from: now, now, step: archives.at(-1)![0] + 1 };
  const step = gen(fc.constantFrom, undefined, ...archives.map(([step]) => step));
  return {
    do: 'fetch',
    from,
    now,
    ...(until === undefined ? {} : { until }),
    ...(step === undefined ? {} : { step }),
  };
}

/**
 * Leaves points out of a batch, the last first, until Python's faults and its set order cannot show: a run that
 * the ring cannot hold, and two coarse intervals that one write each to the same slot.
 */
function withoutAccidents<P extends readonly [number, number]>(
  archives: Archives,
  points: P[],
  now: number,
): P[] {
  let kept = points;
  while (!isFreeOfAccidents(archives, kept, now)) kept = kept.slice(0, -1);
  return kept;
}

function isFreeOfAccidents(
  archives: Archives,
  points: readonly (readonly [number, number])[],
  now: number,
): boolean {
  return archives.every(([fineStep, finePoints], i) => {
    const youngest = i === 0 ? -Infinity : archives[i - 1]![0] * archives[i - 1]![1];
    const mine = points
      .map(([timestamp]) => Math.trunc(timestamp))
      .filter((time) => now - time > youngest && now - time <= fineStep * finePoints);
    if (mine.length === 0) return true;
    const [oldest, newest] = [Math.min(...mine), Math.max(...mine)];
    const turn = (step: number) => Math.floor(newest / step) - Math.floor(oldest / step);
    return archives.every(([step, points], j) => j < i || turn(step) < points + (j === i ? 1 : 0));
  });
}

export function greatestRetention(archives: Archives): number {
  return Math.max(...archives.map(([step, points]) => step * points));
}
