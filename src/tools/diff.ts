import type { Database } from '../database/database.js';
import type { Series } from '../database/series.js';
import { describeValue, WhisperError } from '../errors.js';
import { formatRetention } from '../format/retention.js';
import { badOption } from '../options.js';
import { type SelectedArchive, selectArchives } from './dump.js';

export interface DiffOptions {
  /** Unix seconds: each archive is compared over its retention up to here. */
  readonly now: number;
  /** Compare only after this time, and up to and with this one. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  /** Compare one archive alone. */
  readonly archive?: number | undefined;
  /** How far two values may be apart and still count as equal; 0 by default. */
  readonly tolerance?: number | undefined;
  /** Take NaN for equal to NaN; by default it differs, as in Python Whisper. */
  readonly nanEqual?: boolean | undefined;
  /** Pass over times at which either has a gap. */
  readonly ignoreEmpty?: boolean | undefined;
  /** Compare a coarser archive only where no finer one reaches back to, as Python Whisper does. */
  readonly once?: boolean | undefined;
}

/** A time at which two databases differ; null for a gap. */
export interface Difference {
  readonly timestamp: number;
  readonly a: number | null;
  readonly b: number | null;
}

/** What the comparison of one archive came to. */
export interface ArchiveDiff {
  readonly index: number;
  /** Seconds per point. */
  readonly step: number;
  readonly points: number;
  /** Below the base of a mix file: the name of its aggregation. */
  readonly spec: string | undefined;
  /** Times at which either has a value, or with `ignoreEmpty` both. */
  readonly total: number;
  /** How many of them differ, those with a value in one of the two alone included. */
  readonly differing: number;
  readonly onlyInA: number;
  readonly onlyInB: number;
  /** Where they differ, by rising time; found anew with each walk. */
  readonly differences: Iterable<Difference>;
}

/**
 * Compares two databases of either format by what a fetch shows of each archive: over the whole of its retention, also
 * where a finer one reaches, unless `once`.
 *
 * @throws WhisperError `WSP_UNLIKE_ARCHIVES` for archives that are unlike, `WSP_NO_SUCH_ARCHIVE`, `WSP_BAD_RANGE`,
 *   `WSP_BAD_OPTION`
 */
export function diff(a: Database, b: Database, options: DiffOptions): ArchiveDiff[] {
  const { from, until, archive, tolerance = 0 } = options;
  if (!(tolerance >= 0)) throw badOption(`a tolerance of ${describeValue(tolerance)}`, '0 or more');
  if (from !== undefined && until !== undefined && from > until) {
    throw new WhisperError('WSP_BAD_RANGE', {
      found: `a range from ${from} until ${until}`,
      expected: 'one that begins before it ends',
    });
  }
  const [archives, others] = [selectArchives(a, archive), selectArchives(b, archive)];
  checkLikeness(a, archives, b, others);
  return archives.map((selected) => {
    const range = options.once === true ? { ...options, until: endOfOwn(a, selected, options) } : options;
    return diffSeries(selected, fetchAll(a, selected, range), fetchAll(b, selected, range), options);
  });
}

/** Up to where an archive is the finest that reaches back so far. */
function endOfOwn(
  { info }: Database,
  { archive }: SelectedArchive,
  { now, until = now }: DiffOptions,
): number {
  const finer = info.archives.filter(({ step }) => step < archive.step);
  return Math.min(until, ...finer.map(({ retention }) => now - retention));
}

/** Refuses archives that differ in step or points, or that are made in different ways. */
function checkLikeness(
  a: Database,
  archives: readonly SelectedArchive[],
  b: Database,
  others: readonly SelectedArchive[],
): void {
  const unlike = Array.from({ length: Math.max(archives.length, others.length) }, (_, i) => {
    const [one, other] = [archives[i], others[i]].map((selected) => selected && describeArchive(selected));
    if (one === other) return [];
    return [`archive ${(archives[i] ?? others[i])!.index} is ${one ?? 'missing'} and ${other ?? 'missing'}`];
  }).flat();
  if (unlike.length === 0) return;
  throw new WhisperError('WSP_UNLIKE_ARCHIVES', {
    found: `${a.path ?? 'one database'} and ${b.path ?? 'the other'} are unlike: ${unlike.join(', ')}`,
    expected: 'the same archives in both',
  });
}

function describeArchive({ archive, spec }: SelectedArchive): string {
  return formatRetention(archive) + (spec === undefined ? '' : ` ${spec}`);
}

function fetchAll(
  database: Database,
  { index, archive }: SelectedArchive,
  { now, from, until }: DiffOptions,
): Series | null {
  const start = Math.max(from ?? Number.NEGATIVE_INFINITY, now - archive.retention);
  const end = Math.min(until ?? now, now);
  return start > end ? null : database.fetch(start, end, { now, archive: index });
}

/** What becomes of a time. */
const PASSED_OVER = 0;
const SAME = 1;
const DIFFERS = 2;
const ONLY_IN_A = 3;
const ONLY_IN_B = 4;

function diffSeries(
  { index, archive, spec }: SelectedArchive,
  a: Series | null,
  b: Series | null,
  options: DiffOptions,
): ArchiveDiff {
  const { step, points } = archive;
  const from = Math.min(a?.from ?? Number.POSITIVE_INFINITY, b?.from ?? Number.POSITIVE_INFINITY);
  const until = Math.max(a?.until ?? from, b?.until ?? from);
  const [valuesOfA, valuesOfB] = [valuesFrom(a, from), valuesFrom(b, from)];
  const verdicts = new Uint8Array(a === null && b === null ? 0 : (until - from) / step);
  const counts = [0, 0, 0, 0, 0];
  for (let slot = 0; slot < verdicts.length; slot++) {
    const verdict = judge(valuesOfA(slot), valuesOfB(slot), options);
    verdicts[slot] = verdict;
    counts[verdict]!++;
  }
  const [, same = 0, differ = 0, onlyInA = 0, onlyInB = 0] = counts;
  const differing = differ + onlyInA + onlyInB;
  return {
    index,
    step,
    points,
    spec,
    total: same + differing,
    differing,
    onlyInA,
    onlyInB,
    differences: {
      *[Symbol.iterator]() {
        for (const [slot, verdict] of verdicts.entries()) {
          if (verdict <= SAME) continue;
          yield {
            timestamp: from + slot * step,
            a: valuesOfA(slot) ?? null,
            b: valuesOfB(slot) ?? null,
          };
        }
      },
    },
  };
}

/** The values of a series by their slot after `from`; undefined for gaps and outside. */
function valuesFrom(series: Series | null, from: number): (slot: number) => number | undefined {
  if (series === null) return () => undefined;
  const shift = (series.from - from) / series.step;
  return (slot) => (series.known[slot - shift] === 1 ? series.values[slot - shift] : undefined);
}

function judge(
  a: number | undefined,
  b: number | undefined,
  { tolerance = 0, nanEqual, ignoreEmpty }: DiffOptions,
): number {
  if (a === undefined || b === undefined) {
    if (ignoreEmpty === true || a === b) return PASSED_OVER;
    return a === undefined ? ONLY_IN_B : ONLY_IN_A;
  }
  // Infinities are equal, though their difference is no number.
  if (a === b || Math.abs(a - b) <= tolerance) return SAME;
  return nanEqual === true && Number.isNaN(a) && Number.isNaN(b) ? SAME : DIFFERS;
}
