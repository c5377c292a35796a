import type { StandardArchive } from '../archive/standard-archive.js';
import { floorTo } from '../bytes/integers.js';
import { describeValue, WhisperError } from '../errors.js';
import { type Columns, makeColumns } from '../format/point.js';
import { formatRetention, parseDuration } from '../format/retention.js';
import { Series } from './series.js';

/** Values that a series in Python's form may have when its archive is empty. */
const LONGEST_EMPTY_SERIES = 4_194_304;

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

/**
 * Reads a range.
 *
 * The finest archive that reaches back to `from` answers; the length of the range does not matter. Both ends
 * are aligned: the first value is that of the interval after `from`'s, the last that of `until`'s own.
 *
 * @param maxRetention  as the header has it
 * @param isClamped     cut the range to what the archive holds; else answer in Python's form, where the values
 *                      are fewer than the range says and begin at `from` if the range is longer than the ring
 * @returns             null if the range lies wholly in the future or before the oldest time there can be
 * @throws WhisperError `WSP_BAD_RANGE`, `WSP_NO_SUCH_ARCHIVE`
 */
export function fetchRange(
  archives: readonly StandardArchive[],
  maxRetention: number,
  range: FetchRange,
  choice: ArchiveChoice,
  isClamped: boolean,
): Series | null {
  const { now } = range;
  if (range.from > range.until) {
    throw new WhisperError('WSP_BAD_RANGE', {
      found: `a range from ${range.from} until ${range.until}`,
      expected: 'one that begins before it ends',
    });
  }
  const chosen = findArchive(archives, choice);
  const oldest = now - maxRetention;
  if (range.from > now || range.until < oldest) return null;
  const until = Math.min(range.until, now);
  let from = Math.max(range.from, oldest);
  const index = chosen ?? archives.findIndex(({ retention }) => retention >= now - from);
  const archive = archives.at(index)!;
  const reach = now - archive.retention;
  const isBeyond = from < reach;
  if (isBeyond && isClamped) {
    if (until < reach) return null;
    from = reach;
  }
  const first = floorTo(from, archive.step) + archive.step;
  let end = floorTo(until, archive.step) + archive.step;
  if (end === first) end += archive.step;
  const columns = readRange(archive, first, end);
  return new Series({
    from: first,
    until: end,
    step: archive.step,
    ...columns,
    archive: index === -1 ? archives.length - 1 : index,
    isClamped: isBeyond && isClamped,
  });
}

function readRange(archive: StandardArchive, first: number, end: number): Columns {
  const { step, points } = archive;
  const asked = (end - first) / step;
  if (archive.isEmpty()) {
    if (asked > LONGEST_EMPTY_SERIES && asked > points) {
      throw new WhisperError('WSP_BAD_RANGE', {
        found: `a range of ${asked} values`,
        expected: `at most ${LONGEST_EMPTY_SERIES} outside what the archive holds`,
      });
    }
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

/** Index of the archive asked for; undefined if none was. */
function findArchive(
  archives: readonly StandardArchive[],
  { step, archive }: ArchiveChoice,
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
  const index = archives.findIndex((candidate) => candidate.step === seconds);
  if (index === -1) throw noSuchArchive(`no archive with a step of ${describeValue(step)}`, archives);
  return index;
}

function noSuchArchive(found: string, archives: readonly StandardArchive[]): WhisperError {
  const expected = archives.map((archive, i) => `${i} (${formatRetention(archive)})`).join(', ');
  return new WhisperError('WSP_NO_SUCH_ARCHIVE', { found, expected });
}
