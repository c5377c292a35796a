/** One file of a conversion of many: whether there is anything to do, and what it came to on the disk. */
import { open } from '../../database/open.js';
import type { AggregationMethod, Dialect } from '../../format/aggregation-method.js';
import type { Format } from '../../format/detect.js';
import { endPoint } from '../dump.js';
import { makeFolderOf, statIfThere } from '../look.js';
import type { FileTask } from '../many/registry.js';
import { withOriginal } from '../rewrite.js';
import { type Conversion, convert } from './convert.js';

/** What is the same for every file. */
export interface ConvertSettings {
  readonly to: Format;
  /** Unix seconds, or that of each file's newest point. */
  readonly now: number | 'newest';
  /** Unix seconds: what `newest` is of a file without points. */
  readonly clock: number;
  /** Write nothing. */
  readonly dryRun: boolean;
  readonly verify: boolean;
  readonly keep: boolean;
  readonly overwrite: boolean;
  readonly durable: boolean;
  readonly lock: boolean;
  readonly dialect: Dialect | undefined;
  readonly spec: string | undefined;
  readonly aggregation: AggregationMethod | undefined;
}

/** What came of a file: its conversion, or null if it (or what stands under the new name) has the format already. */
export type ConvertOutcome = (Conversion & Partial<DiskUse>) | null;

/** Bytes that the file takes on the disk, before and after. */
export interface DiskUse {
  readonly sourceDisk: number;
  readonly targetDisk: number;
}

/** Bytes of the blocks in which a file system counts. */
const DISK_BLOCK_SIZE = 512;

/** @throws WhisperError */
export function convertFile({ source, target }: FileTask, settings: ConvertSettings): ConvertOutcome {
  const { to, dialect, lock } = settings;
  const isInPlace = source === target;
  if (formatOf(source, dialect) === to) return null;
  if (!isInPlace && !settings.overwrite && isDone(source, target, settings)) return null;
  if (!isInPlace && !settings.dryRun) makeFolderOf(target);
  const sourceDisk = diskUse(source);
  const work = () =>
    convert(source, target, {
      to,
      now: settings.now === 'newest' ? newestOf(source, settings) : settings.now,
      overwrite: isInPlace || settings.overwrite,
      dryRun: settings.dryRun,
      verify: settings.verify,
      durable: settings.durable,
      lock,
      dialect,
      spec: settings.spec,
      aggregation: settings.aggregation,
    });
  if (settings.dryRun) return work();
  let conversion: Conversion | undefined;
  if (isInPlace && settings.keep) {
    withOriginal(source, () => {
      conversion = work();
    });
  } else conversion = work();
  return { ...conversion!, sourceDisk, targetDisk: diskUse(target) };
}

function formatOf(path: string, dialect: Dialect | undefined): Format {
  using database = open(path, { readOnly: true, dialect });
  return database.format;
}

/**
 * True if an earlier run, which may have been stopped later on, has made the new file: it has the format, and the times
 * that a conversion hands down.
 */
function isDone(source: string, target: string, { to, dialect }: ConvertSettings): boolean {
  const [made, original] = [statIfThere(target), statIfThere(source)];
  if (made === undefined || original === undefined || Math.abs(made.mtimeMs - original.mtimeMs) > 1)
    return false;
  return formatOf(target, dialect) === to;
}

function diskUse(path: string): number {
  return (statIfThere(path)?.blocks ?? 0) * DISK_BLOCK_SIZE;
}

function newestOf(source: string, { clock, dialect }: ConvertSettings): number {
  using database = open(source, { readOnly: true, dialect });
  return endPoint(database, 'last', undefined, clock)?.timestamp ?? clock;
}
