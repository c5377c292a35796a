import { closeSync, ftruncateSync, openSync, readFileSync, statSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Late } from '../../src/database/handle-options.js';
import { openFile } from '../../src/database/open-file.js';
import {
  type CompressedInfo,
  convert,
  create,
  type Database,
  open,
  verify,
  WhisperError,
} from '../../src/index.js';
import { compressedLayouts, createCompressed, values } from '../support/compressed-histories.js';
import { FailingFile } from '../support/failing-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.setConfig({ testTimeout: 60_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 40);
const START = 1_600_000_000;
const inFolder = temporaryFolder();
const DISCARDING = { late: 'discard' } as const;
/** What may stand behind the last point of a current block once a write was stopped, and in any file. */
const LEFT_BEHIND: readonly string[] = ['unfinished-append', 'end-marker', 'future-points'];

describe('on the disk', () => {
  it('an empty file takes next to nothing, and reads as the zeros that it stands for', () => {
    const path = inFolder('new.wsp');
    const options = { retentions: '10s:1d,1m:30d,1h:5y', format: 'compressed' } as const;
    create(path, options).close();
    using inMemory = create(null, options);
    expect(readFileSync(path).equals(inMemory.toBytes())).toBe(true);
    if (hasHoles()) expect(onDisk(path)).toBeLessThanOrEqual(8192);
    const { metadataSize } = inMemory.info as CompressedInfo;
    expect(
      inMemory
        .toBytes()
        .subarray(metadataSize)
        .every((byte) => byte === 0),
    ).toBe(true);
  });

  it('so does what has grown, and what was converted', () => {
    const [path, standard, converted] = ['grown', 'standard', 'converted'].map((name) =>
      inFolder(`${name}.wsp`),
    );
    {
      using database = create(path!, { retentions: '1s:100000,1m:100000', format: 'compressed' });
      using inMemory = create(null, { retentions: '1s:100000,1m:100000', format: 'compressed' });
      for (const handle of [database, inMemory]) {
        for (let i = 0; i < 3000; i += 1000) {
          const points = Array.from({ length: 1000 }, (_, j) => [START + i + j, Math.sin(i + j)] as const);
          handle.updateMany(points, { now: START + i + 1000 });
        }
      }
      expect((database.info as CompressedInfo).archives[0]!.growths).toBeGreaterThan(0);
      expect(readFileSync(path!).equals(inMemory.toBytes())).toBe(true);
    }
    convert(path!, standard!, { to: 'standard', now: START + 3000 });
    convert(standard!, converted!, { to: 'compressed', now: START + 3000 });
    expect(statSync(standard!).size).toBeGreaterThan(2_000_000);
    if (!hasHoles()) return;
    // 3000 points of some 9 bytes, and the beginning of the file.
    for (const file of [path!, converted!]) {
      expect(statSync(file).size).toBeGreaterThan(200_000);
      expect(onDisk(file)).toBeLessThan(80_000);
    }
  });
});

/**
 * Blocks are written before the metadata, but for those that late points change: these are written through a journal, for
 * which a file in memory has no place, so that they are discarded here. A call that fails before the metadata stand in the file leaves the old ones in
 * force: every point that was stored is there, but for those of blocks that the call reused, whose beginning it may have
 * overwritten. Done again, the call leaves what it would have left at once.
 */
describe('a batch whose writes fail', () => {
  const cases = compressedLayouts().chain((layout) => {
    const [step, points] = layout.archives[0]!;
    const batch = fc.array(fc.tuple(fc.integer({ min: -20, max: points }), values()), {
      minLength: 1,
      maxLength: 60,
      size: 'max',
    });
    const timed = batch.map((points) => points.map(([age, value]) => [START - age * step, value] as const));
    return fc.record({
      layout: fc.constant(layout),
      before: fc.array(timed, { maxLength: 3 }),
      batch: timed.map((points) =>
        points.map(([timestamp, value]) => [timestamp + 15 * step, value] as const),
      ),
      now: fc.constant(START + 40 * step),
      late: fc.constantFrom('insert', 'discard'),
      failing: fc.nat(12),
      torn: fc.constantFrom(0, 0.3, 0.9),
    });
  });

  it('leaves a file with all earlier points but those of reused blocks, and can be done again', () => {
    fc.assert(
      fc.property(cases, ({ layout, before, batch, now, failing, torn }) => {
        using database = createCompressed(null, layout, DISCARDING);
        for (const points of before) database.updateMany(points, { now });
        const bytes = database.toBytes();
        const writes = writesOf(bytes, (handle) => handle.updateMany(batch, { now }));
        // A file that grows is made anew elsewhere.
        fc.pre(writes > 1);
        // The last write is that of the metadata.
        const file = new FailingFile(bytes, { writes: failing % (writes - 1), torn });
        expect(codeOf(() => over(file).updateMany(batch, { now }))).toBe('WSP_SYSTEM');
        database.updateMany(batch, { now });
        using former = open(bytes, DISCARDING);
        using failed = open(file.bytes, DISCARDING);
        expect(failed.info).toEqual(former.info);
        expectPoints(failed, former, database);
        const codes = verify(file.bytes, { deep: true, now }).map(({ code }) => code);
        if (!isAnyReused(former, database)) {
          expect(codes.filter((code) => !LEFT_BEHIND.includes(code))).toEqual([]);
        }
        failed.updateMany(batch, { now });
        expect(Buffer.compare(failed.toBytes(), database.toBytes())).toBe(0);
      }),
      { numRuns: runs },
    );
  });

  it('leaves the file as it was if reading fails', () => {
    fc.assert(
      fc.property(cases, ({ layout, before, batch, now, late, failing }) => {
        using database = createCompressed(null, layout, { late });
        for (const points of before) database.updateMany(points, { now });
        const bytes = database.toBytes();
        const file = new FailingFile(bytes, {});
        using handle = over(file, late);
        file.readsLeft = failing % 3;
        const code = codeOf(() => handle.updateMany(batch, { now }));
        if (code === undefined) return;
        expect(code).toBe('WSP_SYSTEM');
        expect(Buffer.compare(file.bytes, bytes)).toBe(0);
      }),
      { numRuns: runs },
    );
  });
});

/** The failed file has the blocks of the former one, bar those that the finished call has reused, and its buffers. */
function expectPoints(failed: Database, former: Database, finished: Database): void {
  for (const archive of former.info.archives.keys()) {
    const now = finished.blocks(archive);
    for (const block of former.blocks(archive)) {
      if (block.isEmpty || isReused(block, now[block.index]!)) continue;
      const { points, damage } = failed.blocks(archive)[block.index]!;
      expect({ damage, points }).toEqual({ damage: undefined, points: block.points });
    }
    const isWhole = former.blocks(archive).every((block, i) => !isReused(block, now[i]!));
    if (isWhole) expect(failed.points(archive)).toEqual(former.points(archive));
  }
}

function isReused(former: { start: number }, now: { start: number }): boolean {
  return former.start !== 0 && former.start !== now.start;
}

function isAnyReused(former: Database, finished: Database): boolean {
  return [...former.info.archives.keys()].some((archive) => {
    const now = finished.blocks(archive);
    return former.blocks(archive).some((block, i) => isReused(block, now[i]!));
  });
}

/** How many writes a call takes. */
function writesOf(bytes: Uint8Array, call: (database: Database) => unknown): number {
  const file = new FailingFile(bytes, { writes: 2 ** 30 });
  call(over(file));
  return 2 ** 30 - file.writesLeft;
}

function over(file: FailingFile, late: Late = 'discard'): Database {
  return openFile(file, {
    dialect: 'python',
    durable: 'none',
    clock: () => START,
    isReadOnly: false,
    isExclusive: false,
    late,
    lock: undefined,
    force: false,
    strict: false,
  });
}

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof WhisperError) return error.code;
    throw error;
  }
}

/** Bytes that a file takes on the disk. */
function onDisk(path: string): number {
  return statSync(path).blocks * 512;
}

/** Whether the file system leaves out what was never written. */
function hasHoles(): boolean {
  const path = inFolder('hole');
  const fd = openSync(path, 'w');
  ftruncateSync(fd, 1_000_000);
  closeSync(fd);
  return onDisk(path) < 100_000;
}
