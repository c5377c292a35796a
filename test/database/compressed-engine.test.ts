import { describe, expect, it } from 'vitest';
import { CompressedEngine } from '../../src/database/compressed-engine.js';
import { WhisperError } from '../../src/errors.js';
import type { ByteFile } from '../../src/file/byte-file.js';
import { MemoryFile } from '../../src/file/memory-file.js';
import { planMetadata } from '../../src/format/compressed-header.js';
import { type CreateOptions, create, type Database, type Dialect, open } from '../../src/index.js';
import { CompressedBytes } from '../support/compressed-samples.js';
import { compressedInfo, pointsInBlocks } from '../support/recorded-info.js';
import { RecordingFile } from '../support/recording-file.js';

/** The beginning of a minute and of a day. */
const T0 = 1_599_955_200;
const NOW = T0 + 3600;

type Pair = readonly [timestamp: number, value: number];

function compressed(options: Partial<CreateOptions> = {}): Database {
  return create(null, {
    retentions: '1s:60,10s:600s',
    format: 'compressed',
    aggregation: 'sum',
    xFilesFactor: 0,
    pointSize: 14,
    clock: () => NOW,
    ...options,
  });
}

/** Ages of the points in blocks and buffer of an archive. */
function ages(database: Database, archive: number): number[] {
  return [...database.points(archive).timestamps].map((timestamp) => NOW - timestamp);
}

function aged(...list: number[]): Pair[] {
  return list.map((age) => [NOW - age, age] as const);
}

/** Points a second apart up to now, of no likeness. */
function wild(count: number): Pair[] {
  return Array.from(
    { length: count },
    (_, i) => [NOW - count + 1 + i, Math.sin(i) * 10 ** (i % 100)] as const,
  );
}

function engineOver(file: ByteFile, dialect: Dialect = 'python', isLenient = false): CompressedEngine {
  return new CompressedEngine(
    file,
    { dialect, isCutOff: false, isLenient, isExclusive: false, insertsLate: false },
    () => {
      throw new Error('no growth was expected');
    },
  );
}

function batch(...pairs: readonly Pair[]) {
  return {
    timestamps: Float64Array.from(pairs, ([timestamp]) => timestamp),
    values: Float64Array.from(pairs, ([, value]) => value),
    length: pairs.length,
  };
}

const STORE = { now: NOW, future: 'store', retention: undefined } as const;

describe('one point', () => {
  it.each([
    { name: 'a second in the future', age: -1, says: '1 s in the future' },
    { name: 'as old as the longest retention', age: 600, says: '600 s old' },
  ])('$name is refused, and taken or passed over in the go dialect', ({ age, says }) => {
    using python = compressed();
    const before = python.toBytes();
    expect(() => python.update(1, NOW - age)).toThrow(
      expect.objectContaining({ code: 'WSP_TIME_NOT_COVERED', message: expect.stringContaining(says) }),
    );
    expect(Buffer.compare(python.toBytes(), before)).toBe(0);
    using go = compressed({ dialect: 'go' });
    go.update(1, NOW - age);
    expect([...ages(go, 0), ...ages(go, 1)]).toEqual([age]);
  });

  it('older than all that the go dialect reaches is passed over without a word', () => {
    using go = compressed({ dialect: 'go' });
    const before = go.toBytes();
    go.update(1, NOW - 601);
    expect(Buffer.compare(go.toBytes(), before)).toBe(0);
  });

  it('of a mix file is covered by the base alone', () => {
    using mix = compressed({ aggregation: undefined, mix: ['max'] });
    expect(() => mix.update(1, NOW - 60)).toThrow(expect.objectContaining({ code: 'WSP_TIME_NOT_COVERED' }));
    mix.update(1, NOW - 59);
    expect(ages(mix, 0)).toEqual([59]);
  });

  it('is a batch of one', () => {
    using one = compressed();
    using many = compressed();
    for (const [timestamp, value] of aged(25, 15, 14, 5, 0)) {
      one.update(value, timestamp);
      many.updateMany([[timestamp, value]]);
    }
    expect(Buffer.compare(one.toBytes(), many.toBytes())).toBe(0);
  });
});

describe('a batch', () => {
  it.each<{ name: string; given: number[]; base: number[]; coarse: number[] }>([
    { name: 'of points that the base reaches', given: [60, 30, 0], base: [60, 30, 0], coarse: [] },
    { name: 'with one too old', given: [61, 60, 59, 0], base: [59, 0], coarse: [70, 60] },
    { name: 'of one too old and one at the edge', given: [70, 60], base: [], coarse: [70, 60] },
    { name: 'of points too old for the base', given: [300, 200], base: [], coarse: [300, 200] },
  ])(
    '$name is split by age, but for the oldest that an archive reaches (quirk 12)',
    ({ given, base, coarse }) => {
      for (const handle of [{ late: 'discard' }, { dialect: 'go' }] as const) {
        using database = compressed({ ...handle, xFilesFactor: 1 });
        database.updateMany(aged(...given));
        expect(ages(database, 0)).toEqual(base);
        expect(ages(database, 1)).toEqual(coarse);
      }
    },
  );

  it.each<{ name: string; given: number[]; base: number[]; coarse: number[] }>([
    { name: 'of points that the base reaches', given: [60, 30, 0], base: [60, 30, 0], coarse: [] },
    { name: 'with one too old', given: [61, 60, 59, 0], base: [60, 59, 0], coarse: [70] },
    { name: 'of one too old and one at the edge', given: [70, 60], base: [60], coarse: [70] },
    { name: 'of points too old for the base', given: [300, 200], base: [], coarse: [300, 200] },
    { name: 'that ends at the last edge', given: [700, 600, 590, 60], base: [60], coarse: [600, 590] },
  ])('$name is split by age exactly where late points are inserted', ({ given, base, coarse }) => {
    for (const handle of [{}, { late: 'insert' }, { dialect: 'go', late: 'insert' }] as const) {
      using database = compressed({ ...handle, xFilesFactor: 1 });
      database.updateMany(aged(...given));
      expect(ages(database, 0)).toEqual(base);
      expect(ages(database, 1)).toEqual(coarse);
    }
  });

  it.each([
    { dialect: 'python', coarse: [600, 590, 60] },
    { dialect: 'go', coarse: [590, 60] },
  ] as const)(
    'keeps the oldest one where no archive is left for it; in the go dialect it is lost: $dialect',
    ({ dialect, coarse }) => {
      using database = compressed({ dialect, late: 'discard', xFilesFactor: 1 });
      database.updateMany(aged(700, 600, 590, 60, 0));
      expect([ages(database, 0), ages(database, 1)]).toEqual([[0], coarse]);
    },
  );

  it('tells as dropped what no archive reaches, of which the file knows nothing (quirk 36)', () => {
    using database = compressed();
    const before = compressedInfo(database);
    expect(database.updateMany(aged(900, 800))).toEqual({
      written: 0,
      inserted: 0,
      replaced: 0,
      dropped: 2,
      discarded: 0,
    });
    expect(compressedInfo(database)).toEqual(before);
    expect(database.updateMany(aged(900, 800, 300, 5))).toMatchObject({ dropped: 2, discarded: 0 });
    expect(compressedInfo(database).archives.map(({ discarded }) => discarded)).toEqual([0, 0]);
  });

  it('of a mix file goes to the base alone', () => {
    using mix = compressed({ aggregation: undefined, mix: ['max'] });
    expect(mix.updateMany(aged(100, 30, 0))).toEqual({
      written: 2,
      inserted: 0,
      replaced: 0,
      dropped: 1,
      discarded: 0,
    });
    expect([ages(mix, 0), ages(mix, 1)]).toEqual([[30, 0], []]);
    using go = compressed({ aggregation: undefined, mix: ['max'], dialect: 'go' });
    expect(go.updateMany(aged(100, 30, 0))).toEqual({
      written: 1,
      inserted: 0,
      replaced: 0,
      dropped: 2,
      discarded: 0,
    });
    expect(ages(go, 0)).toEqual([0]);
  });

  it('counts the late points that it has no place for, if they are to be discarded', () => {
    using database = compressed({ late: 'discard' });
    database.updateMany(aged(25, 15, 5));
    expect(database.updateMany(aged(28, 26, 14, 4))).toEqual({
      written: 2,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 2,
    });
    expect(compressedInfo(database).archives.map(({ discarded }) => discarded)).toEqual([2, 0]);
    expect(ages(database, 0)).toEqual([25, 15, 14, 5, 4]);
  });

  it('inserts late points into the blocks, and tells which of them took the place of others', () => {
    using database = compressed();
    database.updateMany(aged(25, 15, 5));
    expect(database.updateMany(aged(28, 26, 14, 4))).toEqual({
      written: 4,
      inserted: 2,
      replaced: 0,
      dropped: 0,
      discarded: 0,
    });
    expect(ages(database, 0)).toEqual([28, 26, 25, 15, 14, 5, 4]);
    const anew = [28, 25, 24, 14, 3].map((age): Pair => [NOW - age, -age]);
    expect(database.updateMany(anew)).toEqual({
      written: 5,
      inserted: 3,
      replaced: 3,
      dropped: 0,
      discarded: 0,
    });
    expect(ages(database, 0)).toEqual([28, 26, 25, 24, 15, 14, 5, 4, 3]);
    expect([...database.points(0).values]).toEqual([-28, 26, -25, -24, 15, -14, 5, 4, -3]);
    expect([...database.points(1).values]).toEqual([-28 + 26 - 25 - 24]);
    expect(compressedInfo(database).archives.map(({ discarded }) => discarded)).toEqual([0, 0]);
  });

  it('has written what it stored, also where a value made of earlier points came too late', () => {
    using database = compressed({ late: 'discard' });
    // The coarse archive has the interval from 40 s ago on already; of the base it leaves the buffer now.
    database.updateMany(aged(40), { retention: 600 });
    database.updateMany(aged(40, 30));
    expect(database.updateMany(aged(20))).toEqual({
      written: 1,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 1,
    });
    expect(ages(database, 0)).toEqual([40, 30, 20]);
    expect([...database.points(1).values]).toEqual([40]);
  });

  it('tells of its own points only, where a value made of earlier points takes the place of another', () => {
    using database = compressed();
    database.updateMany([[NOW - 40, 7]], { retention: 600 });
    database.updateMany(aged(40, 35, 30));
    expect(database.updateMany(aged(20))).toEqual({
      written: 1,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 0,
    });
    expect(ages(database, 0)).toEqual([40, 35, 30, 20]);
    expect([...database.points(1).values]).toEqual([75]);
  });

  it('of nothing writes nothing', () => {
    const file = new RecordingFile(compressed().toBytes());
    const engine = engineOver(file);
    file.takeCalls();
    expect(engine.updateBatch(batch(), STORE)).toEqual({
      written: 0,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 0,
    });
    expect(file.takeCalls().filter((call) => call.startsWith('write'))).toEqual([]);
  });

  it('of nothing mends a checksum that is wrong', () => {
    const bytes = compressed().toBytes();
    bytes[43]! ^= 1;
    const engine = engineOver(new RecordingFile(bytes));
    expect(engine.info().isChecksumRight).toBe(false);
    engine.updateBatch(batch(), STORE);
    expect(engine.info().isChecksumRight).toBe(true);
  });

  it('writes its blocks before the metadata', () => {
    const file = new RecordingFile(compressed({ retentions: '1s:200', pointsPerBlock: 12 }).toBytes());
    const engine = engineOver(file);
    const { archives } = engine.info();
    file.takeCalls();
    engine.updateBatch(batch(...wild(60)), STORE);
    const writes = file.takeCalls().filter((call) => call.startsWith('write'));
    // From the checksum on.
    expect(writes.at(-1)).toMatch(/^write \d+ at 43$/);
    const places = writes.slice(0, -1).map((call) => Number(call.split(' ').at(-1)));
    expect(places.length).toBeGreaterThan(2);
    expect(Math.min(...places)).toBe(archives[0]!.offset);
  });

  it('carries every bit of its values', () => {
    using database = compressed();
    const values = new Float64Array(BigUint64Array.of(0x7ff8_0000_dead_beefn, 0xfff0_0000_0000_0001n).buffer);
    database.updateMany({ timestamps: [NOW - 30, NOW - 29], values });
    database.updateMany(aged(15, 5));
    expect(pointsInBlocks(database, 0).map(([, bits]) => bits)).toEqual([
      '7ff80000deadbeef',
      'fff0000000000001',
    ]);
  });
});

describe('a batch that the blocks have no room for', () => {
  const small = { retentions: '1s:300', pointsPerBlock: 20, pointSize: 2 };

  it('makes the file grow in time, so that none of its points is lost', () => {
    using database = compressed(small);
    expect(database.updateMany(wild(300))).toEqual({
      written: 300,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 0,
    });
    expect([...database.points(0).timestamps]).toEqual(wild(300).map(([timestamp]) => timestamp));
    const { archives, isChecksumRight } = compressedInfo(database);
    expect(archives[0]!.growths).toBeGreaterThan(0);
    expect(isChecksumRight).toBe(true);
  });

  it('is stored as far as they go under the go dialect, and the file grows after that', () => {
    using database = compressed({ ...small, dialect: 'go' });
    expect(database.updateMany(wild(300))).toEqual({
      written: 300,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 0,
    });
    const kept = database.points(0).timestamps;
    expect(kept.length).toBeLessThan(200);
    expect(kept.at(-1)).toBe(NOW);
    expect(compressedInfo(database).archives[0]!.growths).toBe(1);
  });

  it('may overwrite what is too old for the archive anyway', () => {
    using once = compressed({ ...small, retentions: '1s:60' });
    const early = wild(60).map(([timestamp, value]): Pair => [timestamp - 1000, value]);
    once.updateMany(early, { now: NOW - 1000 });
    const { growths } = compressedInfo(once).archives[0]!;
    once.updateMany(wild(60));
    expect(ages(once, 0).filter((age) => age < 60)).toHaveLength(60);
    expect(compressedInfo(once).archives[0]!.growths).toBe(growths);
  });
});

describe('a mix file whose base has damaged blocks', () => {
  it('takes points all the same, and rolls up what can be read', () => {
    using made = compressed({
      retentions: '1s:100,5s:1000s',
      pointsPerBlock: 30,
      aggregation: undefined,
      mix: ['max'],
    });
    for (const pair of wild(100)) made.updateMany([pair], { now: pair[0] });
    const sample = new CompressedBytes(made.toBytes());
    const { index } = sample.header.archives[0]!.current;
    for (let block = 0; block < sample.header.archives[0]!.blockCount; block++) {
      if (block !== index) sample.bytes[sample.blockAt(0, block) + 20]! ^= 1;
    }
    const later = Array.from({ length: 60 }, (_, i) => [NOW + 1 + i, Math.sin(i)] as const);
    for (const dialect of ['python', 'go'] as const) {
      using database = open(sample.bytes, { dialect });
      expect(database.updateMany(later, { now: NOW + 60 })).toEqual({
        written: 60,
        inserted: 0,
        replaced: 0,
        dropped: 0,
        discarded: 0,
      });
    }
  });
});

describe('reading while somebody writes', () => {
  const made = () => compressed({ retentions: '1s:200', pointsPerBlock: 12 });

  /** A file to which something happens between the reading of its metadata and that of its blocks. */
  class Interrupted extends MemoryFile {
    readonly #metadataSize: number;
    readonly #interrupt: () => void;

    constructor(bytes: Uint8Array, interrupt: () => void) {
      super(bytes, 'owned');
      const { header } = new CompressedBytes(bytes);
      this.#metadataSize = planMetadata(header.archives, false).size;
      this.#interrupt = interrupt;
    }

    override readAt(into: Uint8Array, length: number, position: number): number {
      if (position >= this.#metadataSize) this.#interrupt();
      return super.readAt(into, length, position);
    }
  }

  it('is begun anew when the metadata have changed in between', () => {
    using database = made();
    database.updateMany(wild(30));
    const later = Array.from({ length: 400 }, (_, i) => [NOW + 1 + i, 1 / (i + 3)] as const);
    const file: Interrupted = new Interrupted(database.toBytes(), () => {
      if (done++ > 0) return;
      // So much that the block of the first points has had its turn again.
      for (const [timestamp, value] of later) database.updateMany([[timestamp, value]], { now: timestamp });
      const after = database.toBytes();
      file.writeAt(after, after.length, 0);
    });
    let done = 0;
    const found = engineOver(file).points(0);
    expect(done).toBeGreaterThan(1);
    expect([...found.timestamps.subarray(0, found.length)]).toEqual([...database.points(0).timestamps]);
  });

  it('is given up when nothing else changes: that is damage', () => {
    using database = made();
    database.updateMany(wild(30));
    let reads = 0;
    const bytes = database.toBytes();
    bytes[database.info.archives[0]!.offset + 20]! ^= 1;
    const file = new Interrupted(bytes, () => reads++);
    expect(() => engineOver(file).points(0)).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT' }));
    expect(reads).toBe(1);
  });
});

describe('what lies in the file', () => {
  it('is the points of the blocks in the order of these, then every slot of the buffer', () => {
    using database = compressed({ retentions: '1s:60,10s:600s', pointsPerBlock: 12, xFilesFactor: 1 });
    for (const pair of wild(150)) database.updateMany([pair], { now: pair[0] });
    const { timestamps, values } = database.slots(0);
    const inBlocks = database.blocks(0).flatMap(({ points }) => [...points.timestamps]);
    expect([...timestamps].slice(0, inBlocks.length)).toEqual(inBlocks);
    expect(inBlocks).not.toEqual(inBlocks.toSorted((a, b) => a - b));
    // The minute and the ten seconds before now begin together: the newest interval has one point.
    expect([...timestamps].slice(inBlocks.length).toSorted((a, b) => a - b)).toEqual([
      ...Array(9).fill(0),
      ...Array.from({ length: 11 }, (_, i) => NOW - 10 + i),
    ]);
    expect(values).toHaveLength(timestamps.length);
  });

  it('is told block by block', () => {
    using database = compressed({ retentions: '1s:200', pointsPerBlock: 12 });
    database.updateMany(wild(30));
    const blocks = database.blocks(0);
    const { archives } = compressedInfo(database);
    const [{ offset, blockSize, blockCount, ranges, current }] = archives as [(typeof archives)[0]];
    expect(blocks).toHaveLength(blockCount);
    for (const [index, block] of blocks.entries()) {
      const isEmpty = index > 1;
      expect(block).toMatchObject({
        ...(isEmpty ? {} : ranges[index]),
        index,
        offset: offset + index * blockSize,
        size: blockSize,
        isCurrent: index === current.index,
        isEmpty,
      });
      expect(block.computedCrc).toBe(block.crc);
      expect(block).not.toHaveProperty('damage');
      expect(block.points.timestamps).toHaveLength(isEmpty ? 0 : block.count + 1);
    }
    expect(blocks[0]!.usedBytes).toBeGreaterThan(blockSize - 20);
    expect(blocks[2]!.usedBytes).toBe(0);
  });

  it('says of a damaged block what is wrong, and what can be read', () => {
    using database = compressed({ retentions: '1s:200', pointsPerBlock: 12 });
    database.updateMany(wild(30));
    const bytes = database.toBytes();
    const { offset, size, points } = database.blocks(0)[0]!;
    bytes[offset + size - 1]! ^= 1;
    using damaged = open(bytes);
    const [block] = damaged.blocks(0);
    expect(block).toMatchObject({ damage: expect.stringContaining('its CRC is') });
    expect(block!.points).toEqual(points);
    expect(damaged.slots(0).timestamps).toHaveLength(30);
  });

  it('does not take for damage what a stopped writer left in the current block', () => {
    using database = compressed({ retentions: '1s:200', pointsPerBlock: 50 });
    database.updateMany(wild(3));
    const before = database.toBytes();
    database.updateMany(
      Array.from({ length: 9 }, (_, i) => [NOW + 1 + i, i / 3] as const),
      { now: NOW + 9 },
    );
    const mixed = database.toBytes();
    mixed.set(before.subarray(0, compressedInfo(database).metadataSize));
    using stopped = open(mixed);
    expect(stopped.blocks(0)[0]).not.toHaveProperty('damage');
    for (const points of [stopped.points(0), stopped.slots(0), stopped.blocks(0)[0]!.points]) {
      expect([...points.timestamps]).toEqual([NOW - 2, NOW - 1, NOW]);
    }
    stopped.updateMany([[NOW + 30, 1]], { now: NOW + 30 });
    expect(ages(stopped, 0)).toEqual([2, 1, 0, -30]);
  });
});

describe('the settings', () => {
  it('are changed in place, with a checksum that is right (quirk 29)', () => {
    using database = compressed();
    database.updateMany(aged(5));
    const before = Buffer.from(database.toBytes());
    expect(database.setAggregation('max', 0.25)).toBe('sum');
    expect(database.setXFilesFactor(0.75)).toBe(0.25);
    const after = Buffer.from(database.toBytes());
    expect(database.info).toMatchObject({ aggregation: 'max', xFilesFactor: 0.75, isChecksumRight: true });
    const changed = [...before.keys()].filter((at) => before[at] !== after[at]);
    expect(
      changed.every((at) => (at >= 19 && at < 23) || (at >= 27 && at < 31) || (at >= 43 && at < 47)),
    ).toBe(true);
  });

  it('hold from then on', () => {
    using database = compressed();
    database.updateMany(aged(29, 28, 15));
    database.setAggregation('max');
    database.updateMany(aged(5));
    expect(pointsInBlocks(database, 1)).toEqual([[NOW - 30, '403d000000000000']]);
  });

  it('are those that another handle left in the file', () => {
    const file = new MemoryFile(compressed().toBytes(), 'owned');
    const [one, other] = [engineOver(file), engineOver(file)];
    one.changeSettings({ xFilesFactor: 0.125 });
    expect(other.changeSettings({ aggregation: 'min' })).toMatchObject({
      aggregation: 'sum',
      xFilesFactor: 0.125,
    });
    expect(one.info()).toMatchObject({ aggregation: 'min', xFilesFactor: 0.125 });
  });

  it('of a mix file are its xFilesFactor alone', () => {
    using mix = compressed({ aggregation: undefined, mix: ['max', 'p50'], pointsPerBlock: 20 });
    const before = mix.toBytes();
    expect(() => mix.setAggregation('max')).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_AGGREGATION', message: expect.stringContaining('mix file') }),
    );
    expect(Buffer.compare(mix.toBytes(), before)).toBe(0);
    expect(mix.setXFilesFactor(0.25)).toBe(0);
    expect(mix.info).toMatchObject({ aggregation: 'mix', xFilesFactor: 0.25, isChecksumRight: true });
  });

  it.each([
    { method: 'avg_zero', says: 'only standard files have it' },
    { method: 'mix', says: "unknown aggregation method 'mix'" },
    { method: 'p95', says: "unknown aggregation method 'p95'" },
  ])('do not take $method', ({ method, says }) => {
    using database = compressed();
    expect(() => database.setAggregation(method as never)).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_AGGREGATION', message: expect.stringContaining(says) }),
    );
  });
});

describe('the header', () => {
  it('is told as it is by now, whoever wrote it', () => {
    const file = new MemoryFile(compressed().toBytes(), 'owned');
    const [one, other] = [engineOver(file), engineOver(file)];
    expect(other.info().archives[0]!.buffered).toBe(0);
    one.updateBatch(batch(...aged(5, 4)), STORE);
    expect(other.info().archives[0]!.buffered).toBe(2);
    expect(other.points(0).length).toBe(2);
  });

  it('larger than what one read brings is read to its end', () => {
    using large = compressed({ retentions: '1s:10000', pointsPerBlock: 16 });
    large.updateMany(aged(1, 0));
    const file = new RecordingFile(large.toBytes());
    const engine = engineOver(file);
    const { metadataSize } = engine.info();
    expect(metadataSize).toBeGreaterThan(8000);
    expect(engine.points(0).length).toBe(2);
    file.takeCalls();
    engine.info();
    // Its size is known by now.
    expect(file.takeCalls()).toEqual([`read ${metadataSize} at 0`]);
  });
});

it('stores in the layout there is where the system refuses growth, and grows later', () => {
  using made = compressed({ retentions: '1s:300', pointsPerBlock: 20, pointSize: 2 });
  const file = new MemoryFile(made.toBytes(), 'owned');
  let isFull = true;
  const engine = new CompressedEngine(
    file,
    { dialect: 'python', isCutOff: false, isLenient: false, isExclusive: false, insertsLate: true },
    (bytes) => {
      if (isFull) throw new WhisperError('WSP_SYSTEM', { found: 'the disk is full' });
      return new MemoryFile(bytes, 'owned');
    },
  );
  expect(engine.updateBatch(batch(...wild(50)), STORE).written).toBe(50);
  expect(engine.file).toBe(file);
  // More would go where these still have to be.
  const before = Uint8Array.from(file.bytes);
  const more = wild(100).map(([timestamp, value]) => [timestamp + 100, value] as const);
  expect(() => engine.updateBatch(batch(...more), { ...STORE, now: NOW + 100 })).toThrow(/the disk is full/);
  expect(file.bytes).toEqual(before);
  expect(engine.info().archives[0]!.growths).toBe(0);
  isFull = false;
  engine.updateBatch(batch(), STORE);
  expect(engine.info().archives[0]!.growths).toBe(1);
  expect(engine.file).not.toBe(file);
});

/** A file that another writer changes between two reads. */
class ChangingFile extends MemoryFile {
  /** Done once, after the next read. */
  change: (() => void) | undefined;

  override readAt(into: Uint8Array, length: number, position: number): number {
    const read = super.readAt(into, length, position);
    const { change } = this;
    this.change = undefined;
    change?.();
    return read;
  }
}

describe('metadata of more than one read', () => {
  const long = { retentions: '1s:1200,10m:1d' };

  it('belong together, whoever writes between the reads', () => {
    const made = compressed(long);
    const file = new ChangingFile(made.toBytes(), 'owned');
    const other = engineOver(file);
    file.change = () => other.updateBatch(batch(...wild(3000)), STORE);
    const engine = engineOver(file);
    const { ranges, current } = engine.info().archives[0]!;
    expect(current.count).toBeGreaterThan(0);
    expect(ranges[current.index]!.end).toBe(current.latest.timestamp);
    // Each block is what its range says.
    expect(engine.blocks(0).filter(({ damage }) => damage !== undefined)).toEqual([]);
  });
});
