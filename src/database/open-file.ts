/** From a file to a database: which format it is, and the engine for it. */
import { WhisperError } from '../errors.js';
import type { ByteFile } from '../file/byte-file.js';
import type { LockRequest } from '../file/disk-file.js';
import { MemoryFile } from '../file/memory-file.js';
import { makeNewFile } from '../file/new-file.js';
import { blocksEnd } from '../format/compressed-header.js';
import { detectFormat, MAGIC_SIZE } from '../format/detect.js';
import { bodyEnd } from '../format/standard-header.js';
import { CompressedEngine, type ReplaceFile } from './compressed-engine.js';
import { Database, type HandleSettings } from './database.js';
import { readHeader } from './header.js';
import { StandardEngine } from './standard-engine.js';

/** How a file is opened; checked. */
export interface FileSettings extends Omit<HandleSettings, 'isCutOff'> {
  readonly lock: LockRequest | undefined;
  /** Accept a body that was cut off, and take what can be read of damaged blocks. */
  readonly force: boolean;
  /** Refuse the very old format. */
  readonly strict: boolean;
}

/** @throws WhisperError `WSP_CORRUPT`, `WSP_UNSUPPORTED_FORMAT` */
export function openFile(file: ByteFile, settings: FileSettings): Database {
  const start = new Uint8Array(MAGIC_SIZE);
  const isCompressed = detectFormat(start.subarray(0, file.readAt(start, MAGIC_SIZE, 0))) === 'compressed';
  return isCompressed ? openCompressed(file, settings) : openStandard(file, settings);
}

function openStandard(file: ByteFile, { force, strict, ...settings }: FileSettings): Database {
  const fileSize = file.size();
  const header = readHeader(file, settings.dialect, force, fileSize);
  if (strict && header.lastUpdate !== undefined) {
    throw new WhisperError('WSP_CORRUPT', {
      found: `${header.lastUpdate} in place of an aggregation method (the very old format)`,
      expected: 'the present format',
    });
  }
  const isCutOff = fileSize < bodyEnd(header.archives);
  const engine = new StandardEngine(file, header, settings.dialect, isCutOff);
  return new Database(engine, { ...settings, isCutOff });
}

function openCompressed(file: ByteFile, { force, ...settings }: FileSettings): Database {
  const isLenient = force || settings.dialect === 'go';
  const engine = new CompressedEngine(
    file,
    { dialect: settings.dialect, isCutOff: force, isLenient },
    replacement(file, settings),
  );
  const isCutOff = file.size() < blocksEnd(engine.header.archives);
  return new Database(engine, { ...settings, isCutOff });
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
      durable: durable === 'sync',
      lock,
      isFormerLocked: true,
    });
    former.close();
    return grown;
  };
}
