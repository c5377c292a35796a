/** What `plot --html` puts into its page. */

import type { Database } from '../index.js';
import { archiveSeries } from '../tools/archive-series.js';
import { describeFile } from '../tools/describe-file.js';
import { endPoint } from '../tools/dump.js';
import { formatIso, parseTime } from '../tools/time-text.js';
import { htmlPage, type PageFile } from '../view/html-page.js';
import { readingEach, timeOf } from './arguments.js';
import type { Io } from './io.js';
import type { RangeArguments } from './range.js';

interface Given extends RangeArguments {
  readonly time: 'utc' | 'local';
  readonly title?: string;
}

/** The page; undefined, and exit code 1, if no file has any of the range. */
export function makePage(paths: readonly string[], given: Given, io: Io): string | undefined {
  const files = readingEach(paths, given, io, (database, path) =>
    pageFile(database, path, given, io),
  ).flatMap((file) => {
    if (file.series.length > 0) return [file];
    io.err(`sotto: ${file.label}: no data in the selected range\n`);
    io.finish(1);
    return [];
  });
  if (files.length === 0) return undefined;
  return htmlPage(files, {
    title: given.title ?? files.map(({ label }) => label).join(', '),
    zone: given.time,
    isRangeGiven: given.from !== undefined || given.until !== undefined,
    now: io.clock(),
  });
}

function pageFile(database: Database, path: string, given: Given, io: Io): PageFile {
  const now = timeOf(given.now, io, database);
  const until = given.until === undefined ? now : parseTime(given.until, now);
  const from = given.from === undefined ? undefined : parseTime(given.from, now);
  const range = { from, until, now };
  const series = askedArchives(database, given, now).flatMap((archive) =>
    archiveSeries(database, { ...range, archive }),
  );
  const isEmpty = series.every((one) => !one.known.includes(1));
  if (series.length > 0 && isEmpty)
    io.err(`sotto: ${path}: no values in this range; ${newestOf(database, io)}
`);
  return { label: path, description: describeFile(database, now), series };
}

function newestOf(database: Database, io: Io): string {
  const newest = endPoint(database, 'last', undefined, io.clock());
  return newest === undefined
    ? 'the file has no points'
    : `the newest point is of ${formatIso(newest.timestamp)}`;
}

/** The archives that a page has: all, unless a fetch would be told which one to ask. */
function askedArchives(
  database: Database,
  { step, archive, spec }: RangeArguments,
  now: number,
): readonly (number | undefined)[] {
  if (step === undefined && archive === undefined && spec === undefined) return [undefined];
  if (spec !== undefined && step === undefined && archive === undefined)
    return archivesOf(database, spec, now);
  const chosen = database.fetch(now, now, { now, step, archive, spec });
  return chosen === null ? [] : [chosen.archive];
}

/** Of a mix file the base, which has all values, and of each coarser step the archive of one method. */
function archivesOf(database: Database, spec: NonNullable<RangeArguments['spec']>, now: number): number[] {
  const steps = [...new Set(database.info.archives.map(({ step }) => step))];
  return steps.flatMap((step) => database.fetch(now, now, { now, step, spec })?.archive ?? []);
}
