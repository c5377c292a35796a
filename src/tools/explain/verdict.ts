/** From what was found to the one sentence that answers the question. */
import { formatDuration } from '../../format/retention.js';
import type { ExplainedArchive, Explanation, VerdictCode } from './explanation.js';
import { usuallyKnown } from './spacing.js';
import { type FormatTime, formatFactor, formatNumber, formatSpan, nameOf } from './words.js';

/** All of an explanation that is found and not concluded. */
export type Facts = Omit<Explanation, 'verdict' | 'advice'>;

/** The answer: its code, and the sentence with times in a form of one's own. */
export interface Conclusion {
  readonly code: VerdictCode;
  readonly sentence: (time: FormatTime) => string;
}

export function verdictOf(facts: Facts): Conclusion {
  const { answer, archives, timestamp, now } = facts;
  if (timestamp > now) return isFuture(facts);
  const archive = archives.find(({ index }) => index === answer);
  if (archive === undefined) return isTooOld(facts);
  if (archive.value !== null) return hasValue(archive, archive.value);
  return hasNone(facts, archive);
}

function isFuture({ archives, timestamp, now }: Facts): Conclusion {
  const isStored = archives.some(({ slot, buffered, block }) => {
    return slot?.holds === 'this' || (buffered ?? null) !== null || (block?.value ?? null) !== null;
  });
  const stored = isStored ? '; a point of it is stored, and shows when the time has come' : '';
  return {
    code: 'future',
    sentence: () => `no value: the time is still to come, in ${formatSpan(timestamp - now)}${stored}`,
  };
}

function isTooOld({ archives, now }: Facts): Conclusion {
  const farthest = archives.reduce((a, b) => (b.fallsOut > a.fallsOut ? b : a));
  return {
    code: 'too-old',
    sentence: (time) =>
      `no value: the time is older than what the archives hold; it fell out of ${nameOf(farthest)}, the one that ` +
      `reaches back furthest, at ${time(farthest.fallsOut)}, ${formatSpan(now - farthest.fallsOut)} ago`,
  };
}

function hasValue(archive: ExplainedArchive, value: number): Conclusion {
  const isGap = Number.isNaN(value) ? ', which is a value and no gap' : '';
  const place = SOURCES[archive.source ?? 'slot'];
  const sentence = () => `a value: ${nameOf(archive)} answers with ${formatNumber(value)}${isGap}${place}`;
  return { code: 'value', sentence };
}

/** How sentences tell of places that are not the usual one. */
export const SOURCES = {
  slot: '',
  block: '',
  buffer: ', from its buffer',
  waiting: ', made of what waits in finer archives',
} as const;

function hasNone(facts: Facts, archive: ExplainedArchive): Conclusion {
  const { archives, now } = facts;
  const { interval, step, block } = archive;
  const none = (code: VerdictCode, why: (time: FormatTime) => string): Conclusion => {
    return { code, sentence: (time) => `no value: ${nameOf(archive)} answers, and ${why(time)}` };
  };
  if (block?.damage !== undefined) {
    const { block: number, damage } = block;
    return none('damaged', () => `its block ${number}, where the time falls, is damaged: ${damage}`);
  }
  const [first, last] = endsOf(archives);
  if (last === undefined || first === undefined)
    return { code: 'empty', sentence: () => 'no value: the file has no points' };
  if (interval + step <= first && isBeginning(facts, archive, first))
    return none('before-first', (time) => `the first point of the file is later, of ${time(first)}`);
  if (interval > last) {
    const age = formatSpan(now - last);
    return none('after-last', (time) => `the newest point of the file is of ${time(last)}, ${age} ago`);
  }
  return none(...rollUpReason(facts, archive));
}

/**
 * Whether the first point that is left, of the time `first`, is surely the first one of all: its archive has not gone round
 * yet, or no finer one says that there were points before.
 */
function isBeginning({ archives, spacing }: Facts, { rollUp }: ExplainedArchive, first: number): boolean {
  if (rollUp?.hadPoints !== true) return true;
  const { index, step, last, retention } = archives.find((archive) => archive.first === first)!;
  const apart = index === 0 ? Math.max(step, spacing ?? 0) : step;
  return last! - first + 2 * apart < retention;
}

/** Why an interval in the midst of others has no value. */
function rollUpReason(facts: Facts, archive: ExplainedArchive): [VerdictCode, (time: FormatTime) => string] {
  const { rollUp, interval, step } = archive;
  const span = (time: FormatTime) => `the ${formatDuration(step)} from ${time(interval)} on`;
  if (rollUp === undefined) return ['not-stored', (time) => `no point of ${span(time)} is stored`];
  const { known, lost, of, needed, isEnough, hadPoints } = rollUp;
  const factor = `xFilesFactor ${formatFactor(facts.xFilesFactor)} needs ${needed}`;
  const share = `${known} of ${of} finer points ${known === 1 ? 'is' : 'are'} known`;
  if (isEnough)
    return ['not-rolled-up', () => `it has none, though ${share} where ${factor}: nothing was made of them`];
  if (!hadPoints) return ['not-stored', (time) => `no point of ${span(time)} is stored: ${share}`];
  if (known + lost < needed) {
    const most = known + lost;
    const once = `of ${of} finer points at most ${most} ${most === 1 ? 'was' : 'were'} known`;
    return ['too-few', () => `${lost === 0 ? share : once} where ${factor}`];
  }
  const finer = nameOf(facts.archives[rollUp.archive]!);
  const usual = usuallyKnown(facts, rollUp);
  const guess =
    usual === undefined || usual >= needed
      ? ''
      : `; going by how points come, ${usual} of ${of} ${usual === 1 ? 'is' : 'are'} known where ${factor}`;
  const past = `what was known of it has left ${finer} by now`;
  return ['past', (time) => `it has none of ${span(time)}; ${past}${guess}`];
}

/** The first and the last time of which the file has a point up to now. */
function endsOf(archives: readonly ExplainedArchive[]): [number | undefined, number | undefined] {
  const firsts = archives.flatMap(({ first }) => first ?? []);
  const lasts = archives.flatMap(({ last }) => last ?? []);
  return firsts.length === 0 ? [undefined, undefined] : [Math.min(...firsts), Math.max(...lasts)];
}
