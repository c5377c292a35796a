/** What there is to say of one time in one database. */

import type { AggregationMethod } from '../../format/aggregation-method.js';
import type { Format } from '../../format/detect.js';

/** Why there is a value, or none. */
export type VerdictCode =
  /** There is one; NaN is one. */
  | 'value'
  /** The time is still to come. */
  | 'future'
  /** No archive reaches back so far. */
  | 'too-old'
  /** The file has no points at all. */
  | 'empty'
  /** The first point of the file is later. */
  | 'before-first'
  /** The newest point of the file is earlier. */
  | 'after-last'
  /** Nothing was stored of the interval. */
  | 'not-stored'
  /** Fewer of the finer points are known than the xFilesFactor needs. */
  | 'too-few'
  /** As many are known as it needs, and yet no value was made of them. */
  | 'not-rolled-up'
  /** What was known of the interval has left the finer archive by now. */
  | 'past'
  /** The block of the interval is damaged. */
  | 'damaged';

export interface Verdict {
  readonly code: VerdictCode;
  /** A sentence, with times in ISO 8601: `no value: archive 1 (1m:7d) answers, and …`. */
  readonly message: string;
}

/** A known point. */
export interface KnownPoint {
  readonly timestamp: number;
  readonly value: number;
}

/** The slot of an interval in a standard file. */
export interface ExplainedSlot {
  readonly slot: number;
  /** Byte of the file. */
  readonly offset: number;
  /** Of what interval the slot has a point: of this, of one before or after it, or of none since the file was made. */
  readonly holds: 'this' | 'older' | 'newer' | 'nothing';
  /** As stored; 0 where nothing was. */
  readonly timestamp: number;
  readonly value: number;
}

/** The block of an interval in a compressed file: the one whose range it falls in. */
export interface ExplainedBlock {
  readonly block: number;
  /** Byte of the file where it begins. */
  readonly offset: number;
  /** Times of its first and last point. */
  readonly start: number;
  readonly end: number;
  readonly isCurrent: boolean;
  /** The value of the interval in it; null if there is none. */
  readonly value: number | null;
  /** What is wrong with it, as the middle of a sentence. */
  readonly damage?: string;
}

/** A point that waits in the buffer of a compressed archive. */
export interface BufferedPoint {
  readonly value: number;
  /** A point of this time or later takes it to a block. */
  readonly until: number;
}

/** What the finer points of an interval come to. */
export interface ExplainedRollUp {
  /** The archive that they are in. */
  readonly archive: number;
  /** How many of how many are known, and how many the xFilesFactor needs. */
  readonly known: number;
  readonly of: number;
  readonly needed: number;
  readonly isEnough: boolean;
  /** How many more may have been known once: newer points have taken their places by now. */
  readonly lost: number;
  /** Whether any finer archive has a point of the interval, or may have had one. */
  readonly hadPoints: boolean;
  /** What the known ones come to; null if none is known. */
  readonly value: number | null;
}

export interface ExplainedArchive {
  readonly index: number;
  readonly step: number;
  readonly points: number;
  /** Seconds. */
  readonly retention: number;
  /** Below the base of a mix file: the name of its aggregation. */
  readonly spec?: string;
  /** The interval of the time that was asked for. */
  readonly interval: number;
  /** Whether the archive reaches back to it, and the time has come. */
  readonly covers: boolean;
  /** From when on it does not any more. */
  readonly fallsOut: number;
  /** What a fetch from this archive shows; null for a gap, and for what it does not cover. */
  readonly value: number | null;
  /** In which place that value is: `waiting` is one that a reader makes of what waits in finer archives. */
  readonly source: 'slot' | 'block' | 'buffer' | 'waiting' | null;
  /** Only in standard files. */
  readonly slot?: ExplainedSlot;
  /** Only in compressed files; null if the interval falls in no block. */
  readonly block?: ExplainedBlock | null;
  /** Only in compressed files; null if no point of the interval waits. */
  readonly buffered?: BufferedPoint | null;
  /** Only below the finest; absent also where the file's archives break the rules, so that none is made. */
  readonly rollUp?: ExplainedRollUp;
  /** Late points since the file was made; only in compressed files. */
  readonly discarded?: number;
  /** Points that it has, up to now. */
  readonly known: number;
  readonly first: number | null;
  readonly last: number | null;
}

export interface Explanation {
  readonly path: string;
  readonly format: Format;
  /** Unix seconds: the time that was asked for. */
  readonly timestamp: number;
  readonly now: number;
  readonly aggregation: AggregationMethod | 'mix';
  readonly xFilesFactor: number;
  readonly verdict: Verdict;
  /** The archive that answers a fetch of this time; null if none does. */
  readonly answer: number | null;
  /** What it shows. */
  readonly value: number | null;
  /** The nearest known points before and after the interval, in the archive that answers. */
  readonly before: KnownPoint | null;
  readonly after: KnownPoint | null;
  /** Seconds that the points of the finest archive are apart, as a rule; null where there are too few to tell. */
  readonly spacing: number | null;
  /** Finest first. */
  readonly archives: readonly ExplainedArchive[];
  /** What could be done about it, a sentence each. */
  readonly advice: readonly string[];
}
