import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/bytes/crc32.js';
import {
  decodeJournal,
  decodeWriter,
  encodeJournal,
  fitsChange,
  JOURNAL_HEADER_SIZE,
  type Journal,
} from '../../src/file/journal.js';

const RUNS = { numRuns: Number(process.env['SOTTO_RUNS'] ?? 100) };

const WRITER = {
  pid: 4711,
  thread: 2,
  startTime: 123_456_789_012n,
  bootId: '00112233445566778899aabbccddeeff',
};
const IDENTITY = { device: 64_768n, inode: 2n ** 40n + 5n, birth: 1_600_000_000_123_456_789n, size: 5000 };

function change(position: number, before: readonly number[], bytes: readonly number[]) {
  return { position, before: Uint8Array.from(before), bytes: Uint8Array.from(bytes) };
}

const SMALL: Journal = {
  identity: IDENTITY,
  writer: WRITER,
  changes: [change(43, [1, 2], [3, 4]), change(4097, [5], [6])],
};

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('a journal', () => {
  it('is laid out as the head of the file says', () => {
    const bytes = encodeJournal(SMALL);
    expect(hex(bytes.subarray(0, bytes.length - 4))).toBe(
      [
        Buffer.from('sotto journal 1\n').toString('hex'),
        '000000000000007e', // length
        '000000000000fd00', // device
        '0000010000000005', // inode
        '16345785dffbcd15', // birth
        '0000000000001388', // size
        '00001267', // process
        '00000002', // thread
        '0000001cbe991a14', // start
        '00112233445566778899aabbccddeeff',
        '00000002', // spans
        '000000000000002b00000002',
        '000000000000100100000001',
        '01020304', // before and after, span by span
        '0506',
      ].join(''),
    );
    const view = new DataView(bytes.buffer);
    expect(view.getUint32(bytes.length - 4)).toBe(crc32(bytes.subarray(0, bytes.length - 4)));
  });

  it('is read as it was written, with whatever lies behind its end', () => {
    const span = fc
      .tuple(fc.nat(4000), fc.array(fc.tuple(fc.nat(255), fc.nat(255)), { maxLength: 40 }))
      .map(([position, pairs]) => {
        return change(
          position,
          pairs.map(([before]) => before),
          pairs.map(([, after]) => after),
        );
      });
    fc.assert(
      fc.property(fc.array(span, { maxLength: 5 }), fc.uint8Array({ maxLength: 9 }), (changes, behind) => {
        const journal = { ...SMALL, changes };
        const bytes = Buffer.concat([encodeJournal(journal), behind]);
        expect(decodeWriter(bytes)).toEqual(WRITER);
        const { identity, writer, changes: read } = decodeJournal(bytes)!;
        expect({ identity, writer }).toEqual({ identity: IDENTITY, writer: WRITER });
        expect(read.map(({ position, before, bytes }) => [position, hex(before), hex(bytes)])).toEqual(
          changes.map(({ position, before, bytes }) => [position, hex(before), hex(bytes)]),
        );
      }),
      RUNS,
    );
  });

  it('is none if any byte of it is another, or if it was cut off', () => {
    const bytes = encodeJournal(SMALL);
    for (let i = 0; i < bytes.length; i++) {
      const damaged = bytes.slice();
      damaged[i]! ^= 1 << (i % 8);
      expect(decodeJournal(damaged), `byte ${i}`).toBeUndefined();
      expect(decodeJournal(bytes.subarray(0, i)), `${i} bytes`).toBeUndefined();
    }
    expect(decodeJournal(bytes)).toBeDefined();
  });

  it('tells who writes it as soon as its header is there', () => {
    const bytes = encodeJournal(SMALL);
    expect(decodeWriter(bytes.subarray(0, JOURNAL_HEADER_SIZE))).toEqual(WRITER);
    expect(decodeWriter(bytes.subarray(0, JOURNAL_HEADER_SIZE - 1))).toBeUndefined();
    expect(decodeWriter(new Uint8Array(500))).toBeUndefined();
  });

  it.each([
    { name: 'ends behind the file', changes: [change(4999, [1, 2], [3, 4])] },
    { name: 'begins behind it', changes: [change(2 ** 40, [1], [3])] },
  ])('is none if a span $name, even with its checksum right', ({ changes }) => {
    expect(decodeJournal(encodeJournal({ ...SMALL, changes }))).toBeUndefined();
  });

  it('is none if its spans do not add up to its length, even with its checksum right', () => {
    for (const [at, value] of [
      [88, 0],
      [88, 1],
      [88, 3],
      [88, 0xffff_ffff],
      [92 + 8, 1],
      [92 + 8, 0xffff_ffff],
    ] as const) {
      const bytes = encodeJournal(SMALL);
      const view = new DataView(bytes.buffer);
      view.setUint32(at, value);
      view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, bytes.length - 4)));
      expect(decodeJournal(bytes), `${value} at byte ${at}`).toBeUndefined();
    }
  });
});

describe('whether a file is still as a journal has left it', () => {
  const size = 2000;
  const before = new Uint8Array(size).fill(1);
  const bytes = new Uint8Array(size).fill(2);
  const at = (position: number) => ({ position, before, bytes });

  it.each([
    { name: 'untouched', from: 0, to: 0 },
    { name: 'written wholly', from: 0, to: size },
    { name: 'written up to a sector', from: 0, to: 412 },
    { name: 'written from a sector on', from: 924, to: size },
    { name: 'written in the middle alone', from: 412, to: 924 },
  ])('it is: $name', ({ from, to }) => {
    const present = before.slice();
    present.set(bytes.subarray(from, to), from);
    // The sectors of the file begin at bytes 412, 924, … of the span.
    expect(fitsChange(at(100), present)).toBe(true);
  });

  it.each([
    { name: 'one byte of something else', make: (present: Uint8Array) => present.fill(3, 700, 701) },
    { name: 'a sector that is half of each', make: (present: Uint8Array) => present.fill(2, 412, 500) },
    { name: 'fewer bytes', make: (present: Uint8Array) => present.subarray(1) },
  ])('it is not: $name', ({ make }) => {
    expect(fitsChange(at(100), make(before.slice()))).toBe(false);
  });
});
