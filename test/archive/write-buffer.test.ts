import { beforeEach, describe, expect, it } from 'vitest';
import { WriteBuffer } from '../../src/archive/write-buffer.js';
import { PointRun } from '../../src/format/point-run.js';
import { bitsOf } from '../support/compressed-vectors.js';

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
