/** What a dump with every slot tells beside header and slots, so that the file can be made again byte for byte. */
import { crc32 } from '../../bytes/crc32.js';
import { HIGH, halvesOf, LOW } from '../../bytes/double-bits.js';
import type { Database } from '../../database/database.js';
import type { CompressedArchiveDescription, StoredPoint } from '../../database/info.js';
import type { CurrentBlock } from '../../format/compressed-header.js';
import { PointRun } from '../../format/point-run.js';
import type { RawPoint } from '../../format/raw-point.js';
import { imageOf } from './image.js';
import { type OtherBytes, otherBytes } from './other-bytes.js';
import type { Dump, DumpedBlocks } from './read-dump.js';

/** The state of the blocks of an archive. */
export interface ExactArchive
  extends Pick<CompressedArchiveDescription, 'pointSize' | 'discarded' | 'growths' | 'current'> {
  readonly ranges: DumpedBlocks['ranges'];
}

export interface ExactDump {
  /** For each archive of a compressed file; empty for a standard one. */
  readonly archives: readonly ExactArchive[];
  readonly otherBytes: readonly OtherBytes[];
  /** CRC-32 of a compressed file, by which it is known whether its dump was edited. */
  readonly crc?: number;
}

export function exactDump(database: Database): ExactDump {
  const bytes = database.toBytes();
  const archives = exactArchives(database);
  const told = imageOf(dumpOf(database, archives));
  const isCompressed = database.format === 'compressed';
  return {
    archives,
    otherBytes: otherBytes(bytes, told),
    ...(isCompressed ? { crc: crc32(bytes) } : {}),
  };
}

function exactArchives(database: Database): ExactArchive[] {
  const { info } = database;
  if (info.format === 'standard') return [];
  return info.archives.map(({ pointSize, discarded, growths, current, ranges }, index) => {
    const blocks = database.blocks(index);
    return {
      pointSize,
      discarded,
      growths,
      current,
      ranges: ranges.map((range, i) => ({ ...range, points: blocks[i]!.points.timestamps.length })),
    };
  });
}

/** The file as its dump will read. */
function dumpOf(database: Database, exact: readonly ExactArchive[]): Dump {
  const { info } = database;
  const isStandard = info.format === 'standard';
  return {
    format: info.format,
    aggregation: info.aggregation,
    xFilesFactor: plainNumber(info.xFilesFactor),
    maxRetention: info.maxRetention,
    fileSize: info.fileSize,
    lastUpdate: isStandard ? info.lastUpdate : undefined,
    pointsPerBlock: isStandard ? 0 : info.pointsPerBlock,
    pointSize: isStandard ? 0 : plainNumber(info.pointSize),
    hasSlots: true,
    archives: info.archives.map(({ offset, step, points, ...rest }, index) => ({
      offset,
      step,
      points,
      spec: 'spec' in rest ? rest.spec : undefined,
      content: plainRun(database.slots(index)),
      blocks: 'blockCount' in rest ? blocksOf(rest, exact[index]!) : undefined,
    })),
    otherBytes: [],
    crc: undefined,
  };
}

function blocksOf(
  { blockSize, blockCount }: Pick<CompressedArchiveDescription, 'blockSize' | 'blockCount'>,
  { pointSize, current, ...rest }: ExactArchive,
): DumpedBlocks {
  const { first, latest, previous } = current;
  const points = { first: rawPoint(first), latest: rawPoint(latest), previous: rawPoint(previous) };
  const block: CurrentBlock = { ...current, ...points };
  return { blockSize, blockCount, pointSize: plainNumber(pointSize), current: block, ...rest };
}

function rawPoint({ timestamp, bits }: StoredPoint): RawPoint {
  return { timestamp, high: Number.parseInt(bits.slice(0, 8), 16), low: Number.parseInt(bits.slice(8), 16) };
}

/** A number as JSON has it: no −0, and none for what is no number. */
function plainNumber(number: number): number {
  return Number.isFinite(number) ? number + 0 : 0;
}

/** Of a NaN a dump tells no more than that it is one. */
function plainRun({ timestamps, values }: { timestamps: Uint32Array; values: Float64Array }): PointRun {
  const run = PointRun.over(new Float64Array(timestamps), values.slice());
  const halves = halvesOf(run.values);
  for (let i = 0; i < run.length; i++) {
    if (!Number.isNaN(run.values[i]!)) continue;
    halves[2 * i + HIGH] = 0x7ff8_0000;
    halves[2 * i + LOW] = 0;
  }
  return run;
}
