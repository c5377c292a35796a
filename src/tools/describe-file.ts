import type { Database } from '../database/database.js';
import { mixOf, retentionsOf } from '../database/info.js';
import { formatRetention } from '../format/retention.js';
import { archiveName } from './archive-series.js';
import { dumpArchives } from './dump.js';

/** What a page tells of a file; all of it can be written as JSON. */
export interface FileDescription {
  readonly format: 'standard' | 'compressed';
  /** The method, or those of a mix file with commas between. */
  readonly aggregation: string;
  readonly xFilesFactor: number;
  readonly retentions: string;
  /** Seconds. */
  readonly maxRetention: number;
  /** Bytes. */
  readonly fileSize: number;
  /** True for the very old format. */
  readonly legacy: boolean;
  readonly archives: readonly ArchiveFacts[];
  readonly warnings: readonly string[];
}

export interface ArchiveFacts {
  readonly name: string;
  /** Seconds. */
  readonly step: number;
  readonly points: number;
  /** Bytes. */
  readonly size: number;
  /** How many points it holds, and the times of the oldest and the newest; null if there are none. */
  readonly known: number;
  readonly first: number | null;
  readonly last: number | null;
  /** Of a compressed archive. */
  readonly blocks?: BlockFacts;
}

export interface BlockFacts {
  readonly count: number;
  /** Bytes of one. */
  readonly size: number;
  /** Points that wait in the buffer. */
  readonly buffered: number;
  /** Late points since creation. */
  readonly discarded: number;
  readonly growths: number;
}

/**
 * Describes a database with what its archives hold, which takes reading all of it.
 *
 * @param now  Unix seconds
 */
export function describeFile(database: Database, now: number): FileDescription {
  const { info } = database;
  const { format, aggregation, xFilesFactor, maxRetention, fileSize, legacy, warnings } = info;
  const archives = dumpArchives(database, undefined, 'time', now).map(({ index, archive, timestamps }) => {
    const { step, points, size } = archive;
    const compressed = info.format === 'compressed' ? info.archives[index] : undefined;
    return {
      name: archiveName(database, index),
      step,
      points,
      size,
      known: timestamps.length,
      first: timestamps[0] ?? null,
      last: timestamps.at(-1) ?? null,
      ...(compressed === undefined
        ? {}
        : {
            blocks: {
              count: compressed.blockCount,
              size: compressed.blockSize,
              buffered: compressed.buffered,
              discarded: compressed.discarded,
              growths: compressed.growths,
            },
          }),
    };
  });
  return {
    format,
    aggregation: aggregation === 'mix' ? mixOf(info).join(',') : aggregation,
    // Stored in single precision: 0.3 rather than 0.30000001192092896.
    xFilesFactor: Number(xFilesFactor.toPrecision(7)),
    retentions: retentionsOf(info).map(formatRetention).join(','),
    maxRetention,
    fileSize,
    legacy,
    archives,
    warnings,
  };
}
