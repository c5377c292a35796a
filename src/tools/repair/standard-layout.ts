/**
 * Where the archives of a standard file lie, when its header may be wrong.
 *
 * A header says it more than once: an archive begins where the one before it ends, the first behind the header, the last
 * ends with the file, and the greatest step × points is the max retention. So one wrong field follows from the others,
 * and what the slots hold tells which of several readings is right.
 */
import { isUint32 } from '../../bytes/integers.js';
import { WhisperError } from '../../errors.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { validateRetentions } from '../../format/archive-list.js';
import { POINT_SIZE } from '../../format/point.js';
import { greatestRetention, type Retention } from '../../format/retention.js';
import {
  ARCHIVE_INFO_SIZE,
  type ArchiveInfo,
  bodyEnd,
  decodeHeader,
  encodeHeader,
  METADATA_SIZE,
  MOST_ARCHIVES,
  planLayout,
} from '../../format/standard-header.js';
import { commonDistance, countIfSound, fitRing, readSlotTimes } from './slot-ring.js';

/** An archive as it shall stand, and the byte where its slots lie now. */
export interface FoundArchive extends ArchiveInfo {
  readonly from: number;
}

/** Fewer points than this say nothing of where a ring lies, or of its step. */
const FEWEST_POINTS = 3;
/** Bytes behind its place up to which a ring is looked for. */
const FURTHEST = 64;
/** Each step divides the next, so 32 bits hold no more archives that follow the rules. */
const MOST_BY_RULES = 32;

/**
 * The archives of the file as its header has them or, where that cannot be, as they follow from it.
 *
 * @returns  undefined if no reading of the header holds together; with `isDerived` if a field of it was wrong
 */
export function findArchives(
  bytes: Uint8Array,
  dialect: Dialect,
): { archives: readonly ArchiveInfo[]; isDerived: boolean } | undefined {
  if (bytes.length < METADATA_SIZE) return undefined;
  const stated = readList(bytes, countAt(bytes));
  const isUsable = stated !== undefined && isReadable(stated, bytes.length, dialect);
  const fit = isUsable ? fitAll(bytes, stated) : undefined;
  const fillsFile = isUsable && bodyEnd(stated) === bytes.length;
  if (fillsFile && fit!.isMostlyRight) return { archives: stated, isDerived: false };
  const derived = deriveLists(bytes)
    .filter(isOrderly)
    .map((list) => ({ list, ...fitAll(bytes, list) }))
    .sort((a, b) => a.astray - b.astray || b.inPlace - a.inPlace)[0];
  const isBetter =
    derived?.astray === 0 && derived.inPlace >= FEWEST_POINTS && derived.inPlace > (fit?.inPlace ?? 0);
  if (derived !== undefined && (isBetter || !isUsable)) return { archives: derived.list, isDerived: true };
  return isUsable ? { archives: stated, isDerived: false } : undefined;
}

/**
 * Looks for rings that lie at another byte than they should, as a writer with a wrong idea of the header's size leaves
 * them. A place counts if every point there stands right, and so many of them that it is no chance: as many again as where
 * they should be or, where the header is no witness, more. A ring with which nothing is wrong is looked for only by as many
 * bytes further on as the file is too long.
 *
 * @param isStated  the places are those of the file's own header
 */
export function findShifted(
  bytes: Uint8Array,
  archives: readonly ArchiveInfo[],
  isStated: boolean,
): FoundArchive[] {
  const furthestBefore = ARCHIVE_INFO_SIZE * archives.length;
  const surplus = bytes.length - bodyEnd(archives);
  return archives.map((archive) => {
    const here = fitRing(readSlotTimes(bytes, archive.offset, archive.points), archive);
    let best = { from: archive.offset, count: isStated ? 2 * here.inPlace : here.inPlace };
    // No other place has more points than there are slots that were written, but for those around.
    const most = here.inPlace + here.astray + (furthestBefore + FURTHEST) / POINT_SIZE;
    if (best.count >= most) return { ...archive, from: archive.offset };
    for (let shift = -furthestBefore; shift <= FURTHEST; shift++) {
      const from = archive.offset + shift;
      if (shift === 0 || from < METADATA_SIZE) continue;
      if (isStated && here.astray === 0 && shift !== surplus) continue;
      const count = countIfSound(bytes, from, archive) ?? 0;
      if (count >= FEWEST_POINTS && count > best.count) best = { from, count };
    }
    return { ...archive, from: best.from };
  });
}

/** The fields of a list of archives, whatever they are; undefined for a list that the file has no room for. */
function readList(bytes: Uint8Array, count: number): ArchiveInfo[] | undefined {
  const end = METADATA_SIZE + ARCHIVE_INFO_SIZE * count;
  if (count === 0 || count > MOST_ARCHIVES || end > bytes.length) return undefined;
  const view = viewOf(bytes);
  return Array.from({ length: count }, (_, i) => {
    const at = METADATA_SIZE + ARCHIVE_INFO_SIZE * i;
    return { offset: view.getUint32(at), step: view.getUint32(at + 4), points: view.getUint32(at + 8) };
  });
}

function countAt(bytes: Uint8Array): number {
  return viewOf(bytes).getUint32(METADATA_SIZE - 4);
}

/** Whether a header with these archives is accepted when a file is opened, cut off or not. */
function isReadable(archives: readonly ArchiveInfo[], fileSize: number, dialect: Dialect): boolean {
  const header = { aggregation: 'average', maxRetention: 0, xFilesFactor: 0, archives } as const;
  return isAccepted(() => decodeHeader(encodeHeader(header, dialect), fileSize, dialect, true));
}

/** Whether archives go together as those of a new file must. */
function isOrderly(archives: readonly ArchiveInfo[]): boolean {
  return isAccepted(() => validateRetentions(archives.map(({ step, points }) => ({ step, points }))));
}

function isAccepted(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof WhisperError) return false;
    throw error;
  }
}

/** Readings of the header that fill the file, in each of which one kind of field is taken from the others. */
function deriveLists(bytes: Uint8Array): ArchiveInfo[][] {
  const view = viewOf(bytes);
  const maxRetention = view.getUint32(4);
  // The first archive begins behind the list, which so tells its length.
  const firstOffset = bytes.length < METADATA_SIZE + 4 ? 0 : view.getUint32(METADATA_SIZE);
  const byOffset = (firstOffset - METADATA_SIZE) / ARCHIVE_INFO_SIZE;
  const lists = [...new Set([countAt(bytes), byOffset])].flatMap((count) => {
    const stated = Number.isInteger(count) && count <= MOST_BY_RULES ? readList(bytes, count) : undefined;
    if (stated === undefined) return [];
    return [
      stated,
      withPointsByOffsets(stated, bytes.length),
      ...[...stated].flatMap((archive, index) => [
        replaced(stated, index, { points: pointsLeft(stated, index, bytes.length) }),
        replaced(stated, index, { points: maxRetention / archive.step }),
        replaced(stated, index, { step: maxRetention / archive.points }),
      ]),
    ];
  });
  const whole = new Map<string, ArchiveInfo[]>();
  for (const list of lists) {
    if (!list.every(hasPoints)) continue;
    const { archives, fileSize } = planLayout(list);
    if (fileSize === bytes.length) whole.set(JSON.stringify(archives), archives);
  }
  return [...whole.values()].flatMap((archives) => [archives, withStepsOfSlots(bytes, archives)]);
}

function hasPoints({ points }: Retention): boolean {
  return isUint32(points) && points > 0;
}

function withPointsByOffsets(archives: readonly ArchiveInfo[], fileSize: number): ArchiveInfo[] {
  return archives.map((archive, i) => {
    const end = archives[i + 1]?.offset ?? fileSize;
    return { ...archive, points: (end - archive.offset) / POINT_SIZE };
  });
}

function replaced(archives: readonly ArchiveInfo[], index: number, field: Partial<Retention>): ArchiveInfo[] {
  return archives.map((archive, i) => (i === index ? { ...archive, ...field } : archive));
}

/** Slots that the others leave of the file. */
function pointsLeft(archives: readonly ArchiveInfo[], index: number, fileSize: number): number {
  const header = METADATA_SIZE + ARCHIVE_INFO_SIZE * archives.length;
  const others = archives.reduce((sum, { points }, i) => (i === index ? sum : sum + points), 0);
  return (fileSize - header) / POINT_SIZE - others;
}

/** Steps as the points that stand side by side have them, where those fit more of them. */
function withStepsOfSlots(bytes: Uint8Array, archives: readonly ArchiveInfo[]): ArchiveInfo[] {
  return archives.map((archive) => {
    const times = readSlotTimes(bytes, archive.offset, archive.points);
    const step = commonDistance(times);
    if (step === undefined) return archive;
    const asStated = archive.step > 0 ? fitRing(times, archive).inPlace : 0;
    return fitRing(times, { ...archive, step }).inPlace > asStated ? { ...archive, step } : archive;
  });
}

/** How well the slots of all archives go together. */
interface ListFit {
  readonly inPlace: number;
  readonly astray: number;
  /** Of no archive more points stand wrong than right. */
  readonly isMostlyRight: boolean;
}

function fitAll(bytes: Uint8Array, archives: readonly ArchiveInfo[]): ListFit {
  let [inPlace, astray, isMostlyRight] = [0, 0, true];
  for (const archive of archives) {
    const fit = fitRing(readSlotTimes(bytes, archive.offset, archive.points), archive);
    inPlace += fit.inPlace;
    astray += fit.astray;
    if (fit.astray > fit.inPlace) isMostlyRight = false;
  }
  return { inPlace, astray, isMostlyRight };
}

/** The max retention that a header of these archives should have; undefined if 32 bits do not hold it. */
export function maxRetentionOf(archives: readonly Retention[]): number | undefined {
  const greatest = greatestRetention(archives);
  return greatest < 2 ** 32 ? greatest : undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
