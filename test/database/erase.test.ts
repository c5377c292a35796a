import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planErase } from '../../src/database/erase.js';
import {
  type CompressedInfo,
  type CreateOptions,
  create,
  type Database,
  open,
  verify,
} from '../../src/index.js';
import { ringFaults } from '../support/ring-invariant.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();

/** The beginning of an hour. */
const T0 = 1_599_998_400;
/** The last of the five minutes for which most files hold points. */
const NOW = T0 + 299;

type Pair = [timestamp: number, value: number];

/** One point a second from T0 on, each with its second as its value. */
function filled(options: Partial<CreateOptions> = {}, seconds = 300, path: string | null = null): Database {
  const database = create(path, { retentions: '1s:10m,10s:1h,1m:1d', ...options });
  const points = Array.from({ length: seconds }, (_, i): Pair => [T0 + i, i]);
  database.updateMany(points, { now: T0 + seconds - 1 });
  return database;
}

/** What an archive shows, in seconds after T0. */
function shown(database: Database, archive = 0, now = NOW): Pair[] {
  const series = database.fetch(T0 - 1, now, { now, archive })!;
  return [...series.knownPoints()].map(([at, value]): Pair => [at - T0, value]);
}

function times(database: Database, archive = 0, now = NOW): number[] {
  return shown(database, archive, now).map(([at]) => at);
}

function sound(database: Database, now = NOW): void {
  expect(verify(database.toBytes(), { now, deep: true })).toEqual([]);
}

describe.each(['standard', 'compressed'] as const)('erasing in a %s file', (format) => {
  it('takes the points after the beginning up to the end out of the finest archive', () => {
    using database = filled({ format });
    expect(database.erase(T0 + 100, T0 + 104, { now: NOW, archive: 0 })).toEqual({ erased: 4 });
    expect(times(database).slice(99, 103)).toEqual([99, 100, 105, 106]);
    sound(database);
  });

  it('takes values of coarser archives whose interval lies in the range out, and makes parted ones anew', () => {
    using database = filled({ format });
    // 101 to 174: the intervals 110 to 160 as a whole, and of 100 and 170 nine and five seconds.
    expect(database.erase(T0 + 100, T0 + 174, { now: NOW }).erased).toBe(74 + 6 + 1 + 1);
    expect(shown(database, 1).slice(9, 13)).toEqual([
      [90, 94.5],
      // Of 100 one second is left, which is less than half.
      [170, (175 + 176 + 177 + 178 + 179) / 5],
      [180, 184.5],
      [190, 194.5],
    ]);
    // Of the minute 60 four intervals are left, of 120 one only.
    expect(shown(database, 2)).toEqual([
      [0, 29.5],
      [60, (64.5 + 74.5 + 84.5 + 94.5) / 4],
      [180, 209.5],
      [240, 269.5],
    ]);
    sound(database);
  });

  it('makes a parted value anew of one point, where that is enough', () => {
    using database = filled({ format, xFilesFactor: 0, aggregation: 'sum' });
    database.erase(T0 + 100, T0 + 109, { now: NOW });
    expect(shown(database, 1).slice(10, 12)).toEqual([
      [100, 100],
      [110, 1145],
    ]);
  });

  it('leaves a parted value as it is where the finer archive does not reach any more', () => {
    using database = filled({ format, retentions: '1s:2m,10s:1h' }, 100);
    // 100 s of points at T0 + 99; at T0 + 160 the finer archive reaches back to T0 + 40.
    const now = T0 + 160;
    const range = [T0 + 34, T0 + 44] as const;
    database.erase(...range, { now });
    expect(shown(database, 1, now).slice(2, 6)).toEqual([
      [20, 24.5],
      [30, 34.5],
      [40, (45 + 46 + 47 + 48 + 49) / 5],
      [50, 54.5],
    ]);
  });

  it('takes future points out as well', () => {
    using database = filled({ format });
    database.updateMany([[NOW + 20, 7]], { now: NOW });
    expect(database.erase(NOW, NOW + 100, { now: NOW }).erased).toBe(1);
    expect(times(database, 0, NOW + 30).at(-1)).toBe(299);
  });

  it('takes nothing out of an empty range, or between two points', () => {
    using database = filled({ format, retentions: '10s:1h,1m:1d' });
    const before = database.toBytes();
    expect(database.erase(T0 + 100, T0 + 100, { now: NOW })).toEqual({ erased: 0 });
    expect(database.erase(T0 + 101, T0 + 109, { now: NOW })).toEqual({ erased: 0 });
    expect(database.erase(NOW + 1e6, NOW + 1e9, { now: NOW })).toEqual({ erased: 0 });
    expect(database.toBytes()).toEqual(before);
  });

  it('takes everything out of a range without bounds, and stores anew', () => {
    using database = filled({ format });
    const { erased } = database.erase(-1e11, 2 ** 52, { now: NOW });
    expect(erased).toBeGreaterThanOrEqual(300);
    for (const archive of [0, 1, 2]) expect(times(database, archive)).toEqual([]);
    sound(database);
    // In the order of time, and then late.
    database.updateMany(
      [50, 51, 52, 200].map((at): Pair => [T0 + at, at]),
      { now: NOW },
    );
    database.updateMany([[T0 + 10, 10]], { now: NOW });
    expect(times(database)).toEqual([10, 50, 51, 52, 200]);
    sound(database);
  });

  it('with an archive erases in it alone what a fetch of it shows, and makes nothing anew', () => {
    using database = filled({ format });
    expect(database.erase(T0 + 100, T0 + 124, { now: NOW, archive: 1 })).toEqual({ erased: 2 });
    expect(times(database)).toHaveLength(300);
    expect(times(database, 1).slice(9, 12)).toEqual([90, 100, 130]);
    expect(shown(database, 2)[1]).toEqual([60, 89.5]);
    sound(database);
  });

  it('is seen by a handle that was open before, and by one that opens after', () => {
    const path = inFolder('a.wsp');
    using database = filled({ format }, 300, path);
    using other = open(path);
    expect(times(other)).toHaveLength(300);
    database.erase(T0 - 1, T0 + 99, { now: NOW });
    for (const handle of [other, open(path)]) expect(times(handle)[0]).toBe(100);
    other.update(5, T0 + 50, { now: NOW });
    expect(shown(database)[0]).toEqual([50, 5]);
  });

  it('of a handle with a journal leaves none behind', () => {
    const path = inFolder('a.wsp');
    filled({ format }, 300, path).close();
    using database = open(path, { durable: 'journal' });
    database.erase(T0 + 100, T0 + 200, { now: NOW });
    expect(times(database)).toHaveLength(200);
    expect(() => readFileSync(`${path}.journal`)).toThrow('ENOENT');
    sound(database);
  });

  it.each([
    { from: T0 + 1, until: T0, options: {}, code: 'WSP_BAD_RANGE' },
    { from: T0, until: T0, options: { archive: 3 }, code: 'WSP_NO_SUCH_ARCHIVE' },
    { from: T0, until: T0 + 1, options: { archive: -1 }, code: 'WSP_NO_SUCH_ARCHIVE' },
    { from: T0, until: T0 + 1, options: { archive: 0.5 }, code: 'WSP_NO_SUCH_ARCHIVE' },
    { from: T0, until: T0 + 1, options: { step: 1 }, code: 'WSP_BAD_OPTION' },
    { from: T0 * 1000, until: T0 * 1001, options: {}, code: 'WSP_BAD_TIMESTAMP' },
    { from: T0, until: Number.NaN, options: {}, code: 'WSP_BAD_TIMESTAMP' },
    { from: T0, until: undefined, options: {}, code: 'WSP_BAD_TIMESTAMP' },
    { from: T0, until: T0 + 1, options: { now: '1' }, code: 'WSP_BAD_TIMESTAMP' },
  ])('refuses $from to $until with $options', ({ from, until, options, code }) => {
    const path = inFolder('a.wsp');
    using database = filled({ format }, 10, path);
    const before = readFileSync(path);
    expect(() => database.erase(from, until as number, options as object)).toThrow(
      expect.objectContaining({ code, path }),
    );
    expect(readFileSync(path)).toEqual(before);
  });

  it('is refused by a handle that only reads', () => {
    filled({ format }, 10, inFolder('a.wsp')).close();
    using database = open(inFolder('a.wsp'), { readOnly: true });
    expect(() => database.erase(T0, NOW)).toThrow(expect.objectContaining({ code: 'WSP_READ_ONLY' }));
  });
});

it('a range from long ago begins with the first interval after 1970', () => {
  const range = { from: -1e11, until: 1000, now: NOW, archive: undefined };
  expect(planErase([{ step: 10 }, { step: 60 }], range)).toMatchObject([
    { first: 0, last: 1000, parted: [] },
    { first: 0, last: 900, parted: [960] },
  ]);
  expect(planErase([{ step: 10 }], { ...range, until: -5 })).toEqual([]);
});

describe('slot 0 of a ring', () => {
  it('keeps a timestamp of the first turn after 1970, so that the other slots stay where they are', () => {
    using database = filled({ retentions: '1s:10m' }, 600);
    const second = Array.from({ length: 300 }, (_, i): Pair => [T0 + 600 + i, i]);
    database.updateMany(second, { now: T0 + 899 });
    expect(database.slots(0).timestamps[0]).toBe(T0 + 600);
    expect(database.erase(T0 + 599, T0 + 600, { now: T0 + 899 }).erased).toBe(1);
    const { timestamps, values } = database.slots(0);
    expect([timestamps[0], values[0]]).toEqual([T0 % 600 || 600, Number.NaN]);
    expect(ringFaults(database)).toEqual([]);
    expect(times(database, 0, T0 + 899).slice(299, 301)).toEqual([599, 601]);
    sound(database, T0 + 899);
  });

  it('is no point, also where it held the newest', () => {
    using database = filled({ retentions: '1s:10m' }, 601);
    const now = T0 + 600;
    expect(database.erase(now - 1, now, { now }).erased).toBe(1);
    expect(database.erase(now - 1, now, { now }).erased).toBe(0);
    expect([...database.points(0, { now }).timestamps]).toEqual(
      Array.from({ length: 599 }, (_, i) => T0 + 1 + i),
    );
    database.update(3, now, { now });
    expect(shown(database, 0, now).at(-1)).toEqual([600, 3]);
    sound(database, now);
  });

  it('of a future point is no point either, whatever the time', () => {
    using database = create(null, { retentions: '1s:10m' });
    database.updateMany([[NOW + 50, 1]], { now: NOW });
    database.erase(NOW, NOW + 100, { now: NOW });
    database.update(2, NOW, { now: NOW });
    for (const now of [NOW, NOW + 50, NOW - 550]) {
      expect([...database.fetch(now - 600, now, { now, archive: 0 })!.knownPoints()].length).toBe(
        now < NOW ? 0 : 1,
      );
    }
  });

  it('keeps its point, without a value, in a ring that is longer than the time since 1970', () => {
    using database = create(null, { retentions: '1d:100y' });
    const day = T0 - (T0 % 86_400);
    database.updateMany(
      [0, 1, 2].map((i): Pair => [day + i * 86_400, i]),
      { now: day + 172_800 },
    );
    expect(database.erase(day - 1, day + 86_400, { now: day + 172_800 }).erased).toBe(2);
    const { timestamps, values } = database.slots(0);
    expect([...timestamps.subarray(0, 3)]).toEqual([day, 0, day + 172_800]);
    expect([...values.subarray(0, 3)]).toEqual([Number.NaN, 0, 2]);
    expect(database.erase(day - 1, day + 86_400, { now: day + 172_800 }).erased).toBe(0);
    sound(database, day + 172_800);
  });

  it('near 1970 never becomes 0', () => {
    using database = create(null, { retentions: '10s:1m' });
    const base = () => database.slots(0).timestamps[0];
    database.updateMany([[20, 2]], { now: 75 });
    database.updateMany(
      [30, 70, 80].map((at): Pair => [at, at]),
      { now: 85 },
    );
    expect(base()).toBe(80);
    expect(database.erase(-5, 100, { now: 85 }).erased).toBe(3);
    expect(base()).toBe(20);
    expect(ringFaults(database)).toEqual([]);
    database.updateMany([[71, 1]], { now: 85 });
    expect([...database.fetch(25, 85, { now: 85, archive: 0 })!.knownPoints()]).toEqual([[70, 1]]);
  });
});

it('what an exclusive handle keeps of a standard file is of before the erasure no more', () => {
  using database = create(inFolder('a.wsp'), {
    retentions: '1s:10m,1m:1h',
    xFilesFactor: 0,
    aggregation: 'sum',
    exclusive: true,
  });
  for (let i = 0; i < 10; i++) database.update(1, T0 + i, { now: T0 + i });
  expect(shown(database, 1)).toEqual([[0, 10]]);
  expect(database.erase(T0 + 2, T0 + 7, { now: T0 + 9, archive: 0 }).erased).toBe(5);
  database.update(1, T0 + 10, { now: T0 + 10 });
  expect(shown(database, 1)).toEqual([[0, 6]]);
});

describe('points that wait in a buffer', () => {
  it('are no longer shown, nor what was made of them for coarser archives', () => {
    using database = filled({ format: 'compressed' });
    const { archives } = database.info as CompressedInfo;
    expect(archives[0]!.buffered).toBeGreaterThan(9);
    expect(times(database, 1).at(-1)).toBe(290);
    expect(database.erase(T0 + 289, T0 + 299, { now: NOW }).erased).toBe(10);
    expect(times(database, 1).at(-1)).toBe(280);
    expect(shown(database, 2).at(-1)).toEqual([240, 264.5]);
    expect(database.erase(T0 + 282, T0 + 289, { now: NOW }).erased).toBe(7);
    // Three of ten are too few.
    expect(times(database, 1).at(-1)).toBe(270);
    database.updateMany(
      [285, 286].map((at): Pair => [T0 + at, 1]),
      { now: NOW },
    );
    expect(shown(database, 1).at(-1)).toEqual([280, (280 + 281 + 282 + 1 + 1) / 5]);
    sound(database);
    // And when the interval has left the buffer.
    const later = T0 + 330;
    database.updateMany(
      [300, 310, 320, 330].map((at): Pair => [T0 + at, 1]),
      { now: later },
    );
    expect(shown(database, 1, later).at(-1)).toEqual([280, (280 + 281 + 282 + 1 + 1) / 5]);
    sound(database, later);
  });

  it.each([
    // What comes too late for the blocks is discarded when it leaves the buffer: what stands in the block counts.
    { late: 'discard', sum: 4 * 1 + 5 * 0 },
    { late: 'insert', sum: 3 * 1 + 5 + 5 * 0 },
  ] as const)(
    'and stand in a block as well are one point, of the value that will count: $late',
    ({ late, sum }) => {
      const path = inFolder('a.wsp');
      const layout = {
        retentions: '1s:10m,10s:1h',
        format: 'compressed',
        xFilesFactor: 0,
        aggregation: 'sum',
      } as const;
      {
        using database = create(path, { ...layout, late: 'discard' });
        const points = Array.from({ length: 30 }, (_, i): Pair => [T0 + i, i < 4 ? 1 : 0]);
        database.updateMany(points, { now: T0 + 29 });
        // Only the interval that was written to a block is left, and takes points into the buffer once more.
        database.erase(T0 + 9, T0 + 29, { now: T0 + 29 });
        database.updateMany(
          [2, 7].map((at): Pair => [T0 + at, 5]),
          { now: T0 + 29 },
        );
        expect((database.info as CompressedInfo).archives[0]!.buffered).toBe(2);
      }
      using database = open(path, { late });
      // The sum of what is left: seconds 0 to 6, 8 and 9.
      expect(database.erase(T0 + 6, T0 + 7, { now: T0 + 29 })).toEqual({ erased: 1 });
      expect(shown(database, 1)).toEqual([[0, sum]]);
      expect(database.slots(1).values[0]).toBe(sum);
    },
  );

  it('in a coarser archive are made anew there', () => {
    using database = filled({ format: 'compressed', xFilesFactor: 0 });
    const waiting = () => {
      const { timestamps, values } = database.slots(1);
      return new Map([...timestamps].map((at, i) => [at - T0, values[i]!]));
    };
    expect(waiting().get(250)).toBe(254.5);
    database.erase(T0 + 251, T0 + 259, { now: NOW });
    expect(waiting().get(250)).toBe(250.5);
    database.erase(T0 + 249, T0 + 251, { now: NOW });
    expect(waiting().has(250)).toBe(false);
    expect(shown(database, 2).at(-1)).toEqual([240, (244.5 + 264.5 + 274.5 + 284.5 + 294.5) / 5]);
    sound(database);
  });
});

describe('blocks of a compressed file', () => {
  /** Ten blocks or so, of which the current one holds the newest points. */
  function inBlocks(path: string | null = null, options: object = {}): Database {
    const layout = { retentions: '1s:10m', format: 'compressed', pointsPerBlock: 40, pointSize: 2 } as const;
    return filled({ ...layout, ...options }, 300, path);
  }

  const held = (database: Database) => database.blocks(0).filter(({ isEmpty }) => !isEmpty);

  it.each([
    { which: 'the oldest', pick: (blocks: readonly unknown[]) => [0, blocks.length - 1] },
    { which: 'a middle', pick: () => [3, 3] },
    { which: 'the current', pick: (blocks: readonly unknown[]) => [blocks.length - 1, blocks.length - 1] },
    {
      which: 'several, the current among them',
      pick: (blocks: readonly unknown[]) => [2, blocks.length - 1],
    },
  ])('that are left empty go out of the ring, and points are stored as ever: $which', ({ which, pick }) => {
    using database = inBlocks();
    const blocks = held(database).toSorted((a, b) => a.start - b.start);
    expect(blocks.length).toBeGreaterThan(5);
    const [first, last] = which === 'the oldest' ? [0, 0] : pick(blocks);
    const [from, until] = [blocks[first!]!.start - 1, blocks[last!]!.end];
    const { erased } = database.erase(from, until, { now: NOW });
    expect(erased).toBe(until - from);
    expect(held(database)).toHaveLength(blocks.length - (last! - first! + 1));
    sound(database);
    const left = Array.from({ length: 300 }, (_, i) => i).filter((i) => T0 + i <= from || T0 + i > until);
    expect(times(database)).toEqual(left);
    // In order, into the erased range, and late.
    const now = NOW + 10;
    for (const at of [now, until - 1, T0 + 5, now - 5]) {
      expect(database.updateMany([[at, 0.5]], { now })).toMatchObject({ written: 1, discarded: 0 });
      sound(database, now);
    }
    const all = new Set([...left, 309, until - 1 - T0, 5, 304]);
    expect(times(database, 0, now)).toEqual([...all].sort((a, b) => a - b));
  });

  it('of which few points are left become one, and the file need not grow for them', () => {
    const layout = { format: 'compressed', retentions: '1s:2h', pointsPerBlock: 400, pointSize: 3 } as const;
    using database = filled(layout, 3000);
    const now = T0 + 2999;
    expect(held(database).length).toBeGreaterThan(2);
    database.erase(T0 + 4, T0 + 2989, { now });
    expect(held(database)).toHaveLength(1);
    database.updateMany([[now + 1, 1]], { now: now + 1 });
    expect((database.info as CompressedInfo).archives[0]!.growths).toBe(0);
    expect(times(database, 0, now + 1)).toEqual([0, 1, 2, 3, 4, ...[...Array(11)].map((_, i) => 2990 + i)]);
    sound(database, now + 1);
  });

  /** A full ring of points that take two bits each, and twenty once their neighbours are gone. */
  function crowded(path: string | null = null): Database {
    const layout = {
      retentions: '1s:10m',
      format: 'compressed',
      pointsPerBlock: 60,
      pointSize: 0.6,
    } as const;
    const database = create(path, layout);
    for (let i = 0; i < 600; i++) database.updateMany([[T0 + i, 1]], { now: T0 + 599 });
    return database;
  }

  it('that take more room without a point make the file grow where the ring has none', () => {
    using database = crowded();
    const now = T0 + 599;
    const left = new Set(Array.from({ length: 600 }, (_, i) => i));
    for (let i = 1; i < 150; i += 3) {
      expect(database.erase(T0 + i - 1, T0 + i, { now })).toEqual({ erased: 1 });
      left.delete(i);
    }
    expect((database.info as CompressedInfo).archives[0]!.growths).toBe(1);
    expect(times(database, 0, now)).toEqual([...left]);
    sound(database, now);
  });

  it('count each point once where the file grows for the values that are made anew', () => {
    using database = create(null, {
      retentions: '1s:10m,10s:1h',
      aggregation: 'sum',
      format: 'compressed',
      pointsPerBlock: 60,
      pointSize: 0.6,
    });
    const now = T0 + 3599;
    for (let i = 0; i < 3600; i++) database.updateMany([[T0 + i, 0.1]], { now: T0 + i });
    const growths = () => (database.info as CompressedInfo).archives.map(({ growths }) => growths);
    let nine = 0;
    for (let i = 0; i < 9; i++) nine += 0.1;
    for (let at = T0 + 3005; growths()[1] === 0 && at < now - 30; at += 20) {
      expect(database.erase(at - 1, at, { now })).toEqual({ erased: 1 });
      expect(shown(database, 1, now).find(([interval]) => interval === at - 5 - T0)![1]).toBe(nine);
    }
    expect(growths()).toEqual([0, 1]);
    sound(database, now);
  });

  it('that find no room in a file which cannot grow stay as they are', () => {
    const path = inFolder('a.wsp');
    using database = crowded(path);
    writeFileSync(inFolder('other'), '');
    renameSync(inFolder('other'), path);
    let before = database.toBytes();
    const erase = () => {
      for (let i = 1; i < 150; i += 3) {
        before = database.toBytes();
        database.erase(T0 + i - 1, T0 + i, { now: T0 + 599 });
      }
    };
    expect(erase).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT', path }));
    expect(database.toBytes()).toEqual(before);
    sound(database, T0 + 599);
  });

  /** The bytes of a file with a flipped bit in one of its blocks. */
  function damaged(options: object, which: number): Uint8Array {
    using database = inBlocks(null, options);
    const bytes = database.toBytes();
    const { offset } = held(database)
      .toSorted((a, b) => a.start - b.start)
      .at(which)!;
    bytes[offset + 15]! ^= 0x10;
    return bytes;
  }

  it('that have come round too early are no source of a value to be made anew', () => {
    const path = inFolder('a.wsp');
    const layout = { retentions: '1s:10m,1m:1h', pointsPerBlock: 20, pointSize: 2, xFilesFactor: 0 } as const;
    using database = create(path, { format: 'compressed', ...layout });
    rmSync(path); // a file that has no name does not grow
    const points = Array.from({ length: 600 }, (_, i): Pair => [T0 + i, Math.sin(i)]);
    database.updateMany(points, { now: T0 + 599 });
    const [oldest] = times(database, 0, T0 + 599);
    expect(oldest).toBeGreaterThan(10);
    expect(oldest! % 60).toBeGreaterThan(0);
    const minute = () =>
      shown(database, 1, T0 + 599).find(([interval]) => interval === oldest! - (oldest! % 60));
    const before = minute();
    expect(before).toBeDefined();
    database.erase(T0 + oldest! - 1, T0 + oldest!, { now: T0 + 599 });
    expect(times(database, 0, T0 + 599)[0]).toBe(oldest! + 1);
    expect(minute()).toEqual(before);
  });

  it('that are damaged are no place to erase in, and everything stays as it is', () => {
    const path = inFolder('a.wsp');
    writeFileSync(path, damaged({}, 3));
    using database = open(path);
    const { start, end } = database.blocks(0).find(({ damage }) => damage !== undefined)!;
    const before = readFileSync(path);
    const corrupt = expect.objectContaining({ code: 'WSP_CORRUPT', path });
    expect(() => database.erase(start - 10, end + 10, { now: NOW })).toThrow(corrupt);
    expect(() => database.erase(end - 1, end + 10, { now: NOW })).toThrow(corrupt);
    expect(readFileSync(path)).toEqual(before);
    expect(database.erase(end, end + 10, { now: NOW })).toEqual({ erased: 10 });
    expect(database.blocks(0).filter(({ damage }) => damage !== undefined)).toHaveLength(1);
  });

  it('that are damaged leave also what a handle shows of its buffers as it was', () => {
    using database = open(damaged({ retentions: '1s:10m,10s:1h' }, 1));
    const before = shown(database, 1);
    expect(() => database.erase(T0 + 40, NOW, { now: NOW })).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT' }),
    );
    expect(shown(database, 1)).toEqual(before);
    expect(database.fetch(NOW - 10, NOW, { now: NOW })!.known).toEqual(new Uint8Array(10).fill(1));
  });

  it('that are damaged are passed over by a lenient handle', () => {
    using database = open(damaged({}, 3), { dialect: 'go' });
    const { start, end } = database.blocks(0).find(({ damage }) => damage !== undefined)!;
    expect(database.erase(start - 11, end + 10, { now: NOW })).toEqual({ erased: 20 });
    expect(database.blocks(0).filter(({ damage }) => damage !== undefined)).toHaveLength(1);
  });

  it('that are damaged cannot become those which take the next points', () => {
    for (const dialect of ['go', 'python'] as const) {
      using database = open(damaged({}, -2), { dialect });
      const before = database.toBytes();
      const { start } = database.blocks(0).find(({ isCurrent }) => isCurrent)!;
      expect(() => database.erase(start - 1, NOW, { now: NOW })).toThrow(
        expect.objectContaining({ code: 'WSP_CORRUPT' }),
      );
      expect(database.toBytes()).toEqual(before);
      expect(database.erase(start, NOW, { now: NOW })).toEqual({ erased: NOW - start });
    }
  });

  it('that are damaged are no source of a value to be made anew', () => {
    const options = { retentions: '1s:10m,1m:1h', xFilesFactor: 0 };
    const bytes = damaged(options, 1);
    using database = open(bytes);
    const { start, end } = database.blocks(0).find(({ damage }) => damage !== undefined)!;
    const minute = Math.floor((end + 1) / 60) * 60;
    expect(start).toBeLessThan(minute + 60);
    expect(minute).toBeLessThanOrEqual(end);
    // The range is of the sound block behind it, and parts a minute of both.
    expect(() => database.erase(end, minute + 59, { now: NOW })).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT' }),
    );
    using lenient = open(bytes, { dialect: 'go' });
    expect(lenient.erase(end, minute + 59, { now: NOW }).erased).toBe(minute + 59 - end);
  });
});

describe('a mix file', () => {
  const layout = {
    format: 'compressed',
    retentions: '1s:1h,10s:2h',
    aggregation: 'mix',
    mix: ['max', 'min', 'p50'],
    pointsPerBlock: 60,
    pointSize: 3,
  } as const;

  it('loses the range from every archive, and makes parted values anew, each by its own method', () => {
    using database = filled(layout);
    const { archives } = database.info as CompressedInfo;
    expect(archives[1]!.ranges.some(({ end }) => end > T0 + 200)).toBe(true);
    // Of the interval 100 the seconds 100 to 104 are left, of 150 the last, which is too few.
    expect(database.erase(T0 + 104, T0 + 158, { now: NOW }).erased).toBe(54 + 3 * 4 + 3);
    const around = (archive: number) => shown(database, archive).slice(9, 12);
    expect(around(1)).toEqual([
      [90, 99],
      [100, 104],
      [160, 169],
    ]);
    expect(around(2)).toEqual([
      [90, 90],
      [100, 100],
      [160, 160],
    ]);
    expect(around(3)).toEqual([
      [90, 94.5],
      [100, 102],
      [160, 164.5],
    ]);
    sound(database);
  });
});
