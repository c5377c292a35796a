/**
 * Behaviour that the test suites of Python Whisper, go-whisper and hoard check and the golden vectors do not
 * hold; their own names for it are in brackets.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aggregationOf } from '../../src/archive/aggregate.js';
import {
  aggregationMethods,
  create,
  type Database,
  open,
  parseRetentions,
  WhisperError,
} from '../../src/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();
const NOW = 1_700_000_000;

function errorOf(work: () => unknown): WhisperError {
  try {
    work();
  } catch (error) {
    if (error instanceof WhisperError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function valuesOf(database: Database, from: number, until: number, now: number): (number | null)[] {
  return [...database.fetch(from, until, { now })!].map(([, value]) => value);
}

describe('Python Whisper', () => {
  it('makes the same database sparse as dense, and updates it alike [create_and_fetch sparse, fallocate]', () => {
    const make = (path: string, sparse: boolean) => {
      using database = create(path, { retentions: '1s:1m,1m:1h', sparse });
      database.updateMany(
        Array.from({ length: 20 }, (_, i): [number, number] => [NOW - i, i]),
        { now: NOW },
      );
      database.update(99, NOW - 30, { now: NOW });
    };
    make(inFolder('dense.wsp'), false);
    make(inFolder('sparse.wsp'), true);
    expect(readFileSync(inFolder('sparse.wsp'))).toEqual(readFileSync(inFolder('dense.wsp')));
  });

  it('says that a missing file is missing, for its header and for its values [info, fetch of a missing file]', () => {
    expect(errorOf(() => open(inFolder('nope.wsp'))).code).toBe('WSP_NOT_FOUND');
    expect(existsSync(inFolder('nope.wsp'))).toBe(false);
  });

  it('shows text and path of a corrupt file, and prints both [CorruptWhisperFile]', () => {
    writeFileSync(inFolder('bad.wsp'), 'bad');
    const error = errorOf(() => open(inFolder('bad.wsp')));
    expect(error).toMatchObject({
      code: 'WSP_CORRUPT',
      path: inFolder('bad.wsp'),
      found: 'a file of 3 bytes',
    });
    expect(String(error)).toContain(error.found);
    expect(String(error)).toContain(inFolder('bad.wsp'));
  });

  it('reads the same header twice, and the new one once the file was replaced [read_header with the cache]', () => {
    create(inFolder('a.wsp'), { retentions: '1s:60' }).close();
    const infoNow = () => {
      using database = open(inFolder('a.wsp'));
      return database.info;
    };
    expect(infoNow()).toEqual(infoNow());
    create(inFolder('a.wsp'), { retentions: '5s:60', overwrite: true }).close();
    expect(infoNow().archives[0]?.step).toBe(5);
  });

  it('sets every method with every xFilesFactor, locked and synced [set_aggregation_method]', () => {
    create(inFolder('a.wsp'), { retentions: '1s:60,1m:60' }).close();
    let former: { aggregation: string; xFilesFactor: number } = { aggregation: 'average', xFilesFactor: 0.5 };
    for (const aggregation of aggregationMethods) {
      for (const xFilesFactor of [0, 0.2, 0.4, 0.7, 0.75, 1]) {
        using database = open(inFolder('a.wsp'), { lock: true, durable: 'sync' });
        expect(database.info).toMatchObject(former);
        expect(database.setAggregation(aggregation, xFilesFactor)).toBe(former.aggregation);
        former = { aggregation, xFilesFactor: Math.fround(xFilesFactor) };
        expect(database.info).toMatchObject(former);
      }
    }
  });

  it('does not come as far as a setter with a corrupt file [setAggregationMethod on a corrupt file]', () => {
    writeFileSync(inFolder('bad.wsp'), Buffer.alloc(400, 0xff));
    expect(errorOf(() => open(inFolder('bad.wsp')).setAggregation('sum')).code).toBe('WSP_CORRUPT');
    expect(readFileSync(inFolder('bad.wsp'))).toEqual(Buffer.alloc(400, 0xff));
  });
});

describe('go-whisper', () => {
  it('reads a list of retentions in its order [ParseRetentionDefs]', () => {
    expect(parseRetentions('1s:5m,1m:30m')).toEqual([
      { step: 1, points: 300 },
      { step: 60, points: 30 },
    ]);
  });

  it('opens with the header that create wrote, and fetches the same through both [Open]', () => {
    using made = create(inFolder('a.wsp'), { retentions: '1s:300,60s:30,300s:12', aggregation: 'sum' });
    made.updateMany(
      Array.from({ length: 100 }, (_, i): [number, number] => [NOW - i, i]),
      { now: NOW },
    );
    using opened = open(inFolder('a.wsp'));
    expect(opened.info).toEqual(made.info);
    for (const age of [50, 1000, 3600]) {
      expect(opened.fetch(NOW - age, NOW, { now: NOW })).toEqual(made.fetch(NOW - age, NOW, { now: NOW }));
    }
  });

  it('begins at now less the longest retention [StartTime]', () => {
    using database = create(null, { retentions: '1s:300,60s:30,300s:12' });
    const { maxRetention } = database.info;
    expect(database.fetch(NOW - maxRetention - 1, NOW - maxRetention - 1, { now: NOW })).toBeNull();
    expect(database.fetch(NOW - maxRetention, NOW - maxRetention, { now: NOW })).not.toBeNull();
  });

  it('knows nothing in a new file, and only what was stored later [CheckEmpty]', () => {
    using database = create(null, { retentions: '1s:300,60s:30,300s:12' });
    const isEmpty = (from: number, until: number) =>
      !database.fetch(from, until, { now: NOW })!.known.includes(1);
    expect(isEmpty(0, NOW)).toBe(true);
    database.update(100, NOW - 5, { now: NOW });
    expect(isEmpty(NOW - 10, NOW)).toBe(false);
    expect(isEmpty(NOW - 4, NOW)).toBe(true);
  });

  it('gives plausible sums of points two seconds apart, the last one doubled [UpdateMany, sum]', () => {
    using database = create(null, { retentions: '1s:5m,1m:30m,5m:1h', aggregation: 'sum', xFilesFactor: 0 });
    const points = Array.from({ length: 1000 }, (_, i): [number, number] => [NOW - 2 * (999 - i), 1]);
    database.updateMany([...points, points.at(-1)!], { now: NOW });
    const coarse = valuesOf(database, NOW - 290, NOW, NOW).filter((value) => value !== null);
    expect(coarse.every((value) => value === 1)).toBe(true);
    // The newest whole minute is made of 30 points; older ones were stored there as they came.
    const minute = NOW - (NOW % 60) - 60;
    expect([...database.fetch(minute - 60, minute - 60, { now: NOW, step: 60 })!]).toEqual([[minute, 30]]);
  });

  it('adds up what is rolled up, and not what comes too late for it [UpdateMany of 10,000 points]', () => {
    using database = create(null, {
      retentions: '1s:300,60s:30,300s:12',
      aggregation: 'sum',
      xFilesFactor: 0,
    });
    const points = Array.from({ length: 10_000 }, (_, i): [number, number] => [NOW - i, 1]);
    database.updateMany(points, { now: NOW });
    const coarse = [...database.fetch(NOW - 3600, NOW, { now: NOW, archive: 2 })!];
    // Beyond the second archive's 1800 s each point was stored alone, and the latest of an interval stays.
    expect(coarse.filter(([time]) => time + 300 <= NOW - 1800).map(([, value]) => value)).toEqual(
      coarse.filter(([time]) => time + 300 <= NOW - 1800).map(() => 1),
    );
    // Within it each minute came to 1, and five of them to 5.
    const newer = coarse.filter(([time]) => time >= NOW - 1800 && time + 300 < NOW - 300);
    expect(newer.length).toBeGreaterThan(2);
    expect(newer.map(([, value]) => value)).toEqual(newer.map(() => 5));
  });

  it('takes the first known value for first [aggregate first]', () => {
    const columns = {
      values: Float64Array.of(Number.NaN, 1, 2, 3, 5, 4),
      known: Uint8Array.of(0, 1, 1, 1, 1, 1),
    };
    expect(aggregationOf('first')(columns, 0, 6)).toBe(1);
  });

  it('pairs ten values with ten times [TimeSeries.Points]', () => {
    using database = create(null, { retentions: '1s:10' });
    database.updateMany(
      Array.from({ length: 10 }, (_, i): [number, number] => [NOW - 9 + i, i]),
      { now: NOW },
    );
    const series = database.fetch(NOW - 10, NOW, { now: NOW })!;
    expect([...series.points()]).toEqual(Array.from({ length: 10 }, (_, i) => [NOW - 9 + i, i]));
  });

  it('keeps averages of many batches of one within what came in [UpdateManyWithManyPoints]', () => {
    using database = create(null, { retentions: '1s:300,60s:30,300s:12', xFilesFactor: 0 });
    const start = NOW - (NOW % 300) - 600;
    const value = (time: number) => Math.sin(time) * 50;
    for (let time = start; time < start + 600; time++)
      database.updateMany([[time, value(time)]], { now: time });
    const now = start + 599;
    const series = database.fetch(start - 300, now, { now, archive: 2 })!;
    const known = [...series].filter(([, average]) => average !== null);
    expect(known.length).toBeGreaterThanOrEqual(2);
    for (const [, average] of known) expect(Math.abs(average!)).toBeLessThanOrEqual(50);
  });

  it('counts the last of doubled points in its dialect, the first otherwise [UpdateMany of doubled points]', () => {
    const batch: [number, number][] = [];
    for (let i = 0; i < 100; i++) batch.push([NOW - 1, i], [NOW, i]);
    const kept = (dialect: 'go' | 'python') => {
      using database = create(null, { retentions: '1s:10', dialect });
      database.updateMany(batch, { now: NOW });
      return valuesOf(database, NOW - 2, NOW, NOW);
    };
    expect(kept('go')).toEqual([99, 99]);
    expect(kept('python')).toEqual([0, 0]);
  });

  it('does not open a header without a body [open, then update fails]', () => {
    using database = create(null, { retentions: '1s:300,60s:30' });
    writeFileSync(inFolder('a.wsp'), database.toBytes().subarray(0, 40));
    expect(errorOf(() => open(inFolder('a.wsp'))).code).toBe('WSP_CORRUPT');
    expect(readFileSync(inFolder('a.wsp'))).toHaveLength(40);
  });

  it('does not open any part of a header [open of every cut]', () => {
    using database = create(null, { retentions: '1s:300,60s:30' });
    const bytes = database.toBytes();
    for (let length = 0; length < 40; length++) {
      expect(errorOf(() => open(bytes.subarray(0, length))).code).toBe('WSP_CORRUPT');
    }
  });
});

describe('hoard', () => {
  const HOUR = 3600;
  const START = 1_311_161_605 - (1_311_161_605 % HOUR);

  /** A file as tools before August 2011 wrote them: first the time of the last update. */
  function hourlyForAYear(): Database {
    using present = create(null, { retentions: '1h:1y,1d:3y' });
    present.updateMany(
      [500, 501, 502, 503, 504].map((value, i): [number, number] => [START + i * HOUR, value]),
      { now: START + 4 * HOUR },
    );
    const bytes = present.toBytes();
    new DataView(bytes.buffer).setUint32(0, START + 4 * HOUR);
    return open(bytes);
  }

  it('tells all fields of a very old file, hourly for a year and daily for three [info]', () => {
    using database = hourlyForAYear();
    expect(database.info).toEqual({
      format: 'standard',
      aggregation: 'average',
      legacy: true,
      lastUpdate: START + 4 * HOUR,
      maxRetention: 94_608_000,
      xFilesFactor: 0.5,
      fileSize: 118_300,
      archives: [
        { offset: 40, step: 3600, points: 8760, retention: 31_536_000, size: 105_120 },
        { offset: 105_160, step: 86_400, points: 1095, retention: 94_608_000, size: 13_140 },
      ],
      warnings: [],
    });
  });

  it('fetches five hours of it exactly [fetch]', () => {
    using database = hourlyForAYear();
    const now = START + 5 * HOUR;
    expect(valuesOf(database, START - HOUR, START + 4 * HOUR, now)).toEqual([500, 501, 502, 503, 504]);
  });

  it('creates 1:60, 10:600 with the length and header of Python [create]', () => {
    using database = create(inFolder('a.wsp'), { retentions: '1:60,10:600' });
    expect(database.info.fileSize).toBe(16 + 2 * 12 + (60 + 600) * 12);
    expect(database.info).toMatchObject({ maxRetention: 6000, xFilesFactor: 0.5 });
    expect(database.info.archives.map(({ offset }) => offset)).toEqual([40, 760]);
  });

  it('fetches a point just stored as the second of five [update]', () => {
    using database = create(null, { retentions: '1h:1y,1d:3y' });
    const now = START + 4 * HOUR;
    database.update(1337, START + HOUR, { now });
    expect(valuesOf(database, START - HOUR, START + 4 * HOUR, now)).toEqual([null, 1337, null, null, null]);
  });

  it('keeps the latest of several points of an hour [updateMany]', () => {
    using database = create(null, { retentions: '1h:1y,1d:3y' });
    const now = START + 5 * HOUR - 1;
    const points = Array.from({ length: 5 * 4 }, (_, i): [number, number] => [START + i * 900, i]);
    database.updateMany(points, { now });
    expect(valuesOf(database, START - HOUR, START + 4 * HOUR, now)).toEqual([3, 7, 11, 15, 19]);
  });
});
