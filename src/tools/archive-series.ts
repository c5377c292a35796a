import type { Database } from '../database/database.js';
import { formatRetention } from '../format/retention.js';
import type { ChartSeries } from './chart-series.js';
import { selectArchives } from './dump.js';

/** What one archive has of a range. */
export interface ArchiveSeries extends ChartSeries {
  /** 0 is the finest. */
  readonly archive: number;
  /** As in a retention definition, with the aggregation of an archive of a mix file: `1m:7d`, `1m:7d max`. */
  readonly name: string;
}

export interface ArchiveRange {
  /** Begin after this time; as far back as each archive goes if left out. */
  readonly from?: number | undefined;
  readonly until: number;
  readonly now: number;
  /** One archive alone. */
  readonly archive?: number | undefined;
}

/**
 * What every archive has of a range, each cut to what it reaches; one that does not reach it is left out.
 *
 * @throws WhisperError `WSP_BAD_RANGE`, `WSP_NO_SUCH_ARCHIVE`, `WSP_CORRUPT` for a damaged block
 */
export function archiveSeries(database: Database, range: ArchiveRange): ArchiveSeries[] {
  const { until, now } = range;
  return selectArchives(database, range.archive).flatMap(({ index, archive }) => {
    // An archive that goes back no further than the end of the range has nothing to give, and no range to be asked for.
    const from = range.from ?? Math.min(until, now - archive.retention);
    const series = database.fetch(from, until, { now, archive: index });
    if (series === null) return [];
    const { values, known, step } = series;
    return [
      {
        archive: index,
        name: archiveName(database, index),
        from: series.from,
        until: series.until,
        step,
        values,
        known,
      },
    ];
  });
}

/** Name of an archive: its retention, and of a mix file its aggregation. */
export function archiveName(database: Database, index: number): string {
  const archive = database.info.archives[index]!;
  const spec = 'spec' in archive && archive.spec !== undefined ? ` ${archive.spec.name}` : '';
  return formatRetention(archive) + spec;
}
