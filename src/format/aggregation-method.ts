/**
 * Aggregation methods and their numbers in the header of a standard file.
 *
 *   NUMBER  PYTHON WHISPER  GO-WHISPER
 *        1  average         average
 *        2  sum             sum
 *        3  last            last
 *        4  max             max
 *        5  min             min
 *        6  avg_zero        first
 *        7  absmax          (mix, compressed files only)
 *        8  absmin          (percentile, compressed files only)
 *
 * The file does not say whose numbers it uses, so a dialect decides what 6 to 8 mean.
 */
import { describeValue, WhisperError } from '../errors.js';

/** Whose reading of the same bytes: Python Whisper's or go-whisper's. */
export type Dialect = 'python' | 'go';

export const dialects = ['python', 'go'] as const satisfies readonly Dialect[];

const NUMBERS = {
  python: { average: 1, sum: 2, last: 3, max: 4, min: 5, avg_zero: 6, absmax: 7, absmin: 8 },
  go: { average: 1, sum: 2, last: 3, max: 4, min: 5, first: 6 },
} as const;

/** How several known values become one coarser value. `first` exists in the go dialect only. */
export type AggregationMethod = keyof (typeof NUMBERS)['python'] | keyof (typeof NUMBERS)['go'];

/** The methods of each dialect, in the order of their numbers. */
const methodsOf: { readonly [D in Dialect]: readonly AggregationMethod[] } = {
  python: Object.freeze(Object.keys(NUMBERS.python) as AggregationMethod[]),
  go: Object.freeze(Object.keys(NUMBERS.go) as AggregationMethod[]),
};

/** The methods of a standard database, in the order of their numbers. */
export const aggregationMethods = methodsOf.python;

/** Refuses a name that is no method in this dialect, and says where it would be one. */
export function checkAggregationMethod(name: unknown, dialect: Dialect): AggregationMethod {
  const methods: readonly unknown[] = methodsOf[dialect];
  if (methods.includes(name)) return name as AggregationMethod;
  throw new WhisperError('WSP_BAD_AGGREGATION', {
    found: `unknown aggregation method ${describeValue(name)}${hint(name, dialect)}`,
    expected: `one of ${methods.join(', ')}`,
  });
}

function hint(name: unknown, dialect: Dialect): string {
  if (name === 'avg') return " (the name is 'average')";
  if (name === 'average_zero') return " (the name is 'avg_zero')";
  if (name === 'mix' || name === 'percentile') return ' (only compressed files have it)';
  if (dialect === 'python' && name === 'first') {
    return " (Python Whisper reads its number as avg_zero; dialect: 'go' has it)";
  }
  if (dialect === 'go' && (methodsOf.python as readonly unknown[]).includes(name)) {
    return " (dialect: 'python' has it)";
  }
  return '';
}

/** The number that stands for `method` in a standard header. */
export function aggregationNumber(method: AggregationMethod, dialect: Dialect): number {
  const numbers: { readonly [name: string]: number } = NUMBERS[dialect];
  const number = numbers[method];
  if (number === undefined) throw new Error(`no number for ${method} in the ${dialect} dialect`);
  return number;
}

/** The method behind a number of a standard header; undefined where the dialect has none. */
export function aggregationFromNumber(number: number, dialect: Dialect): AggregationMethod | undefined {
  // They run from 1 on without a gap.
  return methodsOf[dialect][number - 1];
}
