/**
 * A journal: what one call is about to write into a database, kept beside it until that is done; big-endian.
 *
 *   OFFSET  SIZE  FIELD
 *        0    16  magic          the ASCII text `sotto journal 1` and a line feed
 *       16     8  length         uint64, bytes of all of it, the checksum included
 *       24     8  device         uint64, of the database
 *       32     8  inode          uint64
 *       40     8  birth          uint64, nanoseconds since 1970; 0 where the file system does not tell
 *       48     8  size           uint64, bytes of the database
 *       56     4  process        uint32, who writes
 *       60     4  thread         uint32
 *       64     8  start          uint64, ticks from boot to the start of the process; 0 if not told
 *       72    16  boot id        zeros if not told
 *       88     4  span count n   uint32
 *       92  12·n  spans          position uint64, length uint32
 *           2·Σ   bytes          of each span what stands in the file before the call, then what shall stand there
 *             4  checksum        CRC-32 of everything before it
 *
 * What stood there before tells whether the file has moved on since: each sector of a span is then neither as it was nor
 * as it shall be. It also takes a call back that the system refused half-way.
 */
import { crc32 } from '../bytes/crc32.js';
import type { Writer } from './writer.js';

export const JOURNAL_SUFFIX = '.journal';

const MAGIC = Buffer.from('sotto journal 1\n', 'latin1');
const LENGTH_OFFSET = 16;
const IDENTITY_OFFSET = 24;
const WRITER_OFFSET = 56;
const BOOT_ID_OFFSET = 72;
const BOOT_ID_SIZE = 16;
const COUNT_OFFSET = 88;
export const JOURNAL_HEADER_SIZE = 92;
const SPAN_SIZE = 12;
const CHECKSUM_SIZE = 4;

/** Bytes that a disk writes as one. */
const SECTOR = 512;

/** Bytes that are to stand at a position. */
export interface Span {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** A change of a span. */
export interface Change extends Span {
  /** What stands there before; as long as `bytes`. */
  readonly before: Uint8Array;
}

/** Which file a journal is of. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  /** Nanoseconds since 1970; 0 if it is not told. */
  readonly birth: bigint;
  /** Bytes. */
  readonly size: number;
}

export interface Journal {
  readonly identity: FileIdentity;
  readonly writer: Writer;
  readonly changes: readonly Change[];
}

export function encodeJournal({ identity, writer, changes }: Journal): Uint8Array {
  const content = changes.reduce((sum, { bytes }) => sum + 2 * bytes.length, 0);
  const length = JOURNAL_HEADER_SIZE + SPAN_SIZE * changes.length + content + CHECKSUM_SIZE;
  const journal = new Uint8Array(length);
  const view = new DataView(journal.buffer);
  journal.set(MAGIC);
  view.setBigUint64(LENGTH_OFFSET, BigInt(length));
  const { device, inode, birth, size } = identity;
  for (const [i, field] of [device, inode, birth, BigInt(size)].entries()) {
    view.setBigUint64(IDENTITY_OFFSET + 8 * i, field);
  }
  view.setUint32(WRITER_OFFSET, writer.pid);
  view.setUint32(WRITER_OFFSET + 4, writer.thread);
  view.setBigUint64(WRITER_OFFSET + 8, writer.startTime);
  journal.set(Buffer.from(writer.bootId, 'hex'), BOOT_ID_OFFSET);
  view.setUint32(COUNT_OFFSET, changes.length);
  let at = JOURNAL_HEADER_SIZE;
  for (const { position, bytes } of changes) {
    view.setBigUint64(at, BigInt(position));
    view.setUint32(at + 8, bytes.length);
    at += SPAN_SIZE;
  }
  for (const { before, bytes } of changes) {
    journal.set(before, at);
    journal.set(bytes, at + before.length);
    at += before.length + bytes.length;
  }
  view.setUint32(at, crc32(journal.subarray(0, at)));
  return journal;
}

/** Who writes a journal, of which perhaps no more than the header is there; undefined if not even that is. */
export function decodeWriter(journal: Uint8Array): Writer | undefined {
  if (journal.length < JOURNAL_HEADER_SIZE || !hasMagic(journal)) return undefined;
  const view = viewOf(journal);
  const bootId = Buffer.from(journal.subarray(BOOT_ID_OFFSET, BOOT_ID_OFFSET + BOOT_ID_SIZE)).toString('hex');
  return {
    pid: view.getUint32(WRITER_OFFSET),
    thread: view.getUint32(WRITER_OFFSET + 4),
    startTime: view.getBigUint64(WRITER_OFFSET + 8),
    bootId,
  };
}

/** Whether a file is a journal, or one of which no more than the beginning was written, or nothing at all. */
export function isBegunAsJournal(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, MAGIC.length);
  return MAGIC.subarray(0, start.length).equals(start) || start.every((byte) => byte === 0);
}

/** A whole journal; undefined for one that is not, or whose spans lie outside of the file it names. */
export function decodeJournal(journal: Uint8Array): Journal | undefined {
  const writer = decodeWriter(journal);
  if (writer === undefined) return undefined;
  const view = viewOf(journal);
  const length = Number(view.getBigUint64(LENGTH_OFFSET));
  const end = length - CHECKSUM_SIZE;
  if (length > journal.length || end < JOURNAL_HEADER_SIZE) return undefined;
  if (view.getUint32(end) !== crc32(journal.subarray(0, end))) return undefined;
  const [device, inode, birth, size] = [0, 1, 2, 3].map((i) => view.getBigUint64(IDENTITY_OFFSET + 8 * i));
  const identity = { device: device!, inode: inode!, birth: birth!, size: Number(size!) };
  const changes = decodeChanges(journal, view, end, identity.size);
  return changes === undefined ? undefined : { identity, writer, changes };
}

function decodeChanges(
  journal: Uint8Array,
  view: DataView,
  end: number,
  fileSize: number,
): Change[] | undefined {
  const count = view.getUint32(COUNT_OFFSET);
  let at = JOURNAL_HEADER_SIZE + SPAN_SIZE * count;
  if (at > end) return undefined;
  const changes: Change[] = [];
  for (let i = 0; i < count; i++) {
    const span = JOURNAL_HEADER_SIZE + SPAN_SIZE * i;
    const position = Number(view.getBigUint64(span));
    const length = view.getUint32(span + 8);
    if (at + 2 * length > end || position + length > fileSize) return undefined;
    const before = journal.subarray(at, at + length);
    const bytes = journal.subarray(at + length, at + 2 * length);
    changes.push({ position, before, bytes });
    at += 2 * length;
  }
  return at === end ? changes : undefined;
}

/** Whether what stands in the file at a change is, sector by sector, what was there before or what shall be. */
export function fitsChange({ position, before, bytes }: Change, present: Uint8Array): boolean {
  if (present.length !== bytes.length) return false;
  for (let start = 0, end = 0; start < bytes.length; start = end) {
    end = Math.min(bytes.length, start + SECTOR - ((position + start) % SECTOR));
    const part = present.subarray(start, end);
    const isKnown = [before, bytes].some((known) => Buffer.compare(part, known.subarray(start, end)) === 0);
    if (!isKnown) return false;
  }
  return true;
}

function hasMagic(journal: Uint8Array): boolean {
  return Buffer.compare(journal.subarray(0, MAGIC.length), MAGIC) === 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
