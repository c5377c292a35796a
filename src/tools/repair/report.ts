/** What a repair tells: what was wrong, what was done, what is left of each archive and what could not be kept. */
import type { Format } from '../../format/detect.js';
import type { Finding } from '../verify/finding.js';

/**
 * `sound`: nothing had to be changed, and nothing was written.
 * `repaired`: a sound file was written.
 * `repairable`: it would have been; this was a dry run.
 * `hopeless`: the file does not say enough, and nothing was written.
 */
export type RepairOutcome = 'sound' | 'repaired' | 'repairable' | 'hopeless';

/** What became of the points of one archive. */
export interface RepairedArchive {
  readonly index: number;
  /** Seconds per point. */
  readonly step: number;
  /** How many it can hold. */
  readonly points: number;
  /** Points that stand where they stood. */
  readonly kept: number;
  /** Points that were brought to where readers look for them. */
  readonly moved: number;
  /** Points that are known to have been there, and are not any more. */
  readonly dropped: number;
  /** Of a compressed file: blocks whose range or bits are others than before. */
  readonly rebuiltBlocks: number;
}

/** What came of a repair. */
export interface Repair {
  readonly outcome: RepairOutcome;
  /** As it was given. */
  readonly path: string;
  /** What the file is, or was made to be; undefined where that cannot be told. */
  readonly format: Format | undefined;
  /** What was wrong before, as `verify` with `deep` tells it. */
  readonly findings: readonly Finding[];
  /** Empty unless something was changed. */
  readonly archives: readonly RepairedArchive[];
  /** What was done beside moving points, a sentence each. */
  readonly changes: readonly string[];
  /** What could not be kept, and why. */
  readonly losses: readonly string[];
  /** Where the repaired file stands. */
  readonly output: string | undefined;
  /** Where the old one stands. */
  readonly backup: string | undefined;
}

/** A repaired file in memory: what it begins with, and how long it is; all behind the beginning is zero. */
export interface RepairedImage {
  readonly format: Format;
  readonly bytes: Uint8Array;
  readonly size: number;
}

/** What a repair of these bytes comes to, before anything is written. */
export interface RepairedBytes
  extends Pick<Repair, 'format' | 'findings' | 'archives' | 'changes' | 'losses'> {
  readonly outcome: 'sound' | 'repairable' | 'hopeless';
  /** If it is repairable. */
  readonly image: RepairedImage | undefined;
}

/** Collects what is told while a repair goes on. */
export class RepairLog {
  readonly changes: string[] = [];
  readonly losses: string[] = [];
  readonly archives: RepairedArchive[] = [];

  change(text: string): void {
    this.changes.push(text);
  }

  lose(text: string): void {
    this.losses.push(text);
  }
}

/** "1 point", "2 points". */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
