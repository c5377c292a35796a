/**
 * A change of points where they stand: values put in, points taken out, archive by archive, in either format. Nothing is
 * rolled up by it.
 */
import type { CompressedArchive } from '../../archive/compressed-archive.js';
import { RingEdit } from '../../archive/ring-edit.js';
import { StandardArchive } from '../../archive/standard-archive.js';
import type { Unit } from '../../archive/write-buffer.js';
import { floorTo, UINT32_MAX } from '../../bytes/integers.js';
import { Scratch } from '../../bytes/scratch.js';
import { loadMetadata } from '../../database/compressed-metadata.js';
import { makeRoom } from '../../database/growth.js';
import { open } from '../../database/open.js';
import { WhisperError } from '../../errors.js';
import { MemoryFile } from '../../file/memory-file.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { detectFormat } from '../../format/detect.js';
import { PointRun } from '../../format/point-run.js';
import { indexOfTime } from './shown-points.js';

/** What is changed of one archive; times rise and are multiples of its step. */
export interface ArchiveEdit {
  readonly index: number;
  /** Points that take the place of those of their times, or are new. */
  readonly put: PointRun;
  /** Times of the points that go. */
  readonly taken: readonly number[];
  /** Intervals of the next archive whose points leave the buffer for the blocks; nothing is rolled up of them. */
  readonly settled?: readonly number[];
}

const UNITS: readonly Unit[] = [0, 1];

/** How often a ring that is crowded by what it shall hold is made larger. */
const MOST_ENLARGEMENTS = 8;

/**
 * @param now  Unix seconds
 * @returns    the changed file; the bytes given stay as they are
 * @throws WhisperError `WSP_CORRUPT` for a damaged block, or one that finds no room
 */
export function editPoints(
  bytes: Uint8Array,
  edits: readonly ArchiveEdit[],
  now: number,
  dialect: Dialect,
): Uint8Array {
  const meant = edits.filter(
    ({ put, taken, settled = [] }) => put.length + taken.length + settled.length > 0,
  );
  if (meant.length === 0) return bytes;
  return detectFormat(bytes) === 'standard'
    ? editSlots(bytes, meant, dialect)
    : editBlocks(bytes, meant, now, dialect);
}

function editSlots(bytes: Uint8Array, edits: readonly ArchiveEdit[], dialect: Dialect): Uint8Array {
  using database = open(bytes, { dialect, readOnly: true });
  const { archives } = database.info;
  const file = new MemoryFile(bytes);
  const scratch = new Scratch();
  for (const { index, put, taken } of edits) {
    const ring = new StandardArchive(file, archives[index]!, scratch);
    for (const [first, last] of spansOf(taken, ring.step)) ring.erase(first, last);
    const fitting = new PointRun(0);
    for (let i = 0; i < put.length; i++) {
      // A later turn of the ring, of a point of the future, has the slot.
      if (!ring.isOvertaken(put.timestamps[i]!, 1)) fitting.pushFrom(put, i);
    }
    if (fitting.length > 0) ring.write(fitting.timestamps, fitting.values, 0, fitting.length);
  }
  return file.bytes;
}

function editBlocks(
  bytes: Uint8Array,
  edits: readonly ArchiveEdit[],
  now: number,
  dialect: Dialect,
): Uint8Array {
  const enlargements = new Map<number, number>();
  for (let times = 0; times <= MOST_ENLARGEMENTS; times++) {
    const file = new MemoryFile(times === 0 ? bytes : enlarged(bytes, enlargements, dialect));
    const metadata = loadMetadata(file, true);
    const crowded = edits.find((edit) => !editArchive(metadata.archives, edit, now));
    if (crowded === undefined) {
      metadata.writeTo(file);
      return file.bytes;
    }
    enlargements.set(crowded.index, (enlargements.get(crowded.index) ?? 0) + 1);
  }
  throw withoutRoom();
}

function enlarged(
  bytes: Uint8Array,
  enlargements: ReadonlyMap<number, number>,
  dialect: Dialect,
): Uint8Array {
  const { header, archives } = loadMetadata(new MemoryFile(bytes));
  const growth = makeRoom(header, archives, enlargements, dialect);
  if (growth instanceof Uint8Array) return growth;
  throw withoutRoom();
}

function withoutRoom(): WhisperError {
  return new WhisperError('WSP_CORRUPT', {
    found: 'no room in the blocks for the changed points',
    expected: 'a file that is not as large as the format allows',
  });
}

/** Returns false if the ring has no room; nothing of its blocks is changed then. */
function editArchive(
  archives: readonly CompressedArchive[],
  { index, put, taken, settled: left = [] }: ArchiveEdit,
  now: number,
): boolean {
  const { ring, buffer, step, retention } = archives[index]!;
  const edit = new RingEdit(ring);
  for (const unit of UNITS) {
    if (buffer !== undefined && left.includes(buffer.base(unit))) edit.insert(buffer.take(unit).sorted());
  }
  const waits = waitingIn(archives, index);
  const stored = edit.gather(0, UINT32_MAX);
  if (stored === undefined) throw damaged(step);
  const [waiting, settled] = [new PointRun(0), new PointRun(0)];
  for (let i = 0; i < put.length; i++) {
    const timestamp = put.timestamps[i]!;
    const isWaiting = waits(timestamp);
    if (isWaiting) waiting.pushFrom(put, i);
    // What waits to take the place of a block's point is the same point.
    if (!isWaiting || indexOfTime(stored, timestamp) !== -1) settled.pushFrom(put, i);
  }
  buffer?.replace(waiting);
  edit.insert(settled);
  for (const [first, last] of spansOf(taken, step)) {
    buffer?.erase(first, last);
    edit.erase(first, last);
  }
  return edit.commit(now - retention);
}

/** Tells whether a point of a time has its place in the buffer of an archive. */
function waitingIn(archives: readonly CompressedArchive[], index: number): (timestamp: number) => boolean {
  const { buffer, ring } = archives[index]!;
  const coarser = archives[index + 1];
  if (buffer === undefined || coarser === undefined) return () => false;
  const bases = [buffer.base(0), buffer.base(1)].filter((base) => base !== 0);
  return (timestamp) => {
    if (buffer.holds(timestamp)) return true;
    return timestamp > ring.latest && bases.includes(floorTo(timestamp, coarser.step));
  };
}

function damaged(step: number): WhisperError {
  return new WhisperError('WSP_CORRUPT', {
    found: `damage in a block of the ${step} s archive`,
    expected: 'whole blocks',
  });
}

/** Rising times as spans of such as follow one another. */
function* spansOf(times: readonly number[], step: number): Generator<readonly [first: number, last: number]> {
  for (let start = 0; start < times.length; ) {
    let end = start + 1;
    while (end < times.length && times[end] === times[end - 1]! + step) end++;
    yield [times[start]!, times[end - 1]!];
    start = end;
  }
}
