import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../src/bytes/crc32.js';
import { BlockEncoder, EMPTY_BLOCK } from '../src/codec/block-encoder.js';
import { aggregationNumber, type Dialect } from '../src/format/aggregation-method.js';
import { type AggregationSpec, parseSpec, specFromNumber } from '../src/format/aggregation-spec.js';
import { planBlocks, suitablePointsPerBlock } from '../src/format/block-plan.js';
import { BLOCK_RANGE_SIZE, encodeBlockRange } from '../src/format/block-range.js';
import {
  ARCHIVE_HEADER_SIZE,
  type CompressedArchiveInfo,
  encodeCompressedHeader,
  FILE_HEADER_SIZE,
  planMetadata,
  stampChecksum,
} from '../src/format/compressed-header.js';
import { encodePoint, POINT_SIZE } from '../src/format/point.js';
import { PointRun } from '../src/format/point-run.js';
import { ARCHIVE_INFO_SIZE, encodeHeader, METADATA_SIZE } from '../src/format/standard-header.js';

const PAGE = readFileSync(new URL('../doc/format.md', import.meta.url), 'utf8');
const SOURCE = fileURLToPath(new URL('../src', import.meta.url));

/** What stands under a heading of any level, up to the next one. */
function sectionUnder(heading: string): string {
  return PAGE.split(/^##+ /m).find((section) => section.startsWith(`${heading}\n`)) ?? '';
}

/** The cells of the tables under a heading, without their heading rows. */
function tablesUnder(heading: string): string[][][] {
  return sectionUnder(heading)
    .split(/\n(?!\|)/)
    .map((part) => part.split('\n').filter((line) => line.startsWith('|')))
    .filter((lines) => lines.length > 0)
    .map((lines) =>
      lines.slice(2).map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
    );
}

interface Field {
  readonly offset: number;
  readonly size: number;
  readonly field: string;
}

function fieldsUnder(heading: string): Field[] {
  return tablesUnder(heading)[0]!.map(([offset, size, field]) => ({
    offset: Number(offset),
    size: Number(size),
    field: field!,
  }));
}

/** The bytes of each field of a table, in hex. */
function fieldsOf(bytes: Uint8Array, heading: string, start = 0): { [field: string]: string } {
  const { buffer, byteOffset } = bytes;
  return Object.fromEntries(
    fieldsUnder(heading).map(({ offset, size, field }) => [
      field,
      Buffer.from(buffer, byteOffset + start + offset, size).toString('hex'),
    ]),
  );
}

describe.each([
  { heading: 'Header', size: METADATA_SIZE },
  { heading: 'Archive list', size: ARCHIVE_INFO_SIZE },
  { heading: 'Point', size: POINT_SIZE },
  { heading: 'File header', size: FILE_HEADER_SIZE },
  { heading: 'Archive header', size: ARCHIVE_HEADER_SIZE },
  { heading: 'Archive header in a mix file', size: ARCHIVE_HEADER_SIZE },
  { heading: 'Block range', size: BLOCK_RANGE_SIZE },
])('the table under $heading', ({ heading, size }) => {
  it('has its fields end to end, and as long together as the code says', () => {
    let end = 0;
    for (const field of fieldsUnder(heading)) {
      expect(field.offset).toBe(end);
      end += field.size;
    }
    expect(end).toBe(size);
  });
});

it('has each field of the header where the code writes it', () => {
  const archives = [{ offset: 0x0a0a_0a0a, step: 0x0b0b_0b0b, points: 0x0c0c_0c0c }];
  const bytes = encodeHeader(
    { aggregation: 'max', maxRetention: 0x0d0d_0d0d, xFilesFactor: 1, archives },
    'python',
  );
  expect({ ...fieldsOf(bytes, 'Header'), ...fieldsOf(bytes, 'Archive list', METADATA_SIZE) }).toEqual({
    'aggregation method': '00000004',
    'max retention': '0d0d0d0d',
    xFilesFactor: '3f800000',
    'archive count n': '00000001',
    offset: '0a0a0a0a',
    step: '0b0b0b0b',
    points: '0c0c0c0c',
  });
});

it('has the fields of a point where the code writes them', () => {
  const bytes = new Uint8Array(POINT_SIZE);
  encodePoint(new DataView(bytes.buffer), 0, 7, 2.5);
  expect(fieldsOf(bytes, 'Point')).toEqual({ timestamp: '00000007', value: '4004000000000000' });
});

it('has the number of every method in both dialects, and in the compressed format', () => {
  for (const [number, ...names] of tablesUnder('Methods')[0]!) {
    for (const [i, dialect] of (['python', 'go'] satisfies Dialect[]).entries()) {
      const name = names[i]!;
      if (name !== '')
        expect(aggregationNumber(name as never, dialect), `${name} in ${dialect}`).toBe(Number(number));
    }
    const compressed = names[2]!.split(',')[0]!;
    if (compressed === 'mix') {
      const bytes = encodeMetadata('mix', []);
      expect(fieldsOf(bytes, 'File header')['aggregation method']).toBe(uint32(Number(number)));
    } else {
      expect(specFromNumber(Number(number), 0)?.method).toBe(compressed);
    }
  }
});

/** A record of an archive in which every field is another number. */
function archiveWith(first: number, spec?: AggregationSpec): CompressedArchiveInfo {
  let next = first;
  const byte = () => next++;
  const word = () => byte() * 0x0101_0101;
  const point = () => ({ timestamp: word(), high: word(), low: word() });
  const archive = {
    offset: word(),
    step: word(),
    points: word(),
    blockSize: word(),
    blockCount: word(),
    pointSize: 2.5,
    current: {
      index: word(),
      first: point(),
      latest: point(),
      previous: point(),
      lastByte: byte(),
      lastByteOffset: word(),
      bitPosition: 6,
      count: word(),
      crc: word(),
    },
    discarded: word(),
    growths: word(),
  };
  return spec === undefined ? archive : { ...archive, spec };
}

/** What {@link fieldsOf} should find of such a record. */
function fieldsExpected(archive: CompressedArchiveInfo): { [field: string]: string } {
  const { current, spec } = archive;
  const point = ({ timestamp, high, low }: typeof current.first) =>
    [timestamp, high, low].map(uint32).join('');
  return {
    offset: uint32(archive.offset),
    step: uint32(archive.step),
    points: uint32(archive.points),
    'block size': uint32(archive.blockSize),
    'block count': uint32(archive.blockCount),
    'point size': '40200000',
    ...(spec === undefined ? {} : { method: '08', percentile: '42be0000' }),
    'current block': uint32(current.index),
    'first point': point(current.first),
    'latest point': point(current.latest),
    'previous point': point(current.previous),
    'last byte': uint32(current.lastByte),
    'last byte offset': uint32(current.lastByteOffset),
    'bit position': '00000006',
    count: uint32(current.count),
    crc: uint32(current.crc),
    discarded: uint32(archive.discarded),
    growths: uint32(archive.growths),
    unused: '00'.repeat(spec === undefined ? 36 : 31),
  };
}

function encodeMetadata(aggregation: 'max' | 'mix', archives: CompressedArchiveInfo[]): Uint8Array {
  const metadata = new Uint8Array(FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * archives.length);
  encodeCompressedHeader(metadata, {
    aggregation,
    maxRetention: 0x0d0d_0d0d,
    xFilesFactor: 1,
    pointsPerBlock: 0x0e0e_0e0e,
    pointSize: 3,
    archives,
  });
  return metadata;
}

function uint32(number: number): string {
  return number.toString(16).padStart(8, '0');
}

describe('of the compressed format', () => {
  it('has each field of the file header where the code writes it', () => {
    const metadata = encodeMetadata('max', [archiveWith(0x20), archiveWith(0x40)]);
    const checksum = uint32(crc32(metadata));
    stampChecksum(metadata);
    expect(fieldsOf(metadata, 'File header')).toEqual({
      magic: Buffer.from('whisper_compressed').toString('hex'),
      version: '01',
      'aggregation method': '00000004',
      'max retention': '0d0d0d0d',
      xFilesFactor: '3f800000',
      'points per block': '0e0e0e0e',
      'archive count n': '00000002',
      'point size': '40400000',
      checksum,
      unused: '00'.repeat(16),
    });
  });

  it('has each field of an archive header where the code writes it', () => {
    const archives = [archiveWith(0x20), archiveWith(0x40)];
    const metadata = encodeMetadata('max', archives);
    for (const [i, archive] of archives.entries()) {
      const start = FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * i;
      expect(fieldsOf(metadata, 'Archive header', start)).toEqual(fieldsExpected(archive));
    }
  });

  it('has the five bytes more of a mix file from its second archive on', () => {
    const [base, lower] = [archiveWith(0x20), archiveWith(0x40, parseSpec('p95'))];
    const metadata = encodeMetadata('mix', [base, lower]);
    const start = FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE;
    expect(fieldsOf(metadata, 'Archive header', FILE_HEADER_SIZE)).toEqual(fieldsExpected(base));
    expect(fieldsOf(metadata, 'Archive header in a mix file', start)).toEqual(fieldsExpected(lower));
  });

  it('has the fields of a block range where the code writes them', () => {
    const bytes = new Uint8Array(BLOCK_RANGE_SIZE);
    encodeBlockRange(new DataView(bytes.buffer), 0, { start: 1, end: 2, count: 3, crc: 4 });
    const expected = { start: '00000001', end: '00000002', count: '00000003', crc: '00000004' };
    expect(fieldsOf(bytes, 'Block range')).toEqual(expected);
  });

  it('lays its example out as the code does', () => {
    const rows = tablesUnder('Creating')[1]!.map((cells) => cells.map(Number));
    const retentions = rows.map(([step, points]) => ({ step: step!, points: points! }));
    const { archives, metadataSize, fileSize } = planBlocks(retentions, 7200, 2);
    const { places } = planMetadata(archives, false);
    expect(rows).toEqual(
      archives.map(({ step, points, blockCount, blockSize }, i) => [
        step,
        points,
        suitablePointsPerBlock(points, 7200),
        blockCount,
        blockSize,
        2 * POINT_SIZE * places[i]!.unitSlots,
      ]),
    );
    const { length } = encodeHeader(
      { aggregation: 'average', maxRetention: 0, xFilesFactor: 0, archives },
      'python',
    );
    const standard = archives.reduce((size, { points }) => size + points * POINT_SIZE, length);
    const numbers = [metadataSize, fileSize - metadataSize, standard].map((n) => n.toLocaleString('en'));
    const text = sectionUnder('Creating').replaceAll('\n', ' ');
    for (const number of numbers) expect(text).toContain(number);
  });
});

describe('the blocks that are told bit by bit', () => {
  const [three, six] = tablesUnder('A block bit by bit');

  function encode(points: [timestamp: number, value: number][]) {
    const { buffer } = Float64Array.from(points, ([, value]) => value);
    const words = new DataView(buffer);
    const run = new PointRun();
    for (const [i, [timestamp, value]] of points.entries()) {
      words.setFloat64(8 * i, value);
      run.push(timestamp, words.getUint32(8 * i), words.getUint32(8 * i + 4));
    }
    const { bytes, state } = new BlockEncoder().append(EMPTY_BLOCK, run, 0, points.length, 60, 1000);
    return { hex: Buffer.from(bytes).toString('hex'), state };
  }

  it('has the bytes of the first one', () => {
    const { hex, state } = encode([1599998400, 1599998460, 1599998520].map((timestamp) => [timestamp, 1]));
    const told = three!.map(([bytes]) => bytes!.replaceAll('`', '')).join('');
    expect(hex).toBe(`${told}00`);
    expect(sectionUnder('A block bit by bit')).toContain(uint32(state.crc));
    expect([state.at, state.partial, 7 - state.used]).toEqual([13, 0x80, 3]);
  });

  it('has the bytes and the bits of the second one', () => {
    const points = six!.map(([timestamp, value]): [number, number] => [
      Number(timestamp),
      Number(value!.replace('−', '-')),
    ]);
    const { hex } = encode(points);
    const [, lines] = /```text\n(5f5e09c0.*?)```/s.exec(sectionUnder('A block bit by bit'))!;
    const told = lines!
      .split('\n')
      .map((line) => line.split('   ')[0]!.replaceAll(' ', ''))
      .join('');
    expect(hex).toBe(told);
    const bits = six!
      .slice(1)
      .map((cells) => `${cells[3]}${cells[5]}`.replaceAll(/[^01]/g, ''))
      .join('');
    expect(BigInt(`0b${bits}`)).toBe(BigInt(`0x${hex.slice(24, 24 + bits.length / 4)}`));
  });
});

describe('the quirks', () => {
  const numbers = [...sectionsFrom('Quirks').matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => Number(number));

  /** A section with those below it. */
  function sectionsFrom(heading: string): string {
    return PAGE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  }

  it('are numbered without a gap', () => {
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  });

  it('say, each of them, what becomes of it', () => {
    const entries = sectionsFrom('Quirks')
      .split(/^(?=\d+\. \*\*)/m)
      .slice(1);
    for (const entry of entries) expect(entry, entry).toMatch(/\*(Kept|Mended|In\s+the\s+go\s+dialect)/);
  });

  it.each(
    readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => ({ name, text: readFileSync(`${SOURCE}/${name}`, 'utf8') }))
      .concat({ name: '../doc/format.md', text: PAGE })
      .map(({ name, text }) => ({ name, quirks: quirksIn(text) }))
      .filter(({ quirks }) => quirks.length > 0),
  )('that $name refers to are there', ({ quirks }) => {
    for (const quirk of quirks) expect(numbers).toContain(quirk);
  });

  /** The numbers in `quirk 3`, `quirks 3 and 4`, `quirks 3, 4 and 7`, also across the lines of a comment. */
  function quirksIn(text: string): number[] {
    const plain = text.replaceAll(/\s+(?:\*|\/\/)?\s*/g, ' ');
    const mentions = plain.matchAll(/\bquirks? (\d+(?:(?:, | and | to |, and )\d+)*)/gi);
    return [...mentions].flatMap(([, list]) => list!.match(/\d+/g)!.map(Number));
  }
});
