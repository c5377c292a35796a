import { createHash } from 'node:crypto';
import type { Database } from '../database/database.js';
import { encodePoint, POINT_SIZE } from '../format/point.js';
import { selectArchives } from './dump.js';

export interface ChecksumOptions {
  /** Unix seconds: each archive counts from its retention ago. */
  readonly now: number;
  /** Leave out the newest seconds, in which a file may still be written to; 0 by default. */
  readonly offset?: number | undefined;
  /** One archive alone. */
  readonly archive?: number | undefined;
}

/** What an archive holds, in short. */
export interface ArchiveChecksum {
  readonly index: number;
  /** Seconds per point. */
  readonly step: number;
  readonly points: number;
  /** Below the base of a mix file: the name of its aggregation. */
  readonly spec: string | undefined;
  /** 16 hexadecimal digits. */
  readonly digest: string;
  /** How many values there are, and how many of them are not 0. */
  readonly values: number;
  readonly nonZero: number;
}

/** Hexadecimal digits of a digest: 64 bits are enough to tell files apart that nobody made to collide. */
const DIGITS = 16;
/** Points that are hashed at once. */
const BATCH = 4096;

/**
 * Checksums of what a fetch shows of each archive, from its retention ago up to and with `now − offset`.
 *
 * The digest is the beginning of the SHA-256 over the points that have a value, by rising time, each as the 12
 * bytes that it takes in a standard file: timestamp (uint32), value (float64), big-endian, every NaN alike. A standard file and its
 * compressed conversion have the same.
 *
 * @throws WhisperError `WSP_NO_SUCH_ARCHIVE`
 */
export function checksum(database: Database, options: ChecksumOptions): ArchiveChecksum[] {
  const { now, offset = 0, archive: which } = options;
  return selectArchives(database, which).map(({ index, archive, spec }) => {
    const { step, points, retention } = archive;
    const [from, until] = [now - retention, now - offset];
    const series = from > until ? null : database.fetch(from, until, { now, archive: index });
    return { index, step, points, spec, ...digestOf(series?.knownPoints() ?? []) };
  });
}

function digestOf(
  points: Iterable<readonly [timestamp: number, value: number]>,
): Pick<ArchiveChecksum, 'digest' | 'values' | 'nonZero'> {
  const hash = createHash('sha256');
  const batch = new DataView(new ArrayBuffer(BATCH * POINT_SIZE));
  let values = 0;
  let nonZero = 0;
  let at = 0;
  for (const [timestamp, value] of points) {
    encodePoint(batch, at, timestamp, value);
    at += POINT_SIZE;
    values++;
    if (value !== 0) nonZero++;
    if (at < batch.byteLength) continue;
    hash.update(batch);
    at = 0;
  }
  hash.update(new Uint8Array(batch.buffer, 0, at));
  return { digest: hash.digest('hex').slice(0, DIGITS), values, nonZero };
}
