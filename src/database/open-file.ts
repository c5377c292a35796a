/** From a file to a database: which format it is, and the engine for it. */
import { WhisperError } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import { DiskFile, type LockRequest } from '../file/disk-file.js';
import { MemoryFile } from '../file/memory-file.js';
import { makeNewFile } from '../file/new-file.js';
import { settleJournal } from '../file/settle-journal.js';
import { blocksEnd } from '../format/compressed-header.js';
import { detectFormat } from '../format/detect.js';
import { bodyEnd } from '../format/standard-header.js';
import { CompressedEngine, type ReplaceFile } from './compressed-engine.js';
import { Database, type HandleSettings } from './database.js';
import type { CheckedHandleOptions, Late } from './handle-options.js';
import { readBeginning, readHeader } from './header.js';
import { StandardEngine } from './standard-engine.js';

/** How a file is opened; checked. */
export interface FileSettings extends HandleSettings {
  readonly lock: LockRequest | undefined;
  /** Accept a body that was cut off, and take what can be read of damaged blocks. */
  readonly force: boolean;
  /** Refuse the very old format. */
  readonly strict: boolean;
  /** What becomes of late points in a compressed file. */
  readonly late: Late;
}

/**
 * Settings out of checked options. They are named one by one since a spread, which makes a shape of its own each time,
 * would be a tenth of what it takes to open a file.
 */
export function fileSettings(
  { dialect, durable, clock, lock, isExclusive, late }: CheckedHandleOptions,
  isReadOnly = false,
  force = false,
  strict = false,
): FileSettings {
  return { dialect, durable, clock, lock, isExclusive, late, isReadOnly, force, strict };
}

/**
 * A call that was interrupted by a crash is completed before, if it left a journal.
 *
 * @param fileSize  bytes of the file, where they are known
 * @throws WhisperError `WSP_CORRUPT`, `WSP_UNSUPPORTED_FORMAT`, `WSP_JOURNAL`
 */
export function openFile(file: ByteFile, settings: FileSettings, fileSize = file.size()): Database {
  const isDirect = file instanceof DiskFile && file.isDirect;
  if (!settings.force) settleJournal(file, settings.lock?.mode === 'exclusive', isDirect);
  return openKnown(file, settings, readBeginning(file), fileSize);
}

/**
 * As {@link openFile}, for a file that begins with known bytes.
 *
 * @param start  the header at the least, if the file has all of it
 */
export function openKnown(
  file: ByteFile,
  settings: FileSettings,
  start: Uint8Array,
  fileSize: number,
): Database {
  return detectFormat(start) === 'compressed'
    ? openCompressed(file, settings, start, fileSize)
    : openStandard(file, settings, start, fileSize);
}

function openStandard(file: ByteFile, settings: FileSettings, start: Uint8Array, fileSize: number): Database {
  const { dialect, isExclusive } = settings;
  const header = readHeader(file, dialect, settings.force, fileSize, start);
  if (settings.strict && header.lastUpdate !== undefined) {
    throw new WhisperError('WSP_CORRUPT', {
      found: `${header.lastUpdate} in place of an aggregation method (the very old format)`,
      expected: 'the present format',
    });
  }
  const isCutOff = fileSize < bodyEnd(header.archives);
  const isJournaled = settings.durable === 'journal';
  const engine = new StandardEngine(file, header, dialect, { isCutOff, isExclusive, isJournaled }, start);
  return new Database(engine, settings, isCutOff);
}

function openCompressed(
  file: ByteFile,
  settings: FileSettings,
  start: Uint8Array,
  fileSize: number,
): Database {
  const { dialect, durable, isExclusive, force, late } = settings;
  const isLenient = force || dialect === 'go';
  const engine = new CompressedEngine(
    file,
    { dialect, isCutOff: force, isLenient, isExclusive, insertsLate: late === 'insert', durable },
    replacement(file, settings),
    { start, fileSize },
  );
  const isCutOff = fileSize < blocksEnd(engine.header.archives);
  return new Database(engine, settings, isCutOff);
}

/** How a grown file takes the place of the one there is. */
function replacement(
  { path }: ByteFile,
  { lock, durable }: Pick<FileSettings, 'lock' | 'durable'>,
): ReplaceFile {
  if (path === undefined) return (bytes) => new MemoryFile(bytes, 'owned');
  return (bytes, former) => {
    const grown = makeNewFile(path, {
      size: bytes.length,
      start: bytes,
      sparse: true,
      overwrite: true,
      durable: durable !== 'none',
      lock,
      isFormerLocked: true,
    });
    try {
      former.close();
    } catch {
      // What was in it stands in the grown file, which has its name by now.
    }
    return grown;
  };
}
