import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { type CreateOptions, create, type Database, open, resize } from '../../src/index.js';
import { compiledPrograms, type Program } from '../support/processes.js';
import { canLockWithPython, type PythonJob, pythonPrograms, withoutLocks } from '../support/python-locks.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { valueAt } from './programs/story.js';
import type { Found, WaiterWork } from './programs/waiter.js';

vi.setConfig({ testTimeout: 60_000 });

const NOW = 1_700_000_000;
const STANDARD = { retentions: '1s:1h,10s:4h', xFilesFactor: 0 } as const;
const COMPRESSED = { ...STANDARD, format: 'compressed', pointSize: 1, pointsPerBlock: 100 } as const;
const FORMATS = [
  { format: 'standard', options: STANDARD },
  { format: 'compressed', options: COMPRESSED },
] as const;
const MODES = ['shared', 'exclusive'] as const;
const SECOND = 1000;

const inFolder = temporaryFolder();
const startPython = pythonPrograms();
const startProgram = compiledPrograms();
const path = () => inFolder('a.wsp');

function make(options: CreateOptions): void {
  create(path(), options).close();
}

function openLocked(mode: (typeof MODES)[number], lockTimeoutMs = 0): Database {
  return open(path(), { lock: true, lockTimeoutMs, readOnly: mode === 'shared' });
}

function store(database: Database, ...times: number[]): void {
  database.updateMany({ timestamps: times, values: times.map(valueAt) }, { now: NOW });
}

/** The known times of the base; a wrong value fails. */
function timesNow(): number[] {
  using database = open(path(), { readOnly: true });
  const { timestamps, values } = database.points(0, { now: NOW });
  expect([...values]).toEqual([...timestamps].map(valueAt));
  return [...timestamps];
}

/** Returns once so many processes wait for a lock of the file, where the system tells; else they had some time to begin to. */
async function untilSomebodyWaits(count = 1): Promise<void> {
  const waiting = new RegExp(`-> FLOCK .*:${statSync(path()).ino} `, 'g');
  for (let i = 0; i < 1000 && existsSync('/proc/locks'); i++) {
    if ((readFileSync('/proc/locks', 'utf8').match(waiting)?.length ?? 0) >= count) return;
    await pause(5);
  }
}

/** Starts a program that updates through Python Whisper with its LOCK on, and waits for the lock to do so. */
async function waitingPython(time: number): Promise<Program> {
  const python = startPython({ do: 'update', path: path(), time, now: NOW });
  await untilSomebodyWaits();
  return python;
}

/** Starts a program of sotto that opens the file under a lock, and has to wait for it. */
async function waitingSotto(work: Omit<WaiterWork, 'path' | 'now'>, others = 0): Promise<Program> {
  const program = startProgram('waiter', { path: path(), now: NOW, ...work });
  await untilSomebodyWaits(1 + others);
  return program;
}

/** Starts a Python that has locked the file when this returns. */
async function holdingPython(job: PythonJob): Promise<Program> {
  const python = startPython(job);
  expect(await python.answer()).toBe('held');
  return python;
}

if (!canLockWithPython) it.skip(withoutLocks);

describe.runIf(canLockWithPython)('a lock', () => {
  const pairs = MODES.flatMap((held) => MODES.map((asked) => ({ held, asked })));

  it.each(pairs)('held by Python keeps a handle out unless both are shared: $held, $asked', async (pair) => {
    make(STANDARD);
    const python = await holdingPython({ do: 'hold', path: path(), mode: pair.held });
    const attempt = () => openLocked(pair.asked).close();
    if (pair.held === 'shared' && pair.asked === 'shared') attempt();
    else expect(attempt).toThrow(expect.objectContaining({ code: 'WSP_LOCKED', path: path() }));
    python.tell('enough');
    openLocked(pair.asked, 20 * SECOND).close();
  });

  it.each(pairs)('held by a handle keeps Python out unless both are shared: $held, $asked', async (pair) => {
    make(STANDARD);
    const held = openLocked(pair.held);
    const tries = () => startPython({ do: 'try', path: path(), mode: pair.asked }).answer();
    expect(await tries()).toBe(pair.held === 'shared' && pair.asked === 'shared');
    held.close();
    expect(await tries()).toBe(true);
  });

  it('of a handle is waited for by Python Whisper, which then updates what the handle left', async () => {
    make(STANDARD);
    const database = openLocked('exclusive');
    const python = await waitingPython(NOW - 5);
    store(database, NOW - 7, NOW - 6);
    // What is written under the lock is written to a file that nobody else has touched.
    expect(timesNow()).toEqual([NOW - 7, NOW - 6]);
    database.close();
    expect(await python.answer()).toBe('done');
    expect(timesNow()).toEqual([NOW - 7, NOW - 6, NOW - 5]);
  });

  it('of Python Whisper is waited for as long as was asked, and then found with what Python left', async () => {
    make(STANDARD);
    const python = await holdingPython({ do: 'hold update', path: path(), time: NOW - 7, now: NOW });
    expect(() => openLocked('exclusive', 100)).toThrow(
      expect.objectContaining({ code: 'WSP_LOCKED', message: expect.stringContaining('for 100 ms') }),
    );
    const sotto = await waitingSotto({ time: NOW - 6 });
    expect(timesNow()).toEqual([NOW - 7]);
    python.tell('enough');
    expect(await sotto.answer<Found>()).toMatchObject({ times: [NOW - 7], wrong: [] });
    expect(await sotto.answer<Found>()).toMatchObject({ times: [NOW - 7, NOW - 6], wrong: [] });
  });

  it('of readers is shared, and whoever writes waits for the last of them', async () => {
    make(STANDARD);
    const [first, second] = [openLocked('shared'), openLocked('shared')];
    const [python, sotto] = [await waitingPython(NOW - 5), await waitingSotto({ time: NOW - 4 }, 1)];
    first.close();
    expect(timesNow()).toEqual([]);
    expect(second.fetch(NOW - 60, NOW, { now: NOW })!.known).not.toContain(1);
    second.close();
    expect(await python.answer()).toBe('done');
    await sotto.answer();
    await sotto.answer();
    expect(timesNow()).toEqual([NOW - 5, NOW - 4]);
  });
});

describe.runIf(canLockWithPython).each(FORMATS)(
  'whoever has waited for a lock of a $format file',
  ({ format, options }) => {
    it('finds the points that were stored meanwhile, and goes on from them', async () => {
      make(options);
      const holder = openLocked('exclusive');
      const sotto = await waitingSotto({ time: NOW - 3 });
      // In an empty ring the first point says where every other goes.
      store(holder, NOW - 9, NOW - 5);
      holder.close();
      expect(await sotto.answer<Found>()).toMatchObject({ times: [NOW - 9, NOW - 5], wrong: [] });
      expect(await sotto.answer<Found>()).toMatchObject({ times: [NOW - 9, NOW - 5, NOW - 3], wrong: [] });
      expect(timesNow()).toEqual([NOW - 9, NOW - 5, NOW - 3]);
    });

    it('finds the file that has taken its place meanwhile', async () => {
      make(options);
      const holder = openLocked('exclusive');
      const sotto = await waitingSotto({ time: NOW - 3 });
      store(holder, NOW - 9);
      // Under the lock that is held here.
      resize(path(), { retentions: '1s:2h,10s:4h', now: NOW });
      holder.close();
      expect(await sotto.answer<Found>()).toMatchObject({ times: [NOW - 9], retentions: [7200, 14_400] });
      expect(await sotto.answer<Found>()).toMatchObject({ times: [NOW - 9, NOW - 3], wrong: [] });
      expect(timesNow()).toEqual([NOW - 9, NOW - 3]);
      using database = open(path());
      expect(database.format).toBe(format);
      expect(database.info.archives[0]!.retention).toBe(7200);
    });
  },
);

describe.runIf(canLockWithPython)('whoever has waited for a lock of a compressed file', () => {
  it('finds the one that it has grown into meanwhile', async () => {
    make(COMPRESSED);
    const holder = openLocked('exclusive');
    const waiting = [
      await waitingSotto({ time: NOW - 3 }),
      await waitingSotto({ time: NOW - 2 }, 1),
      await waitingSotto({}, 2),
    ];
    const times = Array.from({ length: 1000 }, (_, i) => NOW - 1010 + i);
    for (let i = 0; i < times.length; i += 50) store(holder, ...times.slice(i, i + 50));
    const { info } = holder;
    expect(info.format === 'compressed' && info.archives[0]!.growths).toBeGreaterThan(0);
    holder.close();
    const found = await Promise.all(waiting.map((program) => program.answer<Found>()));
    for (const { times: seen, wrong } of found) {
      expect(wrong).toEqual([]);
      expect(seen.slice(0, times.length)).toEqual(times);
    }
    await Promise.all(waiting.slice(0, 2).map((program) => program.answer<Found>()));
    expect(timesNow()).toEqual([...times, NOW - 3, NOW - 2]);
  });
});
