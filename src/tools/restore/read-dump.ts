/** What `sotto dump --format json` prints, checked. */
import { describeValue, WhisperError } from '../../errors.js';
import { type AggregationMethod, aggregationMethods } from '../../format/aggregation-method.js';
import { type AggregationSpec, parseSpec } from '../../format/aggregation-spec.js';
import type { BlockRange } from '../../format/block-range.js';
import type { CurrentBlock } from '../../format/compressed-header.js';
import { PointRun } from '../../format/point-run.js';
import type { RawPoint } from '../../format/raw-point.js';
import { JsonPlace } from './json-place.js';

/** A file as its dump tells it. */
export interface Dump {
  readonly format: 'standard' | 'compressed';
  readonly aggregation: AggregationMethod | 'mix';
  readonly xFilesFactor: number;
  readonly maxRetention: number;
  readonly fileSize: number;
  /** Of the very old format. */
  readonly lastUpdate: number | undefined;
  /** Of a compressed file; 0 where they were no sense. */
  readonly pointsPerBlock: number;
  readonly pointSize: number;
  /** With every slot, as they lie in the file; without, with the points in the order of time. */
  readonly hasSlots: boolean;
  readonly archives: readonly DumpedArchiveRecord[];
  /** Bytes that the rest does not tell. */
  readonly otherBytes: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
  /** CRC-32 of a compressed file. */
  readonly crc: number | undefined;
}

export interface DumpedArchiveRecord {
  readonly offset: number;
  readonly step: number;
  readonly points: number;
  readonly spec: AggregationSpec | undefined;
  /** Its slots or its points. */
  readonly content: PointRun;
  /** Only of a compressed file with slots. */
  readonly blocks: DumpedBlocks | undefined;
}

/** How the blocks of an archive stand. */
export interface DumpedBlocks {
  readonly blockSize: number;
  readonly blockCount: number;
  readonly pointSize: number;
  readonly current: CurrentBlock;
  readonly discarded: number;
  readonly growths: number;
  /** For each block its range, and how many of the slots are its points. */
  readonly ranges: readonly (BlockRange & { readonly points: number })[];
}

/**
 * @param dump  text, or the same parsed
 * @throws WhisperError `WSP_BAD_INPUT`, which tells the place
 */
export function readDump(dump: unknown): Dump {
  const root = new JsonPlace(typeof dump === 'string' ? parse(dump) : dump);
  const format = root.at('format').choice(['standard', 'compressed']);
  const isCompressed = format === 'compressed';
  const archives = root.at('archives');
  const list = archives.list();
  if (list.length === 0) throw archives.refuse('an archive at the least');
  const hasSlots = !list[0]!.at('slots').isMissing;
  const methods = [...aggregationMethods, 'first', 'mix'] as const;
  const lastUpdate = root.at('lastUpdate');
  const isLegacy = !isCompressed && !root.at('legacy').isMissing && root.at('legacy').flag();
  return {
    format,
    aggregation: root.at('aggregationMethod').choice(methods),
    xFilesFactor: shareOf(root.at('xFilesFactor')),
    maxRetention: root.at('maxRetention').uint32(),
    fileSize: root.at('fileSize').whole(),
    lastUpdate: isLegacy && !lastUpdate.isMissing ? lastUpdate.uint32() : undefined,
    pointsPerBlock: isCompressed ? pointsPerBlockOf(root.at('pointsPerBlock'), hasSlots) : 0,
    pointSize: isCompressed ? sizeOf(root.at('pointSize')) : 0,
    hasSlots,
    archives: list.map((archive, i) => readArchive(archive, i, isCompressed, hasSlots)),
    otherBytes: root.at('otherBytes').isMissing ? [] : root.at('otherBytes').list().map(readBytes),
    crc: root.at('crc').isMissing ? undefined : root.at('crc').uint32(),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WhisperError('WSP_BAD_INPUT', {
      found: `text that is no JSON: ${oneLine(error)}`,
      expected: 'what sotto dump --format json prints',
      cause: error,
    });
  }
}

/** The parser quotes what it stumbled over, which may be several lines. */
function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : describeValue(error)).replace(/\s+/g, ' ');
}

function shareOf(place: JsonPlace): number {
  const share = place.double();
  if (share >= 0 && share <= 1) return Math.fround(share);
  throw place.refuse('0 to 1');
}

/** Of points blocks are made anew, and blocks of none would never hold them; slots may be those of a damaged file. */
function pointsPerBlockOf(place: JsonPlace, hasSlots: boolean): number {
  const count = place.uint32();
  if (count === 0 && !hasSlots) throw place.refuse('1 or more');
  return count;
}

/** Odd files have a size that is no number. */
function sizeOf(place: JsonPlace): number {
  return place.isNull ? 0 : place.double();
}

function readArchive(
  place: JsonPlace,
  i: number,
  isCompressed: boolean,
  hasSlots: boolean,
): DumpedArchiveRecord {
  if (place.at('index').uint32() !== i) throw place.at('index').refuse(`${i}: a dump of all archives`);
  const [step, points] = [place.at('secondsPerPoint'), place.at('points')];
  if (step.uint32() === 0) throw step.refuse('1 or more');
  if (points.uint32() === 0) throw points.refuse('1 or more');
  const spec = place.at('spec');
  const content = place.at(hasSlots ? 'slots' : 'data');
  if (content.isMissing) throw content.refuse('points: a dump without --header-only and --blocks');
  const { timestamps, values } = content.pairs();
  const run = PointRun.over(timestamps, values);
  if (!hasSlots) checkOrder(run, content, step.uint32());
  if (!hasSlots && !isCompressed) checkSlots(run, content, step.uint32(), points.uint32());
  if (hasSlots && !isCompressed && run.length !== points.uint32())
    throw content.refuse(`${points.uint32()} slots`);
  return {
    offset: place.at('offset').uint32(),
    step: step.uint32(),
    points: points.uint32(),
    spec: spec.isMissing ? undefined : readSpec(spec),
    content: run,
    blocks: isCompressed && hasSlots ? readBlocks(place, run.length) : undefined,
  };
}

function checkOrder({ timestamps, length }: PointRun, place: JsonPlace, step: number): void {
  for (let i = 0; i < length; i++) {
    const timestamp = timestamps[i]!;
    if (timestamp % step !== 0) throw refuseTime(place, i, `a multiple of ${step}`);
    const before = i === 0 ? 0 : timestamps[i - 1]!;
    if (timestamp <= before) throw refuseTime(place, i, `later than ${before}`);
  }
}

/** In a ring each point has a slot of its own; what lies further apart than a turn may meet in one. */
function checkSlots({ timestamps, length }: PointRun, place: JsonPlace, step: number, points: number): void {
  if (length === 0 || timestamps[length - 1]! - timestamps[0]! < step * points) return;
  const slots = new Set<number>();
  for (let i = 0; i < length; i++) {
    const slot = (timestamps[i]! / step) % points;
    if (slots.has(slot)) throw refuseTime(place, i, `no two points in one slot of ${points}`);
    slots.add(slot);
  }
}

function refuseTime(place: JsonPlace, i: number, expected: string): WhisperError {
  return place.list()[i]!.list()[0]!.refuse(expected);
}

function readSpec(place: JsonPlace): AggregationSpec {
  try {
    return parseSpec(place.text());
  } catch (error) {
    if (error instanceof WhisperError && error.code === 'WSP_BAD_AGGREGATION')
      throw place.refuse(error.expected ?? 'a method');
    throw error;
  }
}

function readBlocks(place: JsonPlace, slots: number): DumpedBlocks {
  const blockCount = place.at('blockCount').uint32();
  const list = place.at('ranges').list();
  if (list.length !== blockCount) throw place.at('ranges').refuse(`${blockCount} of them`);
  const ranges = list.map((range) => ({
    start: range.at('start').uint32(),
    end: range.at('end').uint32(),
    count: range.at('count').uint32(),
    crc: range.at('crc').uint32(),
    points: range.at('points').uint32(),
  }));
  const inBlocks = ranges.reduce((sum, { points }) => sum + points, 0);
  if (inBlocks > slots) throw place.at('slots').refuse(`${inBlocks} points of blocks at the least`);
  return {
    blockSize: place.at('blockSize').uint32(),
    blockCount,
    pointSize: sizeOf(place.at('pointSize')),
    current: readCurrent(place.at('current')),
    discarded: place.at('discarded').uint32(),
    growths: place.at('growths').uint32(),
    ranges,
  };
}

function readCurrent(place: JsonPlace): CurrentBlock {
  return {
    index: place.at('index').uint32(),
    first: readRawPoint(place.at('first')),
    latest: readRawPoint(place.at('latest')),
    previous: readRawPoint(place.at('previous')),
    lastByte: place.at('lastByte').uint32(),
    lastByteOffset: place.at('lastByteOffset').uint32(),
    bitPosition: place.at('bitPosition').uint32(),
    count: place.at('count').uint32(),
    crc: place.at('crc').uint32(),
  };
}

function readRawPoint(place: JsonPlace): RawPoint {
  const bits = place.at('bits').text();
  if (!/^[0-9a-f]{16}$/.test(bits)) throw place.at('bits').refuse('16 hexadecimal digits');
  return {
    timestamp: place.at('timestamp').uint32(),
    high: Number.parseInt(bits.slice(0, 8), 16),
    low: Number.parseInt(bits.slice(8), 16),
  };
}

function readBytes(place: JsonPlace): { offset: number; bytes: Uint8Array } {
  const hex = place.at('hex').text();
  if (!/^([0-9a-f]{2})+$/.test(hex)) throw place.at('hex').refuse('pairs of hexadecimal digits');
  return { offset: place.at('offset').whole(), bytes: new Uint8Array(Buffer.from(hex, 'hex')) };
}
