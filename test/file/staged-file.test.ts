import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryFile } from '../../src/file/memory-file.js';
import { StagedFile } from '../../src/file/staged-file.js';

const SIZE = 64;

function original(): Uint8Array {
  return Uint8Array.from({ length: SIZE }, (_, i) => i);
}

function contentOf(file: { readAt: MemoryFile['readAt'] }): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  expect(file.readAt(bytes, SIZE, 0)).toBe(SIZE);
  return bytes;
}

/** Writes to places inside a file of 64 bytes. */
function writes(): fc.Arbitrary<{ position: number; bytes: Uint8Array }[]> {
  const write = fc
    .tuple(fc.nat(SIZE - 1), fc.uint8Array({ maxLength: 20 }))
    .map(([position, bytes]) => ({ position, bytes: bytes.subarray(0, SIZE - position) }));
  return fc.array(write, { maxLength: 12 });
}

describe('a file whose changes wait', () => {
  it('reads as if they were made, and the file below does not have them until they are committed', () => {
    const span = fc.tuple(fc.nat(SIZE), fc.nat(SIZE));
    fc.assert(
      fc.property(writes(), span, (list, [position, length]) => {
        const below = new MemoryFile(original(), 'owned');
        const staged = new StagedFile(below);
        const expected = original();
        for (const { bytes, position } of list) {
          staged.writeAt(bytes, bytes.length, position);
          expected.set(bytes, position);
        }
        const part = new Uint8Array(length);
        const read = staged.readAt(part, length, position);
        expect(part.subarray(0, read)).toEqual(expected.subarray(position, position + length));
        expect(contentOf(below)).toEqual(original());
        staged.commit();
        expect(contentOf(below)).toEqual(expected);
        expect(contentOf(staged)).toEqual(expected);
      }),
    );
  });

  it('takes the first bytes of what it is given, as many as it is told', () => {
    const below = new MemoryFile(original(), 'owned');
    const staged = new StagedFile(below);
    staged.writeAt(Uint8Array.of(9, 9, 9), 2, 10);
    staged.commit();
    expect([...contentOf(below).subarray(9, 14)]).toEqual([9, 9, 9, 12, 13]);
  });

  it.each([
    { kind: 'a Uint8Array', bytes: Uint8Array.of(1, 2, 3) },
    { kind: 'a Buffer, whose slice is a view', bytes: Buffer.of(1, 2, 3) },
  ])('keeps what $kind had in it when it was written', ({ bytes }) => {
    const below = new MemoryFile(original(), 'owned');
    const staged = new StagedFile(below);
    staged.writeAt(bytes, 3, 0);
    bytes.fill(7);
    staged.commit();
    expect([...contentOf(below).subarray(0, 4)]).toEqual([1, 2, 3, 3]);
  });

  it('commits each change once', () => {
    const below = new MemoryFile(original(), 'owned');
    const staged = new StagedFile(below);
    staged.writeAt(Uint8Array.of(9), 1, 0);
    staged.commit();
    below.writeAt(Uint8Array.of(5), 1, 0);
    staged.commit();
    expect(contentOf(below)[0]).toBe(5);
    expect(contentOf(staged)[0]).toBe(5);
  });

  it('says how many bytes there are where the file ends', () => {
    const staged = new StagedFile(new MemoryFile(original(), 'owned'));
    expect(staged.readAt(new Uint8Array(10), 10, SIZE - 4)).toBe(4);
    expect(staged.size()).toBe(SIZE);
  });

  it('is otherwise the file below it', () => {
    const calls: string[] = [];
    const below = Object.assign(new MemoryFile(original()), {
      path: 'a.wsp',
      name: 'a.wsp',
      isReplaced: () => true,
      sync: () => void calls.push('sync'),
      close: () => void calls.push('close'),
    });
    const staged = new StagedFile(below);
    expect([staged.path, staged.name, staged.isReplaced()]).toEqual(['a.wsp', 'a.wsp', true]);
    staged.sync();
    staged.close();
    expect(calls).toEqual(['sync', 'close']);
  });
});
