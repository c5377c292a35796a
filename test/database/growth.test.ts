import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CompressedImage, type ImageSettings, loadImage } from '../../src/database/compressed-image.js';
import { growIfNeeded } from '../../src/database/growth.js';
import { parseSpec } from '../../src/format/aggregation-spec.js';
import type { PlannedArchive } from '../../src/format/block-plan.js';
import { PointRun } from '../../src/format/point-run.js';
import { type CreateOptions, create, type Database, open, verify } from '../../src/index.js';
import { CompressedBytes } from '../support/compressed-samples.js';
import { compressedInfo, pointsInBlocks } from '../support/recorded-info.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();

/** The beginning of a minute and of a day. */
const T0 = 1_599_955_200;

/** Points that differ in the first bit of their values and in the last: 67 bits each, three in a block of 41 bytes. */
function wild(count: number, { first = 0, step = 1 } = {}): PointRun {
  const run = new PointRun();
  for (let i = first; i < first + count; i++) {
    run.push(T0 + i * step, i % 2 === 0 ? 0 : 0x8000_0000, 2 * i + (i % 2));
  }
  return run;
}

/** Points that differ in 16 bits of their values: 19 bits each. */
function mild(count: number, { first = 0, step = 1 } = {}): PointRun {
  const run = new PointRun();
  for (let i = first; i < first + count; i++) run.push(T0 + i * step, 0, i % 2 === 0 ? 0 : 0xffff);
  return run;
}

function settings(aggregation: ImageSettings['aggregation'] = 'sum', pointSize = 2): ImageSettings {
  return { aggregation, maxRetention: 100, xFilesFactor: 0.25, pointsPerBlock: 18, pointSize };
}

/** An archive of 11 blocks of 41 bytes: 18 points of 2 bytes, it is thought. */
const SMALL: PlannedArchive = { step: 1, points: 180 };

function grownFrom(image: CompressedImage, header = settings()) {
  const { archives } = image;
  const infos = archives.map(({ present }) => present);
  const growth = growIfNeeded({ ...header, archives: infos }, archives, 'python');
  return growth === 'none' ? undefined : { ...loadImage(growth as Uint8Array), bytes: growth as Uint8Array };
}

describe('whether an archive needs larger blocks', () => {
  it('is asked of closed blocks alone', () => {
    const image = new CompressedImage(settings(), [SMALL]);
    expect(grownFrom(image)).toBeUndefined();
    image.archives[0]!.append(wild(2));
    expect(grownFrom(image)).toBeUndefined();
  });

  it.each([
    {
      name: 'what they took, if that is far more',
      pointSize: 8,
      size: 149,
      count: 15,
      grown: Math.fround(149 / 15),
    },
    {
      name: 'that and a reserve, if it is little more',
      pointSize: 9.5,
      size: 176,
      count: 18,
      grown: Math.fround(Math.fround(176 / 18) + Math.fround(0.618)),
    },
    { name: 'nothing, if it is less', pointSize: 9.75, size: 181, count: 19, grown: undefined },
  ])('gets $name: bytes over counts, which are one short (quirk 20)', ({ pointSize, size, count, grown }) => {
    const image = new CompressedImage(settings('sum', pointSize), [SMALL]);
    const [archive] = image.archives;
    archive!.append(wild(60));
    expect(archive!.info.blockSize).toBe(size);
    expect(archive!.ring.range(0).count).toBe(count);
    expect(grownFrom(image, settings('sum', pointSize))?.archives[0]?.info.pointSize).toBe(grown);
    // By the number of points none would need more than it has.
    if (pointSize === 9.5) expect(size / (count + 1)).toBeLessThan(pointSize);
  });

  it('is not asked where it has the most there is: it would be laid out as it is (quirk 23)', () => {
    const image = new CompressedImage({ ...settings('sum', 14), pointsPerBlock: 4 }, [
      { step: 1, points: 40 },
    ]);
    const archive = image.archives[0]!;
    archive.append(wild(60));
    const [block] = archive.ring.sortedRanges();
    expect(archive.info.blockSize / block!.count).toBeGreaterThan(14);
    expect(grownFrom(image)).toBeUndefined();
  });
});

describe('a grown file', () => {
  const THREE = [
    { step: 1, points: 180 },
    { step: 10, points: 180 },
    { step: 60, points: 180 },
  ];

  it('says in its header the usual hint and point size, whatever it was made with (quirk 21)', () => {
    const image = new CompressedImage(settings('max'), [SMALL]);
    image.archives[0]!.append(wild(20));
    expect(grownFrom(image, settings('max'))!.header).toMatchObject({
      aggregation: 'max',
      xFilesFactor: 0.25,
      maxRetention: 100,
      pointsPerBlock: 7200,
      pointSize: 2,
    });
  });

  it('has as many blocks as before, each for as many points as the usual hint gives (quirk 22)', () => {
    const image = new CompressedImage(settings(), [SMALL]);
    image.archives[0]!.append(wild(20));
    const { blockCount, blockSize } = grownFrom(image)!.archives[0]!.info;
    expect(blockCount).toBe(11);
    // 180 + 16 points in each of the eleven, where one would do.
    expect(blockSize).toBe(196 * 14 + 5);
  });

  it('holds every point bit for bit, what waits in buffers, and the counters', () => {
    const image = new CompressedImage(settings(), THREE);
    const [base, middle, last] = image.archives;
    const run = wild(20);
    run.push(T0 + 20, 0x7ff8_0000, 0xdead_beef);
    base!.append(run);
    middle!.append(wild(4, { step: 10 }));
    base!.buffer!.put(1, T0 + 30, wild(1, { first: 35 }), 0);
    middle!.buffer!.put(0, T0 + 60, wild(1, { first: 8, step: 10 }), 0);
    image.setCounters(1, 7, 3);
    const infos = image.archives.map(({ present }, i) => ({ ...present, growths: [2, 3, 0][i]! }));
    const archives = loadImage(image.finish()).archives;
    const before = archives.map((archive) => linesOf(archive.allPoints(false)));
    const grown = growIfNeeded({ ...settings(), archives: infos }, archives, 'python');
    const after = loadImage(grown as Uint8Array).archives;
    expect(after.map((archive) => linesOf(archive.allPoints(false)))).toEqual(before);
    expect(before[0]!.at(-2)).toBe(`${T0 + 20} 7ff80000 deadbeef`);
    expect(after.map(({ info }) => [info.discarded, info.growths])).toEqual([
      [0, 1],
      [7, 4],
      [0, 0],
    ]);
    expect(last!.discarded).toBe(0);
  });

  it('leaves no end marker in an archive without points, and a second growth makes no point of it (quirk 24)', () => {
    using database = create(null, {
      format: 'compressed',
      retentions: '1s:1800,60s:10800s',
      pointsPerBlock: 18,
      xFilesFactor: 1,
    });
    for (const [growths, points] of [
      [1, mild(150, { step: 2 })],
      [2, wild(500, { first: 150, step: 2 })],
    ] as const) {
      store(database, points);
      const { archives } = compressedInfo(database);
      expect(archives.map((archive) => archive.growths)).toEqual([growths, 0]);
      const { offset, size } = archives[1]!;
      expect(
        database
          .toBytes()
          .subarray(offset, offset + size)
          .every((byte) => byte === 0),
      ).toBe(true);
      expect(database.points(1).timestamps).toHaveLength(0);
    }
    database.updateMany([[T0 + 5000, 1]], { now: T0 + 5000, retention: 10_800 });
    expect([...database.points(1).timestamps]).toEqual([T0 + 4980]);
  });

  it('of a mix may need more than there is elsewhere, and again', () => {
    const image = new CompressedImage({ ...settings('mix'), pointsPerBlock: 2 }, [
      { step: 1, points: 180, pointSize: 14 },
      { step: 10, points: 60, spec: parseSpec('max'), pointSize: 15 },
    ]);
    // Blocks of 35 bytes, of which two points take one.
    image.archives[1]!.append(wild(6, { step: 10 }));
    expect(grownFrom(image, settings('mix'))!.archives[1]!.info.pointSize).toBe(35);
  });

  it('of a mix keeps the list of its aggregations; a retention has the block count of its first archive', () => {
    const mix = [
      SMALL,
      { step: 10, points: 180, spec: parseSpec('max'), blockCount: 4 },
      { step: 10, points: 180, spec: parseSpec('p99.9'), blockCount: 9 },
    ];
    const image = new CompressedImage(settings('mix'), mix);
    image.archives[0]!.append(wild(20));
    image.archives[2]!.append(wild(6, { step: 10 }));
    const { archives } = grownFrom(image, settings('mix'))!;
    expect(archives.map(({ info }) => [info.spec?.name, info.blockCount, info.growths])).toEqual([
      [undefined, 11, 1],
      ['max', 4, 0],
      ['p99.900002', 4, 1],
    ]);
    // Below the base there is no limit.
    expect(archives[2]!.info.pointSize).toBe(20.5);
    expect(linesOf(archives[2]!.allPoints(false))).toEqual(linesOf(wild(6, { step: 10 })));
  });
});

describe('growth that cannot be', () => {
  it('is told from growth that need not be', () => {
    const image = new CompressedImage(settings(), [SMALL]);
    const [archive] = image.archives;
    const asked = (of = archive!) => growIfNeeded({ ...settings(), archives: [of.present] }, [of], 'python');
    expect(asked()).toBe('none');
    archive!.append(wild(20));
    expect(asked()).toBeInstanceOf(Uint8Array);
    image.finish()[archive!.info.offset + 14]! ^= 1;
    expect(asked()).toBe('waits');
    // A million blocks, each for 7200 points.
    const [large] = new CompressedImage(settings(), [{ ...SMALL, points: 18_000_000 }]).archives;
    large!.append(wild(20));
    expect(asked(large)).toBe('waits');
  });

  it('waits while a block is damaged, of which the rest would be lost, and the points are stored as before', () => {
    const sample = new CompressedBytes(whole().toBytes());
    sample.bytes[sample.blockAt(0, 1) + 14]! ^= 1;
    const damaged = sample.stamped();
    for (const dialect of ['python', 'go'] as const) {
      using handle = open(damaged, { dialect });
      const { growths, blockSize } = compressedInfo(handle).archives[0]!;
      handle.updateMany([[T0 + 30, 1]], { now: T0 + 30 });
      expect(compressedInfo(handle).archives[0]).toMatchObject({ growths, blockSize });
      expect(pointsInBlocks(handle, 0).at(-1)![0]).toBe(T0 + 30);
    }
  });

  it('does not hold up a large batch while it waits', () => {
    const options = { format: 'compressed', retentions: '1s:6h', pointsPerBlock: 60 } as const;
    const early = wild(10);
    const batch = wild(5000, { first: 16_000 });
    const took = (isDamaged: boolean) => {
      using made = create(null, options);
      store(made, early);
      const bytes = made.toBytes();
      if (isDamaged) bytes[made.info.archives[0]!.offset + 20]! ^= 1;
      using database = open(bytes);
      const start = performance.now();
      expect(store(database, batch)).toMatchObject({ written: 5000 });
      return performance.now() - start;
    };
    took(false);
    const sound = took(false);
    expect(took(true)).toBeLessThan(20 * sound + 500);
  });

  it('waits where the larger file would be beyond 32 bits, and the points are stored as before', () => {
    // As many blocks as before, each for 7200 points: 21 GB.
    using database = create(null, { format: 'compressed', retentions: '1:3000000', pointsPerBlock: 14 });
    expect(store(database, wild(60))).toEqual({
      written: 60,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 0,
    });
    expect(compressedInfo(database).archives[0]!.growths).toBe(0);
    expect(database.points(0).timestamps).toHaveLength(60);
  });
});

/** A file that one batch of points makes grow; they are too large for it. */
function small(path: string | null, options: Partial<CreateOptions> = {}): Database {
  return create(path, { format: 'compressed', retentions: '1s:180', pointsPerBlock: 18, ...options });
}

/** Such a file just before: it has blocks that were closed, in a layout that is kept. */
function whole(): Database {
  const image = new CompressedImage(settings(), [SMALL]);
  image.archives[0]!.append(wild(20));
  return open(image.finish());
}

function store(database: Database, points: PointRun) {
  const { timestamps, values, length } = points;
  const columns = { timestamps: timestamps.slice(0, length), values: values.slice(0, length) };
  return database.updateMany(columns, { now: timestamps[length - 1]! });
}

function linesOf({ timestamps, halves, length }: PointRun): string[] {
  return Array.from({ length }, (_, i) => {
    const view = new DataView(Uint32Array.of(halves[2 * i]!, halves[2 * i + 1]!).buffer);
    const hex = (at: number) => view.getUint32(at, true).toString(16).padStart(8, '0');
    return `${timestamps[i]} ${hex(4)} ${hex(0)}`;
  });
}

describe('in memory', () => {
  it('the file is another by then, and the bytes it was opened over stay as they were', () => {
    using made = small(null);
    const bytes = made.toBytes();
    const before = bytes.slice();
    using database = open(bytes);
    store(database, wild(20));
    expect(database.info.fileSize).toBeGreaterThan(before.length);
    expect(Buffer.compare(bytes, before)).toBe(0);
    expect(database.isReplaced()).toBe(false);
    expect([...database.points(0).timestamps]).toEqual(Array.from({ length: 20 }, (_, i) => T0 + i));
  });
});

describe('on disk', () => {
  it('a new file takes the name of the old one, and the handle goes on with it', () => {
    const path = inFolder('a.wsp');
    using database = small(path);
    const { ino, size } = statSync(path);
    store(database, wild(20));
    expect(statSync(path).ino).not.toBe(ino);
    expect(statSync(path).size).toBeGreaterThan(size);
    expect(readdirSync(inFolder())).toEqual(['a.wsp']);
    expect([database.path, database.isReplaced()]).toEqual([path, false]);
    store(database, wild(5, { first: 20 }));
    expect(readFileSync(path).equals(database.toBytes())).toBe(true);
    using fresh = open(path);
    expect(fresh.info).toEqual(database.info);
    expect(pointsInBlocks(fresh, 0)).toHaveLength(25);
    expect(verify(path, { deep: true, now: T0 + 30 }).filter(({ level }) => level === 'damage')).toEqual([]);
  });

  it('is the same file as in memory', () => {
    using onDisk = small(inFolder('a.wsp'), { durable: 'sync' });
    using inMemory = small(null);
    for (const database of [onDisk, inMemory]) {
      store(database, wild(20));
      store(database, wild(300, { first: 20 }));
    }
    expect(Buffer.compare(onDisk.toBytes(), inMemory.toBytes())).toBe(0);
    expect(readFileSync(inFolder('a.wsp')).equals(inMemory.toBytes())).toBe(true);
  });

  it('another handle sees that its file was replaced, and what that held', () => {
    const path = inFolder('a.wsp');
    using database = small(path);
    store(database, wild(2));
    using other = open(path);
    store(database, wild(18, { first: 2 }));
    expect([database.isReplaced(), other.isReplaced()]).toEqual([false, true]);
    expect(other.points(0).timestamps).toHaveLength(2);
  });

  it('keeps owner and mode', () => {
    const path = inFolder('a.wsp');
    using database = small(path);
    const isSuperuser = process.getuid?.() === 0;
    const owner = isSuperuser
      ? { uid: 1234, gid: 4321 }
      : { uid: statSync(path).uid, gid: statSync(path).gid };
    chownSync(path, owner.uid, owner.gid);
    chmodSync(path, 0o640);
    const { ino } = statSync(path);
    store(database, wild(20));
    const { uid, gid, mode, ino: present } = statSync(path);
    expect(present).not.toBe(ino);
    expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ ...owner, mode: 0o640 });
  });

  it('through a symbolic link replaces what that stands for', () => {
    mkdirSync(inFolder('store'));
    symlinkSync(inFolder('store/real.wsp'), inFolder('link.wsp'));
    small(inFolder('store/real.wsp')).close();
    const { ino } = statSync(inFolder('link.wsp'));
    using database = open(inFolder('link.wsp'));
    store(database, wild(20));
    expect(lstatSync(inFolder('link.wsp')).isSymbolicLink()).toBe(true);
    expect(statSync(inFolder('store/real.wsp')).ino).not.toBe(ino);
    expect(readdirSync(inFolder('store'))).toEqual(['real.wsp']);
    expect(database.isReplaced()).toBe(false);
  });

  it('does not take the name from a file that somebody else has put there', () => {
    const path = inFolder('a.wsp');
    using database = small(path);
    store(database, wild(2));
    using theirs = create(path, { retentions: '1s:50', overwrite: true });
    const before = readFileSync(path);
    expect(store(database, wild(18, { first: 2 }))).toMatchObject({ written: 18 });
    expect(readFileSync(path)).toEqual(before);
    expect([database.isReplaced(), theirs.isReplaced()]).toEqual([true, false]);
    // What it has it keeps, in blocks of the size of before.
    expect(database.points(0).timestamps).toHaveLength(20);
    expect(compressedInfo(database).archives[0]).toMatchObject({ growths: 0, blockSize: 41 });
  });

  it('does not bring a removed file back', () => {
    const path = inFolder('a.wsp');
    using database = small(path);
    rmSync(path);
    store(database, wild(20));
    expect(readdirSync(inFolder())).toEqual([]);
    expect(database.points(0).timestamps).toHaveLength(20);
  });

  it('is none of the business of a handle that only reads', () => {
    const path = inFolder('a.wsp');
    using made = whole();
    writeFileSync(path, made.toBytes());
    const before = statSync(path);
    using database = open(path, { readOnly: true });
    for (const call of [
      () => database.updateMany([]),
      () => database.update(1, T0, { now: T0 }),
      () => database.setXFilesFactor(0),
    ]) {
      expect(call).toThrow(expect.objectContaining({ code: 'WSP_READ_ONLY' }));
    }
    database.points(0);
    database.fetch(T0, T0 + 50, { now: T0 + 50 });
    expect(statSync(path)).toMatchObject({ ino: before.ino, size: before.size, mtimeMs: before.mtimeMs });
    // One that may write does it at the next call, whatever that stores.
    using writer = open(path);
    writer.updateMany([], { now: T0 + 50 });
    expect(compressedInfo(writer).archives[0]!.growths).toBe(1);
  });

  describe('under a lock', () => {
    const locked = (path: string) => spawnSync('flock', ['-n', path, 'true']).status === 1;

    it('the new file is locked before it has its name, and until the handle is closed', () => {
      const path = inFolder('a.wsp');
      const database = small(path, { lock: true, lockTimeoutMs: 0 });
      const { ino } = statSync(path);
      store(database, wild(20));
      expect(statSync(path).ino).not.toBe(ino);
      // In this process and in another one.
      expect(() => open(path, { lock: true, lockTimeoutMs: 0 })).toThrow(
        expect.objectContaining({ code: 'WSP_LOCKED' }),
      );
      expect(locked(path)).toBe(true);
      store(database, wild(260, { first: 20 }));
      expect(locked(path)).toBe(true);
      database.close();
      expect(locked(path)).toBe(false);
      open(path, { lock: true, lockTimeoutMs: 0 }).close();
    });

    it('the old file is given up with its lock', () => {
      const [path, old] = [inFolder('a.wsp'), inFolder('old.wsp')];
      using database = small(path, { lock: true });
      linkSync(path, old);
      expect(locked(old)).toBe(true);
      store(database, wild(20));
      expect([locked(old), locked(path)]).toEqual([false, true]);
      using before = open(old, { lock: true, lockTimeoutMs: 0 });
      expect(before.points(0).timestamps).toHaveLength(0);
    });
  });
});
