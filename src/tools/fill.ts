import { slotOf } from '../archive/ring.js';
import { StandardArchive } from '../archive/standard-archive.js';
import { HIGH, halvesOf, LOW } from '../bytes/double-bits.js';
import { UINT32_MAX } from '../bytes/integers.js';
import { Scratch } from '../bytes/scratch.js';
import { type LoadedImage, loadImage, settingsAnew } from '../database/compressed-image.js';
import type { Database } from '../database/database.js';
import { checkHandleOptions, type ToolOptions, toolOptionNames } from '../database/handle-options.js';
import type { CompressedInfo, DatabaseInfo } from '../database/info.js';
import { open } from '../database/open.js';
import { checkPath, type FilePath } from '../database/path.js';
import type { Series } from '../database/series.js';
import { checkTime } from '../database/time.js';
import { WhisperError, withPath } from '../errors.js';
import { MemoryFile } from '../file/memory-file.js';
import type { Dialect } from '../format/aggregation-method.js';
import { type PlannedArchive, planBlocks, USUAL_POINT_SIZE } from '../format/block-plan.js';
import { PointRun } from '../format/point-run.js';
import { checkOptionNames } from '../options.js';
import { fillBlocks } from './fill-blocks.js';
import { type Buffers, greatestEnd, handOver } from './hand-over.js';
import { isSameFile, rewrite } from './rewrite.js';

export interface FillOptions extends ToolOptions {
  /** Unix seconds: each archive is filled from this time back over its retention. The clock if left out. */
  readonly now?: number | undefined;
}

/** What a fill came to. */
export interface Fill {
  /** For each archive of the target the points that it took. */
  readonly filled: readonly number[];
}

/**
 * Fills the gaps of a database from another one; either may be of either format.
 *
 * Each archive of the target takes what it lacks from the archive of the source that has the same step (in mix files,
 * of the same aggregation); values that are there stay. The target is made anew beside itself and replaced in one step.
 *
 * @throws WhisperError what `open` and `create` throw, of either path
 */
export function fill(source: FilePath, target: FilePath, options: FillOptions = {}): Fill {
  const into = checkPath(target);
  return withPath(into, () => {
    checkOptionNames(options, ['now', ...toolOptionNames], 'fill');
    const { durable, clock, dialect } = checkHandleOptions(options, false);
    const now = checkTime(options.now ?? clock(), 'now');
    const { lock, lockTimeoutMs } = options;
    const handle = { dialect, lock, lockTimeoutMs };
    using from = open(source, { ...handle, readOnly: true });
    // A file lacks nothing that it has; with a lock it would wait for itself.
    if (isSameFile(checkPath(source), into)) return { filled: from.info.archives.map(() => 0) };
    return rewrite(into, into, { handle, durable: durable !== 'none', overwrite: true }, (database) => {
      const found = findGaps(from, database, now, dialect);
      const gaps =
        dialect === 'go' ? found : found.map((gap, index) => leaveWaiting(gap, database.info, index, now));
      const filled = gaps.map(({ taken }) => taken.length);
      // go-whisper makes the file anew also if there was nothing to fill.
      const isNeeded = dialect === 'go' || filled.some((count) => count > 0);
      const bytes = isNeeded ? closeGaps(database, gaps, now, dialect) : undefined;
      return { bytes, sparse: true, result: { filled } };
    });
  });
}

/**
 * The whole of a new, empty database with what `source` holds: also its points of the future, which no fetch shows yet,
 * but where they would take the slot of another one. (Under the go dialect without them, as go-whisper does it.)
 */
export function filledFrom(source: Database, target: Database, now: number, dialect: Dialect): Uint8Array {
  const gaps = findGaps(source, target, now, dialect);
  if (dialect === 'go') return closeGaps(target, gaps, now, dialect);
  for (const [index, gap] of gaps.entries()) takeFuture(gap, source, target, index, now);
  if (target.format === 'standard') return closeGaps(target, gaps, now, dialect);
  const { buffers, reached } = handOver(source, target.info as CompressedInfo);
  const stored = gaps.map(({ all, taken }, index) => ({
    all: only(all, (timestamp) => timestamp <= reached[index]!),
    taken,
  }));
  return closeGaps(target, stored, now, dialect, buffers);
}

function takeFuture(
  { all, taken }: Gaps,
  source: Database,
  { info }: Database,
  index: number,
  now: number,
): void {
  const donor = findDonor(source.info, info, index);
  if (donor === undefined) return;
  const { step, points: slots } = info.archives[index]!;
  const slotOfTime = (timestamp: number) => (timestamp / step) % slots;
  const held = new Set(all.timestamps.subarray(0, all.length).map(slotOfTime));
  const { timestamps, values } = source.points(donor, { now });
  const offered = PointRun.over(timestamps, values);
  for (let i = 0; i < timestamps.length; i++) {
    const timestamp = timestamps[i]!;
    if (timestamp <= now || held.has(slotOfTime(timestamp))) continue;
    held.add(slotOfTime(timestamp));
    all.pushFrom(offered, i);
    taken.pushFrom(offered, i);
  }
}

/**
 * What blocks end with decides what they take from then on. So what waits in buffers goes on waiting, unless something
 * newer is filled, and a coarser interval that is not over yet is rolled up in its time. (Quirk 27: go-whisper stores
 * both, and what is rolled up later comes too late.)
 */
function leaveWaiting({ all, taken }: Gaps, info: DatabaseInfo, index: number, now: number): Gaps {
  if (info.format === 'standard') return { all, taken };
  const { step, ranges } = info.archives[index]!;
  const reached = greatestEnd(ranges);
  const isRolledUp = info.archives.slice(0, index).some(({ buffered, ranges: finer }) => {
    return buffered > 0 || (info.aggregation === 'mix' && greatestEnd(finer) > 0);
  });
  const isDone = (timestamp: number) => timestamp <= reached || !isRolledUp || timestamp + step <= now;
  const kept = only(taken, isDone);
  const isNewer = kept.length > 0 && kept.timestamps[kept.length - 1]! > reached;
  return { all: only(all, isNewer ? isDone : (timestamp) => timestamp <= reached), taken: kept };
}

function only(points: PointRun, isMeant: (timestamp: number) => boolean): PointRun {
  const chosen = new PointRun(points.length);
  for (let i = 0; i < points.length; i++) {
    if (isMeant(points.timestamps[i]!)) chosen.pushFrom(points, i);
  }
  return chosen;
}

/** What an archive of the target will hold. */
interface Gaps {
  /** Everything that it shows, with what it took. */
  readonly all: PointRun;
  /** What it took. */
  readonly taken: PointRun;
}

function findGaps(source: Database, target: Database, now: number, dialect: Dialect): Gaps[] {
  const from = sound(source, dialect);
  const into = sound(target, dialect);
  return target.info.archives.map(({ retention, step }, index) => {
    const have = into.fetch(now - retention, now, { archive: index, now });
    const donor = findDonor(source.info, target.info, index);
    const reach = donor === undefined ? 0 : Math.min(retention, source.info.archives[donor]!.retention);
    const offered = donor === undefined ? null : from.fetch(now - reach, now, { archive: donor, now });
    return merge(have, offered, step, dialect, slotsFor(target, index));
  });
}

/** Tells whether an archive has a slot for a point of the past: in a ring one of the future may have taken it. */
function slotsFor(target: Database, index: number): (timestamp: number) => boolean {
  if (target.format === 'compressed') return () => true;
  const { timestamps } = target.slots(index);
  const base = timestamps[0]!;
  const archive = target.info.archives[index]!;
  return (timestamp) => base === 0 || timestamps[slotOf(archive, base, timestamp)]! <= timestamp;
}

/**
 * A database as its values are to be read here. What is behind damage would be lost for good, so damage is an error under
 * either dialect.
 */
function sound(database: Database, dialect: Dialect): Database {
  if (database.format === 'standard') return database;
  const bytes = database.toBytes();
  return withPath(database.path ?? '<memory>', () => {
    for (const archive of loadImage(bytes).archives) archive.allPoints(false);
    return open(bytes, { dialect });
  });
}

/**
 * The archive that fills archive `index`: of several of its step the last, as go-whisper has it. It must be of the same
 * aggregation where one of the files is a mix; that go-whisper does not compare percentiles fills each of them from the
 * last one (doc/format.md, quirk 26).
 */
function findDonor(source: DatabaseInfo, target: DatabaseInfo, index: number): number | undefined {
  const { step } = target.archives[index]!;
  const donor = source.archives.findLastIndex((archive, i) => {
    return archive.step === step && isOfKind(specOf(source, i), source, specOf(target, index), target);
  });
  return donor === -1 ? undefined : donor;
}

/** Whether an archive's values are what another one would hold; `offered` and `wanted` are undefined but in mixes. */
function isOfKind(
  offered: string | undefined,
  source: DatabaseInfo,
  wanted: string | undefined,
  target: DatabaseInfo,
): boolean {
  if (offered !== undefined) return offered === (wanted ?? target.aggregation);
  // The base of a mix has raw values, which any aggregation of one value is.
  return wanted === undefined || source.aggregation === 'mix' || source.aggregation === wanted;
}

/** The aggregation of an archive below the base of a mix file. */
function specOf(info: DatabaseInfo, index: number): string | undefined {
  return info.format === 'compressed' ? info.archives[index]!.spec?.name : undefined;
}

function merge(
  have: Series | null,
  offered: Series | null,
  step: number,
  dialect: Dialect,
  hasSlot: (timestamp: number) => boolean,
): Gaps {
  const all = new PointRun();
  const taken = new PointRun();
  for (let i = 0; i < (have?.length ?? 0); i++) {
    const timestamp = have!.from + i * step;
    // Time 0 means no point, in either format.
    if (timestamp <= 0) continue;
    if (isThere(have, i, dialect)) {
      pushValue(all, timestamp, have!, i);
      continue;
    }
    const j = offered === null ? -1 : (timestamp - offered.from) / step;
    if (!isThere(offered, j, dialect) || !hasSlot(timestamp)) continue;
    pushValue(all, timestamp, offered!, j);
    pushValue(taken, timestamp, offered!, j);
  }
  return { all, taken };
}

/** To go-whisper a stored NaN is a gap as well (quirk 35). */
function isThere(series: Series | null, i: number, dialect: Dialect): boolean {
  if (series?.known[i] !== 1) return false;
  return dialect !== 'go' || !Number.isNaN(series.values[i]!);
}

function pushValue(into: PointRun, timestamp: number, { values }: Series, i: number): void {
  const halves = halvesOf(values.subarray(i, i + 1));
  into.push(timestamp, halves[HIGH]!, halves[LOW]!);
}

/** @param buffers  what the new file's buffers hold; those of the target if left out */
function closeGaps(
  target: Database,
  gaps: readonly Gaps[],
  now: number,
  dialect: Dialect,
  buffers?: Buffers,
): Uint8Array {
  return target.format === 'standard'
    ? writeSlots(target, gaps)
    : fillImage(
        loadImage(target.toBytes()),
        gaps.map(({ all }) => all),
        now,
        dialect,
        buffers,
      );
}

/** The target with what it lacked, written into its slots; nothing is rolled up from it. */
function writeSlots(target: Database, gaps: readonly Gaps[]): Uint8Array {
  const bytes = target.toBytes();
  const file = new MemoryFile(bytes, 'owned');
  const scratch = new Scratch();
  for (const [i, archive] of target.info.archives.entries()) {
    const { timestamps, values, length } = gaps[i]!.taken;
    if (length > 0) new StandardArchive(file, archive, scratch).write(timestamps, values, 0, length);
  }
  return bytes;
}

/**
 * A compressed file with these points in its blocks and its own buffers.
 *
 * What waits in a buffer is among the points and stays in the buffer (quirk 27).
 *
 * @param points  for each archive all that it shows up to now
 */
function fillImage(
  { header, archives }: LoadedImage,
  points: readonly PointRun[],
  now: number,
  dialect: Dialect,
  buffers: Buffers = archives.map(({ buffer }) => buffer),
): Uint8Array {
  if (dialect !== 'go') {
    // Points of the future are in no series yet, and would be lost.
    for (const [i, { ring }] of archives.entries()) ring.read(now + 1, UINT32_MAX, points[i]!, false);
  }
  const planned = archives.map(({ step, points: count, spec }) => ({ step, points: count, spec }));
  checkProportion(planned, header, archives);
  const settings = dialect === 'go' ? settingsAnew(header) : header;
  return fillBlocks(settings, planned, points, dialect, { hint: header.pointsPerBlock, buffers });
}

/** What the new file may have beyond so many times the bytes of the old one's blocks. */
const MOST_ADDED = 16 * 1024 * 1024;
const MOST_TIMES = 256;

/** Refuses a header that claims archives out of all proportion to its blocks: the new file would have room for them. */
function checkProportion(
  planned: readonly PlannedArchive[],
  { pointsPerBlock }: LoadedImage['header'],
  archives: LoadedImage['archives'],
): void {
  const { fileSize } = planBlocks(planned, pointsPerBlock, USUAL_POINT_SIZE);
  const room = archives.reduce((sum, { info }) => sum + info.blockSize * info.blockCount, 0);
  const most = MOST_ADDED + MOST_TIMES * room;
  if (fileSize <= most) return;
  throw new WhisperError('WSP_CORRUPT', {
    found: `a header whose archives take ${fileSize} bytes, over blocks of ${room}`,
    expected: `at most ${most}`,
  });
}
