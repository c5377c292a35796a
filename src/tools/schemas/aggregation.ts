/** `storage-aggregation.conf`: how the coarser values of a metric are made. */
import { checkXFilesFactor } from '../../database/settings.js';
import { WhisperError } from '../../errors.js';
import { type AggregationMethod, aggregationMethods } from '../../format/aggregation-method.js';
import { type AggregationSpec, parseSpec } from '../../format/aggregation-spec.js';
import { type IniSection, parseIni } from './ini.js';
import { Mistakes } from './mistakes.js';
import type { Rules } from './schemas.js';
import { COMMON_KEYS, type Matcher, matcherOf, settingOf } from './section.js';

/** What a section says of the method. */
export interface MethodChoice {
  /** `mix`: several, in one compressed file. */
  readonly aggregation: AggregationMethod | 'mix';
  /** Only with `mix`, in their order. */
  readonly mix?: readonly AggregationSpec[];
}

/** One section of `storage-aggregation.conf`. */
export interface AggregationRule extends Matcher {
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
  /** Undefined where the section does not say: average. */
  readonly method: MethodChoice | undefined;
  /** As the header will hold it, in single precision; undefined where the section does not say: 0.5. */
  readonly xFilesFactor: number | undefined;
}

const METHOD = 'aggregationmethod';
const X_FILES_FACTOR = 'xfilesfactor';

/** Names that configuration files may have for what is called otherwise here. */
const OTHER_NAMES: { readonly [name: string]: AggregationMethod } = {
  avg: 'average',
  average_zero: 'avg_zero',
};

/**
 * Reads `storage-aggregation.conf`, as carbon and go-carbon do; the sections come in the order of the file.
 *
 * @param path  what messages call it
 * @throws WhisperError `WSP_BAD_INPUT`, which tells of every mistake in it
 */
export function parseAggregations(text: string, path = '<aggregation>'): Rules<AggregationRule> {
  const mistakes = new Mistakes(path);
  const { sections, warnings } = parseIni(text, [...COMMON_KEYS, METHOD, X_FILES_FACTOR], mistakes);
  const told = [...warnings];
  const list = sections.flatMap((section) => {
    const matcher = matcherOf(section, mistakes, told);
    if (matcher === null) return [];
    const method = methodOf(section, mistakes);
    const xFilesFactor = xFilesFactorOf(section, mistakes);
    return matcher === undefined
      ? []
      : { name: section.name, line: section.line, ...matcher, method, xFilesFactor };
  });
  mistakes.throwIfAny();
  return { list, warnings: told };
}

function methodOf(section: IniSection, mistakes: Mistakes): MethodChoice | undefined {
  const entry = settingOf(section, METHOD);
  if (entry === undefined) return undefined;
  return mistakes.attempt(entry.line, section.name, () => {
    const names = entry.value.split(/[\s,]+/).filter((name) => name !== '');
    const [name = ''] = names;
    return names.length === 1 && !/^p[0-9.]/i.test(name) ? { aggregation: oneMethod(name) } : mixOf(names);
  });
}

function oneMethod(given: string): AggregationMethod {
  const name = canonical(given);
  if ([...aggregationMethods, 'first'].includes(name as AggregationMethod)) return name as AggregationMethod;
  throw new WhisperError('WSP_BAD_AGGREGATION', {
    found: `unknown aggregation method '${given}'`,
    expected: `one of ${aggregationMethods.join(', ')}, first, or a list such as average,max,p95`,
  });
}

/** go-carbon's list of methods, such as `average,max,p95`. */
function mixOf(names: readonly string[]): MethodChoice {
  return { aggregation: 'mix', mix: names.map((name) => parseSpec(canonical(name))) };
}

function canonical(given: string): string {
  const name = given.toLowerCase();
  return OTHER_NAMES[name] ?? name;
}

function xFilesFactorOf(section: IniSection, mistakes: Mistakes): number | undefined {
  const entry = settingOf(section, X_FILES_FACTOR);
  return entry && mistakes.attempt(entry.line, section.name, () => checkXFilesFactor(entry.value));
}
