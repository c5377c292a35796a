/** The blocks of one archive of a compressed file, brought back to what their bits say. */
import { encodeBlocks } from '../../archive/encoded-block.js';
import { crc32 } from '../../bytes/crc32.js';
import { type BlockEncoder, type BlockState, EMPTY_BLOCK } from '../../codec/block-encoder.js';
import {
  BLOCK_RANGE_SIZE,
  type BlockRange,
  decodeBlockRange,
  encodeBlockRange,
} from '../../format/block-range.js';
import type { CompressedArchiveInfo, CurrentBlock } from '../../format/compressed-header.js';
import { PointRun } from '../../format/point-run.js';
import { chooseBlocks, placesOf } from './block-choice.js';
import { BlockSurvey, type SurveyedBlock, Trust } from './block-survey.js';

const EMPTY_RANGE: BlockRange = { start: 0, end: 0, count: 0, crc: 0 };

/** An archive with its blocks as they are in the file, which is changed where they are. */
export interface BlockView {
  /** All of the file that there is. */
  readonly bytes: Uint8Array;
  readonly info: CompressedArchiveInfo;
  /** Its block ranges in the metadata, as they were found. */
  readonly ranges: DataView;
  /** Index of the current block, if the archive's header has one that can be. */
  readonly currentIndex: number;
  /** The metadata have their checksum. */
  readonly isSummed: boolean;
}

/** A block as it shall be. */
interface RebuiltBlock {
  readonly index: number;
  readonly range: BlockRange;
  /** From its beginning; undefined to leave what stands there. */
  readonly bytes: Uint8Array | undefined;
}

export interface RebuiltBlocks {
  /** Every block that holds points. */
  readonly blocks: readonly RebuiltBlock[];
  readonly current: CurrentBlock;
  readonly kept: number;
  readonly lost: number;
  /** Indices of blocks whose bits are taken although their CRC is another. */
  readonly unbacked: readonly number[];
  /** Indices of blocks whose first time was put right. */
  readonly mended: readonly number[];
}

/** The points of an archive, where its blocks have no room for them as they are. */
export interface Overflow {
  readonly points: PointRun;
  readonly lost: number;
  readonly unbacked: readonly number[];
  readonly mended: readonly number[];
}

/**
 * @param now  Unix seconds
 * @returns    the blocks, or, if they cannot be laid out in this ring, the points alone
 */
export function rebuildBlocks(view: BlockView, encoder: BlockEncoder, now: number): RebuiltBlocks | Overflow {
  const { info } = view;
  const survey = new BlockSurvey(view.bytes, info);
  const { blocks, areMixed, lost } = chooseBlocks(surveyAll(view, survey, now), (block, time) => {
    return cutBefore(block, time, survey);
  });
  const unbacked = blocks.filter(({ trust }) => trust < Trust.backed).map(({ index }) => index);
  if (blocks.length === 0) {
    return emptyRing(info, { lost: lost + countMissing(view, []), unbacked, mended: [] }, view.currentIndex);
  }
  const told = { lost: lost + countMissing(view, blocks), unbacked, mended: [...survey.mended] };
  const rebuilt = areMixed ? undefined : layOut(view, encoder, blocks, survey);
  if (rebuilt === undefined) return refill(view, encoder, united(blocks, survey), told);
  const kept = blocks.reduce((sum, { count }) => sum + count, 0);
  return { ...rebuilt, kept, ...told };
}

/** A ring without points. */
export function emptyRing(
  info: CompressedArchiveInfo,
  told: Omit<Overflow, 'points'>,
  index = 0,
): RebuiltBlocks {
  return { blocks: [], current: currentOf(info, index, EMPTY_BLOCK), kept: 0, ...told };
}

/** Each block in its place, the newest as the current one; undefined if what is left of one takes more room than it had. */
function layOut(
  view: BlockView,
  encoder: BlockEncoder,
  blocks: readonly SurveyedBlock[],
  survey: BlockSurvey,
): Pick<RebuiltBlocks, 'blocks' | 'current'> | undefined {
  const { info } = view;
  const places = placesOf(
    blocks.map(({ index }) => index),
    info.blockCount,
  );
  const rebuilt: RebuiltBlock[] = [];
  for (const [i, block] of blocks.entries()) {
    const index = places[i]!;
    const isLast = i === blocks.length - 1;
    const whole = bytesOf(view, block.index);
    if (!isLast && block.isEnded && whole.length === info.blockSize) {
      const range = { start: block.first, end: block.last, count: block.count - 1, crc: crc32(whole) };
      rebuilt.push({ index, range, bytes: index === block.index ? undefined : whole.slice() });
      continue;
    }
    const encoded = encodeAlone(survey.points(block), info, encoder, isLast);
    if (encoded === undefined) return undefined;
    rebuilt.push({ index, range: rangeOf(encoded.state), bytes: encoded.bytes });
    if (isLast) return { blocks: rebuilt, current: currentOf(info, index, encoded.state) };
  }
  throw new Error('no blocks to lay out');
}

/** Points of blocks of which nothing was found, by their ranges, as far as blocks hold so many. */
function countMissing({ info, ranges }: BlockView, found: readonly SurveyedBlock[]): number {
  const indices = new Set(found.map(({ index }) => index));
  let missing = 0;
  for (let index = 0; index < info.blockCount; index++) {
    const { start, end, count } = decodeBlockRange(ranges, index * BLOCK_RANGE_SIZE);
    if (start !== 0 && end >= start && count <= mostPoints(info) && !indices.has(index)) missing += count + 1;
  }
  return missing;
}

/** No point takes less than two bits. */
function mostPoints({ blockSize }: CompressedArchiveInfo): number {
  return 4 * blockSize;
}

/**
 * What every block holds.
 *
 * An empty range is believed if the metadata have their checksum, and no block is whole that they know otherwise: that is what a
 * writer leaves who was stopped before he wrote them. Of what no CRC bears out, points are believed up to the latest time that
 * is known or can be.
 */
function surveyAll({ info, ranges, isSummed }: BlockView, survey: BlockSurvey, now: number): SurveyedBlock[] {
  const all = Array.from({ length: info.blockCount }, (_, i) =>
    decodeBlockRange(ranges, i * BLOCK_RANGE_SIZE),
  );
  const known = all.map((range, i) => survey.survey(i, range, isSummed, Number.POSITIVE_INFINITY));
  const isCurrent = isSummed && !known.some((block) => block?.trust === Trust.whole);
  const latest = known.reduce((most, block) => {
    return block?.trust === Trust.backed ? Math.max(most, block.last) : most;
  }, now);
  return known.flatMap((block, i) => {
    const isSettled = block === undefined ? isCurrent : block.trust === Trust.backed || block.last <= latest;
    return (isSettled ? block : survey.survey(i, all[i]!, isCurrent, latest)) ?? [];
  });
}

function cutBefore(block: SurveyedBlock, time: number, survey: BlockSurvey): SurveyedBlock | undefined {
  const { timestamps } = survey.points(block);
  const after = timestamps.findIndex((timestamp) => timestamp >= time);
  if (after === -1) return block;
  return after === 0 ? undefined : { ...block, count: after, last: timestamps[after - 1]!, isEnded: false };
}

/** Points of blocks that hold the same times: of two for one time that of the block which is better known. */
function united(blocks: readonly SurveyedBlock[], survey: BlockSurvey): PointRun {
  const all = new PointRun();
  for (const block of [...blocks].sort((a, b) => b.trust - a.trust || b.last - a.last)) {
    const { timestamps, values, length } = survey.points(block);
    all.pushAll(timestamps, values, 0, length);
  }
  const sorted = all.sorted();
  const points = new PointRun(sorted.length);
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted.timestamps[i] !== sorted.timestamps[i - 1]) points.pushFrom(sorted, i);
  }
  return points;
}

/** An archive whose points are put into its blocks from the first one on. */
function refill(
  { info, bytes }: BlockView,
  encoder: BlockEncoder,
  points: PointRun,
  told: Omit<Overflow, 'points'>,
): RebuiltBlocks | Overflow {
  const { step, blockSize, blockCount } = info;
  const encoded = encodeBlocks(encoder, points, { step, blockSize, isLastOpen: true }, blockSize);
  if (encoded.length > blockCount) return { points, ...told };
  // What is not filled must not be taken for points again.
  bytes.fill(0, info.offset, info.offset + blockSize * blockCount);
  const blocks = encoded.map(({ bytes, state }, index) => ({ index, range: rangeOf(state), bytes }));
  const current = currentOf(info, encoded.length - 1, encoded.at(-1)!.state);
  return { blocks, current, kept: points.length, ...told };
}

/** Points as one block; undefined if they need more than one. */
function encodeAlone(
  points: PointRun,
  { step, blockSize }: CompressedArchiveInfo,
  encoder: BlockEncoder,
  isLastOpen: boolean,
) {
  const encoded = encodeBlocks(encoder, points, { step, blockSize, isLastOpen }, blockSize);
  return encoded.length === 1 ? encoded[0] : undefined;
}

function bytesOf({ bytes, info }: BlockView, index: number): Uint8Array {
  const start = info.offset + index * info.blockSize;
  return bytes.subarray(start, start + info.blockSize);
}

function rangeOf({ first, latest, count, crc }: BlockState): BlockRange {
  return { start: first.timestamp, end: latest.timestamp, count, crc };
}

function currentOf(
  { offset, blockSize }: CompressedArchiveInfo,
  index: number,
  state: BlockState,
): CurrentBlock {
  const { first, latest, previous, count, crc, at, partial, used } = state;
  const lastByteOffset = offset + index * blockSize + at;
  return {
    index,
    first,
    latest,
    previous,
    lastByte: partial,
    lastByteOffset,
    bitPosition: 7 - used,
    count,
    crc,
  };
}

/** Writes blocks and ranges into the file; returns how many of them are others than before. */
export function writeBlocks(
  file: Uint8Array,
  { info, ranges }: BlockView,
  { blocks }: RebuiltBlocks,
): number {
  let changed = 0;
  const byIndex = new Map(blocks.map((block) => [block.index, block]));
  for (let index = 0; index < info.blockCount; index++) {
    const at = index * BLOCK_RANGE_SIZE;
    const former = decodeBlockRange(ranges, at);
    const block = byIndex.get(index);
    const range = block?.range ?? EMPTY_RANGE;
    const isNew = (['start', 'end', 'count', 'crc'] as const).some((field) => former[field] !== range[field]);
    const start = info.offset + index * info.blockSize;
    const isOther = block?.bytes?.some((byte, i) => file[start + i] !== byte) === true;
    if (block?.bytes !== undefined) file.set(block.bytes, start);
    if (isNew) encodeBlockRange(ranges, at, range);
    if (isNew || isOther) changed++;
  }
  return changed;
}
