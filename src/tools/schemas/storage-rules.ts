/** Both configuration files together: what a metric's file should look like. */
import { readFileSync } from 'node:fs';
import { checkPath, type FilePath } from '../../database/path.js';
import { systemError } from '../../errors.js';
import { type AggregationMethod, type Dialect, dialects } from '../../format/aggregation-method.js';
import type { AggregationSpec } from '../../format/aggregation-spec.js';
import type { Retention } from '../../format/retention.js';
import { badOption, checkChoice, checkFlag, checkOptionNames } from '../../options.js';
import { type AggregationRule, parseAggregations } from './aggregation.js';
import { parseSchemas, type Schema } from './schemas.js';

export interface StorageRuleFiles {
  /** The path of `storage-schemas.conf`; without it nothing is said of retentions. */
  readonly schemas?: FilePath | undefined;
  /** The path of `storage-aggregation.conf`; without it nothing is said of method and xFilesFactor. */
  readonly aggregation?: FilePath | undefined;
  /** Give metrics of no schema carbon's own default, 60s:7d; else nothing is said of them. */
  readonly fallback?: boolean | undefined;
  /** `go`: read definitions such as `1m:1440` as go-carbon does, where that is seconds and not points. */
  readonly dialect?: Dialect | undefined;
}

/** What two configuration files say. */
export interface StorageRules {
  /** In the order in which they are asked; undefined if no such file was given. */
  readonly schemas: readonly Schema[] | undefined;
  readonly aggregations: readonly AggregationRule[] | undefined;
  /** What is odd about the files though they can be used: `PATH: line N: …`. */
  readonly warnings: readonly string[];
}

/** What the rules say of one metric. What no file was given for is left out. */
export interface StorageChoice {
  /** Finest first. */
  readonly retentions?: readonly Retention[];
  readonly aggregation?: AggregationMethod | 'mix';
  /** With `mix` alone: what is kept, in its order. */
  readonly mix?: readonly AggregationSpec[];
  /** As the header will hold it: single precision. */
  readonly xFilesFactor?: number;
  /** go-carbon's: the format that is asked for; left out where the section says nothing. */
  readonly compressed?: boolean;
  /** The section that the retentions are from. */
  readonly schemaName?: string;
  /** The section that method and xFilesFactor are from; `default` if none is for this metric. */
  readonly aggregationName?: string;
}

const DEFAULT_NAME = 'default';

/** What carbon gives a metric of no section: seven days of minutes. */
const CARBON_DEFAULT: Schema = {
  name: DEFAULT_NAME,
  line: 0,
  pattern: '.*',
  matches: () => true,
  retentions: [{ step: 60, points: 10_080 }],
  priority: Number.NEGATIVE_INFINITY,
  compressed: undefined,
};

/** What both do where a section, or the lack of one, leaves it open. */
const DEFAULT_METHOD = { aggregation: 'average' } as const;
const DEFAULT_X_FILES_FACTOR = 0.5;

/**
 * Reads `storage-schemas.conf` and `storage-aggregation.conf`, either or both.
 *
 * @throws WhisperError `WSP_BAD_INPUT`, which tells of every mistake in a file; `WSP_NOT_FOUND`, `WSP_SYSTEM`,
 *   `WSP_BAD_OPTION`
 */
export function loadStorageRules(files: StorageRuleFiles): StorageRules {
  checkOptionNames(files, ['schemas', 'aggregation', 'fallback', 'dialect'], 'loadStorageRules');
  const dialect = checkChoice('dialect', files.dialect, dialects);
  const isFallback = checkFlag('fallback', files.fallback);
  if (files.schemas === undefined && files.aggregation === undefined)
    throw badOption('neither schemas nor aggregation is given', 'the path of at least one of them');
  const schemas = read(files.schemas, (text, path) => parseSchemas(text, path, dialect));
  const aggregations = read(files.aggregation, parseAggregations);
  return {
    schemas: schemas && (isFallback ? [...schemas.list, CARBON_DEFAULT] : schemas.list),
    aggregations: aggregations?.list,
    warnings: [...(schemas?.warnings ?? []), ...(aggregations?.warnings ?? [])],
  };
}

function read<T extends { readonly warnings: readonly string[] }>(
  file: FilePath | undefined,
  parse: (text: string, path: string) => T,
): T | undefined {
  if (file === undefined) return undefined;
  const path = checkPath(file);
  const parsed = parse(textOf(path), path);
  return { ...parsed, warnings: parsed.warnings.map((warning) => `${path}: ${warning}`) };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw systemError(error, path, 'read it');
  }
}

/**
 * What the rules say of a metric: the first schema and the first aggregation section that are for it.
 *
 * @param metric  its name, `servers.web1.cpu`
 * @returns       null if there are schemas and none is for it
 */
export function matchStorage(metric: string, rules: StorageRules): StorageChoice | null {
  const schema = rules.schemas?.find((candidate) => candidate.matches(metric));
  if (rules.schemas !== undefined && schema === undefined) return null;
  return {
    ...(schema && {
      retentions: schema.retentions,
      schemaName: schema.name,
      ...(schema.compressed === undefined ? {} : { compressed: schema.compressed }),
    }),
    ...(rules.aggregations && aggregationFor(metric, rules.aggregations)),
  };
}

function aggregationFor(metric: string, aggregations: readonly AggregationRule[]): StorageChoice {
  const rule = aggregations.find((candidate) => candidate.matches(metric));
  return {
    ...(rule?.method ?? DEFAULT_METHOD),
    xFilesFactor: rule?.xFilesFactor ?? DEFAULT_X_FILES_FACTOR,
    aggregationName: rule?.name ?? DEFAULT_NAME,
  };
}
