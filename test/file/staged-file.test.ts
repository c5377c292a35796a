import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryFile } from '../../src/file/memory-file.js';
import { StagedFile } from '../../src/file/staged-file.js';
import { FailingFile } from '../support/failing-file.js';
import { RecordingFile } from '../support/recording-file.js';

const RUNS = { numRuns: Number(process.env['SOTTO_RUNS'] ?? 100) };
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

describe('used again and again', () => {
  /** More than a piece has room for behind it, and than the memory that is kept for the next one. */
  const LARGE = 600_000;
  const length = fc.oneof(
    { weight: 4, arbitrary: fc.nat(64) },
    { weight: 3, arbitrary: fc.nat(20_000) },
    { weight: 1, arbitrary: fc.constantFrom(16 * 1024, 256 * 1024, 256 * 1024 + 1, 300_000) },
  );
  const place = fc.oneof(fc.constant(0), fc.nat(200), fc.nat(LARGE), fc.nat(40_000));
  const round = fc.record({
    writes: fc.array(fc.record({ place, length, isBehind: fc.boolean() }), { maxLength: 8 }),
    end: fc.constantFrom('commit', 'commit', 'discard'),
  });

  it('it has in each round what was written in it, and nothing of one before', () => {
    let mark = 0;
    fc.assert(
      fc.property(fc.array(round, { maxLength: 5 }), (rounds) => {
        const below = new MemoryFile(new Uint8Array(LARGE), 'owned');
        const staged = new StagedFile(below);
        const committed = new Uint8Array(LARGE);
        for (const { writes, end } of rounds) {
          const expected = committed.slice();
          let reached = 0;
          for (const { place, length, isBehind } of writes) {
            // Mostly a little more behind what was written last, over its end: as an encoder does.
            const position = isBehind ? Math.max(0, reached - (place % 40)) : place;
            const bytes = new Uint8Array(Math.min(length, LARGE - position)).fill((mark++ % 250) + 1);
            staged.writeAt(bytes, bytes.length, position);
            expected.set(bytes, position);
            reached = position + bytes.length;
          }
          expect(Buffer.compare(below.bytes, committed)).toBe(0);
          const seen = new Uint8Array(LARGE);
          expect(staged.readAt(seen, LARGE, 0)).toBe(LARGE);
          expect(Buffer.compare(seen, expected)).toBe(0);
          if (end === 'commit') {
            staged.commit();
            committed.set(expected);
          } else staged.discard();
          expect(Buffer.compare(below.bytes, committed)).toBe(0);
        }
      }),
      RUNS,
    );
  });

  it('it forgets what is discarded', () => {
    const below = new MemoryFile(original(), 'owned');
    const staged = new StagedFile(below);
    staged.writeAt(Uint8Array.of(9, 9, 9), 3, 10);
    staged.discard();
    expect(contentOf(staged)).toEqual(original());
    staged.commit();
    expect(contentOf(below)).toEqual(original());
  });

  it('a piece that is written where one before had more shows the file beneath behind its end', () => {
    const staged = new StagedFile(new MemoryFile(original(), 'owned'));
    staged.writeAt(new Uint8Array(40).fill(0xee), 40, 0);
    staged.discard();
    staged.writeAt(Uint8Array.of(1), 1, 8);
    staged.writeAt(Uint8Array.of(2, 3), 2, 8);
    expect([...contentOf(staged).subarray(6, 14)]).toEqual([6, 7, 2, 3, 10, 11, 12, 13]);
  });
});

describe('what is committed', () => {
  it('goes by position, what overlaps at once', () => {
    const below = new RecordingFile(new Uint8Array(1000));
    const staged = new StagedFile(below);
    for (const [position, length] of [
      [0, 10],
      [500, 20],
      [100, 30],
      [510, 40],
      [120, 5],
      [300, 10],
      [295, 10],
    ] as const) {
      staged.writeAt(new Uint8Array(length).fill(1), length, position);
    }
    staged.commit();
    expect(below.takeCalls()).toEqual([
      'write 10 at 0',
      'write 30 at 100',
      'write 15 at 295',
      'write 50 at 500',
    ]);
    staged.commit();
    expect(below.takeCalls()).toEqual([]);
  });

  it('of nothing is nothing', () => {
    const below = new RecordingFile(new Uint8Array(10));
    const staged = new StagedFile(below);
    staged.writeAt(new Uint8Array(4), 0, 3);
    staged.commit();
    expect(below.takeCalls()).toEqual([]);
  });

  it('is gone on with after a write that failed, or let go of', () => {
    for (const isTriedAgain of [true, false]) {
      const below = new FailingFile(original(), { writes: 1 });
      const staged = new StagedFile(below);
      staged.writeAt(Uint8Array.of(91), 1, 20);
      staged.writeAt(Uint8Array.of(92), 1, 40);
      expect(() => staged.commit()).toThrow(expect.objectContaining({ code: 'WSP_SYSTEM' }));
      below.writesLeft = Infinity;
      if (!isTriedAgain) staged.discard();
      staged.commit();
      expect([below.bytes[20], below.bytes[40]]).toEqual([91, isTriedAgain ? 92 : 40]);
    }
  });
});
