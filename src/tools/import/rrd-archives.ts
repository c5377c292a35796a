/** Which archives of an rrd go together in a Whisper file, and what they hold there. */
import { floorTo } from '../../bytes/integers.js';
import { WhisperError } from '../../errors.js';
import type { AggregationMethod } from '../../format/aggregation-method.js';
import { PointRun } from '../../format/point-run.js';
import { formatRetention, type Retention } from '../../format/retention.js';
import { badInput } from './point-text.js';
import type { RrdArchive, RrdDump } from './rrd-dump.js';

/** Consolidation functions that Whisper has a method for. */
export type Consolidation = 'AVERAGE' | 'MAX' | 'MIN' | 'LAST';

export const METHODS = { AVERAGE: 'average', MAX: 'max', MIN: 'min', LAST: 'last' } as const satisfies {
  readonly [C in Consolidation]: AggregationMethod;
};

export const consolidations = Object.keys(METHODS) as [Consolidation, ...Consolidation[]];

/** An archive of the rrd as one of a Whisper file. */
export interface ChosenArchive extends Retention {
  /** Its number in the dump, from 0. */
  readonly index: number;
  readonly archive: RrdArchive;
}

/** An archive of the asked consolidation function that cannot go with the others. */
export interface SkippedArchive {
  readonly index: number;
  /** Why, as the middle of a sentence. */
  readonly reason: string;
}

export interface ArchiveChoice {
  /** Finest first. */
  readonly chosen: readonly ChosenArchive[];
  readonly skipped: readonly SkippedArchive[];
}

/** The function to read where none was asked for: AVERAGE, or else the only one that there is. */
export function usualConsolidation({ archives }: RrdDump): Consolidation {
  const there = consolidations.filter((name) => archives.some(({ cf }) => cf === name));
  const [only] = there;
  if (only !== undefined && (only === 'AVERAGE' || there.length === 1)) return only;
  const found = [...new Set(archives.map(({ cf }) => cf))].join(', ');
  if (only === undefined) throw badInput(`archives of ${found}`, `some of ${consolidations.join(', ')}`);
  throw new WhisperError('WSP_BAD_OPTION', {
    found: `archives of ${found}, none of AVERAGE`,
    expected: 'cf: one of them',
  });
}

/**
 * The archives of a consolidation function, as far as they keep Whisper's rules with one another: of one step that with the
 * most rows; then, from the finest on, each whose step the one before divides and which reaches further back. One that has
 * too few rows for a single one of the next gets room for more.
 *
 * @param asked  numbers in the dump: these and no others, or an error
 * @throws WhisperError `WSP_BAD_OPTION`, `WSP_BAD_ARCHIVE_LIST` for archives asked for that do not go together
 */
export function chooseArchives(
  dump: RrdDump,
  cf: Consolidation,
  asked: readonly number[] | undefined,
): ArchiveChoice {
  const candidates = candidatesOf(dump, cf, asked);
  const chosen: ChosenArchive[] = [];
  const skipped: SkippedArchive[] = [];
  for (const candidate of candidates) {
    const finer = chosen.at(-1);
    const reason = finer === undefined ? undefined : objection(finer, candidate);
    if (reason === undefined) {
      if (finer !== undefined) chosen[chosen.length - 1] = withRoomFor(finer, candidate);
      chosen.push(candidate);
    } else if (asked === undefined) skipped.push({ index: candidate.index, reason });
    else {
      const found = `archive ${candidate.index} (${formatRetention(candidate)}): ${reason}`;
      throw new WhisperError('WSP_BAD_ARCHIVE_LIST', { found, expected: 'archives that go together' });
    }
  }
  return { chosen, skipped };
}

/** By step, of one step the longest first. */
function candidatesOf(
  { step, archives }: RrdDump,
  cf: Consolidation,
  asked: readonly number[] | undefined,
): ChosenArchive[] {
  for (const index of asked ?? []) {
    const archive = archives[index];
    if (archive?.cf === cf) continue;
    throw new WhisperError('WSP_BAD_OPTION', {
      found: archive === undefined ? `no archive ${index}` : `archive ${index} is of ${archive.cf}`,
      expected: `those of ${cf}: ${archives.flatMap((one, i) => (one.cf === cf ? [i] : [])).join(', ')}`,
    });
  }
  const found = archives.flatMap((archive, index) => {
    const isMeant = archive.cf === cf && asked?.includes(index) !== false;
    return isMeant ? [{ index, archive, step: step * archive.perRow, points: archive.rows }] : [];
  });
  if (found.length === 0) {
    const there = [...new Set(archives.map((archive) => archive.cf))].join(', ');
    throw new WhisperError('WSP_BAD_OPTION', { found: `no archive of ${cf}`, expected: there });
  }
  return found.sort((a, b) => a.step - b.step || b.points - a.points);
}

/** Why an archive cannot stand behind another; undefined if it can. */
function objection(finer: ChosenArchive, { step, points }: ChosenArchive): string | undefined {
  const other = `archive ${finer.index} (${formatRetention(finer)})`;
  if (step === finer.step) return `${other} has the same step and reaches as far back`;
  if (step % finer.step !== 0) return `its step is no multiple of that of ${other}`;
  const needed = Math.max(finer.points, step / finer.step) * finer.step;
  return step * points <= needed ? `it reaches no further back than ${other}` : undefined;
}

function withRoomFor(finer: ChosenArchive, { step }: ChosenArchive): ChosenArchive {
  return { ...finer, points: Math.max(finer.points, step / finer.step) };
}

/**
 * The rows of an archive for one data source, each at its own time: the multiple of the step that it ends at, as
 * `rrdtool fetch` prints it. Unknown ones are gaps.
 *
 * @param source  index of the data source
 */
export function rowsOf(
  { sources, lastUpdate, step }: RrdDump,
  { perRow, rows, values }: RrdArchive,
  source: number,
): PointRun {
  const seconds = step * perRow;
  const first = floorTo(lastUpdate, seconds) - (rows - 1) * seconds;
  const run = new PointRun(rows);
  for (let row = 0; row < rows; row++) {
    const value = values[row * sources.length + source]!;
    const timestamp = first + row * seconds;
    if (!Number.isNaN(value) && timestamp > 0) run.pushValue(timestamp, value);
  }
  return run;
}
