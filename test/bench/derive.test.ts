import { describe, expect, it } from 'vitest';
import { deriveFigures, geometricMean } from '../../bench/derive.js';
import { rates } from '../../bench/harness.js';
import { lineOf, outcomeOf, steady } from './outcome.js';

describe('the ratio to go-whisper', () => {
  const peers = { go: 1000, python: 100 };

  it('leads through Python at the same work, whatever the factor of the machine', () => {
    // Five times as fast as Python, which is a tenth of go-whisper: half.
    const line = lineOf(
      { work: 'fetch', format: 'standard', python: steady('', 400), machineFactor: 9, peers },
      2000,
    );
    expect(deriveFigures(line, outcomeOf([line]))).toMatchObject({
      toPython: 5,
      toGo: 0.5,
      through: 'same work',
      pythonToGo: 0.1,
    });
  });

  it('takes the factor of the machine where Python cannot do the work', () => {
    const line = lineOf({ work: 'encode', peers: { go: 1000 }, machineFactor: 2 }, 8000);
    expect(deriveFigures(line, outcomeOf([line]))).toMatchObject({ toGo: 4, through: 'machine factor' });
  });

  it('is not told without Python in the run, nor without a figure of go-whisper', () => {
    const line = lineOf({ work: 'encode', peers: { go: 1000 }, goal: 2 }, 8000);
    const without = { lines: [line] };
    expect(deriveFigures(line, without)).not.toHaveProperty('toGo');
    expect(deriveFigures(line, without)).not.toHaveProperty('isGoalReached');
    const unknown = lineOf({ work: 'updateFiles', python: steady('', 10) }, 100);
    expect(deriveFigures(unknown, outcomeOf([unknown]))).toEqual({ timesBare: 1, toPython: 10 });
  });
});

it.each([
  { name: 'reached exactly', goal: 4, bareGoal: 2.5, isGoalReached: true, isBareGoalReached: true },
  { name: 'missed by little', goal: 4.1, bareGoal: 2.4, isGoalReached: false, isBareGoalReached: false },
])('a goal $name', ({ goal, bareGoal, isGoalReached, isBareGoalReached }) => {
  const line = lineOf({ work: 'fetch', peers: { go: 1000 }, machineFactor: 2, goal, bareGoal }, 8000, 20_000);
  expect(deriveFigures(line, outcomeOf([line]))).toMatchObject({ isGoalReached, isBareGoalReached });
});

it('compares the formats where both do the same work, on the line of the compressed one', () => {
  const standard = lineOf({ work: 'fetch 1h', format: 'standard' }, 900);
  const compressed = lineOf({ work: 'fetch 1h', format: 'compressed' }, 300);
  const alone = lineOf({ work: 'fetch 24h', format: 'compressed' }, 300);
  const outcome = outcomeOf([standard, compressed, alone]);
  expect(deriveFigures(compressed, outcome).standardToCompressed).toBe(3);
  expect(deriveFigures(standard, outcome)).not.toHaveProperty('standardToCompressed');
  expect(deriveFigures(alone, outcome)).not.toHaveProperty('standardToCompressed');
});

it('means geometrically, so that twice as fast and half as fast make no difference', () => {
  expect(geometricMean([2, 0.5, 1])).toBeCloseTo(1);
  expect(geometricMean([4, 1])).toBeCloseTo(2);
});

describe('rates', () => {
  it('have the middle one of the samples, and leave a tenth at each end out of the spread', () => {
    // Ops per second 1 to 11, out of order.
    const seconds = [6, 1, 11, 2, 10, 3, 9, 4, 8, 5, 7].map((rate) => 1 / rate);
    const found = rates(seconds);
    expect(found).toMatchObject({ samples: 11, isTrusted: false });
    expect(found.median).toBeCloseTo(6);
    expect(found.min).toBeCloseTo(1);
    expect(found.max).toBeCloseTo(11);
    expect(found.spreadPercent).toBeCloseTo((100 * (10 - 2)) / 6);
  });

  it('are trusted though one sample was interrupted', () => {
    const seconds = new Array<number>(20).fill(1);
    expect(rates([...seconds, 50]).isTrusted).toBe(true);
  });
});
