/** Which archive of one database has what an archive of another one lacks. */
import { loadImage } from '../database/compressed-image.js';
import type { Database } from '../database/database.js';
import type { DatabaseInfo } from '../database/info.js';
import { open } from '../database/open.js';
import { WhisperError, withPath } from '../errors.js';
import type { Dialect } from '../format/aggregation-method.js';

/**
 * The archive that fills archive `index`: of several of its step the last, as go-whisper has it. It must be of the same
 * aggregation where one of the files is a mix; that go-whisper does not compare percentiles fills each of them from the
 * last one (doc/format.md, quirk 26).
 */
export function findDonor(source: DatabaseInfo, target: DatabaseInfo, index: number): number | undefined {
  const { step } = target.archives[index]!;
  const donor = source.archives.findLastIndex((archive, i) => {
    return archive.step === step && isOfKind(specOf(source, i), source, specOf(target, index), target);
  });
  return donor === -1 ? undefined : donor;
}

/** Whether an archive's values are what another one would hold; `offered` and `wanted` are undefined but in mixes. */
export function isOfKind(
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
export function specOf(info: DatabaseInfo, index: number): string | undefined {
  return info.format === 'compressed' ? info.archives[index]!.spec?.name : undefined;
}

/**
 * A database as its values are to be read here. What is behind damage would be lost for good, so damage is an error under
 * either dialect.
 */
export function soundCopy(database: Database, dialect: Dialect): Database {
  if (database.format === 'standard') return database;
  const bytes = database.toBytes();
  return withPath(database.path ?? '<memory>', () => {
    checkClaims(database.info, bytes.length);
    for (const archive of loadImage(bytes).archives) archive.allPoints(false);
    return open(bytes, { dialect });
  });
}

/** A byte of blocks holds four points at best, of equal steps and values; more is a file that has yet to grow. */
const MOST_POINTS_PER_BYTE = 4;
/** What any file may claim beyond that. */
const CLAIMS_ALLOWED = 1 << 20;

/** Refuses a header that claims more points than its blocks could ever hold: there would be a gap made for each. */
function checkClaims({ archives }: DatabaseInfo, size: number): void {
  const claimed = archives.reduce((sum, { points }) => sum + points, 0);
  const most = CLAIMS_ALLOWED + MOST_POINTS_PER_BYTE * size;
  if (claimed <= most) return;
  throw new WhisperError('WSP_CORRUPT', {
    found: `a header that claims ${claimed} points in a file of ${size} bytes`,
    expected: `at most ${most}`,
  });
}
