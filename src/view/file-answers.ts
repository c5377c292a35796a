/** What the page asks of one file. Files are opened for reading alone, and by force, so that damage is shown as gaps. */
import { statSync } from 'node:fs';
import type { Database } from '../database/database.js';
import { open } from '../database/open.js';
import { DiskFile } from '../file/disk-file.js';
import { type ArchiveSeries, archiveName, archiveSeries } from '../tools/archive-series.js';
import { blockMap } from '../tools/block-map.js';
import { describeFile } from '../tools/describe-file.js';
import { trim } from '../tools/thin.js';
import { verifyFile } from '../tools/verify/verify.js';
import { encodeSeries } from './encode-series.js';
import type { Place } from './roots.js';
import type { WireBlocks, WireChart, WireFindings, WireInfo, WireRange, WireSeries } from './wire.js';

const DAY = 86_400;
/** Bytes up to which every slot and block is looked at without being asked for it. */
const QUICK_SIZE = 8 * 2 ** 20;

/** Which values the page asks for. */
export interface ChartQuestion {
  /** The range, or all there is, or what one wants to see first: the last 24 hours, or if they are empty all there is. */
  readonly range: WireRange | 'all' | 'usual';
  /** Name of an archive; `auto` is the one that a fetch would choose, `all` is each of them. */
  readonly archive: string;
  /** Parts that what is longer is thinned to. */
  readonly buckets: number;
  /** Unix seconds. */
  readonly now: number;
}

export function chartOf(place: Place, stamp: string, question: ChartQuestion): WireChart {
  return reading(place, (database) => {
    const { archive, buckets, now } = question;
    const range =
      typeof question.range === 'object' ? question.range : rangeOf(database, question.range, now);
    const archives = database.info.archives.map((_, i) => archiveName(database, i));
    const isBackwards = range.from > range.until || range.from > now;
    const series = isBackwards ? [] : seriesOf(database, range, archive, archives, now);
    const encoded: WireSeries[] = series.map((one) => encodeSeries(one, buckets));
    const limits = { from: Math.max(0, now - database.info.maxRetention), until: now };
    return { range, limits, series: encoded, archives, stamp };
  });
}

function seriesOf(
  database: Database,
  { from, until }: WireRange,
  archive: string,
  names: readonly string[],
  now: number,
): ArchiveSeries[] {
  if (archive === 'all') return archiveSeries(database, { from, until, now });
  // Which one answers goes by the beginning of a range alone; a file without the archive of the one beside it is asked so.
  const begin = Math.max(from, now - database.info.maxRetention);
  const named = names.indexOf(archive);
  const answering = named >= 0 ? named : database.fetch(begin, begin, { now })?.archive;
  return answering === undefined ? [] : archiveSeries(database, { from, until, now, archive: answering });
}

function rangeOf(database: Database, which: 'all' | 'usual', now: number): WireRange {
  const day = { from: now - DAY, until: now };
  if (which === 'usual' && database.fetch(day.from, day.until, { now })?.known.includes(1) === true)
    return day;
  const known = archiveSeries(database, { until: now, now }).filter((series) => series.known.includes(1));
  if (known.length === 0) return day;
  const trimmed = known.map(trim);
  // Fetches begin after their range's beginning.
  const from = Math.min(...trimmed.map((series) => series.from)) - 1;
  const until = Math.max(...trimmed.map((series) => series.until - series.step));
  return until > from + 1 ? { from, until } : { from: from - 1800, until: until + 1800 };
}

export function infoOf(place: Place, stamp: string, now: number): WireInfo {
  const description = reading(place, (database) => describeFile(database, now));
  return { path: place.label, description, stamp };
}

export function blocksOf(place: Place): WireBlocks {
  return reading(place, (database) => ({ archives: blockMap(database) }));
}

/** @param deep  undefined looks at all of a file that is not too large for it */
export function findingsOf(place: Place, deep: boolean | undefined, now: number): WireFindings {
  const isDeep = deep ?? statSync(place.real).size <= QUICK_SIZE;
  // Not by `verify`, which would bring an interrupted call to its end first: whoever looks changes nothing.
  const file = DiskFile.open(place.real, 'read', undefined);
  try {
    const findings = verifyFile(file, { deep: isDeep, now, dialect: 'python' });
    return { isDeep, findings: findings.map(({ path: _, ...finding }) => finding) };
  } finally {
    file.close();
  }
}

function reading<T>({ real }: Place, work: (database: Database) => T): T {
  using database = open(real, { readOnly: true, force: true });
  return work(database);
}
