import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { MemoryFile } from '../../../src/file/memory-file.js';
import { create, type Dialect, open, WhisperError } from '../../../src/index.js';
import { type Finding, findingCodes } from '../../../src/tools/verify/finding.js';
import { verify, verifyFile } from '../../../src/tools/verify/verify.js';
import {
  CompressedBytes,
  compressedFiles,
  compressedSample,
  SAMPLE_NOW,
} from '../../support/compressed-samples.js';
import { anyBytes } from '../../support/odd-bytes.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

vi.setConfig({ testTimeout: 60_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 200);
const LONGEST_MS = 1000;
const inFolder = temporaryFolder();
const hasFlock = spawnSync('flock', ['--version']).status === 0;

describe('verify', () => {
  it('takes a path, a URL or bytes, and names the path in its findings', () => {
    const path = inFolder('a.wsp');
    writeFileSync(path, compressedSample().subarray(0, 2000));
    const [finding] = verify(path, { now: SAMPLE_NOW });
    expect(finding).toEqual({
      level: 'damage',
      code: 'cut-off',
      message: 'byte 2000: the file ends here, 152 bytes before its header says',
      offset: 2000,
      path,
    });
    expect(verify(pathToFileURL(path), { now: SAMPLE_NOW })).toEqual([finding]);
    const { path: _, ...placed } = finding!;
    expect(verify(readFileSync(path), { now: SAMPLE_NOW })).toEqual([placed]);
  });

  it('leaves file and bytes as they are', () => {
    const bytes = compressedSample().fill(7, 700, 900);
    const before = Uint8Array.from(bytes);
    expect(verify(bytes, { deep: true, now: SAMPLE_NOW })).not.toEqual([]);
    expect(bytes).toEqual(before);
  });

  it('takes the time of its clock if it is given none', () => {
    const bytes = compressedSample();
    expect(verify(bytes, { clock: () => SAMPLE_NOW })).toEqual([]);
    expect(verify(bytes)).toEqual([]);
    const codes = verify(bytes, { clock: () => SAMPLE_NOW - 1000 }).map(({ code }) => code);
    expect(codes).toEqual(['future-points', 'future-points']);
  });

  it.runIf(hasFlock)('works under a lock that others read with, and waits for one who writes', () => {
    const path = inFolder('locked.wsp');
    writeFileSync(path, compressedSample());
    const reader = open(path, { readOnly: true, lock: true });
    expect(verify(path, { lock: true, lockTimeoutMs: 0 })).toEqual([]);
    reader.close();
    using _writer = open(path, { lock: true });
    expect(() => verify(path, { lock: true, lockTimeoutMs: 0 })).toThrow(
      expect.objectContaining({ code: 'WSP_LOCKED', path }),
    );
    expect(verify(path)).toEqual([]);
  });

  it.each([
    { name: 'no file', path: 'none.wsp', options: {}, code: 'WSP_NOT_FOUND' },
    { name: 'a folder', path: 'folder', options: {}, code: 'WSP_NOT_A_FILE' },
    { name: 'an unknown option', path: 'a.wsp', options: { depth: 1 }, code: 'WSP_BAD_OPTION' },
    {
      name: 'durable, which says nothing here',
      path: 'a.wsp',
      options: { durable: 'sync' },
      code: 'WSP_BAD_OPTION',
    },
    { name: 'an unknown dialect', path: 'a.wsp', options: { dialect: 'perl' }, code: 'WSP_BAD_OPTION' },
    { name: 'a depth that is no flag', path: 'a.wsp', options: { deep: 1 }, code: 'WSP_BAD_OPTION' },
    { name: 'a time that is none', path: 'a.wsp', options: { now: Number.NaN }, code: 'WSP_BAD_TIMESTAMP' },
  ])('throws for $name', ({ path, options, code }) => {
    mkdirSync(inFolder('folder'));
    writeFileSync(inFolder('a.wsp'), compressedSample());
    expect(() => verify(inFolder(path), options as object)).toThrow(expect.objectContaining({ code }));
  });

  it('throws for a path that is none', () => {
    expect(() => verify('')).toThrow(expect.objectContaining({ code: 'WSP_BAD_OPTION' }));
  });

  it('has a level for each code, which does not depend on the file', () => {
    expect(new Set(findingCodes).size).toBe(findingCodes.length);
    for (const code of findingCodes) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });
});

describe('a compressed file that is written to meanwhile', () => {
  const settings = { deep: true, now: SAMPLE_NOW + 500, dialect: 'python' as Dialect };

  /** The sample, and what it is after a batch that closes a block. */
  function moments(): { before: Uint8Array; after: Uint8Array } {
    const before = compressedSample();
    using database = open(before);
    const points = Array.from({ length: 150 }, (_, i) => [SAMPLE_NOW + 1 + i, Math.sqrt(i)] as const);
    database.updateMany(points, { now: SAMPLE_NOW + 500 });
    return { before, after: database.toBytes() };
  }

  /** A file whose metadata are the old ones for so many reads of its beginning. */
  class LateMetadata extends MemoryFile {
    readonly #before: Uint8Array;
    #left: number;

    constructor(before: Uint8Array, after: Uint8Array, left: number) {
      super(after);
      const { metadataSize } = new CompressedBytes(before);
      this.#before = before.slice(0, metadataSize);
      this.#left = left;
    }

    override readAt(into: Uint8Array, length: number, position: number): number {
      if (position > 0 || this.#left <= 0) return super.readAt(into, length, position);
      if (length >= this.#before.length) this.#left--;
      const bytes = this.#before.subarray(0, length);
      into.set(bytes);
      return bytes.length;
    }
  }

  it('is judged by metadata that still hold when it has been read', () => {
    const { before, after } = moments();
    expect(verifyFile(new MemoryFile(after), settings)).toEqual([]);
    expect(verifyFile(new LateMetadata(before, after, 1), settings)).toEqual([]);
  });

  it('is told to be damaged if they do hold', () => {
    const { before, after } = moments();
    const codes = verifyFile(new LateMetadata(before, after, 1000), settings).map(({ code }) => code);
    expect(codes).toContain('block-crc');
  });
});

/** Compressed files with one to four things wrong, some of them under a checksum that is right. */
function damagedCompressed(): fc.Arbitrary<Uint8Array> {
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const extreme = fc.constantFrom(0, 1, 7, 8, 16, 255, 256, 1024, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff);
  const field = fc.oneof(extreme, fc.nat(200), fc.nat(0xffff_ffff));
  type Damage = (file: CompressedBytes) => void;
  const inHeader = fc.tuple(place, field).map(
    ([at, value]): Damage =>
      ({ view, places }) => {
        const fields = 8 + 20 * places.length;
        const index = Math.floor(at * fields);
        view.setUint32(
          index < 8
            ? 19 + 4 * Math.min(index, 6)
            : 63 + 128 * Math.floor((index - 8) / 20) + 4 * ((index - 8) % 20),
          value,
        );
      },
  );
  const inMetadata = fc.tuple(place, field).map(
    ([at, value]): Damage =>
      ({ view, metadataSize }) => {
        const start = 63 + Math.floor((at * (metadataSize - 63)) / 4) * 4;
        view.setUint32(Math.min(start, metadataSize - 4), value);
      },
  );
  const inBlocks = fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 40 })).map(
    ([at, noise]): Damage =>
      (file) => {
        const { bytes, metadataSize } = file;
        const start = metadataSize + Math.floor(at * (bytes.length - metadataSize));
        bytes.set(noise.subarray(0, bytes.length - start), start);
      },
  );
  return fc
    .record({
      file: compressedFiles(),
      damages: fc.array(fc.oneof(inHeader, inMetadata, inBlocks), { maxLength: 4 }),
      isStamped: fc.boolean(),
      cut: fc.option(place, { freq: 3 }),
    })
    .map(({ file, damages, isStamped, cut }) => {
      const changed = new CompressedBytes(file);
      for (const damage of damages) damage(changed);
      const bytes = isStamped ? changed.stamped() : changed.bytes;
      return cut === null ? bytes : bytes.slice(0, Math.floor(cut * bytes.length));
    });
}

describe.each([
  { kind: 'any bytes at all', files: anyBytes },
  { kind: 'damaged compressed files', files: damagedCompressed },
])('$kind', ({ files }) => {
  const dialects = fc.constantFrom<Dialect>('python', 'go');

  /** The findings, in less than a second; whatever is thrown is the test's failure. */
  function findingsIn(bytes: Uint8Array, deep: boolean, dialect: Dialect): Finding[] {
    const start = performance.now();
    const findings = verify(bytes, { deep, dialect, now: SAMPLE_NOW });
    expect(performance.now() - start).toBeLessThan(LONGEST_MS);
    return findings;
  }

  it('give findings, each with its words, and never an error', () => {
    fc.assert(
      fc.property(files(), dialects, (bytes, dialect) => {
        const original = Uint8Array.from(bytes);
        const deep = findingsIn(bytes, true, dialect);
        for (const { code, message } of deep) {
          expect(findingCodes).toContain(code);
          expect(message).not.toMatch(/undefined|\[object/);
        }
        // Whoever looks deeper sees no less.
        expect(deep).toEqual(expect.arrayContaining(findingsIn(bytes, false, dialect)));
        expect(Buffer.compare(bytes, original)).toBe(0);
      }),
      { numRuns: runs },
    );
  });

  it('are damaged if they cannot be opened, and can be opened if no header is refused and nothing cut off', () => {
    const refusals = ['empty-file', 'bad-header', 'unknown-version', 'cut-off'];
    fc.assert(
      fc.property(files(), dialects, (bytes, dialect) => {
        const isRefused = findingsIn(bytes, false, dialect).some(({ code }) => refusals.includes(code));
        expect(isRefused).toBe(!canBeOpened(bytes, dialect));
      }),
      { numRuns: runs },
    );
  });

  it('are damaged where reading the blocks one by one finds damage', () => {
    fc.assert(
      fc.property(files(), (bytes) => {
        const found = findingsIn(bytes, true, 'python');
        for (const [archive, block] of damagedBlocks(bytes)) {
          expect(found).toContainEqual(expect.objectContaining({ archive, block }));
        }
      }),
      { numRuns: runs },
    );
  });
});

function canBeOpened(bytes: Uint8Array, dialect: Dialect): boolean {
  try {
    open(bytes, { dialect }).close();
    return true;
  } catch (error) {
    if (error instanceof WhisperError) return false;
    throw error;
  }
}

function damagedBlocks(bytes: Uint8Array): [archive: number, block: number][] {
  if (!canBeOpened(bytes, 'python')) return [];
  using database = open(bytes);
  if (database.format === 'standard') return [];
  return database.info.archives.flatMap((_, archive) => {
    const blocks = database.blocks(archive).filter(({ damage }) => damage !== undefined);
    return blocks.map(({ index }): [number, number] => [archive, index]);
  });
}

it('finds nothing in a new file of either format', () => {
  for (const format of ['standard', 'compressed'] as const) {
    const path = inFolder(`${format}.wsp`);
    create(path, { retentions: '10s:6h,1m:7d', format }).close();
    expect(verify(path, { deep: true })).toEqual([]);
  }
});
