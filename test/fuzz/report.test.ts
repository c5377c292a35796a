import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.js';
import type { Finding } from './judge.js';
import { WHOLE } from './runner.js';
import { Tally } from './tally.js';

describe('the arguments of a run', () => {
  it('have defaults, and a seed of their own each time', () => {
    const [one, other] = [readArguments([]), readArguments([])];
    expect(one).toEqual({ seconds: 60, from: 0, seed: expect.any(Number) });
    expect(one.seed).not.toBe(other.seed);
  });

  it('are taken as given', () => {
    const words = '--seconds 5 --seed 7 --from 100 --case 3 --save found'.split(' ');
    expect(readArguments(words)).toEqual({ seconds: 5, seed: 7, from: 100, case: 3, save: 'found' });
  });

  it.each([['--seconds', '1m'], ['--seed', '-1'], ['--case', ''], ['--cases', '1'], ['3']])(
    'are refused where they mean nothing: %s %s',
    (...words) => {
      expect(() => readArguments(words)).toThrow(/--seconds|--seed|--case|argument/);
    },
  );
});

describe('what a run came to', () => {
  const finding = (kind: Finding['kind'], step: string, detail = ''): Finding => {
    return { kind, step, text: `${step}()`, detail };
  };
  const confirmed = (what: Finding) => ({ seed: 1, index: 0, finding: what, omissions: WHOLE, lines: [] });

  it('counts cases, steps and how they ended', () => {
    const tally = new Tally();
    tally.count(['open: answer', 'fetch: WSP_BAD_RANGE']);
    tally.count(['open: answer']);
    expect(tally.summary()).toBe(
      '\n       1  fetch: WSP_BAD_RANGE\n       2  open: answer\n2 cases, 3 steps, 0 findings\n',
    );
  });

  it('looks into a few findings of a kind and step', () => {
    const tally = new Tally();
    const known = [1, 2, 3, 4].map(() => tally.isKnown(finding('slow', 'fetch')));
    expect(known).toEqual([false, false, false, true]);
    expect(tally.isKnown(finding('slow', 'dump'))).toBe(false);
  });

  it('keeps exceptions apart by where they were thrown, whatever the numbers in their words', () => {
    const tally = new Tally();
    const thrown = (words: string, place: string) =>
      tally.add(confirmed(finding('exception', 'fetch', `RangeError: ${words}\n    at ${place}\n    at x`)));
    expect(thrown('length 5', 'read (a.js)')).toBe(true);
    expect(thrown('length 77', 'read (a.js)')).toBe(false);
    expect(thrown('length 5', 'write (a.js)')).toBe(true);
    expect(tally.findings).toHaveLength(2);
  });
});
