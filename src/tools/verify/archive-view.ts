/** An archive of a compressed file as `verify` looks at it. */
import type { CompressedArchive } from '../../archive/compressed-archive.js';
import type { Scratch } from '../../bytes/scratch.js';
import type { ByteFile } from '../../file/byte-file.js';
import { BLOCK_RANGE_SIZE } from '../../format/block-range.js';
import type { ArchivePlace } from '../../format/compressed-header.js';
import type { PointRun } from '../../format/point-run.js';
import type { FindingPlace, Findings } from './finding.js';

export interface ArchiveView {
  readonly file: ByteFile;
  /** Bytes. */
  readonly fileSize: number;
  readonly findings: Findings;
  readonly index: number;
  readonly archive: CompressedArchive;
  /** Where its parts stand in the metadata. */
  readonly place: ArchivePlace;
  /** For one block at a time, used again. */
  readonly memory: { readonly bytes: Scratch; readonly points: PointRun };
}

/** Byte of the file where a block begins. */
export function blockOffset({ archive }: ArchiveView, block: number): number {
  return archive.info.offset + block * archive.info.blockSize;
}

/** A block as the place of a finding. */
export function blockPlace(view: ArchiveView, block: number): FindingPlace {
  return { archive: view.index, block, offset: blockOffset(view, block) };
}

/** The range of a block as the place of a finding. */
export function rangePlace({ index, place }: ArchiveView, block: number): FindingPlace {
  return { archive: index, block, offset: place.ranges + block * BLOCK_RANGE_SIZE };
}

/** The header of the archive as the place of a finding about its current block. */
export function headerPlace({ index, archive, place }: ArchiveView): FindingPlace {
  return { archive: index, block: archive.info.current.index, offset: place.header };
}

/** How many bytes of the current block are complete, and how many bits of the next are taken. */
export function writtenOf(view: ArchiveView): { at: number; used: number } {
  const { index, lastByteOffset, bitPosition } = view.archive.ring.current;
  return { at: lastByteOffset - blockOffset(view, index), used: 7 - bitPosition };
}
