/** What the sections of both configuration files have: a pattern, and values that say where they stand. */
import { WhisperError } from '../../errors.js';
import type { IniSection } from './ini.js';
import type { Mistakes } from './mistakes.js';
import { compilePattern } from './pattern.js';

/** Which metrics a section is for. */
export interface Matcher {
  /** As it stands in the file; `.*` for `match-all`. */
  readonly pattern: string;
  /** Whether the section is for a metric. */
  matches(metric: string): boolean;
}

/** What may stand in a section though it is older than patterns alone. */
const MATCH_ALL = 'match-all';

/** The keys of both files, in lower case. */
export const COMMON_KEYS = ['pattern', MATCH_ALL];

/**
 * Whom a section is for. A pattern is kept to the end of its line, with `#` and `;` in it.
 *
 * @returns  null, with a warning, if it does not say: carbon leaves such a section out; undefined after a mistake
 */
export function matcherOf(
  section: IniSection,
  mistakes: Mistakes,
  warnings: string[],
): Matcher | null | undefined {
  if (isOn(section, MATCH_ALL, mistakes) === true) return { pattern: '.*', matches: () => true };
  const entry = section.entries.get('pattern');
  if (entry === undefined || entry.value === '') {
    warnings.push(`line ${section.line}: [${section.name}] has no pattern, so it is for no metric`);
    return null;
  }
  const { value: pattern, line } = entry;
  if (/\s[#;]/.test(pattern)) {
    warnings.push(
      `line ${line}: what stands behind the blank in pattern '${pattern}' is a part of it, and no comment; ` +
        'a metric has no blanks',
    );
  }
  const regex = mistakes.attempt(line, section.name, () => compilePattern(pattern));
  return regex && { pattern, matches: (metric) => regex.test(metric) };
}

/**
 * A value beside the pattern, without a comment behind it: nothing that may stand here has a `#` or `;`. Undefined if the
 * section does not have it, or has it empty.
 */
export function settingOf(section: IniSection, key: string): { value: string; line: number } | undefined {
  const entry = section.entries.get(key);
  const value = entry?.value.replace(/(^|\s)[#;].*/g, '').trim();
  return value ? { value, line: entry!.line } : undefined;
}

const SWITCHES: { readonly [word: string]: boolean } = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

/** A switch of a section; undefined where it does not say. */
export function isOn(section: IniSection, key: string, mistakes: Mistakes): boolean | undefined {
  const entry = settingOf(section, key);
  if (entry === undefined) return undefined;
  const word = entry.value.toLowerCase();
  if (Object.hasOwn(SWITCHES, word)) return SWITCHES[word];
  return mistakes.attempt(entry.line, section.name, () => {
    throw new WhisperError('WSP_BAD_INPUT', { found: `${key} '${entry.value}'`, expected: 'true or false' });
  });
}
