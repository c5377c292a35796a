/** Ranges that end now, every slot of which has a value. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CompressedInfo, type Database, type Format, open } from 'sotto';
import { bareReads } from '../bare/reads.js';
import type { Region } from '../bare/system-calls.js';
import type { Case } from '../harness.js';
import { FETCH } from '../peers.js';
import { nameOf, type Row } from '../row.js';
import {
  COMPRESSED_METADATA,
  DAY,
  FULL_FILE_NOW,
  HOUR,
  LONG_ARCHIVE_POINTS,
  POINT_SIZE,
  standardArchives,
  writeCompressedFullFile,
  writeFullFile,
  writeLongFile,
} from '../workloads.js';

/** What a fetch asks of which files. */
interface Range {
  readonly name: string;
  readonly seconds: number;
  /** The archive that answers, and how many of its points. */
  readonly archive: number;
  readonly points: number;
  readonly file: 'full' | 'long';
}

const FULL_RANGES = [
  { name: '1h', seconds: HOUR, archive: 0, points: HOUR, file: 'full' },
  { name: '24h', seconds: DAY, archive: 0, points: DAY, file: 'full' },
  { name: '30d', seconds: 30 * DAY, archive: 1, points: 43_200, file: 'full' },
] as const satisfies readonly Range[];

const ALL: Range = { name: '48h', seconds: 2 * DAY, archive: 0, points: LONG_ARCHIVE_POINTS, file: 'long' };

const PYTHON_CALLS = { '1h': 100, '24h': 8, '30d': 15, '48h': 4 };

const GOALS = {
  standard: { '1h': 2, '24h': 3, '30d': 3 },
  compressed: { '1h': 15, '24h': 10, '30d': 10 },
} as const;

/** A standard fetch is mostly a read: at most so many times as long as that alone. */
const BARE_GOAL = 2.5;

export function fetchRows(folder: string): readonly Row[] {
  const formats = ['standard', 'compressed'] as const;
  return [
    ...FULL_RANGES.flatMap((range) =>
      formats.map((format) => ({
        ...row(folder, range, format, false),
        peers: FETCH[format].open[range.name],
        goal: GOALS[format][range.name],
        ...(format === 'standard' ? { bareGoal: BARE_GOAL } : {}),
      })),
    ),
    ...formats.map((format) => row(folder, ALL, format, false)),
    ...FULL_RANGES.flatMap((range) =>
      formats.map((format) => ({
        ...row(folder, range, format, true),
        peers: FETCH[format].reopened[range.name],
      })),
    ),
  ];
}

function row(folder: string, range: Range, format: Format, reopen: boolean): Row {
  const { name, seconds, points, file } = range;
  const named = { work: reopen ? `open + fetch ${name} + close` : `fetch ${name}`, format };
  const path = join(folder, `${file}-${format}.wsp`);
  const prepare = () => {
    if (!existsSync(path)) write(path, file, format);
  };
  const ours: Case = {
    name: nameOf(named),
    pointsPerOp: points,
    bytesPerOp: points * POINT_SIZE,
    start() {
      prepare();
      const options = { readOnly: true, clock: () => FULL_FILE_NOW };
      if (reopen) {
        return {
          run() {
            using database = open(path, options);
            return fetchLast(database, seconds);
          },
          stop() {},
        };
      }
      const database = open(path, options);
      return { run: () => fetchLast(database, seconds), stop: () => database.close() };
    },
  };
  const head = format === 'standard' ? standardArchives()[0]!.offset : COMPRESSED_METADATA;
  const bare = bareReads({
    name: format === 'standard' ? String(points * POINT_SIZE) : `the blocks of ${name}`,
    path,
    pointsPerOp: points,
    ...(reopen ? { reopenWith: head } : {}),
    locate() {
      prepare();
      return format === 'standard' ? span(path, range) : touchedBlocks(path, range);
    },
  });
  if (format === 'compressed') return { group: 'fetch', ...named, ours, bare };
  const calls = PYTHON_CALLS[name as keyof typeof PYTHON_CALLS];
  return {
    group: 'fetch',
    ...named,
    ours,
    bare,
    python: { kind: 'fetch', reopen, path, seconds, points, calls },
  };
}

/** @returns  the last value of the range */
function fetchLast(database: Database, seconds: number): number {
  const { values } = database.fetch(FULL_FILE_NOW - seconds)!;
  return values[values.length - 1]!;
}

/** The files of both ranges and formats; one that is converted or written once serves all rows. */
function write(path: string, file: Range['file'], format: Format): void {
  if (file === 'long') writeLongFile(path, format);
  else if (format === 'standard') writeFullFile(path, 'gauge');
  else writeCompressedFullFile(path, 'gauge');
}

/** The range's end is that of the archive. */
function span(path: string, { archive, points }: Range): Region[] {
  using database = open(path, { readOnly: true });
  const { offset, size } = database.info.archives[archive]!;
  return [{ offset: offset + size - points * POINT_SIZE, size: points * POINT_SIZE }];
}

/** The used part of every block that has points of the range. */
function touchedBlocks(path: string, { archive, seconds }: Range): Region[] {
  using database = open(path, { readOnly: true });
  const { step } = (database.info as CompressedInfo).archives[archive]!;
  const first = FULL_FILE_NOW - seconds + step;
  return database
    .blocks(archive)
    .filter(({ isEmpty, end }) => !isEmpty && end >= first)
    .map(({ offset, usedBytes }) => ({ offset, size: usedBytes }));
}
