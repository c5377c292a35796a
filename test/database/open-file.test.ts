import { describe, expect, it } from 'vitest';
import { type FileSettings, openFile, openKnown } from '../../src/database/open-file.js';
import { MemoryFile } from '../../src/file/memory-file.js';
import { create, type Database } from '../../src/index.js';
import { compressedSample, SAMPLE_NOW as NOW } from '../support/compressed-samples.js';
import { compressedInfo } from '../support/recorded-info.js';
import { RecordingFile } from '../support/recording-file.js';

const SETTINGS: FileSettings = {
  dialect: 'python',
  durable: 'none',
  clock: () => NOW,
  lock: undefined,
  isReadOnly: false,
  isExclusive: false,
  late: 'insert',
  force: false,
  strict: false,
};

function opened(bytes: Uint8Array, settings: Partial<FileSettings> = {}): Database {
  return openFile(new MemoryFile(bytes), { ...SETTINGS, ...settings });
}

function standard(): Uint8Array {
  using database = create(null, { retentions: '1s:20' });
  return database.toBytes();
}

describe('the format', () => {
  it.each([
    { name: 'compressed', bytes: compressedSample },
    { name: 'standard', bytes: standard },
  ])('is told by the first bytes: $name', ({ name, bytes }) => {
    for (const strict of [false, true]) {
      using database = opened(bytes(), { strict });
      expect([database.format, database.info.format]).toEqual([name, name]);
    }
  });

  it.each([
    {
      name: 'fewer bytes than the magic has',
      bytes: compressedSample().subarray(0, 17),
      says: 'xFilesFactor',
    },
    {
      name: 'a magic with a letter wrong',
      bytes: compressedSample().fill(0x58, 17, 18),
      says: 'xFilesFactor',
    },
    {
      name: 'the magic alone',
      bytes: compressedSample().subarray(0, 18),
      says: 'a compressed file of 18 bytes',
    },
    { name: 'nothing', bytes: new Uint8Array(0), says: 'an empty file' },
  ])('of $name is refused', ({ bytes, says }) => {
    expect(() => opened(bytes)).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT', message: expect.stringContaining(says) }),
    );
  });
});

describe('opening a standard file', () => {
  it('reads its beginning, once', () => {
    const file = new RecordingFile(standard());
    openFile(file, SETTINGS);
    expect(file.takeCalls()).toEqual(['read 4096 at 0']);
  });

  it('reads nothing of a file that was made just now', () => {
    const bytes = standard();
    const file = new RecordingFile(bytes);
    using database = openKnown(file, SETTINGS, bytes.subarray(0, 28), bytes.length);
    expect(file.takeCalls()).toEqual([]);
    expect(database.info).toEqual(opened(bytes).info);
  });

  it('finds the base interval in what it has read: an update need not ask for it', () => {
    const bytes = standard();
    new DataView(bytes.buffer).setUint32(28, NOW - 5);
    const file = new RecordingFile(bytes);
    using database = openFile(file, SETTINGS);
    file.takeCalls();
    database.update(1);
    expect(file.takeCalls()).toEqual([`write 12 at ${28 + 5 * 12}`]);
  });

  it('does not take what lies behind the beginning for a base interval', () => {
    using made = create(null, { retentions: '1s:400,10s:400', xFilesFactor: 0 });
    made.update(1, NOW - 5, { now: NOW });
    // 4096 bytes end within the first ring: the second begins at byte 4840.
    const file = new RecordingFile(made.toBytes());
    using database = openFile(file, SETTINGS);
    file.takeCalls();
    database.update(2);
    expect(file.takeCalls()).toContain('read 12 at 4840');
  });

  it('keeps nothing of one file for the next', () => {
    const [one, other] = [standard(), standard()];
    new DataView(one.buffer).setUint32(28, NOW - 5);
    new DataView(other.buffer).setUint32(28, NOW - 3);
    const handles = [opened(one), opened(other)];
    for (const database of handles) database.update(1);
    expect(handles.map((database) => database.slots(0).timestamps.indexOf(NOW))).toEqual([5, 3]);
  });
});

describe('a file that was cut off', () => {
  const whole = compressedSample();
  const cut = whole.subarray(0, whole.length - 200);

  it('is refused, and read by force, with a warning', () => {
    expect(() => opened(cut)).toThrow(/a file of \d+ bytes that was cut off; expected \d+.*force reads/);
    using database = opened(cut, { force: true, isReadOnly: true });
    expect(database.info.warnings).toEqual(['the file was cut off 200 bytes before its end']);
    expect(() => database.update(1)).toThrow(
      expect.objectContaining({ code: 'WSP_READ_ONLY', message: expect.stringContaining('a cut-off file') }),
    );
  });

  it('is refused by force too, if its metadata are not all there', () => {
    const { metadataSize } = compressedInfo(opened(whole));
    for (const size of [62, 63, 300, metadataSize - 1]) {
      expect(() => opened(whole.subarray(0, size), { force: true })).toThrow(
        expect.objectContaining({ code: 'WSP_CORRUPT' }),
      );
    }
    using database = opened(whole.subarray(0, metadataSize), { force: true });
    expect(database.points(1).timestamps).toHaveLength(0);
    // What waits in the buffer is a part of the metadata.
    expect(database.points(0).timestamps).toHaveLength(compressedInfo(database).archives[0]!.buffered);
  });

  it('is said to be open for reading only if it is whole', () => {
    using database = opened(whole, { force: true, isReadOnly: true });
    expect(() => database.update(1)).toThrow(/open for reading only; expected a handle that may write/);
  });
});

describe('a damaged block', () => {
  const bytes = compressedSample();
  const [block] = opened(bytes)
    .blocks(0)
    .filter(({ isCurrent }) => !isCurrent);
  bytes[block!.offset + block!.size - 1]! ^= 1;

  it.each([
    { settings: {}, isRead: false },
    { settings: { force: true }, isRead: true },
    { settings: { dialect: 'go' }, isRead: true },
  ] as const)('is read under $settings: $isRead', ({ settings, isRead }) => {
    using database = opened(bytes, settings);
    const read = () => database.points(0).timestamps.length;
    if (isRead) expect(read()).toBe(opened(compressedSample()).points(0).timestamps.length);
    else expect(read).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT' }));
  });
});

describe('a call that changes the file', () => {
  const calls: { name: string; make: (database: Database) => unknown }[] = [
    { name: 'update', make: (database) => database.update(1) },
    { name: 'updateMany', make: (database) => database.updateMany([[NOW, 1]]) },
    { name: 'setXFilesFactor', make: (database) => database.setXFilesFactor(0) },
    { name: 'setAggregation', make: (database) => database.setAggregation('max') },
  ];

  it.each(calls)('returns synced if that was asked for: $name', ({ make }) => {
    for (const bytes of [compressedSample(), standard()]) {
      const file = new RecordingFile(bytes);
      using database = openFile(file, { ...SETTINGS, durable: 'sync' });
      file.takeCalls();
      make(database);
      const made = file.takeCalls().filter((call) => !call.startsWith('read'));
      expect(made.at(-1)).toBe('sync 0 at 0');
      expect(made.at(-2)).toMatch(/^write/);
    }
  });

  it.each(calls)('leaves that to the system otherwise: $name', ({ make }) => {
    const file = new RecordingFile(compressedSample());
    using database = openFile(file, SETTINGS);
    make(database);
    expect(file.takeCalls().filter((call) => call.startsWith('sync'))).toEqual([]);
    database.sync();
    expect(file.takeCalls()).toEqual(['sync 0 at 0']);
  });

  it('reads without a write and without a sync', () => {
    const file = new RecordingFile(compressedSample());
    using database = openFile(file, { ...SETTINGS, durable: 'sync' });
    database.fetch(NOW - 100);
    database.points(0);
    database.slots(1);
    database.blocks(0);
    expect(database.info.format).toBe('compressed');
    expect(file.takeCalls().every((call) => call.startsWith('read'))).toBe(true);
  });
});
