import * as named from 'node:fs';
import recorded, { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { create, open, type Point, updateFiles } from '../../src/index.js';
import { describeCalls, takeCalls } from '../support/system-calls.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.mock('node:fs', async (original) => {
  const { recordingFs } = await import('../support/system-calls.js');
  return recordingFs(await original());
});

/** The one that nothing records. */
const fs = await vi.importActual<typeof import('node:fs')>('node:fs');
const inFolder = temporaryFolder();
const NOW = 1_700_000_000;

it('sees calls in their order, with the bytes that moved', () => {
  takeCalls();
  named.writeFileSync(inFolder('a'), '12345');
  const fd = named.openSync(inFolder('a'), 'r+');
  const bytes = new Uint8Array(100);
  for (const length of [2, 2, 100]) named.readSync(fd, bytes, 0, length, 0);
  named.writeSync(fd, bytes, 0, 3, 1);
  named.ftruncateSync(fd, 70);
  named.fdatasyncSync(fd);
  named.closeSync(fd);
  expect(() => named.linkSync(inFolder('a'), inFolder('a'))).toThrow('EEXIST');
  recorded.unlinkSync(inFolder('a'));
  expect(describeCalls(takeCalls())).toBe(
    'writeFile 5, open, read 2 ×2, read 5, write 3, ftruncate 70, fdatasync, close, link EEXIST, unlink',
  );
  expect(takeCalls()).toEqual([]);
});

it.each([
  { name: 'promises', call: () => named.promises.readFile('a') },
  { name: 'realpathSync.native', call: () => named.realpathSync.native('a') },
])('lets nothing go past it: $name', ({ name, call }) => {
  expect(call).toThrow(`${name} is called past the recorder`);
});

/** What the system itself counts of this thread so far; undefined where it does not. */
function look():
  | { reads: number; bytesRead: number; writes: number; bytesWritten: number; length: number }
  | undefined {
  try {
    const text = fs.readFileSync('/proc/thread-self/io', 'utf8');
    const count = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(text)![1]);
    return {
      reads: count('syscr'),
      bytesRead: count('rchar'),
      writes: count('syscw'),
      bytesWritten: count('wchar'),
      length: text.length,
    };
  } catch {
    return undefined;
  }
}

/** What the system counts while some work is done. */
function countOf(work: () => void) {
  const before = look()!;
  work();
  const after = look()!;
  return {
    reads: after.reads - before.reads,
    // The first look is counted, but only after it has been told.
    bytesRead: after.bytesRead - before.bytesRead - before.length,
    writes: after.writes - before.writes,
    bytesWritten: after.bytesWritten - before.bytesWritten,
  };
}

function workOnFiles(name: string): void {
  for (const format of ['standard', 'compressed'] as const) {
    const path = inFolder(`${format}-${name}.wsp`);
    using database = create(path, { retentions: '1s:1h,1m:1d', format, sparse: true });
    const points = Array.from({ length: 3000 }, (_, i): Point => [NOW - i, i % 7]);
    database.updateMany(points, { now: NOW });
    database.update(5, NOW, { now: NOW });
    database.fetch(NOW - 600, NOW, { now: NOW });
    database.setXFilesFactor(0.1);
    updateFiles([{ path, points: [[NOW, 1]] }], { now: NOW });
    open(path).close();
  }
}

it.skipIf(look() === undefined)('sees as many reads and writes as the system counts', () => {
  // What is read once in the life of a process is no part of the work.
  workOnFiles('first');
  const looking = countOf(() => {});
  takeCalls();
  const counted = countOf(() => workOnFiles('second'));
  const calls = takeCalls();
  const sumOf = (name: string) => {
    const moved = calls.filter(({ call }) => call === name).map(({ bytes }) => bytes!);
    return { calls: moved.length, bytes: moved.reduce((sum, bytes) => sum + bytes, 0) };
  };
  const [read, written] = [sumOf('read'), sumOf('write')];
  expect(read.calls).toBeGreaterThan(4);
  expect(written.calls).toBeGreaterThan(4);
  expect({ calls: counted.reads - looking.reads, bytes: counted.bytesRead }).toEqual(read);
  // Node wakes its own event loop now and then, by a write of 8 bytes.
  expect(counted.bytesWritten - written.bytes).toBe(8 * (counted.writes - written.calls));
});

it('is asked by all of the engine, which reaches the disk through node:fs alone', () => {
  const harmless = [
    'node:buffer',
    'node:crypto',
    'node:os',
    'node:path',
    'node:url',
    'node:util',
    'node:worker_threads',
    'node:zlib',
  ];
  // flock(2) is taken through a package or a command.
  const lock = 'file/lock.ts';
  const root = fileURLToPath(new URL('../../src/', import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => {
    return file.endsWith('.ts') && !/^(cli|view)\//.test(file) && file !== lock;
  });
  const reaching = files.flatMap((file) => {
    const source = readFileSync(`${root}${file}`, 'utf8');
    const modules = [...source.matchAll(/['"](node:[\w/]+|fs(?:\/promises)?)['"]|process\.binding/g)];
    return modules
      .map(([found, module = found]) => module)
      .filter((module) => module !== 'node:fs' && !harmless.includes(module))
      .map((module) => `${file}: ${module}`);
  });
  expect(reaching).toEqual([]);
  expect(files.length).toBeGreaterThan(50);
});
