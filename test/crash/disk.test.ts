import { describe, expect, it } from 'vitest';
import { type Change, changed, EMPTY_DISK, killedStates, powerCutStates } from '../support/crash-disk.js';
import { SeededRandom } from '../support/crash-random.js';

const make: Change = { change: 'make', file: 0, name: 'a' };
const sync: Change = { change: 'sync', file: 0 };
const syncNames: Change = { change: 'sync names' };

function write(position: number, length: number, value: number): Change {
  return { change: 'write', file: 0, position, bytes: new Uint8Array(length).fill(value) };
}

/** States of the file called a, each told by its runs of equal bytes; undefined where there is none. */
function told(states: Iterable<{ disk: typeof EMPTY_DISK }>): (string | undefined)[] {
  return [...states].map(({ disk }) => {
    const file = disk.names.get('a');
    const bytes = disk.files.get(file ?? -1);
    if (bytes === undefined) return undefined;
    const runs: [value: number, length: number][] = [];
    for (const value of bytes) {
      const last = runs.at(-1);
      if (last?.[0] === value) last[1]++;
      else runs.push([value, 1]);
    }
    return runs.map(([value, length]) => `${length}×${value}`).join(' ');
  });
}

const bounds = { exhaustive: 3, samples: 0, random: new SeededRandom(1).share };

describe('what a kill may leave', () => {
  it('is every beginning of the changes, and of a write every page', () => {
    expect(told(killedStates(EMPTY_DISK, [make, write(4000, 5000, 1)]))).toEqual([
      undefined,
      '',
      '4000×0 96×1',
      '4000×0 4192×1',
      '4000×0 5000×1',
    ]);
  });

  it('tells how many changes had been asked for', () => {
    const asked = [...killedStates(EMPTY_DISK, [make, write(0, 1, 1), sync])].map((state) => state.asked);
    expect(asked).toEqual([0, 1, 2, 3]);
  });
});

describe('what a power cut may leave', () => {
  it('is any part of what was not synced, and of the last of it every sector', () => {
    const start = [make, write(0, 600, 1)].reduce(changed, EMPTY_DISK);
    expect(told(powerCutStates(start, [write(0, 1, 2), write(500, 100, 3)], bounds))).toEqual([
      '600×1',
      '1×2 599×1',
      '500×1 100×3',
      '500×1 12×3 88×1',
      '1×2 499×1 100×3',
      '1×2 499×1 12×3 88×1',
    ]);
  });

  it('is nothing of a file whose name was not synced, and all of one that was', () => {
    const states = told(powerCutStates(EMPTY_DISK, [make, write(0, 1, 1), sync, syncNames], bounds));
    expect(states.slice(0, 4)).toEqual([undefined, '', undefined, '1×1']);
    expect(states.at(-1)).toBe('1×1');
    expect(states).toHaveLength(4 + 2 + 1);
  });

  it('is the old file or the new one after a rename', () => {
    const start = [make, write(0, 1, 1)].reduce(changed, EMPTY_DISK);
    const other: Change = { change: 'make', file: 1, name: 'b' };
    const bytes: Change = { change: 'write', file: 1, position: 0, bytes: Uint8Array.of(2) };
    const changes: Change[] = [other, bytes, { change: 'sync', file: 1 }];
    const rename: Change = { change: 'rename', file: 1, from: 'b', name: 'a' };
    const states = told(powerCutStates(start, [...changes, rename, syncNames], bounds));
    expect(new Set(states)).toEqual(new Set(['1×1', '1×2']));
  });

  it('is looked at in samples where there is too much of it', () => {
    const many = Array.from({ length: 12 }, (_, i) => write(i, 1, i + 1));
    const states = [...powerCutStates(EMPTY_DISK, [make, sync, ...many], { ...bounds, samples: 5 })];
    expect(states.length).toBeGreaterThan(30);
    expect(states.length).toBeLessThan(100);
  });
});
