import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DiskFile } from '../../src/file/disk-file.js';
import { type FileContent, writeContent } from '../../src/file/file-content.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();
const PAGE = 4096;
const runs = Number(process.env['SOTTO_RUNS'] ?? 100);

/** Writes a new file and gives its bytes. */
function written(content: FileContent): Buffer {
  const path = inFolder('a.wsp');
  const fd = openSync(path, 'w+');
  try {
    writeContent(new DiskFile(path, fd), fd, content);
  } finally {
    closeSync(fd);
  }
  return readFileSync(path);
}

/** Bytes on the disk that a file takes. */
function room(): number {
  return 512 * statSync(inFolder('a.wsp')).blocks;
}

/** Pages of zeros and pages with something in them, the last one cut short, and zeros behind. */
function contents(): fc.Arbitrary<FileContent> {
  const page = fc.oneof(
    fc.constant(new Uint8Array(PAGE)),
    fc.tuple(fc.nat(PAGE - 1), fc.integer({ min: 1, max: 255 })).map(([at, byte]) => {
      const bytes = new Uint8Array(PAGE);
      bytes[at] = byte;
      return bytes;
    }),
  );
  return fc
    .record({
      pages: fc.array(page, { maxLength: 8 }),
      cut: fc.nat(PAGE - 1),
      behind: fc.oneof(fc.constant(0), fc.nat(3 * PAGE), fc.constant(600_000)),
      sparse: fc.boolean(),
    })
    .map(({ pages, cut, behind, sparse }) => {
      const bytes = new Uint8Array(Buffer.concat(pages));
      const start = bytes.subarray(0, Math.max(0, bytes.length - cut));
      return { start, size: start.length + behind, sparse };
    });
}

describe('what a new file holds', () => {
  it('is its beginning and zeros behind it, with and without holes', () => {
    fc.assert(
      fc.property(contents(), (content) => {
        const expected = Buffer.alloc(content.size);
        expected.set(content.start);
        expect(written(content).equals(expected)).toBe(true);
      }),
      { numRuns: runs },
    );
  });

  it.each([0, 1, PAGE - 1, PAGE, PAGE + 1, 256 * 1024, 256 * 1024 + 1])('can be %d zeros alone', (size) => {
    for (const sparse of [true, false]) {
      expect(written({ size, start: new Uint8Array(0), sparse }).equals(Buffer.alloc(size))).toBe(true);
    }
  });

  it('takes room for the pages that hold something, where it may have holes', () => {
    const start = new Uint8Array(100 * PAGE);
    for (const page of [0, 17, 18, 99]) start[page * PAGE + 5] = 1;
    const bytes = written({ size: 200 * PAGE, start, sparse: true });
    expect(bytes.length).toBe(200 * PAGE);
    // Some file systems count in more than pages.
    expect(room()).toBeLessThanOrEqual(16 * PAGE);
  });

  it('takes room for all of it where it may not', () => {
    written({ size: 200 * PAGE, start: new Uint8Array(100 * PAGE), sparse: false });
    expect(room()).toBeGreaterThanOrEqual(200 * PAGE);
  });

  it('is refused with the path where it cannot be that long', () => {
    const path = inFolder('a.wsp');
    const fd = openSync(path, 'w+');
    const content = { size: 2 ** 63, start: Uint8Array.of(1), sparse: true };
    try {
      expect(() => writeContent(new DiskFile(path, fd), fd, content)).toThrow(
        expect.objectContaining({ code: 'WSP_SYSTEM', path }),
      );
    } finally {
      closeSync(fd);
    }
  });
});

describe('its writes', () => {
  const PIECE = 64 * 1024;

  /** Notes where it writes, and how much. */
  class NotingFile extends DiskFile {
    readonly writes: { readonly position: number; readonly length: number }[] = [];

    override writeAt(from: Uint8Array, length: number, position: number): void {
      this.writes.push({ position, length });
      super.writeAt(from, length, position);
    }
  }

  function writesOf(content: FileContent) {
    const path = inFolder('noted.wsp');
    const fd = openSync(path, 'w+');
    const file = new NotingFile(path, fd);
    try {
      writeContent(file, fd, content);
    } finally {
      closeSync(fd);
    }
    const expected = Buffer.alloc(content.size);
    expected.set(content.start);
    expect(readFileSync(path).equals(expected)).toBe(true);
    return file.writes;
  }

  it.each([
    { length: 0, writes: [] },
    { length: 1, writes: [1] },
    { length: PIECE - 1, writes: [PIECE - 1] },
    { length: PIECE, writes: [PIECE] },
    { length: PIECE + 1, writes: [PIECE, 1] },
    { length: 2 * PIECE + PAGE, writes: [PIECE, PIECE, PAGE] },
  ])('are pieces of 64 KiB at most, one behind the other: $length bytes', ({ length, writes }) => {
    const start = new Uint8Array(length).fill(7);
    const made = writesOf({ size: length + 3 * PAGE, start, sparse: true });
    expect(made.map(({ length }) => length)).toEqual(writes);
    expect(made.map(({ position }) => position)).toEqual(writes.map((_, i) => i * PIECE));
  });

  it('leave out whole pages of zeros, and no others', () => {
    const start = new Uint8Array(40 * PAGE + 100);
    for (const page of [0, 1, 5, 20, 39]) start[page * PAGE + 4095] = 1;
    const made = writesOf({ size: 50 * PAGE, start, sparse: true });
    expect(made).toEqual([
      { position: 0, length: 2 * PAGE },
      { position: 5 * PAGE, length: PAGE },
      { position: 20 * PAGE, length: PAGE },
      { position: 39 * PAGE, length: PAGE },
    ]);
  });

  it('with the last page cut short go as far as it does', () => {
    const start = new Uint8Array(2 * PAGE + 10);
    start[2 * PAGE + 9] = 1;
    expect(writesOf({ size: start.length, start, sparse: true })).toEqual([
      { position: 2 * PAGE, length: 10 },
    ]);
  });

  it.each([1, PIECE, PIECE + 1, 3 * PIECE])('of %i zeros behind the beginning are pieces too', (zeros) => {
    const start = new Uint8Array(PAGE).fill(1);
    const [first, ...rest] = writesOf({ size: PAGE + zeros, start, sparse: false });
    expect(first).toEqual({ position: 0, length: PAGE });
    expect(rest.map(({ position }) => position)).toEqual(rest.map((_, i) => PAGE + i * PIECE));
    expect(Math.max(...rest.map(({ length }) => length))).toBeLessThanOrEqual(PIECE);
    expect(rest.reduce((sum, { length }) => sum + length, 0)).toBe(zeros);
  });
});
