/** Standard files with ranges erased by sotto, read and written on by Python Whisper. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AggregationMethod, create, open } from '../../src/index.js';
import { type History, histories } from '../support/histories.js';
import {
  answerOf,
  hasPythonWhisper,
  type Job,
  pointsOf,
  runPython,
  runSotto,
  withoutPythonWhisper,
} from '../support/python-whisper.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const seed = Number(process.env['SOTTO_SEED'] ?? 20261);
const count = Number(process.env['SOTTO_HISTORIES'] ?? 100);

if (!hasPythonWhisper) it.skip(withoutPythonWhisper);

describe.runIf(hasPythonWhisper)(`${count} histories of seed ${seed}, with erasures`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-interop-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const all = fc.sample(fc.tuple(histories(), fc.nat(), fc.nat()), { seed, numRuns: count });

  /** Does the first half of a history with sotto and erases a part of it; returns how many points went. */
  function prepare(
    { create: { archives, ...settings }, steps }: History,
    at: number,
    length: number,
    path: string,
  ) {
    const retentions = archives.map(([step, points]) => ({ step, points }));
    const { xFilesFactor, aggregation } = settings;
    using database = create(path, {
      retentions,
      xFilesFactor,
      aggregation: aggregation as AggregationMethod,
    });
    const half = steps.slice(0, Math.ceil(steps.length / 2));
    for (const step of half) runSotto(database, step);
    const now = nowOf(half.at(-1)!);
    const [step, points] = archives[0]!;
    const until = now - (at % (2 * step * points));
    return database.erase(until - (length % (3 * step * points)), until, { now }).erased;
  }

  it('are read by Python as by sotto, and written on by it to the same points', () => {
    let erased = 0;
    const jobs: Job[] = [];
    for (const [i, [history, at, length]] of all.entries()) {
      const path = join(folder, `python-${i}.wsp`);
      erased += prepare(history, at, length, path);
      prepare(history, at, length, join(folder, `sotto-${i}.wsp`));
      const { steps, fetches } = history;
      jobs.push({ path, steps: [...fetches, ...steps.slice(Math.ceil(steps.length / 2)), ...fetches] });
    }
    expect(erased).toBeGreaterThan(count);
    const answers = runPython(jobs);
    for (const [i, { path, steps }] of jobs.entries()) {
      using database = open(join(folder, `sotto-${i}.wsp`));
      const name = `history ${i} of seed ${seed}`;
      for (const [k, step] of steps.entries()) {
        const ours = runSotto(database, step);
        const theirs = answers[i]![k]!;
        if (step.do === 'fetch' && 'value' in ours) expect(theirs, `${name}, step ${k}`).toEqual(ours);
      }
      using theirs = open(path);
      expect(pointsOf(database.toBytes()), name).toEqual(pointsOf(theirs.toBytes()));
    }
  });

  it('in the slot that all others are counted from leave every other point in its place', () => {
    const path = join(folder, 'base.wsp');
    const now = 1_700_000_000;
    const points = Array.from({ length: 10 }, (_, i) => [now - 9 + i, i] as const);
    using database = create(path, { retentions: '1s:10' });
    database.updateMany(points, { now });
    // Slot 0 holds the oldest.
    expect(database.erase(now - 10, now - 9, { now }).erased).toBe(1);
    const fetch = { do: 'fetch', from: now - 10, now } as const;
    const update = { do: 'update', timestamp: now - 9, value: 5, now } as const;
    const [outcomes] = runPython([{ path, steps: [fetch, update, fetch] }]);
    const expected = (known: (readonly [number, number])[]) => {
      using other = create(null, { retentions: '1s:10' });
      other.updateMany(known, { now });
      return { value: answerOf(other.fetch(now - 10, now, { now })) };
    };
    expect(outcomes).toEqual([
      expected(points.slice(1)),
      { value: null },
      expected([[now - 9, 5], ...points.slice(1)]),
    ]);
  });
});

function nowOf(step: History['steps'][number]): number {
  return 'now' in step ? step.now : 2 ** 32 - 1;
}
