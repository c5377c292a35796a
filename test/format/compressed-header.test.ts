import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/bytes/crc32.js';
import { parseSpec } from '../../src/format/aggregation-spec.js';
import { planBlocks } from '../../src/format/block-plan.js';
import {
  ARCHIVE_HEADER_SIZE,
  archiveBlocksEnd,
  blocksEnd,
  type CompressedArchiveInfo,
  type CompressedHeader,
  type CurrentBlock,
  compressedHeaderSize,
  computeChecksum,
  decodeCompressedHeader,
  encodeCompressedHeader,
  FILE_HEADER_SIZE,
  planMetadata,
  stampChecksum,
  storedChecksum,
} from '../../src/format/compressed-header.js';

const MAGIC = '776869737065725f636f6d70726573736564';
const T0 = 1_599_998_400;

/** An archive in the midst of its life: every field is another number. */
function lived(archive: CompressedArchiveInfo, current: Partial<CurrentBlock> = {}): CompressedArchiveInfo {
  const start = archive.offset + archive.blockSize;
  return {
    ...archive,
    current: {
      index: 1,
      first: { timestamp: T0, high: 0x7ff8_0000, low: 0xdead_beef },
      latest: { timestamp: T0 + 120, high: 0x8000_0000, low: 0 },
      previous: { timestamp: T0 + 60, high: 0x3ff0_0000, low: 1 },
      lastByte: 0x80,
      lastByteOffset: start + 13,
      bitPosition: 3,
      count: 2,
      crc: 0x146d_8599,
      ...current,
    },
    discarded: 5,
    growths: 6,
  };
}

function headerOf(
  aggregation: CompressedHeader['aggregation'],
  planned: Parameters<typeof planBlocks>[0],
  hint = 7200,
): CompressedHeader & { fileSize: number } {
  const { archives, fileSize } = planBlocks(planned, hint, 2);
  const maxRetention = Math.max(...planned.map(({ step, points }) => step * points));
  return {
    aggregation,
    maxRetention,
    xFilesFactor: 0.5,
    pointsPerBlock: hint,
    pointSize: 2,
    archives,
    fileSize,
  };
}

const { fileSize, ...plain } = headerOf('sum', [
  { step: 60, points: 1440 },
  { step: 300, points: 2016 },
]);
const standing: CompressedHeader = { ...plain, archives: plain.archives.map((archive) => lived(archive)) };

const { fileSize: mixSize, ...fresh } = headerOf('mix', [
  { step: 60, points: 1440 },
  { step: 300, points: 2016, spec: parseSpec('max') },
  { step: 300, points: 2016, spec: parseSpec('p99.9') },
]);
const mix: CompressedHeader = { ...fresh, archives: fresh.archives.map((archive) => lived(archive)) };

/** Byte of the file where the header of an archive begins. */
const archiveAt = (index: number) => FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * index;

function encoded(header: CompressedHeader): Uint8Array {
  const { size } = planMetadata(header.archives, header.aggregation === 'mix');
  const metadata = new Uint8Array(size);
  encodeCompressedHeader(metadata, header);
  return metadata;
}

/** The metadata with one 32-bit field replaced. */
function poked(header: CompressedHeader, at: number, value: number): Uint8Array {
  const bytes = encoded(header);
  new DataView(bytes.buffer).setUint32(at, value);
  return bytes;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Hex digits that are written in groups, one for each field. */
function unspaced(...lines: string[]): string {
  return lines.join('').replaceAll(' ', '');
}

describe('encoding', () => {
  it('writes the header that go-whisper writes for an empty file of 60:1440', () => {
    // Row create-1arch of the golden vectors.
    const { archives, ...rest } = headerOf('average', [{ step: 60, points: 1440 }]);
    const bytes = encoded({ ...rest, archives });
    stampChecksum(bytes);
    expect(hex(bytes.subarray(0, archiveAt(1)))).toBe(
      unspaced(
        `${MAGIC} 01 00000001 00015180 3f000000 00001c20 00000001 40000000 5cbc42f8 ${'00'.repeat(16)}`,
        `0000010f 0000003c 000005a0 000002dd 00000005 40000000 ${'00'.repeat(44)}`,
        `0000010f 00000007 ${'00'.repeat(16 + 36)}`,
      ),
    );
  });

  it('puts every field of an archive where the table has it', () => {
    const archive = encoded(standing).subarray(archiveAt(0), archiveAt(1));
    expect(hex(archive)).toBe(
      unspaced(
        '00000257 0000003c 000005a0 000002dd 00000005 40000000',
        '00000001 5f5e09c0 7ff80000deadbeef 5f5e0a38 8000000000000000 5f5e09fc 3ff0000000000001',
        `00000080 00000541 00000003 00000002 146d8599 00000005 00000006 ${'00'.repeat(36)}`,
      ),
    );
  });

  it('puts method and percentile into the archives of a mix file, but not into its base', () => {
    const bytes = encoded(mix);
    const [base, max, p999] = [0, 1, 2].map((i) => hex(bytes.subarray(archiveAt(i) + 20, archiveAt(i) + 45)));
    expect(base).toBe(unspaced('40000000 00000001 5f5e09c0 7ff80000deadbeef 5f5e0a3880'));
    expect(max).toBe(unspaced('40000000 04 00000000 00000001 5f5e09c0 7ff80000deadbeef'));
    expect(p999).toBe(unspaced('40000000 08 42c7cccd 00000001 5f5e09c0 7ff80000deadbeef'));
    const view = new DataView(bytes.buffer);
    // The last field stands five bytes further on, too.
    expect([0, 1].map((i) => view.getUint32(archiveAt(i) + (i === 0 ? 88 : 93)))).toEqual([6, 6]);
  });

  it('leaves alone what it has no field for: unused bytes, the checksum, ranges and buffers', () => {
    for (const header of [standing, mix]) {
      const { size } = planMetadata(header.archives, header.aggregation === 'mix');
      const before = new Uint8Array(size).fill(0xee);
      encodeCompressedHeader(before, header);
      const unused = [
        [43, FILE_HEADER_SIZE],
        ...header.archives.map(({ spec }, i) => [
          archiveAt(i) + (spec === undefined ? 92 : 97),
          archiveAt(i + 1),
        ]),
        [archiveAt(header.archives.length), size],
      ] as const;
      for (const [start, end] of unused) {
        expect(hex(before.subarray(start, end))).toBe('ee'.repeat(end! - start!));
      }
      const known = new Uint8Array(size).fill(0xee);
      for (const [start, end] of unused) known.fill(0, start, end);
      const again = encoded(header);
      expect(known.every((byte, i) => byte === 0 || again[i] === before[i])).toBe(true);
    }
  });
});

describe('decoding', () => {
  it.each([
    { name: 'a file with one method', header: standing, size: fileSize },
    { name: 'a mix file', header: mix, size: mixSize },
    { name: 'a fresh file', header: plain, size: fileSize },
  ])('reads what was written: $name', ({ header, size }) => {
    expect(decodeCompressedHeader(encoded(header), size)).toEqual(header);
  });

  it('reads any state of a block that can be, from any bits', () => {
    const uint32 = fc.nat(0xffff_ffff);
    const point = (timestamp: fc.Arbitrary<number>) => fc.record({ timestamp, high: uint32, low: uint32 });
    const state = fc.record({
      index: fc.nat(4),
      first: point(fc.integer({ min: 1, max: 0xffff_ffff })),
      latest: point(uint32),
      previous: point(uint32),
      lastByte: fc.nat(255),
      at: fc.integer({ min: 12, max: 733 - 6 }),
      bitPosition: fc.nat(7),
      count: uint32,
      crc: uint32,
    });
    const [archive] = plain.archives;
    fc.assert(
      fc.property(state, uint32, uint32, ({ at, ...current }, discarded, growths) => {
        const lastByteOffset = archive!.offset + current.index * archive!.blockSize + at;
        const archives = [{ ...archive!, current: { ...current, lastByteOffset }, discarded, growths }];
        const header = { ...plain, archives };
        expect(decodeCompressedHeader(encoded(header), fileSize)).toEqual(header);
      }),
    );
  });

  it('takes a last byte at 0 for a block not begun, as some writers leave it', () => {
    const bytes = poked(plain, archiveAt(0) + 68, 0);
    expect(decodeCompressedHeader(bytes, fileSize).archives[0]!.current.lastByteOffset).toBe(0);
  });

  it('keeps a point size that is no size as it stands in the header', () => {
    const { pointSize } = decodeCompressedHeader(poked(plain, 39, 0xc040_0000), fileSize);
    expect(pointSize).toBe(-3);
    expect(decodeCompressedHeader(poked(plain, 39, 0x7fc0_0000), fileSize).pointSize).toBeNaN();
  });

  it('keeps another max retention than the archives have', () => {
    expect(decodeCompressedHeader(poked(plain, 23, 5), fileSize).maxRetention).toBe(5);
  });

  it('needs no more than the headers, if the file has the rest', () => {
    expect(decodeCompressedHeader(encoded(standing).subarray(0, archiveAt(2)), fileSize)).toEqual(standing);
  });

  it('tells how much of that there is to read from the first 63 bytes', () => {
    expect(compressedHeaderSize(encoded(mix).subarray(0, 63))).toBe(63 + 3 * 128);
    expect(compressedHeaderSize(new Uint8Array(62))).toBe(63);
    expect(compressedHeaderSize(poked(plain, 35, 0xffff_ffff))).toBe(63 + 1024 * 128);
  });

  it('reads archives whose blocks stand in another order, with room between them', () => {
    const [base, coarse] = plain.archives as [CompressedArchiveInfo, CompressedArchiveInfo];
    const moved = {
      ...coarse,
      offset: base.offset,
      current: { ...coarse.current, lastByteOffset: base.offset },
    };
    const after = archiveBlocksEnd(moved) + 100;
    const behind = { ...base, offset: after, current: { ...base.current, lastByteOffset: after } };
    const header = { ...plain, archives: [behind, moved] };
    const end = blocksEnd(header.archives);
    expect(end).toBe(archiveBlocksEnd(behind));
    expect(decodeCompressedHeader(encoded(header), end)).toEqual(header);
  });
});

describe('a header that cannot be right is refused, with the byte where it says so', () => {
  const base = archiveAt(0);
  const second = archiveAt(1);
  const { offset, blockSize } = standing.archives[0]!;
  const current = offset + blockSize;
  const nan = 0x7fc0_0000;

  it.each([
    { name: '62 bytes', bytes: new Uint8Array(62), says: 'a compressed file of 62 bytes' },
    { name: 'method 0', bytes: poked(standing, 19, 0), says: 'aggregation method 0 at byte 19' },
    { name: 'method 8', bytes: poked(standing, 19, 8), says: 'aggregation method 8 at byte 19' },
    { name: 'xFilesFactor NaN', bytes: poked(standing, 27, nan), says: 'xFilesFactor NaN at byte 27' },
    { name: 'xFilesFactor 2', bytes: poked(standing, 27, 0x4000_0000), says: 'xFilesFactor 2 at byte 27' },
    { name: 'no archives', bytes: poked(standing, 35, 0), says: 'archive count 0 at byte 35' },
    { name: '1025 archives', bytes: poked(standing, 35, 1025), says: 'archive count 1025 at byte 35' },
    {
      name: 'more archives than fit',
      bytes: poked(standing, 35, 1000),
      says: 'archive count 1000 at byte 35, headers of 128063 bytes',
    },
    {
      name: 'a step of 0',
      bytes: poked(standing, base + 4, 0),
      says: `archive 0 with a step of 0 (byte ${base + 4})`,
    },
    {
      name: 'no points',
      bytes: poked(standing, second + 8, 0),
      says: `archive 1 with 0 points (byte ${second + 8})`,
    },
    {
      name: 'blocks of 16 bytes',
      bytes: poked(standing, base + 12, 16),
      says: `archive 0 with blocks of 16 bytes (byte ${base + 12})`,
    },
    {
      name: 'no blocks',
      bytes: poked(standing, base + 16, 0),
      says: `archive 0 with 0 blocks (byte ${base + 16})`,
    },
    {
      name: 'a current block beyond the last',
      bytes: poked(standing, base + 24, 5),
      says: `archive 0 with current block 5 (byte ${base + 24})`,
    },
    {
      name: 'a last byte of more than 8 bits',
      bytes: poked(standing, base + 64, 256),
      says: `archive 0 with last byte 256 (byte ${base + 64})`,
    },
    {
      name: 'a last byte before its block',
      bytes: poked(standing, base + 68, current - 1),
      says: `archive 0 with its last byte at ${current - 1} (byte ${base + 68})`,
    },
    {
      name: 'a last byte behind its block',
      bytes: poked(standing, base + 68, current + blockSize),
      says: `archive 0 with its last byte at ${current + blockSize} (byte ${base + 68})`,
    },
    {
      name: 'a bit position of 8',
      bytes: poked(standing, base + 72, 8),
      says: `archive 0 with bit position 8 (byte ${base + 72})`,
    },
    {
      name: 'a step that does not divide the next',
      bytes: poked(standing, second + 4, 90),
      says: 'archive 1 with a step of 90 after one of 60',
    },
    {
      name: 'the same step twice',
      bytes: poked(standing, second + 4, 60),
      says: 'archive 1 with a step of 60 after one of 60',
    },
    {
      name: 'blocks inside the metadata',
      bytes: poked(poked0(), base, 502),
      says: 'archive 0 at byte 502',
    },
    {
      name: 'blocks inside those of another archive',
      bytes: poked(poked0(), second, offset + blockSize),
      says: `archive 1 at byte ${offset + blockSize}`,
    },
    {
      name: 'more blocks than points',
      bytes: poked(standing, base + 16, 1_000_000),
      says: '1000000 blocks',
    },
    {
      name: 'a byte less than its blocks',
      bytes: encoded(standing),
      size: fileSize - 1,
      says: 'that was cut off',
    },
  ])('$name', ({ bytes, size = fileSize, says }) => {
    expect(() => decodeCompressedHeader(bytes, size)).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT', message: expect.stringContaining(says) }),
    );
  });

  /** An empty file may have its last byte at 0, so that offsets can be moved alone. */
  function poked0(): CompressedHeader {
    const archives = plain.archives.map((archive) => ({
      ...archive,
      current: { ...archive.current, lastByteOffset: 0 },
    }));
    return { ...plain, archives };
  }

  it.each([
    { name: 'method 7', method: 7, percentile: 0, says: 'method 7 and percentile 0' },
    { name: 'a percentile above 100', method: 8, percentile: 100.5, says: 'method 8 and percentile 100.5' },
    { name: 'a percentile NaN', method: 8, percentile: Number.NaN, says: 'method 8 and percentile NaN' },
  ])('in a mix file, $name', ({ method, percentile, says }) => {
    const bytes = encoded(mix);
    const view = new DataView(bytes.buffer);
    view.setUint8(archiveAt(2) + 24, method);
    view.setFloat32(archiveAt(2) + 25, percentile);
    expect(() => decodeCompressedHeader(bytes, mixSize)).toThrow(
      expect.objectContaining({
        code: 'WSP_CORRUPT',
        message: expect.stringContaining(`archive 2 with ${says} (byte ${archiveAt(2) + 24})`),
      }),
    );
  });

  it('in a mix file, fields behind the method with the bytes where they stand there', () => {
    expect(() => decodeCompressedHeader(poked(mix, archiveAt(1) + 29, 9), mixSize)).toThrow(
      expect.objectContaining({
        code: 'WSP_CORRUPT',
        message: expect.stringContaining(`archive 1 with current block 9 (byte ${archiveAt(1) + 29})`),
      }),
    );
    expect(() => decodeCompressedHeader(poked(mix, archiveAt(2) + 4, 90), mixSize)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('archive 2 with a step of 90 after one of 300'),
      }),
    );
  });

  it('another version, as a format that is not read', () => {
    const bytes = encoded(standing);
    bytes[18] = 2;
    expect(() => decodeCompressedHeader(bytes, fileSize)).toThrow(
      expect.objectContaining({
        code: 'WSP_UNSUPPORTED_FORMAT',
        message: expect.stringContaining('version 2 of the compressed format at byte 18'),
      }),
    );
  });

  it('bytes that are fewer than the size of the file promises', () => {
    for (const length of [0, 62, 63, archiveAt(2) - 1]) {
      expect(() => decodeCompressedHeader(encoded(standing).subarray(0, length), fileSize)).toThrow(
        expect.objectContaining({ code: 'WSP_CORRUPT' }),
      );
    }
  });

  describe('a current block in which the next write would spoil it or the block behind it', () => {
    it.each([
      {
        name: 'no room for the end marker behind its last byte',
        state: { lastByteOffset: current + blockSize - 1 },
      },
      {
        name: 'no room for the byte behind the end marker',
        state: { lastByteOffset: current + blockSize - 5, bitPosition: 3 },
      },
      {
        name: 'no first point, and a last byte that is not its first',
        state: {
          first: { timestamp: 0, high: 0, low: 0 },
          latest: { timestamp: 0, high: 0, low: 0 },
          lastByteOffset: current + blockSize - 6,
          bitPosition: 7,
        },
      },
      { name: 'a first point, and a last byte inside that', state: { lastByteOffset: current + 11 } },
    ])('$name', ({ state }) => {
      const [archive, ...rest] = plain.archives;
      const bytes = encoded({ ...plain, archives: [lived(archive!, state), ...rest] });
      expect(() => decodeCompressedHeader(bytes, fileSize)).toThrow(
        expect.objectContaining({
          code: 'WSP_CORRUPT',
          message: expect.stringContaining(`(byte ${archiveAt(0) + 68})`),
        }),
      );
    });

    it('no first point, and bits taken of the byte where it shall stand', () => {
      const [archive, ...rest] = plain.archives;
      const taken = { ...archive!, current: { ...archive!.current, bitPosition: 3 } };
      expect(() =>
        decodeCompressedHeader(encoded({ ...plain, archives: [taken, ...rest] }), fileSize),
      ).toThrow(
        expect.objectContaining({
          code: 'WSP_CORRUPT',
          message: expect.stringContaining(`archive 0 with bit position 3 (byte ${archiveAt(0) + 72})`),
        }),
      );
    });

    it('but one in which the marker just fits is read', () => {
      for (const state of [
        { lastByteOffset: current + blockSize - 5, bitPosition: 4 },
        { lastByteOffset: current + blockSize - 6, bitPosition: 0 },
      ]) {
        const [archive, ...rest] = plain.archives;
        const header = { ...plain, archives: [lived(archive!, state), ...rest] };
        expect(decodeCompressedHeader(encoded(header), fileSize)).toEqual(header);
      }
    });
  });
});

it('accepts blocks that were cut off when asked, but not metadata', () => {
  const { size } = planMetadata(standing.archives, false);
  expect(decodeCompressedHeader(encoded(standing), size, true)).toEqual(standing);
  expect(() => decodeCompressedHeader(encoded(standing), size - 1, true)).toThrow(
    expect.objectContaining({
      code: 'WSP_CORRUPT',
      message: expect.stringContaining(`metadata of ${size} bytes in a file of ${size - 1}`),
    }),
  );
});

describe('the plan of the metadata', () => {
  it('has ranges and a buffer for each archive, no buffer for the last', () => {
    const { places, size } = planMetadata(plain.archives, false);
    const [ranges, buffer] = [archiveAt(2), archiveAt(2) + 16 * 5];
    expect(places).toEqual([
      { header: 63, ranges, buffer, unitSlots: 5 },
      { header: 191, ranges: buffer + 24 * 5, buffer: buffer + 24 * 5 + 16 * 5, unitSlots: 0 },
    ]);
    expect(size).toBe(plain.archives[0]!.offset);
  });

  it('has no buffers in a mix file', () => {
    const { places, size } = planMetadata(mix.archives, true);
    expect(places.map(({ unitSlots }) => unitSlots)).toEqual([0, 0, 0]);
    expect(size).toBe(archiveAt(3) + 3 * 16 * 5);
  });
});

describe('the checksum', () => {
  it('is the CRC-32 of the metadata with zeros in its place', () => {
    const bytes = encoded(standing);
    const expected = crc32(bytes);
    new DataView(bytes.buffer).setUint32(43, 0xdead_beef);
    expect(computeChecksum(bytes)).toBe(expected);
    expect(storedChecksum(bytes)).toBe(0xdead_beef);
    stampChecksum(bytes);
    expect(storedChecksum(bytes)).toBe(expected);
  });

  it('is of every byte of the metadata, unused ones and buffers too', () => {
    const bytes = encoded(standing);
    const before = computeChecksum(bytes);
    for (const at of [0, 42, 47, 62, archiveAt(1) + 127, bytes.length - 1]) {
      bytes[at]! ^= 1;
      expect(computeChecksum(bytes)).not.toBe(before);
      bytes[at]! ^= 1;
    }
  });
});
