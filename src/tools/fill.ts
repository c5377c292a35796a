import { StandardArchive } from '../archive/standard-archive.js';
import { HIGH, halvesOf, LOW } from '../bytes/double-bits.js';
import { UINT32_MAX } from '../bytes/integers.js';
import { Scratch } from '../bytes/scratch.js';
import { type LoadedImage, loadImage } from '../database/compressed-image.js';
import type { Database } from '../database/database.js';
import { checkHandleOptions, type HandleOptions, handleOptionNames } from '../database/handle-options.js';
import type { DatabaseInfo } from '../database/info.js';
import { open } from '../database/open.js';
import { checkPath, type FilePath } from '../database/path.js';
import type { Series } from '../database/series.js';
import { checkTime } from '../database/time.js';
import { withPath } from '../errors.js';
import { MemoryFile } from '../file/memory-file.js';
import type { Dialect } from '../format/aggregation-method.js';
import { USUAL_POINT_SIZE, USUAL_POINTS_PER_BLOCK } from '../format/block-plan.js';
import { PointRun } from '../format/point-run.js';
import { checkOptionNames } from '../options.js';
import { fillBlocks } from './fill-blocks.js';
import { rewrite } from './rewrite.js';

export interface FillOptions extends HandleOptions {
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
    checkOptionNames(options, ['now', ...handleOptionNames], 'fill');
    const { durable, clock, dialect } = checkHandleOptions(options, false);
    const now = checkTime(options.now ?? clock(), 'now');
    const { lock, lockTimeoutMs } = options;
    const handle = { dialect, lock, lockTimeoutMs };
    using from = open(source, { ...handle, readOnly: true });
    return rewrite(into, into, { handle, durable: durable === 'sync', overwrite: true }, (database) => {
      const gaps = findGaps(from, database, now, dialect);
      const filled = gaps.map(({ taken }) => taken.length);
      // go-whisper makes the file anew also if there was nothing to fill.
      const isNeeded = dialect === 'go' || filled.some((count) => count > 0);
      const bytes = isNeeded ? closeGaps(database, gaps, now, dialect) : undefined;
      return { bytes, sparse: true, result: { filled } };
    });
  });
}

/** The whole of `target` with its gaps filled from `source`. */
export function filledFrom(source: Database, target: Database, now: number, dialect: Dialect): Uint8Array {
  return closeGaps(target, findGaps(source, target, now, dialect), now, dialect);
}

/** What an archive of the target will hold. */
interface Gaps {
  /** Everything that it shows, with what it took. */
  readonly all: PointRun;
  /** What it took. */
  readonly taken: PointRun;
}

function findGaps(source: Database, target: Database, now: number, dialect: Dialect): Gaps[] {
  const from = asGo(source);
  const into = asGo(target);
  return target.info.archives.map(({ retention, step }, index) => {
    const have = into.fetch(now - retention, now, { archive: index, now });
    const donor = findDonor(source.info, target.info, index);
    const reach = donor === undefined ? 0 : Math.min(retention, source.info.archives[donor]!.retention);
    const offered = donor === undefined ? null : from.fetch(now - reach, now, { archive: donor, now });
    return merge(have, offered, step, dialect);
  });
}

/** What is in a compressed file is told by go-whisper's rules here: they decide which waiting values go to blocks. */
function asGo(database: Database): Database {
  return database.format === 'standard' ? database : open(database.toBytes(), { dialect: 'go' });
}

/**
 * The archive that fills archive `index`: of several of its step the last, as go-whisper has it. It must be of the same
 * aggregation where both are of one; that percentiles are not compared there is a mistake that fills each from the last
 * (doc/format.md, quirk 26).
 */
function findDonor(source: DatabaseInfo, target: DatabaseInfo, index: number): number | undefined {
  const { step } = target.archives[index]!;
  const wanted = specOf(target, index);
  const donor = source.archives.findLastIndex((archive, i) => {
    const offered = specOf(source, i);
    return archive.step === step && (wanted === undefined || offered === undefined || wanted === offered);
  });
  return donor === -1 ? undefined : donor;
}

/** The aggregation of an archive below the base of a mix file. */
function specOf(info: DatabaseInfo, index: number): string | undefined {
  return info.format === 'compressed' ? info.archives[index]!.spec?.name : undefined;
}

function merge(have: Series | null, offered: Series | null, step: number, dialect: Dialect): Gaps {
  const all = new PointRun();
  const taken = new PointRun();
  for (let i = 0; i < (have?.length ?? 0); i++) {
    const timestamp = have!.from + i * step;
    if (isThere(have, i, dialect)) {
      pushValue(all, timestamp, have!, i);
      continue;
    }
    const j = offered === null ? -1 : (timestamp - offered.from) / step;
    if (!isThere(offered, j, dialect)) continue;
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

function closeGaps(target: Database, gaps: readonly Gaps[], now: number, dialect: Dialect): Uint8Array {
  return target.format === 'standard'
    ? writeSlots(target, gaps)
    : fillImage(
        loadImage(target.toBytes()),
        gaps.map(({ all }) => all),
        now,
        dialect,
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
 * What waits in a buffer is among the points and stays in the buffer (quirk 27). The new file has the usual hint and
 * point size in its header, whatever the old one had.
 *
 * @param points  for each archive all that it shows up to now
 */
function fillImage(
  { header, archives }: LoadedImage,
  points: readonly PointRun[],
  now: number,
  dialect: Dialect,
): Uint8Array {
  const { aggregation, maxRetention, xFilesFactor, pointsPerBlock: hint } = header;
  const settings = {
    aggregation,
    maxRetention,
    xFilesFactor,
    pointsPerBlock: USUAL_POINTS_PER_BLOCK,
    pointSize: USUAL_POINT_SIZE,
  };
  if (dialect !== 'go') {
    // Points of the future are in no series yet, and would be lost.
    for (const [i, { ring }] of archives.entries()) ring.read(now + 1, UINT32_MAX, points[i]!, false);
  }
  const planned = archives.map(({ step, points: count, spec }) => ({ step, points: count, spec }));
  const buffers = archives.map(({ buffer }) => buffer);
  return fillBlocks(settings, planned, points, dialect, { hint, buffers });
}
