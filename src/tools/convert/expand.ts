import { StandardArchive } from '../../archive/standard-archive.js';
import { Scratch } from '../../bytes/scratch.js';
import type { Database } from '../../database/database.js';
import type { CompressedInfo } from '../../database/info.js';
import { WhisperError } from '../../errors.js';
import { MemoryFile } from '../../file/memory-file.js';
import { checkAggregationMethod } from '../../format/aggregation-method.js';
import { type AggregationSpec, type MixSpec, parseSpec } from '../../format/aggregation-spec.js';
import { PointRun } from '../../format/point-run.js';
import { greatestRetention, type Retention } from '../../format/retention.js';
import { encodeHeader, planLayout } from '../../format/standard-header.js';
import { badOption } from '../../options.js';
import { shownPoints } from '../archive-points.js';
import type { ConversionAsked, Converted } from './converted.js';

/** The standard file of a compressed one: what a reader sees of it. */
export function expand(database: Database, { now, dialect, spec, aggregation }: ConversionAsked): Converted {
  const info = database.info as CompressedInfo;
  const chosen = info.aggregation === 'mix' ? chooseSpec(info, spec) : undefined;
  if (spec !== undefined && chosen === undefined)
    throw badOption('option spec for a file that is no mix', 'no such option');
  if (chosen?.method === 'percentile' && aggregation === undefined) {
    throw new WhisperError('WSP_BAD_AGGREGATION', {
      found: `percentiles (${chosen.name}), which no standard file can name`,
      expected: 'the option aggregation, to say how later values are made',
    });
  }
  checkClaim(info);
  const shown = shownPoints(database, dialect !== 'go');
  const indices = info.archives.flatMap((archive, i) => {
    return i === 0 || chosen === undefined || archive.spec?.name === chosen.name ? [i] : [];
  });
  const { archives, fileSize } = planLayout(indices.map((i) => info.archives[i]!));
  const header = {
    aggregation: checkAggregationMethod(aggregation ?? chosen?.method ?? info.aggregation, dialect),
    maxRetention: greatestRetention(archives),
    xFilesFactor: info.xFilesFactor,
    archives,
  };
  const bytes = new Uint8Array(fileSize);
  bytes.set(encodeHeader(header, dialect));
  const file = new MemoryFile(bytes, 'owned');
  const scratch = new Scratch();
  const points = archives.map((archive, i) => {
    const kept = ringOf(shown[indices[i]!]!, archive, now);
    const ring = new StandardArchive(file, archive, scratch);
    if (kept.length > 0) ring.write(kept.timestamps, kept.values, 0, kept.length);
    return kept;
  });
  return { bytes, points };
}

/** Slots that the new file may have beyond what the blocks could hold: 12 MiB of them. */
const MOST_EMPTY_SLOTS = 1_048_576;
/** A point of a block takes two bits at the least. */
const MOST_POINTS_OF_A_BYTE = 4;

/** Refuses a header that claims so much more than its file could hold that the new one would be out of proportion. */
function checkClaim({ archives }: CompressedInfo): void {
  const claimed = archives.reduce((sum, { points }) => sum + points, 0);
  const room = archives.reduce((sum, { blockSize, blockCount }) => sum + blockSize * blockCount, 0);
  const most = MOST_POINTS_OF_A_BYTE * room + MOST_EMPTY_SLOTS;
  if (claimed <= most) return;
  throw new WhisperError('WSP_CORRUPT', {
    found: `archives of ${claimed} points in blocks of ${room} bytes`,
    expected: `at most ${most} points, to make a standard file of`,
  });
}

function chooseSpec(
  { archives }: CompressedInfo,
  asked: MixSpec | string | undefined,
): AggregationSpec | undefined {
  const specs = archives.flatMap(({ spec }) => spec ?? []);
  const names = [...new Set(specs.map(({ name }) => name))];
  if (names.length === 0) return undefined;
  const name = asked === undefined ? undefined : parseSpec(asked).name;
  const chosen = specs.find((spec) => spec.name === name);
  if (chosen !== undefined) return chosen;
  throw badOption(
    name === undefined
      ? 'a mix file, whose archives have several aggregations'
      : `no archive of the aggregation '${name}'`,
    `spec: one of ${names.join(', ')}`,
  );
}

/**
 * The points that a ring holds at once: those within one turn of the newest up to now, and of those in the future such
 * as do not take a slot from them.
 */
function ringOf(points: PointRun, { step, points: slots }: Retention, now: number): PointRun {
  const { timestamps, length } = points;
  let past = length;
  while (past > 0 && timestamps[past - 1]! > now) past--;
  const newest = past > 0 ? timestamps[past - 1]! : (timestamps[length - 1] ?? 0);
  if (past === length) return points.part(firstLater(points, newest - step * slots), length);
  const kept = new PointRun(length);
  const taken = new Set<number>();
  for (let i = 0; i < length; i++) {
    const timestamp = timestamps[i]!;
    const slot = (timestamp / step) % slots;
    if (timestamp <= newest - step * slots || (i >= past && past > 0 && taken.has(slot))) continue;
    taken.add(slot);
    kept.pushFrom(points, i);
  }
  return kept;
}

/** Index of the first point that is later than a time. */
function firstLater({ timestamps, length }: PointRun, time: number): number {
  let first = 0;
  while (first < length && timestamps[first]! <= time) first++;
  return first;
}
