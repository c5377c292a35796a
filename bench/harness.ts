/**
 * Measures cases. The only file that knows the package which does the timing.
 *
 * A result is made of samples: a sample is a run of ops long enough to be timed well, and its figure is ops
 * per second. Preparing, and clearing up between samples, is not timed.
 */
import Benchmark from 'benchmark';
import { busyMs } from './machine.js';

/** A named piece of work. */
export interface Case {
  readonly name: string;
  readonly pointsPerOp: number;
  /** Bytes of points read or written, or of the file created. */
  readonly bytesPerOp: number;
  /** Prepares what the ops need. */
  start(): Work;
}

export interface Work {
  /** One op; the number goes to the sink, so that no part of the work can be left out as unused. */
  op(): number;
  /** Clears up after a sample. */
  afterSample?(): void;
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
}

/** A wider spread says more about the machine than about the work. */
export const WIDEST_TRUSTED_SPREAD = 30;

// The package would paste the source of hooks into a function of its own, where they do not see their variables.
Benchmark.support.decompilation = false;

let sink = 0;
let ownMs = 0;
let allMs = 0;

/** Measures one case. */
export function measure({ name, pointsPerOp, bytesPerOp, start }: Case, effort: Effort): Result {
  const work = start();
  const ownBefore = process.cpuUsage();
  const allBefore = busyMs();
  try {
    warmUp(work, effort.warmUpMs);
    const seconds = sample(name, work, effort);
    return { name, pointsPerOp, bytesPerOp, opsPerSecond: 1 / mean(seconds), ...rates(seconds) };
  } finally {
    const { user, system } = process.cpuUsage(ownBefore);
    ownMs += (user + system) / 1000;
    allMs += busyMs() - allBefore;
    work.stop();
  }
}

/** What the ops returned, summed up. */
export function sunk(): number {
  return sink;
}

/** Processor time that others took while cases were measured, in per cent of what the cases took. */
export function othersPercent(): number {
  return ownMs === 0 ? 0 : Math.max(0, (100 * (allMs - ownMs)) / ownMs);
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

function warmUp(work: Work, milliseconds: number): void {
  const end = performance.now() + milliseconds;
  do {
    sink += work.op();
  } while (performance.now() < end);
  work.afterSample?.();
}

function sample(name: string, work: Work, { samples, sampleMs }: Effort): readonly number[] {
  const benchmark = new Benchmark({
    name,
    async: false,
    minSamples: samples,
    minTime: sampleMs / 1000,
    maxTime: 0, // It would be added to the time of the samples asked for.
    fn: () => {
      sink += work.op();
    },
    teardown: () => work.afterSample?.(),
  });
  benchmark.run();
  if (benchmark.error !== undefined) throw benchmark.error;
  return benchmark.stats.sample as number[];
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0) / numbers.length;
}
