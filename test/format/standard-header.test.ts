import { describe, expect, it } from 'vitest';
import {
  bodyEnd,
  decodeHeader,
  encodeHeader,
  headerSize,
  planLayout,
  type StandardHeader,
} from '../../src/format/standard-header.js';

const { archives, fileSize } = planLayout([
  { step: 60, points: 1440 },
  { step: 3600, points: 168 },
]);
const header: StandardHeader = { aggregation: 'average', maxRetention: 604_800, xFilesFactor: 0.5, archives };
const HEX = '0000000100093a803f00000000000002000000280000003c000005a0000043a800000e10000000a8';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The header with one 32-bit field replaced. */
function poked(at: number, value: number): Uint8Array {
  const bytes = encodeHeader(header, 'python');
  new DataView(bytes.buffer).setUint32(at, value);
  return bytes;
}

it('writes the header that Python writes for 60s:1d,1h:7d', () => {
  // Made by Whisper 1.1.4.
  expect(hex(encodeHeader(header, 'python'))).toBe(HEX);
});

it('reads what it wrote', () => {
  expect(decodeHeader(Buffer.from(HEX, 'hex'), fileSize, 'python')).toEqual(header);
});

it('tells how much there is to read from the first sixteen bytes', () => {
  expect(headerSize(Buffer.from(HEX, 'hex').subarray(0, 16))).toBe(40);
  expect(headerSize(new Uint8Array(3))).toBe(16);
});

it('keeps the time of the last update that stands first in the very old format', () => {
  const old = decodeHeader(poked(0, 1_300_000_000), fileSize, 'python');
  expect(old).toEqual({ ...header, lastUpdate: 1_300_000_000 });
  expect(hex(encodeHeader(old, 'python'))).toBe(hex(poked(0, 1_300_000_000)));
});

it('reads method 6 as its dialect does', () => {
  expect(decodeHeader(poked(0, 6), fileSize, 'python').aggregation).toBe('avg_zero');
  expect(decodeHeader(poked(0, 6), fileSize, 'go').aggregation).toBe('first');
});

describe('a header that cannot be right is refused, with the byte where it says so', () => {
  it.each([
    { name: 'an empty file', bytes: new Uint8Array(0), size: 0, says: 'an empty file' },
    { name: 'fifteen bytes', bytes: new Uint8Array(15), size: 15, says: 'a file of 15 bytes' },
    { name: 'method 0', bytes: poked(0, 0), says: 'aggregation method 0 at byte 0' },
    { name: 'method 9', bytes: poked(0, 9), says: 'aggregation method 9 at byte 0' },
    { name: 'method 1024', bytes: poked(0, 1024), says: 'aggregation method 1024' },
    { name: 'xFilesFactor NaN', bytes: poked(8, 0x7fc0_0000), says: 'xFilesFactor NaN at byte 8' },
    { name: 'xFilesFactor 2', bytes: poked(8, 0x4000_0000), says: 'xFilesFactor 2 at byte 8' },
    { name: 'no archives', bytes: poked(12, 0), says: 'archive count 0 at byte 12' },
    {
      name: 'more archives than fit',
      bytes: poked(12, 0xffff_ffff),
      says: 'archive count 4294967295 at byte 12',
    },
    { name: 'an offset inside the header', bytes: poked(16, 16), says: 'archive 0 at offset 16 (byte 16)' },
    { name: 'a step of 0', bytes: poked(20, 0), says: 'archive 0 with a step of 0 (byte 20)' },
    { name: 'no points', bytes: poked(36, 0), says: 'archive 1 with 0 points (byte 36)' },
    { name: 'overlapping archives', bytes: poked(28, 52), says: 'archive 1 at byte 52 inside archive 0' },
    { name: 'an archive beyond the end', bytes: poked(28, 20_000), says: 'that was cut off' },
    { name: 'a body one byte short', bytes: poked(0, 1), size: fileSize - 1, says: 'that was cut off' },
  ])('$name', ({ bytes, size = fileSize, says }) => {
    expect(() => decodeHeader(bytes, size, 'python')).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT', message: expect.stringContaining(says) }),
    );
  });
});

it('refuses bytes that are fewer than the size of the file promises', () => {
  for (const length of [0, 3, 16, 39]) {
    expect(() =>
      decodeHeader(encodeHeader(header, 'python').subarray(0, length), fileSize, 'python'),
    ).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT' }));
  }
});

describe('a cut-off body', () => {
  it('is accepted when asked', () => {
    expect(decodeHeader(encodeHeader(header, 'python'), 40, 'python', true)).toEqual(header);
  });

  it('is refused all the same if the header promises more than it could have lost', () => {
    expect(() => decodeHeader(poked(24, 100_000_000), 5000, 'python', true)).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT' }),
    );
  });
});

it('reads archives in any order and with room between them', () => {
  const moved = {
    ...header,
    archives: archives.map((archive, i) => ({ ...archive, offset: i === 0 ? 3000 : 100 })),
  };
  const end = bodyEnd(moved.archives);
  expect(decodeHeader(encodeHeader(moved, 'python'), end, 'python')).toEqual(moved);
});
