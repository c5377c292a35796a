import type { Block } from '../database/compressed-engine.js';
import type { Database } from '../database/database.js';
import { archiveName } from './archive-series.js';

/** The blocks of one archive of a compressed file, in the order of the file. */
export interface MappedArchive {
  readonly name: string;
  /** Bytes of one block. */
  readonly size: number;
  readonly blocks: readonly MappedBlock[];
}

/** One block as a map shows it. */
export interface MappedBlock {
  /** `current` is the one that is being appended to; one that is damaged as well is `damaged`. */
  readonly state: 'empty' | 'filled' | 'current' | 'damaged';
  /** Times of its first and last point; 0 if it is empty. */
  readonly start: number;
  readonly end: number;
  /** Those that can be read. */
  readonly points: number;
  readonly usedBytes: number;
  readonly damage?: string;
}

/** How the rings of a compressed file stand; none of a standard file. */
export function blockMap(database: Database): MappedArchive[] {
  const { info } = database;
  if (info.format === 'standard') return [];
  return info.archives.map(({ blockSize }, index) => ({
    name: archiveName(database, index),
    size: blockSize,
    blocks: database.blocks(index).map(mapBlock),
  }));
}

function mapBlock(block: Block): MappedBlock {
  const { start, end, usedBytes, damage } = block;
  const points = block.points.timestamps.length;
  return {
    state: stateOf(block),
    start,
    end,
    points,
    usedBytes,
    ...(damage === undefined ? {} : { damage }),
  };
}

function stateOf({ isEmpty, isCurrent, damage }: Block): MappedBlock['state'] {
  if (damage !== undefined) return 'damaged';
  if (isCurrent) return 'current';
  return isEmpty ? 'empty' : 'filled';
}
