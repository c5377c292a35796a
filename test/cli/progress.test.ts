import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Io } from '../../src/cli/io.js';
import { formatProgress, Progress } from '../../src/cli/progress.js';

/** Takes a drawn line away: back to its beginning, and all behind that. */
const AWAY = '\r\x1b[K';
const PAUSE_MS = 100;

const clock = { ms: 0 };
beforeEach(() => {
  clock.ms = 1_000_000;
  vi.spyOn(performance, 'now').mockImplementation(() => clock.ms);
});

function progress(total: number, isErrorTerminal = true, columns = 80) {
  const written: string[] = [];
  const io = { err: (text: string) => void written.push(text), isErrorTerminal, columns } as Partial<Io>;
  return { bar: new Progress(io as Io, total), written };
}

describe('a progress line', () => {
  it.each([
    {
      name: 'half-way',
      given: [50, 100, 10],
      line: '[############------------] 50 of 100, 5.0/s, 10 s left',
    },
    {
      name: 'fast',
      given: [1000, 4000, 2],
      line: '[######------------------] 1000 of 4000, 500/s, 6 s left',
    },
    { name: 'at the end', given: [7, 7, 70], line: '[########################] 7 of 7, 0.1/s, 0 s left' },
    {
      name: 'just begun',
      given: [1, 1000, 0],
      line: '[------------------------] 1 of 1000, 1000/s, 1 s left',
    },
    { name: 'rarely', given: [1, 3, 100], line: '[########----------------] 1 of 3, 0.0/s, 200 s left' },
  ] as const)('tells how far the work is: $name', ({ given: [done, total, seconds], line }) => {
    expect(formatProgress(done, total, seconds, 80)).toBe(line);
  });

  it('fits on a line of the terminal, with a column to spare, whatever it tells', () => {
    const counts = fc
      .tuple(fc.nat(1_000_000), fc.nat(1_000_000))
      .map(([a, b]) => [1 + a, 1 + a + b] as const);
    const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(counts, seconds, fc.integer({ min: 1, max: 200 }), ([done, total], seconds, columns) => {
        const line = formatProgress(done, total, seconds, columns);
        expect(line.length).toBeLessThan(columns);
        expect(line).not.toMatch(/NaN|Infinity|[ ,]-[0-9]/);
      }),
    );
  });
});

describe('progress on a terminal', () => {
  it('is drawn over itself, and taken away for something else to be printed', () => {
    const { bar, written } = progress(4);
    bar.advance();
    clock.ms += PAUSE_MS;
    bar.advance();
    bar.clear();
    expect(written).toEqual([expect.stringMatching(/ 1 of 4, /), expect.stringMatching(/ 2 of 4, /), AWAY]);
    expect(written.every((text) => text.startsWith(AWAY))).toBe(true);
  });

  it('is drawn ten times a second at the most, and again after it was taken away', () => {
    const { bar, written } = progress(1000);
    for (let i = 0; i < 100; i++) {
      bar.advance();
      clock.ms += 9;
    }
    // 900 ms: at the beginning, and then every twelfth time.
    expect(written).toHaveLength(9);
    bar.clear();
    bar.advance();
    expect(written.at(-1)).toMatch(/ 101 of 1000, /);
  });

  it('is not taken away where it was not drawn', () => {
    const { bar, written } = progress(4);
    bar.clear();
    expect(written).toEqual([]);
    bar.advance();
    bar.clear();
    bar.clear();
    expect(written).toHaveLength(2);
  });

  it('is silent where there is nothing to tell of', () => {
    const { bar, written } = progress(0);
    for (let i = 0; i < 3; i++) {
      bar.advance();
      bar.clear();
    }
    expect(written).toEqual([]);
  });
});

it('progress that goes to no terminal is not drawn', () => {
  const { bar, written } = progress(3, false);
  for (let i = 0; i < 3; i++) {
    bar.advance();
    clock.ms += PAUSE_MS;
  }
  bar.clear();
  expect(written).toEqual([]);
});
