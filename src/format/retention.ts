/**
 * Retention definitions.
 *
 * A definition is `STEP:SPAN`. STEP is seconds, or a number with a unit; SPAN is a *number of points* when
 * it is bare, or a duration when it has a unit: `60:1440` and `1m:1d` are the same. A unit is any beginning
 * of seconds, minutes, hours, days, weeks or years (365 days), in lower case; there is no month.
 * Source: Python Whisper, whose bare SPAN is points where go-whisper takes seconds.
 */
import { describeValue, WhisperError } from '../errors.js';

/** One archive as it is asked for. */
export interface Retention {
  /** Seconds per point. */
  readonly step: number;
  /** How many points the archive holds. */
  readonly points: number;
}

/** `'10s:6h,1m:7d'`, a list of such definitions, or a list of `{ step, points }`. */
export type Retentions = string | readonly (Retention | string)[];

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['seconds', 1],
  ['minutes', 60],
  ['hours', 3600],
  ['days', 86_400],
  ['weeks', 604_800],
  ['years', 31_536_000],
];

/**
 * Reads one definition, such as `10s:6h` or `60:1440`.
 *
 * @throws WhisperError `WSP_BAD_RETENTION`; both numbers must come out as at least 1
 */
export function parseRetention(definition: string): Retention {
  if (typeof definition !== 'string') throw badRetention(describeValue(definition), 'it is no text');
  const text = definition.trim();
  const colon = text.indexOf(':');
  if (colon === -1) throw badRetention(`'${definition}'`, "there is no ':'");
  const refuse = (part: string) => (problem: string) =>
    badRetention(`'${definition}'`, `its ${part} ${problem}`);
  const step = parseQuantity(text.slice(0, colon), refuse('step'));
  const span = parseQuantity(text.slice(colon + 1), refuse('span'));
  const stepSeconds = step.count * (step.unit ?? 1);
  if (stepSeconds < 1) throw badRetention(`'${definition}'`, 'its step is 0 seconds');
  const points = span.unit === undefined ? span.count : Math.floor((span.count * span.unit) / stepSeconds);
  if (points < 1) throw badRetention(`'${definition}'`, 'it comes to 0 points');
  return { step: stepSeconds, points };
}

/** Seconds of a duration such as `90`, `10s` or `5min`; the form of a definition's step. */
export function parseDuration(text: string): number {
  const { count, unit } = parseQuantity(text.trim(), (problem) => {
    const found = `duration '${text}': ${problem}`;
    return new WhisperError('WSP_BAD_RETENTION', {
      found,
      expected: 'seconds, or a number with a unit (s m h d w y)',
    });
  });
  return count * (unit ?? 1);
}

function parseQuantity(
  text: string,
  refuse: (problem: string) => WhisperError,
): { count: number; unit?: number } {
  const match = /^([0-9]+)([a-z]*)$/.exec(text);
  if (match === null) throw refuse(`'${text}' is no number with a unit`);
  const [, digits = '', letters = ''] = match;
  const count = Number(digits);
  const unit = letters === '' ? 1 : UNITS.find(([name]) => name.startsWith(letters))?.[1];
  if (unit === undefined) throw refuse(`has the unknown unit '${letters}'`);
  if (!Number.isSafeInteger(count * unit)) throw refuse(`${text} is too large`);
  return letters === '' ? { count } : { count, unit };
}

/** @param definition  as a message shows it */
function badRetention(definition: string, problem: string): WhisperError {
  return new WhisperError('WSP_BAD_RETENTION', {
    found: `retention ${definition}: ${problem}`,
    expected: 'STEP:POINTS or STEP:DURATION, such as 60:1440 or 10s:6h (units s m h d w y)',
  });
}

/**
 * Reads a list: definitions separated by commas or blanks, or an array of definitions and records. The list
 * comes back in the order given; whether it makes a database is another question (archive-list.ts).
 */
export function parseRetentions(retentions: Retentions): Retention[] {
  if (typeof retentions === 'string') {
    return retentions
      .split(/[\s,]+/)
      .filter((part) => part !== '')
      .map(parseRetention);
  }
  if (!Array.isArray(retentions)) {
    throw badRetention(describeValue(retentions), 'it is neither text nor a list');
  }
  return retentions.flatMap((item: unknown) => {
    if (typeof item === 'string') return parseRetentions(item);
    const { step, points } = (item ?? {}) as Partial<Retention>;
    if (typeof step === 'number' && typeof points === 'number') return [{ step, points }];
    throw badRetention(describeValue(item), 'it has no numbers step and points');
  });
}

/**
 * Prints a retention so that {@link parseRetention} reads the same back: `{60, 1440}` is `1m:1d`.
 *
 * @throws WhisperError `WSP_BAD_RETENTION` for what cannot be a retention
 */
export function formatRetention(retention: Retention): string {
  const { step, points } = (retention ?? {}) as Partial<Retention>;
  if (isCount(step) && isCount(points) && isCount(step * points)) {
    return `${formatDuration(step)}:${formatDuration(step * points)}`;
  }
  const shown = `${describeValue(step)} × ${describeValue(points)}`;
  throw badRetention(shown, 'its step and points are no whole numbers of at least 1');
}

function isCount(number: number | undefined): number is number {
  return Number.isSafeInteger(number) && number! >= 1;
}

/** Prints seconds in the largest unit that divides them: 90 is `90s`, 3600 is `1h`. */
export function formatDuration(seconds: number): string {
  const unit = UNITS.findLast(([, size]) => seconds % size === 0) ?? UNITS[0]!;
  return `${seconds / unit[1]}${unit[0].charAt(0)}`;
}

/** How far the archive reaches back that reaches furthest, in seconds; 0 for none. */
export function greatestRetention(retentions: readonly Retention[]): number {
  return retentions.reduce((most, { step, points }) => Math.max(most, step * points), 0);
}
