/** `storage-schemas.conf`: which retentions a metric has. */
import { WhisperError } from '../../errors.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { validateRetentions } from '../../format/archive-list.js';
import { parseRetention, type Retention } from '../../format/retention.js';
import { nearestName } from '../../options.js';
import { type IniSection, parseIni } from './ini.js';
import { Mistakes } from './mistakes.js';
import { COMMON_KEYS, isOn, type Matcher, matcherOf, settingOf } from './section.js';

/** One section of `storage-schemas.conf`. */
export interface Schema extends Matcher {
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
  /** Finest first. */
  readonly retentions: readonly Retention[];
  /** go-carbon's: the section of the highest is asked first; 0 unless it is said. */
  readonly priority: number;
  /** go-carbon's: in which format new files are made; undefined where the section does not say. */
  readonly compressed: boolean | undefined;
}

/** What a configuration file says. */
export interface Rules<T> {
  /** In the order in which they are asked. */
  readonly list: readonly T[];
  /** What is odd about the file though it can be used, a sentence each. */
  readonly warnings: readonly string[];
}

const KEYS = [...COMMON_KEYS, 'retentions', 'priority', 'compressed'];

/**
 * Reads `storage-schemas.conf`, as carbon and go-carbon do. The sections come in the order in which they are asked: that of
 * the file, those of a higher `priority` first.
 *
 * @param path     what messages call it
 * @param dialect  `go`: a bare number behind the colon of a definition that begins with a unit is seconds, as go-carbon
 *   has it, and not points
 * @throws WhisperError `WSP_BAD_INPUT`, which tells of every mistake in it
 */
export function parseSchemas(text: string, path = '<schemas>', dialect: Dialect = 'python'): Rules<Schema> {
  const mistakes = new Mistakes(path);
  const { sections, warnings } = parseIni(text, KEYS, mistakes);
  const told = [...warnings];
  const schemas = sections.flatMap((section) => schemaOf(section, dialect, mistakes, told) ?? []);
  mistakes.throwIfAny();
  // Sorting keeps the order of those that are alike.
  return { list: schemas.sort((a, b) => b.priority - a.priority), warnings: told };
}

function schemaOf(
  section: IniSection,
  dialect: Dialect,
  mistakes: Mistakes,
  warnings: string[],
): Schema | undefined {
  const { name, line } = section;
  const matcher = matcherOf(section, mistakes, warnings);
  if (matcher === null) return undefined;
  const retentions = retentionsOf(section, dialect, mistakes);
  const priority = priorityOf(section, mistakes);
  const compressed = isOn(section, 'compressed', mistakes);
  if (matcher === undefined || retentions === undefined) return undefined;
  return { name, line, ...matcher, retentions, priority, compressed };
}

function retentionsOf(section: IniSection, dialect: Dialect, mistakes: Mistakes): Retention[] | undefined {
  const entry = settingOf(section, 'retentions');
  if (entry === undefined) {
    const others = [...section.entries.keys()].filter((key) => !KEYS.includes(key));
    const near = nearestName('retentions', others);
    const hint = near === undefined ? '' : ` (it has '${near}')`;
    mistakes.add(section.line, `[${section.name}] has no retentions${hint}`, 'retentions = 10s:6h,1m:7d');
    return undefined;
  }
  return mistakes.attempt(entry.line, section.name, () => {
    const definitions = entry.value.split(/[\s,]+/).filter((definition) => definition !== '');
    return validateRetentions(
      definitions.map((definition) => parseRetention(dialect === 'go' ? asPoints(definition) : definition)),
      'compressed',
    );
  });
}

/** go-carbon's reading: only where both numbers are bare the second one is points. */
function asPoints(definition: string): string {
  return /^\d+[a-z]+:\d+$/.test(definition) ? `${definition}s` : definition;
}

function priorityOf(section: IniSection, mistakes: Mistakes): number {
  const entry = settingOf(section, 'priority');
  if (entry === undefined) return 0;
  const { value, line } = entry;
  const priority = mistakes.attempt(line, section.name, () => {
    if (/^[+-]?\d+$/.test(value)) return Number(value);
    throw new WhisperError('WSP_BAD_INPUT', { found: `priority '${value}'`, expected: 'a whole number' });
  });
  return priority ?? 0;
}
