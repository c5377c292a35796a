/** What the finer points of a coarser interval come to, by the rules of whoever rolls them up. */
import { aggregateList, aggregationOfKnown } from '../../archive/aggregate.js';
import type { DatabaseInfo } from '../../database/info.js';
import type { AggregationMethod } from '../../format/aggregation-method.js';
import type { AggregationSpec } from '../../format/aggregation-spec.js';
import type { ExplainedRollUp } from './explanation.js';
import { lostIn } from './place.js';
import type { Question } from './question.js';

/**
 * The roll-up of an interval into archive `index`.
 *
 * @param interval  seconds, a multiple of the archive's step
 * @returns         undefined for the finest, and where too few points or crooked steps keep any value from being made
 */
export function rollUpAt(question: Question, index: number, interval: number): ExplainedRollUp | undefined {
  const { database, info, dialect } = question;
  const archive = info.archives[index]!;
  // All archives of a mix file are made from its base.
  const finer = info.aggregation === 'mix' ? 0 : index - 1;
  const fine = info.archives[finer];
  if (index === 0 || fine === undefined || interval < archive.step) return undefined;
  const of = Math.floor(archive.step / fine.step);
  if (of < 1 || of > fine.points || archive.step % fine.step !== 0) return undefined;
  const end = interval + archive.step;
  // Asked as if it were the last second of the interval, so that nothing of it is too old or still to come.
  const series = database.fetch(interval - 1, end - 1, { now: end - 1, archive: finer });
  const values = Float64Array.from([...(series?.knownPoints() ?? [])], ([, value]) => value);
  const known = values.length;
  const isAsGo = dialect === 'go' || info.format === 'compressed';
  return {
    archive: finer,
    known,
    of,
    needed: neededOf(of, info.xFilesFactor, isAsGo),
    isEnough: isEnough(known, of, info.xFilesFactor, isAsGo),
    lost: lostIn(question, finer, interval, end),
    hadPoints: hadPointsIn(question, finer, interval, end),
    value: known === 0 ? null : aggregate(values, of, info, specOf(archive)),
  };
}

/** Whether an archive, or a finer one, has or may have had a point of the times from `start` up to `end`. */
function hadPointsIn(question: Question, index: number, start: number, end: number): boolean {
  // The slots have also what no reader shows any more.
  const { timestamps } = question.slots(index);
  if (timestamps.some((timestamp) => timestamp >= start && timestamp < end)) return true;
  return (
    lostIn(question, index, start, end) > 0 || (index > 0 && hadPointsIn(question, index - 1, start, end))
  );
}

function specOf(archive: DatabaseInfo['archives'][number]): AggregationSpec | undefined {
  return 'spec' in archive ? archive.spec : undefined;
}

function aggregate(
  values: Float64Array,
  of: number,
  { aggregation }: DatabaseInfo,
  spec: AggregationSpec | undefined,
): number {
  if (spec !== undefined) return aggregateList(values, spec);
  return aggregationOfKnown(aggregation as AggregationMethod)(values, 0, values.length, of);
}

/** @param isAsGo  the share is of single precision, as in go-whisper and in all compressed files */
function isEnough(known: number, of: number, xFilesFactor: number, isAsGo: boolean): boolean {
  const share = known / of;
  return known > 0 && (isAsGo ? Math.fround(share) : share) >= xFilesFactor;
}

/** The fewest that are enough. */
function neededOf(of: number, xFilesFactor: number, isAsGo: boolean): number {
  // One below what it should be: rounding decides, as it does for whoever rolls up.
  let needed = Math.max(1, Math.floor(xFilesFactor * of) - 1);
  while (needed < of && !isEnough(needed, of, xFilesFactor, isAsGo)) needed++;
  return needed;
}
