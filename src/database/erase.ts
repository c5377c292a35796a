/** Takes a range of time out of a compressed file, which can need more room for what is left. */
import { erasePoints } from '../archive/erase-points.js';
import { type ErasedSpan, planErasure, planShown } from '../archive/erasure.js';
import { WhisperError } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import { MemoryFile } from '../file/memory-file.js';
import { rollUpOf } from './compressed-fetch.js';
import { type CompressedSettings, loadMetadata, type MetadataKeeper } from './compressed-metadata.js';
import { makeRoom } from './growth.js';
import type { Metadata } from './metadata.js';

/** What is to be erased; checked. */
export interface EraseRange {
  /** Unix seconds, exclusive. */
  readonly from: number;
  /** Unix seconds, inclusive. */
  readonly until: number;
  readonly now: number;
  /** Of this archive alone; undefined for all, where coarser values are made anew. */
  readonly archive: number | undefined;
}

/** How often a ring that is crowded by what is left is made larger. */
const MOST_ENLARGEMENTS = 8;

/** @throws WhisperError `WSP_BAD_RANGE` */
export function checkEraseRange({ from, until }: EraseRange): void {
  if (from <= until) return;
  throw new WhisperError('WSP_BAD_RANGE', {
    found: `a range from ${from} until ${until}`,
    expected: 'one that begins before it ends',
  });
}

/** What a range takes out of each archive. */
export function planErase(
  archives: readonly { readonly step: number }[],
  range: EraseRange,
  isMix = false,
): ErasedSpan[] {
  const { until, archive } = range;
  // Rings are not asked for intervals before 1970.
  const from = Math.max(range.from, -1);
  if (archive !== undefined) return [planShown(archive, archives[archive]!.step, from, until)];
  return planErasure(
    archives.map(({ step }) => step),
    from,
    until,
    isMix,
  );
}

/** A compressed file without the points of a range: changes that wait with the metadata's keeper, or a new file. */
export interface ErasedFile {
  /** How many points went. */
  readonly erased: number;
  /** All bytes of the file, if it had to be made anew. */
  readonly grown: Uint8Array | undefined;
}

/**
 * Nothing is changed in the file itself.
 *
 * @throws WhisperError `WSP_CORRUPT`
 */
export function eraseCompressed(
  file: ByteFile,
  keeper: MetadataKeeper,
  range: EraseRange,
  settings: CompressedSettings,
): ErasedFile {
  const enlargements = new Map<number, number>();
  for (let grown: MemoryFile | undefined, times = 0; ; times++) {
    const metadata = grown === undefined ? keeper.load() : loadMetadata(grown, settings.insertsLate);
    const { header, archives } = metadata;
    const plan = planErase(archives, range, header.aggregation === 'mix');
    const outcome = erasePoints(archives, plan, rollUpOf(header), {
      now: range.now,
      isLenient: settings.isLenient,
    });
    if ('erased' in outcome) {
      if (grown !== undefined) metadata.writeTo(grown);
      return { erased: outcome.erased, grown: grown?.bytes };
    }
    const { crowded } = outcome;
    enlargements.set(crowded, (enlargements.get(crowded) ?? 0) + 1);
    keeper.forget();
    grown = times < MOST_ENLARGEMENTS ? enlarged(file, keeper.load(), enlargements, settings) : undefined;
    if (grown === undefined) throw withoutRoom(archives[crowded]!.step);
  }
}

/** The file with larger rings; undefined if it cannot be made so. */
function enlarged(
  file: ByteFile,
  { header, archives }: Metadata,
  enlargements: ReadonlyMap<number, number>,
  { dialect }: CompressedSettings,
): MemoryFile | undefined {
  const growth = makeRoom(header, archives, enlargements, dialect);
  // Of a file whose path stands for another one by now nobody would see the growth, and the other would be lost.
  return growth instanceof Uint8Array && !file.isReplaced() ? new MemoryFile(growth, 'owned') : undefined;
}

function withoutRoom(step: number): WhisperError {
  return new WhisperError('WSP_CORRUPT', {
    found: `no room in the ${step} s archive for the blocks without these points, in a file that cannot be made anew`,
    expected: 'one that was not replaced, has no damaged blocks and is not as large as the format allows',
  });
}
