import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DiskFile } from '../../src/file/disk-file.js';
import { identityOf } from '../../src/file/journal-file.js';
import { MemoryFile } from '../../src/file/memory-file.js';
import { changesUnderWay, settleJournal } from '../../src/file/settle-journal.js';
import { presentWriter } from '../../src/file/writer.js';
import { deadWriter, journalOf, leaveJournal, livingWriter } from '../support/journals.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();
const SIZE = 6000;

/** A file of ones, and what a call was about to write into it. */
function interrupted(): { path: string; journal: string } {
  const path = inFolder('a.wsp');
  writeFileSync(path, new Uint8Array(SIZE).fill(1));
  return { path, journal: `${path}.journal` };
}

const CHANGES = [
  [43, new Uint8Array(20).fill(2)],
  [1000, new Uint8Array(3000).fill(3)],
] as const;

function completed(bytes = new Uint8Array(SIZE).fill(1)): Uint8Array {
  for (const [position, change] of CHANGES) bytes.set(change, position);
  return bytes;
}

function settle(path: string, isAlone?: boolean) {
  const file = DiskFile.open(path, 'read');
  try {
    return settleJournal(file, isAlone);
  } finally {
    file.close();
  }
}

function expectFile(path: string, bytes: Uint8Array): void {
  expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
}

it('leaves a file of that name alone that is no journal', () => {
  const { path, journal } = interrupted();
  writeFileSync(journal, 'sotto: what I have noted of these metrics');
  expect(settle(path)).toBe('none');
  expect(readFileSync(journal, 'utf8')).toContain('noted');
});

describe('the journal of a call that was interrupted', () => {
  it.each([
    { name: 'before it touched the file', done: (_: Uint8Array) => undefined },
    { name: 'between two of its writes', done: (bytes: Uint8Array) => bytes.set(CHANGES[0][1], 43) },
    { name: 'within a write, at a sector', done: (bytes: Uint8Array) => bytes.fill(3, 1000, 1536) },
    { name: 'when all was written', done: (bytes: Uint8Array<ArrayBuffer>) => void completed(bytes) },
  ])('is applied and removed: $name', ({ done }) => {
    const { path, journal } = interrupted();
    leaveJournal(path, CHANGES);
    const bytes = new Uint8Array(readFileSync(path));
    done(bytes);
    writeFileSync(path, bytes, { flag: 'r+' });
    expect(settle(path)).toBe('settled');
    expectFile(path, completed());
    expect(existsSync(journal)).toBe(false);
    expect(settle(path)).toBe('none');
  });

  it('is removed, and the file left alone, if it was cut off itself: nothing was touched yet', () => {
    const { path, journal } = interrupted();
    const whole = journalOf(path, CHANGES);
    for (const length of [92, 93, 200, whole.length - 1]) {
      writeFileSync(journal, whole.subarray(0, length));
      expect(settle(path)).toBe('settled');
      expectFile(path, new Uint8Array(SIZE).fill(1));
      expect(existsSync(journal)).toBe(false);
    }
  });

  it('is left alone for a moment if not even its header is there, and removed then', () => {
    const { path, journal } = interrupted();
    for (const content of [new Uint8Array(0), new Uint8Array(91), new Uint8Array(500)]) {
      writeFileSync(journal, content);
      expect(settle(path)).toBe('at work');
      expect(existsSync(journal)).toBe(true);
      utimesSync(journal, 1_600_000_000, 1_600_000_000);
      expect(settle(path)).toBe('settled');
      expect(existsSync(journal)).toBe(false);
    }
  });

  it('is not applied where the file has moved on: each sector must be as before the call or as after it', () => {
    for (const [at, value] of [
      [43, 9],
      [62, 9],
      [1000, 2],
      [3999, 9],
    ] as const) {
      const { path, journal } = interrupted();
      leaveJournal(path, CHANGES);
      const bytes = completed();
      bytes[at] = value;
      writeFileSync(path, bytes);
      expect(settle(path)).toBe('settled');
      expectFile(path, bytes);
      expect(existsSync(journal)).toBe(false);
    }
  });

  it('does not mind what was written elsewhere since', () => {
    const { path } = interrupted();
    leaveJournal(path, CHANGES);
    const bytes = new Uint8Array(SIZE).fill(1);
    bytes.fill(8, 100, 900);
    writeFileSync(path, bytes);
    settle(path);
    expectFile(path, completed(bytes.slice()));
  });

  it.each([
    { name: 'inode', other: { inode: 5n } },
    { name: 'size', other: { size: SIZE + 1 } },
    { name: 'birth', other: { birth: 5n } },
    { name: 'device, within one boot', other: { device: 5n } },
  ])('is removed, and the file left alone, if it is of another file: $name', ({ other, name }) => {
    const { path, journal } = interrupted();
    const identity = identityOf(path);
    if (name === 'birth' && identity.birth === 0n) return;
    leaveJournal(path, CHANGES, { identity: { ...identity, ...other } });
    expect(settle(path)).toBe('settled');
    expectFile(path, new Uint8Array(SIZE).fill(1));
    expect(existsSync(journal)).toBe(false);
  });

  it('is applied after another boot, in which devices may have other numbers, and where no birth is told', () => {
    const { path } = interrupted();
    const identity = { ...identityOf(path), device: 5n, birth: 0n };
    const writer = { ...deadWriter(), pid: process.pid, bootId: 'ab'.repeat(16) };
    leaveJournal(path, CHANGES, { identity, writer });
    settle(path);
    expectFile(path, completed());
  });

  it('is not applied to a file that took the place of its own', () => {
    const { path, journal } = interrupted();
    leaveJournal(path, CHANGES);
    writeFileSync(inFolder('b.wsp'), new Uint8Array(SIZE).fill(1));
    renameSync(inFolder('b.wsp'), path);
    settle(path);
    expectFile(path, new Uint8Array(SIZE).fill(1));
    expect(existsSync(journal)).toBe(false);
  });
});

describe('a journal whose writer may be at work', () => {
  it('is left alone, whether it is whole or not', () => {
    const { path, journal } = interrupted();
    const whole = journalOf(path, CHANGES, { writer: livingWriter() });
    for (const bytes of [whole, whole.subarray(0, 100)]) {
      writeFileSync(journal, bytes);
      expect(settle(path)).toBe('at work');
      expectFile(journal, bytes);
      expectFile(path, new Uint8Array(SIZE).fill(1));
    }
  });

  it('is settled by whoever holds the lock of all writers', () => {
    const { path } = interrupted();
    leaveJournal(path, CHANGES, { writer: livingWriter() });
    expect(settle(path, true)).toBe('settled');
    expectFile(path, completed());
  });

  it('tells what is under way, if it is whole and of this file', () => {
    const { path, journal } = interrupted();
    leaveJournal(path, CHANGES, { writer: livingWriter() });
    const look = () => {
      const file = DiskFile.open(path, 'read');
      const changes = changesUnderWay(file);
      file.close();
      return changes?.map(({ position, bytes }) => [position, bytes.length]);
    };
    expect(look()).toEqual([
      [43, 20],
      [1000, 3000],
    ]);
    writeFileSync(journal, readFileSync(journal).subarray(0, 1000));
    expect(look()).toBeUndefined();
    rmSync(journal);
    expect(look()).toBeUndefined();
  });

  it('of this very thread is one that a failed call has left, and is settled', () => {
    const { path } = interrupted();
    leaveJournal(path, CHANGES, { writer: presentWriter() });
    settle(path);
    expectFile(path, completed());
  });
});

describe('where the journal lies', () => {
  it('is beside the file that a symbolic link leads to', () => {
    const { path } = interrupted();
    leaveJournal(path, CHANGES);
    mkdirSync(inFolder('links'));
    symlinkSync(path, inFolder('links/a.wsp'));
    expect(settle(inFolder('links/a.wsp'))).toBe('settled');
    expectFile(path, completed());
  });

  it('is nowhere for a file in memory, and for one that is gone', () => {
    expect(settleJournal(new MemoryFile(new Uint8Array(5)))).toBe('none');
    expect(changesUnderWay(new MemoryFile(new Uint8Array(5)))).toBeUndefined();
    const { path } = interrupted();
    const file = DiskFile.open(path, 'read');
    rmSync(path);
    expect(settleJournal(file)).toBe('none');
    file.close();
  });

  it.each([
    { name: 'a folder', make: (journal: string) => mkdirSync(journal) },
    { name: 'a symbolic link', make: (journal: string) => symlinkSync('/dev/zero', journal) },
    { name: 'a pipe', make: (journal: string) => void spawnSync('mkfifo', [journal]) },
  ])('holds no journal if that is $name', ({ make }) => {
    const { path, journal } = interrupted();
    make(journal);
    expect(settle(path)).toBe('none');
    expect(existsSync(journal)).toBe(true);
  });

  it('holds no journal if that is a symbolic link to one', () => {
    const { path, journal } = interrupted();
    renameSync(leaveJournal(path, CHANGES), inFolder('elsewhere'));
    symlinkSync(inFolder('elsewhere'), journal);
    expect(settle(path)).toBe('none');
    expectFile(path, new Uint8Array(SIZE).fill(1));
  });

  it('is not read beyond what a journal of the file can be', () => {
    const { path, journal } = interrupted();
    writeFileSync(journal, '');
    spawnSync('truncate', ['-s', '8G', journal]);
    utimesSync(journal, 1_600_000_000, 1_600_000_000);
    const before = process.memoryUsage().arrayBuffers;
    expect(settle(path)).toBe('settled');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });
});

describe('two that find the same journal', () => {
  it('do no harm: the slower one finds it gone, or every byte as it shall be', () => {
    const { path, journal } = interrupted();
    leaveJournal(path, CHANGES);
    copyFileSync(journal, inFolder('kept'));
    settle(path);
    // The first has gone on with the file by the time that the other one comes to it.
    writeFileSync(path, new Uint8Array(10).fill(7), { flag: 'r+' });
    linkSync(inFolder('kept'), journal);
    settle(path);
    const expected = completed();
    expected.fill(7, 0, 10);
    expectFile(path, expected);
  });
});
