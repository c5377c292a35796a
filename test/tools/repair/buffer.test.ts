import { describe, expect, it } from 'vitest';
import { repairBuffer } from '../../../src/tools/repair/buffer.js';

const STEP = 10;
const COARSE_STEP = 30;

/** A buffer of two units of three slots: times, 0 for a free slot, each with its place as the value's lower half. */
function buffer(times: readonly number[]): Buffer {
  const bytes = Buffer.alloc(12 * 6);
  for (const [slot, time] of times.entries()) {
    if (time === 0) continue;
    bytes.writeUInt32BE(time, 12 * slot);
    bytes.writeUInt32BE(slot + 1, 12 * slot + 8);
  }
  return bytes;
}

/** Each slot's time and where its value was, counted from 1. */
function contentOf(bytes: Buffer): [number, number][] {
  return Array.from({ length: 6 }, (_, slot) => [
    bytes.readUInt32BE(12 * slot),
    bytes.readUInt32BE(12 * slot + 8),
  ]);
}

describe('repairBuffer', () => {
  it.each([
    {
      name: 'leaves two intervals in their units',
      before: [600, 610, 0, 570, 0, 590],
      after: [600, 610, 0, 570, 0, 590],
      from: [1, 2, 0, 4, 0, 6],
      counts: [4, 0, 0],
    },
    {
      name: 'brings a point to its slot',
      before: [600, 0, 610, 0, 0, 0],
      after: [600, 610, 0, 0, 0, 0],
      from: [1, 3, 0, 0, 0, 0],
      counts: [1, 1, 0],
    },
    {
      name: 'brings a point to the unit of its interval',
      before: [600, 570, 0, 0, 580, 590],
      after: [600, 0, 0, 570, 580, 590],
      from: [1, 0, 0, 2, 5, 6],
      counts: [3, 1, 0],
    },
    {
      name: 'puts two units of one interval together, of two points for a slot the first',
      before: [600, 610, 0, 0, 610, 620],
      after: [600, 610, 620, 0, 0, 0],
      from: [1, 2, 6, 0, 0, 0],
      counts: [2, 1, 1],
    },
    {
      name: 'drops a point of a third interval, and one off the step',
      before: [600, 610, 0, 571, 580, 690],
      after: [600, 610, 0, 0, 580, 0],
      from: [1, 2, 0, 0, 5, 0],
      counts: [3, 0, 2],
    },
    {
      name: 'keeps an interval of which no point stands right',
      before: [0, 600, 0, 0, 0, 0],
      after: [600, 0, 0, 0, 0, 0],
      from: [2, 0, 0, 0, 0, 0],
      counts: [0, 1, 0],
    },
  ])('$name', ({ before, after, from, counts: [kept, moved, dropped] }) => {
    const bytes = buffer(before);
    expect(repairBuffer(bytes, STEP, COARSE_STEP)).toEqual({ kept, moved, dropped });
    expect(contentOf(bytes)).toEqual(after.map((time, slot) => [time, from[slot]]));
  });
});
