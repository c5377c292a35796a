/** What the pages are given: records that JSON can hold. Only types stand here, since both sides share them. */
import type { MappedArchive } from '../tools/block-map.js';
import type { Summary } from '../tools/chart-series.js';
import type { FileDescription } from '../tools/describe-file.js';
import type { Finding } from '../tools/verify/finding.js';

/** The values of one archive in a range. */
export interface WireSeries {
  /** 0 is the finest. */
  readonly archive: number;
  /** As people call it, such as `1m:7d`. */
  readonly name: string;
  /** Seconds per slot. */
  readonly step: number;
  /** Time of slot 0. */
  readonly from: number;
  readonly slots: number;
  /** How many of the slots have a value. */
  readonly known: number;
  /** Of a thinned series the slots whose values follow; else they are those of all slots. */
  readonly at?: readonly number[];
  /** Null is a gap; what JSON has no number for is text: `NaN`, `Infinity`, `-Infinity`. */
  readonly values: readonly (number | string | null)[];
  /** Of all slots, also where it is thinned. */
  readonly summary: Summary;
}

/** A range of time, `[from, until)`, in Unix seconds. */
export interface WireRange {
  readonly from: number;
  readonly until: number;
}

/** A file as `plot --html` puts it into its page. */
export interface WireFile {
  readonly label: string;
  readonly description: FileDescription;
  readonly series: readonly WireSeries[];
}

/** All that the page of `plot --html` knows. */
export interface WirePage {
  readonly title: string;
  readonly zone: 'utc' | 'local';
  readonly range: WireRange;
  /** The time at which it was made. */
  readonly now: number;
  readonly files: readonly WireFile[];
}

/** A folder or a file in the tree of `view`. */
export interface WireEntry {
  readonly kind: 'folder' | 'file';
  /** What the server knows it by. */
  readonly id: string;
  readonly name: string;
}

export interface WireList {
  readonly entries: readonly WireEntry[];
  /** How many there are behind these. */
  readonly more: number;
}

/** What stands in a folder. */
export interface WireFolder extends WireList {
  /** The id by which changes of it are asked for, and the stamp from before it was read; of the list of roots null. */
  readonly watched: string | null;
  readonly stamp: string | null;
}

/** Answer to a question for the values of a file. */
export interface WireChart {
  readonly range: WireRange;
  /** As far as the file reaches at this moment. */
  readonly limits: WireRange;
  readonly series: readonly WireSeries[];
  /** Names of all archives of the file. */
  readonly archives: readonly string[];
  readonly stamp: string;
}

export interface WireInfo {
  readonly path: string;
  readonly description: FileDescription;
  readonly stamp: string;
}

export interface WireBlocks {
  /** None of a standard file. */
  readonly archives: readonly MappedArchive[];
}

export interface WireFindings {
  readonly isDeep: boolean;
  readonly findings: readonly Omit<Finding, 'path'>[];
}

/** What has changed is told by stamps: one that differs is of something new; null is gone. */
export interface WireStamps {
  readonly stamps: Readonly<Record<string, string | null>>;
}

export interface WireError {
  readonly code: string;
  readonly message: string;
}
