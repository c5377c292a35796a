import { describe, expect, it } from 'vitest';
import { planErasure, planShown } from '../../src/archive/erasure.js';

const STEPS = [10, 60, 300];

describe('a range of time in the archives', () => {
  it.each([
    {
      name: 'takes whole intervals out, where it ends with the last second of one',
      range: [599, 899],
      levels: [
        [600, 890, []],
        [600, 840, []],
        [600, 600, []],
      ],
    },
    {
      name: 'parts those in which it begins and ends',
      range: [630, 1210],
      levels: [
        [640, 1210, []],
        [660, 1140, [600, 1200]],
        [900, 900, [600, 1200]],
      ],
    },
    {
      name: 'parts one if it lies in that',
      range: [635, 651],
      levels: [
        [640, 650, []],
        [660, 540, [600]],
        [900, 300, [600]],
      ],
    },
    {
      name: 'takes the last interval of the finest archive with its first second',
      range: [639, 660],
      levels: [
        [640, 660, []],
        [660, 600, [600, 660]],
        [900, 300, [600]],
      ],
    },
    { name: 'is nothing between two intervals of the finest', range: [640, 649], levels: [] },
  ])('$name', ({ range: [from, until], levels }) => {
    const plan = planErasure(STEPS, from!, until!, false);
    expect(plan.map(({ first, last, parted }) => [first, last, parted])).toEqual(levels);
    expect(plan.map(({ index, source }) => [index, source])).toEqual(
      [
        [0, undefined],
        [1, 0],
        [2, 1],
      ].slice(0, plan.length),
    );
  });

  it('parts intervals of a mix by what the finest archive lost, of which all others are made', () => {
    const [, ...coarser] = planErasure([10, 60, 60, 300], 630, 700, true);
    expect(coarser.map(({ source, parted }) => [source, parted])).toEqual([
      [0, [600, 660]],
      [0, [600, 660]],
      [0, [600]],
    ]);
  });

  it('takes out of one archive alone what a fetch of the range shows', () => {
    expect(planShown(1, 60, 630, 785)).toEqual({
      index: 1,
      first: 660,
      last: 780,
      source: undefined,
      parted: [],
    });
  });
});
