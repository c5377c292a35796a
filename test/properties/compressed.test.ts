import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Late } from '../../src/database/handle-options.js';
import { RAW_POINT_SIZE } from '../../src/format/raw-point.js';
import {
  convert,
  create,
  type Database,
  type Dialect,
  type Format,
  fill,
  open,
  type Point,
  resize,
  verify,
} from '../../src/index.js';
import {
  type CompressedLayout,
  compressedLayouts,
  createCompressed,
  METHODS,
  optionsOf,
  ROOMY,
  retentionsOf,
  SHARES,
  values,
} from '../support/compressed-histories.js';
import { bitsOf, doubles } from '../support/compressed-vectors.js';
import { type Archives, archiveLists } from '../support/histories.js';
import { anyBits } from '../support/point-runs.js';
import { shown, shownBy } from '../support/series-text.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.setConfig({ testTimeout: 60_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 25);
const START = 2 ** 31 - 3000;
/** Without `first`, which only the go dialect has in standard files. */
const COMMON = ['average', 'sum', 'last', 'max', 'min'] as const;
const inFolder = temporaryFolder();

/**
 * The law holds for points that rise from call to call and in each call, with the time of the last one as now, if each
 * call's points are young enough for the finest archive and fall into coarse intervals that fit into one turn of
 * the next finer ring at each level (a standard file rolls up after it has written a batch); if the blocks have room
 * for the retention; and if both compare the known share of an interval alike: in single precision, as a standard file
 * under the go dialect does, or with a share that both precisions hold.
 */
describe('a compressed and a standard file with the same rising points', () => {
  it.each<{ dialect: Dialect; shares: readonly number[] }>([
    { dialect: 'python', shares: [0, 0.25, 0.5, 0.75, 1] },
    { dialect: 'go', shares: SHARES },
  ])(
    'show the same series in every archive at every moment, the standard one in dialect $dialect',
    ({ dialect, shares }) => {
      const cases = fc.record({
        archives: archiveLists(),
        aggregation: fc.constantFrom(...COMMON),
        xFilesFactor: fc.constantFrom(...shares),
        points: risingSteps(),
        together: fc.constantFrom(1, 1, 2, 5, 30),
      });
      fc.assert(
        fc.property(cases, ({ archives, points, together, ...settings }) => {
          const options = { ...settings, retentions: retentionsOf(archives) };
          using standard = create(null, { ...options, dialect });
          using compressed = create(null, { ...options, format: 'compressed', pointSize: ROOMY });
          for (const batch of batchesOf(archives, timed(points, archives[0]![0]), together)) {
            const now = Math.floor(batch.at(-1)![0]);
            expect(compressed.updateMany(batch, { now })).toEqual(standard.updateMany(batch, { now }));
            expect(shown(compressed, now)).toBe(shown(standard, now));
          }
        }),
        { numRuns: runs },
      );
    },
  );
});

describe('what waits for the third archive', () => {
  it.each([
    { late: 'insert', sum: 6 },
    { late: 'discard', sum: 4 },
  ] as const)(
    'is shown as it will be stored, also where the second has the interval already: $late',
    (row) => {
      const { late, sum } = row;
      const [standard, compressed] = [inFolder('standard.wsp'), inFolder('compressed.wsp')];
      const minute = START - (START % 60);
      const options = { retentions: '1s:60,10s:60,60s:60', aggregation: 'sum', xFilesFactor: 0.18 } as const;
      create(standard, options).updateMany(
        [0, 1].map((by) => [minute + by, 1] as const),
        { now: minute + 1 },
      );
      convert(standard, compressed, { to: 'compressed', now: minute + 1 });
      using database = open(compressed, { late });
      database.updateMany(
        [2, 3, 10, 11].map((by) => [minute + by, 1] as const),
        { now: minute + 11 },
      );
      const now = minute + 240;
      const ask = () => database.fetch(minute - 60, minute, { now, archive: 2 })!.values[0];
      const waiting = ask();
      database.updateMany(
        [60, 70, 80, 120, 130, 140, 180, 190, 200].map((by) => [minute + by, 1] as const),
        { now: minute + 60 },
      );
      expect({ waiting, stored: ask() }).toEqual({ waiting: sum, stored: sum });
    },
  );
});

describe('conversion', () => {
  it('to the compressed format and back keeps every point of the retentions, and what is shown of them', () => {
    let made = 0;
    fc.assert(
      fc.property(standardFiles(), (file) => {
        const [source, there, back] = threePaths(made++);
        const now = write(source, file);
        convert(source, there, { to: 'compressed', now, verify: true });
        convert(there, back, { to: 'standard', now, verify: true });
        using before = open(source);
        using between = open(there);
        using after = open(back);
        expect(verify(there, { deep: true, now })).toEqual([]);
        for (const [archive, { retention }] of before.info.archives.entries()) {
          const stored = storedPoints(before, archive);
          const young = stored.filter(({ timestamp }) => timestamp >= now - retention);
          // Where nothing is young enough, all is kept.
          const kept = young.length === 0 ? stored : young;
          expect(pointLines(between, archive, now)).toEqual(linesOf(kept));
          expect(storedPoints(after, archive)).toEqual(withinATurn(kept, retention));
        }
        expect(shown(between, now)).toBe(shown(before, now));
        expect(shown(after, now)).toBe(shown(before, now));
      }),
      { numRuns: runs },
    );
  });

  it('to the standard format and back keeps all that is shown of a compressed file', () => {
    let made = 0;
    fc.assert(
      fc.property(
        compressedFiles(compressedLayouts().filter(({ aggregation }) => aggregation !== 'first')),
        (file) => {
          const [source, there, back] = threePaths(made++);
          const now = write(source, file);
          convert(source, there, { to: 'standard', now, verify: true });
          convert(there, back, { to: 'compressed', now, verify: true });
          const [before, between, after] = [source, there, back].map((path) => open(path));
          expect(shown(between!, now)).toBe(shown(before!, now));
          expect(shown(after!, now)).toBe(shown(before!, now));
          for (const database of [before, between, after]) database!.close();
        },
      ),
      { numRuns: runs },
    );
  });
});

describe('conversion of an odd file', () => {
  it('brings a point off the step to where it is shown', () => {
    const [source, target] = [inFolder('odd.wsp'), inFolder('standard.wsp')];
    const time = START - (START % 10) + 3;
    create(source, { retentions: '1s:60', format: 'compressed' }).update(7, time, { now: time });
    const bytes = readFileSync(source);
    // Another step: the first point of a block is not told in steps.
    bytes.writeUInt32BE(10, 63 + 4);
    bytes.writeUInt32BE(600, 23);
    writeFileSync(source, bytes);
    convert(source, target, { to: 'standard', now: time });
    expect([source, target].map((path) => knownLines(path, 0, time))).toEqual([
      [`${time - 3} 7`],
      [`${time - 3} 7`],
    ]);
  });
});

describe('a batch', () => {
  /** Each point a step of its own; more than one in a step is one value in a batch, and late one by one. */
  it('at once and in pieces leaves the same bytes, if it rises and the file does not grow', () => {
    const cases = fc.record({
      layout: compressedLayouts(),
      points: risingSteps(),
      together: fc.constantFrom(1, 2, 5, 30),
    });
    fc.assert(
      fc.property(cases, ({ layout, points, together }) => {
        const [step, count] = layout.archives[0]!;
        const batch = timed(points, step).map(
          ([timestamp, value]): Point => [floorTo(timestamp, step), value],
        );
        const now = batch.at(-1)![0];
        // Older points would go to a coarser archive, but there is none in a file of one.
        const isSingle = layout.archives.length === 1;
        const young = isSingle ? batch : batch.filter(([timestamp]) => timestamp >= now - step * count);
        const roomy = { ...layout, pointSize: ROOMY };
        using atOnce = createCompressed(null, roomy);
        using inPieces = createCompressed(null, roomy);
        atOnce.updateMany(young, { now: isSingle ? young[0]![0] : now });
        for (let i = 0; i < young.length; i += together) {
          inPieces.updateMany(young.slice(i, i + together), { now: isSingle ? young[0]![0] : now });
        }
        expect(Buffer.compare(atOnce.toBytes(), inPieces.toBytes())).toBe(0);
      }),
      { numRuns: runs },
    );
  });

  it('of one leaves the same bytes as an update, growth included', () => {
    const age = fc.oneof(fc.nat(100), fc.nat(3000));
    const writes = fc.array(fc.tuple(fc.nat(60), age, values()), { maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(compressedLayouts(), writes, (layout, writes) => {
        using one = createCompressed(null, layout);
        using other = createCompressed(null, layout);
        const reach = one.info.maxRetention;
        let now = START;
        for (const [tick, age, value] of writes) {
          now += tick;
          const timestamp = now - (age % reach);
          one.update(value, timestamp, { now });
          other.updateMany([[timestamp, value]], { now });
          expect(Buffer.compare(one.toBytes(), other.toBytes())).toBe(0);
        }
      }),
      { numRuns: runs },
    );
  });
});

describe('the bits of a value', () => {
  it('come back as they were given in a column, in whatever order, also after growth', () => {
    const points = fc.uniqueArray(fc.tuple(fc.nat(200), anyBits()), {
      selector: ([age]) => age,
      minLength: 1,
      maxLength: 120,
      size: 'max',
    });
    const lists = fc.constantFrom<Archives[]>(
      [[1, 300]],
      [
        [1, 300],
        [10, 300],
      ],
      [
        [1, 300],
        [60, 50],
        [120, 60],
      ],
    );
    fc.assert(
      fc.property(lists, points, fc.boolean(), (archives, points, isSorted) => {
        using database = create(null, {
          retentions: retentionsOf(archives),
          format: 'compressed',
          pointSize: 9,
        });
        const given = isSorted ? points.toSorted(([a], [b]) => b - a) : points;
        const timestamps = Float64Array.from(given, ([age]) => START - age);
        database.updateMany({ timestamps, values: doubles(given.map(([, bits]) => bits)) }, { now: START });
        const expected = points.toSorted(([a], [b]) => b - a).map(([age, bits]) => `${START - age} ${bits}`);
        expect(pointLines(database, 0, START)).toEqual(expected);
        const series = database.fetch(START - 300, START, { now: START })!;
        const fetched = bitsOf(series.values).filter((_, i) => series.known[i] === 1);
        expect(fetched).toEqual(expected.map((line) => line.split(' ')[1]));
      }),
      { numRuns: runs },
    );
  });
});

describe('resize', () => {
  it('to the same retentions changes nothing but method, xFilesFactor and checksum', () => {
    let made = 0;
    fc.assert(
      fc.property(
        compressedFiles(compressedLayouts()),
        fc.constantFrom(undefined, ...METHODS),
        fc.constantFrom(undefined, ...SHARES),
        (file, aggregation, xFilesFactor) => {
          const path = inFolder(`${made++}.wsp`);
          const now = write(path, file);
          const bytes = readFileSync(path);
          const { layout } = file;
          const retentions = retentionsOf(layout.archives);
          expect(resize(path, { retentions, aggregation, xFilesFactor, now }).change).not.toBe('archives');
          const after = readFileSync(path);
          const changed = [...after.keys()].filter((i) => after[i] !== bytes[i]);
          expect(changed.filter((i) => !isSetting(i))).toEqual([]);
          using database = open(path);
          expect(database.info).toMatchObject({
            aggregation: aggregation ?? layout.aggregation,
            xFilesFactor: Math.fround(xFilesFactor ?? layout.xFilesFactor),
            isChecksumRight: true,
          });
        },
      ),
      { numRuns: runs },
    );
  });

  it('to other retentions keeps what archives of the same step show, as far as they reach', () => {
    let made = 0;
    const cases = fc.oneof(compressedFiles(compressedLayouts()), standardFiles());
    fc.assert(
      fc.property(cases, fc.nat(30), fc.boolean(), (file, more, keepsFinest) => {
        const path = inFolder(`${made++}.wsp`);
        const now = write(path, file);
        const { archives } = file.layout;
        const former = archives.map((_, i) => knownLines(path, i, now));
        const kept = keepsFinest || archives.length === 1 ? archives : archives.slice(1);
        const asked: Archives = kept.map(([step, points]) => [step, points + more]);
        // Two coarser points more than any other archive reaches back.
        const coarsest = asked.at(-1)!;
        const step = 2 * coarsest[0];
        asked.push([step, Math.ceil((coarsest[0] * coarsest[1]) / step) + 2]);
        // With other counts of points the blocks may turn out too small for the size that was asked for.
        const size = file.format === 'compressed' ? { pointSize: ROOMY } : {};
        expect(resize(path, { ...size, retentions: retentionsOf(asked), now }).change).toBe('archives');
        expect(verify(path, { deep: true, now }).filter(({ level }) => level === 'damage')).toEqual([]);
        for (const [i, archive] of kept.entries()) {
          // What is older than the archive reached before may come into view.
          const reach = now - archive[0] * archive[1];
          const after = knownLines(path, i, now).filter((line) => timeOf(line) > reach);
          expect(after).toEqual(former[archives.indexOf(archive)]);
        }
      }),
      { numRuns: runs },
    );
  });
});

describe('fill', () => {
  it.each<Late>(['insert', 'discard'])(
    'keeps what is there, fills the gaps that the source can tell, and brings nothing else: %s',
    (late) => {
      let made = 0;
      const common = compressedLayouts().filter(({ aggregation }) => aggregation !== 'first');
      const cases = common.chain((layout) => {
        const either = fc.oneof(files('standard', layout), files('compressed', layout));
        return fc.record({ target: either, source: either });
      });
      fc.assert(
        fc.property(cases, ({ target, source }) => {
          const [into, from] = [inFolder(`into-${late}-${made}.wsp`), inFolder(`from-${late}-${made++}.wsp`)];
          const now = Math.max(write(into, target), write(from, source));
          const archives = target.layout.archives.map(([step], archive) => {
            // In a compressed file an interval that is not over yet is rolled up in its time.
            const isDone = (line: string) => {
              return archive === 0 || target.format === 'standard' || timeOf(line) + step <= now;
            };
            const had = knownLines(into, archive, now, late);
            const times = new Set(had.map(timeOf));
            const offered = knownLines(from, archive, now, late).filter((line) => !times.has(timeOf(line)));
            // What an interval waits for above is rolled up with all else of it by then, where late points count; and a fill
            // counts them, also in files whose writers and readers do not.
            const waiting = [
              ...waitingAbove(into, archive),
              ...(late === 'discard' ? waitingAbove(from, archive) : []),
            ];
            const isFixed = (line: string) => {
              return !waiting.some((time) => time >= timeOf(line) && time < timeOf(line) + step);
            };
            return { had: had.filter(isFixed), offered: offered.filter(isFixed), isDone, isFixed };
          });
          fill(from, into, { now });
          for (const [archive, { had, offered, isDone, isFixed }] of archives.entries()) {
            const after = knownLines(into, archive, now, late).filter(isFixed);
            expect(after.filter((line) => had.includes(line))).toEqual(had);
            const taken = after.filter((line) => !had.includes(line));
            expect(taken.filter(isDone)).toEqual(offered.filter(isDone));
            expect(taken.filter((line) => !offered.includes(line))).toEqual([]);
          }
          expect(
            verify(into, { deep: true, now: now + 10_000 }).filter(({ level }) => level === 'damage'),
          ).toEqual([]);
        }),
        { numRuns: runs },
      );
    },
  );

  it('leaves a value that waits above a buffered one of its interval as it is shown', () => {
    const [source, target] = [inFolder('source.wsp'), inFolder('target.wsp')];
    const options = { retentions: '10s:8,1m:13,4m:14', aggregation: 'last', xFilesFactor: 0 } as const;
    const start = START - (START % 60) + 8;
    // The oldest point in reach goes to the second archive with the one that is out of it.
    const points = [
      [start - 81, 1],
      [start - 9, 1],
      [start - 9, 2],
    ] as const;
    create(target, { ...options, format: 'compressed', late: 'discard' }).updateMany(points, { now: start });
    create(source, options).update(3, start + 23, { now: start + 23 });
    const now = start + 52;
    const before = knownLines(target, 1, now);
    expect(before).toEqual([`${start - 128} 1`, `${start - 68} 2`]);
    fill(source, target, { now });
    expect(knownLines(target, 1, now)).toEqual([...before, `${start - 8} 3`]);
  });
});

/** Steps from one point to the next, and values. */
function risingSteps(): fc.Arbitrary<[steps: number, value: number][]> {
  const distance = fc.oneof(
    { weight: 8, arbitrary: fc.constant(1) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 12 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 200 }) },
  );
  return fc.array(fc.tuple(distance, values()), { minLength: 1, maxLength: 90, size: 'max' });
}

function timed(points: readonly [number, number][], step: number): Point[] {
  let timestamp = START;
  return points.map(([steps, value]): Point => {
    timestamp += steps * step;
    return [timestamp, value];
  });
}

/** Points in batches of so many; where these do not fit the rings, one by one. */
function batchesOf(archives: Archives, points: readonly Point[], together: number): Point[][] {
  const batches: Point[][] = [];
  for (let i = 0; i < points.length; i += together) {
    const batch = points.slice(i, i + together);
    if (fits(archives, batch)) batches.push(batch);
    else for (const point of batch) batches.push([point]);
  }
  return batches;
}

function fits(archives: Archives, batch: readonly Point[]): boolean {
  const [oldest, newest] = [batch[0]![0], batch.at(-1)![0]];
  const [step, points] = archives[0]!;
  if (newest - oldest >= step * points) return false;
  return archives.every(([step, count], level) => {
    const [coarse] = archives[level + 1] ?? [step];
    return Math.floor(newest / coarse) - Math.floor(oldest / coarse) + 1 <= (step * count) / coarse;
  });
}

/** How a file comes about: late, unsorted and rising points, and time that passes behind them. */
interface WrittenFile {
  format: Format;
  layout: CompressedLayout;
  history: { tick: number; points: [age: number, value: number][] }[];
  later: number;
}

function files(format: Format, layout: CompressedLayout): fc.Arbitrary<WrittenFile> {
  const [step, points] = layout.archives[0]!;
  const reach = Math.max(...layout.archives.map(([step, points]) => step * points));
  const age = fc.oneof(
    { weight: 4, arbitrary: fc.nat(step * points) },
    { weight: 1, arbitrary: fc.nat(reach) },
  );
  const batch = fc.record({
    tick: fc.oneof(fc.nat(3 * step), fc.nat(step * points)),
    points: fc.array(fc.tuple(age, values()), { maxLength: 40, size: 'max' }),
  });
  return fc.record({
    format: fc.constant(format),
    layout: fc.constant(layout),
    history: fc.array(batch, { minLength: 1, maxLength: 8 }),
    later: fc.nat(100),
  });
}

function standardFiles(): fc.Arbitrary<WrittenFile> {
  const layouts = fc.record({
    archives: archiveLists(),
    aggregation: fc.constantFrom(...COMMON),
    xFilesFactor: fc.constantFrom(...SHARES),
    pointsPerBlock: fc.constant(0),
    pointSize: fc.constant(ROOMY),
  });
  return layouts.chain((layout) => files('standard', layout));
}

function compressedFiles(layouts: fc.Arbitrary<CompressedLayout>): fc.Arbitrary<WrittenFile> {
  return layouts.chain((layout) => files('compressed', layout));
}

/** Makes the file and returns the time that it has become. */
function write(path: string, { format, layout, history, later }: WrittenFile): number {
  const { retentions, aggregation, xFilesFactor } = optionsOf(layout);
  using database =
    format === 'compressed'
      ? createCompressed(path, layout)
      : create(path, { retentions, aggregation, xFilesFactor });
  let now = START;
  for (const { tick, points } of history) {
    now += tick;
    database.updateMany(
      points.map(([age, value]) => [now - age, value] as const),
      { now },
    );
  }
  return now + later;
}

interface Stored {
  timestamp: number;
  bits: string;
}

/** Points in the slots of a standard file, by time. */
function storedPoints(database: Database, archive: number): Stored[] {
  const { timestamps, values } = database.slots(archive);
  const bits = bitsOf(values);
  return Array.from(timestamps, (timestamp, i) => ({ timestamp, bits: bits[i]! }))
    .filter(({ timestamp }) => timestamp !== 0)
    .toSorted((a, b) => a.timestamp - b.timestamp);
}

/** The points of a ring that a turn up to the newest of them still holds. */
function withinATurn(points: readonly Stored[], retention: number): Stored[] {
  const newest = points.at(-1)?.timestamp ?? 0;
  return points.filter(({ timestamp }) => timestamp > newest - retention);
}

function linesOf(points: readonly Stored[]): string[] {
  return points.map(({ timestamp, bits }) => `${timestamp} ${bits}`);
}

/** Every point of an archive with the bits of its value. */
function pointLines(database: Database, archive: number, now: number): string[] {
  const { timestamps, values } = database.points(archive, { now });
  return bitsOf(values.slice()).map((bits, i) => `${timestamps[i]} ${bits}`);
}

/** What an archive of a file shows, without the gaps. */
function knownLines(path: string, archive: number, now: number, late?: Late): string[] {
  using database = open(path, { readOnly: true, late });
  const [, ...lines] = shownBy(database, archive, now).split('\n');
  return lines.filter((line) => !line.endsWith(' gap'));
}

/** Times of the points that wait in the buffers of the archives before one of a file. */
function waitingAbove(path: string, archive: number): number[] {
  using database = open(path, { readOnly: true });
  const { info } = database;
  if (info.format === 'standard') return [];
  return info.archives.slice(0, archive).flatMap(({ bufferSize }, i) => {
    return [...database.slots(i).timestamps].slice(-bufferSize / RAW_POINT_SIZE).filter((time) => time !== 0);
  });
}

function timeOf(line: string): number {
  return Number(line.slice(0, line.indexOf(' ')));
}

/** Byte of the method, the xFilesFactor or the checksum in a compressed header. */
function isSetting(byte: number): boolean {
  return [19, 27, 43].some((start) => byte >= start && byte < start + 4);
}

function threePaths(number: number): [string, string, string] {
  return [inFolder(`${number}-a.wsp`), inFolder(`${number}-b.wsp`), inFolder(`${number}-c.wsp`)];
}

function floorTo(time: number, step: number): number {
  return Math.floor(time / step) * step;
}
