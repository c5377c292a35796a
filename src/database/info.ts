import type { AggregationMethod } from '../format/aggregation-method.js';
import type { Format } from '../format/detect.js';
import { POINT_SIZE } from '../format/point.js';
import { bodyEnd, planLayout, type StandardHeader } from '../format/standard-header.js';

/** One archive, as {@link DatabaseInfo} tells it. */
export interface ArchiveDescription {
  /** Byte of the file where it begins. */
  readonly offset: number;
  /** Seconds per point. */
  readonly step: number;
  readonly points: number;
  /** Seconds it reaches back: step × points. */
  readonly retention: number;
  /** Bytes. */
  readonly size: number;
}

/** What the header of a database says. */
export interface DatabaseInfo {
  readonly format: Format;
  readonly aggregation: AggregationMethod;
  /** As stored: rounded to single precision. */
  readonly xFilesFactor: number;
  /** Seconds; as stored. */
  readonly maxRetention: number;
  /** Bytes. */
  readonly fileSize: number;
  /** True for the very old format, whose first field is a time and whose method is average. */
  readonly legacy: boolean;
  /** Unix seconds; only in the very old format. */
  readonly lastUpdate?: number;
  /** Finest first, unless the file has them otherwise. */
  readonly archives: readonly ArchiveDescription[];
  /** What is odd about the file though it can be used, a sentence each. */
  readonly warnings: readonly string[];
}

export function describeHeader(header: StandardHeader, fileSize: number): DatabaseInfo {
  const { aggregation, xFilesFactor, maxRetention, lastUpdate } = header;
  return {
    format: 'standard',
    aggregation,
    xFilesFactor,
    maxRetention,
    fileSize,
    legacy: lastUpdate !== undefined,
    ...(lastUpdate === undefined ? {} : { lastUpdate }),
    archives: header.archives.map(({ offset, step, points }) => {
      return { offset, step, points, retention: step * points, size: points * POINT_SIZE };
    }),
    warnings: oddities(header, fileSize),
  };
}

function oddities({ archives, maxRetention }: StandardHeader, fileSize: number): string[] {
  const found: string[] = [];
  const greatest = archives.reduce((most, { step, points }) => Math.max(most, step * points), 0);
  if (maxRetention !== greatest) {
    found.push(`max retention is ${maxRetention} s but the archives reach back ${greatest} s`);
  }
  if (archives.some(({ step }, i) => i > 0 && step <= archives[i - 1]!.step)) {
    found.push('the archives are not in the order of their steps');
  }
  const planned = planLayout(archives);
  if (archives.some(({ offset }, i) => offset !== planned.archives[i]!.offset)) {
    found.push('the archives do not follow one another');
  }
  const spare = fileSize - bodyEnd(archives);
  if (spare > 0) found.push(`${spare} bytes stand after the last archive`);
  if (spare < 0) found.push(`the file was cut off ${-spare} bytes before its end`);
  return found;
}
