import { type CompressedArchive, lastOfEach } from '../archive/compressed-archive.js';
import { storeLate } from '../archive/late-points.js';
import { propagateMix } from '../archive/mix-groups.js';
import { appendOwn, type StoredPoints, storePoints } from '../archive/store-points.js';
import { firstAtLeast } from '../bytes/rising.js';
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
import { type Growth, growFully, growIfNeeded, makeRoom } from './growth.js';
import { runOf, type SortedPoints } from './points.js';

/** How often a ring that is crowded by late points is made larger. */
const MOST_ENLARGEMENTS = 8;

/**
 * Stores the points [0, end) of a batch in a draft of the file; nothing is changed in the file itself.
 *
 * go-whisper looks whether the file must grow once the batch is stored. If the ring comes round within a large batch,
 * points that the archive should still hold are overwritten before; then the batch is stored in pieces, each too small
 * for that, and the file grows in time. Under the go dialect they are lost, as there.
 *
 * Late points may find no room in their archive's ring; then the batch is stored once more, in a file with more of it.
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
  const whole = new Draft(file, keeper, settings, mayGrow, !mayGrow);
  whole.store(points, 0, end, options);
  const isKept = !whole.hasLost || whole.isGrowthWaiting || settings.dialect === 'go';
  if (whole.crowded === undefined && isKept) return whole;
  return storeOver(whole, ({ prepare, inPieces, isRoomFinal }) => {
    keeper.forget();
    const draft = new Draft(file, keeper, settings, mayGrow, isRoomFinal === true);
    prepare?.(draft);
    if (inPieces === true) draft.storeInPieces(points, end, options);
    else draft.store(points, 0, end, options);
    return draft;
  });
}

/** Stores a batch again that the first draft of it does not hold all of. */
function storeOver({ crowded }: Draft, attempt: (how: Attempt) => Draft): Draft {
  const asItIs = () => attempt({ isRoomFinal: true });
  if (crowded !== undefined) return storeEnlarged(attempt, crowded) ?? asItIs();
  const inPieces = attempt({ inPieces: true });
  if (inPieces.crowded !== undefined) return storeEnlarged(attempt, inPieces.crowded) ?? asItIs();
  if (!inPieces.hasLost || inPieces.isGrowthWaiting) return inPieces;
  // What leaves a buffer goes to blocks at once, and can be more than a ring of small blocks holds.
  const roomy = attempt({ prepare: (draft) => draft.growFully(), inPieces: true });
  const lacking = roomy.crowded ?? roomy.lostIn;
  return lacking === undefined ? roomy : (storeEnlarged(attempt, lacking) ?? asItIs());
}

/** One way to store a batch. */
interface Attempt {
  /** What is done to the file before. */
  readonly prepare?: (draft: Draft) => void;
  readonly inPieces?: boolean;
  /** Discards late points for which there is no room. */
  readonly isRoomFinal?: boolean;
}

/**
 * Stores a batch after the archive that has no room for its late points was made larger, again and again if need be.
 *
 * @returns  undefined if the file cannot be made large enough
 */
function storeEnlarged(attempt: (how: Attempt) => Draft, crowded: number): Draft | undefined {
  const enlargements = new Map<number, number>();
  for (let index = crowded, times = 0; times < MOST_ENLARGEMENTS; times++) {
    enlargements.set(index, (enlargements.get(index) ?? 0) + 1);
    const enlarge = (draft: Draft) => draft.makeRoom(enlargements);
    let draft = attempt({ prepare: enlarge });
    if (draft.isGrowthWaiting) return undefined;
    if (draft.crowded === undefined && draft.hasLost) draft = attempt({ prepare: enlarge, inPieces: true });
    if (draft.crowded === undefined && !draft.hasLost) return draft;
    index = draft.crowded ?? draft.lostIn ?? index;
  }
  return undefined;
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
  /** An archive of which points were overwritten that it should still hold. */
  lostIn: number | undefined;
  /** Late points that were put into blocks, and points that took the place of a value. */
  inserted = 0;
  replaced = 0;
  /** An archive whose ring has no room for its late points: the draft is not to be used then. */
  crowded: number | undefined;
  readonly #isRoomFinal: boolean;

  constructor(
    file: ByteFile,
    keeper: MetadataKeeper,
    settings: CompressedSettings,
    mayGrow: boolean,
    isRoomFinal: boolean,
  ) {
    this.isGrowthWaiting = !mayGrow;
    this.#isRoomFinal = isRoomFinal;
    this.#original = file;
    this.#settings = settings;
    this.#metadata = keeper.load();
  }

  /** True if points were overwritten that an archive should still hold. */
  get hasLost(): boolean {
    return this.lostIn !== undefined;
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
    const { taken, late, replaced } = share(header, archives, points, start, end, options, this.#settings);
    this.taken += taken;
    this.late += late;
    this.replaced += replaced;
    if (this.#settings.insertsLate && !this.#storeLate(header, archives, options.now)) return;
    this.discarded += countDiscarded(archives) - before;
    const lostIn = archives.findIndex(({ ring, retention }) => ring.overwritten > options.now - retention);
    if (lostIn !== -1) this.lostIn ??= lostIn;
    this.#growIfNeeded();
  }

  /** Puts late points into their blocks; false if there is no room for them. */
  #storeLate(header: CompressedHeader, archives: readonly CompressedArchive[], now: number): boolean {
    const how = header.aggregation === 'mix' ? header : rollUpOf(header);
    const stored = storeLate(archives, how, { now, isRoomFinal: this.#isRoomFinal });
    if (typeof stored === 'number') {
      this.crowded = stored;
      return false;
    }
    this.inserted += stored.inserted;
    this.replaced += stored.replaced;
    this.late += stored.lost;
    return true;
  }

  storeInPieces(points: SortedPoints, end: number, options: BatchOptions): void {
    for (let start = 0, next = 0; start < end && this.crowded === undefined; start = next) {
      next = Math.min(end, start + this.#pieceSize());
      this.store(points, start, next, options);
    }
  }

  /** Makes room for the longest points. */
  growFully(): void {
    const { header, archives } = this.#metadata;
    this.#adopt(growFully(header, archives, this.#settings.dialect));
  }

  /** Makes the rings of some archives larger, each by so many steps. */
  makeRoom(enlargements: ReadonlyMap<number, number>): void {
    const { header, archives } = this.#metadata;
    this.#adopt(makeRoom(header, archives, enlargements, this.#settings.dialect));
  }

  #growIfNeeded(): void {
    const { header, archives, isGrowthChecked } = this.#metadata;
    // What decides is the room that closed blocks take, so nothing has changed while none was closed or written anew.
    const hasChanged = archives.some(({ ring }) => ring.isRotated || ring.isRewritten);
    if (this.isGrowthWaiting || (isGrowthChecked && !hasChanged)) return;
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
    this.#metadata = loadMetadata(this.#grown, this.#settings.insertsLate);
  }

  /** About as many points as fill a block of the base: a ring has at least two. */
  #pieceSize(): number {
    return Math.max(1, Math.floor(this.#metadata.header.archives[0]!.blockSize / LONGEST_POINT_SIZE));
  }
}

/**
 * Splits the points [begin, end) over the archives by age and stores them; returns how many had an archive, and what became
 * of these.
 *
 * The oldest point that an archive still reaches goes to the next one already, unless there is none older
 * (doc/format.md, quirk 12). Where no other archive takes points it would be lost, and stays, but under the go dialect; and
 * where late points are inserted it would replace a value that is made of many.
 */
function share(
  header: CompressedHeader,
  archives: readonly CompressedArchive[],
  points: SortedPoints,
  begin: number,
  end: number,
  { now, retention }: Pick<BatchOptions, 'now' | 'retention'>,
  { dialect, insertsLate }: CompressedSettings,
): StoredPoints & { readonly taken: number } {
  const sum = { late: 0, replaced: 0 };
  const isMix = header.aggregation === 'mix';
  let left = end;
  for (const [index, archive] of archives.entries()) {
    if (retention !== undefined && archive.retention !== retention) continue;
    const reach = Math.max(
      begin,
      Math.min(left, firstAtLeast(points.timestamps, now - archive.retention, points.length)),
    );
    const isLast = isMix || retention !== undefined || index === archives.length - 1;
    const handedOn = insertsLate || (isLast && dialect !== 'go') ? 0 : 1;
    const start = reach === begin ? begin : Math.min(left, reach + handedOn);
    if (start === left) continue;
    if (isMix && index > 0) break;
    const { late, replaced } = storeShare(archives, index, runOf(points, start, left), header);
    sum.late += late;
    sum.replaced += replaced;
    left = start;
    if (left === begin) break;
  }
  return { ...sum, taken: end - left };
}

function storeShare(
  archives: readonly CompressedArchive[],
  index: number,
  points: PointRun,
  header: CompressedHeader,
): StoredPoints {
  if (header.aggregation !== 'mix') return storePoints(archives, index, points, rollUpOf(header));
  const base = archives[0]!;
  const { late, isRotated } = appendOwn(base, lastOfEach(points, base.step));
  if (isRotated) propagateMix(archives, header.xFilesFactor);
  return { late, replaced: 0 };
}

function countDiscarded(archives: readonly CompressedArchive[]): number {
  return archives.reduce((sum, { discarded }) => sum + discarded, 0);
}
