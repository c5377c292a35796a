import { lastOfEach } from '../archive/compressed-archive.js';
import { StandardArchive } from '../archive/standard-archive.js';
import { halvesOf } from '../bytes/double-bits.js';
import { Scratch } from '../bytes/scratch.js';
import type { Database } from '../database/database.js';
import { checkHandleOptions, type HandleOptions, handleOptionNames } from '../database/handle-options.js';
import type { CompressedInfo, StandardInfo } from '../database/info.js';
import { openFile } from '../database/open-file.js';
import { checkPath, type FilePath } from '../database/path.js';
import { checkTime } from '../database/time.js';
import { WhisperError, withPath } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import { MemoryFile } from '../file/memory-file.js';
import {
  type AggregationMethod,
  checkAggregationMethod,
  type Dialect,
} from '../format/aggregation-method.js';
import {
  type AggregationSpec,
  type CompressedMethod,
  checkCompressedMethod,
  type MixSpec,
  parseSpec,
} from '../format/aggregation-spec.js';
import { validateRetentions } from '../format/archive-list.js';
import { USUAL_POINT_SIZE, USUAL_POINTS_PER_BLOCK } from '../format/block-plan.js';
import type { Format } from '../format/detect.js';
import { PointRun } from '../format/point-run.js';
import { greatestRetention, type Retention } from '../format/retention.js';
import { encodeHeader, planLayout } from '../format/standard-header.js';
import { badOption, checkChoice, checkFlag, checkOptionNames } from '../options.js';
import { pointsInReach, shownPoints } from './archive-points.js';
import { fillBlocks } from './fill-blocks.js';
import { type RewriteOptions, rewrite } from './rewrite.js';

export interface ConvertOptions extends HandleOptions {
  /** The format of the new file. */
  readonly to: Format;
  /** Unix seconds: what was too old for its archive then is left out. The clock if left out. */
  readonly now?: number | undefined;
  /** Replace a file of the target's name; also needed to convert a file where it is. */
  readonly overwrite?: boolean | undefined;
  /** Read the new file back and compare every point before it gets its name; true unless the dialect is go's. */
  readonly verify?: boolean | undefined;
  /** Of a mix file: the aggregation whose archives the standard file gets below the base. */
  readonly spec?: MixSpec | string | undefined;
  /** The method of the new file, where its format does not have the one of the old. */
  readonly aggregation?: AggregationMethod | undefined;
}

const NAMES = ['to', 'now', 'overwrite', 'verify', 'spec', 'aggregation', ...handleOptionNames];

/** What a conversion came to. */
export interface Conversion {
  readonly from: Format;
  readonly to: Format;
  /** Bytes of the file before and after. */
  readonly sourceSize: number;
  readonly targetSize: number;
  /** Points of all archives. */
  readonly points: number;
}

/**
 * Makes a file of the other format with the same archives and points.
 *
 * The new file appears whole or not at all, and takes owner, mode and times of the old one. To convert a file where it
 * is, give it as source and target, with `overwrite`: the old one stays until the new one is complete.
 *
 * To a compressed file it gives go-whisper's bytes, as far as those hold every point; buffers stay empty. To a standard
 * file it brings what a reader sees, values that wait in buffers included.
 *
 * @throws WhisperError `WSP_BAD_OPTION` if the source has that format already, `WSP_BAD_AGGREGATION` for a method that
 *   the other format does not have, `WSP_EXISTS`, `WSP_LOCKED` if somebody writes to a file that is converted where it
 *   is, and whatever `open` throws
 */
export function convert(source: FilePath, target: FilePath, options: ConvertOptions): Conversion {
  const from = checkPath(source);
  return withPath(from, () => {
    const checked = checkOptions(options);
    const into = checkPath(target);
    return rewrite(from, into, checked, (database) => {
      const { bytes, points } = convertDatabase(database, checked);
      return {
        bytes,
        sparse: checked.to === 'compressed',
        result: {
          from: database.format,
          to: checked.to,
          sourceSize: database.info.fileSize,
          targetSize: bytes.length,
          points: points.reduce((sum, { length }) => sum + length, 0),
        },
        inspect: (file) => {
          if (checked.verify) compare(file, points, checked);
        },
      };
    });
  });
}

interface Checked extends RewriteOptions {
  readonly to: Format;
  readonly now: number;
  readonly dialect: Dialect;
  readonly verify: boolean;
  readonly spec: MixSpec | string | undefined;
  readonly aggregation: AggregationMethod | undefined;
}

function checkOptions(options: ConvertOptions): Checked {
  checkOptionNames(options, NAMES, 'convert');
  if (options.to === undefined)
    throw badOption('convert was not told a format', "to: 'compressed' or 'standard'");
  const { dialect, durable, clock } = checkHandleOptions(options, false);
  const { lock, lockTimeoutMs, spec, aggregation } = options;
  return {
    to: checkChoice('to', options.to, ['standard', 'compressed']),
    now: checkTime(options.now ?? clock(), 'now'),
    dialect,
    overwrite: checkFlag('overwrite', options.overwrite),
    verify: checkFlag('verify', options.verify, dialect !== 'go'),
    durable: durable === 'sync',
    spec,
    aggregation,
    handle: { dialect, lock, lockTimeoutMs },
  };
}

/** A file of the other format, complete in memory, and what each of its archives must hold. */
interface Converted {
  readonly bytes: Uint8Array;
  readonly points: readonly PointRun[];
}

function convertDatabase(database: Database, options: Checked): Converted {
  const { to } = options;
  if (database.format !== to)
    return to === 'compressed' ? compress(database, options) : expand(database, options);
  throw badOption(`the file is ${to} already`, `to: '${to === 'standard' ? 'compressed' : 'standard'}'`);
}

function compress(database: Database, { now, dialect, spec, aggregation }: Checked): Converted {
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

function expand(database: Database, { now, dialect, spec, aggregation }: Checked): Converted {
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
  const shown = shownPoints(database);
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

/** Reads a new file back and looks for every point that it must hold. */
function compare(file: ByteFile, points: readonly PointRun[], { to, now, dialect }: Checked): void {
  const settings = { dialect, durable: 'none', clock: () => now, isReadOnly: true, lock: undefined } as const;
  const made = openFile(file, { ...settings, force: false, strict: false });
  for (const [archive, expected] of points.entries()) {
    const { timestamps, values } = made.points(archive, { now });
    const wanted = lastOfEach(expected, 1);
    const isSame =
      timestamps.length === wanted.length &&
      timestamps.every((timestamp, i) => timestamp === wanted.timestamps[i]) &&
      haveSameBits(wanted.values.subarray(0, wanted.length), values.slice(), to);
    if (isSame) continue;
    throw new WhisperError('WSP_CORRUPT', {
      found: `archive ${archive} of the new file differs from the old one`,
      expected: `the same ${wanted.length} points; the old file is as it was`,
    });
  }
}

/** Standard files hold one NaN for all. */
function haveSameBits(a: Float64Array, b: Float64Array, format: Format): boolean {
  const [one, other] = [halvesOf(a), halvesOf(b)];
  return a.every((value, i) => {
    if (format === 'standard' && Number.isNaN(value)) return Number.isNaN(b[i]!);
    return one[2 * i] === other[2 * i] && one[2 * i + 1] === other[2 * i + 1];
  });
}
