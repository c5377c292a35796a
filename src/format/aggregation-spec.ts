/**
 * Aggregations of compressed files.
 *
 *   NUMBER  METHOD      WHERE
 *   1 … 6   as in go-whisper's standard files: average, sum, last, max, min, first
 *        7  mix         file header only: each archive below the base has a method of its own
 *        8  percentile  archive header of a mix file only
 */
import { describeValue, WhisperError } from '../errors.js';
import { type AggregationMethod, aggregationMethods, aggregationNumber } from './aggregation-method.js';

/** The methods that a compressed file knows beside `mix` and `percentile`. */
export type CompressedMethod = Exclude<AggregationMethod, 'avg_zero' | 'absmax' | 'absmin'>;

/** How one archive of a mix file is made from the base. */
export interface AggregationSpec {
  readonly method: CompressedMethod | 'percentile';
  /** 0…100, rounded to single precision; 0 for other methods. */
  readonly percentile: number;
  /** What it is called: `average`, `p95`, `p99.900002`. */
  readonly name: string;
}

/** An aggregation of a mix file as it may be asked for: `'max'`, `'p95'`, `{ method: 'percentile', percentile: 99.9 }`. */
export type MixSpec =
  | CompressedMethod
  | `p${number}`
  | { readonly method: CompressedMethod | 'percentile'; readonly percentile?: number | undefined };

export const MIX_NUMBER = 7;
export const PERCENTILE_NUMBER = 8;

const METHODS: readonly CompressedMethod[] = ['average', 'sum', 'last', 'max', 'min', 'first'];

/** @throws WhisperError `WSP_BAD_AGGREGATION` */
export function parseSpec(given: unknown): AggregationSpec {
  if (typeof given === 'string') {
    const percentile = /^p([0-9]+\.?[0-9]*|\.[0-9]+)$/.exec(given)?.[1];
    return percentile === undefined ? methodSpec(given) : percentileSpec(Number(percentile));
  }
  if (typeof given !== 'object' || given === null) return methodSpec(given);
  const { method, percentile } = given as { method?: unknown; percentile?: unknown };
  if (method === 'percentile') return percentileSpec(percentile);
  return methodSpec(method);
}

function methodSpec(given: unknown): AggregationSpec {
  if (given === 'percentile') return percentileSpec(undefined);
  const method = checkCompressedMethod(given);
  return { method, percentile: 0, name: method };
}

/**
 * Refuses a name that is no method of compressed files.
 *
 * @throws WhisperError `WSP_BAD_AGGREGATION`
 */
export function checkCompressedMethod(given: unknown): CompressedMethod {
  if ((METHODS as readonly unknown[]).includes(given)) return given as CompressedMethod;
  const isStandard = (aggregationMethods as readonly unknown[]).includes(given);
  throw new WhisperError('WSP_BAD_AGGREGATION', {
    found: `${isStandard ? '' : 'unknown '}aggregation method ${describeValue(given)}${hint(given)}`,
    expected: `one of ${METHODS.join(', ')}, or in a mix a percentile such as p95`,
  });
}

function hint(given: unknown): string {
  if (given === 'avg') return " (the name is 'average')";
  if (given === 'avg_zero' || given === 'absmax' || given === 'absmin')
    return ' (only standard files have it)';
  return '';
}

function percentileSpec(given: unknown): AggregationSpec {
  if (typeof given !== 'number' || !(given >= 0 && given <= 100)) {
    throw new WhisperError('WSP_BAD_AGGREGATION', {
      found: `percentile ${describeValue(given)}`,
      expected: 'a number from 0 to 100, as in p95',
    });
  }
  const percentile = Math.fround(given);
  return { method: 'percentile', percentile, name: nameOfPercentile(percentile) };
}

/** `p95`, or six decimals where it is not whole: single precision has 99.9 as p99.900002. */
function nameOfPercentile(percentile: number): string {
  return `p${Number.isInteger(percentile) ? percentile : percentile.toFixed(6)}`;
}

/** The number that stands for a method in an archive's header. */
export function specNumber({ method }: AggregationSpec): number {
  return method === 'percentile' ? PERCENTILE_NUMBER : aggregationNumber(method, 'go');
}

/** The spec behind a number and a percentile of an archive's header; undefined if there is none. */
export function specFromNumber(number: number, percentile: number): AggregationSpec | undefined {
  if (number === PERCENTILE_NUMBER) {
    const isPercentile = percentile >= 0 && percentile <= 100;
    return isPercentile
      ? { method: 'percentile', percentile, name: nameOfPercentile(percentile) }
      : undefined;
  }
  const method = METHODS[number - 1];
  return method === undefined ? undefined : { method, percentile, name: method };
}
