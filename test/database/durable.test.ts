/** What a handle does so that a call outlives a crash, and what it makes of what a crash has left. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { create, type Database, type HandleOptions, open, type Point, updateFiles } from '../../src/index.js';
import { CompressedBytes, SAMPLE_NOW as NOW } from '../support/compressed-samples.js';
import { through } from '../support/crash-system.js';
import { compressedWithRoom, leaveJournal, livingWriter, replacementsFor } from '../support/journals.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.mock('node:fs', async (original) => {
  const { layeredFs } = await import('../support/crash-system.js');
  return layeredFs(await original());
});

const inFolder = temporaryFolder();
const clock = () => NOW;
const hasLock = existsSync('/usr/bin/flock') || existsSync('/bin/flock');

/** The calls that change something, of writes also where: `m` in the metadata, else in a block. */
function recorded(work: () => void, metadataSize = 0): string {
  const told: string[] = [];
  const changing = ['open', 'write', 'fsync', 'fdatasync', 'unlink', 'rename', 'link'];
  let journal: unknown;
  through(({ name, args, proceed }) => {
    const result = proceed();
    if (name === 'open' && String(args[0]).endsWith('.journal')) journal = result;
    const isJournal = args[0] === journal || String(args[0]).endsWith('.journal');
    if (!changing.includes(name)) return result;
    const where = name !== 'write' ? '' : (args[4] as number) < metadataSize ? ' m' : ' b';
    told.push(isJournal ? `${name} journal` : `${name}${where}`);
    return result;
  }, work);
  return told.join(', ');
}

function put(bytes: Uint8Array): string {
  const path = inFolder('a.wsp');
  writeFileSync(path, bytes);
  return path;
}

function standard(): Uint8Array {
  using database = create(null, { retentions: '1s:100,10s:100', xFilesFactor: 0 });
  for (let i = 0; i < 60; i++) database.update(i, NOW - 60 + i, { now: NOW });
  return database.toBytes();
}

const SAMPLES = { standard, compressed: compressedWithRoom };
const FORMATS = ['standard', 'compressed'] as const;

/** Points of the base and what is made of them, as a reader sees them. */
function seen(database: Database): string {
  const series = [0, 1].map((archive) => database.points(archive, { now: NOW + 60 }));
  return JSON.stringify(series.map(({ timestamps, values }) => [[...timestamps], [...values]]));
}

function seenIn(path: string, options: HandleOptions = {}): string {
  using database = open(path, { clock, ...options });
  return seen(database);
}

/** A call, and how many seconds it is from the sample. */
const CALLS: { readonly [name: string]: (database: Database) => unknown } = {
  'one point': (database) => database.update(7, NOW + 3, { now: NOW + 3 }),
  'a batch that fills blocks': (database) => {
    const points = Array.from({ length: 120 }, (_, i): Point => [NOW + 1 + i, Math.cos(i)]);
    return database.updateMany(points, { now: NOW + 120 });
  },
  'late points': (database) =>
    database.updateMany(
      [
        [NOW - 70, 5],
        [NOW - 33, 6],
      ],
      { now: NOW },
    ),
  'another xFilesFactor': (database) => database.setXFilesFactor(0.25),
  'another method': (database) => database.setAggregation('max'),
};

describe('the order of writes of a compressed file', () => {
  const { metadataSize } = new CompressedBytes(compressedWithRoom());

  it.each([
    { call: 'one point', durable: 'none', order: 'write m' },
    { call: 'one point', durable: 'sync', order: 'write m, write m, fdatasync' },
    { call: 'a batch that fills blocks', durable: 'none', order: 'write m, write b ×, write m' },
    {
      call: 'a batch that fills blocks',
      durable: 'sync',
      order:
        'open journal, write journal, fsync journal, open, fsync, write b ×, write m, fdatasync, unlink journal, fdatasync',
    },
    {
      call: 'late points',
      durable: 'none',
      order: 'open journal, write journal, write b ×, write m, unlink journal',
    },
    {
      call: 'late points',
      durable: 'sync',
      order:
        'open journal, write journal, fsync journal, open, fsync, write b ×, write m, fdatasync, unlink journal, fdatasync',
    },
    {
      call: 'one point',
      durable: 'journal',
      order: 'open journal, write journal, fsync journal, open, fsync, write m, fdatasync, unlink journal',
    },
    {
      call: 'another method',
      durable: 'journal',
      order: 'open journal, write journal, fsync journal, open, fsync, write m, fdatasync, unlink journal',
    },
    { call: 'another method', durable: 'none', order: 'write m' },
  ] as const)('$call, durable $durable', ({ call, durable, order }) => {
    using database = open(put(compressedWithRoom()), { clock, durable });
    const calls = recorded(() => CALLS[call]!(database), metadataSize).replace(
      /write b(, write b)*/g,
      'write b ×',
    );
    expect(calls).toBe(order);
  });

  it('tells that blocks are empty before it begins them anew, and of nothing else', () => {
    const path = put(compressedWithRoom());
    const before = new CompressedBytes(readFileSync(path));
    const states: CompressedBytes[] = [];
    using database = open(path, { clock });
    through(
      ({ name, proceed }) => {
        const result = proceed();
        if (name === 'write') states.push(new CompressedBytes(readFileSync(path)));
        return result;
      },
      () => CALLS['a batch that fills blocks']!(database),
    );
    const [first] = states;
    const ranges = ({ view, header }: CompressedBytes, of: CompressedBytes) =>
      Array.from({ length: header.archives[0]!.blockCount }, (_, i) => view.getUint32(of.rangeAt(0, i)));
    const emptied = ranges(first!, first!)
      .map((start, i) => (start === 0 ? i : -1))
      .filter((i) => i >= 0);
    const after = states.at(-1)!;
    const restarted = ranges(before, before)
      .map((start, i) => (start !== 0 && start !== ranges(after, after)[i] ? i : -1))
      .filter((i) => i >= 0);
    expect(restarted.length).toBeGreaterThan(0);
    expect(emptied).toEqual(restarted);
    // All other points are seen in that state, and the checksum is right.
    using reader = open(first!.bytes, { clock });
    expect((reader.info as { isChecksumRight: boolean }).isChecksumRight).toBe(true);
    const left = reader.points(0).timestamps;
    const lost = restarted.map((i) => before.view.getUint32(before.rangeAt(0, i) + 4));
    using whole = open(before.bytes, { clock });
    const expected = whole.points(0).timestamps.filter((time) => time > Math.max(...lost));
    expect([...left]).toEqual([...expected]);
  });

  it('sees an archive as empty while its whole ring is begun anew in one call', () => {
    const layout = {
      retentions: '1s:100,10s:1000',
      format: 'compressed',
      pointsPerBlock: 20,
      pointSize: 14,
    } as const;
    const path = inFolder('a.wsp');
    // Go's reading overwrites what it must; otherwise the file would grow.
    using database = create(path, { ...layout, clock, dialect: 'go' });
    const batch = (start: number, count: number): Point[] =>
      Array.from({ length: count }, (_, i) => [NOW + start + i, (i * 7) % 11]);
    database.updateMany(batch(0, 100), { now: NOW + 99 });
    const states: Uint8Array[] = [];
    through(
      ({ name, proceed }) => {
        const result = proceed();
        if (name === 'write') states.push(readFileSync(path));
        return result;
      },
      () => database.updateMany(batch(1000, 3000), { now: NOW + 1000, retention: 100 }),
    );
    expect(states.length).toBeGreaterThan(2);
    for (const bytes of states.slice(0, -1)) {
      using reader = open(bytes, { clock });
      expect(reader.blocks(0).every(({ isEmpty }) => isEmpty)).toBe(true);
      // Who opens it then can store in it, and reads what was stored.
      reader.updateMany(batch(5000, 40), { now: NOW + 5040 });
      expect(reader.points(0).timestamps.length).toBeGreaterThan(20);
      expect(reader.blocks(0).some(({ damage }) => damage !== undefined)).toBe(false);
    }
  });

  it('writes metadata that lie across two pages through a journal, so that no killed process leaves half of them', () => {
    const layout = {
      retentions: '1s:20m,1m:2h',
      format: 'compressed',
      pointsPerBlock: 4,
      pointSize: 14,
    } as const;
    using database = create(inFolder('a.wsp'), { ...layout, clock });
    const batch = Array.from({ length: 1100 }, (_, i): Point => [NOW + i, i]);
    const calls = recorded(() => database.updateMany(batch, { now: NOW + 1100 }), 6656);
    expect(calls).toMatch(/write b, open journal, write journal, write m, unlink journal$/);
  });
});

describe.each(FORMATS)('a %s file that a call was interrupted on', (format) => {
  const before = SAMPLES[format]();
  const after = (() => {
    using database = open(before, { clock });
    CALLS['late points']!(database);
    return database.toBytes();
  })();
  const changes = replacementsFor(before, after);

  /** A crash after the first of the writes in place. */
  function interrupted(): string {
    const path = put(before);
    leaveJournal(path, changes);
    const [[position, bytes]] = changes as [[number, Uint8Array]];
    const half = before.slice();
    half.set(bytes, position);
    writeFileSync(path, half);
    return path;
  }

  const opened = (bytes: Uint8Array) => {
    using database = open(bytes, { clock });
    return seen(database);
  };

  it.each([
    { name: 'to write', options: {} },
    { name: 'to read', options: { readOnly: true } },
    { name: 'under a lock', options: { lock: true } },
    { name: 'for nobody else', options: { exclusive: true } },
  ])('is completed as it is opened $name', ({ options }) => {
    const path = interrupted();
    expect(seenIn(path, options)).toBe(opened(after));
    expect(existsSync(`${path}.journal`)).toBe(false);
    expect(Buffer.compare(readFileSync(path), after)).toBe(0);
  });

  it.skipIf(!hasLock)(
    'is completed by whoever holds the lock of all writers, whether its own seems alive or not',
    () => {
      const path = put(before);
      leaveJournal(path, changes, { writer: livingWriter() });
      expect(seenIn(path, { lock: true })).toBe(opened(after));
      expect(existsSync(`${path}.journal`)).toBe(false);
    },
  );

  it('is completed before an update of many files', () => {
    const path = interrupted();
    const { failures } = updateFiles([[path, []]], { now: NOW });
    expect(failures).toEqual([]);
    expect(seenIn(path)).toBe(opened(after));
  });

  it('is read as it is by force', () => {
    const path = interrupted();
    const found = readFileSync(path);
    open(path, { force: true }).close();
    expect(existsSync(`${path}.journal`)).toBe(true);
    expect(Buffer.compare(readFileSync(path), found)).toBe(0);
  });

  it('is refused if it cannot be completed, and so says the error', () => {
    const path = interrupted();
    const work = () =>
      through(
        ({ name, args, proceed }) => {
          const isToWrite = name === 'open' && args[0] === path && ((args[1] as number) & 3) !== 0;
          if (isToWrite) throw Object.assign(new Error('EACCES: no'), { code: 'EACCES' });
          return proceed();
        },
        () => open(path, { readOnly: true }),
      );
    expect(work).toThrow(expect.objectContaining({ code: 'WSP_JOURNAL', fault: 'system', path }));
  });

  it('is left to its writer while that is at work', () => {
    const path = put(before);
    leaveJournal(path, changes, { writer: livingWriter() });
    expect(seenIn(path)).toBe(opened(before));
    expect(existsSync(`${path}.journal`)).toBe(true);
    expect(Buffer.compare(readFileSync(path), before)).toBe(0);
  });
});

describe.each(FORMATS)('a %s file with durable journal', (format) => {
  it.each(Object.keys(CALLS))('is what it would be without: %s', (call) => {
    const files = (['none', 'sync', 'journal'] as const).map((durable) => {
      using database = open(put(SAMPLES[format]()), { clock, durable });
      CALLS[call]!(database);
      return database.toBytes();
    });
    expect(Buffer.compare(files[1]!, files[0]!)).toBe(0);
    expect(Buffer.compare(files[2]!, files[0]!)).toBe(0);
    expect(existsSync(inFolder('a.wsp.journal'))).toBe(false);
  });

  it('is created, grown and updated among many files so', () => {
    const path = inFolder('a.wsp');
    const layout = {
      retentions: '1s:1h,1m:1d',
      format,
      ...(format === 'compressed' ? { pointSize: 1 } : {}),
    };
    const isSynced = recorded(() => create(path, { ...layout, clock, durable: 'journal' }).close());
    expect(isSynced).toMatch(/fdatasync, link, unlink, open, fsync/);
    const points = Array.from({ length: 1500 }, (_, i): Point => [NOW - i, Math.sqrt(i)]);
    const grown = recorded(() => updateFiles([[path, points]], { now: NOW, durable: 'journal' }));
    expect(grown).toMatch(format === 'compressed' ? /fdatasync, rename, open, fsync/ : /journal.*fdatasync/);
    expect(existsSync(`${path}.journal`)).toBe(false);
    using database = open(path, { clock });
    expect(database.points(0).timestamps).toHaveLength(1500);
  });

  it('is as it was before a call that the system refused half-way, for this handle and for others', () => {
    for (const call of Object.keys(CALLS)) {
      for (let writes = 0, isDone = false; !isDone; writes++) {
        const path = put(SAMPLES[format]());
        const before = seenIn(path);
        using database = open(path, { clock, durable: 'journal' });
        let left = writes;
        isDone = true;
        const work = () =>
          through(
            ({ name, proceed }) => {
              if (name !== 'write' || left-- !== 0) return proceed();
              isDone = false;
              throw Object.assign(new Error('ENOSPC: no room'), { code: 'ENOSPC' });
            },
            () => CALLS[call]!(database),
          );
        if (writes === 0) expect(work).toThrow(expect.objectContaining({ code: 'WSP_SYSTEM' }));
        else {
          try {
            work();
          } catch (error) {
            expect(error).toMatchObject({ code: 'WSP_SYSTEM' });
          }
        }
        if (isDone) break;
        expect(Buffer.compare(readFileSync(path), SAMPLES[format]()), `${call}, write ${writes}`).toBe(0);
        expect(seen(database)).toBe(before);
        CALLS[call]!(database);
        using other = open(path, { clock });
        expect(seen(database)).toBe(seen(other));
      }
    }
  });

  it('goes on from a call that could not be taken back either', () => {
    const path = put(SAMPLES[format]());
    using database = open(path, { clock, durable: 'journal' });
    let writes = 0;
    const work = () =>
      through(
        ({ name, proceed }) => {
          if (name === 'write' && ++writes > 2)
            throw Object.assign(new Error('EIO: broken'), { code: 'EIO' });
          return proceed();
        },
        () => CALLS['a batch that fills blocks']!(database),
      );
    expect(work).toThrow(expect.objectContaining({ code: 'WSP_SYSTEM' }));
    expect(existsSync(`${path}.journal`)).toBe(true);
    // Its coarser value is made of points of the interrupted call, too.
    database.updateMany([[NOW + 125, 1]], { now: NOW + 125 });
    expect(existsSync(`${path}.journal`)).toBe(false);
    using expected = open(SAMPLES[format](), { clock });
    CALLS['a batch that fills blocks']!(expected);
    expected.updateMany([[NOW + 125, 1]], { now: NOW + 125 });
    expect(seen(database)).toBe(seen(expected));
  });
});

it('the first point of an empty ring that was refused leaves the ring empty to the handle as well', () => {
  const path = inFolder('a.wsp');
  using database = create(path, { retentions: '1s:100', clock, durable: 'journal' });
  const work = () =>
    through(
      ({ name, proceed }) => {
        if (name === 'write') throw Object.assign(new Error('ENOSPC: no room'), { code: 'ENOSPC' });
        return proceed();
      },
      () => database.update(1, NOW - 50),
    );
  expect(work).toThrow(expect.objectContaining({ code: 'WSP_SYSTEM' }));
  database.update(2, NOW - 20);
  using other = open(path, { clock });
  expect([...other.points(0).timestamps]).toEqual([NOW - 20]);
  expect(other.fetch(NOW - 21, NOW - 20)?.values[0]).toBe(2);
});
