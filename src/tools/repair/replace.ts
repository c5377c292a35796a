/** The files around a repair: the damaged one, the backup, and the new one that takes its place or another name. */
import type { Stats } from 'node:fs';
import { WhisperError } from '../../errors.js';
import { readStart } from '../../file/byte-file.js';
import { DiskFile, type LockRequest } from '../../file/disk-file.js';
import { fitsChange } from '../../file/journal.js';
import { makeNewFile } from '../../file/new-file.js';
import { changesUnderWay, settleJournal } from '../../file/settle-journal.js';
import { statOf } from '../look.js';
import { checkOwner, hasChanged, SourceChanged, untilItRests, withOriginal } from '../rewrite.js';
import type { Repair, RepairedBytes, RepairedImage } from './report.js';

export interface ReplaceOptions {
  readonly lock: LockRequest | undefined;
  /** Sync the new file before it gets its name. */
  readonly durable: boolean;
}

/**
 * Reads a file, lets it be repaired, and writes what comes of it.
 *
 * What a writer without a lock stores between reading and replacing would be lost, so the file's times are looked at
 * before it goes, and if they changed the work is done anew.
 *
 * @param target  the path of the new file; undefined for the place of the old one, with a backup; null for none
 */
export function replaceFile(
  source: string,
  target: string | null | undefined,
  options: ReplaceOptions,
  work: (bytes: Uint8Array) => RepairedBytes,
): Repair {
  return untilItRests(source, () => replaceOnce(source, target, options, work));
}

function replaceOnce(
  source: string,
  target: string | null | undefined,
  { lock, durable }: ReplaceOptions,
  work: (bytes: Uint8Array) => RepairedBytes,
): Repair {
  const isInPlace = target === undefined;
  if (isInPlace) checkOwner(source, statOf(source));
  const file = DiskFile.open(source, isInPlace && lock !== undefined ? 'write' : 'read', lock);
  try {
    // A call that was interrupted is completed first; a dry run only reads as if it were.
    if (target !== null && settleJournal(file, lock?.mode === 'exclusive') === 'at work')
      throw new SourceChanged();
    const before = statOf(source);
    const bytes = readAll(file);
    if (target === null) completeInMemory(file, bytes);
    const { image, ...rest } = work(bytes);
    // A file may look damaged because it was half-written when it was read.
    if (rest.outcome !== 'sound' && hasChanged(source, before)) throw new SourceChanged();
    const told = { path: source, ...rest, output: undefined, backup: undefined };
    if (image === undefined || target === null) return told;
    const isUnchanged = () => !hasChanged(source, before);
    if (!isInPlace) {
      write(target, image, { lock, durable, overwrite: false, model: before }, isUnchanged);
      return { ...told, outcome: 'repaired', output: target };
    }
    const backup = withOriginal(source, () => {
      write(source, image, { lock: undefined, durable, overwrite: true }, isUnchanged);
    });
    return { ...told, outcome: 'repaired', output: source, backup };
  } finally {
    file.close();
  }
}

function write(
  path: string,
  { bytes, size }: RepairedImage,
  options: ReplaceOptions & { readonly overwrite: boolean; readonly model?: Stats },
  isUnchanged: () => boolean,
): void {
  const inspect = () => {
    if (!isUnchanged()) throw new SourceChanged();
  };
  makeNewFile(path, { ...options, size, start: bytes, sparse: true, inspect }).close();
}

function readAll(file: DiskFile): Uint8Array {
  const size = file.size();
  try {
    return readStart(file, size);
  } catch (error) {
    if (error instanceof WhisperError) throw error;
    throw new WhisperError('WSP_SYSTEM', {
      found: `a file of ${size} bytes does not fit into memory`,
      cause: error,
    });
  }
}

/** Puts what a journal tells of into the bytes of a file, where that still stands as the journal found it. */
function completeInMemory(file: DiskFile, bytes: Uint8Array): void {
  const changes = changesUnderWay(file) ?? [];
  const isOfThese = changes.every((change) => {
    return fitsChange(change, bytes.subarray(change.position, change.position + change.bytes.length));
  });
  if (!isOfThese) return;
  for (const change of changes) bytes.set(change.bytes, change.position);
}
