import { utimesSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteFile } from '../../src/file/byte-file.js';
import { DiskFile } from '../../src/file/disk-file.js';
import { readSteadily } from '../../src/file/steady-read.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const UNIT = 4;
const COUNT = 6;
const inFolder = temporaryFolder();

/** A file of units of one letter each, of which another process writes: within a read, after each byte that is asked for. */
class BusyFile {
  readonly bytes: Uint8Array;
  reads = 0;
  readonly #writes: { after: number; unit: number; letter: number }[];
  readonly #isFresh: boolean;
  #copied = 0;

  constructor(writes: { after: number; unit: number; letter: number }[], isFresh = true) {
    this.bytes = new Uint8Array(UNIT * COUNT);
    this.#writes = writes;
    this.#isFresh = isFresh;
  }

  wasWrittenLately(): boolean {
    return this.#isFresh;
  }

  readAt(into: Uint8Array, length: number, position: number): number {
    this.reads++;
    const read = Math.max(0, Math.min(length, this.bytes.length - position));
    for (let i = 0; i < read; i++) {
      into[i] = this.bytes[position + i]!;
      this.#copied++;
      for (const { after, unit, letter } of this.#writes) {
        if (after === this.#copied) this.bytes.fill(letter, unit * UNIT, (unit + 1) * UNIT);
      }
    }
    return read;
  }
}

function read(file: BusyFile, length = UNIT * COUNT): Uint8Array {
  const into = new Uint8Array(length);
  return into.subarray(0, readSteadily(file as unknown as ByteFile, into, length, 0, UNIT));
}

describe('a read beside a writer', () => {
  it('has no unit of which a part is of before and a part of after, whatever is written meanwhile', () => {
    const write = fc.record({
      after: fc.integer({ min: 1, max: 4 * UNIT * COUNT }),
      unit: fc.nat(COUNT - 1),
      letter: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 10 }), (writes) => {
        const bytes = read(new BusyFile(writes));
        for (let at = 0; at < bytes.length; at += UNIT) {
          expect(new Set(bytes.subarray(at, at + UNIT)).size).toBe(1);
        }
      }),
    );
  });

  it('is one call where nobody has written lately, and two where nothing changes', () => {
    const [calm, fresh] = [new BusyFile([], false), new BusyFile([])];
    read(calm);
    read(fresh);
    expect([calm.reads, fresh.reads]).toEqual([1, 2]);
  });

  it('comes to an end beside one who never rests', () => {
    const writes = Array.from({ length: 10_000 }, (_, i) => ({ after: i, unit: i % COUNT, letter: i % 251 }));
    const file = new BusyFile(writes);
    expect(read(file)).toHaveLength(UNIT * COUNT);
    expect(file.reads).toBeLessThan(50);
  });

  it('ends where the file does', () => {
    expect(read(new BusyFile([]), 2 * UNIT * COUNT)).toHaveLength(UNIT * COUNT);
  });
});

it('a file on disk knows whether it was written to a moment ago', () => {
  writeFileSync(inFolder('a'), 'abc');
  const file = DiskFile.open(inFolder('a'), 'write');
  utimesSync(inFolder('a'), 1_700_000_000, 1_700_000_000);
  expect(file.wasWrittenLately()).toBe(false);
  file.writeAt(Buffer.from('x'), 1, 0);
  expect(file.wasWrittenLately()).toBe(true);
  file.close();
});
