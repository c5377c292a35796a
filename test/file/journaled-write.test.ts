import { existsSync, readFileSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { DiskFile } from '../../src/file/disk-file.js';
import type { Span } from '../../src/file/journal.js';
import { type JournaledWriteOptions, writeJournaled } from '../../src/file/journaled-write.js';
import { MemoryFile } from '../../src/file/memory-file.js';
import { settleJournal } from '../../src/file/settle-journal.js';
import { through } from '../support/crash-system.js';
import { leaveJournal, livingWriter } from '../support/journals.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.mock('node:fs', async (original) => {
  const { layeredFs } = await import('../support/crash-system.js');
  return layeredFs(await original());
});

const inFolder = temporaryFolder();
const SIZE = 10_000;
const SPANS: readonly Span[] = [
  { position: 20, bytes: new Uint8Array(30).fill(2) },
  { position: 4000, bytes: new Uint8Array(3000).fill(3) },
  { position: 9999, bytes: Uint8Array.of(4) },
];
const MUST: JournaledWriteOptions = { isSynced: true, need: 'must' };
const UNSYNCED: JournaledWriteOptions = { isSynced: false, need: 'should' };
const WAYS = [
  { name: 'synced', how: MUST },
  { name: 'not synced', how: UNSYNCED },
];

const BEFORE = new Uint8Array(SIZE).fill(1);
const AFTER = BEFORE.slice();
for (const { position, bytes } of SPANS) AFTER.set(bytes, position);

function made(): string {
  const path = inFolder('a.wsp');
  writeFileSync(path, BEFORE);
  return path;
}

function write(path: string, how: JournaledWriteOptions): void {
  const file = DiskFile.open(path, 'write');
  try {
    writeJournaled(file, SPANS, how);
  } finally {
    through(undefined, () => file.close());
  }
}

function stateOf(path: string): 'before' | 'after' | 'between' {
  const bytes = readFileSync(path);
  if (Buffer.compare(bytes, BEFORE) === 0) return 'before';
  return Buffer.compare(bytes, AFTER) === 0 ? 'after' : 'between';
}

/** Settles what is left, and tells the state of the file then; no journal may stay. */
function settled(path: string): 'before' | 'after' | 'between' {
  const file = DiskFile.open(path, 'read');
  settleJournal(file);
  file.close();
  return stateOf(path);
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says`), { code });
}

describe('spans that are written through a journal', () => {
  it.each(WAYS)('are all there, and the journal is gone: $name', ({ how }) => {
    const path = made();
    write(path, how);
    expect(stateOf(path)).toBe('after');
    expect(existsSync(`${path}.journal`)).toBe(false);
  });

  it.each([
    {
      name: 'synced',
      how: MUST,
      order: 'open write fsync open fsync close | write write write fdatasync | unlink close',
    },
    { name: 'not synced', how: UNSYNCED, order: 'open write | write write write | unlink close' },
  ])('come behind the whole journal, and it goes when they are there: $name', ({ how, order }) => {
    const path = made();
    const calls: string[] = [];
    const file = DiskFile.open(path, 'write');
    const changing = ['open', 'write', 'fsync', 'fdatasync', 'unlink', 'close', 'rename', 'ftruncate'];
    through(
      ({ name, proceed }) => {
        if (changing.includes(name)) calls.push(name);
        return proceed();
      },
      () => writeJournaled(file, SPANS, how),
    );
    file.close();
    expect(calls.join(' ')).toBe(order.replaceAll(' |', ''));
  });

  it.each(WAYS)('are all there or none if the process dies at any call: $name', ({ how }) => {
    const states = new Set<string>();
    let isDone = false;
    for (let calls = 0; !isDone; calls++) {
      const path = made();
      let left = calls;
      let isDead = false;
      try {
        through(
          ({ proceed }) => {
            isDead ||= left-- <= 0;
            if (isDead) throw failure('EIO');
            return proceed();
          },
          () => write(path, how),
        );
        isDone = true;
      } catch {
        const found = stateOf(path);
        states.add(found);
        // One without a header may be about to be written, for a moment.
        const journal = `${path}.journal`;
        if (existsSync(journal)) utimesSync(journal, 1_600_000_000, 1_600_000_000);
        const possible = found === 'before' ? ['before', 'after'] : ['after'];
        expect(possible, `dead at call ${calls}`).toContain(settled(path));
        expect(existsSync(journal)).toBe(false);
      }
    }
    expect(settled(inFolder('a.wsp'))).toBe('after');
    expect(states).toContain('between');
    expect(states).toContain('before');
  });

  it.each(WAYS.flatMap((way) => ['ENOSPC', 'EIO'].map((code) => ({ ...way, code }))))(
    'are taken back if the system refuses a single call with $code: $name',
    ({ how, code }) => {
      let refusals = 0;
      for (let calls = 0, isDone = false; !isDone; calls++) {
        const path = made();
        let left = calls;
        isDone = true;
        try {
          through(
            ({ name, proceed }) => {
              // The journal is removed, and closed, on the way out of a refusal as well.
              if (name === 'exists' || left-- !== 0) return proceed();
              isDone = false;
              throw failure(code);
            },
            () => write(path, how),
          );
          expect(stateOf(path)).toBe('after');
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^WSP_/);
          expect(stateOf(path), `call ${calls} refused`).toBe('before');
          refusals++;
        }
        expect(settled(path)).not.toBe('between');
      }
      expect(refusals).toBeGreaterThan(6);
    },
  );

  it('stay in the journal if they cannot be taken back, for the next call to settle', () => {
    const path = made();
    let writes = 0;
    const work = () =>
      through(
        ({ name, proceed }) => {
          // That of the journal, and the first of three.
          if (name === 'write' && ++writes > 2) throw failure('EIO');
          return proceed();
        },
        () => write(path, MUST),
      );
    expect(work).toThrow(expect.objectContaining({ code: 'WSP_SYSTEM', path }));
    expect(stateOf(path)).toBe('between');
    expect(existsSync(`${path}.journal`)).toBe(true);
    expect(settled(path)).toBe('after');
  });

  it('are written as they are to a file in memory, and to one that no path leads to any more', () => {
    const memory = new MemoryFile(BEFORE.slice(), 'owned');
    writeJournaled(memory, SPANS, MUST);
    expect(Buffer.compare(memory.bytes, AFTER)).toBe(0);
    const path = made();
    const file = DiskFile.open(path, 'write');
    renameSync(path, inFolder('b.wsp'));
    writeJournaled(file, SPANS, MUST);
    file.close();
    expect(stateOf(inFolder('b.wsp'))).toBe('after');
  });

  it('have their journal beside the file itself where that is reached by a symbolic link', () => {
    const path = made();
    symlinkSync(path, inFolder('link.wsp'));
    const opened: unknown[] = [];
    through(
      ({ name, args, proceed }) => {
        if (name === 'open') opened.push(args[0]);
        return proceed();
      },
      () => write(inFolder('link.wsp'), UNSYNCED),
    );
    expect(opened).toContain(`${path}.journal`);
    expect(stateOf(path)).toBe('after');
  });

  it('are nothing to do if there are none', () => {
    const path = made();
    const file = DiskFile.open(path, 'write');
    through(
      ({ name }) => expect.unreachable(name),
      () => writeJournaled(file, [], MUST),
    );
    file.close();
  });

  it('are refused if the file ends before them, and nothing is changed', () => {
    const path = made();
    writeFileSync(path, BEFORE.subarray(0, 9999));
    expect(() => write(path, MUST)).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT' }));
    expect(Buffer.compare(readFileSync(path), BEFORE.subarray(0, 9999))).toBe(0);
    expect(existsSync(`${path}.journal`)).toBe(false);
  });
});

describe('where no journal can be made', () => {
  /** Writes with a system that refuses to make or to fill the journal. */
  function refused(path: string, call: 'open' | 'write', code: string, how: JournaledWriteOptions): void {
    let isFirst = true;
    through(
      ({ name, args, proceed }) => {
        const isJournals = call === 'write' ? isFirst : String(args[0]).endsWith('.journal');
        if (name !== call || !isJournals) return proceed();
        isFirst = false;
        throw failure(code);
      },
      () => write(path, how),
    );
  }

  it.each([
    { need: 'must', code: 'EACCES', isWritten: false },
    { need: 'must', code: 'ENOSPC', isWritten: false },
    { need: 'should', code: 'EACCES', isWritten: true },
    { need: 'should', code: 'EROFS', isWritten: true },
    { need: 'should', code: 'ENAMETOOLONG', isWritten: true },
    { need: 'should', code: 'ENOSPC', isWritten: false },
    { need: 'may', code: 'EACCES', isWritten: true },
    { need: 'may', code: 'ENOSPC', isWritten: true },
  ] as const)('for $code, a change that $need have one is made: $isWritten', ({ need, code, isWritten }) => {
    for (const call of ['open', 'write'] as const) {
      const path = made();
      const work = () => refused(path, call, code, { isSynced: false, need });
      if (isWritten) work();
      else expect(work).toThrow(expect.objectContaining({ fault: 'system', path }));
      expect(stateOf(path)).toBe(isWritten ? 'after' : 'before');
      expect(existsSync(`${path}.journal`)).toBe(false);
    }
  });
});

describe('several writers', () => {
  it('wait for the one whose journal is there, and no longer than a second or so', () => {
    for (const need of ['must', 'should', 'may'] as const) {
      const path = made();
      const journal = leaveJournal(path, [[5, Uint8Array.of(7)]], { writer: livingWriter() });
      const work = () => write(path, { isSynced: false, need });
      if (need === 'may') work();
      else expect(work).toThrow(expect.objectContaining({ code: 'WSP_JOURNAL', path }));
      expect(stateOf(path)).toBe(need === 'may' ? 'after' : 'before');
      expect(existsSync(journal)).toBe(true);
      through(undefined, () => writeFileSync(journal, ''));
    }
  }, 20_000);

  it('settle what one before them has left', () => {
    const path = made();
    leaveJournal(path, [[5, Uint8Array.of(7)]]);
    write(path, MUST);
    const expected = AFTER.slice();
    expected[5] = 7;
    expect(Buffer.compare(readFileSync(path), expected)).toBe(0);
  });

  it('change nothing if the file has changed since they read it', () => {
    const path = made();
    for (const need of ['must', 'may'] as const) {
      const how = { isSynced: false, need, isUnchanged: () => false };
      expect(() => write(path, how)).toThrow(expect.objectContaining({ code: 'WSP_JOURNAL' }));
      expect(stateOf(path)).toBe('before');
      expect(existsSync(`${path}.journal`)).toBe(false);
    }
  });
});

describe('a journal that cannot be settled', () => {
  it.each(['EACCES', 'EROFS', 'EPERM'])(
    'for want of rights (%s) is an error that says what to do',
    (code) => {
      const path = made();
      const journal = leaveJournal(path, [[5, Uint8Array.of(7)]]);
      const file = DiskFile.open(path, 'read');
      const settle = () =>
        through(
          ({ name, args, proceed }) => {
            if (name === 'open' && args[0] === path) throw failure(code);
            return proceed();
          },
          () => settleJournal(file),
        );
      expect(settle).toThrow(
        expect.objectContaining({
          code: 'WSP_JOURNAL',
          path,
          message: expect.stringMatching(/interrupted.*cannot be applied.*expected a process that may write/),
        }),
      );
      file.close();
      expect(existsSync(journal)).toBe(true);
      expect(stateOf(path)).toBe('before');
    },
  );

  it('is no error where it tells of nothing to do: a reader may lack the right to remove it', () => {
    const path = made();
    const journal = leaveJournal(path, [[5, Uint8Array.of(7)]]);
    writeFileSync(journal, readFileSync(journal).subarray(0, 100));
    const file = DiskFile.open(path, 'read');
    const outcome = through(
      ({ name, proceed }) => {
        if (name === 'unlink') throw failure('EACCES');
        return proceed();
      },
      () => settleJournal(file),
    );
    file.close();
    expect(outcome).toBe('settled');
    expect(stateOf(path)).toBe('before');
  });
});
