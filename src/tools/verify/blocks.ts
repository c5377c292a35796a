/** What `verify` finds in the blocks of an archive. */

import type { IndexedRange } from '../../archive/block-reader.js';
import { crc32, formatCrc } from '../../bytes/crc32.js';
import { HIGH, LOW } from '../../bytes/double-bits.js';
import { DECODER_SLACK, type Decoded, decodePoints } from '../../codec/block-decoder.js';
import { END_MARKER_BITS } from '../../format/block-size.js';
import { type ArchiveView, blockOffset, blockPlace, headerPlace, writtenOf } from './archive-view.js';

/** The first four bits of the end marker; the others are 0. */
const END_MARKER_START = 0b1111;
/** Points that are decoded beyond those of a range: noise in a large block would be more than the memory takes. */
const MOST_SURPLUS = 2 ** 20;

/** A used block in memory. */
interface BlockView extends ArchiveView {
  readonly range: IndexedRange;
  readonly isCurrent: boolean;
  /** The block and, behind `length`, room for the decoder. */
  readonly bytes: Uint8Array;
  /** Bytes of it that the file has. */
  readonly length: number;
}

/** Reads every used block: its CRC, the end of the current one, and with `deep` its points. */
export function checkBlocks(view: ArchiveView, deep: boolean): void {
  const { ring, info } = view.archive;
  const cutOff: number[] = [];
  for (let index = 0; index < info.blockCount; index++) {
    const range = ring.range(index);
    if (range.start === 0) continue;
    const block = readBlock(view, { index, ...range });
    if (block === undefined) {
      cutOff.push(index);
      continue;
    }
    checkCrc(block);
    if (block.isCurrent) checkEnd(block);
    if (deep) checkPoints(block);
  }
  const [first] = cutOff;
  if (first === undefined) return;
  const others =
    cutOff.length === 1 ? 'it does' : `it and ${cutOff.length - 1} more blocks of the archive do`;
  view.findings.add(
    'block-cut-off',
    `the file ends at byte ${view.fileSize}, before ${others}`,
    blockPlace(view, first),
  );
}

/** Undefined if the file ends before what was written to the block. */
function readBlock(view: ArchiveView, range: IndexedRange): BlockView | undefined {
  const { file, fileSize, archive, memory } = view;
  const { blockSize, current } = archive.info;
  const isCurrent = range.index === current.index;
  const offset = blockOffset(view, range.index);
  const { at, used } = writtenOf(view);
  const needed = isCurrent ? Math.min(blockSize, at + markerBehind(0, used).length) : blockSize;
  if (offset + needed > fileSize) return undefined;
  const size = Math.min(blockSize, fileSize - offset);
  memory.bytes.reserve(size + DECODER_SLACK);
  const { bytes } = memory.bytes;
  return { ...view, range, isCurrent, bytes, length: file.readAt(bytes, size, offset) };
}

function checkCrc(block: BlockView): void {
  const { findings, range, isCurrent, bytes, length } = block;
  const summed = isCurrent ? writtenOf(block).at : length;
  const computed = crc32(bytes.subarray(0, summed));
  if (computed === range.crc) return;
  const text = `its CRC is ${formatCrc(computed)}, and ${formatCrc(range.crc)} is stored`;
  findings.add('block-crc', text, blockPlace(block, range.index));
}

/** Looks at what no CRC is of: the byte that is filled in part, and the end marker. */
function checkEnd(block: BlockView): void {
  const { findings, range, archive, bytes, length } = block;
  const { at, used } = writtenOf(block);
  const { lastByte } = archive.info.current;
  const found = bytes[at]!;
  if ((found ^ lastByte) >> (8 - used) !== 0) {
    const text = `its last byte is ${lastByte}, and ${found} stands there (${used} bits of it count)`;
    findings.add('current-state', text, headerPlace(block));
    return;
  }
  const marker = markerBehind(lastByte, used);
  if (marker.every((byte, i) => at + i < length && bytes[at + i] === byte)) return;
  const place = { ...blockPlace(block, range.index), offset: blockOffset(block, range.index) + at };
  const { count, isComplete, isRising } = decode(block, MOST_SURPLUS);
  const points = count - range.count - 1;
  if (isComplete && isRising && points > 0) {
    const text = `points behind its last known one: ${points} (a writer was stopped; the next append takes their place)`;
    findings.add('unfinished-append', text, { ...place, points });
    return;
  }
  findings.add('end-marker', 'no end marker stands behind its last point', place);
}

/** The bytes from the one that is filled in part to the end of the marker. */
function markerBehind(lastByte: number, used: number): number[] {
  const taken = (lastByte << 8) & (0xff00 << (8 - used));
  const start = taken | ((END_MARKER_START << 12) >> used);
  const bytes = [(start >> 8) & 0xff, start & 0xff, 0, 0, 0, 0];
  return bytes.slice(0, Math.ceil((used + END_MARKER_BITS) / 8));
}

/** Decodes the block and compares its points with its range and, of the current block, with the archive's header. */
function checkPoints(block: BlockView): void {
  const { findings, range, isCurrent, memory } = block;
  const expected = range.count + 1;
  const decoded = decode(block, isCurrent ? 0 : MOST_SURPLUS);
  const place = blockPlace(block, range.index);
  if (decoded.damage !== undefined) {
    const text = `${decoded.damage} (points before that: ${decoded.count}; in its range: ${expected})`;
    findings.add('block-bits', text, place);
  } else if (decoded.count !== expected) {
    findings.add('point-count', `points in the block: ${decoded.count}; in its range: ${expected}`, place);
  }
  checkTimes(block, decoded);
  const isWhole = decoded.damage === undefined && memory.points.length === expected;
  if (isCurrent && isWhole) checkReached(block, decoded.end);
}

function checkTimes(block: BlockView, { damage, isRising }: Decoded): void {
  const { findings, range, archive, memory } = block;
  const place = blockPlace(block, range.index);
  const times = memory.points.timestamps.subarray(0, memory.points.length);
  const [first, last] = [times[0], times.at(-1)];
  if (first !== undefined && first !== range.start) {
    findings.add(
      'block-range',
      `its first point is of ${first}, and its range begins at ${range.start}`,
      place,
    );
  }
  if (last !== undefined && last !== range.end && damage === undefined) {
    findings.add('block-range', `its last point is of ${last}, and its range ends at ${range.end}`, place);
  }
  if (!isRising) {
    const i = times.findIndex((time, i) => i > 0 && time <= times[i - 1]!);
    const text = `point ${i} is of ${times[i]}, and the one before it of ${times[i - 1]}`;
    findings.add('times-not-rising', text, { ...place, timestamp: times[i]! });
  }
  const offStep = times.filter((time) => time % archive.step !== 0);
  if (offStep.length === 0) return;
  const which = offStep.length === 1 ? 'a point is' : `${offStep.length} points are`;
  findings.add('off-step-times', `${which} off the step of ${archive.step} s, the first of ${offStep[0]}`, {
    ...place,
    timestamp: offStep[0]!,
    points: offStep.length,
  });
}

/** Compares how far the archive's header says that the current block was written with how far it was. */
function checkReached(block: BlockView, end: number): void {
  const { findings, archive, memory } = block;
  const { at, used } = writtenOf(block);
  if (end !== 8 * at + used) {
    const text = `its last point ends before bit ${end}, and the archive's header says ${8 * at + used}`;
    findings.add('current-state', text, headerPlace(block));
  }
  const { first, latest, previous } = archive.info.current;
  const { halves, timestamps, length } = memory.points;
  const wrong = [
    { name: 'first', stored: first, i: 0 },
    { name: 'latest', stored: latest, i: length - 1 },
    // The first point counts as the one before itself.
    { name: 'previous', stored: previous, i: Math.max(0, length - 2) },
  ].filter(({ stored, i }) => {
    const isSame = halves[2 * i + HIGH] === stored.high && halves[2 * i + LOW] === stored.low;
    return !isSame || timestamps[i] !== stored.timestamp;
  });
  if (wrong.length === 0) return;
  const names = wrong.map(({ name }) => name).join(' and ');
  findings.add(
    'current-state',
    `the archive's header has another ${names} point than the block`,
    headerPlace(block),
  );
}

/** @param surplus  how many points more than its range says to look for */
function decode({ bytes, length, range, archive, memory }: BlockView, surplus: number): Decoded {
  memory.points.clear();
  return decodePoints(bytes, length, archive.step, memory.points, {
    until: Number.POSITIVE_INFINITY,
    most: range.count + 1 + surplus,
  });
}
