import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { WriteBuffer } from '../../src/archive/write-buffer.js';
import { PointRun } from '../../src/format/point-run.js';
import { halves } from '../support/bits.js';
import { bitsOf } from '../support/compressed-vectors.js';
import { anyBits, linesOf } from '../support/point-runs.js';

const STEP = 20;
const COARSE = 60;
/** A multiple of the coarse step. */
const BASE = 0x5f5e_09c0;
const FREE = '00'.repeat(12);

let bytes: Uint8Array;
let buffer: WriteBuffer;

beforeEach(() => {
  bytes = new Uint8Array(2 * 3 * 12);
  buffer = new WriteBuffer(bytes, STEP, COARSE);
});

function put(unit: 0 | 1, timestamp: number, value: number): void {
  const run = new PointRun(1);
  run.pushValue(timestamp, value);
  buffer.put(unit, Math.floor(timestamp / COARSE) * COARSE, run, 0);
}

function pairsOf({ timestamps, values, length }: PointRun): [number, number][] {
  return Array.from({ length }, (_, i) => [timestamps[i]!, values[i]!]);
}

/** The slots as they stand in the metadata. */
function slots(): string[] {
  return Buffer.from(bytes).toString('hex').match(/.{24}/g)!;
}

it('has as many slots in a unit as the coarser step has finer ones', () => {
  expect({ slots: buffer.slots, size: buffer.size }).toEqual({ slots: 3, size: 72 });
});

describe('a point', () => {
  it.each([
    { name: 'of the first step of an interval goes to slot 0', unit: 0, timestamp: BASE, slot: 0 },
    { name: 'of the last one to the last slot', unit: 0, timestamp: BASE + 40, slot: 2 },
    { name: 'of unit 1 to the slots behind those of unit 0', unit: 1, timestamp: BASE + 80, slot: 4 },
  ] as const)('$name', ({ unit, timestamp, slot }) => {
    put(unit, timestamp, 1);
    expect(slots()).toEqual(
      Array.from({ length: 6 }, (_, i) => (i === slot ? `${timestamp.toString(16)}3ff0000000000000` : FREE)),
    );
  });

  it('takes the place of the one before it in its slot', () => {
    put(0, BASE + 20, 1);
    put(0, BASE + 20, 2);
    expect(pairsOf(buffer.points())).toEqual([[BASE + 20, 2]]);
  });

  it('keeps every bit of its value, there and back', () => {
    const run = new PointRun(1);
    run.push(BASE, 0xfff0_0000, 0xdead_beef);
    buffer.put(1, BASE, run, 0);
    expect(slots()[3]).toBe('5f5e09c0fff00000deadbeef');
    expect(bitsOf(buffer.take(1).values.slice(0, 1))).toEqual(['fff00000deadbeef']);
  });
});

describe('the interval of a unit', () => {
  it('is that of its first used slot, and 0 as long as there is none', () => {
    expect([buffer.base(0), buffer.base(1)]).toEqual([0, 0]);
    put(1, BASE + 40, 1);
    expect([buffer.base(0), buffer.base(1)]).toEqual([0, BASE]);
  });

  it('may be older in either of them', () => {
    put(0, BASE + 60, 1);
    put(1, BASE, 1);
    expect([buffer.base(0), buffer.base(1)]).toEqual([BASE + 60, BASE]);
  });
});

describe('the oldest interval that still finds a place', () => {
  it.each([
    { name: 'any, with both units empty', units: [], oldest: 0 },
    { name: 'any, with unit 1 empty, though unit 0 is in use', units: [[0, BASE + 60]], oldest: 0 },
    { name: 'that of unit 1, with unit 0 empty', units: [[1, BASE + 60]], oldest: BASE + 60 },
    {
      name: 'the older one, with both in use',
      units: [
        [0, BASE + 120],
        [1, BASE + 60],
      ],
      oldest: BASE + 60,
    },
    {
      name: 'the older one in unit 0, too',
      units: [
        [0, BASE],
        [1, BASE + 60],
      ],
      oldest: BASE,
    },
  ] as { name: string; units: [0 | 1, number][]; oldest: number }[])(
    'is $name (quirk 13)',
    ({ units, oldest }) => {
      for (const [unit, interval] of units) put(unit, interval + 40, 1);
      expect(buffer.oldestAllowed()).toBe(oldest);
    },
  );
});

describe('taking a unit out', () => {
  it('gives its points in the order of their slots, and frees these', () => {
    put(0, BASE + 40, 3);
    put(0, BASE, 1);
    put(1, BASE + 60, 4);
    expect(pairsOf(buffer.take(0))).toEqual([
      [BASE, 1],
      [BASE + 40, 3],
    ]);
    expect(slots()).toEqual([FREE, FREE, FREE, '5f5e09fc4010000000000000', FREE, FREE]);
    expect(buffer.take(0).length).toBe(0);
  });

  it('puts them behind those that a run has', () => {
    put(0, BASE + 20, 2);
    put(1, BASE + 60, 3);
    const run = new PointRun(1);
    run.pushValue(7, 1);
    expect(buffer.take(0, run)).toBe(run);
    buffer.take(1, run);
    expect(pairsOf(run)).toEqual([
      [7, 1],
      [BASE + 20, 2],
      [BASE + 60, 3],
    ]);
  });

  it('leaves it open to any other interval', () => {
    put(0, BASE + 40, 3);
    expect(buffer.base(0)).toBe(BASE);
    buffer.take(0);
    expect([buffer.base(0), buffer.oldestAllowed()]).toEqual([0, 0]);
    put(0, BASE - 60, 1);
    expect(buffer.base(0)).toBe(BASE - 60);
  });
});

describe('all that waits', () => {
  beforeEach(() => {
    put(0, BASE + 80, 4);
    put(1, BASE + 20, 2);
    put(1, BASE, 1);
  });

  it('is told slot by slot, unit 0 first, whichever is newer', () => {
    expect(pairsOf(buffer.points())).toEqual([
      [BASE + 80, 4],
      [BASE, 1],
      [BASE + 20, 2],
    ]);
  });

  it('is told with the free slots as time 0', () => {
    const times = [...buffer.slotsInOrder()].map(({ timestamp }) => timestamp);
    expect(times).toEqual([0, BASE + 80, 0, BASE, BASE + 20, 0]);
  });

  it('can be taken over by another buffer, free slots too', () => {
    const others = new Uint8Array(bytes.length).fill(0xee);
    new WriteBuffer(others, STEP, COARSE).copyFrom(buffer);
    expect(others).toEqual(bytes);
    others.fill(0);
    expect(buffer.points().length).toBe(3);
  });
});

it('works on a part of the metadata and touches nothing beside it', () => {
  const metadata = new Uint8Array(100).fill(0xee);
  metadata.fill(0, 10, 82);
  buffer = new WriteBuffer(metadata.subarray(10, 82), STEP, COARSE);
  put(0, BASE, 1);
  put(1, BASE + 100, 2);
  expect([...metadata.subarray(0, 10), ...metadata.subarray(82)]).toEqual(Array(28).fill(0xee));
  expect(buffer.take(1).length).toBe(1);
});

describe('what was touched', () => {
  const touched = () => [buffer.touched.from, buffer.touched.to];

  it('is nothing at first, and nothing by looking', () => {
    buffer.base(0);
    buffer.oldestAllowed();
    buffer.points();
    expect([...buffer.slotsInOrder()]).toHaveLength(6);
    expect(buffer.touched.isEmpty).toBe(true);
  });

  it('is the slot of a point, the whole of a unit that was taken out, and all of a buffer taken over', () => {
    put(0, BASE + 20, 1);
    expect(touched()).toEqual([12, 24]);
    put(1, BASE + 60, 1);
    expect(touched()).toEqual([12, 48]);
    buffer.touched.clear();
    buffer.take(1);
    expect(touched()).toEqual([36, 72]);
    buffer.touched.clear();
    buffer.copyFrom(new WriteBuffer(new Uint8Array(72), STEP, COARSE));
    expect(touched()).toEqual([0, 72]);
  });
});

/** Ways that a buffer is used, in any order. */
type Use =
  | { kind: 'put'; unit: 0 | 1; interval: number; slot: number; bits: string }
  | { kind: 'take'; unit: 0 | 1 }
  | { kind: 'copy'; times: readonly number[] }
  | { kind: 'clear' };

function uses(): fc.Arbitrary<Use[]> {
  const unit = fc.constantFrom<0 | 1>(0, 1);
  const interval = fc.nat(3);
  return fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ kind: fc.constant('put'), unit, interval, slot: fc.nat(2), bits: anyBits() }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('take'), unit }) },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('copy'),
          times: fc.array(fc.nat(5), { maxLength: 6 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear') }) },
    ) as fc.Arbitrary<Use>,
    { maxLength: 30 },
  );
}

describe('however it is used', () => {
  /** Another buffer, with a point in each of some slots: unit 0 of the base's interval, unit 1 of the next. */
  function other(places: readonly number[]): WriteBuffer {
    const made = new WriteBuffer(new Uint8Array(72), STEP, COARSE);
    for (const place of places) {
      const run = new PointRun(1);
      run.pushValue(BASE + place * STEP, place);
      made.put(place < 3 ? 0 : 1, place < 3 ? BASE : BASE + COARSE, run, 0);
    }
    return made;
  }

  it('knows what one knows that looks at its bytes for the first time, and tells what it has changed', () => {
    fc.assert(
      fc.property(uses(), (list) => {
        bytes = new Uint8Array(72);
        buffer = new WriteBuffer(bytes, STEP, COARSE);
        let cleared = bytes.slice();
        for (const use of list) {
          if (use.kind === 'put') {
            // A unit takes points of the interval that it holds alone.
            const base = buffer.base(use.unit) || BASE + use.interval * COARSE;
            const run = new PointRun(1);
            run.push(base + use.slot * STEP, ...halves(use.bits));
            buffer.put(use.unit, base, run, 0);
          } else if (use.kind === 'take') {
            const expected = new WriteBuffer(bytes.slice(), STEP, COARSE).take(use.unit);
            expect(linesOf(buffer.take(use.unit).columns())).toEqual(linesOf(expected.columns()));
          } else if (use.kind === 'copy') buffer.copyFrom(other(use.times));
          else {
            buffer.touched.clear();
            cleared = bytes.slice();
          }
          const anew = new WriteBuffer(bytes.slice(), STEP, COARSE);
          expect([buffer.base(0), buffer.base(1), buffer.oldestAllowed()]).toEqual([
            anew.base(0),
            anew.base(1),
            anew.oldestAllowed(),
          ]);
          expect(linesOf(buffer.points().columns())).toEqual(linesOf(anew.points().columns()));
          const { from, to } = buffer.touched;
          const changed = [...bytes.keys()].filter((i) => bytes[i] !== cleared[i]);
          expect(changed.every((i) => i >= from && i < to)).toBe(true);
        }
      }),
      { numRuns: Number(process.env['SOTTO_RUNS'] ?? 200) },
    );
  });
});

describe('erasing', () => {
  beforeEach(() => {
    put(0, BASE, 1);
    put(0, BASE + 20, 2);
    put(1, BASE + 60, 3);
    put(1, BASE + 100, 4);
    buffer.touched.clear();
  });

  it('frees the slots of a range and gives their points', () => {
    expect(pairsOf(buffer.erase(BASE + 20, BASE + 60))).toEqual([
      [BASE + 20, 2],
      [BASE + 60, 3],
    ]);
    expect(pairsOf(buffer.points())).toEqual([
      [BASE, 1],
      [BASE + 100, 4],
    ]);
    expect(slots().filter((slot) => slot === FREE)).toHaveLength(4);
    expect([buffer.touched.from, buffer.touched.to]).toEqual([12, 48]);
  });

  it('leaves a unit whose points are all gone empty, and the other as it is', () => {
    buffer.erase(0, BASE + 59);
    expect([buffer.base(0), buffer.base(1)]).toEqual([0, BASE + 60]);
    expect(buffer.oldestAllowed()).toBe(BASE + 60);
  });

  it('changes nothing where there are no points', () => {
    expect(buffer.erase(BASE + 21, BASE + 59).length).toBe(0);
    expect(buffer.touched.isEmpty).toBe(true);
  });
});

describe('a value that is made anew', () => {
  beforeEach(() => put(1, BASE + 80, 4));

  it('is told to be there by its time, and not by that of another turn or of an empty slot', () => {
    const times = [BASE + 80, BASE + 60, BASE + 20, BASE - 40, 0];
    expect(times.map((timestamp) => buffer.holds(timestamp))).toEqual([true, false, false, false, false]);
  });

  it('takes the place of the one that is there', () => {
    const run = new PointRun(1);
    run.pushValue(BASE + 80, 5);
    buffer.replace(run);
    expect(pairsOf(buffer.points())).toEqual([[BASE + 80, 5]]);
  });
});
