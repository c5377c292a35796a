/** What a new file is asked to be, checked and laid out: for making it, and for telling how large it will be. */
import { isUint32 } from '../bytes/integers.js';
import { describeValue, WhisperError } from '../errors.js';
import {
  type AggregationMethod,
  checkAggregationMethod,
  type Dialect,
} from '../format/aggregation-method.js';
import {
  type AggregationSpec,
  checkCompressedMethod,
  type MixSpec,
  parseSpec,
} from '../format/aggregation-spec.js';
import { validateRetentions } from '../format/archive-list.js';
import {
  LARGEST_POINT_SIZE,
  type PlannedArchive,
  planBlocks,
  USUAL_POINT_SIZE,
  USUAL_POINTS_PER_BLOCK,
} from '../format/block-plan.js';
import { SMALLEST_BLOCK, SMALLEST_SOUND_BLOCK } from '../format/block-size.js';
import {
  type CompressedArchiveInfo,
  type CompressedHeader,
  encodeCompressedHeader,
  stampChecksum,
} from '../format/compressed-header.js';
import type { Format } from '../format/detect.js';
import { greatestRetention, type Retention, type Retentions } from '../format/retention.js';
import { encodeHeader, MOST_ARCHIVES, planLayout } from '../format/standard-header.js';
import { badOption, checkChoice } from '../options.js';
import { checkXFilesFactor, type XFilesFactor } from './settings.js';

/** What decides how a new file is laid out. */
export interface LayoutOptions {
  /** `'10s:6h,1m:7d'`, or a list of such definitions or of `{ step, points }`, in any order. */
  readonly retentions: Retentions;
  /** `'standard'` by default. */
  readonly format?: Format | undefined;
  /** How values become a coarser one; `'average'` by default. `'mix'`, in compressed files: as `mix` says. */
  readonly aggregation?: AggregationMethod | 'mix' | undefined;
  /** Of a mix file: the aggregations that each coarser retention keeps, such as `['average', 'max', 'p95']`. */
  readonly mix?: readonly MixSpec[] | undefined;
  /** Share of known points that a coarser value needs, 0…1; 0.5 by default. */
  readonly xFilesFactor?: XFilesFactor | undefined;
  /** Of a compressed file: how many points a block shall hold, where there are enough; 7200 by default. */
  readonly pointsPerBlock?: number | undefined;
  /** Of a compressed file: bytes expected for a point; 2 by default. The file grows where they do not do. */
  readonly pointSize?: number | undefined;
}

export const layoutOptionNames = [
  'retentions',
  'format',
  'aggregation',
  'mix',
  'xFilesFactor',
  'pointsPerBlock',
  'pointSize',
] as const;

/** What a new file begins with, and how long it is; all that follows is zero. */
export interface NewLayout {
  readonly format: Format;
  readonly start: Uint8Array;
  readonly fileSize: number;
}

/**
 * @throws WhisperError `WSP_BAD_RETENTION`, `WSP_BAD_ARCHIVE_LIST`, `WSP_BAD_AGGREGATION`, `WSP_BAD_X_FILES_FACTOR`,
 *   `WSP_BAD_OPTION`
 */
export function planFile(options: LayoutOptions, dialect: Dialect): NewLayout {
  const format = checkChoice('format', options.format, ['standard', 'compressed']);
  return format === 'standard' ? planStandard(options, dialect) : planCompressed(options, dialect);
}

function planStandard(options: LayoutOptions, dialect: Dialect): NewLayout {
  for (const name of ['mix', 'pointsPerBlock', 'pointSize'] as const) {
    if (options[name] === undefined) continue;
    throw badOption(`option ${name} for a standard file`, "format: 'compressed' with it");
  }
  const { archives, fileSize } = planLayout(validateRetentions(required(options.retentions)));
  const header = {
    aggregation: checkAggregationMethod(options.aggregation ?? 'average', dialect),
    maxRetention: greatestRetention(archives),
    xFilesFactor: checkXFilesFactor(options.xFilesFactor ?? 0.5),
    archives,
  };
  return { format: 'standard', start: encodeHeader(header, dialect), fileSize };
}

function planCompressed(options: LayoutOptions, dialect: Dialect): NewLayout {
  const { settings, planned } = checkCompressedLayout(options, dialect);
  const { archives, metadataSize, fileSize } = planBlocks(
    planned,
    settings.pointsPerBlock,
    settings.pointSize,
  );
  checkBlockSizes(archives, dialect);
  const start = new Uint8Array(metadataSize);
  encodeCompressedHeader(start, { ...settings, archives });
  stampChecksum(start);
  return { format: 'compressed', start, fileSize };
}

/** The settings and archives of a compressed file, before it is laid out. */
export function checkCompressedLayout(
  options: LayoutOptions,
  dialect: Dialect,
): { settings: Omit<CompressedHeader, 'archives'>; planned: PlannedArchive[] } {
  const retentions = validateRetentions(required(options.retentions), 'compressed');
  const specs = checkMix(options, dialect);
  const settings = {
    aggregation:
      specs === undefined ? checkCompressedMethod(options.aggregation ?? 'average') : ('mix' as const),
    maxRetention: greatestRetention(retentions),
    xFilesFactor: checkXFilesFactor(options.xFilesFactor ?? 0.5),
    pointsPerBlock: checkPointsPerBlock(options.pointsPerBlock),
    pointSize: checkPointSize(options.pointSize, specs !== undefined && retentions.length > 1, dialect),
  };
  return { settings, planned: archivesOf(retentions, specs) };
}

/** The archives of a file: one for each retention, or, below the base of a mix file, one for each aggregation. */
export function archivesOf(
  retentions: readonly Retention[],
  specs: readonly AggregationSpec[] | undefined,
): PlannedArchive[] {
  if (specs === undefined) return [...retentions];
  const archives = retentions.flatMap((retention, i) =>
    i === 0 ? [retention] : specs.map((spec) => ({ ...retention, spec })),
  );
  if (archives.length <= MOST_ARCHIVES) return archives;
  throw new WhisperError('WSP_BAD_ARCHIVE_LIST', {
    found: `${archives.length} archives`,
    expected: `at most ${MOST_ARCHIVES}`,
  });
}

function required(retentions: Retentions | undefined): Retentions {
  if (retentions !== undefined) return retentions;
  throw badOption('create was given no retentions', "an option such as retentions: '10s:6h'");
}

/** The aggregations of a mix file; undefined for any other. */
function checkMix({ aggregation, mix }: LayoutOptions, dialect: Dialect): AggregationSpec[] | undefined {
  if (mix === undefined && aggregation !== 'mix') return undefined;
  if (aggregation !== undefined && aggregation !== 'mix') {
    throw badOption(`option mix with aggregation '${aggregation}'`, "aggregation: 'mix'");
  }
  if (!Array.isArray(mix) || mix.length === 0) {
    throw badOption(
      `a mix file of ${mix === undefined ? 'no aggregations' : describeValue(mix)}`,
      "an option such as mix: ['average', 'max', 'p95']",
    );
  }
  const specs = mix.map(parseSpec);
  const twice = specs.find(({ name }, i) => specs.findIndex((other) => other.name === name) < i);
  // The second could not be asked for by its name; go-whisper makes it all the same.
  if (twice === undefined || dialect === 'go') return specs;
  throw new WhisperError('WSP_BAD_AGGREGATION', {
    found: `'${twice.name}' twice in a mix`,
    expected: 'each aggregation once',
  });
}

function checkPointsPerBlock(asked: number | undefined): number {
  const hint = asked ?? USUAL_POINTS_PER_BLOCK;
  if (isUint32(hint)) return hint === 0 ? USUAL_POINTS_PER_BLOCK : hint;
  throw badOption(`option pointsPerBlock is ${describeValue(asked)}`, 'a whole number, 1 or more');
}

/**
 * @param isForCoarser  below the base of a mix file, where a size is taken as it comes (doc/format.md, quirk 10)
 */
function checkPointSize(asked: number | undefined, isForCoarser: boolean, dialect: Dialect): number {
  if (asked === undefined || asked === 0) return USUAL_POINT_SIZE;
  if (typeof asked === 'number') {
    const size = Math.fround(asked);
    if (size > 0 && size <= LARGEST_POINT_SIZE) return size;
    // go-whisper takes any number, and in its place one that makes sense.
    if (dialect === 'go' && (!isForCoarser || size > 0) && size !== Number.POSITIVE_INFINITY) return size;
  }
  throw badOption(
    `option pointSize is ${describeValue(asked)}`,
    `bytes a point, more than 0 and at most ${LARGEST_POINT_SIZE}`,
  );
}

/** Refuses blocks too small for their points: what does not fit would run over into the next one. */
function checkBlockSizes(archives: readonly CompressedArchiveInfo[], dialect: Dialect): void {
  const least = dialect === 'go' ? SMALLEST_BLOCK : SMALLEST_SOUND_BLOCK;
  const small = archives.find(({ blockSize }) => blockSize < least);
  if (small === undefined) return;
  throw badOption(
    `blocks of ${small.blockSize} bytes, for ${small.points} points of ${small.pointSize} bytes`,
    `at least ${least}: a greater pointSize or pointsPerBlock`,
  );
}
