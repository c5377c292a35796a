import type { AggregationMethod } from '../format/aggregation-method.js';
import type { AggregationSpec } from '../format/aggregation-spec.js';
import type { BlockRange } from '../format/block-range.js';
import { archiveBlocksEnd, blocksEnd, type CompressedHeader } from '../format/compressed-header.js';
import { POINT_SIZE } from '../format/point.js';
import type { RawPoint } from '../format/raw-point.js';
import { greatestRetention, type Retention } from '../format/retention.js';
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
  /** Bytes; of a compressed archive those of its blocks. */
  readonly size: number;
}

/** What the header of a database says, in either format. */
export type DatabaseInfo = StandardInfo | CompressedInfo;

interface CommonInfo {
  /** As stored: rounded to single precision. */
  readonly xFilesFactor: number;
  /** Seconds; as stored. */
  readonly maxRetention: number;
  /** Bytes. */
  readonly fileSize: number;
  /** What is odd about the file though it can be used, a sentence each. */
  readonly warnings: readonly string[];
}

/** What the header of a standard file says. */
export interface StandardInfo extends CommonInfo {
  readonly format: 'standard';
  readonly aggregation: AggregationMethod;
  /** True for the very old format, whose first field is a time and whose method is average. */
  readonly legacy: boolean;
  /** Unix seconds; only in the very old format. */
  readonly lastUpdate?: number;
  /** Finest first, unless the file has them otherwise. */
  readonly archives: readonly ArchiveDescription[];
}

/** A point as the headers of a compressed file hold it. */
export interface StoredPoint {
  /** Unix seconds; 0 for no point. */
  readonly timestamp: number;
  readonly value: number;
  /** The bits of the value, 16 hexadecimal digits. */
  readonly bits: string;
}

/** How far the current block of an archive has been written. */
export interface CurrentBlockDescription {
  readonly index: number;
  readonly first: StoredPoint;
  readonly latest: StoredPoint;
  /** The one before the latest. */
  readonly previous: StoredPoint;
  /** The byte filled in part, and where in the file it stands. */
  readonly lastByte: number;
  readonly lastByteOffset: number;
  /** Its highest free bit, 7…0. */
  readonly bitPosition: number;
  /** Points after the first. */
  readonly count: number;
  /** CRC-32 of the block's complete bytes. */
  readonly crc: number;
}

/** One archive of a compressed file. */
export interface CompressedArchiveDescription extends ArchiveDescription {
  /** How it is made from the base; only below the base of a mix file. */
  readonly spec?: AggregationSpec;
  /** Bytes. */
  readonly blockSize: number;
  readonly blockCount: number;
  /** Bytes expected for a point. */
  readonly pointSize: number;
  readonly current: CurrentBlockDescription;
  /** In the order of the blocks; `count` is the number of points after the first. */
  readonly ranges: readonly BlockRange[];
  /** Bytes; 0 without a buffer. */
  readonly bufferSize: number;
  /** Points that wait in the buffer. */
  readonly buffered: number;
  /** Late points since creation. */
  readonly discarded: number;
  /** How often it made the file grow. */
  readonly growths: number;
}

/** What the headers of a compressed file say. */
export interface CompressedInfo extends CommonInfo {
  readonly format: 'compressed';
  readonly version: 1;
  readonly aggregation: AggregationMethod | 'mix';
  readonly legacy: false;
  /** Points per block and bytes a point as they were asked for when the file was made. */
  readonly pointsPerBlock: number;
  readonly pointSize: number;
  /** Bytes of all that stands before the first block. */
  readonly metadataSize: number;
  /** CRC-32 of the metadata as stored. */
  readonly checksum: number;
  readonly isChecksumRight: boolean;
  /** Finest first. */
  readonly archives: readonly CompressedArchiveDescription[];
}

export function describeHeader(header: StandardHeader, fileSize: number): StandardInfo {
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
  const greatest = greatestRetention(archives);
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

export function describeCurrent({
  first,
  latest,
  previous,
  ...rest
}: CompressedHeader['archives'][number]['current']) {
  return {
    ...rest,
    first: describePoint(first),
    latest: describePoint(latest),
    previous: describePoint(previous),
  };
}

function describePoint({ timestamp, high, low }: RawPoint): StoredPoint {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, high);
  view.setUint32(4, low);
  const bits = view.getBigUint64(0).toString(16).padStart(16, '0');
  return { timestamp, value: view.getFloat64(0), bits };
}

/** What is odd about a compressed file though it can be used. */
export function compressedOddities(
  { archives, maxRetention }: CompressedHeader,
  isChecksumRight: boolean,
  fileSize: number,
): string[] {
  const found: string[] = [];
  if (!isChecksumRight) found.push('the checksum of the metadata is wrong or stale');
  const greatest = greatestRetention(archives);
  if (maxRetention !== greatest) {
    found.push(`max retention is ${maxRetention} s but the archives reach back ${greatest} s`);
  }
  if (archives.some(({ offset }, i) => i > 0 && offset !== archiveBlocksEnd(archives[i - 1]!))) {
    found.push('the archives do not follow one another');
  }
  const spare = fileSize - blocksEnd(archives);
  if (spare > 0) found.push(`${spare} bytes stand after the last archive`);
  if (spare < 0) found.push(`the file was cut off ${-spare} bytes before its end`);
  return found;
}

/** The retentions of a file; in a mix file several archives share one, which is given once. */
export function retentionsOf({ aggregation, archives }: DatabaseInfo): Retention[] {
  return archives
    .filter(({ step }, i) => aggregation !== 'mix' || step !== archives[i - 1]?.step)
    .map(({ step, points }) => ({ step, points }));
}

/** Names of the aggregations of a mix file, in their order; empty for any other. */
export function mixOf(info: DatabaseInfo): string[] {
  if (info.format === 'standard') return [];
  return [...new Set(info.archives.flatMap(({ spec }) => spec?.name ?? []))];
}
