import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  create,
  type ImportCsvOptions,
  importCsv,
  importGraphite,
  importJson,
  importNdjson,
  importRrd,
  open,
  updateFiles,
} from '../../../src/index.js';
import { rrdDump } from '../../support/rrd-dumps.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const file = temporaryFolder();

type Pair = readonly [timestamp: number, value: number];

/** A multiple of an hour. */
const START = 1_700_000_000 - (1_700_000_000 % 3600);
const clock = () => START + 1e6;

function csv(points: readonly Pair[]): string {
  return `timestamp,value\n${points.map(([at, value]) => `${at},${value}\n`).join('')}`;
}

function store(points: readonly Pair[], options: ImportCsvOptions = {}, path = file('a.wsp')) {
  return importCsv(csv(points), path, { retentions: '1m:1d,1h:30d', clock, ...options });
}

function pointsOf(path: string, archive: number, now = START + 1e6): Pair[] {
  using database = open(path, { readOnly: true });
  const { timestamps, values } = database.points(archive, { now });
  return [...timestamps].map((at, i) => [at, values[i]!]);
}

/** What a fetch of an archive shows at a time, values that wait included. */
function shown(path: string, archive: number, now: number): Pair[] {
  using database = open(path, { readOnly: true });
  const { retention } = database.info.archives[archive]!;
  const series = database.fetch(now - retention, now, { now, archive });
  return [...(series ?? [])].flatMap(([at, value]) => (value === null ? [] : [[at, value] as const]));
}

const minutes = (count: number, from = START, value = (i: number) => i): Pair[] =>
  Array.from({ length: count }, (_, i) => [from + 60 * i, value(i)]);

/** The mean of each whole window, by the plainest of means. */
function meansOf(points: readonly Pair[], step: number, fewest: number): Pair[] {
  const windows = new Map<number, number[]>();
  for (const [at, value] of points) {
    const window = at - (at % step);
    windows.set(window, [...(windows.get(window) ?? []), value]);
  }
  return [...windows]
    .filter(([, values]) => values.length >= fewest)
    .map(([at, values]) => [at, values.reduce((sum, value) => sum + value, 0) / values.length]);
}

describe('importCsv: a history into a new file', () => {
  it.each(['standard', 'compressed'] as const)(
    'gives every archive of a %s file all it reaches back to',
    (format) => {
      const points = minutes(10 * 1440);
      const { files } = store(points, { format });
      const newest = points.at(-1)![0];
      expect(pointsOf(file('a.wsp'), 0)).toEqual(points.slice(-1440));
      expect(shown(file('a.wsp'), 1, newest)).toEqual(meansOf(points, 3600, 30));
      expect(files[0]).toMatchObject({
        isNew: true,
        points: points.length,
        dropped: 0,
        from: START,
        until: newest,
      });
    },
  );

  it('counts as known what Whisper counts: of 60 slots 30 do for 0.5, and 29 do not', () => {
    const points = [...minutes(30), ...minutes(29, START + 3600), ...minutes(60, START + 7200)];
    store(points);
    expect(pointsOf(file('a.wsp'), 1).map(([at]) => at)).toEqual([START, START + 7200]);
  });

  it('takes a history of five minutes for whole hours of a file of minutes', () => {
    const points = Array.from({ length: 24 * 12 }, (_, i) => [START + 300 * i, i] as const);
    store(points, { xFilesFactor: 1 });
    expect(pointsOf(file('a.wsp'), 0)).toEqual(points);
    expect(pointsOf(file('a.wsp'), 1)).toEqual(meansOf(points, 3600, 12));
  });

  it('takes days for what they are where no finer archive has room for them', () => {
    const points = Array.from({ length: 400 }, (_, i) => [86_400 * (19_000 + i), i] as const);
    store(points, { retentions: '1m:7d,1h:30d,1d:2y' });
    expect(pointsOf(file('a.wsp'), 2)).toEqual(points);
    expect(pointsOf(file('a.wsp'), 1)).toEqual(points.slice(-30));
  });

  it.each(['average', 'sum', 'max', 'min', 'last', 'avg_zero'] as const)(
    'rolls up by %s, as updates in their time do',
    (aggregation) => {
      const points = minutes(600, START, (i) => ((i * 7) % 13) - 6).filter((_, i) => i % 7 !== 3);
      store(points, { aggregation });
      using twin = create(file('b.wsp'), { retentions: '1m:1d,1h:30d', aggregation });
      for (const [at, value] of points) twin.update(value, at, { now: at });
      expect(pointsOf(file('a.wsp'), 1)).toEqual(pointsOf(file('b.wsp'), 1));
      expect(pointsOf(file('a.wsp'), 0)).toEqual(pointsOf(file('b.wsp'), 0));
    },
  );

  it('aggregates what is finer than the finest archive', () => {
    const points = Array.from({ length: 18 }, (_, i) => [START + 10 * i, i] as const);
    store(points, { aggregation: 'sum' });
    expect(pointsOf(file('a.wsp'), 0)).toEqual([
      [START, 15],
      [START + 60, 51],
      [START + 120, 87],
    ]);
  });

  it('counts the last of equal timestamps, or the first if asked to, in whatever order lines come', () => {
    const points: Pair[] = [
      [START + 60, 1],
      [START, 2],
      [START + 60, 3],
    ];
    store(points);
    expect(pointsOf(file('a.wsp'), 0)).toEqual([
      [START, 2],
      [START + 60, 3],
    ]);
    store(points, { duplicates: 'first' }, file('b.wsp'));
    expect(pointsOf(file('b.wsp'), 0)[1]).toEqual([START + 60, 1]);
  });

  it('drops and counts what no archive reaches back to, from the time that is given', () => {
    const points = minutes(120);
    const { files } = store(points, { retentions: '1m:1h', now: START + 150 * 60 });
    expect(pointsOf(file('a.wsp'), 0)).toEqual(points.filter(([at]) => at > START + 90 * 60));
    expect(files[0]!.dropped).toBe(91);
  });

  it('goes on in a compressed file as if the points had come one by one', () => {
    const points = minutes(400, START, (i) => (i * 31) % 17);
    // Most of an hour, and of five minutes, has come when the history ends.
    const [past, later] = [points.slice(0, 288), points.slice(288)];
    store(past, { format: 'compressed', retentions: '1m:1d,5m:10d,1h:30d' });
    using twin = create(file('b.wsp'), { format: 'compressed', retentions: '1m:1d,5m:10d,1h:30d' });
    for (const point of past) twin.updateMany([point], { now: point[0] });
    for (const point of later) {
      updateFiles(
        [
          [file('a.wsp'), [point]],
          [file('b.wsp'), [point]],
        ],
        { now: point[0] },
      );
    }
    const now = points.at(-1)![0];
    expect(shown(file('a.wsp'), 0, now)).toEqual(points);
    // A mean of means is rounded otherwise than one of all.
    for (const archive of [1, 2]) {
      const [mine, its] = [shown(file('a.wsp'), archive, now), shown(file('b.wsp'), archive, now)];
      expect(mine.map(([at]) => at)).toEqual(its.map(([at]) => at));
      for (const [i, [, value]] of mine.entries()) expect(value).toBeCloseTo(its[i]![1], 10);
    }
  });

  it('makes a mix with every aggregation of each interval', () => {
    const points = minutes(60 * 48, START, (i) => i % 60);
    store(points, { format: 'compressed', aggregation: 'mix', mix: ['average', 'max', 'min'] });
    const hours = 47;
    for (const [archive, value] of [
      [1, 29.5],
      [2, 59],
      [3, 0],
    ] as const) {
      expect(
        pointsOf(file('a.wsp'), archive)
          .slice(0, hours)
          .map((point) => point[1]),
      ).toEqual(Array(hours).fill(value));
    }
  });

  it('is what the plainest model says, for any gaps', () => {
    const gaps = fc.array(fc.tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 0, max: 100 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(gaps, fc.constantFrom('standard' as const, 'compressed' as const), (runs, format) => {
        const points: Pair[] = [];
        let at = START;
        for (const [length, gap] of runs) {
          // Two at the least, so that each is known to be one of minutes.
          points.push(...minutes(length + 1, at, (i) => (i * 7 + length) % 11));
          at = points.at(-1)![0] + 60 + 60 * gap;
        }
        store(points, { format, overwrite: true });
        const newest = points.at(-1)![0];
        expect(pointsOf(file('a.wsp'), 0)).toEqual(points.filter(([time]) => time > newest - 86_400));
        expect(shown(file('a.wsp'), 1, newest)).toEqual(meansOf(points, 3600, 30));
      }),
      { numRuns: 60 },
    );
  });
});

describe('importCsv: into a file that is there', () => {
  it.each(['standard', 'compressed'] as const)(
    'adds to a %s file what it lacks, the points given counting over its own',
    (format) => {
      const all = minutes(2880);
      const isGiven = (i: number) => i % 3 === 0 || (i > 500 && i < 900);
      store(
        all.filter((_, i) => !isGiven(i)).map(([at]) => [at, -1]),
        { format },
      );
      const before = pointsOf(file('a.wsp'), 0).length;
      const { files } = store(all.filter((_, i) => isGiven(i)));
      expect(files[0]!.isNew).toBe(false);
      const merged = all.map(([at, value], i) => [at, isGiven(i) ? value : -1] as const);
      const recent = merged.slice(-1440);
      expect(before).toBeLessThan(recent.length);
      expect(pointsOf(file('a.wsp'), 0)).toEqual(recent);
      // What the minutes still reach back to as whole hours is made of both.
      const hours = meansOf(merged.slice(-1380), 3600, 30);
      expect(shown(file('a.wsp'), 1, all.at(-1)![0]).slice(-hours.length)).toEqual(hours);
    },
  );

  it.each(['standard', 'compressed'] as const)(
    'leaves values of a %s file alone that nothing new tells of',
    (format) => {
      store(
        minutes(2880, START - 2880 * 60, () => 5),
        { format },
      );
      store(minutes(60, START, () => 7));
      const hours = shown(file('a.wsp'), 1, START + 3540);
      expect(hours).toHaveLength(49);
      expect(hours.map(([, value]) => value)).toEqual([...Array(48).fill(5), 7]);
    },
  );

  it('keeps what stood in the blocks of a compressed file for an interval that is not over', () => {
    const at = START + 1800;
    const archives = [
      { cf: 'AVERAGE', perRow: 1, rows: [[1], [2]] },
      { cf: 'AVERAGE', perRow: 60, rows: [[8], [9]] },
    ];
    importRrd(rrdDump({ lastUpdate: at, archives }), file('a.wsp'), { format: 'compressed' });
    store([[at - 600, 5]]);
    expect(pointsOf(file('a.wsp'), 0).map(([, value]) => value)).toEqual([5, 1, 2]);
    expect(pointsOf(file('a.wsp'), 1)).toEqual([
      [START - 3600, 8],
      [START, 9],
    ]);
  });

  it('makes a coarse value of what each archive knows where a history meets what is there', () => {
    const retentions = '1m:2h,10m:1d,1h:30d';
    // The first half of an hour, and a day later its second half: the minutes of the first have gone by then.
    store(
      minutes(30, START, () => 2),
      { retentions },
    );
    using database = open(file('a.wsp'));
    database.updateMany(minutes(3, START + 20 * 3600), { now: START + 20 * 3600 + 120 });
    database.close();
    store(minutes(30, START + 1800, () => 4));
    expect(pointsOf(file('a.wsp'), 2).find(([at]) => at === START)).toEqual([START, 3]);
  });

  it.each([0, 0.25, 0.5, 1])(
    'keeps whole hours whose first minutes have gone, when the rest is imported again, at xFilesFactor %d',
    (xFilesFactor) => {
      const all = minutes(2910, START - 2880 * 60, () => 1);
      store(all, { aggregation: 'sum', xFilesFactor });
      const before = pointsOf(file('a.wsp'), 1);
      expect(new Set(before.slice(0, -1).map(([, value]) => value))).toEqual(new Set([60]));
      store(all.slice(-1440));
      expect(pointsOf(file('a.wsp'), 1)).toEqual(before);
    },
  );

  it.each([
    { what: 'a part of hours long gone', from: 15, until: 200 },
    { what: 'an hour that lacks a minute', from: 0, until: 600, gap: [70, 71] },
    { what: 'hours that a gap goes through', from: 0, until: 600, gap: [70, 100] },
  ])('keeps hours when $what is imported again', ({ from, until, gap = [0, 0] }) => {
    const all = minutes(2880, START - 2880 * 60, () => 1);
    store(all, { aggregation: 'sum', xFilesFactor: 0 });
    const before = pointsOf(file('a.wsp'), 1);
    store(all.filter((_, i) => i >= from && i < until && !(i >= gap[0]! && i < gap[1]!)));
    expect(pointsOf(file('a.wsp'), 1)).toEqual(before);
  });

  it('makes hours of archives between from values that were kept', () => {
    const retentions = '1m:2h,10m:1d,1h:30d';
    const all = minutes(600, START - 600 * 60, () => 1);
    store(all, { retentions, aggregation: 'sum', xFilesFactor: 0 });
    const before = [1, 2].map((archive) => pointsOf(file('a.wsp'), archive));
    store([...all.slice(123, 128), ...all.slice(200, 210)]);
    expect([1, 2].map((archive) => pointsOf(file('a.wsp'), archive))).toEqual(before);
  });

  it('takes whole hours that the history covers in place of those that are there', () => {
    const from = START - 2880 * 60;
    store(
      minutes(2910, from, () => 1),
      { aggregation: 'sum' },
    );
    store(minutes(2880, from + 1800, () => 2));
    const hours = pointsOf(file('a.wsp'), 1).map(([, value]) => value);
    expect(hours.slice(0, 3)).toEqual([60, 120, 120]);
    expect(hours.slice(1, -1).every((value) => value === 120)).toBe(true);
    // Five minutes apart, give or take one, cover an hour as well.
    store(Array.from({ length: 24 }, (_, i) => [from + 300 * i + 60 * (i % 2), 3] as const));
    expect(pointsOf(file('a.wsp'), 1)[0]).toEqual([from, 36]);
  });

  it('does not write a point over one of the future that has its slot, and counts it as dropped', () => {
    store([[START, 1]], { retentions: '1m:1h' });
    using database = open(file('a.wsp'));
    database.updateMany([[START + 3600 + 120, 9]], { now: START });
    database.close();
    const { files } = store(minutes(4), { clock: () => START + 300 });
    expect(files[0]).toMatchObject({ points: 4, dropped: 1, overtaken: 1, future: 0 });
    expect(files[0]!.archives[0]!.taken).toBe(3);
    expect(pointsOf(file('a.wsp'), 0, START + 300)).toEqual([
      [START, 0],
      [START + 60, 1],
      [START + 180, 3],
      [START + 3720, 9],
    ]);
  });

  it('keeps owner, mode and settings, and takes a new time of change', () => {
    store(minutes(10), { aggregation: 'max', xFilesFactor: 0 });
    const { mode, ino } = statSync(file('a.wsp'));
    store(minutes(10, START + 600), { aggregation: 'min', xFilesFactor: 1, retentions: '5m:1d' });
    using database = open(file('a.wsp'), { readOnly: true });
    expect(database.info).toMatchObject({ aggregation: 'max', xFilesFactor: 0 });
    expect(database.info.archives.map(({ step }) => step)).toEqual([60, 3600]);
    expect(statSync(file('a.wsp')).mode).toBe(mode);
    // It was made anew beside itself.
    expect(statSync(file('a.wsp')).ino).not.toBe(ino);
  });

  it('makes it anew if told to', () => {
    store(minutes(10));
    store(minutes(5, START + 86_000), { overwrite: true, retentions: '1m:2d' });
    expect(pointsOf(file('a.wsp'), 0)).toHaveLength(5);
  });

  it('leaves it as it was in a dry run, and if it is no database', () => {
    store(minutes(10));
    const before = readFileSync(file('a.wsp'));
    const { files } = store(minutes(10, START + 600), { dryRun: true });
    expect(files[0]).toMatchObject({ isNew: false, points: 10 });
    expect(readFileSync(file('a.wsp')).equals(before)).toBe(true);
    expect(store(minutes(1), { dryRun: true }, file('new/b.wsp')).files[0]!.isNew).toBe(true);
    expect(existsSync(file('new'))).toBe(false);
    writeFileSync(file('c.wsp'), 'no database at all');
    expect(() => store(minutes(1), {}, file('c.wsp'))).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT' }),
    );
    expect(readFileSync(file('c.wsp'), 'utf8')).toBe('no database at all');
  });
});

describe('importCsv: points of the future', () => {
  const now = () => START + 240;
  const FAR = 4_102_444_800;
  const near = minutes(3);
  const mixed: Pair[] = [...near, [FAR, 7]];

  it.each(['standard', 'compressed'] as const)(
    'leaves them out of a new %s file, and counts them',
    (format) => {
      const { files } = store(mixed, { format, clock: now });
      expect(files[0]).toMatchObject({ points: 4, dropped: 0, future: 1, from: START, until: FAR });
      expect(pointsOf(file('a.wsp'), 0)).toEqual(near);
    },
  );

  it.each(['standard', 'compressed'] as const)('leaves them out of a %s file that is there', (format) => {
    store([[START - 60, 5]], { format, clock: now });
    expect(store(mixed, { clock: now }).files[0]).toMatchObject({ dropped: 0, future: 1 });
    expect(pointsOf(file('a.wsp'), 0)).toEqual([[START - 60, 5], ...near]);
    // Also if there is nothing else to be imported: the file itself tells what its time is.
    expect(store([[FAR, 7]], { clock: now }).files[0]).toMatchObject({ points: 1, dropped: 0, future: 1 });
    expect(pointsOf(file('a.wsp'), 0)).toEqual([[START - 60, 5], ...near]);
  });

  it('reckons them from the time that is given', () => {
    const points: Pair[] = [...near, [START + 240 + 3600, 1], [START + 240 + 3660, 2]];
    const { files } = store(points, { now: START + 240, clock: () => FAR });
    expect(files[0]).toMatchObject({ dropped: 0, future: 1 });
    expect(pointsOf(file('a.wsp'), 0)).toEqual(points.slice(0, -1));
  });

  it('takes a history that lies in the future as a whole for what it is', () => {
    const points = minutes(3, FAR);
    expect(store(points, { clock: now }).files[0]).toMatchObject({ dropped: 0, future: 0 });
    expect(pointsOf(file('a.wsp'), 0)).toEqual(points);
  });

  it.each(['standard', 'compressed'] as const)('stores them in a %s file if told to', (format) => {
    const { files } = store(mixed, { format, clock: now, future: 'store' });
    expect(files[0]).toMatchObject({ dropped: 0, future: 0 });
    expect(pointsOf(file('a.wsp'), 0)).toEqual(mixed);
  });

  it('lets one that is stored have the slot that it shares with another', () => {
    const points: Pair[] = [...near, [START + 60 + 7200, 7]];
    const how = { retentions: '1m:1h', clock: now, future: 'store' } as const;
    expect(store(points, how).files[0]).toMatchObject({ dropped: 1, overtaken: 1, future: 0 });
    expect(pointsOf(file('a.wsp'), 0, now())).toEqual([near[0], near[2], points[3]]);
    expect(store(points, how).files[0]).toMatchObject({ isNew: false, dropped: 1, overtaken: 1 });
    expect(pointsOf(file('a.wsp'), 0, now())).toEqual([near[0], near[2], points[3]]);
  });

  it('refuses them if told to, and writes nothing', () => {
    expect(() => store(mixed, { clock: now, future: 'error' })).toThrow(
      expect.objectContaining({ code: 'WSP_TIME_NOT_COVERED', path: file('a.wsp') }),
    );
    expect(existsSync(file('a.wsp'))).toBe(false);
    expect(() => store(mixed, { future: 'keep' as 'store' })).toThrow("option future is 'keep'");
  });
});

describe('importCsv: tables', () => {
  const read = (text: string, options: ImportCsvOptions = {}) => {
    importCsv(text, file('t.wsp'), { retentions: '1m:1d', overwrite: true, clock, ...options });
    return pointsOf(file('t.wsp'), 0);
  };
  const TWO: Pair[] = [
    [START, 1.5],
    [START + 60, -2],
  ];
  const [A, B] = [START, START + 60];

  it.each<{ name: string; text: string; options?: ImportCsvOptions }>([
    { name: 'without a heading', text: `${A},1.5\n${B},-2\n` },
    {
      name: 'with a byte order mark and carriage returns',
      text: `\uFEFFtime,value\r\n${A},1.5\r\n${B},-2\r\n`,
    },
    { name: 'with semicolons and decimal commas', text: `time;value\n${A};1,5\n${B};-2,0\n` },
    { name: 'with tabs', text: `time\tvalue\n${A}\t1.5\n${B}\t-2\n` },
    { name: 'with quotes', text: `"time","value"\n"${A}","1.5"\n"${B}","-2"\n` },
    {
      name: 'with a quoted field of several lines',
      text: `note,time,value\n"a ""b"",\nc",${A},1.5\n,${B},-2\n`,
    },
    {
      name: 'with dates',
      text: `date,value\n${new Date(A * 1000).toISOString()},1.5\n${new Date(B * 1000).toISOString().slice(0, 19).replace('T', ' ')},-2\n`,
    },
    {
      name: 'with gaps',
      text: `time,value\n${A - 60},\n${A},1.5\n${B - 30},null\n${B},-2\n${B + 60},None\n`,
    },
    { name: 'with comments and blank lines', text: `# made by hand\n\ntime,value\n${A},1.5\n\n${B},-2\n` },
    {
      name: 'with columns by name',
      text: `x,when,y\n9,${A},1.5\n9,${B},-2\n`,
      options: { timeColumn: 'When', valueColumns: ['y'] },
    },
    {
      name: 'with columns by number',
      text: `9,${A},1.5\n9,${B},-2\n`,
      options: { timeColumn: '2', valueColumns: ['3'] },
    },
    { name: 'with a column called value among others', text: `time,value,anomaly\n${A},1.5,0\n${B},-2,1\n` },
    { name: 'in milliseconds', text: `time,value\n${A}000,1.5\n${B}999,-2\n`, options: { unit: 'ms' } },
    {
      name: 'with NaN for gaps',
      text: `time,value\n${A},1.5\n${A + 30},NaN\n${B},-2\n`,
      options: { nanIsGap: true },
    },
    {
      name: 'with bad lines to be passed over',
      text: `time,value\n${A},1.5\nyesterday at noon,3\n${A},x\n${A}\n${B},-2\n`,
      options: { skipBad: true },
    },
  ])('reads one $name', ({ text, options }) => {
    expect(read(text, options)).toEqual(TWO);
  });

  it('takes NaN for a value, and the infinities', () => {
    expect(read(`${A},nan\n${B},-inf\n`)).toEqual([
      [A, Number.NaN],
      [B, -1 / 0],
    ]);
  });

  it.each<{ name: string; text: string; options?: ImportCsvOptions; found: string }>([
    { name: 'a value', text: `time,value\n${A},1\n${B},x\n`, found: "line 3: value 'x'" },
    { name: 'a time', text: `time,value\n13/14/2023,1\n`, found: "line 2: time '13/14/2023'" },
    { name: 'a time of 1969', text: 'time,value\n1969-01-01,1\n', found: 'line 2: timestamp' },
    { name: 'milliseconds', text: `time,value\n${A}000,1\n`, found: 'milliseconds?' },
    { name: 'too few fields', text: `time,value\n${A}\n`, found: 'line 2: a line of 1 fields' },
    { name: 'quotes that do not close', text: `time,value\n"${A},1\n${B},2\n`, found: 'line 2: ' },
    {
      name: 'a column that is not there',
      text: `time,value\n${A},1\n`,
      options: { valueColumns: ['v2'] },
      found: "line 1: no column 'v2'",
    },
    {
      name: 'several columns of values',
      text: `time,a,b\n${A},1,2\n`,
      found: 'line 1: 2 columns of values: a, b',
    },
    { name: 'a lone column', text: `${A}\n`, found: 'line 1: one column' },
  ])('refuses $name with its line, and makes nothing', ({ text, options, found }) => {
    expect(() =>
      importCsv(text, file('t.wsp'), { retentions: '1m:1d', source: 't.csv', clock, ...options }),
    ).toThrow(
      expect.objectContaining({
        code: 'WSP_BAD_INPUT',
        path: 't.csv',
        message: expect.stringContaining(found),
      }),
    );
    expect(existsSync(file('t.wsp'))).toBe(false);
  });

  it('makes a file of each column in a folder', () => {
    const text = `time,cpu load,disk.used,in/out\n${A},1,2,3\n${B},,4,5\n`;
    const { files } = importCsv(text, { folder: file() }, { retentions: '1m:1d', prefix: 'web1', clock });
    expect(files.map(({ path }) => path)).toEqual([
      file('web1/cpu_load.wsp'),
      file('web1/disk/used.wsp'),
      file('web1/in_out.wsp'),
    ]);
    expect(pointsOf(file('web1/cpu_load.wsp'), 0)).toEqual([[A, 1]]);
    expect(pointsOf(file('web1/disk/used.wsp'), 0)).toEqual([
      [A, 2],
      [B, 4],
    ]);
  });

  it('makes a file of each metric that lines name', () => {
    const text = `metric,timestamp,value\na.b,${A},1\nc,${A},2\na.b,${B},3\n`;
    importCsv(text, { folder: file() }, { retentions: '1m:1d', clock });
    expect(pointsOf(file('a/b.wsp'), 0)).toEqual([
      [A, 1],
      [B, 3],
    ]);
    expect(pointsOf(file('c.wsp'), 0)).toEqual([[A, 2]]);
  });

  it('stores nothing of a line that has a bad field, even of its good ones', () => {
    const { bad } = importCsv(
      `time,a,b\n${A},1,x\n${B},1,2\n`,
      { folder: file() },
      { retentions: '1m:1d', skipBad: true, clock },
    );
    expect(bad).toBe(1);
    expect(pointsOf(file('a.wsp'), 0)).toEqual([[B, 1]]);
  });

  it('asks for retentions where there is no file, and for options that exist', () => {
    expect(() => importCsv(`${A},1\n`, file('n.wsp'))).toThrow('no retentions');
    expect(() => importCsv(`${A},1\n`, file('n.wsp'), { retention: '1m:1d' } as ImportCsvOptions)).toThrow(
      "'retentions'",
    );
    expect(() => importCsv(`${A},1,2\n`, file('n.wsp'), { valueColumns: ['2', '3'] })).toThrow(
      'several columns',
    );
  });

  it.each([`time,a b,a_b\n${A},1,2\n`, `metric,timestamp,value\na b,${A},1\na_b,${A},2\n`])(
    'refuses two names that would come into one file: %j',
    (text) => {
      const into = { folder: file('both') };
      expect(() => importCsv(text, into, { retentions: '1m:1d', clock })).toThrow(
        expect.objectContaining({ code: 'WSP_BAD_INPUT', message: expect.stringMatching(/'a b' and 'a_b'/) }),
      );
      expect(existsSync(file('both'))).toBe(false);
    },
  );

  it.each([
    ['importCsv', (text: never) => importCsv(text, file('n.wsp'), { retentions: '1m:1d' })],
    ['importGraphite', (text: never) => importGraphite(text, file(), { retentions: '1m:1d' })],
    ['importNdjson', (text: never) => importNdjson(text, file(), { retentions: '1m:1d' })],
    ['importJson', (text: never) => importJson(text, file(), { retentions: '1m:1d' })],
    ['importRrd', (text: never) => importRrd(text, file('n.wsp'))],
  ])('%s refuses what is no text', (_, call) => {
    for (const text of [Buffer.from('1,2\n'), [1, 2], 5, undefined, null])
      expect(() => call(text as never)).toThrow(expect.objectContaining({ code: 'WSP_BAD_OPTION' }));
  });
});
