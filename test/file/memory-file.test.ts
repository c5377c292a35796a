import { expect, it } from 'vitest';
import { MemoryFile } from '../../src/file/memory-file.js';

it('reads what is there and says how much that was', () => {
  const file = new MemoryFile(Uint8Array.of(1, 2, 3, 4));
  const into = new Uint8Array(4);
  expect(file.readAt(into, 4, 2)).toBe(2);
  expect([...into]).toEqual([3, 4, 0, 0]);
  expect(file.readAt(into, 4, 9)).toBe(0);
});

it.each([Uint8Array.of(1, 2, 3, 4), Buffer.of(1, 2, 3, 4)])(
  'leaves the bytes it was opened over as they were',
  (given) => {
    const file = new MemoryFile(given);
    file.writeAt(Uint8Array.of(9, 8, 7), 2, 1);
    const into = new Uint8Array(4);
    file.readAt(into, 4, 0);
    expect([...into]).toEqual([1, 9, 8, 4]);
    expect([...given]).toEqual([1, 2, 3, 4]);
  },
);
