import { readFileSync, statSync, utimesSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type AggregationMethod, create, open, type TuneOptions, tune } from '../../src/index.js';
import { waitingIntervals } from '../../src/tools/change/waiting.js';
import {
  bytesIn,
  FORMATS,
  findingsIn,
  layouts,
  makePast,
  NOW,
  pasts,
  shownIn,
  storedIn,
} from '../support/changes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.setConfig({ testTimeout: 60_000 });

const inFolder = temporaryFolder();
const runs = Number(process.env['SOTTO_RUNS'] ?? 50);
const floorTo = (timestamp: number, step: number) => timestamp - (timestamp % step);

const METHODS = ['average', 'sum', 'last', 'max', 'min'] as const;
const PLAIN = { average, sum, last, max, min };
function average(values: readonly number[]): number {
  return sum(values) / values.length;
}
function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
function last(values: readonly number[]): number {
  return values.at(-1)!;
}
function max(values: readonly number[]): number {
  return values.reduce((best, value) => (value > best ? value : best));
}
function min(values: readonly number[]): number {
  return values.reduce((best, value) => (value < best ? value : best));
}

/** A past that is no mix, and settings to have. */
function tunings() {
  return fc.record({
    past: layouts().chain((retentions) => pasts(retentions, undefined, false)),
    aggregation: fc.constantFrom(...METHODS),
    xFilesFactor: fc.constantFrom(0, 0.25, 0.5, 1),
    strict: fc.boolean(),
  });
}

function stepsOf(path: string) {
  using database = open(path, { readOnly: true });
  return database.info.archives.map(({ step, retention }) => ({ step, retention }));
}

describe('recomputed, whatever a file holds', () => {
  it('is each coarser value that is stored what its finer points come to, where these reach', () => {
    fc.assert(
      fc.property(tunings(), ({ past, strict, ...settings }) => {
        const path = inFolder('a.wsp');
        makePast(path, past);
        const before = shownIn(path);
        tune(path, { ...settings, recompute: true, strict, now: NOW });
        const [shown, stored, archives] = [shownIn(path), storedIn(path), stepsOf(path)];
        using database = open(path, { readOnly: true });
        const isWaiting = waitingIntervals(database);
        expect(shown[0]).toEqual(before[0]);
        for (const [index, { step }] of archives.entries()) {
          if (index === 0) continue;
          const finer = archives[index - 1]!;
          const oldest = floorTo(NOW - finer.retention, finer.step) + finer.step;
          for (const [timestamp, value] of stored[index]!) {
            if (isWaiting(index, timestamp)) continue;
            if (timestamp < oldest) {
              expect(before[index]!.get(timestamp)).toBe(value);
              continue;
            }
            const known = [...shown[index - 1]!].filter(([time]) => floorTo(time, step) === timestamp);
            const share = known.length / (step / finer.step);
            const isEnough = known.length > 0 && share >= settings.xFilesFactor;
            if (isEnough) expect(value).toBe(PLAIN[settings.aggregation](known.map(([, one]) => one)));
            else {
              expect(strict).toBe(false);
              expect(before[index]!.has(timestamp)).toBe(true);
            }
          }
        }
        expect(findingsIn(path)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('keeps every time that had a stored value, unless it is strict', () => {
    fc.assert(
      fc.property(tunings(), ({ past, strict: _, ...settings }) => {
        const path = inFolder('a.wsp');
        makePast(path, past);
        const before = storedIn(path);
        tune(path, { ...settings, recompute: true, now: NOW });
        const after = shownIn(path);
        for (const [index, archive] of before.entries()) {
          for (const timestamp of archive.keys()) expect(after[index]!.has(timestamp)).toBe(true);
        }
      }),
      { numRuns: runs },
    );
  });

  it('is the same the second time, and a dry run tells the same and writes nothing', () => {
    fc.assert(
      fc.property(tunings(), fc.boolean(), ({ past, ...settings }, isMix) => {
        const path = inFolder('a.wsp');
        makePast(path, isMix ? { ...past, aggregation: 'mix' } : past);
        const { aggregation, ...rest } = settings;
        const options = { ...rest, ...(isMix ? {} : { aggregation }), recompute: true, now: NOW };
        const before = bytesIn(inFolder());
        const dry = tune(path, { ...options, dryRun: true });
        expect(bytesIn(inFolder())).toEqual(before);
        expect(tune(path, options)).toEqual(dry);
        const after = bytesIn(inFolder());
        expect(tune(path, options)).toMatchObject({ isChanged: false });
        expect(bytesIn(inFolder())).toEqual(after);
        expect(findingsIn(path)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });
});

describe.each(FORMATS)('tune a %s file', (format) => {
  function make(options: { aggregation?: AggregationMethod; xFilesFactor?: number } = {}): string {
    using database = create(inFolder('a.wsp'), { retentions: '10s:5m,1m:1h', format, ...options });
    const points = Array.from({ length: 60 }, (_, i) => [NOW - 10 * i, i % 7] as const);
    // One is missing, and with it a minute where all must be known.
    points.splice(12, 1);
    for (const point of points.toReversed()) database.updateMany([point], { now: point[0] });
    return inFolder('a.wsp');
  }

  it('changes the header where it stands, and no value', () => {
    const path = make();
    const before = shownIn(path)[0];
    const { ino } = statSync(path);
    expect(tune(path, { aggregation: 'max', xFilesFactor: 0.1, now: NOW })).toMatchObject({
      former: { aggregation: 'average', xFilesFactor: 0.5 },
      present: { aggregation: 'max', xFilesFactor: Math.fround(0.1) },
      isChanged: true,
    });
    expect(statSync(path).ino).toBe(ino);
    expect(shownIn(path)[0]).toEqual(before);
    expect(tune(path, { xFilesFactor: '0.1', now: NOW })).toMatchObject({ isChanged: false });
    expect(findingsIn(path)).toEqual([]);
  });

  it('in a dry run changes nothing', () => {
    const path = make();
    const before = bytesIn(inFolder());
    expect(tune(path, { aggregation: 'sum', dryRun: true })).toMatchObject({ isChanged: true });
    expect(bytesIn(inFolder())).toEqual(before);
  });

  it('makes values anew, and some that were missing, and keeps those too old for it', () => {
    const path = make({ xFilesFactor: 1 });
    const before = storedIn(path)[1]!;
    const { archives } = tune(path, { aggregation: 'sum', xFilesFactor: 0, recompute: true, now: NOW });
    const after = shownIn(path)[1]!;
    expect(archives[1]!.changed).toBeGreaterThan(0);
    expect(archives[1]!.added).toBeGreaterThan(0);
    expect(after.size).toBeGreaterThan(before.size);
    const reach = NOW - 300;
    for (const [timestamp, value] of before) {
      if (timestamp < reach) expect(after.get(timestamp)).toBe(value);
      else expect(after.get(timestamp)).not.toBe(value);
    }
    expect(findingsIn(path)).toEqual([]);
  });

  it('keeps the old file with backup, and the times of neither are those of the other', () => {
    const path = make();
    utimesSync(path, NOW, NOW);
    const before = readFileSync(path);
    tune(path, { aggregation: 'min', backup: true });
    expect(readFileSync(`${path}.bak`).equals(before)).toBe(true);
    expect(open(path).info.aggregation).toBe('min');
  });

  it.each([
    { name: 'nothing to change', options: {}, code: 'WSP_BAD_OPTION' },
    { name: 'strict alone', options: { aggregation: 'max', strict: true }, code: 'WSP_BAD_OPTION' },
    { name: 'an unknown method', options: { aggregation: 'median' as never }, code: 'WSP_BAD_AGGREGATION' },
    { name: 'a share above 1', options: { xFilesFactor: 2 }, code: 'WSP_BAD_X_FILES_FACTOR' },
    { name: 'an unknown option', options: { xff: 0.5 } as never, code: 'WSP_BAD_OPTION' },
  ] as { name: string; options: TuneOptions; code: string }[])(
    'is refused as it was: $name',
    ({ options, code }) => {
      const path = make();
      const before = bytesIn(inFolder());
      for (const more of [{}, { recompute: true }, { dryRun: true }]) {
        if (code === 'WSP_BAD_OPTION' && 'recompute' in more) continue;
        expect(() => tune(path, { ...options, ...more })).toThrow(expect.objectContaining({ code, path }));
      }
      expect(bytesIn(inFolder())).toEqual(before);
    },
  );
});

it('a mix has its coarser values made anew by their own methods', () => {
  const path = inFolder('a.wsp');
  const layout = { retentions: '10s:20m,1m:1h', format: 'compressed', pointsPerBlock: 30 } as const;
  {
    using database = create(path, { ...layout, aggregation: 'mix', mix: ['max', 'p50'], xFilesFactor: 1 });
    for (let age = 600; age >= 0; age -= 10) {
      if (age % 60 !== 30) database.updateMany([[NOW - age, age % 70]], { now: NOW - age });
    }
  }
  expect(
    storedIn(path)
      .slice(1)
      .map(({ size }) => size),
  ).toEqual([0, 0]);
  expect(() => tune(path, { aggregation: 'max' })).toThrow(
    expect.objectContaining({ code: 'WSP_BAD_AGGREGATION' }),
  );
  tune(path, { xFilesFactor: 0.5, recompute: true, now: NOW });
  expect(findingsIn(path)).toEqual([]);
});
