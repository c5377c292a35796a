import { describe, expect, it } from 'vitest';
import { propagate, propagateOne } from '../../src/archive/propagate.js';
import type { Propagation } from '../../src/archive/roll-up.js';
import { StandardArchive } from '../../src/archive/standard-archive.js';
import { Scratch } from '../../src/bytes/scratch.js';
import { planLayout } from '../../src/format/standard-header.js';
import { RecordingFile } from '../support/recording-file.js';

function ladder(...shape: [step: number, points: number][]): {
  file: RecordingFile;
  archives: StandardArchive[];
} {
  const { archives, fileSize } = planLayout(shape.map(([step, points]) => ({ step, points })));
  const file = new RecordingFile(new Uint8Array(fileSize));
  const scratch = new Scratch();
  return { file, archives: archives.map((info) => new StandardArchive(file, info, scratch)) };
}

/** Writes points to the finest archive and brings the others up to date. */
function store(
  archives: StandardArchive[],
  points: [number, number][],
  how: Partial<Propagation> = {},
): void {
  const intervals = Float64Array.from(points, ([interval]) => interval);
  const values = Float64Array.from(points, ([, value]) => value);
  archives[0]!.write(intervals, values, 0, points.length);
  const stored = { intervals, values, start: 0, end: points.length };
  propagate(archives, 0, stored, { aggregation: 'average', xFilesFactor: 0, dialect: 'python', ...how });
}

function pointsOf(archive: StandardArchive): [number, number][] {
  const { timestamps, values } = archive.slots();
  return [...timestamps]
    .map((timestamp, i): [number, number] => [timestamp, values[i]!])
    .filter(([timestamp]) => timestamp !== 0)
    .sort(([a], [b]) => a - b);
}

it('aggregates each touched coarse interval, level by level', () => {
  const { archives } = ladder([10, 60], [60, 20], [300, 12]);
  store(archives, [
    [600, 1],
    [610, 3],
    [660, 5],
    [900, 9],
  ]);
  expect(pointsOf(archives[1]!)).toEqual([
    [600, 2],
    [660, 5],
    [900, 9],
  ]);
  expect(pointsOf(archives[2]!)).toEqual([
    [600, 3.5],
    [900, 9],
  ]);
});

describe('the share that must be known', () => {
  it.each([
    { xFilesFactor: Math.fround(0.1), known: 1, of: 10, python: false, go: true },
    { xFilesFactor: Math.fround(0.3), known: 3, of: 10, python: false, go: true },
    { xFilesFactor: Math.fround(0.2), known: 1, of: 5, python: false, go: true },
    { xFilesFactor: Math.fround(1 / 3), known: 1, of: 3, python: false, go: true },
    { xFilesFactor: Math.fround(2 / 3), known: 2, of: 3, python: false, go: true },
    { xFilesFactor: Math.fround(0.7), known: 7, of: 10, python: true, go: true },
    { xFilesFactor: 0.5, known: 4, of: 10, python: false, go: false },
    { xFilesFactor: 0.5, known: 5, of: 10, python: true, go: true },
    { xFilesFactor: 1, known: 10, of: 10, python: true, go: true },
  ])('$known of $of at $xFilesFactor: python $python, go $go', ({ xFilesFactor, known, of, ...taken }) => {
    for (const dialect of ['python', 'go'] as const) {
      const { archives } = ladder([1, of * 2], [of, 10]);
      const points = Array.from({ length: known }, (_, i): [number, number] => [of * 100 + i, 1]);
      store(archives, points, { xFilesFactor, dialect });
      expect(pointsOf(archives[1]!)).toHaveLength(taken[dialect] ? 1 : 0);
    }
  });

  it('is never enough when nothing is known, whatever the method makes of gaps', () => {
    const { archives } = ladder([10, 6], [60, 6]);
    const how = { aggregation: 'avg_zero', xFilesFactor: 0, dialect: 'python' } as const;
    propagateOne(archives, 0, 600, how);
    expect(archives[1]!.isEmpty()).toBe(true);
  });
});

it('leaves the coarser levels alone once a level took nothing', () => {
  const { archives, file } = ladder([10, 30], [60, 20], [300, 12]);
  file.takeCalls();
  store(archives, [[600, 1]], { xFilesFactor: 0.5 });
  expect(archives[1]!.isEmpty()).toBe(true);
  expect(archives[2]!.isEmpty()).toBe(true);
});

it('tries the next level for every interval, also for those this level did not take', () => {
  const { archives } = ladder([10, 60], [60, 20], [120, 12]);
  // 600 is taken and 720 is not; for 720 the third level then finds nothing known either.
  const full = Array.from({ length: 6 }, (_, i): [number, number] => [600 + i * 10, 2]);
  store(archives, [...full, [720, 8]], { xFilesFactor: 0.5 });
  expect(pointsOf(archives[1]!)).toEqual([[600, 2]]);
  expect(pointsOf(archives[2]!)).toEqual([[600, 2]]);
});

describe('what is read for it', () => {
  it('one span for neighbouring coarse intervals', () => {
    const { archives, file } = ladder([10, 100], [60, 20]);
    store(archives, [[600, 1]]);
    file.takeCalls();
    store(
      archives,
      Array.from({ length: 60 }, (_, i): [number, number] => [610 + i * 10, i]),
    );
    expect(file.takeCalls().filter((call) => call.startsWith('read'))).toEqual([`read ${66 * 12} at 40`]);
  });

  it('separate spans for intervals far apart', () => {
    const { archives, file } = ladder([1, 100_000], [60, 20_000]);
    store(archives, [[6000, 1]]);
    file.takeCalls();
    store(archives, [
      [6001, 1],
      [90_000, 2],
    ]);
    expect(file.takeCalls().filter((call) => call.startsWith('read'))).toHaveLength(2);
  });
});

it('does not add to archives that break the rules of a list: steps that fall, or too few points', () => {
  const falling = ladder([300, 5], [60, 5]);
  store(falling.archives, [[600, 1]]);
  expect(falling.archives[1]!.isEmpty()).toBe(true);
  const short = ladder([10, 5], [60, 5]);
  store(short.archives, [[600, 1]]);
  expect(short.archives[1]!.isEmpty()).toBe(true);
});

it('rolls up steps that do not divide one another by the points that fit', () => {
  const { archives } = ladder([7, 50], [20, 50]);
  store(archives, [
    [140, 1],
    [147, 3],
    [154, 5],
  ]);
  // Two points of 7 s fit into 20 s; from 140 on they are those of 140 and 147.
  expect(pointsOf(archives[1]!)).toEqual([[140, 2]]);
});
