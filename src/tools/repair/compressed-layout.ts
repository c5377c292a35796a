/**
 * The headers of a compressed file as far as they say where everything stands, when fields of them may be wrong.
 *
 * What they say of the current blocks is left aside here: the blocks themselves tell it. Of the rest, one wrong field follows
 * from the checksum of the metadata, if that is still the one of before the damage, or from the places of the archives,
 * which follow one another.
 */
import { isUint32, UINT32_MAX } from '../../bytes/integers.js';
import { WhisperError } from '../../errors.js';
import { aggregationNumber } from '../../format/aggregation-method.js';
import { MIX_NUMBER } from '../../format/aggregation-spec.js';
import { validateRetentions } from '../../format/archive-list.js';
import {
  ARCHIVE_HEADER_SIZE,
  archiveBlocksEnd,
  blocksEnd,
  type CompressedHeader,
  compressedHeaderSize,
  computeChecksum,
  decodeCompressedHeader,
  FILE_HEADER_SIZE,
  planMetadata,
  storedChecksum,
} from '../../format/compressed-header.js';
import { COMPRESSED_MAGIC, detectFormat } from '../../format/detect.js';
import { greatestRetention } from '../../format/retention.js';
import { checkMissing } from '../../format/standard-header.js';
import { ANY_SIZE } from '../verify/layout.js';
import { ChecksumSolver } from './checksum-field.js';
import type { RepairLog } from './report.js';
import type { Schema } from './schema.js';

/** Fields of the file's header and of an archive's header, by their bytes: see format/compressed-header.ts. */
const VERSION = 18;
const METHOD = 19;
const MAX_RETENTION = 23;
const X_FILES_FACTOR = 27;
const ARCHIVE_COUNT = 35;
const OFFSET = 0;
const BLOCK_SIZE = 12;
const BLOCK_COUNT = 16;
const FILE_FIELDS = {
  method: METHOD,
  'max retention': MAX_RETENTION,
  xFilesFactor: X_FILES_FACTOR,
  'archive count': ARCHIVE_COUNT,
};
const ARCHIVE_FIELDS = {
  offset: OFFSET,
  step: 4,
  points: 8,
  'block size': BLOCK_SIZE,
  'block count': BLOCK_COUNT,
};
/** Of archives below the base of a mix file. */
const SPEC_FIELDS = { method: 24, percentile: 25 };
/** Where an archive's header begins to tell of the current block, and for how many bytes; in a mix file later. */
const CURRENT = 24;
export const CURRENT_SIZE = 60;
const BIT_POSITION = 48;
const SPEC_SIZE = 5;
/** Archives of a file whose fields are tried one by one, and bytes of metadata with which they are. */
const MOST_TRIED = 64;
const LARGEST_METADATA = 2 ** 20;

/** A file whose headers say where everything stands. */
export interface FoundLayout {
  /** The file with these headers. */
  readonly bytes: Uint8Array;
  /** All archives as if they were empty. */
  readonly header: CompressedHeader;
  /** The checksum is that of the metadata. */
  readonly isSummed: boolean;
}

/** Where the account of the current block begins in an archive's header, from the beginning of that. */
export function currentOffset(header: CompressedHeader, index: number): number {
  return CURRENT + (header.aggregation === 'mix' && index > 0 ? SPEC_SIZE : 0);
}

/** The file with its magic and version put right, if all else of it is a compressed file; else undefined. */
export function withMagic(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE) return undefined;
  const named = Uint8Array.from(bytes);
  named.set(Buffer.from(COMPRESSED_MAGIC, 'ascii'));
  named[VERSION] = 1;
  const header = tryHeader(named, bytes.length);
  if (header === undefined || !isOrderly(header)) return undefined;
  return isSummed(named, header) || blocksEnd(header.archives) === bytes.length ? named : undefined;
}

/** @returns  undefined, and told why, if the headers hold together in no reading of them and the schema does not help */
export function findLayout(bytes: Uint8Array, schema: Schema, log: RepairLog): FoundLayout | undefined {
  const named = hasMagic(bytes) ? undefined : withMagic(bytes);
  if (named !== undefined)
    log.change('its magic and version were put right: all else of it is a compressed file');
  const start = named ?? bytes;
  const stated = tryHeader(start, bytes.length);
  if (stated !== undefined && (isSummed(start, stated) || isOrderly(stated))) return layoutOf(start, stated);
  const field = fieldBySum(start, log) ?? (stated === undefined ? fieldByPlaces(start, log) : undefined);
  const changed = field === undefined ? start : withField(start, field);
  const header = field === undefined ? stated : tryHeader(changed, bytes.length);
  if (header !== undefined) return layoutOf(changed, header);
  return bySettings(start, schema, log) ?? byRetentions(start, schema, log);
}

function layoutOf(bytes: Uint8Array, header: CompressedHeader): FoundLayout {
  return { bytes, header, isSummed: isSummed(bytes, header) };
}

function hasMagic(bytes: Uint8Array): boolean {
  return detectFormat(bytes) === 'compressed' && bytes[VERSION] === 1;
}

/**
 * The headers with every archive empty; undefined if they cannot be.
 *
 * @param start  the beginning of the file, with all of its headers
 */
function tryHeader(start: Uint8Array, fileSize: number): CompressedHeader | undefined {
  const headers = start.slice(0, compressedHeaderSize(start));
  if (headers.length < FILE_HEADER_SIZE) return undefined;
  const view = viewOf(headers);
  const isMix = view.getUint32(METHOD) === MIX_NUMBER;
  for (let at = FILE_HEADER_SIZE; at + ARCHIVE_HEADER_SIZE <= headers.length; at += ARCHIVE_HEADER_SIZE) {
    const current = at + CURRENT + (isMix && at > FILE_HEADER_SIZE ? SPEC_SIZE : 0);
    headers.fill(0, current, current + CURRENT_SIZE);
    view.setUint32(current + BIT_POSITION, 7);
  }
  try {
    const header = decodeCompressedHeader(headers, ANY_SIZE, true);
    checkMissing(blocksEnd(header.archives) - fileSize, fileSize, true);
    return header;
  } catch (error) {
    if (error instanceof WhisperError) return undefined;
    throw error;
  }
}

function metadataSize({ archives, aggregation }: CompressedHeader): number {
  return planMetadata(archives, aggregation === 'mix').size;
}

function isSummed(bytes: Uint8Array, header: CompressedHeader): boolean {
  const size = metadataSize(header);
  if (size > bytes.length) return false;
  const metadata = bytes.subarray(0, size);
  return storedChecksum(metadata) === computeChecksum(metadata);
}

/** Whether the headers agree with themselves, as those of a new file do. */
function isOrderly(header: CompressedHeader): boolean {
  const { archives, maxRetention } = header;
  let end = metadataSize(header);
  for (const archive of archives) {
    if (archive.offset !== end) return false;
    end = archiveBlocksEnd(archive);
  }
  if (maxRetention !== greatestRetention(archives)) return false;
  const retentions = archives.filter(
    ({ step }, i) => i === archives.findIndex((other) => other.step === step),
  );
  try {
    validateRetentions(
      retentions.map(({ step, points }) => ({ step, points })),
      'compressed',
    );
    return true;
  } catch (error) {
    if (error instanceof WhisperError) return false;
    throw error;
  }
}

/** A field with the bytes that it should have. */
interface Field {
  readonly at: number;
  readonly value: Uint8Array;
}

/** The one field with which the checksum is right and the headers hold together. */
function fieldBySum(bytes: Uint8Array, log: RepairLog): Field | undefined {
  for (const size of metadataSizes(bytes)) {
    const metadata = bytes.subarray(0, size);
    const solve = new ChecksumSolver(metadata);
    for (const { name, at } of fieldsOf(bytes)) {
      if (at + 4 > size) continue;
      const field = { at, value: solve.field(at) };
      const header = tryHeader(withField(metadata, field), bytes.length);
      if (header === undefined || metadataSize(header) !== size || !isOrderly(header)) continue;
      log.change(`its ${name} was put right, as the checksum of the metadata tells it`);
      return field;
    }
  }
  return undefined;
}

/** Each field that says where things stand or what they mean, with its byte. */
function fieldsOf(bytes: Uint8Array): { name: string; at: number }[] {
  const fields = Object.entries(FILE_FIELDS).map(([name, at]) => ({ name, at }));
  const count = countOfHeaders(bytes);
  if (count > MOST_TRIED) return fields;
  for (let i = 0; i < count; i++) {
    const names = i === 0 ? ARCHIVE_FIELDS : { ...ARCHIVE_FIELDS, ...SPEC_FIELDS };
    for (const [name, at] of Object.entries(names)) {
      fields.push({ name: `${name} of archive ${i}`, at: FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * i + at });
    }
  }
  return fields;
}

function countOfHeaders(bytes: Uint8Array): number {
  return Math.floor((compressedHeaderSize(bytes) - FILE_HEADER_SIZE) / ARCHIVE_HEADER_SIZE);
}

/** How long the metadata may be: up to the first archive's first block, or as the other fields have it. */
function metadataSizes(bytes: Uint8Array): number[] {
  if (bytes.length < FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE) return [];
  const stated = viewOf(bytes).getUint32(FILE_HEADER_SIZE + OFFSET);
  const headers = bytes.subarray(0, compressedHeaderSize(bytes));
  const header = tryHeader(headers, bytes.length) ?? tryHeader(withoutFirstOffset(headers), ANY_SIZE);
  const planned = header === undefined ? stated : metadataSize(header);
  const least = FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE;
  const most = Math.min(bytes.length, LARGEST_METADATA);
  return [...new Set([stated, planned])].filter((size) => size >= least && size <= most);
}

/** The headers with the first archive behind all others, where it is in nobody's way. */
function withoutFirstOffset(headers: Uint8Array): Uint8Array {
  const at = FILE_HEADER_SIZE + OFFSET;
  return headers.length < at + 4 ? headers : withField(headers, { at, value: bytesOf(UINT32_MAX) });
}

/** The one field with which the archives follow one another to the end of the file. */
function fieldByPlaces(bytes: Uint8Array, log: RepairLog): Field | undefined {
  const count = countOfHeaders(bytes);
  const headers = bytes.subarray(0, compressedHeaderSize(bytes));
  if (count > MOST_TRIED || headers.length < FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * count) return undefined;
  const view = viewOf(headers);
  for (let i = 0; i < count; i++) {
    const at = FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * i;
    const next = i + 1 < count ? view.getUint32(at + ARCHIVE_HEADER_SIZE) : bytes.length;
    const [offset, size, blocks] = [view.getUint32(at), view.getUint32(at + 12), view.getUint32(at + 16)];
    const candidates = [
      { name: 'offset', field: OFFSET, number: next - size * blocks },
      { name: 'block size', field: BLOCK_SIZE, number: (next - offset) / blocks },
      { name: 'block count', field: BLOCK_COUNT, number: (next - offset) / size },
    ];
    for (const { name, field, number } of candidates) {
      if (!isUint32(number)) continue;
      const found = { at: at + field, value: bytesOf(number) };
      const header = tryHeader(withField(headers, found), bytes.length);
      if (header === undefined || !isOrderly(header) || blocksEnd(header.archives) !== bytes.length) continue;
      log.change(`the ${name} of archive ${i} was put right, as the places of the others tell it`);
      return found;
    }
  }
  return undefined;
}

/** The file with the settings that were given in the place of those that cannot be read. */
function bySettings(
  bytes: Uint8Array,
  { aggregation, xFilesFactor }: Schema,
  log: RepairLog,
): FoundLayout | undefined {
  if (bytes.length < FILE_HEADER_SIZE) return undefined;
  const number = aggregation === 'mix' ? MIX_NUMBER : aggregation && aggregationNumber(aggregation, 'go');
  const method = number === undefined ? [] : [{ at: METHOD, value: bytesOf(number) }];
  const share = xFilesFactor === undefined ? [] : [{ at: X_FILES_FACTOR, value: bytesOfFloat(xFilesFactor) }];
  for (const fields of [method, share, [...method, ...share]]) {
    const changed = fields.reduce<Uint8Array>(withField, bytes);
    const header = tryHeader(changed, bytes.length);
    if (header === undefined) continue;
    if (fields.includes(method[0]!))
      log.change(`its aggregation method is the one that was given: ${aggregation}`);
    if (fields.includes(share[0]!)) log.change(`its xFilesFactor is the one that was given: ${xFilesFactor}`);
    return layoutOf(changed, header);
  }
  return undefined;
}

/** A file of the retentions that were given, with the body there is if it is as long as that of such a file. */
function byRetentions(bytes: Uint8Array, schema: Schema, log: RepairLog): FoundLayout | undefined {
  const given = schema.compressedHeader();
  if (given === undefined) {
    log.lose('its headers do not hold together; the options retentions and format can tell what it was');
    return undefined;
  }
  const { header, metadata, fileSize } = given;
  log.change('its headers are those of a new file as it was asked for');
  if (bytes.length === fileSize) {
    const headers = metadata.subarray(0, FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * header.archives.length);
    return { bytes: withField(bytes, { at: 0, value: headers }), header, isSummed: false };
  }
  if (bytes.length > 0) {
    log.lose(`what the file held: one with these retentions has ${fileSize} bytes, not ${bytes.length}`);
  }
  return { bytes: metadata, header, isSummed: true };
}

function withField(bytes: Uint8Array, { at, value }: Field): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed.set(value, at);
  return changed;
}

function bytesOf(number: number): Uint8Array {
  const field = new Uint8Array(4);
  viewOf(field).setUint32(0, number);
  return field;
}

function bytesOfFloat(number: number): Uint8Array {
  const field = new Uint8Array(4);
  viewOf(field).setFloat32(0, number);
  return field;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
