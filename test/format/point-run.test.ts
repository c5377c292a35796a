import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PointRun } from '../../src/format/point-run.js';
import { halves } from '../support/bits.js';
import { doubles } from '../support/compressed-vectors.js';
import { anyBits, linesOf } from '../support/point-runs.js';

type Given = [timestamp: number, bits: string];

function pushed(given: readonly Given[], room?: number): PointRun {
  const run = room === undefined ? new PointRun() : new PointRun(room);
  for (const [timestamp, bits] of given) run.push(timestamp, ...halves(bits));
  return run;
}

function lines(run: PointRun): string[] {
  return linesOf(run.part(0, run.length));
}

function points(): fc.Arbitrary<Given[]> {
  return fc.array(fc.tuple(fc.nat(50), anyBits()), { maxLength: 200 });
}

it('keeps what was pushed, bit for bit, however often it has to grow', () => {
  fc.assert(
    fc.property(points(), fc.nat(3), (given, room) => {
      expect(lines(pushed(given, room))).toEqual(given.map(([timestamp, bits]) => `${timestamp} ${bits}`));
    }),
  );
});

it('a value that is pushed as a number has the bits of that number', () => {
  const run = new PointRun();
  run.pushValue(1, -0);
  run.pushValue(2, 0.1);
  expect(lines(run)).toEqual(['1 8000000000000000', '2 3fb999999999999a']);
});

it('over two columns it is these columns', () => {
  const timestamps = Float64Array.of(1, 2);
  const values = doubles(['7ff80000deadbeef', '3ff0000000000000']);
  const run = PointRun.over(timestamps, values);
  expect(lines(run)).toEqual(['1 7ff80000deadbeef', '2 3ff0000000000000']);
  expect(run.timestamps).toBe(timestamps);
  values[1] = 2;
  expect(lines(run)[1]).toBe('2 4000000000000000');
});

describe('points of one run in another', () => {
  const run = pushed([
    [1, '7ff80000deadbeef'],
    [2, 'fff0000000000000'],
    [3, '0000000000000001'],
  ]);

  it('are copied bit for bit', () => {
    const other = new PointRun();
    other.pushFrom(run, 2);
    other.pushFrom(run, 0);
    expect(lines(other)).toEqual(['3 0000000000000001', '1 7ff80000deadbeef']);
  });

  it('can take the place of a value, whose time stays', () => {
    const other = pushed([[9, '3ff0000000000000']]);
    other.setValueFrom(0, run, 0);
    expect(lines(other)).toEqual(['9 7ff80000deadbeef']);
  });

  it('are a part over the same memory', () => {
    const part = run.part(1, 3);
    expect(part.length).toBe(2);
    expect(linesOf(part)).toEqual(lines(run).slice(1));
    expect(part.timestamps.buffer).toBe(run.timestamps.buffer);
  });
});

it('cleared it is empty, and its columns are used again', () => {
  const run = pushed([[1, '3ff0000000000000']]);
  const { timestamps } = run;
  run.clear();
  expect(run.length).toBe(0);
  run.push(7, ...halves('4000000000000000'));
  expect(lines(run)).toEqual(['7 4000000000000000']);
  expect(run.timestamps).toBe(timestamps);
});

it('sorts by time; of equal times those that came first stay first', () => {
  fc.assert(
    fc.property(points(), (given) => {
      const run = pushed(given);
      const before = lines(run);
      const expected = given.toSorted(([a], [b]) => a - b).map(([timestamp, bits]) => `${timestamp} ${bits}`);
      expect(lines(run.sorted())).toEqual(expected);
      expect(lines(run)).toEqual(before);
    }),
  );
});
