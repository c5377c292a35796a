/**
 * A small file as text: every byte with its place and its name, so that a changed byte is a changed line of a review.
 *
 *   000-017  77 68 69 73 …   magic "whisper_compressed"      bytes first to last, as they are
 *   620-990  00 * 371        unused                          a run of one byte
 *   603.0-604.0  10 0000001  point 1, time: …                bits in a block, a byte's first bit being 0
 *
 * Fields are read one after the other, as doc/format.md lists them, and not with the library's own headers: the dump
 * would else follow whatever mistake it is there to show. Only the bits of blocks are told by the library.
 */
import { type BlockPiece, traceBlock } from '../../src/codec/index.js';
import { bytesOfBits } from './bits.js';

const MAGIC = 'whisper_compressed';
/** Longer runs of one byte stand in one line. */
const LONGEST_RUN = 8;
/** Where names begin, if what stands before them is no longer. */
const NAME_COLUMN = 52;

export function annotatedDump(bytes: Uint8Array): string {
  const writer = new DumpWriter(bytes);
  if (Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') === MAGIC) writeCompressed(writer);
  else writeStandard(writer);
  return writer.finish();
}

/** The bytes that a dump is of: what proves that all of them are in it. */
export function bytesOfDump(dump: string): Uint8Array {
  let bits = '';
  for (const line of dump.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [place = '', content = ''] = line.split(/ {2,}/);
    const run = /^([0-9a-f]{2}) \* ([0-9]+)$/.exec(content);
    if (place.includes('.')) bits += content.replaceAll(' ', '');
    else if (run !== null) bits += bitsOf(Number.parseInt(run[1]!, 16)).repeat(Number(run[2]));
    else
      bits += content
        .split(' ')
        .map((byte) => bitsOf(Number.parseInt(byte, 16)))
        .join('');
  }
  return bytesOfBits(bits);
}

function bitsOf(byte: number): string {
  return byte.toString(2).padStart(8, '0');
}

class DumpWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #lines: string[] = [];
  readonly #digits: number;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#digits = String(bytes.length - 1).length;
  }

  title(text: string): void {
    this.#lines.push(`${this.#lines.length === 0 ? '' : '\n'}# ${text}`);
  }

  /** A line for the next bytes. */
  field(size: number, name: string): void {
    const end = this.at + size;
    const part = this.bytes.subarray(this.at, end);
    const isRun = size > LONGEST_RUN && part.every((byte) => byte === part[0]);
    const hex = [...part].map((byte) => byte.toString(16).padStart(2, '0'));
    const place = `${this.#number(this.at)}-${this.#number(end - 1)}`;
    this.#line(place, isRun ? `${hex[0]} * ${size}` : hex.join(' '), name);
    this.at = end;
  }

  uint8(name: string): number {
    const value = this.#view.getUint8(this.at);
    this.field(1, `${name} ${value}`);
    return value;
  }

  uint32(name: string, meaning: (value: number) => string = String): number {
    const value = this.#view.getUint32(this.at);
    this.field(4, `${name} ${meaning(value)}`);
    return value;
  }

  float32(name: string): number {
    const value = this.#view.getFloat32(this.at);
    this.field(4, `${name} ${value}`);
    return value;
  }

  /** A timestamp and a value, in one line. */
  point(name: string): void {
    const timestamp = this.#view.getUint32(this.at);
    const value = this.#view.getFloat64(this.at + 4);
    this.field(12, timestamp === 0 ? `${name}: none` : `${name}: ${timestamp} ${shown(value)}`);
  }

  /** All that is left up to a byte. */
  upTo(end: number, name: string): void {
    if (end > this.at) this.field(end - this.at, name);
  }

  /** A line for bits of the block that begins at byte `origin`. */
  bits(origin: number, { bit, length, bits }: BlockPiece, name: string): void {
    const place = (at: number) => `${this.#number(origin + (at >>> 3))}.${at & 7}`;
    this.#line(`${place(bit)}-${place(bit + length - 1)}`, bits, name);
  }

  finish(): string {
    this.upTo(this.bytes.length, 'behind the last archive');
    return `${this.#lines.join('\n')}\n`;
  }

  #number(at: number): string {
    return String(at).padStart(this.#digits, '0');
  }

  #line(place: string, content: string, name: string): void {
    this.#lines.push(`${`${place}  ${content}`.padEnd(NAME_COLUMN)}  ${name}`);
  }
}

function shown(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function writeStandard(writer: DumpWriter): void {
  writer.title('header');
  writer.uint32('aggregation method');
  writer.uint32('max retention');
  writer.float32('xFilesFactor');
  const count = writer.uint32('archive count');
  const archives = Array.from({ length: count }, (_, i) => {
    writer.title(`archive ${i}`);
    return { offset: writer.uint32('offset'), step: writer.uint32('step'), points: writer.uint32('points') };
  });
  for (const [i, { points }] of archives.entries()) {
    writer.title(`slots of archive ${i}`);
    for (let slot = 0; slot < points; slot++) writer.point(`slot ${slot}`);
  }
}

interface Archive {
  step: number;
  blockSize: number;
  blockCount: number;
}

function writeCompressed(writer: DumpWriter): void {
  writer.title('file header');
  writer.field(MAGIC.length, `magic "${MAGIC}"`);
  writer.uint8('version');
  const isMix = writer.uint32('aggregation method') === 7;
  writer.uint32('max retention');
  writer.float32('xFilesFactor');
  writer.uint32('points per block');
  const count = writer.uint32('archive count');
  writer.float32('point size');
  writer.uint32('checksum', hex);
  writer.field(16, 'unused');
  const archives = Array.from({ length: count }, (_, i) => writeArchiveHeader(writer, i, isMix && i > 0));
  for (const [i, archive] of archives.entries())
    writeRanges(writer, i, archive, isMix ? undefined : archives[i + 1]);
  for (const [i, { step, blockSize, blockCount }] of archives.entries()) {
    for (let block = 0; block < blockCount; block++) {
      writer.title(`archive ${i}, block ${block}`);
      writeBlock(writer, blockSize, step);
    }
  }
}

function writeArchiveHeader(writer: DumpWriter, index: number, hasMethod: boolean): Archive {
  writer.title(`archive ${index}`);
  const end = writer.at + 128;
  writer.uint32('offset');
  const step = writer.uint32('step');
  writer.uint32('points');
  const blockSize = writer.uint32('block size');
  const blockCount = writer.uint32('block count');
  writer.float32('point size');
  if (hasMethod) {
    writer.uint8('method');
    writer.float32('percentile');
  }
  writer.uint32('current block');
  writer.point('first point');
  writer.point('latest point');
  writer.point('previous point');
  writer.uint32('last byte');
  writer.uint32('last byte offset');
  writer.uint32('bit position');
  writer.uint32('count');
  writer.uint32('crc', hex);
  writer.uint32('discarded');
  writer.uint32('growths');
  writer.upTo(end, 'unused');
  return { step, blockSize, blockCount };
}

function writeRanges(
  writer: DumpWriter,
  index: number,
  { step, blockCount }: Archive,
  coarser: Archive | undefined,
): void {
  for (let block = 0; block < blockCount; block++) {
    writer.title(`archive ${index}, range of block ${block}`);
    writer.uint32('start');
    writer.uint32('end');
    writer.uint32('count');
    writer.uint32('crc', hex);
  }
  if (coarser === undefined) return;
  for (const unit of [0, 1]) {
    writer.title(`archive ${index}, unit ${unit} of the buffer`);
    for (let slot = 0; slot < coarser.step / step; slot++) writer.point(`slot ${slot}`);
  }
}

function writeBlock(writer: DumpWriter, size: number, step: number): void {
  const origin = writer.at;
  const block = writer.bytes.subarray(origin, origin + size);
  for (const piece of traceBlock(block, { step })) {
    if (piece.kind === 'first point') writer.point('first point');
    else if (piece.kind === 'damage' || piece.kind === 'padding') writeRest(writer, origin, size, piece);
    else writer.bits(origin, piece, nameOf(piece));
  }
  writer.at = origin + size;
}

/** What is left of a byte as bits, and the bytes behind it as bytes. */
function writeRest(writer: DumpWriter, origin: number, size: number, piece: BlockPiece): void {
  const length = -piece.bit & 7;
  if (length > 0)
    writer.bits(origin, { ...piece, length, bits: piece.bits.slice(0, length) }, 'rest of the byte');
  writer.at = origin + ((piece.bit + length) >>> 3);
  writer.upTo(origin + size, nameOf(piece));
}

function nameOf(piece: BlockPiece): string {
  switch (piece.kind) {
    case 'time':
      return `point ${piece.point}: ${piece.timestamp}${
        piece.deltaOfDelta === undefined ? '' : `, delta of delta ${piece.deltaOfDelta}`
      }`;
    case 'value':
      return `point ${piece.point}: ${shown(piece.value)}${piece.prefix === '0' ? '' : `, XOR ${piece.xor}`}`;
    case 'damage':
      return /[1-9a-f]/.test(piece.bits) ? `no points: ${piece.reason}` : 'empty';
    case 'padding':
      return 'behind the end marker';
    default:
      return piece.kind;
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
