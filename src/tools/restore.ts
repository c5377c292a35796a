/** From a dump in JSON back to a file. */
import { crc32 } from '../bytes/crc32.js';
import { checkHandleOptions, type ToolOptions, toolOptionNames } from '../database/handle-options.js';
import { checkPath, type FilePath } from '../database/path.js';
import { describeValue, WhisperError, withPath } from '../errors.js';
import { makeNewFile } from '../file/new-file.js';
import { checkAggregationMethod, type Dialect } from '../format/aggregation-method.js';
import { checkCompressedMethod } from '../format/aggregation-spec.js';
import { validateRetentions } from '../format/archive-list.js';
import { planBlocks, USUAL_POINT_SIZE } from '../format/block-plan.js';
import type { Format } from '../format/detect.js';
import { POINT_SIZE } from '../format/point.js';
import { badOption, checkFlag, checkOptionNames } from '../options.js';
import { newCompressed, writeRings } from './import/new-database.js';
import { imageOf, standardHeader } from './restore/image.js';
import { type Dump, readDump } from './restore/read-dump.js';

export interface RestoreOptions extends ToolOptions {
  /** Replace a file of that name, in one step. */
  readonly overwrite?: boolean | undefined;
  /** Leave unwritten room of a standard file as holes on the disk. */
  readonly sparse?: boolean | undefined;
  /** Read and check everything, write nothing. */
  readonly dryRun?: boolean | undefined;
  /** What messages call the dump, such as its file's name; by default the path of the new file. */
  readonly source?: string | undefined;
}

/** What was restored. */
export interface Restored {
  readonly format: Format;
  /** Bytes. */
  readonly fileSize: number;
  /** Whether it is the dumped file byte for byte, as of a dump with every slot. */
  readonly isExact: boolean;
  /** For each archive how many points it has; of a dump with every slot, those that hold one. */
  readonly points: readonly number[];
}

/**
 * Makes a file of what `sotto dump --format json` prints: of a dump with `--slots` the same bytes, of one without the same
 * points in every archive.
 *
 * Everything is checked before the file is made, and it appears whole or not at all.
 *
 * @param dump  the text, or the same parsed
 * @throws WhisperError `WSP_BAD_INPUT` with the place in the dump, such as `archives[1].data[3][0]`; `WSP_EXISTS`
 */
export function restore(dump: string | object, path: FilePath, options: RestoreOptions = {}): Restored {
  checkOptionNames(options, ['overwrite', 'sparse', 'dryRun', 'source', ...toolOptionNames], 'restore');
  const target = checkPath(path);
  const { dialect, durable, lock } = checkHandleOptions(options, false);
  const isDry = checkFlag('dryRun', options.dryRun);
  const overwrite = checkFlag('overwrite', options.overwrite);
  const isSparse = checkFlag('sparse', options.sparse);
  if (typeof dump !== 'string' && (typeof dump !== 'object' || dump === null))
    throw badOption(`the dump is ${describeValue(dump)}`, 'text, or an object');
  const { read, bytes } = withPath(options.source ?? target, () => {
    const checked = readDump(dump);
    return { read: checked, bytes: checked.hasSlots ? exactBytes(checked) : bytesOfPoints(checked, dialect) };
  });
  return withPath(target, () => {
    if (!isDry) {
      makeNewFile(target, {
        size: bytes.length,
        start: bytes,
        sparse: isSparse || read.format === 'compressed',
        overwrite,
        durable: durable !== 'none',
        lock,
      }).close();
    }
    return {
      format: read.format,
      fileSize: bytes.length,
      isExact: read.hasSlots,
      points: read.archives.map(({ content }) =>
        content.timestamps.reduce((sum, time) => sum + (time === 0 ? 0 : 1), 0),
      ),
    };
  });
}

function exactBytes(dump: Dump): Uint8Array {
  const bytes = imageOf(dump);
  for (const [i, other] of dump.otherBytes.entries()) {
    if (other.offset + other.bytes.length > bytes.length)
      throw bad(`otherBytes[${i}] goes beyond the file's ${bytes.length} bytes`, 'bytes in it');
    bytes.set(other.bytes, other.offset);
  }
  // Slots of a standard file may have been edited. Blocks are bits that follow from one another.
  if (dump.format === 'compressed' && dump.crc !== crc32(bytes)) {
    throw bad(
      'a dump that was changed: its blocks do not come to the bytes that they had',
      'it as it was; a dump without --slots may be edited',
    );
  }
  return bytes;
}

function bytesOfPoints(dump: Dump, dialect: Dialect): Uint8Array {
  return dump.format === 'standard' ? standardOfPoints(dump, dialect) : compressedOfPoints(dump, dialect);
}

function standardOfPoints(dump: Dump, dialect: Dialect): Uint8Array {
  const { archives, fileSize } = dump;
  asInput(() => checkAggregationMethod(dump.aggregation, dialect));
  const header = standardHeader(dump, dialect);
  const bytes = allocate(
    Math.max(fileSize, ...archives.map(({ offset, points }) => offset + POINT_SIZE * points)),
  );
  bytes.set(header);
  writeRings(
    bytes,
    archives,
    archives.map(({ content }) => content),
  );
  return bytes;
}

function compressedOfPoints(dump: Dump, dialect: Dialect): Uint8Array {
  const { archives, aggregation, maxRetention, xFilesFactor, pointsPerBlock } = dump;
  const isMix = aggregation === 'mix';
  asInput(() => {
    if (!isMix) checkCompressedMethod(aggregation);
    const steps = archives.filter(({ step }, i) => step !== archives[i - 1]?.step || !isMix);
    validateRetentions(
      steps.map(({ step, points }) => ({ step, points })),
      'compressed',
    );
  });
  const lacking = archives.findIndex(({ spec }, i) => (spec === undefined) === (isMix && i > 0));
  if (lacking !== -1)
    throw bad(
      `archives[${lacking}].spec is ${isMix ? 'missing' : 'there'}`,
      'one below the base of a mix, and no other',
    );
  // Sizes of blocks are reckoned anew from how the points compress; a size that is none counts as the usual one.
  const pointSize = dump.pointSize > 0 ? Math.fround(dump.pointSize) : USUAL_POINT_SIZE;
  const settings = { aggregation, maxRetention, xFilesFactor, pointsPerBlock, pointSize };
  const planned = archives.map(({ step, points, spec }) => ({ step, points, spec }));
  // Refuses what no file can hold, before there is memory asked for.
  asInput(() => planBlocks(planned, pointsPerBlock, pointSize));
  return newCompressed(
    settings,
    planned,
    archives.map(({ content }) => content),
    dialect,
  );
}

/** A layout that `create` would refuse is here the dump's fault. */
function asInput(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof WhisperError)) throw error;
    throw new WhisperError('WSP_BAD_INPUT', { found: error.found, expected: error.expected, cause: error });
  }
}

function allocate(size: number): Uint8Array {
  try {
    return new Uint8Array(size);
  } catch (error) {
    throw new WhisperError('WSP_SYSTEM', {
      found: `a file of ${size} bytes does not fit into memory`,
      cause: error,
    });
  }
}

function bad(found: string, expected: string): WhisperError {
  return new WhisperError('WSP_BAD_INPUT', { found, expected });
}
