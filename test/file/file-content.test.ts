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
