import { describe, expect, it, vi } from 'vitest';
import { create, type OpenOptions, open, verify } from '../../src/index.js';
import { compiledPrograms } from '../support/processes.js';
import { canLockWithPython, pythonPrograms, withoutLocks } from '../support/python-locks.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import type { LockedResult, LockedWork } from './programs/locked-writer.js';
import { randomOf, valueAt } from './programs/story.js';

/** Seconds that each pair works; a minute by hand. */
const seconds = Number(process.env['SOTTO_SECONDS'] ?? 2);
vi.setConfig({ testTimeout: 60_000 + 2000 * seconds });

/** Time for processes to start, that they begin together. */
const STARTING_MS = 1000;
const RETENTION = 7200;
const COARSE = 10;
const NOW = 1_700_000_000;
const RETENTIONS = `1s:${RETENTION},${COARSE}s:8h`;
const AVERAGE = { retentions: RETENTIONS, xFilesFactor: 0 } as const;

const inFolder = temporaryFolder();
const start = compiledPrograms();
const startPython = pythonPrograms();

/**
 * Every second time of the base's retention, from the beginning or from the one after it; of those a writer stores later, at
 * random, one of four.
 */
function everySecond(first: 0 | 1): number[] {
  const random = randomOf(first);
  const times: number[] = [];
  let later: number[] = [];
  for (let time = NOW - RETENTION + 2 + first; time <= NOW; time += 2) {
    if (random() < 0.25) later.push(time);
    else times.push(time);
    if (later.length < 40) continue;
    times.push(...later);
    later = [];
  }
  return [...times, ...later];
}

/** What two writers store, one of them each; begin and end are moments to come. */
function worksOfTwo(handle: OpenOptions = {}): [LockedWork, LockedWork] {
  const begin = Date.now() + STARTING_MS;
  const work = { path: inFolder('a.wsp'), handle, now: NOW, begin, end: begin + 1000 * seconds };
  return [
    { ...work, times: everySecond(0) },
    { ...work, times: everySecond(1) },
  ];
}

/** Looks whether the file holds those times and no other, and in the coarser archive what they come to. */
function expectAll(times: readonly number[]): void {
  using database = open(inFolder('a.wsp'), { readOnly: true });
  const base = database.fetch(NOW - RETENTION, NOW, { now: NOW, archive: 0 })!;
  const expected = new Set(times);
  const known = [...base.knownPoints()];
  expect(known.length).toBe(expected.size);
  for (const [time, value] of known) expect([time, value]).toEqual([time, valueAt(time)]);
  const sums = new Map<number, { sum: number; count: number }>();
  for (const [time, value] of known) {
    const interval = time - (time % COARSE);
    const { sum, count } = sums.get(interval) ?? { sum: 0, count: 0 };
    sums.set(interval, { sum: sum + value, count: count + 1 });
  }
  const coarse = new Map(database.fetch(NOW - RETENTION, NOW, { now: NOW, archive: 1 })!.knownPoints());
  // The oldest interval reaches back to before the base.
  for (const [interval, { sum, count }] of [...sums].slice(1)) {
    expect([interval, coarse.get(interval)]).toEqual([interval, sum / count]);
  }
  expect(verify(inFolder('a.wsp'), { deep: true, now: NOW })).toEqual([]);
}

/** The numbers of a longer run are what it is made for. */
function tell(numbers: object): void {
  if (process.env['SOTTO_SECONDS'] !== undefined) process.stdout.write(`${JSON.stringify(numbers)}\n`);
}

if (!canLockWithPython) it.skip(withoutLocks);

describe.runIf(canLockWithPython)('two processes that lock the file for each call', () => {
  it.each([
    { name: 'compressed', options: { format: 'compressed', pointSize: 1 }, handle: {} },
    {
      name: 'compressed, journal',
      options: { format: 'compressed', pointSize: 1 },
      handle: { durable: 'journal' },
    },
    { name: 'standard', options: {}, handle: {} },
  ] as const)('lose nothing of each other: $name', async ({ options, handle }) => {
    create(inFolder('a.wsp'), { ...AVERAGE, ...options }).close();
    const works = worksOfTwo(handle);
    const writers = works.map((work) => start('locked-writer', work));
    const results = await Promise.all(writers.map((writer) => writer.answer<LockedResult>()));
    tell(results);
    expectAll(works.flatMap(({ times }) => times));
    if (!('format' in options)) return;
    using database = open(inFolder('a.wsp'));
    expect(Math.min(...results.map(({ inserted }) => inserted))).toBeGreaterThan(0);
    const { info } = database;
    expect(info.format === 'compressed' && info.archives[0]!.growths).toBeGreaterThan(0);
  });

  it('lose nothing of each other if one is Python Whisper, whose readers see no wrong value', async () => {
    create(inFolder('a.wsp'), AVERAGE).close();
    const path = inFolder('a.wsp');
    const reader = startPython({ do: 'read', path, now: NOW, since: NOW - RETENTION, coarse: COARSE });
    const [mine, { times, begin, end }] = worksOfTwo();
    const python = startPython({ do: 'write', path, times, now: NOW, begin, end });
    const sotto = start('locked-writer', mine);
    const [own, other] = [await sotto.answer<LockedResult>(), await python.answer<{ calls: number }>()];
    reader.tell('stop');
    const read = await reader.answer<{ reads: number; points: number; wrong: string | null }>();
    tell({ own, other, read });
    expect(read.wrong).toBeNull();
    expect(Math.min(read.reads, read.points)).toBeGreaterThan(0);
    expectAll([...mine.times, ...times]);
  });
});
