/** Options are checked by name and kind at the door, once; a misspelt one is an error, not a default. */
import { describeValue, WhisperError } from './errors.js';

/**
 * Refuses an option that does not exist, naming the nearest that does.
 *
 * @param call   how messages call the function, such as `fetch`
 * @param names  every option that exists
 */
export function checkOptionNames(options: object, names: readonly string[], call: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw badOption(`the options of ${call} are ${describeValue(options)}`, 'an object');
  }
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    const near = nearestName(name, names);
    throw badOption(
      `${call} has no option '${name}'`,
      near === undefined ? `one of ${names.join(', ')}` : `'${near}'`,
    );
  }
}

/** Refuses a value that is none of `choices`; undefined stands for the first. */
export function checkChoice<T extends string>(
  name: string,
  value: unknown,
  choices: readonly [T, ...T[]],
): T {
  if (value === undefined) return choices[0];
  if ((choices as readonly unknown[]).includes(value)) return value as T;
  throw badOption(
    `option ${name} is ${describeValue(value)}`,
    choices.map((choice) => `'${choice}'`).join(' or '),
  );
}

/** Refuses what is not a boolean; undefined stands for `fallback`. */
export function checkFlag(name: string, value: unknown, fallback = false): boolean {
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  throw badOption(`option ${name} is ${describeValue(value)}`, 'true or false');
}

export function badOption(found: string, expected: string): WhisperError {
  return new WhisperError('WSP_BAD_OPTION', { found, expected });
}

/**
 * The name that was probably meant: one of which the other is an abbreviation (`xff`, `aggregationMethod`),
 * or else the one with the fewest letters to change, if those are few.
 */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const given = name.toLowerCase();
  const abbreviated = names.find((candidate) => {
    const known = candidate.toLowerCase();
    return isSpreadIn(given, known) || isSpreadIn(known, given);
  });
  if (abbreviated !== undefined) return abbreviated;
  const byDistance = names
    .map((candidate) => ({ candidate, distance: editDistance(given, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return byDistance !== undefined && byDistance.distance <= Math.max(2, given.length / 3)
    ? byDistance.candidate
    : undefined;
}

/** True if the letters of `short` stand in `long` in their order and both begin alike. */
function isSpreadIn(short: string, long: string): boolean {
  if (short.length < 3 || short[0] !== long[0]) return false;
  let at = 0;
  for (const letter of long) if (letter === short[at]) at++;
  return at === short.length;
}

/** Levenshtein distance: letters to insert, delete or change. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
