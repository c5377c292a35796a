import type { StandardArchive } from '../archive/standard-archive.js';
import { floorTo } from '../bytes/integers.js';
import { describeValue, WhisperError } from '../errors.js';
import { type Columns, makeColumns } from '../format/point.js';
import { formatRetention, parseDuration, type Retention } from '../format/retention.js';
import { Series } from './series.js';

/** Values that a series in Python's form may have when its archive is empty. */
const LONGEST_EMPTY_SERIES = 1_048_576;

export interface FetchRange {
  /** Unix seconds, exclusive: the first value is of the interval after the one that holds it. */
  readonly from: number;
  /** Unix seconds, inclusive. */
  readonly until: number;
  readonly now: number;
}

/** Which archive shall answer: the one of a step, the one of an index, or, if neither, the finest that reaches. */
export interface ArchiveChoice {
  /** Seconds, or a duration such as `1m`. */
  readonly step: number | string | undefined;
  readonly archive: number | undefined;
}

/** What a range comes to in the archive that answers. */
export interface PlannedFetch {
  /** Which one; 0 is the finest. */
  readonly index: number;
  /** The first interval. */
  readonly first: number;
  /** After the last interval; equal to `first` for a range inside one interval. */
  readonly end: number;
  /** True if the archive that was asked for does not reach back to the range's beginning, and cut it. */
  readonly isClamped: boolean;
}

/** An archive as far as a range is concerned. */
export type Reach = Retention & { readonly retention: number };

/**
 * Chooses the archive for a range and aligns it.
 *
 * The finest archive that reaches back to `from` answers; the length of the range does not matter. Both ends
 * are aligned: the first value is that of the interval after `from`'s, the last that of `until`'s own.
 *
 * @param maxRetention  as the header has it
 * @param isClamped     cut the range to what the archive holds
 * @param candidates    indices of the archives that may answer if none is asked for
 * @returns             null if the range lies wholly in the future or before the oldest time there can be
 * @throws WhisperError `WSP_BAD_RANGE`, `WSP_NO_SUCH_ARCHIVE`
 */
export function planFetch(
  archives: readonly Reach[],
  maxRetention: number,
  range: FetchRange,
  choice: ArchiveChoice,
  isClamped: boolean,
  candidates: readonly number[] = [...archives.keys()],
): PlannedFetch | null {
  const { now } = range;
  if (range.from > range.until) {
    throw new WhisperError('WSP_BAD_RANGE', {
      found: `a range from ${range.from} until ${range.until}`,
      expected: 'one that begins before it ends',
    });
  }
  const chosen = findArchive(archives, choice, candidates);
  const oldest = now - maxRetention;
  if (range.from > now || range.until < oldest) return null;
  const until = Math.min(range.until, now);
  let from = Math.max(range.from, oldest);
  const index = chosen ?? candidates.find((i) => archives[i]!.retention >= now - from) ?? candidates.at(-1)!;
  const archive = archives[index]!;
  const reach = now - archive.retention;
  const isBeyond = from < reach;
  if (isBeyond && isClamped) {
    if (until < reach) return null;
    from = reach;
  }
  return {
    index,
    first: floorTo(from, archive.step) + archive.step,
    end: floorTo(until, archive.step) + archive.step,
    isClamped: isBeyond && isClamped,
  };
}

/**
 * Reads a range of a standard file.
 *
 * @param isClamped  false answers in Python's form, where the values are fewer than the range says and begin at `from`
 *                   if the range is longer than the ring
 */
export function fetchRange(
  archives: readonly StandardArchive[],
  maxRetention: number,
  range: FetchRange,
  choice: ArchiveChoice,
  isClamped: boolean,
): Series | null {
  const planned = planFetch(archives, maxRetention, range, choice, isClamped);
  if (planned === null) return null;
  const { index, first } = planned;
  const archive = archives[index]!;
  const { step } = archive;
  const end = planned.end === first ? first + step : planned.end;
  const columns = readRange(archive, first, end);
  return new Series({
    from: first,
    until: end,
    step,
    ...columns,
    archive: index,
    isClamped: planned.isClamped,
  });
}

function readRange(archive: StandardArchive, first: number, end: number): Columns {
  const { step, points } = archive;
  const asked = (end - first) / step;
  if (archive.isEmpty()) {
    if (asked > points) checkLength(asked);
    const columns = makeColumns(asked);
    columns.values.fill(Number.NaN);
    return columns;
  }
  // A range longer than the ring is read from its first slot to its last, however often it goes round.
  const count = asked <= points ? asked : asked % points || points;
  const columns = makeColumns(count);
  archive.read(first, count, columns);
  return columns;
}

/** Refuses a series longer than its archive that would take an unreasonable amount of memory. */
export function checkLength(asked: number): void {
  if (asked <= LONGEST_EMPTY_SERIES) return;
  throw new WhisperError('WSP_BAD_RANGE', {
    found: `a range of ${asked} values`,
    expected: `at most ${LONGEST_EMPTY_SERIES} outside what the archive holds`,
  });
}

/** Index of the archive asked for; undefined if none was. */
function findArchive(
  archives: readonly Retention[],
  { step, archive }: ArchiveChoice,
  candidates: readonly number[],
): number | undefined {
  if (archive !== undefined) {
    if (step !== undefined) {
      throw new WhisperError('WSP_BAD_OPTION', {
        found: 'both a step and an archive were asked for',
        expected: 'one of them',
      });
    }
    if (Number.isInteger(archive) && archives[archive] !== undefined) return archive;
    throw noSuchArchive(`no archive ${describeValue(archive)}`, archives);
  }
  if (step === undefined) return undefined;
  const seconds = typeof step === 'string' ? parseDuration(step) : step;
  const index = candidates.find((candidate) => archives[candidate]!.step === seconds);
  if (index === undefined) throw noSuchArchive(`no archive with a step of ${describeValue(step)}`, archives);
  return index;
}

function noSuchArchive(found: string, archives: readonly Retention[]): WhisperError {
  const expected = archives.map((archive, i) => `${i} (${formatRetention(archive)})`).join(', ');
  return new WhisperError('WSP_NO_SUCH_ARCHIVE', { found, expected });
}
