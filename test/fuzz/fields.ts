/** Where the fields of a sound file stand: a careless or hostile writer changes these, and not just any byte. */
import {
  compressedHeaderSize,
  decodeCompressedHeader,
  planMetadata,
} from '../../src/format/compressed-header.js';
import { detectFormat } from '../../src/format/detect.js';

/** A number in the file. */
export interface Field {
  /** As a report names it, such as `archive 1 step`. */
  readonly name: string;
  readonly at: number;
  /** Bytes: most fields are 32-bit. */
  readonly size: 1 | 4;
}

/** The parts of a file, each hit as often as the others though their lengths differ much. */
export interface FieldMap {
  readonly header: readonly Field[];
  /** Block ranges and buffers of a compressed file; the first slots of a standard one. */
  readonly body: readonly Field[];
  /** Byte at which the points begin: slots or blocks. */
  readonly pointsAt: number;
}

const FILE_FIELDS: readonly (readonly [string, number, 1 | 4])[] = [
  ['version', 18, 1],
  ['method', 19, 4],
  ['max retention', 23, 4],
  ['xFilesFactor', 27, 4],
  ['points per block', 31, 4],
  ['archive count', 35, 4],
  ['point size', 39, 4],
  ['checksum', 43, 4],
];
const ARCHIVE_FIELDS: readonly (readonly [string, number])[] = [
  ['offset', 0],
  ['step', 4],
  ['points', 8],
  ['block size', 12],
  ['block count', 16],
  ['point size', 20],
];
/** From the current block on; five bytes later where a method stands before. */
const CURRENT_FIELDS: readonly (readonly [string, number])[] = [
  ['current block', 24],
  ['first time', 28],
  ['first value', 32],
  ['latest time', 40],
  ['latest value', 44],
  ['previous time', 52],
  ['previous value', 56],
  ['last byte', 64],
  ['last byte offset', 68],
  ['bit position', 72],
  ['count', 76],
  ['crc', 80],
  ['discarded', 84],
  ['growths', 88],
];
const FILE_HEADER_SIZE = 63;
const ARCHIVE_HEADER_SIZE = 128;
/** How many slots, ranges or buffered points of an archive are fields of their own. */
const MOST_OF_A_KIND = 64;

/** The fields of a file; of one that cannot be read, numbers at each fourth byte of its beginning. */
export function fieldsOf(bytes: Uint8Array): FieldMap {
  try {
    return detectFormat(bytes) === 'compressed' ? compressedFields(bytes) : standardFields(bytes);
  } catch {
    const header = Array.from({ length: Math.min(64, Math.floor(bytes.length / 4)) }, (_, i) => {
      return { name: `byte ${4 * i}`, at: 4 * i, size: 4 as const };
    });
    return { header, body: header, pointsAt: 0 };
  }
}

function standardFields(bytes: Uint8Array): FieldMap {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header: Field[] = ['method', 'max retention', 'xFilesFactor', 'archive count'].map((name, i) => {
    return { name, at: 4 * i, size: 4 };
  });
  const body: Field[] = [];
  const count = Math.min(view.getUint32(12), 32);
  for (let archive = 0; archive < count; archive++) {
    const at = 16 + 12 * archive;
    for (const [i, name] of ['offset', 'step', 'points'].entries()) {
      header.push({ name: `archive ${archive} ${name}`, at: at + 4 * i, size: 4 });
    }
    const [offset, points] = [view.getUint32(at), view.getUint32(at + 8)];
    for (let slot = 0; slot < Math.min(points, MOST_OF_A_KIND); slot++) {
      body.push({ name: `archive ${archive} slot ${slot} time`, at: offset + 12 * slot, size: 4 });
    }
  }
  return { header, body, pointsAt: 16 + 12 * count };
}

function compressedFields(bytes: Uint8Array): FieldMap {
  const { archives, aggregation } = decodeCompressedHeader(bytes, bytes.length, true);
  const isMix = aggregation === 'mix';
  const { places, size } = planMetadata(archives, isMix);
  const header: Field[] = FILE_FIELDS.map(([name, at, size]) => ({ name, at, size }));
  const body: Field[] = [];
  for (const [i, archive] of archives.entries()) {
    const at = FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * i;
    const shift = archive.spec === undefined ? 0 : 5;
    const add = (name: string, place: number, size: 1 | 4 = 4) =>
      header.push({ name: `archive ${i} ${name}`, at: at + place, size });
    for (const [name, place] of ARCHIVE_FIELDS) add(name, place);
    if (shift > 0) {
      add('method', 24, 1);
      add('percentile', 25);
    }
    for (const [name, place] of CURRENT_FIELDS) add(name, place + shift);
    const { ranges, buffer, unitSlots } = places[i]!;
    for (let block = 0; block < Math.min(archive.blockCount, MOST_OF_A_KIND); block++) {
      for (const [j, name] of ['start', 'end', 'count', 'crc'].entries()) {
        body.push({ name: `archive ${i} block ${block} ${name}`, at: ranges + 16 * block + 4 * j, size: 4 });
      }
    }
    for (let slot = 0; slot < Math.min(2 * unitSlots, MOST_OF_A_KIND); slot++) {
      body.push({ name: `archive ${i} buffer slot ${slot} time`, at: buffer + 12 * slot, size: 4 });
    }
  }
  return { header, body, pointsAt: Math.max(size, compressedHeaderSize(bytes)) };
}
