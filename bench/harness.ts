/**
 * Measures cases. The only file that knows the package which does the timing.
 *
 * A result is made of samples, and the figure of a sample is ops per second. Where ops follow one another on one
 * state, a sample is a run of them long enough to be timed well; where the state has to be new, it is a whole round,
 * such as 1000 calls on a new file. Preparing and clearing up are not timed.
 */
import Benchmark from 'benchmark';
import { busyMs } from './machine.js';

/** A named piece of work. */
export interface Case {
  readonly name: string;
  readonly pointsPerOp: number;
  /** Bytes of points read or written, or of the file created. */
  readonly bytesPerOp: number;
  /** How many ops one `run` does; one if left out. */
  readonly opsPerRun?: number;
  /** Each run is a round that needs a state of its own, and so a sample. */
  readonly isRound?: boolean;
  /** Prepares what all samples need. */
  start(): Work;
}

export interface Work {
  /** Prepares a sample. */
  before?(): void;
  /** Does its ops; the number goes to the sink, so that no part of the work can be left out as unused. */
  run(): number;
  /** Clears up after a sample. */
  after?(): void;
  stop(): void;
}

/** Ops per second of a set of samples. */
export interface Rates {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** How far the middle 80 % of the samples reach, in per cent of the median: single interruptions are left out. */
  readonly spreadPercent: number;
  readonly isTrusted: boolean;
  readonly samples: number;
}

export interface Result extends Rates {
  readonly name: string;
  /** Ops over the whole time, which is the mean; to compare, take the median. */
  readonly opsPerSecond: number;
  readonly pointsPerOp: number;
  readonly bytesPerOp: number;
}

/** How long to measure. */
export interface Effort {
  readonly samples: number;
  readonly sampleMs: number;
  readonly warmUpMs: number;
  /** For all samples of a case that are rounds: slow ones are fewer, but never less than two. */
  readonly roundsMs: number;
}

/** A wider spread says more about the machine than about the work. */
export const WIDEST_TRUSTED_SPREAD = 30;

const FEWEST_ROUNDS = 2;
/** The package calls every round twice, once of them to see that it does not fail. */
const CALLS_PER_ROUND = 2;
/** As good as no time, which the package would take for no answer: one round is a sample, however short it is. */
const ONE_ROUND_SECONDS = 1e-9;

// The package would paste the source of hooks into a function of its own, where they do not see their variables.
Benchmark.support.decompilation = false;

let sink = 0;
let ownMs = 0;
let allMs = 0;

/**
 * Measures one case.
 *
 * @returns  seconds per op, one entry a sample
 */
export function measure(measured: Case, effort: Effort): number[] {
  const { name, opsPerRun = 1, start } = measured;
  const work = start();
  const ownBefore = process.cpuUsage();
  const allBefore = busyMs();
  try {
    const lastRunMs = warmUp(work, effort.warmUpMs);
    const { samples, minTime } = planSamples(measured, effort, lastRunMs);
    return sample(name, work, samples, minTime).map((seconds) => seconds / opsPerRun);
  } finally {
    const { user, system } = process.cpuUsage(ownBefore);
    ownMs += (user + system) / 1000;
    allMs += busyMs() - allBefore;
    work.stop();
  }
}

/** @param seconds  of all samples that were taken of a case */
export function resultOf(
  { name, pointsPerOp, bytesPerOp }: Pick<Case, 'name' | 'pointsPerOp' | 'bytesPerOp'>,
  seconds: readonly number[],
): Result {
  return { name, pointsPerOp, bytesPerOp, opsPerSecond: 1 / mean(seconds), ...rates(seconds) };
}

/** What the ops returned, summed up. */
export function sunk(): number {
  return sink;
}

/** Milliseconds of processor time while cases were measured: of this process, and of everybody on the machine. */
export function processorTime(): { own: number; all: number } {
  return { own: ownMs, all: allMs };
}

/** @param seconds  per op, one entry a sample */
export function rates(seconds: readonly number[]): Rates {
  const sorted = seconds.map((each) => 1 / each).sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const spreadPercent = (100 * (quantile(sorted, 0.9) - quantile(sorted, 0.1))) / median;
  const isTrusted = spreadPercent <= WIDEST_TRUSTED_SPREAD;
  return { min: sorted[0]!, median, max: sorted.at(-1)!, spreadPercent, isTrusted, samples: sorted.length };
}

/** The value below which a share of the samples lies, drawn straight between two of them. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (at % 1) * (sorted[Math.ceil(at)]! - below);
}

/** @returns  how long the last run took, with what goes before and after it, in milliseconds */
function warmUp(work: Work, milliseconds: number): number {
  const start = performance.now();
  for (;;) {
    const before = performance.now();
    work.before?.();
    sink += work.run();
    work.after?.();
    const now = performance.now();
    if (now - start >= milliseconds) return now - before;
  }
}

function planSamples(
  { isRound }: Case,
  { samples, sampleMs, roundsMs }: Effort,
  lastRunMs: number,
): { samples: number; minTime: number } {
  if (isRound !== true) return { samples, minTime: sampleMs / 1000 };
  const affordable = Math.floor(roundsMs / (CALLS_PER_ROUND * lastRunMs));
  return { samples: Math.min(samples, Math.max(FEWEST_ROUNDS, affordable)), minTime: ONE_ROUND_SECONDS };
}

/** @returns  seconds per run, one entry a sample */
function sample(name: string, work: Work, minSamples: number, minTime: number): readonly number[] {
  const benchmark = new Benchmark({
    name,
    async: false,
    minSamples,
    minTime,
    maxTime: 0, // It would be added to the time of the samples asked for.
    setup: () => work.before?.(),
    fn: () => {
      sink += work.run();
    },
    teardown: () => work.after?.(),
  });
  benchmark.run();
  if (benchmark.error !== undefined) throw benchmark.error;
  return benchmark.stats.sample as number[];
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0) / numbers.length;
}
