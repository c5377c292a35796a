/**
 * Proof that the work measured is the peers' work: files come out byte for byte as go-whisper and Python
 * Whisper write them. A program of its own, so that the code measured is not warmed up by other work.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type Series } from 'sotto';
import { checkDataSets, type DataSet, dataSets, sha256 } from './data-sets.js';
import {
  columnCalls,
  createStandard,
  DAY,
  type Frozen,
  FULL_FILE_NOW,
  HOUR,
  LONG_ARCHIVE_POINTS,
  makeFolder,
  pairCalls,
  T0,
  valueAt,
  writeFullFile,
  writeLongFile,
} from './workloads.js';

/** SHA-256 of the standard file after so many calls, as go-whisper leaves it. */
const UPDATE_SUMS = [
  { n: 1, calls: 5000, sum: 'e0b59f34f02510e6f26774b69d35dc67d62859cf021b06dd7561315c9407ca4d' },
  { n: 60, calls: 1000, sum: 'aed7f6d21a8cec70502b89352ec59bd1a9010221a09497a42d33fcb235933bd5' },
  { n: 1000, calls: 100, sum: '7507e60e5b6581013d8f3c12f54e0bc299210ca874eaa384f102a2b565a208b9' },
  { n: 14400, calls: 10, sum: '3bc52b3b09b3600df3d5e022e82c2b828a5b172c1eaca593526853c3359a17ec' },
];

/** SHA-256 of the full file of each data set. */
const FULL_FILE_SUMS: { readonly [S in DataSet]: string } = {
  const: '7b59d0fd17fa6cae012c5f4e92f002456ffd28dc470346e3abd17a50dfe2a1fd',
  gauge: '9a8fc02e8d76de3bbb2993eee993adbb89372ec65f278e4a28d6244883eb64c8',
  counter: '308fe8e85a4c47782a034a8614c9c01dc73731e4d3fae8d1783e5e3d841b4422',
  random: 'fe20216e0a040d4b4eae782d7f5827343e14725372ae5a2cfb2df4aab089b4bb',
};

const folder = makeFolder();
checkDataSets();
report('data sets const, gauge, counter, random: 7,200 and 86,400 values');
verifyUpdates();
verifyFullFiles();
verifyFetches();

function verifyUpdates(): void {
  for (const { n, calls, sum } of UPDATE_SUMS) {
    verifyRun(`updateMany ${n} × ${calls}, columns`, calls, sum, (database, clock) => {
      return columnCalls(database, clock, n);
    });
    verifyRun(`updateMany ${n} × ${calls}, pairs`, calls, sum, (database, clock) => {
      return pairCalls(database, clock, n);
    });
    if (n !== 1) continue;
    verifyRun(`update × ${calls}`, calls, sum, (database, clock) => {
      let k = 0;
      return () => {
        clock.now = T0 + k;
        database.update(valueAt(k++), clock.now);
      };
    });
  }
}

function verifyRun(
  name: string,
  calls: number,
  sum: string,
  prepare: (database: Database, clock: Frozen) => () => void,
): void {
  const path = join(folder, `${name}.wsp`);
  const clock = { now: T0 };
  const database = createStandard(path, clock);
  const call = prepare(database, clock);
  for (let k = 0; k < calls; k++) call();
  database.close();
  verifyFile(name, path, sum);
}

function verifyFullFiles(): void {
  for (const [set, sum] of Object.entries(FULL_FILE_SUMS)) {
    const path = join(folder, `${set}.wsp`);
    writeFullFile(path, set as DataSet);
    verifyFile(`full file of ${set}`, path, sum);
  }
}

/** Every slot fetched has the value that was stored in it. */
function verifyFetches(): void {
  using full = open(join(folder, 'gauge.wsp'), { readOnly: true, clock: () => FULL_FILE_NOW });
  verifySeries('fetch 1h', full.fetch(FULL_FILE_NOW - HOUR), HOUR, 86_400);
  verifySeries('fetch 24h', full.fetch(FULL_FILE_NOW - DAY), DAY, 86_400);
  // The minutes of the last day were rolled up from its seconds, so only those before it are as stored.
  verifySeries('fetch 30d', full.fetch(FULL_FILE_NOW - 30 * DAY), 43_200, 43_200, 43_200 - 1441);

  const longPath = join(folder, 'long.wsp');
  writeLongFile(longPath);
  using long = open(longPath, { readOnly: true, clock: () => FULL_FILE_NOW });
  const series = long.fetch(FULL_FILE_NOW - LONG_ARCHIVE_POINTS);
  verifySeries('fetch 48h', series, LONG_ARCHIVE_POINTS, LONG_ARCHIVE_POINTS);
}

/**
 * @param stored    how many gauge values the archive holds; a range ends with the last of them
 * @param compared  how many values of the series to compare, from its first
 */
function verifySeries(
  name: string,
  series: Series | null,
  length: number,
  stored: number,
  compared = length,
): void {
  const expected = dataSets.gauge(stored).subarray(stored - length);
  const isRight =
    series?.length === length &&
    series.known.every((known) => known === 1) &&
    series.values.subarray(0, compared).every((value, i) => value === expected[i]);
  if (!isRight) refuse(name, 'a series other than what was stored');
  report(`${name}: ${length} values`);
}

function verifyFile(name: string, path: string, expected: string): void {
  const found = sha256(readFileSync(path));
  if (found !== expected) refuse(name, `SHA-256 ${found}, expected ${expected}`);
  report(`${name}: SHA-256 ${found.slice(0, 16)}…`);
}

function report(what: string): void {
  process.stdout.write(`  verified  ${what}\n`);
}

function refuse(name: string, found: string): never {
  process.stdout.write(`  DIFFERENT ${name}: ${found}\n`);
  process.exit(1);
}
