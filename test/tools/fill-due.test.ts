/** What a compressed target has yet to make of points that it was filled with. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { create, fill, open } from '../../src/index.js';
import {
  FORMATS,
  findingsIn,
  layouts,
  makePast,
  NOW,
  type Past,
  pasts,
  shownIn,
} from '../support/changes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.setConfig({ testTimeout: 60_000 });

const inFolder = temporaryFolder();
const runs = Number(process.env['SOTTO_RUNS'] ?? 60);
const MINUTE = 1_699_999_980;

function make(name: string, options: object = {}): string {
  const path = inFolder(name);
  create(path, { format: 'compressed', retentions: '10s:1h,1m:6h', aggregation: 'sum', ...options }).close();
  return path;
}

/** Stores points of these seconds of the minute, at once. */
function update(path: string, points: readonly (readonly [second: number, value: number])[]): void {
  using database = open(path);
  const now = MINUTE + Math.max(...points.map(([second]) => second));
  database.updateMany(
    points.map(([second, value]) => [MINUTE + second, value] as const),
    { now },
  );
}

function tens(from: number, count: number, value = 10): [number, number][] {
  return Array.from({ length: count }, (_, i) => [from + 10 * i, value]);
}

/** The minutes' values, by seconds. */
function minutesIn(path: string, at: number, archive = 1): [number, number][] {
  using database = open(path, { readOnly: true });
  const now = MINUTE + at;
  const series = database.fetch(MINUTE - 600, now, { now, archive })!;
  return [...series.knownPoints()].map(([timestamp, value]) => [timestamp - MINUTE, value]);
}

describe.each([true, false])('a compressed target with points waiting, rolled up: %s', (rollUp) => {
  it('shows the value of a whole interval that is not over, and keeps it', () => {
    const [source, target] = [make('s.wsp'), make('t.wsp')];
    update(target, tens(0, 2, 1));
    update(source, tens(60, 6));
    fill(source, target, { now: MINUTE + 110, rollUp });
    expect(minutesIn(target, 110)).toEqual([[60, 60]]);
    update(target, [[600, 1]]);
    expect(minutesIn(target, 600)).toEqual([[60, 60]]);
    update(target, [[1200, 1]]);
    expect(minutesIn(target, 1200)).toContainEqual([60, 60]);
  });

  it('completes an interval that was filled in part', () => {
    const [source, target] = [make('s.wsp'), make('t.wsp')];
    update(target, tens(0, 6, 1));
    update(source, tens(60, 3));
    fill(source, target, { now: MINUTE + 80, rollUp });
    expect(minutesIn(target, 80)).toEqual([
      [0, 6],
      [60, 30],
    ]);
    for (const point of tens(90, 12)) update(target, [point]);
    update(target, [[600, 1]]);
    expect(minutesIn(target, 600).slice(0, 3)).toEqual([
      [0, 6],
      [60, 60],
      [120, 60],
    ]);
  });

  it('takes a value that is not over and has no finer points in the source', () => {
    const [source, target] = [make('s.wsp', { retentions: '1m:6h' }), make('t.wsp')];
    update(target, tens(0, 6, 1));
    update(source, [[60, 7]]);
    fill(source, target, { now: MINUTE + 70, rollUp });
    expect(minutesIn(target, 70)).toEqual([
      [0, 6],
      [60, 7],
    ]);
    update(target, [[600, 1]]);
    update(target, [[1200, 1]]);
    expect(minutesIn(target, 1200).slice(0, 2)).toEqual([
      [0, 6],
      [60, 7],
    ]);
  });

  it('loses nothing to a writer that discards what comes too late', () => {
    const [source, target] = [make('s.wsp'), make('t.wsp')];
    update(target, tens(0, 6, 1));
    update(source, tens(60, 6));
    fill(source, target, { now: MINUTE + 110, rollUp });
    {
      using database = open(target, { dialect: 'go' });
      for (const second of [600, 1200, 1800]) {
        database.updateMany([[MINUTE + second, 1]], { now: MINUTE + second });
      }
    }
    expect(minutesIn(target, 1800).slice(0, 2)).toEqual([
      [0, 6],
      [60, 60],
    ]);
  });
});

/** Pairs of files that are no mixes. */
function anyFiles(): fc.Arbitrary<{ source: Past; target: Past; rollUp: boolean }> {
  return fc
    .tuple(layouts(), layouts(), fc.boolean(), fc.constantFrom(...FORMATS), fc.constantFrom(...FORMATS))
    .chain(([one, other, isAlike, from, to]) =>
      fc.record({
        source: pasts(one, from, false),
        target: pasts(isAlike ? one : other, to, false),
        rollUp: fc.boolean(),
      }),
    );
}

/** The archive of the source that an archive of the target is filled from. */
function donorsOf(source: string, target: string): number[] {
  using from = open(source, { readOnly: true });
  using into = open(target, { readOnly: true });
  const { archives, aggregation } = from.info;
  return into.info.archives.map(({ step }) =>
    aggregation === into.info.aggregation ? archives.findLastIndex((archive) => archive.step === step) : -1,
  );
}

describe('filled, whatever the files hold', () => {
  it('shows what either showed, and keeps the coarser values as time goes on', () => {
    fc.assert(
      fc.property(anyFiles(), ({ source, target, rollUp }) => {
        const [from, into] = [inFolder('s.wsp'), inFolder('t.wsp')];
        makePast(from, source);
        makePast(into, target);
        const [offered, present] = [shownIn(from), shownIn(into)];
        const donors = donorsOf(from, into);
        fill(from, into, { now: NOW, rollUp });
        const after = shownIn(into);
        const reaches = retentionsIn(into);
        for (const [index, archive] of after.entries()) {
          const given = [...(offered[donors[index]!]?.keys() ?? [])];
          const times = [...present[index]!.keys(), ...given.filter((time) => time > NOW - reaches[index]!)];
          for (const time of times) expect([index, time, archive.has(time)]).toEqual([index, time, true]);
        }
        expect(findingsIn(into)).toEqual([]);
        // The reach of the coarser archives is far longer.
        for (const wait of [10, 70, 140, 320]) {
          using database = open(into);
          database.updateMany([[NOW + wait, 1]], { now: NOW + wait });
        }
        using database = open(into, { readOnly: true });
        const now = NOW + 320;
        for (const [index, archive] of after.entries()) {
          if (index === 0) continue;
          const series = database.fetch(now - reaches[index]!, now, { now, archive: index })!;
          const left = new Set([...series.knownPoints()].map(([timestamp]) => timestamp));
          for (const time of archive.keys()) {
            if (time >= series.from) expect([index, time, left.has(time)]).toEqual([index, time, true]);
          }
        }
      }),
      { numRuns: runs },
    );
  });
});

const LATE = ['insert', 'discard'] as const;

it.each(LATE)('has the coarser values of the source after an outage, with what is late to %s', (late) => {
  const tens = fc.nat(60).map((count) => 10 * count);
  const outages = fc.record({ begin: tens, length: tens, more: tens, from: tens });
  fc.assert(
    fc.property(outages, fc.boolean(), ({ begin, length, more, from }, rollUp) => {
      const layout = { retentions: '10s:1h,1m:6h,5m:1d', xFilesFactor: 0, overwrite: true };
      const [source, target] = [make('s.wsp', layout), make('t.wsp', layout)];
      const start = MINUTE + from;
      const [lost, back, end] = [start + begin, start + begin + length, start + begin + length + more];
      run(source, start, end, late);
      run(target, start, lost, late);
      run(target, back, end, late);
      const own = shownAt(target, end);
      fill(source, target, { now: end, rollUp });
      for (const path of [source, target]) run(path, end, end + 1200, late);
      const [expected, after] = [shownAt(source, end + 1200), shownAt(target, end + 1200)];
      for (const [index, archive] of expected.entries()) {
        // Of an interval at either end of the outage the target has a value of its own.
        const isOwn = (timestamp: number) => own[index]!.has(timestamp);
        const others = (shown: ReadonlyMap<number, number>) => [...shown].filter(([time]) => !isOwn(time));
        expect([index, others(after[index]!)]).toEqual([index, others(archive)]);
      }
    }),
    { numRuns: runs },
  );
});

/** A value of 1 every ten seconds of the times [from, until), each as it comes. */
function run(path: string, from: number, until: number, late: 'insert' | 'discard'): void {
  using database = open(path, { late });
  for (let now = from; now < until; now += 10) database.updateMany([[now, 1]], { now });
}

function shownAt(path: string, now: number): Map<number, number>[] {
  using database = open(path, { readOnly: true });
  return database.info.archives.map(({ retention }, archive) => {
    return new Map(database.fetch(now - retention, now, { now, archive })!.knownPoints());
  });
}

function retentionsIn(path: string): number[] {
  using database = open(path, { readOnly: true });
  return database.info.archives.map(({ retention }) => retention);
}
