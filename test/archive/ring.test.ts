import fc from 'fast-check';
import { expect, it } from 'vitest';
import { slotOf, slotsBeforeSeam } from '../../src/archive/ring.js';

it.each([
  { name: 'the base itself', base: 600, interval: 600, slot: 0 },
  { name: 'one before the base', base: 600, interval: 540, slot: 4 },
  { name: 'the last slot', base: 600, interval: 840, slot: 4 },
  { name: 'a full turn later', base: 600, interval: 900, slot: 0 },
  { name: 'many turns earlier', base: 600_000, interval: 60, slot: 1 },
  { name: 'beyond 2038', base: 60, interval: 4_294_967_280, slot: 2 },
  { name: 'a base that is no multiple of the step', base: 610, interval: 660, slot: 0 },
])('$name is slot $slot', ({ base, interval, slot }) => {
  expect(slotOf({ step: 60, points: 5 }, base, interval)).toBe(slot);
});

it('does not care which turn of the ring the base is of', () => {
  const ring = fc.record({
    step: fc.integer({ min: 1, max: 3600 }),
    points: fc.integer({ min: 1, max: 1000 }),
  });
  const number = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(
    fc.property(
      ring,
      number,
      number,
      fc.integer({ min: 0, max: 50 }),
      ({ step, points }, base, interval, turns) => {
        const from = (start: number) => slotOf({ step, points }, start, interval * step);
        expect(from(base * step + turns * step * points)).toBe(from(base * step));
      },
    ),
  );
});

it('gives neighbouring intervals neighbouring slots, round the seam', () => {
  const ring = { step: 10, points: 7 };
  const slots = Array.from({ length: 15 }, (_, i) => slotOf(ring, 1000, 960 + i * 10));
  expect(slots).toEqual([3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3]);
});

it.each([
  { slot: 0, count: 5, before: 5 },
  { slot: 3, count: 2, before: 2 },
  { slot: 3, count: 5, before: 2 },
])('of $count slots from $slot on, $before lie before the seam', ({ slot, count, before }) => {
  expect(slotsBeforeSeam({ step: 60, points: 5 }, slot, count)).toBe(before);
});
