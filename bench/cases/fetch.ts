/** Ranges that end now, every slot of which has a value. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'sotto';
import { bareRead, bareReadReopened } from '../bare.js';
import type { Case } from '../harness.js';
import type { Row } from '../row.js';
import {
  DAY,
  FULL_FILE_NOW,
  HOUR,
  LONG_ARCHIVE_POINTS,
  POINT_SIZE,
  writeFullFile,
  writeLongFile,
} from '../workloads.js';

/** What a fetch asks of which file. */
interface Range {
  readonly name: string;
  readonly path: string;
  /** Writes the file. */
  readonly write: (path: string) => void;
  readonly seconds: number;
  /** The archive that answers, and how many of its points. */
  readonly archive: number;
  readonly points: number;
}

export function fetchRows(folder: string): readonly Row[] {
  const full = { path: join(folder, 'full.wsp'), write: (path: string) => writeFullFile(path, 'gauge') };
  const long = { path: join(folder, 'long.wsp'), write: writeLongFile };
  const hour = { ...full, name: '1h', seconds: HOUR, archive: 0, points: HOUR };
  const day = { ...full, name: '24h', seconds: DAY, archive: 0, points: DAY };
  const month = { ...full, name: '30d', seconds: 30 * DAY, archive: 1, points: 43_200 };
  const all = { ...long, name: '48h', seconds: 2 * DAY, archive: 0, points: LONG_ARCHIVE_POINTS };
  return [
    { ...openRow(hour, 100), peers: { go: 20_700, python: 2462 } },
    { ...openRow(day, 8), peers: { go: 1257, python: 91.1 } },
    { ...openRow(month, 15), peers: { go: 2366, python: 184 } },
    openRow(all, 4),
    { ...reopenedRow(hour, 100), peers: { go: 19_300, python: 2461 } },
  ];
}

function openRow(range: Range, calls: number): Row {
  const { path, points, seconds } = range;
  const ours: Case = {
    name: `fetch ${range.name}: ${points}`,
    pointsPerOp: points,
    bytesPerOp: points * POINT_SIZE,
    start() {
      prepare(range);
      const database = open(path, { readOnly: true, clock: () => FULL_FILE_NOW });
      return {
        op: () => database.fetch(FULL_FILE_NOW - seconds)!.values[points - 1]!,
        stop: () => database.close(),
      };
    },
  };
  const bare = bareRead(path, () => position(range), points);
  return { ours, bare, python: { kind: 'fetch', reopen: false, path, seconds, points, calls } };
}

function reopenedRow(range: Range, calls: number): Row {
  const { path, points, seconds } = range;
  const ours: Case = {
    name: `open + fetch ${range.name} + close`,
    pointsPerOp: points,
    bytesPerOp: points * POINT_SIZE,
    start() {
      prepare(range);
      const options = { readOnly: true, clock: () => FULL_FILE_NOW };
      return {
        op() {
          const database = open(path, options);
          const series = database.fetch(FULL_FILE_NOW - seconds)!;
          database.close();
          return series.values[points - 1]!;
        },
        stop() {},
      };
    },
  };
  const bare = bareReadReopened(path, () => position(range), points);
  return { ours, bare, python: { kind: 'fetch', reopen: true, path, seconds, points, calls } };
}

function prepare({ path, write }: Range): void {
  if (!existsSync(path)) write(path);
}

/** Byte of the file at which the range begins; its end is that of the archive. */
function position(range: Range): number {
  prepare(range);
  using database = open(range.path, { readOnly: true });
  const { offset, size } = database.info.archives[range.archive]!;
  return offset + size - range.points * POINT_SIZE;
}
