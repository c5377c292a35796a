/** The whole of a file that is made anew: given what its archives shall hold. */
import { StandardArchive } from '../archive/standard-archive.js';
import { UINT32_MAX } from '../bytes/integers.js';
import { Scratch } from '../bytes/scratch.js';
import { type LoadedImage, loadImage, settingsAnew } from '../database/compressed-image.js';
import type { Database } from '../database/database.js';
import { WhisperError } from '../errors.js';
import { MemoryFile } from '../file/memory-file.js';
import type { Dialect } from '../format/aggregation-method.js';
import { type PlannedArchive, planBlocks, USUAL_POINT_SIZE } from '../format/block-plan.js';
import type { PointRun } from '../format/point-run.js';
import { fillBlocks } from './fill-blocks.js';
import type { Buffers } from './hand-over.js';

/** What an archive of a file that is made anew will hold. */
export interface Content {
  /** Everything that it shows, with what it took. */
  readonly all: PointRun;
  /** What it took. */
  readonly taken: PointRun;
}

/**
 * A database with more in it than it has.
 *
 * @param contents  for each archive
 * @param buffers   what the new file's buffers hold; those of the target if left out
 */
export function storeContents(
  target: Database,
  contents: readonly Content[],
  now: number,
  dialect: Dialect,
  buffers?: Buffers,
): Uint8Array {
  return target.format === 'standard'
    ? writeSlots(target, contents)
    : fillImage(
        loadImage(target.toBytes()),
        contents.map(({ all }) => all),
        now,
        dialect,
        buffers,
      );
}

/** The target with what it lacked, written into its slots; nothing is rolled up from it. */
function writeSlots(target: Database, contents: readonly Content[]): Uint8Array {
  const bytes = target.toBytes();
  const file = new MemoryFile(bytes, 'owned');
  const scratch = new Scratch();
  for (const [i, archive] of target.info.archives.entries()) {
    const { timestamps, values, length } = contents[i]!.taken;
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
