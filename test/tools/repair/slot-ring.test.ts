import { describe, expect, it } from 'vitest';
import {
  commonDistance,
  countIfSound,
  fitRing,
  planRing,
  readSlotTimes,
} from '../../../src/tools/repair/slot-ring.js';

const RING = { step: 60, points: 5 };
const NOW = 1200;

interface Row {
  name: string;
  /** Times of the slots. */
  before: number[];
  /** Times and the slots that their values are from; undefined to leave the ring alone. */
  after: [timestamp: number, from: number][] | undefined;
  kept: number;
  moved: number;
  dropped: number;
}

describe('planRing', () => {
  it.each<Row>([
    { name: 'an empty ring', before: [0, 0, 0, 0, 0], after: undefined, kept: 0, moved: 0, dropped: 0 },
    {
      name: 'a ring that came round, with a gap and a stale point',
      before: [600, 660, 420, 0, 540],
      after: undefined,
      kept: 4,
      moved: 0,
      dropped: 0,
    },
    {
      name: 'a point in the slot of another, which is free',
      before: [600, 660, 0, 720, 0],
      after: [
        [600, 0],
        [660, 1],
        [720, 3],
      ],
      kept: 2,
      moved: 1,
      dropped: 0,
    },
    {
      name: 'two points for one slot, of which the newer stays',
      before: [600, 660, 720, 420, 840],
      after: [
        [600, 0],
        [660, 1],
        [720, 2],
        [0, 3],
        [840, 4],
      ],
      kept: 4,
      moved: 0,
      dropped: 1,
    },
    {
      name: 'a point that is newer than the one in its place',
      before: [600, 660, 720, 900, 0],
      after: [
        [900, 3],
        [660, 1],
        [720, 2],
      ],
      kept: 2,
      moved: 1,
      dropped: 1,
    },
    {
      name: 'a second point of one interval, out of place',
      before: [600, 660, 720, 660, 0],
      after: [
        [600, 0],
        [660, 1],
        [720, 2],
      ],
      kept: 3,
      moved: 0,
      dropped: 1,
    },
    {
      name: 'a point older than a turn before the newest',
      before: [1200, 1260, 300, 0, 0],
      after: [
        [1200, 0],
        [1260, 1],
      ],
      kept: 2,
      moved: 0,
      dropped: 1,
    },
    {
      name: 'a point out of place and after now',
      before: [600, 660, 0, 6_000_000, 0],
      after: [
        [600, 0],
        [660, 1],
      ],
      kept: 2,
      moved: 0,
      dropped: 1,
    },
    {
      name: 'a point off its interval, in its slot',
      before: [600, 661, 720, 0, 0],
      after: [
        [600, 0],
        [660, 1],
        [720, 2],
      ],
      kept: 2,
      moved: 1,
      dropped: 0,
    },
    {
      name: 'a point off any interval of its slot',
      before: [600, 660, 0, 741, 0],
      after: [
        [600, 0],
        [660, 1],
      ],
      kept: 2,
      moved: 0,
      dropped: 1,
    },
    {
      name: 'a wrong base, against which all others stand',
      before: [6_000_060, 660, 720, 780, 840],
      after: [
        [660, 1],
        [720, 2],
        [780, 3],
        [840, 4],
      ],
      kept: 0,
      moved: 4,
      dropped: 1,
    },
    {
      name: 'no base',
      before: [0, 660, 720, 0, 840],
      after: [
        [660, 1],
        [720, 2],
        [0, 3],
        [840, 4],
      ],
      kept: 0,
      moved: 3,
      dropped: 0,
    },
    {
      name: 'two bases, as two first writers leave them',
      before: [600, 660, 960, 1020, 1080],
      after: [
        [960, 2],
        [1020, 3],
        [1080, 4],
      ],
      kept: 0,
      moved: 3,
      dropped: 2,
    },
  ])('$name', ({ before, after, kept, moved, dropped }) => {
    const plan = planRing(Uint32Array.from(before), RING, NOW);
    const { slots } = plan;
    const pairs = slots && [...slots.timestamps].map((timestamp, slot) => [timestamp, slots.from[slot]]);
    // What an empty slot is from does not matter.
    while (pairs?.at(-1)?.[0] === 0) pairs.pop();
    expect({ pairs, kept: plan.kept, moved: plan.moved, dropped: plan.dropped }).toEqual({
      pairs: after,
      kept,
      moved,
      dropped,
    });
  });

  it('takes a point to a slot behind those that are there', () => {
    const { slots } = planRing(Uint32Array.from([600, 660, 840]), RING, NOW);
    expect([...slots!.timestamps]).toEqual([600, 660, 0, 0, 840]);
    expect(slots!.from[4]).toBe(2);
  });
});

describe('fitRing', () => {
  it('gives the phase of most points, and of two the one with the newer point', () => {
    expect(fitRing(Uint32Array.from([600, 660, 780, 0, 0]), RING)).toEqual({
      phase: 0,
      inPlace: 2,
      astray: 1,
    });
    const tied = Uint32Array.from([600, 780, 0, 0, 0]);
    expect(fitRing(tied, RING)).toEqual({ phase: 2, inPlace: 1, astray: 1 });
    expect(fitRing(tied, RING, 779)).toEqual({ phase: 0, inPlace: 1, astray: 1 });
  });
});

it('countIfSound counts the points of a ring that holds together, whatever stands around it', () => {
  const bytes = Buffer.alloc(100);
  for (const [slot, time] of [600, 660, 720].entries()) bytes.writeUInt32BE(time, 7 + 12 * slot);
  expect(countIfSound(bytes, 7, { step: 60, points: 3 })).toBe(3);
  expect(countIfSound(bytes, 6, { step: 60, points: 3 })).toBeUndefined();
  expect(countIfSound(bytes, 80, { step: 60, points: 3 })).toBe(0);
});

it('readSlotTimes reads whole slots only', () => {
  const bytes = Buffer.alloc(16 + 30);
  bytes.writeUInt32BE(600, 28);
  bytes.writeUInt32BE(660, 40);
  expect([...readSlotTimes(bytes, 16, 5)]).toEqual([0, 600]);
});

it('commonDistance is that of most neighbours', () => {
  expect(commonDistance(Uint32Array.from([600, 660, 720, 0, 900, 1000, 1060]))).toBe(60);
  expect(commonDistance(Uint32Array.from([600, 0, 720]))).toBeUndefined();
});
