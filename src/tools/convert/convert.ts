import type { Database } from '../../database/database.js';
import { checkHandleOptions, type ToolOptions, toolOptionNames } from '../../database/handle-options.js';
import { checkPath, type FilePath } from '../../database/path.js';
import { checkTime } from '../../database/time.js';
import { withPath } from '../../errors.js';
import type { AggregationMethod } from '../../format/aggregation-method.js';
import type { MixSpec } from '../../format/aggregation-spec.js';
import type { Format } from '../../format/detect.js';
import { badOption, checkChoice, checkFlag, checkOptionNames } from '../../options.js';
import { type RewriteOptions, rewrite } from '../rewrite.js';
import { compare } from './compare.js';
import { compress } from './compress.js';
import type { ConversionAsked, Converted } from './converted.js';
import { expand } from './expand.js';

export interface ConvertOptions extends ToolOptions {
  /** The format of the new file. */
  readonly to: Format;
  /** Unix seconds: what was too old for its archive then is left out. The clock if left out. */
  readonly now?: number | undefined;
  /** Replace a file of the target's name; also needed to convert a file where it is. */
  readonly overwrite?: boolean | undefined;
  /** Do all but write: the result tells what would come of it. */
  readonly dryRun?: boolean | undefined;
  /** Read the new file back and compare every point before it gets its name; true unless the dialect is go's. */
  readonly verify?: boolean | undefined;
  /** Of a mix file: the aggregation whose archives the standard file gets below the base. */
  readonly spec?: MixSpec | string | undefined;
  /** The method of the new file, where its format does not have the one of the old. */
  readonly aggregation?: AggregationMethod | undefined;
}

const NAMES = ['to', 'now', 'overwrite', 'dryRun', 'verify', 'spec', 'aggregation', ...toolOptionNames];

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

interface Checked extends RewriteOptions, ConversionAsked {
  readonly to: Format;
  readonly verify: boolean;
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
    dryRun: checkFlag('dryRun', options.dryRun),
    verify: checkFlag('verify', options.verify, dialect !== 'go'),
    durable: durable !== 'none',
    spec,
    aggregation,
    handle: { dialect, lock, lockTimeoutMs },
  };
}

function convertDatabase(database: Database, options: Checked): Converted {
  const { to } = options;
  if (database.format !== to)
    return to === 'compressed' ? compress(database, options) : expand(database, options);
  throw badOption(`the file is ${to} already`, `to: '${to === 'standard' ? 'compressed' : 'standard'}'`);
}
