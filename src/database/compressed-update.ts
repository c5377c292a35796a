import { type CompressedArchive, lastOfEach, storePoints } from '../archive/compressed-archive.js';
import { propagateMix } from '../archive/mix-groups.js';
import type { ByteFile } from '../file/byte-file.js';
import { MemoryFile } from '../file/memory-file.js';
import { LONGEST_POINT_SIZE } from '../format/block-size.js';
import type { CompressedHeader } from '../format/compressed-header.js';
import type { PointRun } from '../format/point-run.js';
import { rollUpOf } from './compressed-fetch.js';
import {
  type CompressedSettings,
  loadMetadata,
  type Metadata,
  type MetadataKeeper,
} from './compressed-metadata.js';
import type { BatchOptions } from './engine.js';
import { type Growth, growFully, growIfNeeded } from './growth.js';
import { runOf, type SortedPoints } from './points.js';
import { firstAtLeast } from './update.js';

/**
 * Stores the points [0, end) of a batch in a draft of the file; nothing is changed in the file itself.
 *
 * go-whisper looks whether the file must grow once the batch is stored. If the ring comes round within a large batch,
 * points that the archive should still hold are overwritten before; then the batch is stored in pieces, each too small
 * for that, and the file grows in time. Under the go dialect they are lost, as there.
 *
 * @param mayGrow  false stores in the layout there is, come what may
 */
export function storeBatch(
  file: ByteFile,
  keeper: MetadataKeeper,
  points: SortedPoints,
  end: number,
  options: BatchOptions,
  settings: CompressedSettings,
  mayGrow: boolean,
): Draft {
  const whole = new Draft(file, keeper, settings, mayGrow);
  whole.store(points, 0, end, options);
  if (!whole.hasLost || whole.isGrowthWaiting || settings.dialect === 'go') return whole;
  keeper.forget();
  const inPieces = new Draft(file, keeper, settings, mayGrow);
  inPieces.storeInPieces(points, end, options);
  if (!inPieces.hasLost || inPieces.isGrowthWaiting) return inPieces;
  // What leaves a buffer goes to blocks at once, and can be more than a ring of small blocks holds.
  keeper.forget();
  const roomy = new Draft(file, keeper, settings, mayGrow);
  roomy.growFully();
  roomy.storeInPieces(points, end, options);
  return roomy;
}

/** A file as a batch leaves it: changes that wait with the metadata's keeper, or a new file if it has to grow. */
export class Draft {
  readonly #settings: CompressedSettings;
  readonly #original: ByteFile;
  /** The present state: as the keeper has it, or of the grown file. */
  #metadata: Metadata;
  #grown: MemoryFile | undefined;
  /** Points that had an archive. */
  taken = 0;
  /** How many of them came too late for it. */
  late = 0;
  /** By how much the counters of the file rose: also by points of earlier calls that leave a buffer. */
  discarded = 0;
  /** True if the file has to grow and cannot, which the rest of the batch does not try again. */
  isGrowthWaiting: boolean;
  /** True if points were overwritten that an archive should still hold. */
  hasLost = false;

  constructor(file: ByteFile, keeper: MetadataKeeper, settings: CompressedSettings, mayGrow: boolean) {
    this.isGrowthWaiting = !mayGrow;
    this.#original = file;
    this.#settings = settings;
    this.#metadata = keeper.load();
  }

  /** Completes the new file, if the one there is has to grow. */
  finishGrown(): Uint8Array | undefined {
    if (this.#grown === undefined) return undefined;
    this.#metadata.writeTo(this.#grown);
    return this.#grown.bytes;
  }

  store(points: SortedPoints, start: number, end: number, options: BatchOptions): void {
    const { header, archives } = this.#metadata;
    const before = countDiscarded(archives);
    const { taken, late } = share(header, archives, points, start, end, options, this.#settings);
    this.taken += taken;
    this.late += late;
    this.discarded += countDiscarded(archives) - before;
    this.hasLost ||= archives.some(({ ring, retention }) => ring.overwritten > options.now - retention);
    this.#growIfNeeded();
  }

  storeInPieces(points: SortedPoints, end: number, options: BatchOptions): void {
    for (let start = 0, next = 0; start < end; start = next) {
      next = Math.min(end, start + this.#pieceSize());
      this.store(points, start, next, options);
    }
  }

  /** Makes room for the longest points. */
  growFully(): void {
    const { header, archives } = this.#metadata;
    this.#adopt(growFully(header, archives, this.#settings.dialect));
  }

  #growIfNeeded(): void {
    const { header, archives, isGrowthChecked } = this.#metadata;
    // What decides is the room that closed blocks take, so nothing has changed while none was closed.
    if (this.isGrowthWaiting || (isGrowthChecked && !archives.some(({ ring }) => ring.isRotated))) return;
    this.#metadata.isGrowthChecked = true;
    this.#adopt(growIfNeeded(header, archives, this.#settings.dialect));
  }

  #adopt(growth: Growth): void {
    if (growth === 'none') return;
    // Of a file whose path stands for another one by now, nobody would see the growth, and the other would be lost.
    if (growth === 'waits' || this.#original.isReplaced()) {
      this.isGrowthWaiting = true;
      this.#metadata.isGrowthChecked = false;
      return;
    }
    this.#grown = new MemoryFile(growth, 'owned');
    this.#metadata = loadMetadata(this.#grown);
  }

  /** About as many points as fill a block of the base: a ring has at least two. */
  #pieceSize(): number {
    return Math.max(1, Math.floor(this.#metadata.header.archives[0]!.blockSize / LONGEST_POINT_SIZE));
  }
}

/**
 * Splits the points [begin, end) over the archives by age and stores them; returns how many had an archive, and how many
 * of these came too late for it.
 *
 * The oldest point that an archive still reaches goes to the next one already, unless there is none older
 * (doc/format.md, quirk 12). Where no other archive takes points it would be lost, and stays, but under the go dialect.
 */
function share(
  header: CompressedHeader,
  archives: readonly CompressedArchive[],
  points: SortedPoints,
  begin: number,
  end: number,
  { now, retention }: Pick<BatchOptions, 'now' | 'retention'>,
  { dialect }: CompressedSettings,
): { taken: number; late: number } {
  let late = 0;
  const isMix = header.aggregation === 'mix';
  let left = end;
  for (const [index, archive] of archives.entries()) {
    if (retention !== undefined && archive.retention !== retention) continue;
    const reach = Math.max(begin, Math.min(left, firstAtLeast(points, now - archive.retention)));
    const isLast = isMix || retention !== undefined || index === archives.length - 1;
    const handedOn = isLast && dialect !== 'go' ? 0 : 1;
    const start = reach === begin ? begin : Math.min(left, reach + handedOn);
    if (start === left) continue;
    if (isMix && index > 0) break;
    late += storeShare(archives, index, runOf(points, start, left), header);
    left = start;
    if (left === begin) break;
  }
  return { taken: end - left, late };
}

/** Returns how many points came too late. */
function storeShare(
  archives: readonly CompressedArchive[],
  index: number,
  points: PointRun,
  header: CompressedHeader,
): number {
  if (header.aggregation !== 'mix') return storePoints(archives, index, points, rollUpOf(header));
  const base = archives[0]!;
  const { late, isRotated } = base.append(lastOfEach(points, base.step));
  if (isRotated) propagateMix(archives, header.xFilesFactor);
  return late;
}

function countDiscarded(archives: readonly CompressedArchive[]): number {
  return archives.reduce((sum, { discarded }) => sum + discarded, 0);
}
