import { estimatePointSize } from '../codec/point-size.js';
import { Database } from '../database/database.js';
import {
  checkCompressedLayout,
  type LayoutOptions,
  layoutOptionNames,
  planFile,
} from '../database/layout.js';
import { open } from '../database/open.js';
import type { FilePath } from '../database/path.js';
import { checkTime, systemClock } from '../database/time.js';
import { type Dialect, dialects } from '../format/aggregation-method.js';
import type { AggregationSpec } from '../format/aggregation-spec.js';
import { type PlannedArchive, planBlocks } from '../format/block-plan.js';
import type { Format } from '../format/detect.js';
import { POINT_SIZE } from '../format/point.js';
import { parseRetentions, type Retention, type Retentions } from '../format/retention.js';
import { planLayout } from '../format/standard-header.js';
import { badOption, checkChoice, checkOptionNames } from '../options.js';
import { pointsInReach } from './archive-points.js';

export interface EstimateOptions extends Omit<LayoutOptions, 'retentions'> {
  /** Whose rules count for what `create` would refuse; `'python'` by default. */
  readonly dialect?: Dialect | undefined;
  /**
   * A database with points like those to come: blocks are sized by how these compress, as a conversion of the sample
   * sizes them (which takes more only where blocks of that size do not hold all points). An archive is measured on
   * the sample's of the same step, or else of the nearest.
   */
  readonly sample?: FilePath | Database | undefined;
  /** Unix seconds: points of the sample that are too old for their archive then do not count. The clock if left out. */
  readonly now?: number | undefined;
}

/** One archive of an {@link Estimate}. */
export interface EstimatedArchive extends Retention {
  /** Bytes of its slots or blocks. */
  readonly size: number;
  /** Bytes of a point: 12, or in a compressed file those expected. */
  readonly pointSize: number;
  /** Of a compressed file: bytes of a block, and how many there are. */
  readonly blockSize?: number;
  readonly blockCount?: number;
  /** Below the base of a mix file: how it is made. */
  readonly spec?: AggregationSpec;
}

/** What a database of some retentions takes. */
export interface Estimate {
  readonly format: Format;
  /** As given; of a compressed file finest first. */
  readonly retentions: readonly Retention[];
  /** Bytes of the file. */
  readonly fileSize: number;
  /** Bytes on a disk of 4 KiB blocks, once all of the file has been written. */
  readonly diskSize: number;
  /** Bytes of all that stands before the first archive. */
  readonly metadataSize: number;
  readonly archives: readonly EstimatedArchive[];
}

const BLOCK_SIZE = 4096;
const NAMES = [...layoutOptionNames.filter((name) => name !== 'retentions'), 'dialect', 'sample', 'now'];

/**
 * Tells how large a database will be: to the byte as `create` makes it.
 *
 * Of standard files it is not asked whether the retentions go together in one database.
 *
 * @throws WhisperError `WSP_BAD_RETENTION`, `WSP_BAD_OPTION`; of a compressed file all that `create` refuses, and what
 *   `open` throws for a sample
 */
export function estimateSize(definitions: Retentions, options: EstimateOptions = {}): Estimate {
  checkOptionNames(options, NAMES, 'estimateSize');
  const retentions = parseRetentions(definitions);
  const format = checkChoice('format', options.format, ['standard', 'compressed']);
  const { retentions: listed, ...planned } =
    format === 'standard' ? planStandard(retentions, options) : planCompressed(retentions, options);
  const diskSize = Math.ceil(planned.fileSize / BLOCK_SIZE) * BLOCK_SIZE;
  return { format, retentions: listed, diskSize, ...planned };
}

type Plan = Omit<Estimate, 'format' | 'diskSize'>;

function planStandard(retentions: readonly Retention[], options: EstimateOptions): Plan {
  const misplaced = (['mix', 'pointsPerBlock', 'pointSize', 'sample'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (misplaced !== undefined) {
    throw badOption(`option ${misplaced} for a standard file`, "format: 'compressed' with it");
  }
  const { archives, fileSize } = planLayout(retentions);
  return {
    retentions,
    fileSize,
    metadataSize: archives[0]?.offset ?? fileSize,
    archives: archives.map(({ step, points }) => {
      return { step, points, size: points * POINT_SIZE, pointSize: POINT_SIZE };
    }),
  };
}

function planCompressed(retentions: readonly Retention[], options: EstimateOptions): Plan {
  const { sample, now, ...given } = options;
  const layout = { ...given, retentions };
  if (sample !== undefined && given.pointSize !== undefined) {
    throw badOption('both a point size and a sample', 'one of them: the sample tells the size');
  }
  const dialect = checkChoice('dialect', given.dialect, dialects);
  // What create would refuse is refused here.
  planFile(layout, dialect);
  const { settings, planned } = checkCompressedLayout(layout, dialect);
  const at = checkTime(now ?? systemClock(), 'now');
  const sized =
    sample === undefined ? planned : sizeBySample(planned, sample, at, settings.pointsPerBlock, dialect);
  const { archives, metadataSize, fileSize } = planBlocks(sized, settings.pointsPerBlock, settings.pointSize);
  return {
    retentions: planned
      .filter(({ step }, i) => step !== planned[i - 1]?.step)
      .map(({ step, points }) => ({ step, points })),
    fileSize,
    metadataSize,
    archives: archives.map(({ step, points, pointSize, blockSize, blockCount, spec }) => {
      const archive = { step, points, size: blockSize * blockCount, pointSize, blockSize, blockCount };
      return spec === undefined ? archive : { ...archive, spec };
    }),
  };
}

function sizeBySample(
  planned: readonly PlannedArchive[],
  sample: FilePath | Database,
  now: number,
  pointsPerBlock: number,
  dialect: Dialect,
): PlannedArchive[] {
  if (!(sample instanceof Database)) {
    using database = open(sample, { readOnly: true, dialect });
    return sizeBySample(planned, database, now, pointsPerBlock, dialect);
  }
  const sizes = sample.info.archives.map(({ step, retention }, index) => {
    return estimatePointSize(pointsInReach(sample, index, now - retention), pointsPerBlock, step);
  });
  return planned.map((archive) => ({ ...archive, pointSize: sizes[nearestArchive(sample, archive)]! }));
}

/** The archive of the sample that is most like one to come: of the nearest step, and of its aggregation if it can be. */
function nearestArchive({ info }: Database, { step, spec }: PlannedArchive): number {
  const ranked = info.archives.map((archive, index) => ({
    index,
    distance: Math.abs(Math.log(archive.step / step)),
    isOther: 'spec' in archive && archive.spec?.name !== spec?.name,
  }));
  ranked.sort((a, b) => a.distance - b.distance || Number(a.isOther) - Number(b.isOther));
  return ranked[0]!.index;
}
