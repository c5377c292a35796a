import type { Database } from '../../database/database.js';
import type { StandardInfo } from '../../database/info.js';
import { WhisperError } from '../../errors.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { type CompressedMethod, checkCompressedMethod } from '../../format/aggregation-spec.js';
import { validateRetentions } from '../../format/archive-list.js';
import { USUAL_POINT_SIZE, USUAL_POINTS_PER_BLOCK } from '../../format/block-plan.js';
import { greatestRetention } from '../../format/retention.js';
import { badOption } from '../../options.js';
import { pointsInReach } from '../archive-points.js';
import { fillBlocks } from '../fill-blocks.js';
import type { ConversionAsked, Converted } from './converted.js';

/** The compressed file of a standard one, in go-whisper's bytes as far as those hold every point. */
export function compress(
  database: Database,
  { now, dialect, spec, aggregation }: ConversionAsked,
): Converted {
  if (spec !== undefined) throw badOption('option spec for a file that is no mix', 'no such option');
  const info = database.info as StandardInfo;
  const method = compressedMethod(aggregation ?? info.aggregation, dialect);
  const archives = [...info.archives.entries()].sort(([, a], [, b]) => a.step - b.step);
  const retentions = validateRetentions(archives.map(([, { step, points }]) => ({ step, points })));
  const points = archives.map(([index], i) => {
    const { step, points: slots } = retentions[i]!;
    return pointsInReach(database, index, now - step * slots);
  });
  const settings = {
    aggregation: method,
    maxRetention: greatestRetention(retentions),
    xFilesFactor: info.xFilesFactor,
    pointsPerBlock: USUAL_POINTS_PER_BLOCK,
    pointSize: USUAL_POINT_SIZE,
  };
  return { bytes: fillBlocks(settings, retentions, points, dialect), points };
}

function compressedMethod(method: unknown, dialect: Dialect): CompressedMethod {
  try {
    return checkCompressedMethod(method);
  } catch (error) {
    if (!(error instanceof WhisperError) || dialect === 'go') throw error;
    const { code, found, expected } = error;
    throw new WhisperError(code, {
      found,
      expected: `${expected}: the option aggregation names one, and dialect: 'go' reads the number as go-whisper does`,
      cause: error,
    });
  }
}
