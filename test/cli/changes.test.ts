import { describe, expect, it } from 'vitest';
import { changeOptions, describeCounts, rangeOfChange } from '../../src/cli/changes.js';
import type { Io } from '../../src/cli/io.js';

const io = { clock: () => 1000 } as Io;

describe('describeCounts', () => {
  const words = [
    ['added', 'added'],
    ['gone', 'taken out'],
  ] as const;

  it.each([
    { archives: [{ added: 1, gone: 0 }], text: '1 point added' },
    { archives: [{ added: 1234, gone: 2 }], text: '1,234 points added, 2 taken out' },
    { archives: [{ added: 0, gone: 2 }], text: '2 points taken out' },
    { archives: [{ added: 0, gone: 0 }], text: undefined },
    {
      archives: [
        { added: 2, gone: 1 },
        { added: 0, gone: 0 },
        { added: 1, gone: 0 },
      ],
      text: '3 points added, 1 taken out (archive 0: 2 added, 1 taken out; archive 2: 1 added)',
    },
  ])('says $text', ({ archives, text }) => {
    expect(describeCounts(archives, words, false)).toBe(text);
  });

  it('says of a dry run what would be', () => {
    expect(describeCounts([{ added: 3, gone: 1 }], words, true)).toBe('3 points would be added, 1 taken out');
  });
});

describe('times', () => {
  it.each([
    { text: '-10m', now: undefined, time: 400 },
    { text: '-10m', now: '5000', time: 4400 },
    { text: '77', now: '5000', time: 77 },
    { text: '-10m', now: 'newest', time: { ago: 600 } },
    { text: 'now', now: 'newest', time: { ago: 0 } },
    { text: 'now-1h', now: 'newest', time: { ago: 3600 } },
    { text: '77', now: 'newest', time: 77 },
    { text: '1970-01-01T00:01', now: 'newest', time: 60 },
  ])('$text at $now counts from the time that is now for each file', ({ text, now, time }) => {
    const given = now === undefined ? {} : { now };
    expect(rangeOfChange({ from: text }, given, io)).toEqual({ from: time, until: undefined });
  });

  it('are the clock’s, or as given', () => {
    expect(changeOptions({}, io)).toMatchObject({ now: 1000, clock: 1000 });
    expect(changeOptions({ now: '-10s' }, io)).toMatchObject({ now: 990, clock: 1000 });
    expect(changeOptions({ now: 'newest' }, io)).toMatchObject({ now: 'newest', clock: 1000 });
  });
});
