/** Handles without a lock beside a writer: what they see, and what they wait for. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { create, type Database, open } from '../../src/index.js';
import { CompressedBytes, SAMPLE_NOW as NOW } from '../support/compressed-samples.js';
import { through } from '../support/crash-system.js';
import { compressedWithRoom, leaveJournal, livingWriter, replacementsFor } from '../support/journals.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.mock('node:fs', async (original) => {
  const { layeredFs } = await import('../support/crash-system.js');
  return layeredFs(await original());
});

const inFolder = temporaryFolder();
const clock = () => NOW + 60;

const BEFORE = compressedWithRoom();
const { metadataSize } = new CompressedBytes(BEFORE);

/** Behind the headers, within the block ranges of the base. */
const TORN_AT = 63 + 2 * 128 + 20;

function changed(work: (database: Database) => unknown): Uint8Array {
  using database = open(BEFORE, { clock });
  work(database);
  return database.toBytes();
}

/** A minute more: points go to blocks and out of the buffer. */
const AFTER = changed((database) => {
  for (let i = 1; i <= 60; i++) database.update((i * 3) % 7, NOW + i);
});
/** A block of the middle is written anew. */
const REWRITTEN = changed((database) => database.update(5, NOW - 101));

function seen(database: Database): string {
  const { timestamps, values } = database.points(0);
  return JSON.stringify([[...timestamps], [...values], database.fetch(NOW - 90)?.values]);
}

function seenOf(bytes: Uint8Array): string {
  using database = open(bytes, { clock });
  return seen(database);
}

/** Some bytes of the one file and the rest of the other. */
function mixed(first: Uint8Array, from: number, second: Uint8Array): Uint8Array {
  const bytes = first.slice();
  bytes.set(second.subarray(from), from);
  return bytes;
}

function put(bytes: Uint8Array): string {
  const path = inFolder('a.wsp');
  writeFileSync(path, bytes);
  return path;
}

/** Reads while the writer completes its call in the pause after so many looks at the file. */
function readMeanwhile<T>(path: string, completed: Uint8Array, work: () => T, looks = 1): T {
  let left = looks;
  return through(({ name, args, proceed }) => {
    // How long ago the file was written to is asked before each pause.
    if (name === 'stat' && args[0] === path && args.length === 1 && --left === 0) {
      through(undefined, () => writeFileSync(path, completed, { flag: 'r+' }));
    }
    return proceed();
  }, work);
}

describe('a reader that comes within the write of the metadata', () => {
  const torn = mixed(AFTER, TORN_AT, BEFORE.subarray(0, metadataSize));
  torn.set(AFTER.subarray(metadataSize), metadataSize);

  it('waits for the rest of it, whether it opens the file then or has it open', () => {
    expect(() => seenOf(torn)).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT' }));
    for (const looks of [1, 2, 3]) {
      const path = put(BEFORE);
      using database = open(path, { clock });
      expect(seen(database)).toBe(seenOf(BEFORE));
      put(torn);
      expect(readMeanwhile(path, AFTER, () => seen(database), looks)).toBe(seenOf(AFTER));
      put(torn);
      using opened = readMeanwhile(path, AFTER, () => open(path, { clock }), looks);
      expect(seen(opened)).toBe(seenOf(AFTER));
    }
  });

  it('waits as well if what it reads are no metadata at all', () => {
    const path = put(AFTER);
    using database = open(path, { clock });
    put(AFTER.slice().fill(0xff, 63, 300));
    expect(readMeanwhile(path, AFTER, () => seen(database), 2)).toBe(seenOf(AFTER));
  });

  it('takes a checksum that stays wrong for a stale one, as go-whisper leaves it, and waits no longer than it must', () => {
    const stale = BEFORE.slice();
    stale[43]! ^= 1;
    const path = put(stale);
    using database = open(path, { clock });
    expect(seen(database)).toBe(seenOf(BEFORE));
    // And an update mends it.
    database.update(1, NOW + 60);
    using reader = open(path, { clock });
    expect((reader.info as { isChecksumRight: boolean }).isChecksumRight).toBe(true);
  });

  it('does not wait at all where the file rests, nor in memory, nor where nobody else writes', () => {
    const stale = BEFORE.slice();
    stale[43]! ^= 1;
    const path = put(stale);
    const wait = vi.spyOn(Atomics, 'wait');
    try {
      open(stale, { clock }).close();
      open(path, { clock, exclusive: true }).close();
      expect(wait).not.toHaveBeenCalled();
      open(path, { clock }).close();
      expect(wait).toHaveBeenCalled();
      wait.mockClear();
      const fs = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 10_000);
      open(path, { clock }).close();
      fs.mockRestore();
      expect(wait).not.toHaveBeenCalled();
    } finally {
      wait.mockRestore();
    }
  });

  it('sees what its writer is about to write, through the journal that is there', () => {
    const path = put(BEFORE);
    using database = open(path, { clock });
    const journal = leaveJournal(path, replacementsFor(BEFORE, AFTER), { writer: livingWriter() });
    put(torn);
    expect(seen(database)).toBe(seenOf(AFTER));
    using opened = open(path, { clock });
    expect(seen(opened)).toBe(seenOf(AFTER));
    // Nothing was written by that, and nothing is kept of it.
    expect(Buffer.compare(readFileSync(path), torn)).toBe(0);
    expect(existsSync(journal)).toBe(true);
    rmSync(journal);
    put(BEFORE);
    opened.update(6, NOW + 1);
    expect(
      Buffer.compare(
        readFileSync(path),
        changed((other) => other.update(6, NOW + 1)),
      ),
    ).toBe(0);
    put(BEFORE);
    for (const reader of [database, opened]) expect(seen(reader)).toBe(seenOf(BEFORE));
    put(AFTER);
    database.update(3, NOW + 61, { now: NOW + 61 });
    const expected = changed((other) => {
      for (let i = 1; i <= 60; i++) other.update((i * 3) % 7, NOW + i);
      other.update(3, NOW + 61, { now: NOW + 61 });
    });
    expect(Buffer.compare(readFileSync(path), expected)).toBe(0);
  });
});

describe('a writer that comes within the call of another', () => {
  it('builds on what that leaves, not on torn metadata', () => {
    const path = put(BEFORE);
    using database = open(path, { clock });
    seen(database);
    put(mixed(AFTER, TORN_AT, BEFORE));
    readMeanwhile(path, AFTER, () => database.update(3, NOW + 61, { now: NOW + 61 }), 2);
    const expected = changed((other) => {
      for (let i = 1; i <= 60; i++) other.update((i * 3) % 7, NOW + i);
      other.update(3, NOW + 61, { now: NOW + 61 });
    });
    expect(Buffer.compare(readFileSync(path), expected)).toBe(0);
  });

  it('is refused while that one’s journal says that it is at work', () => {
    const path = put(BEFORE);
    using database = open(path, { clock });
    const torn = mixed(AFTER, TORN_AT, BEFORE);
    leaveJournal(path, replacementsFor(BEFORE, AFTER), { writer: livingWriter() });
    put(torn);
    expect(() => database.update(3, NOW + 60)).toThrow(
      expect.objectContaining({ code: 'WSP_JOURNAL', path }),
    );
    expect(Buffer.compare(readFileSync(path), torn)).toBe(0);
  });

  it('is refused if the other has written between its reading and its journal', () => {
    const path = put(BEFORE);
    using database = open(path, { clock, durable: 'journal' });
    const work = () =>
      through(
        ({ name, args, proceed }) => {
          const result = proceed();
          if (name === 'open' && String(args[0]).endsWith('.journal')) {
            through(undefined, () => writeFileSync(path, AFTER, { flag: 'r+' }));
          }
          return result;
        },
        () => database.update(3, NOW + 60),
      );
    expect(work).toThrow(expect.objectContaining({ code: 'WSP_JOURNAL', path }));
    expect(Buffer.compare(readFileSync(path), AFTER)).toBe(0);
    database.update(4, NOW + 60);
    expect(database.fetch(NOW + 59, NOW + 60)?.values[0]).toBe(4);
  });
});

describe('a reader that comes between a block that is written anew and the metadata', () => {
  const between = mixed(BEFORE, metadataSize, REWRITTEN);

  it('waits for the metadata', () => {
    expect(() => seenOf(between)).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT' }));
    for (const looks of [1, 3]) {
      const path = put(BEFORE);
      using database = open(path, { clock });
      put(between);
      expect(readMeanwhile(path, REWRITTEN, () => seen(database), looks)).toBe(seenOf(REWRITTEN));
      put(between);
      using another = open(path, { clock });
      const blocks = readMeanwhile(path, REWRITTEN, () => another.blocks(0), looks);
      expect(blocks.some(({ damage }) => damage !== undefined)).toBe(false);
    }
  });

  it('reads through the journal that is there', () => {
    const path = put(BEFORE);
    const journal = leaveJournal(path, replacementsFor(BEFORE, REWRITTEN), { writer: livingWriter() });
    put(between);
    using database = open(path, { clock });
    expect(seen(database)).toBe(seenOf(REWRITTEN));
    expect(database.blocks(0).some(({ damage }) => damage !== undefined)).toBe(false);
    expect(Buffer.compare(readFileSync(path), between)).toBe(0);
    // And nothing is kept of it.
    rmSync(journal);
    put(BEFORE);
    expect(seen(database)).toBe(seenOf(BEFORE));
  });

  it('completes the call itself if its writer is gone', () => {
    const path = put(BEFORE);
    using database = open(path, { clock });
    leaveJournal(path, replacementsFor(BEFORE, REWRITTEN));
    put(between);
    expect(seen(database)).toBe(seenOf(REWRITTEN));
    expect(Buffer.compare(readFileSync(path), REWRITTEN)).toBe(0);
  });

  it('calls it damage once the file rests, and tells of it in blocks', () => {
    const path = put(between);
    using database = open(path, { clock });
    expect(() => database.points(0)).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT' }));
    expect(database.blocks(0).filter(({ damage }) => damage !== undefined)).toHaveLength(1);
  });
});

it('a file that was made just now needs no waiting', () => {
  const wait = vi.spyOn(Atomics, 'wait');
  using database = create(inFolder('b.wsp'), { retentions: '1s:1m', format: 'compressed', clock });
  database.update(1);
  expect(wait).not.toHaveBeenCalled();
  wait.mockRestore();
});
