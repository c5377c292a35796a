/** Every slot fetched has the value that was stored in it. */
import { join } from 'node:path';
import { type Database, open, type Series } from 'sotto';
import { dataSets } from '../data-sets.js';
import {
  DAY,
  FULL_FILE_NOW,
  HOUR,
  LONG_ARCHIVE_POINTS,
  writeCompressedFullFile,
  writeFullFile,
  writeLongFile,
} from '../workloads.js';
import { refuse, report } from './checks.js';

export function verifyFetches(folder: string): void {
  const path = join(folder, 'fetch.wsp');
  writeFullFile(`${path}.full`, 'gauge');
  writeCompressedFullFile(`${path}.compressed`, 'gauge');
  for (const name of [`${path}.full`, `${path}.compressed`]) {
    using database = open(name, { readOnly: true, clock: () => FULL_FILE_NOW });
    verifyFetch('1h', database, HOUR, HOUR, 86_400);
    verifyFetch('24h', database, DAY, DAY, 86_400);
    // The minutes of the last day were rolled up from its seconds, so only those before it are as stored.
    verifyFetch('30d', database, 30 * DAY, 43_200, 43_200, 43_200 - 1441);
  }
  for (const format of ['standard', 'compressed'] as const) {
    writeLongFile(`${path}.long-${format}`, format);
    using database = open(`${path}.long-${format}`, { readOnly: true, clock: () => FULL_FILE_NOW });
    verifyFetch('48h', database, 2 * DAY, LONG_ARCHIVE_POINTS, LONG_ARCHIVE_POINTS);
  }
}

/**
 * @param length    how many values the series must have, all of them known
 * @param stored    how many gauge values the archive holds; a range ends with the last of them
 * @param compared  how many values of the series to compare, from its first
 */
function verifyFetch(
  range: string,
  database: Database,
  seconds: number,
  length: number,
  stored: number,
  compared = length,
): void {
  const name = `fetch ${range}, ${database.format}`;
  const series: Series | null = database.fetch(FULL_FILE_NOW - seconds);
  const expected = dataSets.gauge(stored).subarray(stored - length);
  const isRight =
    series?.length === length &&
    series.known.every((known) => known === 1) &&
    series.values.subarray(0, compared).every((value, i) => value === expected[i]);
  if (!isRight) refuse(name, 'a series other than what was stored');
  report(`${name}: ${length} values`);
}
