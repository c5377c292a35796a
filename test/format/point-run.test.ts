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

describe('points of two columns', () => {
  /** Columns with something before and behind the points that are meant. */
  function within(given: readonly Given[]) {
    const all: readonly Given[] = [[1, 'dead00000000beef'], ...given, [2, 'dead00000000beef']];
    return {
      timestamps: Float64Array.from(all, ([timestamp]) => timestamp),
      values: doubles(all.map(([, bits]) => bits)),
    };
  }

  it('come behind those that are there, bit for bit, together with what is pushed one by one', () => {
    const one = fc.tuple(fc.nat(50), anyBits());
    const piece = fc.tuple(fc.boolean(), fc.array(one, { maxLength: 100 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.nat(3), (pieces, room) => {
        const run = new PointRun(room);
        for (const [isAtOnce, given] of pieces) {
          const { timestamps, values } = within(given);
          if (isAtOnce) run.pushAll(timestamps, values, 1, 1 + given.length);
          else for (const [timestamp, bits] of given) run.push(timestamp, ...halves(bits));
        }
        const expected = pieces.flatMap(([, given]) => given);
        expect(run.length).toBe(expected.length);
        expect(lines(run)).toEqual(expected.map(([timestamp, bits]) => `${timestamp} ${bits}`));
      }),
    );
  });

  it('are copied: what becomes of the columns is nothing to the run', () => {
    const { timestamps, values } = within([[7, '7ff80000deadbeef']]);
    const run = new PointRun();
    run.pushAll(timestamps, values, 1, 2);
    timestamps.fill(0);
    values.fill(0);
    expect(lines(run)).toEqual(['7 7ff80000deadbeef']);
  });

  it('may be those of the run itself', () => {
    const run = pushed([
      [1, '7ff80000deadbeef'],
      [2, '8000000000000000'],
    ]);
    for (let i = 0; i < 6; i++) run.pushAll(run.timestamps, run.values, 0, run.length);
    expect(run.length).toBe(128);
    expect(lines(run)).toEqual(
      Array.from({ length: 128 }, (_, i) => (i % 2 === 0 ? '1 7ff80000deadbeef' : '2 8000000000000000')),
    );
  });

  it('can be read through the halves that the run has by then', () => {
    const run = new PointRun(0);
    run.pushAll(Float64Array.of(1), doubles(['0123456789abcdef']), 0, 1);
    const other = new PointRun();
    other.pushFrom(run, 0);
    expect(lines(other)).toEqual(['1 0123456789abcdef']);
  });
});

describe('the columns of a run', () => {
  it('are as long as it has points, whatever room it has', () => {
    fc.assert(
      fc.property(points(), fc.nat(200), (given, room) => {
        const run = pushed(given, room);
        const { timestamps, values } = run.columns();
        expect([timestamps.length, values.length]).toEqual([given.length, given.length]);
        expect(linesOf({ timestamps, values })).toEqual(lines(run));
      }),
    );
  });

  it('stay as they are when the run goes on', () => {
    const run = pushed([[1, '3ff0000000000000']]);
    const columns = run.columns();
    run.push(2, ...halves('4000000000000000'));
    run.setValueFrom(0, run, 1);
    expect(linesOf(columns)).toEqual(['1 3ff0000000000000']);
  });

  it('are those that a run stands over, without a copy', () => {
    const [timestamps, values] = [Float64Array.of(1, 2), doubles(['3ff0000000000000', '7ff80000deadbeef'])];
    const columns = PointRun.over(timestamps, values).columns();
    expect(columns.timestamps).toBe(timestamps);
    expect(columns.values).toBe(values);
  });
});

it('a run over columns that is added to leaves these alone', () => {
  const [timestamps, values] = [new Float64Array(4).fill(1), new Float64Array(4).fill(2)];
  const run = PointRun.over(timestamps.subarray(0, 2), values.subarray(0, 2));
  run.pushValue(9, 9);
  run.pushAll(Float64Array.of(8), Float64Array.of(8), 0, 1);
  expect([...timestamps, ...values]).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  expect(lines(run)).toEqual(
    linesOf({ timestamps: Float64Array.of(1, 1, 9, 8), values: Float64Array.of(2, 2, 9, 8) }),
  );
});
