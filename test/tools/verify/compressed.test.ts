import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { crc32 } from '../../../src/bytes/crc32.js';
import { create, open } from '../../../src/index.js';
import type { Finding } from '../../../src/tools/verify/finding.js';
import { verify } from '../../../src/tools/verify/verify.js';
import {
  CompressedBytes,
  compressedFiles,
  compressedSample,
  SAMPLE_NOW,
} from '../../support/compressed-samples.js';
import { compressedCases } from '../../support/compressed-vectors.js';
import { gunzip } from '../../support/vectors.js';

vi.setConfig({ testTimeout: 60_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 100);

// Where things stand in the sample: the archives' headers, their block ranges, the base's buffer.
const HEADER = [63, 191] as const;
const RANGES = [319, 639] as const;
const BUFFER = 399;
/** The open block of the base: it is block 0, written up to bit 2 of byte 65, and begins at byte 671 of the file. */
const OPEN = 671;
const OPEN_AT = 65;
/** What closed blocks of the base hold. */
const CLOSED = {
  1: { start: 1_599_999_652, end: 1_599_999_727, count: 75 },
  2: { start: 1_599_999_728, end: 1_599_999_803, count: 75 },
} as const;

// Fields of an archive's header.
const POINTS = 8;
const POINT_SIZE = 20;
const LATEST = 40;
const PREVIOUS = 52;
const LAST_BYTE = 64;
const LAST_BYTE_OFFSET = 68;
const BIT_POSITION = 72;
const COUNT = 76;
const CRC = 80;

interface Row {
  readonly name: string;
  /** Changes the sample; bytes that it returns are taken as they are, otherwise the checksum is put right. */
  readonly change: (file: CompressedBytes) => unknown;
  readonly found: readonly string[];
  /** What is found beside that with `deep`. */
  readonly deep?: readonly string[];
}

function findingsIn(bytes: Uint8Array, deep: boolean): Finding[] {
  return verify(bytes, { deep, now: SAMPLE_NOW });
}

function summary(findings: readonly Finding[]): string[] {
  return findings.map(({ level, code, message }) => `${level} ${code}: ${message}`);
}

function expectFound({ change, found, deep = [] }: Row): void {
  const file = new CompressedBytes(compressedSample());
  const changed = change(file);
  const bytes = changed instanceof Uint8Array ? changed : file.stamped();
  expect(summary(findingsIn(bytes, false))).toEqual(found);
  expect(summary(findingsIn(bytes, true)).toSorted()).toEqual([...found, ...deep].toSorted());
}

it('a compressed file has no findings while nothing is wrong', () => {
  expect(findingsIn(compressedSample(), false)).toEqual([]);
  expect(findingsIn(compressedSample(), true)).toEqual([]);
});

describe('the headers of a compressed file', () => {
  it.each<Row>([
    {
      name: 'another version',
      change: ({ bytes }) => {
        bytes[18] = 2;
        return bytes;
      },
      found: [
        'damage unknown-version: version 2 of the compressed format at byte 18; expected version 1, ' +
          'the only one there was',
      ],
    },
    {
      name: 'shorter than a header',
      change: ({ bytes }) => bytes.slice(0, 40),
      found: ['damage bad-header: a compressed file of 40 bytes; expected a header of at least 63'],
    },
    {
      name: 'a header that cannot be',
      change: ({ view }) => view.setUint32(HEADER[0] + BIT_POSITION, 8),
      found: ['damage bad-header: archive 0 with bit position 8 (byte 135); expected 0 to 7'],
    },
    {
      name: 'a wrong checksum',
      change: ({ bytes }) => {
        bytes[50] = 1;
        return bytes;
      },
      found: [
        'damage checksum: the checksum of the metadata is 283aa9a4, and cc3c7602 is stored ' +
          '(go-whisper leaves it so when it changes settings)',
      ],
    },
    {
      name: 'cut off within the metadata, of which the rest says nothing',
      change: ({ bytes }) => bytes.slice(0, 600),
      found: ['damage cut-off: byte 600: the file ends here, 1552 bytes before its header says'],
    },
    {
      name: 'cut off within a block',
      change: ({ bytes }) => bytes.slice(0, 1500),
      found: [
        'damage cut-off: byte 1500: the file ends here, 652 bytes before its header says',
        'damage block-cut-off: archive 1, block 0, byte 1446: the file ends at byte 1500, before it does',
      ],
    },
    {
      name: 'cut off within several blocks',
      change: ({ bytes }) => bytes.slice(0, 1000),
      found: [
        'damage cut-off: byte 1000: the file ends here, 1152 bytes before its header says',
        'damage block-cut-off: archive 0, block 2, byte 981: the file ends at byte 1000, ' +
          'before it and 2 more blocks of the archive do',
        'damage block-cut-off: archive 1, block 0, byte 1446: the file ends at byte 1000, before it does',
      ],
    },
    {
      name: 'cut off behind all that was written',
      change: ({ bytes }) => bytes.slice(0, 1750),
      found: ['damage cut-off: byte 1750: the file ends here, 402 bytes before its header says'],
    },
    {
      name: 'bytes after its end',
      change: ({ bytes }) => Buffer.concat([bytes, Buffer.from('more')]),
      found: ['oddity bytes-after-end: byte 2152: 4 bytes stand after the last archive'],
    },
    {
      name: 'another max retention',
      change: ({ view }) => view.setUint32(23, 60),
      found: ['oddity max-retention: max retention is 60 s, and the archives reach back 1000 s'],
    },
    {
      name: 'retentions that do not go together',
      change: ({ view }) => {
        view.setUint32(HEADER[1] + POINTS, 20);
        view.setUint32(23, 200);
      },
      found: [
        'oddity retention-rules: archive 1: 1s:200s and 10s:200s reach back 200 and 200 seconds; ' +
          'expected the coarser archive to reach further back',
      ],
    },
    {
      name: 'archives apart from one another',
      change: (file) => {
        const { bytes } = file;
        const end = 1446;
        file.add(HEADER[1], 7);
        file.add(HEADER[1] + LAST_BYTE_OFFSET, 7);
        file.stamped();
        return Buffer.concat([bytes.subarray(0, end), Buffer.alloc(7), bytes.subarray(end)]);
      },
      found: [
        'oddity archive-place: archive 1, byte 1453: it does not follow what stands before it, up to byte 1446',
      ],
    },
    ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY].map((size) => ({
      name: `a point size of ${size}`,
      change: ({ view }: CompressedBytes) => view.setFloat32(HEADER[1] + POINT_SIZE, size),
      found: [`damage point-size: archive 1: its points are expected to take ${size} bytes`],
    })),
  ])('$name', expectFound);

  it('of blocks that are too small for any point', () => {
    using database = create(null, {
      format: 'compressed',
      retentions: '1:100',
      pointsPerBlock: 8,
      dialect: 'go',
    });
    expect(summary(findingsIn(database.toBytes(), true))).toEqual([
      'oddity small-blocks: archive 0, byte 415: its blocks are of 21 bytes, where points may need 32',
    ]);
  });

  it('of a mix file: archives of a step that do not go together', () => {
    using database = create(null, {
      format: 'compressed',
      retentions: '1:200,10:100,100:50',
      aggregation: 'mix',
      mix: ['average', 'max'],
    });
    expect(findingsIn(database.toBytes(), true)).toEqual([]);
    const file = new CompressedBytes(database.toBytes());
    const headerOf = (archive: number) => 63 + 128 * archive;
    file.bytes[headerOf(2) + 24] = 1;
    file.bytes[headerOf(3) + 24] = 5;
    file.view.setUint32(headerOf(4) + POINTS, 49);
    expect(summary(findingsIn(file.stamped(), true))).toEqual([
      'oddity mix-archives: archive 2: a second archive of average with a step of 10 s',
      'oddity mix-archives: archive 3: the archives with a step of 100 s are of min, max, ' +
        'those before of average, average',
      'oddity mix-archives: archive 4: it has 49 points, and archive 3 of the same step 50',
    ]);
  });
});

describe('the block ranges of a compressed file', () => {
  it.each<Row>([
    {
      name: 'one that ends before it begins',
      change: (file) => {
        const { start, count } = CLOSED[2];
        file.setRange(0, 2, start, start - 1, count);
      },
      found: [
        'damage block-range: archive 0, block 2, byte 351: its range ends at 1599999727, before it begins at 1599999728',
      ],
      deep: [
        'damage block-range: archive 0, block 2, byte 981: its last point is of 1599999803, and its range ends at 1599999727',
      ],
    },
    {
      name: 'two that overlap',
      change: (file) => file.add(file.rangeAt(0, 2), -1),
      found: [
        'damage block-overlap: archive 0, block 2, byte 351: it begins at 1599999727; block 1 ends at 1599999727',
      ],
      deep: [
        'damage block-range: archive 0, block 2, byte 981: its first point is of 1599999728, and its range begins at 1599999727',
      ],
    },
    {
      name: 'blocks that do not take their turns in the order of time',
      change: ({ bytes }) => {
        const [range, block] = [bytes.slice(335, 351), bytes.slice(826, 981)];
        bytes.copyWithin(335, 351, 367).copyWithin(826, 981, 1136);
        bytes.set(range, 351);
        bytes.set(block, 981);
      },
      found: [
        'oddity block-order: archive 0, block 1, byte 335: its points come after those of block 2, ' +
          'but its turn in the ring before',
      ],
    },
    {
      name: 'an empty one that has an end',
      change: (file) => file.setRange(1, 1, 0, 5, 0),
      found: [
        'damage empty-block: archive 1, block 1, byte 655: its range has no start, but an end of 5 and a count of 0',
      ],
    },
    {
      name: 'an empty one that has a count',
      change: (file) => file.setRange(1, 1, 0, 0, 3),
      found: [
        'damage empty-block: archive 1, block 1, byte 655: its range has no start, but an end of 0 and a count of 3',
      ],
    },
    {
      name: "the current block's, which differs from the archive's header",
      change: (file) => {
        file.add(RANGES[0] + 4, 2);
        file.add(RANGES[0] + 8, 1);
      },
      found: [
        "damage current-range: archive 0, block 0, byte 319: its range does not say what the archive's header says: " +
          'end 1599999991, not 1599999989; count 32, not 31',
      ],
      deep: [
        'damage point-count: archive 0, block 0, byte 671: points in the block: 32; in its range: 33',
        'damage block-range: archive 0, block 0, byte 671: its last point is of 1599999989, and its range ends at 1599999991',
      ],
    },
    {
      name: "the header's running CRC, which differs from the range's",
      change: (file) => file.add(HEADER[0] + CRC, 1),
      found: [
        "damage current-range: archive 0, block 0, byte 319: its range does not say what the archive's header says: " +
          'CRC d236865d, not d236865e',
      ],
    },
  ])('$name', expectFound);
});

describe("the header's account of the current block", () => {
  it.each<Row>([
    {
      name: 'bits in its last byte that should be free',
      change: (file) => file.add(HEADER[0] + LAST_BYTE, 1),
      found: [
        'damage current-state: archive 0, block 0, byte 63: its last byte is 193, with bits set that are said to be free (6)',
      ],
    },
    {
      name: 'another last byte than in the block',
      change: (file) => file.add(HEADER[0] + LAST_BYTE, -64),
      found: [
        'damage current-state: archive 0, block 0, byte 63: its last byte is 128, and 252 stands there (2 bits of it count)',
      ],
    },
    {
      name: 'another bit position',
      change: (file) => file.add(HEADER[0] + BIT_POSITION, -1),
      found: [
        'damage current-state: archive 0, block 0, byte 63: its last byte is 192, and 252 stands there (3 bits of it count)',
      ],
      deep: [
        "damage current-state: archive 0, block 0, byte 63: its last point ends before bit 522, and the archive's header says 523",
      ],
    },
    {
      name: 'another latest point',
      change: (file) => file.add(HEADER[0] + LATEST + 8, 1),
      found: [],
      deep: [
        "damage current-state: archive 0, block 0, byte 63: the archive's header has another latest point than the block",
      ],
    },
    {
      name: 'another previous point',
      change: (file) => file.add(HEADER[0] + PREVIOUS, 1),
      found: [],
      deep: [
        "damage current-state: archive 0, block 0, byte 63: the archive's header has another previous point than the block",
      ],
    },
  ])('$name', expectFound);

  it('of an archive that has no points', () => {
    using database = create(null, { format: 'compressed', retentions: '1:200' });
    const file = new CompressedBytes(database.toBytes());
    expect(findingsIn(file.bytes, true)).toEqual([]);
    file.add(HEADER[0] + COUNT, 3);
    file.add(RANGES[0] - 128 + 8, 3);
    file.add(HEADER[0] + LATEST, 1000);
    expect(summary(findingsIn(file.stamped(), true))).toEqual([
      'damage empty-block: archive 0, block 0, byte 191: its range has no start, but an end of 0 and a count of 3',
      "damage current-range: archive 0, block 0, byte 191: its range does not say what the archive's header says: " +
        'end 0, not 1000',
      'damage current-state: archive 0, block 0, byte 63: it has no first point, ' +
        'but a latest point (1000), count (3)',
    ]);
  });
});

describe('the blocks of a compressed file', () => {
  const block = { at: 826, size: 155 };
  it.each<Row>([
    {
      name: 'a value that is another, which only the CRC tells',
      change: ({ bytes }) => {
        bytes[block.at + 11] = 1;
        return bytes;
      },
      found: ['damage block-crc: archive 0, block 1, byte 826: its CRC is 4d450f95, and 6bf203a8 is stored'],
    },
    {
      name: 'bytes in the free room of a closed block',
      change: ({ bytes }) => {
        bytes[block.at + block.size - 1] = 1;
        return bytes;
      },
      found: ['damage block-crc: archive 0, block 1, byte 826: its CRC is 1cf5333e, and 6bf203a8 is stored'],
    },
    {
      name: 'an open block that no end marker stands behind',
      change: ({ bytes }) => {
        bytes[OPEN + OPEN_AT + 1] = 1;
        return bytes;
      },
      found: ['damage end-marker: archive 0, block 0, byte 736: no end marker stands behind its last point'],
    },
    {
      name: 'bits that cannot be decoded',
      change: (file) => {
        const { bytes } = file;
        bytes.fill(0, block.at + 12, block.at + block.size);
        // The class of values with a window, behind a point that leaves none.
        bytes[block.at + 12] = 0b0100_0000;
        file.view.setUint32(RANGES[0] + 16 + 12, crc32(bytes.subarray(block.at, block.at + block.size)));
      },
      found: [],
      deep: [
        'damage block-bits: archive 0, block 1, byte 826: bits at byte 12 that no encoder writes ' +
          '(points before that: 1; in its range: 76)',
      ],
    },
    {
      name: 'a closed block without an end',
      change: (file) => {
        const { bytes } = file;
        bytes.fill(0, block.at + 12, block.at + block.size);
        file.view.setUint32(RANGES[0] + 16 + 12, crc32(bytes.subarray(block.at, block.at + block.size)));
      },
      found: [],
      deep: [
        'damage block-bits: archive 0, block 1, byte 826: no end marker before byte 155 ' +
          '(points before that: 572; in its range: 76)',
        'damage times-not-rising: archive 0, block 1, byte 826: point 1 is of 1599999652, and the one before it of 1599999652',
      ],
    },
    {
      name: 'fewer points than the range says',
      change: (file) => {
        const { start, end } = CLOSED[1];
        file.replaceBlock(0, 1, [start, start + 1, end]);
      },
      found: [],
      deep: ['damage point-count: archive 0, block 1, byte 826: points in the block: 3; in its range: 76'],
    },
    {
      name: 'other times than the range says',
      change: (file) => {
        const { start, end } = CLOSED[1];
        file.replaceBlock(0, 1, [start + 1, start + 2, end - 1]);
        file.setRange(0, 1, start, end, 2);
      },
      found: [],
      deep: [
        'damage block-range: archive 0, block 1, byte 826: its first point is of 1599999653, and its range begins at 1599999652',
        'damage block-range: archive 0, block 1, byte 826: its last point is of 1599999726, and its range ends at 1599999727',
      ],
    },
    {
      name: 'times that do not increase',
      change: (file) => {
        const { start, end } = CLOSED[1];
        file.replaceBlock(0, 1, [start, start + 5, start + 4, end]);
        file.setRange(0, 1, start, end, 3);
      },
      found: [],
      deep: [
        'damage times-not-rising: archive 0, block 1, byte 826: point 2 is of 1599999656, and the one before it of 1599999657',
      ],
    },
    {
      name: 'times off the step, as an oddity',
      change: (file) => {
        const start = 1_599_999_401;
        file.replaceBlock(1, 1, [start, start + 10, start + 30]);
        file.setRange(1, 1, start, start + 30, 2);
      },
      found: [],
      deep: [
        'oddity off-step-times: archive 1, block 1, byte 1799: 3 points are off the step of 10 s, the first of 1599999401',
      ],
    },
  ])('$name', expectFound);

  it('are not decoded without end where they are noise', () => {
    using database = create(null, {
      format: 'compressed',
      retentions: '1:1000000',
      pointsPerBlock: 300_000,
      pointSize: 1,
    });
    const file = new CompressedBytes(database.toBytes());
    // Zeros behind the first point are the same point again, in two bits each.
    file.view.setUint32(file.blockAt(0, 1), SAMPLE_NOW);
    file.setRange(0, 1, SAMPLE_NOW, SAMPLE_NOW, 9);
    expect(summary(findingsIn(file.stamped(), true)).filter((text) => !text.includes('block-crc'))).toEqual([
      'damage point-count: archive 0, block 1, byte 300276: points in the block: 1048586; in its range: 10',
      `damage times-not-rising: archive 0, block 1, byte 300276: point 1 is of ${SAMPLE_NOW}, ` +
        `and the one before it of ${SAMPLE_NOW}`,
    ]);
  });

  it('hold points behind the last known one, if a writer was stopped between blocks and metadata', () => {
    const before = new CompressedBytes(compressedSample());
    using database = open(before.bytes);
    database.updateMany([[SAMPLE_NOW + 20, 1]], { now: SAMPLE_NOW + 20 });
    const after = database.toBytes();
    const stopped = Uint8Array.from(after);
    stopped.set(before.bytes.subarray(0, before.metadataSize));
    expect(summary(findingsIn(stopped, true))).toEqual([
      'oddity unfinished-append: archive 0, block 0, byte 736: points behind its last known one: 10 ' +
        '(a writer was stopped; the next append takes their place)',
      'oddity unfinished-append: archive 1, block 0, byte 1743: points behind its last known one: 1 ' +
        '(a writer was stopped; the next append takes their place)',
    ]);
  });
});

describe('the buffers of a compressed file', () => {
  const slotAt = (slot: number) => BUFFER + 12 * slot;
  // Unit 0 holds the ten seconds up to SAMPLE_NOW, unit 1 the first of the next.
  it.each<Row>([
    {
      name: 'a point in the slot of another',
      change: ({ view }) => view.setUint32(slotAt(4), SAMPLE_NOW - 5),
      found: [
        'damage buffer-slot: archive 0, slot 4, byte 447: the point of 1599999995 belongs into another slot of unit 0 of the buffer',
      ],
    },
    {
      name: 'a second interval in a unit',
      change: ({ view }) => {
        view.setUint32(slotAt(4), SAMPLE_NOW - 16);
        view.setUint32(slotAt(6), SAMPLE_NOW - 14);
      },
      found: [
        'damage buffer-unit: archive 0, slot 4, byte 447: unit 0 of the buffer holds the interval of 1599999990, and 1599999984 is of another',
      ],
    },
    {
      name: 'one interval in both units',
      change: ({ view }) => view.setUint32(slotAt(10), SAMPLE_NOW - 10),
      found: [
        'damage buffer-unit: archive 0, byte 399: both units of the buffer hold the interval of 1599999990',
      ],
    },
  ])('$name', expectFound);

  it('say how many points are concerned', () => {
    const file = new CompressedBytes(compressedSample());
    file.view.setUint32(slotAt(4), SAMPLE_NOW - 5);
    file.view.setUint32(slotAt(5), SAMPLE_NOW - 6);
    expect(findingsIn(file.stamped(), false)).toMatchObject([
      { archive: 0, slot: 4, offset: 447, timestamp: SAMPLE_NOW - 5, points: 2 },
    ]);
  });
});

it('points after now are an oddity, in blocks and in buffers', () => {
  expect(summary(verify(compressedSample(), { now: SAMPLE_NOW - 30 }))).toEqual([
    'oddity future-points: archive 0: it holds points after now, the latest 30 s',
    'oddity future-points: archive 1: it holds points after now, the latest 10 s',
  ]);
});

describe('files of go-whisper', () => {
  /** What they do show, at a time when all of them had been written. */
  const odd: { readonly [name: string]: readonly string[] } = {
    'extend-empty-lower-twice': ['oddity future-points', 'oddity future-points'],
    'mix-first-last-after-pct': Array<string>(4).fill('oddity mix-archives'),
    'config-agg-xff': ['damage checksum'],
  };
  it.each(compressedCases().map((row) => ({ ...row, found: odd[row.name] ?? [] })))(
    '$name has $found',
    ({ final, found }) => {
      const findings = verify(gunzip(final.file), { deep: true, now: 3_000_000_000, dialect: 'go' });
      expect(findings.map(({ level, code }) => `${level} ${code}`)).toEqual(found);
    },
  );
});

describe('any compressed file', () => {
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  function flipped(bytes: Uint8Array, bit: number): Uint8Array {
    const copy = Uint8Array.from(bytes);
    copy[bit >>> 3] = copy[bit >>> 3]! ^ (0x80 >>> (bit & 7));
    return copy;
  }

  it('has no findings as it was written', () => {
    fc.assert(
      fc.property(compressedFiles(), (bytes) => {
        expect(findingsIn(bytes, true)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('has damage once any bit of its metadata is turned', () => {
    fc.assert(
      fc.property(compressedFiles(), place, (bytes, at) => {
        const { metadataSize } = new CompressedBytes(bytes);
        const damaged = flipped(bytes, Math.floor(at * metadataSize * 8));
        expect(findingsIn(damaged, false).filter(({ level }) => level === 'damage')).not.toEqual([]);
      }),
      { numRuns: 10 * runs },
    );
  });

  it('has damage once any bit of a block is turned that holds points, up to its end marker', () => {
    fc.assert(
      fc.property(compressedFiles(), place, (bytes, at) => {
        const spans = usedSpans(new CompressedBytes(bytes));
        const total = spans.reduce((sum, { size }) => sum + size, 0);
        fc.pre(total > 0);
        let bit = Math.floor(at * total * 8);
        const span = spans.find(({ size }) => {
          if (bit < 8 * size) return true;
          bit -= 8 * size;
          return false;
        })!;
        const { archive, block } = span;
        const found = findingsIn(flipped(bytes, 8 * span.offset + bit), false);
        // A marker with a bit turned may, by chance, be one more point and a marker.
        const expected = found.filter(
          ({ level, code }) => level === 'damage' || code === 'unfinished-append',
        );
        expect(expected).toEqual([expect.objectContaining({ archive, block })]);
      }),
      { numRuns: 10 * runs },
    );
  });

  it('has only an oddity when a writer was stopped before it wrote the metadata of an append', () => {
    fc.assert(
      fc.property(compressedFiles(), fc.array(fc.nat(500), { minLength: 1, maxLength: 5 }), (bytes, ages) => {
        // A late point is no append: its block is written through a journal.
        using database = open(bytes, { late: 'discard' });
        const before = new CompressedBytes(bytes);
        const times = ages.map((age) => [SAMPLE_NOW + 1000 - age, age] as const);
        database.updateMany(times, { now: SAMPLE_NOW + 1000 });
        const stopped = Uint8Array.from(database.toBytes());
        fc.pre(stopped.length === bytes.length);
        const after = new CompressedBytes(stopped);
        const isRotated = after.header.archives.some(({ current }, i) => {
          return current.index !== before.header.archives[i]!.current.index;
        });
        fc.pre(!isRotated);
        stopped.set(bytes.subarray(0, before.metadataSize));
        const found = findingsIn(stopped, true);
        expect(found.filter(({ code }) => code !== 'unfinished-append')).toEqual([]);
        // What follows is written over it, and nothing is left to find.
        using goesOn = open(stopped, { late: 'discard' });
        goesOn.updateMany(times, { now: SAMPLE_NOW + 1000 });
        expect(verify(goesOn.toBytes(), { deep: true, now: SAMPLE_NOW + 1000 })).toEqual([]);
      }),
      { numRuns: runs },
    );
  });
});

/** Where points and end markers stand. */
function usedSpans(file: CompressedBytes) {
  return file.header.archives.flatMap(({ blockSize, blockCount, current }, archive) => {
    return Array.from({ length: blockCount }, (_, block) => {
      const isEmpty = file.view.getUint32(file.rangeAt(archive, block)) === 0;
      const { at, used } = file.reached(archive);
      const size = block === current.index ? at + Math.ceil((used + 36) / 8) : blockSize;
      return { archive, block, offset: file.blockAt(archive, block), size: isEmpty ? 0 : size };
    });
  });
}
